//! Condition blocks: all entries must hold; the values of one entry are alternatives.

use std::collections::{BTreeMap, BTreeSet};

use super::canonical::{Caseless, Version};

/// The values by condition key and operator. An operator without keys says nothing and is left
/// out, so that an empty block equals none.
pub(super) type Conditions = BTreeMap<(Caseless, Caseless), BTreeSet<String>>;

/// One entry of a condition block.
pub(super) type Entry<'a> = (&'a (Caseless, Caseless), &'a BTreeSet<String>);

/// IAM's condition operators (IAM User Guide, "IAM JSON policy elements: Condition operators"),
/// without set qualifier and `IfExists`.
pub(super) const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// An operator taken apart: `ForAllValues:StringEqualsIfExists`.
#[derive(PartialEq)]
pub(super) struct Operator {
    /// `forallvalues` or `foranyvalue`.
    qualifier: Option<&'static str>,
    /// The name as IAM writes it.
    pub(super) base: &'static str,
    if_exists: bool,
}

impl Operator {
    /// `None` where IAM knows no such operator.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let folded = text.to_ascii_lowercase();
        let (qualifier, rest) = match folded.split_once(':') {
            Some(("forallvalues", rest)) => (Some("forallvalues"), rest),
            Some(("foranyvalue", rest)) => (Some("foranyvalue"), rest),
            Some(_) => return None,
            None => (None, folded.as_str()),
        };
        let (name, if_exists) = match rest.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let base = OPERATORS.into_iter().find(|base| base.eq_ignore_ascii_case(name))?;
        (!(if_exists && base == "Null")).then_some(Self { qualifier, base, if_exists })
    }

    /// Whether each further value makes the condition harder to meet, not easier.
    pub(super) fn is_negated(&self) -> bool {
        self.base.contains("Not")
    }

    /// `forallvalues` or `foranyvalue`.
    pub(super) fn qualifier(&self) -> Option<&'static str> {
        self.qualifier
    }

    /// Whether it is `…IfExists`.
    pub(super) fn if_exists(&self) -> bool {
        self.if_exists
    }

    /// Whether the condition, where it holds, makes the same one under `loose` hold: `…IfExists`
    /// holds wherever the plain operator does.
    fn at_least_as_strict_as(&self, loose: &Self) -> bool {
        self.qualifier == loose.qualifier
            && self.base == loose.base
            && (self.if_exists == loose.if_exists || loose.if_exists)
    }
}

/// The condition key that holds the customer's secret.
pub(super) fn is_external_id(key: &str) -> bool {
    key.eq_ignore_ascii_case("sts:ExternalId")
}

/// Whether every request that meets `strict` surely meets each of `loose`.
pub(super) fn implies(
    (strict, strict_version): (&Conditions, Version),
    (loose, loose_version): (&Conditions, Version),
) -> bool {
    let same_language = strict_version == loose_version;
    loose.iter().all(|entry| implies_entry(strict, entry, same_language))
}

/// Whether every request that meets `strict` surely meets `entry`.
pub(super) fn implies_entry(strict: &Conditions, entry: Entry<'_>, same_language: bool) -> bool {
    let ((key, operator), values) = entry;
    // Policy variables are expanded in one version of the language alone.
    if !same_language && values.iter().any(|value| value.contains("${")) {
        return false;
    }
    strict.iter().any(|((other_key, other_operator), other_values)| {
        key == other_key && entry_implies((other_operator, other_values), (operator, values))
    })
}

fn entry_implies(
    (strict, strict_values): (&Caseless, &BTreeSet<String>),
    (loose, loose_values): (&Caseless, &BTreeSet<String>),
) -> bool {
    if strict == loose && strict_values == loose_values {
        return true;
    }
    let (Some(strict), Some(loose)) =
        (Operator::parse(strict.folded()), Operator::parse(loose.folded()))
    else {
        return false;
    };
    // What IAM makes of an entry without values is not documented: it implies nothing.
    if strict_values.is_empty() || loose_values.is_empty() || !strict.at_least_as_strict_as(&loose)
    {
        return false;
    }
    if strict.is_negated() {
        loose_values.is_subset(strict_values)
    } else {
        strict_values.is_subset(loose_values)
    }
}
