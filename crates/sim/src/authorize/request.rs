//! What is asked, and by whom.

use std::collections::BTreeMap;

use digitalex_core::AccountId;

/// A request to be decided on.
pub(crate) struct Request<'a> {
    /// Who asks: the ARN of a root user, user or role session, or a service such as
    /// `ec2.amazonaws.com`.
    pub(crate) principal_arn: &'a str,
    /// The account of who asks.
    pub(crate) principal_account: AccountId,
    /// The action, such as `iam:CreateRole`.
    pub(crate) action: &'a str,
    /// The ARN of what it is to be done to, or `*`.
    pub(crate) resource: &'a str,
    /// Condition keys in lower case (`aws:principalarn` is the role's ARN for a session).
    pub(crate) context: &'a BTreeMap<String, Vec<String>>,
}

impl Request<'_> {
    /// The values of a condition key, empty where the request does not have it. What follows from
    /// the principal needs no entry in the context.
    pub(super) fn values(&self, key: &str) -> Vec<String> {
        if let Some(values) = self.context.get(key) {
            return values.clone();
        }
        match key {
            "aws:principalaccount" => vec![self.principal_account.to_string()],
            "aws:principalarn" => vec![self.principal_arn.to_owned()],
            _ => Vec::new(),
        }
    }

    /// Whether an AWS service asks, which has no policies of its own.
    pub(super) fn by_service(&self) -> bool {
        !self.principal_arn.starts_with("arn:")
    }

    /// Whether the resource lies in the caller's own account.
    pub(super) fn within_account(&self) -> bool {
        self.resource.split(':').nth(4) == Some(&self.principal_account.to_string())
    }
}
