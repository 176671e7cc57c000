//! Reading a role completely: 3 calls and one for each inline policy, or 1 where there is none.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use aws_sdk_iam::types::Role;
use digitalex_core::{ManagedPolicyArn, ObservedRole, PolicyDocument, PolicyName, RoleName};
use digitalex_engine::{AccountReader, CallError, CallErrorKind};
use futures::future::{try_join, try_join_all};

use crate::iam_calls::IamCalls;
use crate::paging::PageTokens;
use crate::translate::{document, inconsistent, observed_role};

/// Reads the roles of one account.
pub(crate) struct RoleReader(pub(crate) IamCalls);

#[async_trait]
impl AccountReader for RoleReader {
    async fn role(&self, name: &RoleName) -> Result<Option<ObservedRole>, CallError> {
        let role = match self.get_role(name).await {
            Err(error) if error.kind == CallErrorKind::NotFound => return Ok(None),
            role => role?,
        };
        let (inline, managed) = try_join(self.inline_policies(name), self.attached_policies(name))
            .await
            .map_err(while_reading)?;
        observed_role(self.0.subject("GetRole"), &role, inline, managed).map(Some)
    }
}

impl RoleReader {
    async fn get_role(&self, name: &RoleName) -> Result<Role, CallError> {
        let calls = &self.0;
        let answer = calls
            .read("GetRole", |config| {
                let request = calls.iam.get_role().role_name(name.as_str());
                request.customize().config_override(config).send()
            })
            .await?;
        answer.role.ok_or_else(|| inconsistent(calls.subject("GetRole"), "no role came back"))
    }

    async fn inline_policies(
        &self,
        role: &RoleName,
    ) -> Result<BTreeMap<PolicyName, PolicyDocument>, CallError> {
        let names = self.policy_names(role).await?;
        let policies = names.into_iter().map(|name| self.inline_policy(role, name));
        Ok(try_join_all(policies).await?.into_iter().collect())
    }

    async fn policy_names(&self, role: &RoleName) -> Result<Vec<PolicyName>, CallError> {
        let calls = &self.0;
        let subject = calls.subject("ListRolePolicies");
        let (mut names, mut tokens) = (Vec::new(), PageTokens::default());
        loop {
            let marker = tokens.current();
            let page = calls
                .read(subject.operation, |config| {
                    let request = calls.iam.list_role_policies().role_name(role.as_str());
                    let request = request.set_marker(marker.clone());
                    request.customize().config_override(config).send()
                })
                .await?;
            for name in &page.policy_names {
                names.push(PolicyName::new(name).map_err(|error| inconsistent(subject, error))?);
            }
            if !tokens.advance_marker(subject, page.is_truncated, page.marker)? {
                return Ok(names);
            }
        }
    }

    async fn inline_policy(
        &self,
        role: &RoleName,
        name: PolicyName,
    ) -> Result<(PolicyName, PolicyDocument), CallError> {
        let calls = &self.0;
        let subject = calls.subject("GetRolePolicy");
        let answer = calls
            .read(subject.operation, |config| {
                let request = calls.iam.get_role_policy().role_name(role.as_str());
                let request = request.policy_name(name.as_str());
                request.customize().config_override(config).send()
            })
            .await?;
        let document = document(subject, &format!("policy {name}"), &answer.policy_document)?;
        Ok((name, document))
    }

    async fn attached_policies(
        &self,
        role: &RoleName,
    ) -> Result<BTreeSet<ManagedPolicyArn>, CallError> {
        let calls = &self.0;
        let subject = calls.subject("ListAttachedRolePolicies");
        let (mut arns, mut tokens) = (BTreeSet::new(), PageTokens::default());
        loop {
            let marker = tokens.current();
            let page = calls
                .read(subject.operation, |config| {
                    let request = calls.iam.list_attached_role_policies().role_name(role.as_str());
                    let request = request.set_marker(marker.clone());
                    request.customize().config_override(config).send()
                })
                .await?;
            for policy in page.attached_policies() {
                let arn = policy.policy_arn().unwrap_or_default();
                arns.insert(arn.parse().map_err(|error| inconsistent(subject, error))?);
            }
            if !tokens.advance_marker(subject, page.is_truncated, page.marker)? {
                return Ok(arns);
            }
        }
    }
}

/// What `GetRole` has shown cannot be absent: it was removed meanwhile, or is not known everywhere
/// yet.
fn while_reading(error: CallError) -> CallError {
    match error.kind {
        CallErrorKind::NotFound => CallError { kind: CallErrorKind::Transient, ..error },
        _ => error,
    }
}
