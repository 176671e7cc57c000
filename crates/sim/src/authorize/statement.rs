//! One statement of a policy document.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Request;
use super::condition::Condition;
use super::document::DocumentError;
use super::pattern::{Pattern, Syntax};
use super::principal::{Grant, Principal};

/// What a statement does; a deny outranks an allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// A statement.
#[derive(Clone)]
pub(super) struct Statement {
    effect: Effect,
    principals: Option<Listed<Principal>>,
    actions: Listed<Pattern>,
    /// A trust policy has none: its resource is the role.
    resources: Option<Listed<String>>,
    conditions: Vec<Condition>,
    variables: bool,
}

/// An element, or its `Not…` form.
#[derive(Clone)]
enum Listed<T> {
    Among(Vec<T>),
    AllBut(Vec<T>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Raw {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    principal: Option<RawPrincipal>,
    not_principal: Option<RawPrincipal>,
    action: Option<Values>,
    not_action: Option<Values>,
    resource: Option<Values>,
    not_resource: Option<Values>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, Values>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawPrincipal {
    Anyone(String),
    Kinds(BTreeMap<String, Values>),
}

/// One value or a list of them; numbers and truth values may stand without quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(Scalar),
    Many(Vec<Scalar>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Truth(bool),
    Number(serde_json::Number),
}

impl Statement {
    /// Reads a statement; `variables` where the document's version knows policy variables.
    pub(super) fn parse(value: Value, variables: bool) -> Result<Self, DocumentError> {
        let raw: Raw = serde_json::from_value(value)?;
        let actions = Listed::of(raw.action.map(Values::texts), raw.not_action.map(Values::texts));
        let mut conditions = Vec::new();
        for (operator, keys) in raw.condition {
            for (key, values) in keys {
                conditions.push(Condition::parse(&operator, &key, values.texts())?);
            }
        }
        Ok(Self {
            effect: raw.effect,
            principals: Listed::of(
                raw.principal.map(RawPrincipal::principals),
                raw.not_principal.map(RawPrincipal::principals),
            ),
            // Without an action nothing applies.
            actions: actions.map_or(Listed::Among(Vec::new()), |actions| {
                actions.map(|action| Pattern::wildcard(&action).lowercase())
            }),
            resources: Listed::of(
                raw.resource.map(Values::texts),
                raw.not_resource.map(Values::texts),
            ),
            conditions,
            variables,
        })
    }

    pub(super) const fn effect(&self) -> Effect {
        self.effect
    }

    /// Whether action, resource and conditions fit.
    pub(super) fn applies(&self, request: &Request<'_>) -> bool {
        let syntax = Syntax { wildcards: true, variables: self.variables };
        self.actions.holds(|pattern| pattern.matches_in_any_case(request.action))
            && self.resources.as_ref().is_none_or(|resources| {
                resources.holds(|text| {
                    Pattern::expand(text, syntax, request)
                        .is_some_and(|pattern| pattern.matches(request.resource))
                })
            })
            && self.conditions.iter().all(|condition| condition.holds(request, self.variables))
    }

    /// How the statement's principals cover the caller; `None` where they do not.
    pub(super) fn grant(&self, request: &Request<'_>) -> Option<Grant> {
        match self.principals.as_ref()? {
            Listed::Among(principals) => {
                principals.iter().filter_map(|principal| principal.grant(request)).max()
            }
            Listed::AllBut(principals) => {
                let named = principals.iter().any(|principal| principal.grant(request).is_some());
                (!named).then_some(Grant::Role)
            }
        }
    }
}

impl<T> Listed<T> {
    fn of(among: Option<Vec<T>>, all_but: Option<Vec<T>>) -> Option<Self> {
        among.map(Self::Among).or(all_but.map(Self::AllBut))
    }

    fn map<U>(self, change: impl Fn(T) -> U) -> Listed<U> {
        match self {
            Self::Among(items) => Listed::Among(items.into_iter().map(change).collect()),
            Self::AllBut(items) => Listed::AllBut(items.into_iter().map(change).collect()),
        }
    }

    fn holds(&self, fits: impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Among(items) => items.iter().any(fits),
            Self::AllBut(items) => !items.iter().any(fits),
        }
    }
}

impl RawPrincipal {
    fn principals(self) -> Vec<Principal> {
        match self {
            Self::Anyone(text) => vec![Principal::parse("AWS", &text)],
            Self::Kinds(kinds) => {
                let of_kind = |(kind, values): (String, Values)| {
                    values.texts().into_iter().map(move |text| Principal::parse(&kind, &text))
                };
                kinds.into_iter().flat_map(of_kind).collect()
            }
        }
    }
}

impl Values {
    fn texts(self) -> Vec<String> {
        let scalars = match self {
            Self::One(scalar) => vec![scalar],
            Self::Many(scalars) => scalars,
        };
        let text = |scalar| match scalar {
            Scalar::Text(text) => text,
            Scalar::Truth(truth) => truth.to_string(),
            Scalar::Number(number) => number.to_string(),
        };
        scalars.into_iter().map(text).collect()
    }
}
