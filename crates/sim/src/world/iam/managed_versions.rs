//! Versions of managed policies.

use jiff::Timestamp;

use super::managed::{AWS_POLICY_CREATED, check_managed_document};
use super::{aws_managed, rules};
use crate::AwsError;
use crate::world::operation::{Access, Empty, Flag, operation, shapes};
use crate::world::page::{MarkerInput, MarkerOutput};
use crate::world::{Caller, ManagedPolicy, PolicyVersion, World};

shapes! {
    input CreatePolicyVersion {
        policy_arn: String,
        policy_document: String,
        set_as_default: Option<Flag>,
    }
    input GetPolicyVersion { policy_arn: String, version_id: String }
    input ListPolicyVersions { policy_arn: String, #[serde(flatten)] page: MarkerInput }
    input SetDefaultPolicyVersion { policy_arn: String, version_id: String }
    input DeletePolicyVersion { policy_arn: String, version_id: String }
    output VersionOutput { policy_version: VersionShape }
    output VersionsOutput { versions: Vec<VersionShape>, #[serde(flatten)] page: MarkerOutput }
    output VersionShape {
        version_id: String,
        is_default_version: bool,
        create_date: Timestamp,
        document: Option<String>,
    }
}

operation! {
    Iam CreatePolicyVersion -> VersionOutput,
    access(self, _, _) { Some(Access::to(&self.policy_arn)) },
    run(self, world, caller) {
        check_managed_document(&self.policy_document)?;
        let created = world.stamp();
        let policy = world.customer_policy_mut(caller, &self.policy_arn)?;
        if policy.versions.len() >= rules::VERSIONS_MAX {
            let message = "A managed policy can have up to 5 versions. Before you create a new \
                           version, you must delete an existing version.";
            return Err(AwsError::limit_exceeded(message));
        }
        let number = policy.versions.keys().last().map_or(1, |last| last + 1);
        policy.versions.insert(number, PolicyVersion { document: self.policy_document, created });
        if self.set_as_default == Some(Flag(true)) {
            policy.default_version = number;
            policy.updated = created;
        }
        let policy_version = VersionShape {
            version_id: format!("v{number}"),
            is_default_version: policy.default_version == number,
            create_date: created,
            document: None,
        };
        Ok(VersionOutput { policy_version })
    }
}

operation! {
    Iam GetPolicyVersion -> VersionOutput,
    access(self, _, _) { Some(Access::to(&self.policy_arn)) },
    run(self, world, caller) {
        let versions = world.version_shapes(caller, &self.policy_arn)?;
        let found = versions.into_iter().find(|version| version.version_id == self.version_id);
        let policy_version = found.ok_or_else(|| no_version(&self.policy_arn, &self.version_id))?;
        Ok(VersionOutput { policy_version })
    }
}

operation! {
    Iam ListPolicyVersions -> VersionsOutput,
    access(self, _, _) { Some(Access::to(&self.policy_arn)) },
    run(self, world, caller) {
        let versions = world.version_shapes(caller, &self.policy_arn)?;
        let versions = versions.into_iter().map(|version| VersionShape { document: None, ..version });
        let (versions, page) = self.page.page(versions, |version| version.version_id.clone())?;
        Ok(VersionsOutput { versions, page })
    }
}

operation! {
    Iam SetDefaultPolicyVersion -> Empty,
    access(self, _, _) { Some(Access::to(&self.policy_arn)) },
    run(self, world, caller) {
        let now = world.stamp();
        let policy = world.customer_policy_mut(caller, &self.policy_arn)?;
        policy.default_version = number(policy, &self.policy_arn, &self.version_id)?;
        policy.updated = now;
        Ok(Empty {})
    }
}

operation! {
    Iam DeletePolicyVersion -> Empty,
    access(self, _, _) { Some(Access::to(&self.policy_arn)) },
    run(self, world, caller) {
        let policy = world.customer_policy_mut(caller, &self.policy_arn)?;
        let number = number(policy, &self.policy_arn, &self.version_id)?;
        if number == policy.default_version {
            let message = "Cannot delete the default version of a policy.";
            return Err(AwsError::delete_conflict(message));
        }
        policy.versions.remove(&number);
        Ok(Empty {})
    }
}

fn number(policy: &ManagedPolicy, arn: &str, version_id: &str) -> Result<u32, AwsError> {
    let number = version_id.strip_prefix('v').and_then(|number| number.parse().ok());
    number
        .filter(|number| policy.versions.contains_key(number))
        .ok_or_else(|| no_version(arn, version_id))
}

fn no_version(arn: &str, version_id: &str) -> AwsError {
    AwsError::no_such_entity(format!(
        "Policy {arn} version {version_id} does not exist or is not attachable."
    ))
}

impl World {
    fn customer_policy_mut(
        &mut self,
        caller: &Caller,
        arn: &str,
    ) -> Result<&mut ManagedPolicy, AwsError> {
        let key = self.customer_policy(caller, arn)?.name.to_lowercase();
        let policy = self.iam_mut(caller)?.policies.get_mut(&key);
        policy.ok_or_else(|| super::managed::policy_not_found(arn))
    }

    /// All versions of the policy, AWS's or the account's own, with their documents.
    pub(super) fn version_shapes(
        &self,
        caller: &Caller,
        arn: &str,
    ) -> Result<Vec<VersionShape>, AwsError> {
        if let Some(policy) = aws_managed::find(arn) {
            return Ok(vec![VersionShape {
                version_id: "v1".to_owned(),
                is_default_version: true,
                create_date: AWS_POLICY_CREATED,
                document: Some(rules::encode(policy.document)),
            }]);
        }
        let policy = self.customer_policy(caller, arn)?;
        let shape = |(number, version): (&u32, &PolicyVersion)| VersionShape {
            version_id: format!("v{number}"),
            is_default_version: *number == policy.default_version,
            create_date: version.created,
            document: Some(rules::encode(&version.document)),
        };
        Ok(policy.versions.iter().map(shape).collect())
    }
}
