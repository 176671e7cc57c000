//! Policy documents: what they say, whether two say the same to IAM, what differs and what that
//! means for access, and what IAM would refuse.
//!
//! [`PolicyDocument`] keeps the text as it was written and its [`CanonicalPolicy`], whose `Eq`
//! is IAM equivalence. Wildcards are read only where access is weighed (`coverage`), never for
//! equality.

#[cfg(test)]
pub(crate) mod arbitrary;
mod canonical;
mod compare;
mod condition;
mod coverage;
mod denial;
mod document;
mod explain;
mod json;
mod meaning;
mod parse;
mod pattern;
mod place;
mod principal;
#[cfg(test)]
mod tests;
mod trust;
mod validate;

pub use canonical::CanonicalPolicy;
pub use compare::{PolicyComparison, StatementDifference};
pub use denial::{CallBoundary, DeniedCall, PolicyDenial};
pub use document::PolicyDocument;
pub use parse::PolicyParseError;
pub use trust::{TrustGrant, TrustedPrincipal};
pub use validate::{PolicyFinding, PolicyKind, validate};
