//! Why a service control policy denies a call to IAM: whatever is asked for, or for want of a permissions
//! boundary.

use std::collections::BTreeSet;

use super::canonical::{CanonicalPolicy, Scope, StatementEffect, Version};
use super::condition::{Conditions, Entry, Operator};
use super::coverage::{Extent, Reach};
use super::pattern::{ActionPattern, ResourcePattern};
use crate::AccountId;

/// A call to IAM that was denied.
#[derive(Debug, Clone, Copy)]
pub struct DeniedCall<'a> {
    /// The action, such as `iam:CreateRole`.
    pub action: &'a str,
    /// The account of the role or user.
    pub account: AccountId,
    /// The ARN of the role or user.
    pub resource: &'a str,
    /// `iam:PermissionsBoundary` of the call: the boundary that the role or user has or is to get.
    pub boundary: Option<&'a str>,
}

/// On what ground a policy denies a call; the surest is the greatest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DenialGround {
    /// Perhaps: under conditions of which this program does not know whether they are met.
    Conditional,
    /// It lacks a permissions boundary: one that these patterns match; any, where there are none.
    BoundaryDemanded(BTreeSet<String>),
    /// Whatever the boundary.
    Outright,
}

/// The surest ground of all statements; none where the policy does not deny the call.
pub(super) fn ground(policy: &CanonicalPolicy, call: &DeniedCall<'_>) -> Option<DenialGround> {
    let action = ActionPattern::new(&call.action.to_ascii_lowercase());
    // No variables in what stands for itself.
    let resource = ResourcePattern::new(call.resource, Version::V2008);
    let denies = |reach: &Reach<'_>| {
        reach.effect == StatementEffect::Deny
            && may_apply(&reach.actions, &action)
            && reach.resources.as_ref().is_none_or(|scope| may_apply(scope, &resource))
    };
    let statements = Reach::of_all(policy);
    let denying = statements.iter().filter(|reach| denies(reach));
    denying.filter_map(|reach| ground_of(reach.conditions, call)).max()
}

/// Whether an element of a statement applies to one action or resource; where a variable decides, perhaps.
fn may_apply<T: Extent>(scope: &Scope<T>, one: &T) -> bool {
    match scope {
        Scope::Only(items) => items.iter().any(|item| item.overlaps(one)),
        Scope::AllExcept(items) => !items.iter().any(|item| item.covers(one)),
    }
}

/// The ground that a statement's conditions leave, all of which must hold; none where one does not.
fn ground_of(conditions: &Conditions, call: &DeniedCall<'_>) -> Option<DenialGround> {
    let mut ground = DenialGround::Outright;
    let mut demanded = None::<BTreeSet<String>>;
    for entry in conditions {
        let ((key, operator), values) = entry;
        let is_boundary = key.folded() == "iam:permissionsboundary";
        let operator = Operator::parse(operator.folded()).filter(|_| is_boundary);
        match operator.and_then(|operator| Some((holds(&operator, entry, call)?, operator))) {
            None => ground = DenialGround::Conditional,
            Some((false, _)) => return None,
            Some((true, operator)) if operator.is_negated() => {
                demanded.get_or_insert_default().extend(values.iter().cloned());
            }
            Some((true, operator)) if operator.base == "Null" && call.boundary.is_none() => {
                demanded.get_or_insert_default();
            }
            // It holds for the boundary that there is: the statement forbids that one.
            Some((true, _)) => {}
        }
    }
    Some(demanded.map_or(ground, DenialGround::BoundaryDemanded))
}

/// Whether a condition on the boundary holds; none where this is not known.
fn holds(operator: &Operator, entry: Entry<'_>, call: &DeniedCall<'_>) -> Option<bool> {
    let (_, values) = entry;
    let is_null = call.boundary.is_none();
    if operator.has_qualifier() {
        return None;
    }
    if operator.base == "Null" {
        return Some(values.iter().any(|value| value.eq_ignore_ascii_case(bool_word(is_null))));
    }
    let matches: fn(&str, &str) -> bool = match operator.base {
        "StringEquals" | "StringNotEquals" => |value, boundary| value == boundary,
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => str::eq_ignore_ascii_case,
        "StringLike" | "StringNotLike" | "ArnEquals" | "ArnNotEquals" | "ArnLike"
        | "ArnNotLike" => |value, boundary| {
            let boundary = ResourcePattern::new(boundary, Version::V2008);
            ResourcePattern::new(value, Version::V2012).covers(&boundary)
        },
        _ => return None,
    };
    let Some(boundary) = call.boundary else {
        // "Condition operators": where the key is missing, a negated operator holds, and `…IfExists` does.
        return Some(operator.is_negated() || operator.if_exists());
    };
    let account = call.account.to_string();
    let matched = values.iter().any(|value| matches(&of_account(value, &account), boundary));
    Some(matched != operator.is_negated())
}

const fn bool_word(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// The value with the variables that name the account, which is the caller's and the role's.
fn of_account(value: &str, account: &str) -> String {
    ["${aws:PrincipalAccount}", "${aws:ResourceAccount}"]
        .iter()
        .fold(value.to_owned(), |value, variable| value.replace(variable, account))
}
