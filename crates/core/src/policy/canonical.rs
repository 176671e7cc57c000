//! The form in which two documents are equal exactly where IAM cannot tell them apart.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::condition::Conditions;
use super::principal::Principal;

/// What a policy document says, without how it is written.
///
/// Two are equal exactly where IAM takes the documents for the same: order, repetition, a list
/// of one, `Sid` and `Id`, the case of action names and of condition operators and keys, and the
/// spelling of an account as a principal do not matter; `Version` and every other difference do.
/// Wildcards are not expanded: `s3:*` is not the list of its actions. `Debug` shows no values.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalPolicy {
    pub(super) version: Version,
    /// Sorted, each once.
    pub(super) statements: Vec<Statement>,
}

/// The version of the policy language; a document without one is of 2008-10-17.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Version {
    V2008,
    V2012,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Statement {
    pub(super) effect: StatementEffect,
    /// Missing in an identity policy.
    pub(super) principals: Option<Scope<Principal>>,
    pub(super) actions: Scope<Caseless>,
    /// Missing in a trust policy.
    pub(super) resources: Option<Scope<String>>,
    pub(super) conditions: Conditions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum StatementEffect {
    Allow,
    Deny,
}

/// What an element applies to: `Action` or `NotAction`, and so on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Scope<T> {
    Only(BTreeSet<T>),
    AllExcept(BTreeSet<T>),
}

/// A name in which IAM ignores case; it is shown as it was written.
#[derive(Clone)]
pub(super) struct Caseless {
    folded: String,
    written: String,
}

impl Version {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

impl<T> Scope<T> {
    pub(super) fn items(&self) -> &BTreeSet<T> {
        match self {
            Self::Only(items) | Self::AllExcept(items) => items,
        }
    }

    /// The same scope over other items.
    pub(super) fn map<U: Ord>(&self, convert: impl Fn(&T) -> U) -> Scope<U> {
        let items = self.items().iter().map(convert).collect();
        match self {
            Self::Only(_) => Scope::Only(items),
            Self::AllExcept(_) => Scope::AllExcept(items),
        }
    }
}

impl Caseless {
    pub(super) fn new(written: &str) -> Self {
        Self { folded: written.to_ascii_lowercase(), written: written.to_owned() }
    }

    /// In lower case.
    pub(super) fn folded(&self) -> &str {
        &self.folded
    }

    pub(super) fn written(&self) -> &str {
        &self.written
    }
}

impl PartialEq for Caseless {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Caseless {}

impl PartialOrd for Caseless {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Caseless {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for Caseless {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl fmt::Debug for CanonicalPolicy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (version, count) = (self.version.as_str(), self.statements.len());
        write!(out, "CanonicalPolicy({version}, {count} statements)")
    }
}
