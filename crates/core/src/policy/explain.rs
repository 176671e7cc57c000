//! Differences in words. A value of `sts:ExternalId` never becomes part of a sentence.

use std::collections::{BTreeMap, BTreeSet};

use super::canonical::{Caseless, Scope, Statement, StatementEffect, Version};
use super::compare::Shift;
use super::condition::{Conditions, Entry, OPERATORS, implies_entry, is_external_id};
use super::coverage::{Extent, Reach, scope_covers};
use super::meaning::{self, ANYONE, Access};
use super::principal::Principal;
use super::trust::covers_assume_role;

/// Longer lists are cut short.
const LISTED_MAX: usize = 5;

/// What one sentence says.
pub(super) struct Part {
    /// What it does to the requests that the statement applies to.
    pub(super) shift: Shift,
    pub(super) text: String,
    /// What that means, where it is known.
    pub(super) meaning: Option<String>,
}

impl Part {
    fn new(shift: Shift, text: impl Into<String>) -> Self {
        Self { shift, text: text.into(), meaning: None }
    }

    fn meaning(self, meaning: Option<String>) -> Self {
        Self { meaning, ..self }
    }
}

pub(super) fn version(found: Version) -> String {
    let version = found.as_str();
    match found {
        Version::V2008 => format!("version is {version}: policy variables are not expanded"),
        Version::V2012 => format!("version is {version}: policy variables are expanded"),
    }
}

/// A wanted statement that nothing found resembles.
pub(super) fn missing(number: usize, statement: &Statement) -> String {
    format!("statement {number} of the wanted policy is missing: it {}", describe(statement))
}

/// A found statement that nothing wanted resembles.
pub(super) fn extra(number: usize, statement: &Statement) -> String {
    let anyone =
        if opens_role_to_anyone(statement) { format!("; {ANYONE}") } else { String::new() };
    format!("statement {number} is not wanted: it {}{anyone}", describe(statement))
}

