//! The engine's ports over the AWS SDK: Organizations, STS, IAM, Secrets
//! Manager and Cost and Usage Reports.
//!
//! [`AwsConnection`] holds one client of each service over one HTTP client. Every attempt of every
//! call goes through [`digitalex_engine::Caller`], which paces and retries; the SDK's own retries
//! are off. Every call names the credentials it is signed with: the clients hold none, so that no
//! account is ever reached with another's.

mod access;
mod account_list;
mod assume;
mod base_credentials;
mod classify;
mod connect;
mod cost_reports;
mod credentials;
mod iam_calls;
mod iam_read;
mod iam_write;
#[cfg(feature = "in-process")]
mod in_process;
mod organizations;
mod ou_list;
mod ou_tree;
mod paging;
mod role_session;
mod secrets_manager;
mod service_control_policies;
mod sessions;
mod sts_regions;
mod translate;
mod whole_answer;

pub use access::{ApplyAccess, AuditAccess};
pub use connect::{AwsConnection, ConnectOptions, SandboxEndpoint};
pub use cost_reports::AwsCostReports;
#[cfg(feature = "in-process")]
pub use in_process::{BodyPart, Keys, Outside, TransportError};
pub use organizations::AwsOrganization;
pub use secrets_manager::{
    InvalidSecretPrefix, SecretPrefix, SecretsManagerOptions, SecretsManagerSink,
};
