//! Writing to a role: one API call for each step.

use async_trait::async_trait;
use digitalex_core::{IdentityName, ObservedIdentity, Step};
use digitalex_engine::{AccountReader, AccountWriter, CallError};

use crate::iam_read::RoleReader;
use crate::translate::{iam_tags, seconds};

/// Writes to the roles of one account.
pub(crate) struct RoleWriter(pub(crate) RoleReader);

#[async_trait]
impl AccountReader for RoleWriter {
    async fn role(&self, name: &IdentityName) -> Result<Option<ObservedIdentity>, CallError> {
        self.0.role(name).await
    }
}

/// Sends one request of the SDK, built anew for each attempt.
macro_rules! send {
    ($writer:ident, $step:ident, $role:ident, $operation:ident $(.$member:ident($($value:expr)?))*) => {{
        let calls = &$writer.0.calls;
        calls
            .write($step.operation(), |config| {
                let request = calls.iam.$operation().role_name($role.as_str());
                request$(.$member($($value)?))*.customize().config_override(config).send()
            })
            .await
    }};
}

#[async_trait]
impl AccountWriter for RoleWriter {
    async fn execute(&self, role: &IdentityName, step: &Step) -> Result<(), CallError> {
        let subject = self.0.calls.subject(step.operation());
        match step {
            Step::CreateRole { path, trust, description, max_session_duration, boundary, tags } => {
                let tags = iam_tags(subject, tags)?;
                send!(
                    self,
                    step,
                    role,
                    create_role
                        .path(path.as_str())
                        .assume_role_policy_document(trust.to_json())
                        .description(description.as_str())
                        .max_session_duration(seconds(*max_session_duration))
                        .set_permissions_boundary(boundary.as_ref().map(ToString::to_string))
                        .set_tags(Some(tags.clone()))
                )
            }
            Step::UpdateRole { description, max_session_duration } => {
                send!(
                    self,
                    step,
                    role,
                    update_role
                        .description(description.as_str())
                        .max_session_duration(seconds(*max_session_duration))
                )
            }
            Step::TagRole { tags } => {
                let tags = iam_tags(subject, tags)?;
                send!(self, step, role, tag_role.set_tags(Some(tags.clone())))
            }
            Step::UpdateAssumeRolePolicy { trust } => {
                send!(self, step, role, update_assume_role_policy.policy_document(trust.to_json()))
            }
            Step::PutRolePolicy { name, document } => {
                send!(
                    self,
                    step,
                    role,
                    put_role_policy.policy_name(name.as_str()).policy_document(document.to_json())
                )
            }
            Step::DeleteRolePolicy { name } => {
                send!(self, step, role, delete_role_policy.policy_name(name.as_str()))
            }
            Step::AttachRolePolicy { arn } => {
                send!(self, step, role, attach_role_policy.policy_arn(arn.as_str()))
            }
            Step::DetachRolePolicy { arn } => {
                send!(self, step, role, detach_role_policy.policy_arn(arn.as_str()))
            }
            Step::PutRolePermissionsBoundary { arn } => {
                send!(
                    self,
                    step,
                    role,
                    put_role_permissions_boundary.permissions_boundary(arn.as_str())
                )
            }
            Step::DeleteRolePermissionsBoundary => {
                send!(self, step, role, delete_role_permissions_boundary)
            }
        }
    }
}
