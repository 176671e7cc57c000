//! The service control policies: `ListPoliciesForTarget`, `DescribePolicy`.

use async_trait::async_trait;
use aws_sdk_organizations::operation::list_policies_for_target::ListPoliciesForTargetOutput;
use aws_sdk_organizations::types::PolicyType;
use digitalex_core::{AccountId, PolicyDocument};
use digitalex_engine::{CallError, OuPath, ServiceControlPolicies, ServiceControlPolicy};

use crate::classify::Subject;
use crate::organizations::AwsOrganization;
use crate::ou_tree::path_up_from;
use crate::paging::PageTokens;
use crate::translate::inconsistent;

const LIST: Subject = Subject { operation: "ListPoliciesForTarget", account: None };
const DESCRIBE: Subject = Subject { operation: "DescribePolicy", account: None };

#[async_trait]
impl ServiceControlPolicies for AwsOrganization {
    async fn ou_path(&self, account: AccountId) -> Result<OuPath, CallError> {
        path_up_from(self, account).await
    }

    async fn attached_to(&self, target: &str) -> Result<Vec<String>, CallError> {
        let (mut ids, mut tokens) = (Vec::new(), PageTokens::default());
        loop {
            let page = page(self, target, tokens.current()).await?;
            let Some(policies) = page.policies else {
                return Err(inconsistent(LIST, "a page came without Policies"));
            };
            for policy in policies {
                let id = policy.id.ok_or_else(|| inconsistent(LIST, "a policy has no id"))?;
                ids.push(id);
            }
            if !tokens.advance(LIST, page.next_token)? {
                return Ok(ids);
            }
        }
    }

    async fn policy(&self, id: &str) -> Result<ServiceControlPolicy, CallError> {
        let answer = self
            .call(DESCRIBE, |config| {
                let request = self.client.describe_policy().policy_id(id);
                request.customize().config_override(config).send()
            })
            .await?;
        let policy = answer.policy.ok_or_else(|| inconsistent(DESCRIBE, "no policy came back"))?;
        let content = policy.content.unwrap_or_default();
        let name = policy.policy_summary.and_then(|summary| summary.name);
        Ok(ServiceControlPolicy {
            id: id.to_owned(),
            name: name.unwrap_or_default(),
            document: PolicyDocument::parse(&content)
                .map_err(|error| inconsistent(DESCRIBE, error))?,
        })
    }
}

async fn page(
    organization: &AwsOrganization,
    target: &str,
    token: Option<String>,
) -> Result<ListPoliciesForTargetOutput, CallError> {
    organization
        .call(LIST, |config| {
            let request = organization.client.list_policies_for_target().target_id(target);
            let request = request.filter(PolicyType::ServiceControlPolicy);
            request.set_next_token(token.clone()).customize().config_override(config).send()
        })
        .await
}
