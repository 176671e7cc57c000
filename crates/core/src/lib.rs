//! What the DigitalEx role must be in an AWS account, what differs, and what to do about it.
//!
//! Pure: no I/O, no clock, no randomness, no async. The path of one account through this crate
//! is [`RoleTemplate`] → [`DesiredRole`] → [`diff`] → [`plan`] → [`check`] → [`Verdict`], and the
//! verdicts of all accounts fold into one [`FleetStatus`].

mod account;
mod arn;
mod check;
mod correction;
mod desired;
mod diff;
mod external_id;
mod fleet;
mod hold;
mod name;
mod observation;
mod ownership;
mod plan;
pub mod planted;
mod policy;
mod profile;
mod step;
mod tag;
mod template;
mod verdict;
mod wording;

pub use account::{AccountId, InvalidAccountId};
pub use arn::{Arn, InvalidArn, ManagedPolicyArn, Partition};
pub use check::{ChangeLimits, Violation, check};
pub use correction::{CorrectedPart, Correction};
pub use desired::{DIGITALEX_ACCOUNT, DesiredBoundary, DesiredRole};
pub use diff::{Aspect, Difference, Effect, RoleDiff, diff};
pub use external_id::{ExternalId, InvalidExternalId};
pub use fleet::{AccountRecord, Cause, FleetStatus};
pub use hold::Hold;
pub use name::{Description, InvalidName, PolicyName, RoleName, RolePath, SessionDuration};
pub use observation::{Fingerprint, Observation, ObservedRole, Unreadable};
pub use ownership::{OWNERSHIP_TAG_KEY, OWNERSHIP_TAG_VALUE, Ownership};
pub use plan::{AccountPlan, Adoption, PlanDigest, plan};
pub use policy::{
    CanonicalPolicy, PolicyComparison, PolicyDocument, PolicyFinding, PolicyKind, PolicyParseError,
    StatementDifference, TrustGrant, TrustedPrincipal, validate,
};
pub use profile::{Profile, UnknownProfile};
pub use step::Step;
pub use tag::{InvalidTag, TagKey, TagValue};
pub use template::{BucketName, RoleSpec, RoleTemplate, TemplateError};
pub use verdict::Verdict;
