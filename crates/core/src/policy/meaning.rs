//! What a difference between two policies lets be done, or keeps DigitalEx from doing, for people who do not
//! read policies. A sentence never holds a value of `sts:ExternalId`.

use std::collections::BTreeSet;

use super::canonical::{CanonicalPolicy, Caseless, Scope, Statement, StatementEffect};
use super::condition::is_external_id;
use super::explain::{list, principal_name, printable};
use super::principal::Principal;
use super::trust::covers_assume_role;
use crate::DIGITALEX_ACCOUNT;

/// What an open trust policy comes to.
pub(super) const ANYONE: &str = "any AWS account could assume this role";

const DIGITALEX: Principal = Principal::Account(DIGITALEX_ACCOUNT);

/// What can be done, compared with what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// More.
    Gained,
    /// Less.
    Lost,
}

impl Access {
    /// What it comes to where a statement of this effect applies to more, or, if not, to less.
    pub(super) fn of(effect: StatementEffect, applies_to_more: bool) -> Self {
        match applies_to_more == (effect == StatementEffect::Allow) {
            true => Self::Gained,
            false => Self::Lost,
        }
    }
}

/// A whole statement is there that was not wanted, or is missing.
pub(super) fn of_statement(statement: &Statement, is_extra: bool) -> Option<String> {
    let access = Access::of(statement.effect, is_extra);
    match &statement.principals {
        Some(Scope::Only(principals)) => of_principals(statement, access, principals.iter()),
        Some(Scope::AllExcept(_)) => opens_to_anyone(statement, access),
        None => of_actions(statement, access, positive(&statement.actions)?),
    }
}

/// A whole policy is missing.
pub(super) fn of_missing(policy: &CanonicalPolicy) -> Option<String> {
    of_all_allowed(policy, Access::Lost)
}

/// A whole policy is there that nobody declared.
pub(super) fn of_extra(policy: &CanonicalPolicy) -> Option<String> {
    of_all_allowed(policy, Access::Gained)
}

fn of_all_allowed(policy: &CanonicalPolicy, access: Access) -> Option<String> {
    let allowing = policy.statements.iter().filter(|it| it.effect == StatementEffect::Allow);
    let mut done = Done::of(access);
    for statement in allowing {
        done.add(statement, positive(&statement.actions)?);
    }
    done.sentence()
}

/// Principals that a statement of a trust policy names, or names no longer.
pub(super) fn of_principals<'a>(
    statement: &Statement,
    access: Access,
    mut principals: impl Iterator<Item = &'a Principal> + Clone,
) -> Option<String> {
    if !covers_assume_role(statement) || denies_at_times(statement) {
        return None;
    }
    if principals.clone().any(|principal| *principal == Principal::Anyone) {
        return opens_to_anyone(statement, access);
    }
    match access {
        Access::Gained => {
            let names = list(principals.filter(|it| !it.is_deleted()).map(principal_name));
            Some(match names.as_str() {
                "" => "nobody more can assume this role: who was trusted is deleted".to_owned(),
                names => format!("{names} could assume this role"),
            })
        }
        Access::Lost if principals.any(|principal| *principal == DIGITALEX) => {
            Some("DigitalEx can no longer assume this role".to_owned())
        }
        Access::Lost => None,
    }
}

fn opens_to_anyone(statement: &Statement, access: Access) -> Option<String> {
    let opens = access == Access::Gained && statement.effect == StatementEffect::Allow;
    (opens && covers_assume_role(statement)).then(|| ANYONE.to_owned())
}

/// A condition that a statement has, or has no longer, or has otherwise.
pub(super) fn of_condition(statement: &Statement, key: &str) -> Option<String> {
    let Some(Scope::Only(principals)) = &statement.principals else { return None };
    let trusts = statement.effect == StatementEffect::Allow
        && principals.contains(&DIGITALEX)
        && covers_assume_role(statement);
    (trusts && is_external_id(key))
        .then(|| "another customer of DigitalEx could have DigitalEx assume this role".to_owned())
}

/// Actions that a statement of a permissions policy names, or names no longer.
pub(super) fn of_actions<'a>(
    statement: &Statement,
    access: Access,
    actions: impl Iterator<Item = &'a Caseless>,
) -> Option<String> {
    // What is no longer denied is not thereby allowed.
    let no_longer_denied = statement.effect == StatementEffect::Deny && access == Access::Gained;
    if no_longer_denied || denies_at_times(statement) {
        return None;
    }
    let mut done = Done::of(access);
    done.add(statement, actions);
    done.sentence()
}

