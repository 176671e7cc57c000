//! Managed policies: a customer's are made and deleted, AWS's are looked at.

use std::collections::BTreeMap;

use digitalex_core::PolicyKind;
use jiff::Timestamp;

use super::{aws_managed, rules};
use crate::AwsError;
use crate::world::access::customer_policy;
use crate::world::operation::{Access, Empty, Tag, operation, shapes, to_tags};
use crate::world::{Caller, Identity, ManagedPolicy, PolicyVersion, World};

shapes! {
    input CreatePolicy {
        policy_name: String,
        policy_document: String,
        path: Option<String>,
        description: Option<String>,
        tags: Option<Vec<Tag>>,
    }
    input GetPolicy { policy_arn: String }
    input DeletePolicy { policy_arn: String }
    output PolicyOutput { policy: PolicyShape }
    output PolicyShape {
        policy_name: String,
        policy_id: String,
        arn: String,
        path: String,
        default_version_id: String,
        attachment_count: usize,
        permissions_boundary_usage_count: usize,
        is_attachable: bool,
        description: Option<String>,
        create_date: Timestamp,
        update_date: Timestamp,
        tags: Option<Vec<Tag>>,
    }
}

operation! {
    Iam CreatePolicy -> PolicyOutput,
    access(self, world, caller) {
        let path = self.path.as_deref().unwrap_or("/");
        let access = Access::to(world.iam_arn(caller.account, "policy", path, &self.policy_name));
        Some(access.with_request_tags(self.tags.as_deref().unwrap_or_default()))
    },
    run(self, world, caller) {
        rules::check_name("policyName", &self.policy_name, 128)?;
        let path = rules::check_path(self.path)?;
        rules::check_description(self.description.as_deref())?;
        let tags = rules::merge_tags(&BTreeMap::new(), &self.tags.unwrap_or_default())?;
        check_managed_document(&self.policy_document)?;
        let key = self.policy_name.to_lowercase();
        let policies = &world.iam_mut(caller)?.policies;
        if policies.contains_key(&key) {
            let name = &self.policy_name;
            let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return Err(AwsError::already_exists(message));
        }
        if policies.len() >= rules::POLICIES_MAX {
            let max = rules::POLICIES_MAX;
            let message = format!("Cannot exceed quota for PoliciesPerAccount: {max}");
            return Err(AwsError::limit_exceeded(message));
        }
        let id = world.state.unique_id("ANPA");
        let created = world.stamp();
        let policy = ManagedPolicy {
            name: self.policy_name,
            id,
            path,
            description: self.description,
            created,
            updated: created,
            versions: BTreeMap::from([(1, PolicyVersion { document: self.policy_document, created })]),
            default_version: 1,
            tags,
        };
        let output = PolicyOutput { policy: world.managed_policy_shape(caller, &policy) };
        world.iam_mut(caller)?.policies.insert(key, policy);
        Ok(output)
    }
}

operation! {
    Iam GetPolicy -> PolicyOutput,
    access(self, _, _) { Some(Access::to(&self.policy_arn)) },
    run(self, world, caller) {
        if let Some(policy) = aws_managed::find(&self.policy_arn) {
            return Ok(PolicyOutput { policy: world.aws_policy_shape(caller, policy) });
        }
        let policy = world.customer_policy(caller, &self.policy_arn)?;
        Ok(PolicyOutput { policy: world.managed_policy_shape(caller, policy) })
    }
}

operation! {
    Iam DeletePolicy -> Empty,
    access(self, _, _) { Some(Access::to(&self.policy_arn)) },
    run(self, world, caller) {
        let policy = world.customer_policy(caller, &self.policy_arn)?;
        let (attached, boundaries) = world.policy_uses(caller, &self.policy_arn);
        if attached + boundaries > 0 {
            let message = "Cannot delete a policy attached to entities.";
            return Err(AwsError::delete_conflict(message));
        }
        if policy.versions.len() > 1 {
            let message = "This policy has more than one version. Before you delete a policy, you \
                           must delete the policy's versions. The default version is deleted with \
                           the policy.";
            return Err(AwsError::delete_conflict(message));
        }
        let key = policy.name.to_lowercase();
        world.iam_mut(caller)?.policies.remove(&key);
        Ok(Empty {})
    }
}

