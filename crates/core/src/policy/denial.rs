//! Why a service control policy denies a call to IAM: whatever is asked for, or for want of a permissions
//! boundary.

use std::collections::BTreeSet;

use super::canonical::{CanonicalPolicy, Scope, Statement, StatementEffect, Version};
use super::condition::{Conditions, Operator};
use super::coverage::Extent;
use super::pattern::{ActionPattern, ResourcePattern};
use crate::AccountId;

/// A call to IAM that was denied.
#[derive(Debug, Clone, Copy)]
pub struct DeniedCall<'a> {
    /// The action, such as `iam:CreateRole`.
    pub action: &'a str,
    /// The ARN of what it was about.
    pub resource: &'a str,
    /// The account, the caller's and the resource's.
    pub account: AccountId,
    /// `aws:PrincipalArn`: the ARN of the role that called, where it is known.
    pub principal: Option<&'a str>,
    /// `iam:PermissionsBoundary` of the call.
    pub boundary: CallBoundary<'a>,
}

/// `iam:PermissionsBoundary` of a call ("Actions, resources, and condition keys for IAM").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallBoundary<'a> {
    /// The action has no such key: no boundary lifts its denial.
    NoKey,
    /// It is this one; none where there is no boundary.
    Is(Option<&'a str>),
    /// It is not known.
    Unknown,
}

/// How a policy denies a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDenial {
    /// What permissions boundary lifts the denial: one that these patterns match, any where there are
    /// none. `None`: no boundary does.
    pub demands: Option<BTreeSet<String>>,
    /// Whether it is this policy for sure. Else it has a condition of which this program cannot know
    /// whether it is met.
    pub certain: bool,
}

impl PolicyDenial {
    /// The greater, the more it explains.
    #[must_use]
    pub fn weight(&self) -> u8 {
        match (self.certain, self.demands.is_some()) {
            (true, false) => 3,
            (true, true) => 2,
            (false, true) => 1,
            (false, false) => 0,
        }
    }
}

/// What a call says of a condition key.
enum Known<'a> {
    Value(Option<&'a str>),
    Unknown,
}

/// The weightiest denial of all statements; none where the policy does not deny the call.
pub(super) fn denial(policy: &CanonicalPolicy, call: &DeniedCall<'_>) -> Option<PolicyDenial> {
    let denying = policy.statements.iter().filter(|it| it.effect == StatementEffect::Deny);
    let denials = denying.filter_map(|statement| denial_by(statement, policy.version, call));
    denials.max_by_key(PolicyDenial::weight)
}

fn denial_by(
    statement: &Statement,
    version: Version,
    call: &DeniedCall<'_>,
) -> Option<PolicyDenial> {
    let account = call.account.to_string();
    let action = ActionPattern::new(&call.action.to_ascii_lowercase());
    let actions = statement.actions.map(|name| (ActionPattern::new(name.folded()), false));
    let resource = ResourcePattern::new(call.resource, Version::V2008);
    let resources = statement.resources.as_ref().map(|scope| {
        scope.map(|text| {
            let text = of_account(text, &account);
            (ResourcePattern::new(&text, version), text.contains("${"))
        })
    });
    let by_action = applies(&actions, &action);
    let by_resource = resources.map_or(Some(true), |scope| applies(&scope, &resource));
    if by_action == Some(false) || by_resource == Some(false) {
        return None;
    }
    let conditions = denial_under(&statement.conditions, call, &account)?;
    let certain = conditions.certain && by_action.is_some() && by_resource.is_some();
    Some(PolicyDenial { certain, ..conditions })
}

/// Whether an element applies to one action or resource; none where a variable, which the request decides,
/// does. The items say whether they hold one.
fn applies<T: Extent>(scope: &Scope<(T, bool)>, one: &T) -> Option<bool> {
    let items = || scope.items().iter().filter(|(item, _)| item.overlaps(one));
    let named = match (items().any(|(_, varies)| !varies), items().next()) {
        (true, _) => Some(true),
        (false, Some(_)) => None,
        (false, None) => Some(false),
    };
    match scope {
        Scope::Only(_) => named,
        Scope::AllExcept(_) => named.map(|named| !named),
    }
}

