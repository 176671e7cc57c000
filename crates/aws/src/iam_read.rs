//! Reading a role completely: 3 calls and one for each inline policy, all at once; or 1 where there is
//! none and none was expected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use aws_sdk_iam::types::Role;
use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{
    IdentityName, ManagedPolicyArn, ObservedIdentity, PolicyDocument, PolicyName,
};
use digitalex_engine::{AccountReader, CallError, CallErrorKind};
use futures::future::{join, try_join_all, try_join3};

use crate::iam_calls::IamCalls;
use crate::paging::PageTokens;
use crate::translate::{document, inconsistent, observed_role};

/// Reads the roles of one account.
pub(crate) struct RoleReader {
    pub(crate) calls: IamCalls,
    known_policies: Arc<[PolicyName]>,
    expectation: Arc<Expectation>,
    looked: AtomicBool,
}

/// Whether the role was there in the account that was looked into last, and so is to be expected in
/// the next: where it is, all of it is asked for at once; where it is not, one call tells.
#[derive(Default)]
pub(crate) struct Expectation(AtomicBool);

type Inline = BTreeMap<PolicyName, PolicyDocument>;
type Managed = BTreeSet<ManagedPolicyArn>;

#[async_trait]
impl AccountReader for RoleReader {
    async fn role(&self, name: &IdentityName) -> Result<Option<ObservedIdentity>, CallError> {
        // A second look follows a write, and says nothing of other accounts.
        let first = !self.looked.swap(true, Ordering::Relaxed);
        let expected = !first || self.expectation.0.load(Ordering::Relaxed);
        let (role, policies) = if expected {
            let (role, policies) = join(self.get_role(name), self.policies(name)).await;
            (role, Some(policies))
        } else {
            (self.get_role(name).await, None)
        };
        let there = !role.as_ref().is_err_and(|error| match error.kind {
            CallErrorKind::Denied(_) => is_planted(PlantedBug::DeniedAsAbsent),
            _ => error.kind == CallErrorKind::NotFound,
        });
        if first {
            self.expectation.0.store(there, Ordering::Relaxed);
        }
        if !there {
            return Ok(None);
        }
        let role = role?;
        let policies = match policies {
            Some(policies) => policies,
            None => self.policies(name).await,
        };
        let (inline, managed) = policies.map_err(while_reading)?;
        observed_role(self.calls.subject("GetRole"), &role, inline, managed).map(Some)
    }
}

impl RoleReader {
    pub(crate) fn new(
        calls: IamCalls,
        known_policies: Arc<[PolicyName]>,
        expectation: Arc<Expectation>,
    ) -> Self {
        Self { calls, known_policies, expectation, looked: AtomicBool::new(false) }
    }

    async fn get_role(&self, name: &IdentityName) -> Result<Role, CallError> {
        let calls = &self.calls;
        let answer = calls
            .read("GetRole", |config| {
                let request = calls.iam.get_role().role_name(name.as_str());
                request.customize().config_override(config).send()
            })
            .await?;
        answer.role.ok_or_else(|| inconsistent(calls.subject("GetRole"), "no role came back"))
    }

    /// All policies. Those that are known by name are read without being listed first.
    async fn policies(&self, role: &IdentityName) -> Result<(Inline, Managed), CallError> {
        let known = try_join_all(self.known_policies.iter().map(|name| async {
            match self.inline_policy(role, name.clone()).await {
                Err(error) if error.kind == CallErrorKind::NotFound => Ok(None),
                policy => policy.map(Some),
            }
        }));
        let (known, names, managed) =
            try_join3(known, self.policy_names(role), self.attached_policies(role)).await?;
        let mut inline: Inline = known.into_iter().flatten().collect();
        let unknown = names.into_iter().filter(|name| !inline.contains_key(name));
        let unknown = unknown.map(|name| self.inline_policy(role, name)).collect::<Vec<_>>();
        inline.extend(try_join_all(unknown).await?);
        Ok((inline, managed))
    }

    async fn policy_names(&self, role: &IdentityName) -> Result<Vec<PolicyName>, CallError> {
        let calls = &self.calls;
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
        role: &IdentityName,
        name: PolicyName,
    ) -> Result<(PolicyName, PolicyDocument), CallError> {
        let calls = &self.calls;
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
        role: &IdentityName,
    ) -> Result<BTreeSet<ManagedPolicyArn>, CallError> {
        let calls = &self.calls;
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
