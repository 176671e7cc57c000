//! A simulated AWS organization: one deterministic [`World`] with Organizations, IAM and STS, and two
//! thin faces over it: the engine's ports, and HTTP for any AWS client.

mod authorize;
mod error;
pub mod generate;
mod ports;
mod sandbox;
mod wire;
mod world;

pub use error::AwsError;
pub use ports::{SimOrganization, SimReadAccess, SimWriteAccess};
pub use sandbox::{Sandbox, SandboxOptions};
pub use world::{
    AccessKey, Account, AccountState, CallCounts, Credentials, Iam, Identity, JoinedMethod,
    ManagedPolicy, OrganizationState, OrganizationalUnit, PolicyVersion, Role, Root,
    ServiceControlPolicy, State, User, World,
};
