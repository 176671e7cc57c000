//! What the DigitalEx role, or user, must be in an AWS account, what differs, and what to do about it.
//!
//! Pure: no I/O, no clock, no randomness, no async. The path of one account through this crate
//! is [`IdentityTemplate`] → [`DesiredIdentity`] → [`diff`] → [`plan`] → [`check`] → [`Verdict`], and the
//! verdicts of all accounts fold into one [`FleetStatus`].

mod access_key;
mod account;
mod arn;
mod check;
mod correction;
mod desired;
mod diff;
mod external_id;
mod fleet;
mod hold;
mod identity;
mod meaning;
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

pub use access_key::{
    AccessKeyDifference, AccessKeyId, DesiredKeys, ExtraKey, InvalidAccessKeyId, KEYS_TAG_KEY,
    KeyOrder, KeyRecord, KeyRemedy, KeySpec, KeyTimes, LastUse, ObservedAccessKey, OtherKey,
};
pub use account::{AccountId, InvalidAccountId};
pub use arn::{Arn, InvalidArn, ManagedPolicyArn, Partition};
pub use check::{ChangeLimits, Violation, check};
pub use correction::{CorrectedPart, Correction};
pub use desired::{DIGITALEX_ACCOUNT, DesiredBoundary, DesiredForm, DesiredIdentity};
pub use diff::{Aspect, Difference, Effect, IdentityDiff, diff};
pub use external_id::{ExternalId, InvalidExternalId};
pub use fleet::{AccountRecord, Cause, FleetStatus};
pub use hold::Hold;
pub use identity::{Identity, IdentityKind};
pub use name::{Description, IdentityName, IdentityPath, InvalidName, PolicyName, SessionDuration};
pub use observation::{Fingerprint, Observation, ObservedForm, ObservedIdentity, Unreadable};
pub use ownership::{OWNERSHIP_TAG_KEY, OWNERSHIP_TAG_VALUE, Ownership};
pub use plan::{AccountPlan, Adoption, PlanDigest, plan};
pub use policy::{
    CallBoundary, CanonicalPolicy, DeniedCall, PolicyComparison, PolicyDenial, PolicyDocument,
    PolicyFinding, PolicyKind, PolicyParseError, StatementDifference, TrustGrant, TrustedPrincipal,
    validate,
};
pub use profile::{Profile, UnknownProfile};
pub use step::Step;
pub use tag::{InvalidTag, TagKey, TagValue};
pub use template::{BucketName, IdentitySpec, IdentityTemplate, TemplateError};
pub use verdict::Verdict;
pub use wording::DifferenceLine;