/// What the conditions of a statement leave, all of which must hold; none where one does not.
fn denial_under(
    conditions: &Conditions,
    call: &DeniedCall<'_>,
    account: &str,
) -> Option<PolicyDenial> {
    let mut denial = PolicyDenial { demands: None, certain: true };
    for ((key, operator), values) in conditions {
        let is_boundary = key.folded() == "iam:permissionsboundary";
        let known = match key.folded() {
            "iam:permissionsboundary" => match call.boundary {
                CallBoundary::NoKey => Known::Value(None),
                CallBoundary::Is(boundary) => Known::Value(boundary),
                CallBoundary::Unknown => Known::Unknown,
            },
            "aws:principalarn" if call.principal.is_some() => Known::Value(call.principal),
            "aws:principalaccount" => Known::Value(Some(account)),
            _ => Known::Unknown,
        };
        let operator = Operator::parse(operator.folded());
        let holds = operator.as_ref().and_then(|it| holds(it, values, &known, account));
        match holds {
            Some(false) => return None,
            Some(true) => {}
            None => denial.certain = false,
        }
        let is_null_operator = operator.as_ref().is_some_and(|operator| operator.base == "Null");
        let lifts = operator.is_some_and(|operator| is_lifted_by_value(&operator, values));
        if is_boundary && lifts && call.boundary != CallBoundary::NoKey {
            let patterns = denial.demands.get_or_insert_default();
            if !is_null_operator {
                patterns.extend(values.iter().cloned());
            }
        }
    }
    Some(denial)
}

/// Whether some value of its key keeps the condition from holding where there is none.
fn is_lifted_by_value(operator: &Operator, values: &BTreeSet<String>) -> bool {
    operator.is_negated()
        || operator.base == "Null" && values.iter().any(|value| value.eq_ignore_ascii_case("true"))
}

/// Whether a condition holds; none where that is not known. ("Condition operators": a key that is missing
/// meets negated operators, `…IfExists` and `ForAllValues`.)
fn holds(
    operator: &Operator,
    values: &BTreeSet<String>,
    known: &Known<'_>,
    account: &str,
) -> Option<bool> {
    let Known::Value(value) = known else { return None };
    if operator.base == "Null" {
        let is_null = if value.is_none() { "true" } else { "false" };
        return Some(values.iter().any(|value| value.eq_ignore_ascii_case(is_null)));
    }
    let matches = matcher(operator.base)?;
    let Some(value) = value else {
        return Some(match operator.qualifier() {
            Some("foranyvalue") => false,
            Some(_) => true,
            None => operator.is_negated() || operator.if_exists(),
        });
    };
    let values = || values.iter().map(|wanted| of_account(wanted, account));
    if values().any(|wanted| !wanted.contains("${") && matches(&wanted, value)) {
        return Some(!operator.is_negated());
    }
    // What a variable stands for, nobody knows here.
    (!values().any(|wanted| wanted.contains("${"))).then(|| operator.is_negated())
}

/// Whether a value of the condition matches the request's; none for operators over something else.
fn matcher(base: &str) -> Option<fn(&str, &str) -> bool> {
    Some(match base {
        "StringEquals" | "StringNotEquals" => |wanted, value| wanted == value,
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => str::eq_ignore_ascii_case,
        // Their wildcards know nothing of the fields of an ARN.
        "StringLike" | "StringNotLike" => {
            |wanted, value| ActionPattern::new(wanted).covers(&ActionPattern::new(value))
        }
        "ArnEquals" | "ArnNotEquals" | "ArnLike" | "ArnNotLike" => |wanted, value| {
            let value = ResourcePattern::new(value, Version::V2008);
            ResourcePattern::new(wanted, Version::V2008).covers(&value)
        },
        _ => return None,
    })
}

/// The text with the variables that name the account, whose case does not count.
fn of_account(text: &str, account: &str) -> String {
    let mut text = text.to_owned();
    for variable in ["${aws:principalaccount}", "${aws:resourceaccount}"] {
        while let Some(start) = text.to_ascii_lowercase().find(variable) {
            text.replace_range(start..start + variable.len(), account);
        }
    }
    text
}