/// What the found statement does differently from the wanted one.
pub(super) fn changed(
    number: usize,
    (wanted, wanted_reach): (&Statement, &Reach<'_>),
    (found, found_reach): (&Statement, &Reach<'_>),
) -> Vec<Part> {
    let verbs = verbs(wanted.effect);
    let mut parts = explain_principals(wanted, found);
    let more = Access::of(found.effect, true);
    let less = Access::of(found.effect, false);
    parts.extend(explain_scopes(
        verbs,
        (&wanted.actions, &wanted_reach.actions),
        (&found.actions, &found_reach.actions),
        Caseless::written,
        [
            &|added| {
                let added = added.iter().filter(|action| !wanted_reach.covers_action(action));
                meaning::of_actions(found, more, added.copied())
            },
            &|removed| {
                let removed = removed.iter().filter(|action| !found_reach.covers_action(action));
                meaning::of_actions(wanted, less, removed.copied())
            },
        ],
    ));
    parts.extend(match (&wanted.resources, &found.resources) {
        (Some(w), Some(f)) => match (&wanted_reach.resources, &found_reach.resources) {
            (Some(w_reach), Some(f_reach)) => explain_scopes(
                ("applies to", "apply to"),
                (w, w_reach),
                (f, f_reach),
                String::as_str,
                [
                    &|added| {
                        let added = added.iter().filter(|it| !wanted_reach.covers_resource(it));
                        meaning::of_resources(found, more, added.copied())
                    },
                    &|removed| {
                        let removed = removed.iter().filter(|it| !found_reach.covers_resource(it));
                        meaning::of_resources(wanted, less, removed.copied())
                    },
                ],
            ),
            _ => Vec::new(),
        },
        (None, None) => Vec::new(),
        (Some(_), None) => vec![Part::new(BOTH_WAYS, "names no resource")],
        (None, Some(_)) => vec![Part::new(BOTH_WAYS, "names a resource where none is wanted")],
    });
    for part in &mut parts {
        part.text = format!("statement {number} {}", part.text);
    }
    let same_language = wanted_reach.version == found_reach.version;
    for part in explain_conditions(wanted, found, same_language) {
        parts.push(Part { text: format!("statement {number}: {}", part.text), ..part });
    }
    parts
}

const BOTH_WAYS: Shift = Shift { adds: true, loses: true };
const ADDS: Shift = Shift { adds: true, loses: false };

fn explain_principals(wanted: &Statement, found: &Statement) -> Vec<Part> {
    let (Some(w), Some(f)) = (&wanted.principals, &found.principals) else {
        return match (&wanted.principals, &found.principals) {
            (None, None) => Vec::new(),
            (Some(_), _) => vec![Part::new(BOTH_WAYS, "names no principal")],
            (None, _) => vec![Part::new(BOTH_WAYS, "names a principal where none is wanted")],
        };
    };
    let shift = Shift { adds: !scope_covers(w, f), loses: !scope_covers(f, w) };
    let (Scope::Only(w), Scope::Only(f)) = (w, f) else {
        if w == f {
            return Vec::new();
        }
        let (w, f) = (principal_scope(w), principal_scope(f));
        return vec![Part::new(shift, format!("is about {f} instead of {w}"))];
    };
    let allows = wanted.effect == StatementEffect::Allow;
    let mut parts = Vec::new();
    let mut added: BTreeSet<&Principal> = f.difference(w).collect();
    if allows && opens_role_to_anyone(found) && added.remove(&Principal::Anyone) {
        let meaning = Some(ANYONE.to_owned());
        parts.push(Part::new(ADDS, format!("trusts anyone: {ANYONE}")).meaning(meaning));
    }
    let removed: BTreeSet<&Principal> = w.difference(f).collect();
    let (also, does_not) =
        if allows { ("also trusts", "does not trust") } else { ("also denies", "does not deny") };
    if !added.is_empty() {
        let adds = !added.iter().all(|p| w.iter().any(|cover| cover.covers(p)));
        let access = Access::of(found.effect, true);
        let meaning = meaning::of_principals(found, access, added.iter().copied());
        let names = list(added.into_iter().map(principal_name));
        let shift = Shift { adds, loses: false };
        parts.push(Part::new(shift, format!("{also} {names}")).meaning(meaning));
    }
    if !removed.is_empty() {
        let loses = !removed.iter().all(|p| f.iter().any(|cover| cover.covers(p)));
        let access = Access::of(wanted.effect, false);
        let meaning = meaning::of_principals(wanted, access, removed.iter().copied());
        let names = list(removed.into_iter().map(principal_name));
        let shift = Shift { adds: false, loses };
        parts.push(Part::new(shift, format!("{does_not} {names}")).meaning(meaning));
    }
    parts
}

/// What it means that some items of a scope are there, or are gone.
type Meaning<'a, T> = &'a dyn Fn(&[&T]) -> Option<String>;

/// Two scopes, each as it is written and as it is weighed; and what it means that items are added, or gone.
fn explain_scopes<T: Ord, E: Extent>(
    (verb, infinitive): (&str, &str),
    (wanted, wanted_reach): (&Scope<T>, &Scope<E>),
    (found, found_reach): (&Scope<T>, &Scope<E>),
    name: fn(&T) -> &str,
    [of_added, of_removed]: [Meaning<'_, T>; 2],
) -> Vec<Part> {
    if wanted == found {
        return Vec::new();
    }
    let adds = !scope_covers(wanted_reach, found_reach);
    let loses = !scope_covers(found_reach, wanted_reach);
    let (Scope::Only(w), Scope::Only(f)) = (wanted, found) else {
        let (w, f) = (scope(wanted, name), scope(found, name));
        return vec![Part::new(Shift { adds, loses }, format!("{verb} {f} instead of {w}"))];
    };
    let mut parts = Vec::new();
    let names = |items: &[&T]| list(items.iter().map(|item| printable(name(item))));
    let added: Vec<&T> = f.difference(w).collect();
    if !added.is_empty() {
        let text = format!("also {verb} {}", names(&added));
        parts.push(Part::new(Shift { adds, loses: false }, text).meaning(of_added(&added)));
    }
    let removed: Vec<&T> = w.difference(f).collect();
    if !removed.is_empty() {
        let text = format!("does not {infinitive} {}", names(&removed));
        parts.push(Part::new(Shift { adds: false, loses }, text).meaning(of_removed(&removed)));
    }
    parts
}

fn explain_conditions(wanted: &Statement, found: &Statement, same_language: bool) -> Vec<Part> {
    let (wanted_keys, found_keys) = (by_key(&wanted.conditions), by_key(&found.conditions));
    let keys: BTreeSet<&Caseless> = wanted_keys.keys().chain(found_keys.keys()).copied().collect();
    let mut parts = Vec::new();
    for key in keys {
        let none = Vec::new();
        let w = wanted_keys.get(key).unwrap_or(&none);
        let f = found_keys.get(key).unwrap_or(&none);
        if w != f {
            let implied = |by, entries: &[Entry<'_>]| {
                entries.iter().all(|entry| implies_entry(by, *entry, same_language))
            };
            let adds = !implied(&found.conditions, w);
            let shift = Shift { adds, loses: !implied(&wanted.conditions, f) };
            let meaning = meaning::of_condition(found, key.folded()).filter(|_| adds);
            parts.push(Part::new(shift, explain_key(key, w, f)).meaning(meaning));
        }
    }
    parts
}

fn by_key(conditions: &Conditions) -> BTreeMap<&Caseless, Vec<Entry<'_>>> {
    let mut keys: BTreeMap<&Caseless, Vec<Entry<'_>>> = BTreeMap::new();
    for entry in conditions {
        keys.entry(&entry.0.0).or_default().push(entry);
    }
    keys
}

/// The entries of one key on both sides, which differ.
fn explain_key(key: &Caseless, wanted: &[Entry<'_>], found: &[Entry<'_>]) -> String {
    let secret = is_external_id(key.folded());
    let name = if secret { "sts:ExternalId".to_owned() } else { printable(key.written()) };
    let operators = |entries: &[Entry<'_>]| list(entries.iter().map(|e| operator_name(&e.0.1)));
    let values = |entries: &[Entry<'_>]| {
        list(entries.iter().flat_map(|(_, values)| values.iter().map(|v| printable(v))))
    };
    if found.is_empty() {
        format!("the condition on {name} is missing")
    } else if wanted.is_empty() {
        let operators = operators(found);
        format!("a condition on {name} ({operators}) is there that is not wanted")
    } else if !wanted.iter().map(|e| &e.0.1).eq(found.iter().map(|e| &e.0.1)) {
        let (w, f) = (operators(wanted), operators(found));
        format!("the condition on {name} is {f} instead of {w}")
    } else if secret {
        format!("the value of {name} is another one")
    } else {
        let (w, f) = (values(wanted), values(found));
        format!("the value of {name} is {} instead of {}", or_none(f), or_none(w))
    }
}

/// An operator as IAM writes it, where it is one of IAM's.
fn operator_name(operator: &Caseless) -> String {
    let mut name = printable(operator.written());
    for (folded, written) in [("forallvalues:", "ForAllValues:"), ("foranyvalue:", "ForAnyValue:")]
    {
        if let Some(rest) = operator.folded().strip_prefix(folded) {
            name = format!("{written}{rest}");
        }
    }
    let start = name.rfind(':').map_or(0, |colon| colon + 1);
    let rest = name[start..].to_ascii_lowercase();
    let (base, suffix) = match rest.strip_suffix("ifexists") {
        Some(base) => (base, "IfExists"),
        None => (rest.as_str(), ""),
    };
    match OPERATORS.iter().find(|known| known.eq_ignore_ascii_case(base)) {
        Some(known) => format!("{}{known}{suffix}", &name[..start]),
        None => name,
    }
}

fn describe(statement: &Statement) -> String {
    let mut text = verbs(statement.effect).0.to_owned();
    if let Some(principals) = &statement.principals {
        text += &format!(" {}", principal_scope(principals));
    }
    text += &format!(" {}", scope(&statement.actions, Caseless::written));
    if let Some(resources) = &statement.resources {
        text += &format!(" on {}", scope(resources, String::as_str));
    }
    if !statement.conditions.is_empty() {
        let keys = list(by_key(&statement.conditions).into_keys().map(|k| printable(k.written())));
        text += &format!(" under a condition on {keys}");
    }
    text
}

fn opens_role_to_anyone(statement: &Statement) -> bool {
    let anyone = statement.principals.as_ref().is_some_and(|principals| match principals {
        Scope::Only(principals) => principals.contains(&Principal::Anyone),
        Scope::AllExcept(_) => true,
    });
    anyone && statement.effect == StatementEffect::Allow && covers_assume_role(statement)
}

fn verbs(effect: StatementEffect) -> (&'static str, &'static str) {
    match effect {
        StatementEffect::Allow => ("allows", "allow"),
        StatementEffect::Deny => ("denies", "deny"),
    }
}

fn scope<T>(scope: &Scope<T>, name: fn(&T) -> &str) -> String {
    let items = list(scope.items().iter().map(|item| printable(name(item))));
    match scope {
        Scope::Only(_) => or_none(items),
        Scope::AllExcept(_) => format!("everything but {}", or_none(items)),
    }
}

fn principal_scope(scope: &Scope<Principal>) -> String {
    let names = or_none(list(scope.items().iter().map(principal_name)));
    match scope {
        Scope::Only(_) => names,
        Scope::AllExcept(_) => format!("everyone but {names}"),
    }
}

pub(super) fn principal_name(principal: &Principal) -> String {
    match principal {
        Principal::Anyone => "anyone".to_owned(),
        Principal::Account(id) => format!("account {id}"),
        deleted if deleted.is_deleted() => {
            format!("the deleted principal {}", printable(&deleted.value()))
        }
        other => printable(&other.value()),
    }
}

fn or_none(list: String) -> String {
    if list.is_empty() { "nothing".to_owned() } else { list }
}

pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    let count = items.len();
    if count > LISTED_MAX {
        items.truncate(LISTED_MAX);
        return format!("{} and {} more", items.join(", "), count - LISTED_MAX);
    }
    items.join(", ")
}

/// Without the control characters with which a found document could write over a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