pub(super) fn check_managed_document(document: &str) -> Result<(), AwsError> {
    rules::check_document("policyDocument", document, PolicyKind::Identity)?;
    if rules::counted_chars(document) > rules::MANAGED_CHARS_MAX {
        let max = rules::MANAGED_CHARS_MAX;
        return Err(AwsError::limit_exceeded(format!("Cannot exceed quota for PolicySize: {max}")));
    }
    Ok(())
}

pub(super) fn policy_not_found(arn: &str) -> AwsError {
    AwsError::no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

impl World {
    /// Whether the ARN names a policy that the account can use: its own, or AWS's.
    pub(super) fn check_managed_policy(&self, caller: &Caller, arn: &str) -> Result<(), AwsError> {
        if aws_managed::find(arn).is_some() || self.customer_policy(caller, arn).is_ok() {
            return Ok(());
        }
        if !arn.starts_with("arn:") {
            return Err(AwsError::invalid_input(format!("ARN {arn} is not valid.")));
        }
        Err(policy_not_found(arn))
    }

    pub(super) fn customer_policy(
        &self,
        caller: &Caller,
        arn: &str,
    ) -> Result<&ManagedPolicy, AwsError> {
        customer_policy(arn)
            .filter(|(account, _)| *account == caller.account)
            .and_then(|(account, key)| self.iam(account)?.policies.get(&key))
            .filter(|policy| {
                self.iam_arn(caller.account, "policy", &policy.path, &policy.name) == arn
            })
            .ok_or_else(|| policy_not_found(arn))
    }

    /// How many identities and groups of the account the policy is attached to, and how many it bounds.
    pub(super) fn policy_uses(&self, caller: &Caller, arn: &str) -> (usize, usize) {
        let groups = self.iam(caller.account).into_iter().flat_map(|iam| iam.groups.values());
        let attached = self.identities(caller).map(|it| &it.attached);
        let attached = attached.chain(groups.map(|group| &group.attached));
        let attached = attached.filter(|attached| attached.contains(arn)).count();
        let bounds = |identity: &&Identity| identity.boundary.as_deref() == Some(arn);
        (attached, self.identities(caller).filter(bounds).count())
    }

    fn identities(&self, caller: &Caller) -> impl Iterator<Item = &Identity> {
        self.iam(caller.account).into_iter().flat_map(|iam| {
            let roles = iam.roles.values().map(|role| &role.identity);
            roles.chain(iam.users.values().map(|user| &user.identity))
        })
    }

    pub(super) fn managed_policy_shape(
        &self,
        caller: &Caller,
        policy: &ManagedPolicy,
    ) -> PolicyShape {
        let arn = self.iam_arn(caller.account, "policy", &policy.path, &policy.name);
        let (attachment_count, permissions_boundary_usage_count) = self.policy_uses(caller, &arn);
        PolicyShape {
            policy_name: policy.name.clone(),
            policy_id: policy.id.clone(),
            arn,
            path: policy.path.clone(),
            default_version_id: format!("v{}", policy.default_version),
            attachment_count,
            permissions_boundary_usage_count,
            is_attachable: true,
            description: policy.description.clone(),
            create_date: policy.created,
            update_date: policy.updated,
            tags: Some(to_tags(&policy.tags)).filter(|tags| !tags.is_empty()),
        }
    }

    pub(super) fn aws_policy_shape(
        &self,
        caller: &Caller,
        policy: &aws_managed::AwsManagedPolicy,
    ) -> PolicyShape {
        let (path, name) = policy.name.rsplit_once('/').unwrap_or(("", policy.name));
        let arn = format!("arn:{}:iam::aws:policy/{}", self.state.partition, policy.name);
        let (attachment_count, permissions_boundary_usage_count) = self.policy_uses(caller, &arn);
        let letters = name.bytes().filter(u8::is_ascii_alphabetic).map(|b| b.to_ascii_uppercase());
        let letters = letters.chain(std::iter::repeat(b'A')).take(17).map(char::from);
        PolicyShape {
            policy_name: name.to_owned(),
            policy_id: format!("ANPA{}", letters.collect::<String>()),
            arn,
            path: if path.is_empty() { "/".to_owned() } else { format!("/{path}/") },
            default_version_id: "v1".to_owned(),
            attachment_count,
            permissions_boundary_usage_count,
            is_attachable: true,
            description: None,
            create_date: AWS_POLICY_CREATED,
            update_date: AWS_POLICY_CREATED,
            tags: None,
        }
    }
}

/// 2015-02-06T18:39:48Z, when AWS's managed policies came.
pub(super) const AWS_POLICY_CREATED: Timestamp = Timestamp::constant(1_423_247_988, 0);
