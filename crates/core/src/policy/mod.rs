//! Policy documents: what they say, whether two say the same, and what differs.
//!
//! STUB: replaced by the policy work; the public signatures stand.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{AccountId, Effect};

/// A policy document. STUB.
#[derive(Clone)]
pub struct PolicyDocument {
    value: Value,
}

/// Canonical form. STUB.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalPolicy(String);

/// Not a policy. STUB.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyParseError(String);

/// What differs. STUB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyComparison {
    /// The effect of the whole difference.
    pub effect: Effect,
    /// Statement by statement.
    pub statements: Vec<StatementDifference>,
}

/// One statement's difference. STUB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementDifference {
    /// The effect of this one.
    pub effect: Effect,
    /// One sentence, safe to print.
    pub explanation: String,
}

/// Which kind of policy. STUB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// An identity policy (inline or managed), or a boundary.
    Identity,
    /// A role's trust policy.
    Trust,
    /// A service control policy.
    ServiceControl,
}

/// A finding. STUB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyFinding {
    /// Place, as JSON pointer or line and column.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

/// Who is trusted. STUB.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustedPrincipal {
    /// Anyone at all.
    Anyone,
    /// A whole account.
    Account(AccountId),
    /// Any other AWS principal: ARN or unique id.
    Aws(String),
    /// A service.
    Service(String),
    /// A federated identity provider.
    Federated(String),
    /// A canonical user.
    CanonicalUser(String),
    /// `NotPrincipal`: everyone but those.
    AllExcept(Vec<String>),
}

/// One Allow of a trust policy: one principal of one statement. STUB.
#[derive(Clone, PartialEq, Eq)]
pub struct TrustGrant {
    /// Who.
    pub principal: TrustedPrincipal,
    /// Whether `sts:AssumeRole` is among what is allowed.
    pub assume_role: bool,
    /// The values of a `StringEquals` on `sts:ExternalId`; empty where none is demanded.
    pub external_ids: BTreeSet<String>,
}

/// Validates. STUB.
pub fn validate(text: &str, _kind: PolicyKind) -> Vec<PolicyFinding> {
    match PolicyDocument::parse(text) {
        Ok(_) => Vec::new(),
        Err(error) => vec![PolicyFinding { place: String::new(), message: error.to_string() }],
    }
}

impl PolicyDocument {
    /// Parses. STUB.
    pub fn parse(text: &str) -> Result<Self, PolicyParseError> {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let text = if text.trim_start().starts_with('{') { text } else { &decoded };
        serde_json::from_str(text)
            .map(|value| Self { value })
            .map_err(|error| PolicyParseError(error.to_string()))
    }
    /// The JSON to send to AWS, compact. Holds the external id.
    pub fn to_json(&self) -> String {
        self.value.to_string()
    }
    /// The document with the values of `sts:ExternalId` conditions hidden.
    pub fn redacted(&self) -> Value {
        self.value.clone()
    }
    /// The canonical form.
    pub fn canonical(&self) -> CanonicalPolicy {
        CanonicalPolicy(self.value.to_string())
    }
    /// Characters that count against IAM's quotas: white space is not counted.
    pub fn size_chars(&self) -> usize {
        self.to_json().chars().filter(|c| !c.is_whitespace()).count()
    }
    /// `None` where equal; else what `found` does differently from `self`, the wanted one.
    pub fn compare(&self, found: &Self) -> Option<PolicyComparison> {
        (self != found).then(|| PolicyComparison { effect: Effect::Widens, statements: Vec::new() })
    }
    /// Whether no statement allows anything.
    pub fn only_denies(&self) -> bool {
        false
    }
    /// What the document, read as a trust policy, allows to whom.
    pub fn trust_grants(&self) -> Vec<TrustGrant> {
        Vec::new()
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
        write!(out, "{}", self.redacted())
    }
}

impl Serialize for PolicyDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.redacted().serialize(serializer)
    }
}

impl fmt::Display for PolicyFinding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.message)
    }
}
