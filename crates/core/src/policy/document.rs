//! A policy document: its text and what it says.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::canonical::{CanonicalPolicy, StatementEffect};
use super::compare::{self, PolicyComparison};
use super::denial::{self, DeniedCall, PolicyDenial};
use super::json::Json;
use super::meaning;
use super::parse::{self, PolicyParseError};
use super::trust::{self, TrustGrant, TrustedPrincipal};

/// An IAM policy document: identity, trust or service control policy.
///
/// Equal to another where IAM cannot tell them apart ([`CanonicalPolicy`]). Cheap to clone.
/// `Debug` and `Serialize` hide the values of `sts:ExternalId` conditions; only
/// [`PolicyDocument::to_json`] shows them.
#[derive(Clone)]
pub struct PolicyDocument(Arc<Contents>);

struct Contents {
    json: Json,
    canonical: CanonicalPolicy,
    /// Where each canonical statement first stands in the text, from 1.
    numbers: Vec<usize>,
}

impl PolicyDocument {
    /// Parses a document, plain or percent-encoded as IAM returns it.
    ///
    /// # Errors
    /// The text is not JSON, has a key twice, or does not have the shape of a policy. The error
    /// names the place and never holds any of the values.
    pub fn parse(text: &str) -> Result<Self, PolicyParseError> {
        let json = parse::parse_json(&parse::decode(text)?)?;
        let (version, statements) = parse::parse_policy(&json)?;
        let mut numbered: Vec<_> =
            statements.into_iter().enumerate().map(|(index, s)| (s, index + 1)).collect();
        numbered.sort();
        numbered.dedup_by(|later, first| later.0 == first.0);
        let (statements, numbers) = numbered.into_iter().unzip();
        let canonical = CanonicalPolicy { version, statements };
        Ok(Self(Arc::new(Contents { json, canonical, numbers })))
    }

    /// The JSON to send to AWS, compact, in the order in which it was written. Holds the external
    /// id.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.0.json.to_string()
    }

    /// The document with the values of `sts:ExternalId` conditions replaced by `(hidden)`.
    #[must_use]
    pub fn redacted(&self) -> Value {
        self.0.json.redacted()
    }

    /// What the document says, without how it is written.
    #[must_use]
    pub fn canonical(&self) -> &CanonicalPolicy {
        &self.0.canonical
    }

    /// Characters that count against IAM's quotas: white space is not counted (IAM and STS
    /// quotas).
    #[must_use]
    pub fn size_chars(&self) -> usize {
        self.to_json().chars().filter(|character| !character.is_whitespace()).count()
    }

    /// `None` where equal; else what `found` does differently from `self`, the wanted one.
    #[must_use]
    pub fn compare(&self, found: &Self) -> Option<PolicyComparison> {
        compare::compare(self, found)
    }

    /// Whether no statement allows anything.
    #[must_use]
    pub fn only_denies(&self) -> bool {
        self.canonical()
            .statements
            .iter()
            .all(|statement| statement.effect == StatementEffect::Deny)
    }

    /// What the document, read as a trust policy, allows to whom: one grant for each principal of
    /// each `Allow`. Empty where no statement names a principal.
    #[must_use]
    pub fn trust_grants(&self) -> Vec<TrustGrant> {
        trust::grants(self.canonical())
    }

    /// Whether the document, read as a trust policy, lets in a principal by its unique id (`AROA…`, `AIDA…`),
    /// as IAM shows one that is deleted (IAM User Guide, "AWS JSON policy elements: Principal").
    #[must_use]
    pub fn trusts_unique_id(&self) -> bool {
        self.trust_grants().iter().any(|grant| match &grant.principal {
            TrustedPrincipal::Aws(value) => !value.starts_with("arn:"),
            _ => false,
        })
    }

    /// What it means that the document, a permissions policy, is missing beside those that were found; none
    /// where that cannot be said.
    #[must_use]
    pub fn meaning_if_missing<'a>(&self, found: impl Iterator<Item = &'a Self>) -> Option<String> {
        meaning::of_missing(self.canonical(), &found.map(Self::canonical).collect::<Vec<_>>())
    }

    /// What it means that the document, a permissions policy, is there beside those that are wanted; none
    /// where that cannot be said.
    #[must_use]
    pub fn meaning_if_extra<'a>(&self, wanted: impl Iterator<Item = &'a Self>) -> Option<String> {
        meaning::of_extra(self.canonical(), &wanted.map(Self::canonical).collect::<Vec<_>>())
    }

    /// How the document, as a service control policy, denies a call that was denied; none where it does not.
    #[must_use]
    pub fn denial(&self, call: &DeniedCall<'_>) -> Option<PolicyDenial> {
        denial::denial(self.canonical(), call)
    }

    /// The number in the text, from 1, of each canonical statement.
    pub(super) fn statement_numbers(&self) -> &[usize] {
        &self.0.numbers
    }
}

impl PartialEq for PolicyDocument {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for PolicyDocument {}

impl fmt::Debug for PolicyDocument {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.redacted(), out)
    }
}

impl Serialize for PolicyDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.redacted().serialize(serializer)
    }
}
