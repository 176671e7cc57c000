//! What is to be done next: the causes, how many accounts each has, and what helps.

use std::collections::BTreeMap;

use digitalex_core::{AccountRecord, Verdict};

use super::admin_role;
use crate::output::schema::{CauseSummary, RemedyDocument};
use crate::run_report::{RecordSink, RunHead};

/// What stands where an account only differs.
pub(crate) const DRIFT: &str = "drift";

const CORRECT: &str =
    "look at the differences, then `digitalex-rollout apply`, or `plan` and apply the plan";

/// So many remedies of one cause are told apart.
const REMEDIES_MAX: usize = 64;

/// The accounts of one cause, by what helps them; those of whom it is not known under none.
type Folded = BTreeMap<Option<String>, usize>;

/// Counts the accounts of each cause.
pub(crate) struct CauseFold {
    causes: BTreeMap<&'static str, Folded>,
    admin_role: RemedyDocument,
}

impl CauseFold {
    pub(crate) fn start(head: &RunHead) -> Self {
        let trusted = &head.organization;
        let document = admin_role::document(&trusted.caller.to_string(), &head.admin_role);
        Self { causes: BTreeMap::new(), admin_role: document }
    }

    /// The causes, those of most accounts first.
    pub(crate) fn end(self) -> Vec<CauseSummary> {
        let Self { causes, admin_role } = self;
        let summary = |(code, folded): (&str, Folded)| CauseSummary {
            code: code.to_owned(),
            title: title(code),
            accounts: folded.values().sum(),
            remedy: remedy(folded),
            link: is_about_admin_role(code).then(|| admin_role::CREATE_STACK.to_owned()),
            documents: match is_about_admin_role(code) {
                true => vec![admin_role.clone()],
                false => Vec::new(),
            },
        };
        let mut causes: Vec<_> = causes.into_iter().map(summary).collect();
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.accounts));
        causes
    }
}

impl RecordSink for CauseFold {
    fn add(&mut self, record: &AccountRecord) {
        let drift = (record.verdict == Verdict::Drifted).then_some(DRIFT);
        let Some(code) = record.cause.as_ref().map(|cause| cause.code).or(drift) else { return };
        let remedy = match &record.cause {
            Some(cause) => cause.remedy.clone(),
            None => Some(CORRECT.to_owned()),
        };
        let folded = self.causes.entry(code).or_default();
        // Some remedies name the account: not all of them are kept.
        let keeps = folded.len() < REMEDIES_MAX || folded.contains_key(&remedy);
        *folded.entry(remedy.filter(|_| keeps)).or_default() += 1;
    }
}

/// What helps most of the accounts. Each account names its own: a policy, a quota, a boundary.
fn remedy(folded: Folded) -> Option<String> {
    let accounts: usize = folded.values().sum();
    let named = folded.into_iter().filter_map(|(remedy, count)| Some((remedy?, count)));
    let (remedy, helped) = named.rev().max_by_key(|(_, count)| *count)?;
    Some(match helped < accounts {
        true => format!("{remedy} (of {helped}; each of the others says what helps it)"),
        false => remedy,
    })
}

fn is_about_admin_role(code: &str) -> bool {
    matches!(code, "admin_role_missing" | "admin_role_not_assumable")
}

/// The code in words.
fn title(code: &str) -> String {
    let words = match code {
        DRIFT => "Not as wanted, and can be put right",
        "admin_role_missing" => "No admin role: the account was invited",
        "admin_role_not_assumable" => "The admin role cannot be assumed",
        "denied_by_scp" => "A service control policy denies it",
        "boundary_demanded" => "A service control policy demands a permissions boundary",
        "denied_by_rcp" => "A resource control policy denies it",
        "denied_by_boundary" => "The admin role's permissions boundary denies it",
        "account_suspended" => "The account is suspended",
        "account_closing" => "The account is being closed",
        "account_closed" => "The account is closed",
        "account_not_ready" => "The account is too new",
        "throttled" => "AWS throttled the calls for too long",
        "credentials_expired" => "The credentials are expired",
        "quota_reached" => "An IAM quota is reached",
        "foreign_role" => "The role's name is taken by someone else",
        "foreign_user" => "The user's name is taken by someone else",
        "path_conflict" => "It stands at another path",
        "adoption_refused" => "Made by hand, and not taken over",
        "undeclared_boundary" => "A permissions boundary that nobody declared",
        "plan_vetoed" => "What would have to be done is against the rules",
        other => {
            let mut words = other.replace('_', " ");
            if let Some(first) = words.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            return words;
        }
    };
    words.to_owned()
}
