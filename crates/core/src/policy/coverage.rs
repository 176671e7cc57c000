//! Whether what one statement applies to is surely within what others apply to.
//!
//! Every answer `true` is proven; `false` means only that it is not.

use std::collections::BTreeSet;

use super::canonical::{CanonicalPolicy, Caseless, Scope, Statement, StatementEffect, Version};
use super::condition::{Conditions, implies};
use super::pattern::{ActionPattern, ResourcePattern};
use super::principal::Principal;

/// A statement that would fall apart into more pieces than this is not taken apart.
const PIECES_MAX: usize = 20_000;

/// A statement, ready to be weighed against others.
pub(super) struct Reach<'a> {
    pub(super) effect: StatementEffect,
    pub(super) principals: Option<Scope<Principal>>,
    pub(super) actions: Scope<ActionPattern>,
    pub(super) resources: Option<Scope<ResourcePattern>>,
    pub(super) conditions: &'a Conditions,
    pub(super) version: Version,
}

/// What a scope is made of.
pub(super) trait Extent: Ord + Clone {
    /// Whether all of `other` is surely part of `self`.
    fn covers(&self, other: &Self) -> bool;
    /// Whether something may be part of both.
    fn overlaps(&self, other: &Self) -> bool;
    /// Whether nothing is outside.
    fn is_everything(&self) -> bool;
}

impl<'a> Reach<'a> {
    /// The statements of a policy, in its order.
    pub(super) fn of_all(policy: &'a CanonicalPolicy) -> Vec<Self> {
        policy.statements.iter().map(|statement| Self::new(statement, policy.version)).collect()
    }

    fn new(statement: &'a Statement, version: Version) -> Self {
        let resource = |text: &String| ResourcePattern::new(text, version);
        Self {
            effect: statement.effect,
            principals: statement.principals.clone(),
            actions: statement.actions.map(|action| ActionPattern::new(action.folded())),
            resources: statement.resources.as_ref().map(|resources| resources.map(resource)),
            conditions: &statement.conditions,
            version,
        }
    }

    /// Whether everything the statement applies to is surely within one of `others` of the same
    /// effect, if need be taken apart by principal, action and resource.
    pub(super) fn is_within(&self, others: &[Self]) -> bool {
        let within_one = |piece: &Self| others.iter().any(|other| other.covers(piece));
        within_one(self) || self.pieces().is_some_and(|pieces| pieces.iter().all(within_one))
    }

    /// Whether the action is surely among those of the statement.
    pub(super) fn covers_action(&self, action: &Caseless) -> bool {
        let action = BTreeSet::from([ActionPattern::new(action.folded())]);
        scope_covers(&self.actions, &Scope::Only(action))
    }

    /// Whether the resource is surely among those of the statement.
    pub(super) fn covers_resource(&self, resource: &str) -> bool {
        let resource = BTreeSet::from([ResourcePattern::new(resource, self.version)]);
        self.resources.as_ref().is_some_and(|it| scope_covers(it, &Scope::Only(resource)))
    }

    /// Whether an action may be among those of both.
    pub(super) fn shares_an_action_with(&self, other: &Self) -> bool {
        let (Scope::Only(ours), Scope::Only(theirs)) = (&self.actions, &other.actions) else {
            return true;
        };
        ours.iter().any(|our| theirs.iter().any(|their| our.overlaps(their)))
    }

    fn covers(&self, inner: &Self) -> bool {
        self.effect == inner.effect
            && scope_covers(&self.actions, &inner.actions)
            && both_cover(self.principals.as_ref(), inner.principals.as_ref())
            && both_cover(self.resources.as_ref(), inner.resources.as_ref())
            && implies((inner.conditions, inner.version), (self.conditions, self.version))
    }

    fn pieces(&self) -> Option<Vec<Self>> {
        let principals = optional_pieces(self.principals.as_ref());
        let actions = scope_pieces(&self.actions);
        let resources = optional_pieces(self.resources.as_ref());
        let count = principals.len().checked_mul(actions.len())?.checked_mul(resources.len())?;
        if count > PIECES_MAX {
            return None;
        }
        let mut pieces = Vec::with_capacity(count);
        for principals in &principals {
            for actions in &actions {
                for resources in &resources {
                    pieces.push(Self {
                        effect: self.effect,
                        principals: principals.clone(),
                        actions: actions.clone(),
                        resources: resources.clone(),
                        conditions: self.conditions,
                        version: self.version,
                    });
                }
            }
        }
        Some(pieces)
    }
}

/// Whether `outer` surely applies to everything that `inner` applies to.
pub(super) fn scope_covers<T: Extent>(outer: &Scope<T>, inner: &Scope<T>) -> bool {
    match (outer, inner) {
        (Scope::Only(outer), Scope::Only(inner)) => {
            inner.iter().all(|item| outer.iter().any(|cover| cover.covers(item)))
        }
        (Scope::AllExcept(excepted), Scope::Only(inner)) => {
            !inner.iter().any(|item| excepted.iter().any(|exception| exception.overlaps(item)))
        }
        (Scope::AllExcept(outer), Scope::AllExcept(inner)) => {
            outer.iter().all(|exception| inner.iter().any(|cover| cover.covers(exception)))
        }
        (Scope::Only(outer), Scope::AllExcept(_)) => outer.iter().any(T::is_everything),
    }
}

/// As [`scope_covers`]; a statement without the element belongs to another kind of policy than
/// one with it, and neither covers the other.
pub(super) fn both_cover<T: Extent>(outer: Option<&Scope<T>>, inner: Option<&Scope<T>>) -> bool {
    match (outer, inner) {
        (None, None) => true,
        (Some(outer), Some(inner)) => scope_covers(outer, inner),
        _ => false,
    }
}

fn scope_pieces<T: Extent>(scope: &Scope<T>) -> Vec<Scope<T>> {
    match scope {
        Scope::Only(items) => {
            items.iter().map(|item| Scope::Only(BTreeSet::from([item.clone()]))).collect()
        }
        Scope::AllExcept(_) => vec![scope.clone()],
    }
}

fn optional_pieces<T: Extent>(scope: Option<&Scope<T>>) -> Vec<Option<Scope<T>>> {
    match scope {
        None => vec![None],
        Some(scope) => scope_pieces(scope).into_iter().map(Some).collect(),
    }
}
