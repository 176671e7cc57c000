//! What a found document does differently from the wanted one, statement by statement.

use std::collections::BTreeSet;

use serde::Serialize;

use super::canonical::{Caseless, Scope, Statement, StatementEffect};
use super::coverage::Reach;
use super::document::PolicyDocument;
use super::explain::{self, Part};
use super::meaning::{self, Access};
use crate::Effect;

/// What differs between two documents that IAM can tell apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyComparison {
    /// The effect of the whole difference. [`Effect::Widens`] wherever it is not proven that what
    /// is found allows nothing more.
    pub effect: Effect,
    /// Statement by statement; never empty.
    pub statements: Vec<StatementDifference>,
}

/// One difference of one statement, or of the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementDifference {
    /// The effect of this one, beside all the other statements.
    pub effect: Effect,
    /// One sentence, safe to print: it never holds a value of `sts:ExternalId`.
    pub explanation: String,
    /// What it means for people who do not read policies, where that can be said.
    #[serde(skip)]
    pub meaning: Option<String>,
}

/// What a difference does to the requests that a statement applies to: whether it may apply to
/// more than was wanted, and whether it may no longer apply to all of it.
#[derive(Clone, Copy)]
pub(super) struct Shift {
    pub(super) adds: bool,
    pub(super) loses: bool,
}

/// One of the two documents.
struct Side<'a> {
    statements: &'a [Statement],
    reaches: Vec<Reach<'a>>,
    numbers: &'a [usize],
}

pub(super) fn compare(wanted: &PolicyDocument, found: &PolicyDocument) -> Option<PolicyComparison> {
    if wanted == found {
        return None;
    }
    let sides = (&Side::new(wanted), &Side::new(found));
    let (pairs, missing, extra) = pair_up(sides.0, sides.1);
    let mut statements = Vec::new();
    statements.extend(compare_versions(wanted, found, sides, &pairs));
    for (w, f) in pairs {
        statements.extend(compare_pair(sides, w, f));
    }
    for w in missing {
        let statement = &sides.0.statements[w];
        let shift = Shift { adds: false, loses: !sides.0.reaches[w].is_within(&sides.1.reaches) };
        statements.push(StatementDifference::new(
            shift.effect(statement.effect),
            explain::missing(sides.0.numbers[w], statement),
            meaning::of_statement(statement, Access::of(statement.effect, false)),
        ));
    }
    for f in extra {
        let statement = &sides.1.statements[f];
        let shift = Shift { adds: !sides.1.reaches[f].is_within(&sides.0.reaches), loses: false };
        statements.push(StatementDifference::new(
            shift.effect(statement.effect),
            explain::extra(sides.1.numbers[f], statement),
            meaning::of_extra_statement(statement, &sides.1.reaches[f], &sides.0.reaches),
        ));
    }
    // Each statement was weighed against all of the other document, so that the gravest effect
    // of one is that of the whole.
    let effects = statements.iter().map(|difference| difference.effect);
    let effect = effects.max().unwrap_or(Effect::Widens);
    Some(PolicyComparison { effect, statements })
}

/// The version changes the meaning of statements that are otherwise the same.
fn compare_versions(
    wanted: &PolicyDocument,
    found: &PolicyDocument,
    sides: (&Side<'_>, &Side<'_>),
    pairs: &[(usize, usize)],
) -> Option<StatementDifference> {
    let (wanted, found) = (wanted.canonical().version, found.canonical().version);
    if wanted == found {
        return None;
    }
    let effects =
        pairs.iter().map(|&(w, f)| pair_shift(sides, w, f).effect(sides.0.statements[w].effect));
    let effect = effects.max().unwrap_or(Effect::Cosmetic);
    Some(StatementDifference::new(effect, explain::version(found), None))
}

fn compare_pair(sides: (&Side<'_>, &Side<'_>), w: usize, f: usize) -> Vec<StatementDifference> {
    let (wanted, found) = (&sides.0.statements[w], &sides.1.statements[f]);
    if wanted == found {
        return Vec::new();
    }
    let whole = pair_shift(sides, w, f);
    explain::changed(
        sides.1.numbers[f],
        (wanted, &sides.0.reaches[w]),
        (found, &sides.1.reaches[f]),
    )
    .into_iter()
    .map(|Part { shift, text, meaning }| {
        let shift = Shift { adds: shift.adds && whole.adds, loses: shift.loses && whole.loses };
        StatementDifference::new(shift.effect(wanted.effect), text, meaning)
    })
    .collect()
}

