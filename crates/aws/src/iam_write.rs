//! Writing to a role or user: one API call for each step.

use async_trait::async_trait;
use aws_sdk_iam::types::StatusType;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use digitalex_core::{Identity, IdentityKind, IdentityName, ObservedIdentity, Step};
use digitalex_engine::{AccountReader, AccountWriter, CallError, NewAccessKey};

use crate::classify::Subject;
use crate::iam_read::IdentityReader;
use crate::translate::{iam_tags, inconsistent, seconds};

/// Writes to the roles and users of one account.
pub(crate) struct IdentityWriter(pub(crate) IdentityReader);

#[async_trait]
impl AccountReader for IdentityWriter {
    async fn observe(&self, identity: &Identity) -> Result<Option<ObservedIdentity>, CallError> {
        self.0.observe(identity).await
    }
}

/// Sends one request of the SDK, built anew for each attempt.
macro_rules! send {
    ($writer:ident, $step:ident, $operation:ident $(.$member:ident($($value:expr)?))*) => {{
        let calls = &$writer.0.calls;
        calls
            .write($step.operation(), |config| {
                let request = calls.iam.$operation();
                request$(.$member($($value)?))*.customize().config_override(config).send()
            })
            .await
    }};
}

/// Sends the request on a role or on a user, whose requests differ in their names alone.
macro_rules! send_either {
    ($writer:ident, $step:ident, $on:ident, $name:ident,
     $role:ident | $user:ident $(.$member:ident($($value:expr)?))*) => {
        match $on {
            IdentityKind::Role => {
                send!($writer, $step, $role.role_name($name.as_str())$(.$member($($value)?))*)
            }
            IdentityKind::User => {
                send!($writer, $step, $user.user_name($name.as_str())$(.$member($($value)?))*)
            }
        }
    };
}

/// A step is sent to where it does not belong: not expected, since the match above says where.
fn misdirected(subject: Subject) -> CallError {
    inconsistent(subject, "not a step of this kind")
}

#[async_trait]
impl AccountWriter for IdentityWriter {
    async fn execute(
        &self,
        identity: &Identity,
        step: &Step,
    ) -> Result<Option<NewAccessKey>, CallError> {
        let name = &identity.name;
        match step {
            Step::CreateAccessKey { .. } => {
                return self.create_access_key(name, step).await.map(Some);
            }
            Step::CreateRole { .. }
            | Step::UpdateAssumeRolePolicy { .. }
            | Step::UpdateRole { .. } => {
                self.of_role(name, step).await?;
            }
            Step::CreateUser { .. }
            | Step::SwitchAccessKey { .. }
            | Step::DeactivateAccessKey { .. }
            | Step::DeleteAccessKey { .. }
            | Step::DeleteLoginProfile
            | Step::RemoveUserFromGroup { .. } => self.of_user(name, step).await?,
            Step::PutPolicy { .. }
            | Step::DeletePolicy { .. }
            | Step::AttachPolicy { .. }
            | Step::DetachPolicy { .. }
            | Step::PutPermissionsBoundary { .. }
            | Step::DeletePermissionsBoundary { .. }
            | Step::Tag { .. } => self.of_either(name, step).await?,
        }
        Ok(None)
    }
}

impl IdentityWriter {
    async fn of_role(&self, name: &IdentityName, step: &Step) -> Result<(), CallError> {
        let subject = self.0.calls.subject(step.operation());
        match step {
            Step::CreateRole { path, trust, description, max_session_duration, boundary, tags } => {
                let tags = iam_tags(subject, tags)?;
                send!(
                    self,
                    step,
                    create_role
                        .role_name(name.as_str())
                        .path(path.as_str())
                        .assume_role_policy_document(trust.to_json())
                        .description(description.as_str())
                        .max_session_duration(seconds(*max_session_duration))
                        .set_permissions_boundary(boundary.as_ref().map(ToString::to_string))
                        .set_tags(Some(tags.clone()))
                )
            }
            Step::UpdateRole { description, max_session_duration } => send!(
                self,
                step,
                update_role
                    .role_name(name.as_str())
                    .description(description.as_str())
                    .max_session_duration(seconds(*max_session_duration))
            ),
            Step::UpdateAssumeRolePolicy { trust } => send!(
                self,
                step,
                update_assume_role_policy.role_name(name.as_str()).policy_document(trust.to_json())
            ),
            _ => Err(misdirected(subject)),
        }
    }

