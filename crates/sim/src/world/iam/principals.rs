//! Whether the principals that a trust policy names are there.

use digitalex_core::{AccountId, PolicyDocument, TrustedPrincipal};

use crate::AwsError;
use crate::world::World;

impl World {
    /// Refuses a trust policy that names a role or user which an account of this world does not hold.
    /// Accounts that the world does not know are taken to be there.
    pub(super) fn check_principals(&self, document: &str) -> Result<(), AwsError> {
        let Ok(document) = PolicyDocument::parse(document) else { return Ok(()) };
        for grant in document.trust_grants() {
            if let TrustedPrincipal::Aws(arn) = &grant.principal
                && self.is_missing(arn)
            {
                let message = format!("Invalid principal in policy: \"AWS\":\"{arn}\"");
                return Err(AwsError::malformed_policy(message));
            }
        }
        Ok(())
    }

    fn is_missing(&self, arn: &str) -> bool {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, "iam", "", account, resource] = parts[..] else { return false };
        let Some(iam) = account.parse::<AccountId>().ok().and_then(|account| self.iam(account))
        else {
            return false;
        };
        let name = resource.rsplit('/').next().unwrap_or_default().to_lowercase();
        (resource.starts_with("role/") && !iam.roles.contains_key(&name))
            || (resource.starts_with("user/") && !iam.users.contains_key(&name))
    }
}
