//! What a difference between two policies lets be done, or keeps DigitalEx from doing, for people who do not
//! read policies. A sentence never holds a value of `sts:ExternalId`.

use std::collections::BTreeSet;

use super::canonical::{CanonicalPolicy, Caseless, Scope, Statement, StatementEffect};
use super::condition::is_external_id;
use super::coverage::Reach;
use super::explain::{list, principal_name, printable};
use super::principal::Principal;
use super::trust::covers_assume_role;
use crate::DIGITALEX_ACCOUNT;

/// What an open trust policy comes to.
pub(super) const ANYONE: &str = "any AWS account could assume this role";

/// What a trust policy comes to that does not ask for the customer's external id.
const OTHER_TENANT: &str = "another customer of DigitalEx could have DigitalEx assume this role";

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

/// A whole statement is there beside the wanted ones.
pub(super) fn of_extra_statement(
    statement: &Statement,
    reach: &Reach<'_>,
    wanted: &[Reach<'_>],
) -> Option<String> {
    let denies = statement.effect == StatementEffect::Deny;
    if denies && !wanted.iter().any(|wanted| wanted.shares_an_action_with(reach)) {
        return Some("it denies nothing that DigitalEx needs".to_owned());
    }
    of_statement(statement, Access::of(statement.effect, true))
}

/// A whole statement gives access, or takes it away.
pub(super) fn of_statement(statement: &Statement, access: Access) -> Option<String> {
    match &statement.principals {
        Some(Scope::Only(principals)) => of_principals(statement, access, principals.iter()),
        Some(Scope::AllExcept(_)) => opens_to_anyone(statement, access),
        None => of_actions(statement, access, positive(&statement.actions)?),
    }
}

/// A whole policy is missing beside those that are there.
pub(super) fn of_missing(policy: &CanonicalPolicy, found: &[&CanonicalPolicy]) -> Option<String> {
    match allow_all_of(found, policy) {
        true => Some("another inline policy allows the same".to_owned()),
        false => of_all_allowed(policy, Access::Lost),
    }
}

/// A whole policy is there beside those that are wanted.
pub(super) fn of_extra(policy: &CanonicalPolicy, wanted: &[&CanonicalPolicy]) -> Option<String> {
    match allow_all_of(wanted, policy) {
        true => Some("it allows nothing beyond what is wanted".to_owned()),
        false => of_all_allowed(policy, Access::Gained),
    }
}

/// Whether the policies together surely allow all that this one does, which is something.
fn allow_all_of(policies: &[&CanonicalPolicy], one: &CanonicalPolicy) -> bool {
    let reaches: Vec<_> = policies.iter().flat_map(|policy| Reach::of_all(policy)).collect();
    let mut ours = Reach::of_all(one);
    ours.retain(|reach| reach.effect == StatementEffect::Allow);
    let only_allow = reaches.iter().all(|reach| reach.effect == StatementEffect::Allow);
    only_allow && !ours.is_empty() && ours.iter().all(|reach| reach.is_within(&reaches))
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
    if !covers_assume_role(statement) || is_open(statement, access) {
        return None;
    }
    if principals.clone().any(|principal| *principal == Principal::Anyone) {
        return opens_to_anyone(statement, access);
    }
    match access {
        Access::Gained if !asks_for_tenant(statement) && principals.clone().any(is_digitalex) => {
            Some(OTHER_TENANT.to_owned())
        }
        Access::Gained => {
            let names = list(principals.filter(|it| !it.is_deleted()).map(principal_name));
            Some(match names.as_str() {
                "" => "nobody more can assume this role: who was trusted is deleted".to_owned(),
                names => format!("{names} could assume this role"),
            })
        }
        Access::Lost if principals.any(is_digitalex) => {
            Some("DigitalEx can no longer assume this role".to_owned())
        }
        Access::Lost => None,
    }
}

fn is_digitalex(principal: &Principal) -> bool {
    *principal == Principal::Account(DIGITALEX_ACCOUNT)
}

/// Whether it lets in only whoever brings an external id.
fn asks_for_tenant(statement: &Statement) -> bool {
    statement.conditions.keys().any(|(key, _)| is_external_id(key.folded()))
}

fn opens_to_anyone(statement: &Statement, access: Access) -> Option<String> {
    let opens = access == Access::Gained && statement.effect == StatementEffect::Allow;
    (opens && covers_assume_role(statement)).then(|| ANYONE.to_owned())
}

/// A condition that a statement has, or has no longer, or has otherwise.
pub(super) fn of_condition(statement: &Statement, key: &str) -> Option<String> {
    let Some(Scope::Only(principals)) = &statement.principals else { return None };
    let trusts = statement.effect == StatementEffect::Allow
        && principals.iter().any(is_digitalex)
        && covers_assume_role(statement);
    (trusts && is_external_id(key)).then(|| OTHER_TENANT.to_owned())
}

/// Actions that a statement of a permissions policy names, or names no longer.
pub(super) fn of_actions<'a>(
    statement: &Statement,
    access: Access,
    actions: impl Iterator<Item = &'a Caseless>,
) -> Option<String> {
    if is_open(statement, access) {
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

/// Whether it is open what a statement comes to: what is no longer denied is not thereby allowed, and of a
/// denial under conditions nobody knows here when they are met.
fn is_open(statement: &Statement, access: Access) -> bool {
    statement.effect == StatementEffect::Deny
        && (access == Access::Gained || !statement.conditions.is_empty())
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
            let (service, name) = action.folded().split_once(':').unwrap_or(("*", action.folded()));
            if service == "*" && name == "*" && of_all_resources(statement) {
                self.everything = true;
            } else if name == "*" {
                self.used.insert(self.area(service, statement));
            } else if only_reads(service, name) {
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

    /// What a service is to DigitalEx; of all services, the resources.
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
                    "*" => resources,
                    _ => format!("{area} ({resources})"),
                }
            }
            _ => area,
        }
    }

    /// Of S3 DigitalEx needs the bucket of the Cost and Usage Report, and no other (its help pages, "Enable
    /// CUR & Cost Explorer").
    fn buckets(&self, statement: &Statement) -> String {
        let resources = match &statement.resources {
            Some(Scope::Only(resources)) if !of_all_resources(statement) => resources,
            _ => return "all buckets (S3)".to_owned(),
        };
        let bucket = |arn: &String| {
            let name = arn.split_once(":s3:::").map_or(arn.as_str(), |(_, path)| path);
            printable(name.split_once("/*").map_or(name, |(bucket, _)| bucket))
        };
        let names: BTreeSet<String> = resources.iter().map(bucket).collect();
        let wanted = self.access == Access::Lost && statement.effect == StatementEffect::Allow;
        match names.len() {
            1 if wanted => format!("the CUR bucket {}", list(names.into_iter())),
            _ => format!("what is in {} (S3)", list(names.into_iter())),
        }
    }
}

/// Whether an action reads what there is, and gives nothing out with which more could be done.
fn only_reads(service: &str, name: &str) -> bool {
    let hands_out = HANDED_OUT.iter().any(|what| name.contains(what));
    // Of S3 what is in buckets counts; the other reads are called by their names.
    let of_objects = name.contains('*') || name.starts_with("getobject") || name == "listbucket";
    !hands_out
        && (service != "s3" || of_objects)
        && READING.iter().any(|verb| name.starts_with(verb))
}

fn of_all_resources(statement: &Statement) -> bool {
    match &statement.resources {
        Some(Scope::Only(resources)) => resources.contains("*"),
        Some(Scope::AllExcept(_)) => false,
        None => true,
    }
}

/// With these others get in (`sts:GetFederationToken`, `redshift:GetClusterCredentials`).
const HANDED_OUT: [&str; 4] = ["token", "credential", "password", "secret"];

/// How the names of actions that only read begin.
const READING: [&str; 8] = ["get", "list", "desc", "batchget", "view", "lookup", "search", "head"];