    async fn of_user(&self, name: &IdentityName, step: &Step) -> Result<(), CallError> {
        let subject = self.0.calls.subject(step.operation());
        match step {
            Step::CreateUser { path, boundary, tags } => {
                let tags = iam_tags(subject, tags)?;
                send!(
                    self,
                    step,
                    create_user
                        .user_name(name.as_str())
                        .path(path.as_str())
                        .set_permissions_boundary(boundary.as_ref().map(ToString::to_string))
                        .set_tags(Some(tags.clone()))
                )
            }
            Step::SwitchAccessKey { .. } => {
                let record = step.key_record(None).map(|record| record.tags()).unwrap_or_default();
                let tags = iam_tags(subject, &record)?;
                send!(self, step, tag_user.user_name(name.as_str()).set_tags(Some(tags.clone())))
            }
            Step::DeactivateAccessKey { id } => send!(
                self,
                step,
                update_access_key
                    .user_name(name.as_str())
                    .access_key_id(id.as_str())
                    .status(StatusType::Inactive)
            ),
            Step::DeleteAccessKey { id } => send!(
                self,
                step,
                delete_access_key.user_name(name.as_str()).access_key_id(id.as_str())
            ),
            Step::DeleteLoginProfile => {
                send!(self, step, delete_login_profile.user_name(name.as_str()))
            }
            Step::RemoveUserFromGroup { group } => send!(
                self,
                step,
                remove_user_from_group.user_name(name.as_str()).group_name(group.as_str())
            ),
            _ => Err(misdirected(subject)),
        }
    }

    async fn of_either(&self, name: &IdentityName, step: &Step) -> Result<(), CallError> {
        let subject = self.0.calls.subject(step.operation());
        match step {
            Step::PutPolicy { on, name: policy, document } => send_either!(
                self,
                step,
                on,
                name,
                put_role_policy
                    | put_user_policy
                        .policy_name(policy.as_str())
                        .policy_document(document.to_json())
            ),
            Step::DeletePolicy { on, name: policy } => send_either!(
                self,
                step,
                on,
                name,
                delete_role_policy | delete_user_policy.policy_name(policy.as_str())
            ),
            Step::AttachPolicy { on, arn } => send_either!(
                self,
                step,
                on,
                name,
                attach_role_policy | attach_user_policy.policy_arn(arn.as_str())
            ),
            Step::DetachPolicy { on, arn } => send_either!(
                self,
                step,
                on,
                name,
                detach_role_policy | detach_user_policy.policy_arn(arn.as_str())
            ),
            Step::PutPermissionsBoundary { on, arn } => send_either!(
                self,
                step,
                on,
                name,
                put_role_permissions_boundary
                    | put_user_permissions_boundary.permissions_boundary(arn.as_str())
            ),
            Step::DeletePermissionsBoundary { on } => send_either!(
                self,
                step,
                on,
                name,
                delete_role_permissions_boundary | delete_user_permissions_boundary
            ),
            Step::Tag { on, tags } => {
                let tags = iam_tags(subject, tags)?;
                send_either!(self, step, on, name, tag_role | tag_user.set_tags(Some(tags.clone())))
            }
            _ => Err(misdirected(subject)),
        }
    }

    /// The SDK keeps the secret as plain text for as long as its answer lives, which is to the end of this.
    async fn create_access_key(
        &self,
        name: &IdentityName,
        step: &Step,
    ) -> Result<NewAccessKey, CallError> {
        let calls = &self.0.calls;
        let subject = calls.subject(step.operation());
        let answer = calls
            .write_for(subject.operation, |config| {
                let request = calls.iam.create_access_key().user_name(name.as_str());
                // A connection that waits for its next request keeps what it read last.
                let request = request.customize().config_override(config).mutate_request(close);
                request.send()
            })
            .await?;
        let key = answer.access_key.ok_or_else(|| inconsistent(subject, "no key came back"))?;
        let id = key.access_key_id.parse().map_err(|error| inconsistent(subject, error))?;
        Ok(NewAccessKey { id, secret: key.secret_access_key.into() })
    }
}

/// Asks for the connection to be closed after the answer.
fn close(request: &mut HttpRequest) {
    request.headers_mut().insert("connection", "close");
}