/// Resources that a statement of a permissions policy names, or names no longer.
pub(super) fn of_resources<'a>(
    statement: &Statement,
    access: Access,
    resources: impl Iterator<Item = &'a String>,
) -> Option<String> {
    let resources = Some(Scope::Only(resources.cloned().collect()));
    let narrowed = Statement { resources, ..statement.clone() };
    of_actions(&narrowed, access, positive(&statement.actions)?)
}

/// Whether it denies under conditions of which nobody knows here when they are met.
fn denies_at_times(statement: &Statement) -> bool {
    statement.effect == StatementEffect::Deny && !statement.conditions.is_empty()
}

/// The actions, where they are named one by one.
fn positive(actions: &Scope<Caseless>) -> Option<impl Iterator<Item = &Caseless>> {
    match actions {
        Scope::Only(actions) => Some(actions.iter()),
        Scope::AllExcept(_) => None,
    }
}

/// What some actions do, in words.
struct Done {
    access: Access,
    everything: bool,
    /// What can be read.
    read: BTreeSet<String>,
    /// Where anything can be done.
    used: BTreeSet<String>,
    /// Actions that do something else.
    called: BTreeSet<String>,
}

impl Done {
    fn of(access: Access) -> Self {
        let (read, used, called) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { access, everything: false, read, used, called }
    }

    fn add<'a>(&mut self, statement: &Statement, actions: impl Iterator<Item = &'a Caseless>) {
        for action in actions {
            let (service, name) = action.folded().split_once(':').unwrap_or(("", action.folded()));
            if service.is_empty() && of_all_resources(statement) {
                self.everything |= name == "*";
            } else if name == "*" {
                self.used.insert(self.area(service, statement));
            } else if READING.iter().any(|verb| name.starts_with(verb)) {
                self.read.insert(self.area(service, statement));
            } else {
                self.called.insert(printable(action.written()));
            }
        }
    }

    fn sentence(self) -> Option<String> {
        if self.everything {
            return Some(match self.access {
                Access::Gained => "DigitalEx could do anything in this account".to_owned(),
                Access::Lost => "DigitalEx can no longer read this account".to_owned(),
            });
        }
        let (verb, everywhere, joined) = match self.access {
            Access::Gained => ("could", "do anything in", " and "),
            Access::Lost => ("can no longer", "use", " or "),
        };
        let clauses = [(everywhere, self.used), ("read", self.read), ("call", self.called)];
        let clauses: Vec<_> = clauses
            .into_iter()
            .filter(|(_, what)| !what.is_empty())
            .map(|(does, what)| format!("{does} {}", list(what.into_iter())))
            .collect();
        (!clauses.is_empty()).then(|| format!("DigitalEx {verb} {}", clauses.join(joined)))
    }

    /// What a service is to DigitalEx; without a service, the resources.
    fn area(&self, service: &str, statement: &Statement) -> String {
        let area = match service {
            "s3" => return self.buckets(statement),
            "ce" => "Cost Explorer",
            "cur" => "the definitions of the Cost and Usage Reports",
            "organizations" => "the organization's accounts",
            "iam" => "the roles, users and policies of IAM",
            other => other,
        };
        let area = printable(area);
        match &statement.resources {
            Some(Scope::Only(resources)) if !of_all_resources(statement) => {
                let resources = list(resources.iter().map(|resource| printable(resource)));
                match area.as_str() {
                    "" => resources,
                    _ => format!("{area} ({resources})"),
                }
            }
            _ => area,
        }
    }

    /// Of S3 DigitalEx needs the bucket of the Cost and Usage Report, and no other (its help pages, "Enable
    /// CUR & Cost Explorer").
    fn buckets(&self, statement: &Statement) -> String {
        let all = || "all buckets (S3)".to_owned();
        let Some(Scope::Only(resources)) = &statement.resources else { return all() };
        let bucket = |arn: &String| {
            let (_, path) = arn.split_once(":s3:::")?;
            let name = path.split('/').next().unwrap_or(path);
            (!name.contains(['*', '?'])).then(|| printable(name))
        };
        match resources.iter().map(bucket).collect::<Option<BTreeSet<_>>>() {
            Some(names) if self.access == Access::Lost && names.len() == 1 => {
                format!("the CUR bucket {}", list(names.into_iter()))
            }
            Some(names) => format!("what is in {} (S3)", list(names.into_iter())),
            None => all(),
        }
    }
}

fn of_all_resources(statement: &Statement) -> bool {
    match &statement.resources {
        Some(Scope::Only(resources)) => resources.contains("*"),
        Some(Scope::AllExcept(_)) | None => true,
    }
}

/// How the names of actions that only read begin.
const READING: [&str; 8] = ["get", "list", "desc", "batchget", "view", "lookup", "search", "head"];
