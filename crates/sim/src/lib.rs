//! A simulated AWS organization: one deterministic [`World`] with Organizations, IAM, STS and Cost and
//! Usage Reports, and two thin faces over it: the engine's ports, and HTTP for any AWS client.

mod authorize;
mod error;
mod exchange;
pub mod faults;
pub mod generate;
mod ports;
mod sandbox;
mod wire;
mod world;

pub use error::AwsError;
pub use ports::{SimOrganization, SimReadAccess, SimWriteAccess};
pub use sandbox::{Sandbox, SandboxOptions};
pub use wire::OnTheWay;
pub use world::iam::ROLES_MAX;
pub use world::{
    AccessKey, Account, AccountState, CallCounts, Credentials, Group, Iam, IamLimits, IamRates,
    Identity, JoinedMethod, LoginProfile, ManagedPolicy, OrganizationState, OrganizationalUnit,
    PolicyVersion, Rate, ReportDefinition, ReportStatus, Role, Root, ServiceControlPolicy, State,
    TrailEvent, User, World,
};