fn pair_shift(sides: (&Side<'_>, &Side<'_>), w: usize, f: usize) -> Shift {
    Shift {
        adds: !sides.1.reaches[f].is_within(&sides.0.reaches),
        loses: !sides.0.reaches[w].is_within(&sides.1.reaches),
    }
}

/// Pairs each wanted statement with the most similar found one, equal ones first; then what of
/// either side is left over.
fn pair_up(
    wanted: &Side<'_>,
    found: &Side<'_>,
) -> (Vec<(usize, usize)>, BTreeSet<usize>, BTreeSet<usize>) {
    let facets = |side: &Side<'_>| side.statements.iter().map(facets).collect::<Vec<_>>();
    let (wanted_facets, found_facets) = (facets(wanted), facets(found));
    let mut candidates = Vec::new();
    for (w, ours) in wanted.statements.iter().enumerate() {
        for (f, theirs) in found.statements.iter().enumerate() {
            let score = match similarity(&wanted_facets[w], &found_facets[f]) {
                _ if ours == theirs => usize::MAX,
                score if ours.effect == theirs.effect => score,
                _ => 0,
            };
            if score > 0 {
                candidates.push((score, w, f));
            }
        }
    }
    candidates.sort_by_key(|&(score, w, f)| (std::cmp::Reverse(score), w, f));
    let mut missing: BTreeSet<usize> = (0..wanted.statements.len()).collect();
    let mut extra: BTreeSet<usize> = (0..found.statements.len()).collect();
    let mut pairs = Vec::new();
    for (_, w, f) in candidates {
        if missing.contains(&w) && extra.contains(&f) {
            missing.remove(&w);
            extra.remove(&f);
            pairs.push((w, f));
        }
    }
    pairs.sort_by_key(|&(_, f)| found.numbers[f]);
    (pairs, missing, extra)
}

/// Shared facets in thousandths of all.
fn similarity(left: &BTreeSet<String>, right: &BTreeSet<String>) -> usize {
    let shared = left.intersection(right).count();
    2000 * shared / (left.len() + right.len()).max(1)
}

/// What a statement is recognised by. The resource `*` is too common to count.
fn facets(statement: &Statement) -> BTreeSet<String> {
    let mut facets = BTreeSet::new();
    let not = |excepted: bool| if excepted { "not " } else { "" };
    let excepted = not(matches!(statement.actions, Scope::AllExcept(_)));
    for action in statement.actions.items() {
        let service = action.folded().split(':').next().unwrap_or_default();
        facets.insert(format!("service {service}"));
        facets.insert(format!("{excepted}action {}", action.folded()));
    }
    if let Some(resources) = &statement.resources {
        let excepted = not(matches!(resources, Scope::AllExcept(_)));
        let telling = resources.items().iter().filter(|resource| *resource != "*");
        facets.extend(telling.map(|resource| format!("{excepted}resource {resource}")));
    }
    if let Some(principals) = &statement.principals {
        let excepted = not(matches!(principals, Scope::AllExcept(_)));
        facets.extend(
            principals.items().iter().map(|p| format!("{excepted}principal {}", p.value())),
        );
    }
    let conditions = statement.conditions.keys();
    facets.extend(conditions.map(|(key, operator): &(Caseless, Caseless)| {
        format!("condition {} {}", operator.folded(), key.folded())
    }));
    facets
}

impl StatementDifference {
    /// What is cosmetic means nothing.
    fn new(effect: Effect, explanation: String, meaning: Option<String>) -> Self {
        Self { effect, explanation, meaning: meaning.filter(|_| effect != Effect::Cosmetic) }
    }
}

impl Shift {
    /// What it means for access, by what the statement does.
    fn effect(self, effect: StatementEffect) -> Effect {
        let (widens, narrows) = match effect {
            StatementEffect::Allow => (self.adds, self.loses),
            StatementEffect::Deny => (self.loses, self.adds),
        };
        match (widens, narrows) {
            (true, _) => Effect::Widens,
            (false, true) => Effect::Narrows,
            (false, false) => Effect::Cosmetic,
        }
    }
}

impl<'a> Side<'a> {
    fn new(document: &'a PolicyDocument) -> Self {
        Self {
            statements: &document.canonical().statements,
            reaches: Reach::of_all(document.canonical()),
            numbers: document.statement_numbers(),
        }
    }
}
