//! A policy read as a trust policy: whom it lets in, and on what proof.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::canonical::{CanonicalPolicy, Scope, Statement, StatementEffect, Version};
use super::condition::is_external_id;
use super::coverage::scope_covers;
use super::pattern::ActionPattern;
use super::principal::Principal;
use crate::AccountId;

/// Who is trusted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustedPrincipal {
    /// Anyone at all.
    Anyone,
    /// A whole account, by its id or its root.
    Account(AccountId),
    /// Any other AWS principal: its ARN, or the unique id (`AROA…`, `AIDA…`) of a deleted one.
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

/// One `Allow` of a trust policy: one principal of one statement. `Debug` hides the external ids.
#[derive(Clone, PartialEq, Eq)]
pub struct TrustGrant {
    /// Who.
    pub principal: TrustedPrincipal,
    /// Whether `sts:AssumeRole` is among what is allowed.
    pub assume_role: bool,
    /// The values that `StringEquals` on `sts:ExternalId` accepts; empty where no value is
    /// demanded: a looser operator (`StringLike`, `…IfExists`, a set operator) demands none.
    pub external_ids: BTreeSet<String>,
}

pub(super) fn grants(policy: &CanonicalPolicy) -> Vec<TrustGrant> {
    let allows = policy.statements.iter().filter(|s| s.effect == StatementEffect::Allow);
    allows.flat_map(|statement| statement_grants(statement, policy.version)).collect()
}

/// Whether `sts:AssumeRole` is among the actions of the statement.
pub(super) fn covers_assume_role(statement: &Statement) -> bool {
    let assume_role = Scope::Only(BTreeSet::from([ActionPattern::new("sts:assumerole")]));
    let actions = statement.actions.map(|action| ActionPattern::new(action.folded()));
    scope_covers(&actions, &assume_role)
}

fn statement_grants(statement: &Statement, version: Version) -> Vec<TrustGrant> {
    let principals = match &statement.principals {
        None => Vec::new(),
        Some(Scope::Only(principals)) => principals.iter().map(TrustedPrincipal::from).collect(),
        Some(Scope::AllExcept(principals)) => {
            vec![TrustedPrincipal::AllExcept(principals.iter().map(Principal::value).collect())]
        }
    };
    let assume_role = covers_assume_role(statement);
    let external_ids = demanded_external_ids(statement, version);
    let grant =
        |principal| TrustGrant { principal, assume_role, external_ids: external_ids.clone() };
    principals.into_iter().map(grant).collect()
}

fn demanded_external_ids(statement: &Statement, version: Version) -> BTreeSet<String> {
    let demanding = statement.conditions.iter().find(|((key, operator), _)| {
        is_external_id(key.folded()) && operator.folded() == "stringequals"
    });
    let values = demanding.map(|(_, values)| values.clone()).unwrap_or_default();
    // A policy variable is whatever the caller brings: it demands nothing.
    if version == Version::V2012 && values.iter().any(|value| value.contains("${")) {
        return BTreeSet::new();
    }
    values
}

impl From<&Principal> for TrustedPrincipal {
    fn from(principal: &Principal) -> Self {
        match principal {
            Principal::Anyone => Self::Anyone,
            Principal::Account(id) => Self::Account(*id),
            Principal::Aws(value) => Self::Aws(value.clone()),
            Principal::Service(value) => Self::Service(value.clone()),
            Principal::Federated(value) => Self::Federated(value.clone()),
            Principal::CanonicalUser(value) => Self::CanonicalUser(value.clone()),
        }
    }
}

impl fmt::Debug for TrustGrant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TrustGrant")
            .field("principal", &self.principal)
            .field("assume_role", &self.assume_role)
            .field("external_ids", &format_args!("{} (hidden)", self.external_ids.len()))
            .finish()
    }
}
