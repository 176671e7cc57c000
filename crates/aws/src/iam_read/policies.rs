//! The policies of a role or user. The calls for the one and the other differ in nothing but their names.

use std::collections::{BTreeMap, BTreeSet};

use digitalex_core::{IdentityName, ManagedPolicyArn, PolicyDocument, PolicyName};
use digitalex_engine::{CallError, CallErrorKind};
use futures::future::{try_join_all, try_join3};

use super::IdentityReader;
use crate::paging::PageTokens;
use crate::translate::{document, inconsistent};

/// All policies of a role or user.
#[derive(Default)]
pub(crate) struct Policies {
    pub(crate) inline: BTreeMap<PolicyName, PolicyDocument>,
    pub(crate) managed: BTreeSet<ManagedPolicyArn>,
}

/// The reads of policies, by the names that IAM has for them.
macro_rules! reads_of_policies {
    (
        $all:ident, $names:ident, $inline:ident, $attached:ident, $by:ident:
        $list:ident $list_name:literal,
        $get:ident $get_name:literal,
        $list_attached:ident $list_attached_name:literal
    ) => {
        impl IdentityReader {
            /// All policies. Those that are known by name are read without being listed first.
            pub(super) async fn $all(&self, owner: &IdentityName) -> Result<Policies, CallError> {
                let known = try_join_all(self.known_policies.iter().map(|name| async {
                    match self.$inline(owner, name.clone()).await {
                        Err(error) if error.kind == CallErrorKind::NotFound => Ok(None),
                        policy => policy.map(Some),
                    }
                }));
                let (known, names, managed) =
                    try_join3(known, self.$names(owner), self.$attached(owner)).await?;
                let mut inline: BTreeMap<_, _> = known.into_iter().flatten().collect();
                let unknown = names.into_iter().filter(|name| !inline.contains_key(name));
                let unknown = unknown.map(|name| self.$inline(owner, name)).collect::<Vec<_>>();
                inline.extend(try_join_all(unknown).await?);
                Ok(Policies { inline, managed })
            }

            async fn $names(&self, owner: &IdentityName) -> Result<Vec<PolicyName>, CallError> {
                let calls = &self.calls;
                let subject = calls.subject($list_name);
                let (mut names, mut tokens) = (Vec::new(), PageTokens::default());
                loop {
                    let marker = tokens.current();
                    let page = calls
                        .read(subject.operation, |config| {
                            let request = calls.iam.$list().$by(owner.as_str());
                            let request = request.set_marker(marker.clone());
                            request.customize().config_override(config).send()
                        })
                        .await?;
                    for name in &page.policy_names {
                        let name = PolicyName::new(name);
                        names.push(name.map_err(|error| inconsistent(subject, error))?);
                    }
                    if !tokens.advance_marker(subject, page.is_truncated, page.marker)? {
                        return Ok(names);
                    }
                }
            }

            async fn $inline(
                &self,
                owner: &IdentityName,
                name: PolicyName,
            ) -> Result<(PolicyName, PolicyDocument), CallError> {
                let calls = &self.calls;
                let subject = calls.subject($get_name);
                let answer = calls
                    .read(subject.operation, |config| {
                        let request = calls.iam.$get().$by(owner.as_str());
                        let request = request.policy_name(name.as_str());
                        request.customize().config_override(config).send()
                    })
                    .await?;
                let what = format!("policy {name}");
                let document = document(subject, &what, &answer.policy_document)?;
                Ok((name, document))
            }

            async fn $attached(
                &self,
                owner: &IdentityName,
            ) -> Result<BTreeSet<ManagedPolicyArn>, CallError> {
                let calls = &self.calls;
                let subject = calls.subject($list_attached_name);
                let (mut arns, mut tokens) = (BTreeSet::new(), PageTokens::default());
                loop {
                    let marker = tokens.current();
                    let page = calls
                        .read(subject.operation, |config| {
                            let request = calls.iam.$list_attached().$by(owner.as_str());
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
    };
}

reads_of_policies! {
    policies_of_role, names_of_role, inline_of_role, attached_to_role, role_name:
    list_role_policies "ListRolePolicies",
    get_role_policy "GetRolePolicy",
    list_attached_role_policies "ListAttachedRolePolicies"
}

reads_of_policies! {
    policies_of_user, names_of_user, inline_of_user, attached_to_user, user_name:
    list_user_policies "ListUserPolicies",
    get_user_policy "GetUserPolicy",
    list_attached_user_policies "ListAttachedUserPolicies"
}
