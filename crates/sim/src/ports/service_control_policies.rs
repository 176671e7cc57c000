//! The engine's `ServiceControlPolicies` over the world.

use std::collections::BTreeSet;

use async_trait::async_trait;
use digitalex_core::{AccountId, PolicyDocument};
use digitalex_engine::{
    AccountDetail, Bucket, CallError, Organization, OuPath, ServiceControlPolicies,
    ServiceControlPolicy,
};

use super::classify::inconsistent;
use super::organization::SimOrganization;
use crate::world::organizations::{DescribePolicy, ListPoliciesForTarget, SERVICE_CONTROL_POLICY};
use crate::world::page::TokenInput;

const LIST: &str = "ListPoliciesForTarget";
const DESCRIBE: &str = "DescribePolicy";

#[async_trait]
impl ServiceControlPolicies for SimOrganization {
    async fn ou_path(&self, account: AccountId) -> Result<OuPath, CallError> {
        let detail = AccountDetail { ou_path: true, tags: false };
        let found = self.account(account, detail).await?.and_then(|account| account.ou_path);
        found.ok_or_else(|| inconsistent("DescribeAccount", Some(account), "it has no path"))
    }

    async fn attached_to(&self, target: &str) -> Result<Vec<String>, CallError> {
        let Self(connection) = self;
        let (mut attached, mut seen) = (Vec::new(), BTreeSet::new());
        let mut next_token = None::<String>;
        loop {
            let operation = || ListPoliciesForTarget {
                target_id: target.to_owned(),
                filter: SERVICE_CONTROL_POLICY.to_owned(),
                page: TokenInput { next_token: next_token.clone(), max_results: None },
            };
            let answer = connection
                .call(&connection.credentials, Bucket::Organizations, None, operation)
                .await?;
            attached.extend(answer.policies.into_iter().map(|policy| policy.id));
            next_token = answer.next_token;
            match &next_token {
                None => return Ok(attached),
                Some(token) if !seen.insert(token.clone()) => {
                    return Err(inconsistent(LIST, None, "a page token came twice"));
                }
                Some(_) => {}
            }
        }
    }

    async fn policy(&self, id: &str) -> Result<ServiceControlPolicy, CallError> {
        let Self(connection) = self;
        let operation = || DescribePolicy { policy_id: id.to_owned() };
        let answer = connection
            .call(&connection.credentials, Bucket::Organizations, None, operation)
            .await?;
        let document = PolicyDocument::parse(&answer.policy.content)
            .map_err(|error| inconsistent(DESCRIBE, None, error))?;
        Ok(ServiceControlPolicy {
            id: id.to_owned(),
            name: answer.policy.policy_summary.name,
            document,
        })
    }
}
