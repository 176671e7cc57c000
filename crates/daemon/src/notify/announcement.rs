//! What there is to tell of what happened. Pure.

use std::collections::BTreeMap;

use digitalex_core::{AccountId, Aspect, Effect, Verdict};
use digitalex_engine::{PassSummary, PassTrigger};
use digitalex_store::{DriftChange, DriftEnd, DriftEvent, NewNotification};
use jiff::Timestamp;
use serde::Serialize;

use super::slack;
use super::target::{EventKind, Format, NotifyTarget};

/// One thing to tell. As JSON it is what a webhook gets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Announcement {
    /// What kind of thing.
    pub kind: EventKind,
    /// The organization's id.
    pub organization: String,
    /// When it happened, or the first of several things did.
    pub at: Timestamp,
    /// In one sentence.
    pub summary: String,
    /// The drift that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftList>,
    /// The pass that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pass: Option<PassLine>,
    /// Tells it from others of its kind.
    #[serde(skip)]
    pub key: String,
}

/// Drift that happened together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DriftList {
    /// How many differences.
    pub count: usize,
    /// The first ones.
    pub first: Vec<DriftLine>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are those of `DriftEvent`")]
pub struct DriftLine {
    pub id: i64,
    pub account: AccountId,
    pub account_name: String,
    pub aspect: Aspect,
    pub subject: String,
    pub effect: Effect,
    pub summary: String,
    pub first_seen: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub was_in_sync: bool,
}

/// One pass.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are those of `PassSummary`")]
pub struct PassLine {
    pub trigger: PassTrigger,
    pub due_at: Timestamp,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub interrupted: bool,
    pub listing_incomplete: Option<String>,
    pub by_verdict: BTreeMap<Verdict, usize>,
}

/// So many differences are told one by one; of the rest there is only the count.
const LISTED_MAX: usize = 20;

/// What left an account undone.
const UNDONE: [Verdict; 3] = [Verdict::Unreachable, Verdict::Failed, Verdict::NotVisited];

/// What is to be told of drift: what newly widens, and what was corrected, each in one.
///
/// What was corrected in an account that was never right before is no news, unless it widened.
#[must_use]
pub fn of_drift(organization: &str, changes: &[DriftChange]) -> Vec<Announcement> {
    let (mut widening, mut corrected) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            DriftChange::Opened(event) | DriftChange::Widened(event) => {
                if event.effect == Effect::Widens {
                    widening.push(event);
                }
            }
            DriftChange::Ended(event) => {
                let is_news = event.was_in_sync || event.effect == Effect::Widens;
                if event.ended_by == Some(DriftEnd::Corrected) && is_news {
                    corrected.push(event);
                }
            }
        }
    }
    let kinds = [(EventKind::WideningDrift, widening), (EventKind::CorrectedDrift, corrected)];
    kinds.into_iter().filter_map(|(kind, events)| drift(organization, kind, &events)).collect()
}

/// What is to be told of a pass: that it left accounts undone, that it fell behind.
#[must_use]
pub fn of_pass(organization: &str, pass: &PassSummary) -> Vec<Announcement> {
    let undone: usize = UNDONE.iter().map(|verdict| pass.status.count(*verdict)).sum();
    let incomplete = undone > 0 || pass.status.listing_incomplete.is_some() || pass.interrupted;
    let announcement = |kind: EventKind, summary| Announcement {
        kind,
        organization: organization.to_owned(),
        at: pass.ended_at,
        summary,
        drift: None,
        pass: Some(PassLine::of(pass)),
        key: pass.started_at.as_microsecond().to_string(),
    };
    let incomplete =
        incomplete.then(|| announcement(EventKind::PassIncomplete, what_is_undone(pass, undone)));
    let late = pass.fell_behind.then(|| {
        let summary = "A pass ended only after the next one was to begin; allow it more time \
                       between passes (interval), or more calls at once"
            .to_owned();
        announcement(EventKind::PassLate, summary)
    });
    incomplete.into_iter().chain(late).collect()
}

impl Announcement {
    /// The notification of `target`, where it wants to hear of this.
    #[must_use]
    pub fn for_target(&self, target: &NotifyTarget) -> Option<NewNotification> {
        if !target.events.contains(&self.kind) {
            return None;
        }
        let body = match target.format {
            // Its fields are all names, numbers, words and times, which are JSON.
            Format::Json => serde_json::to_value(self).unwrap_or_default(),
            Format::Slack => slack::payload(self),
        };
        Some(NewNotification {
            key: format!("{}:{}:{}", target.name, self.kind.as_str(), self.key),
            kind: self.kind.as_str().to_owned(),
            target: target.name.clone(),
            body,
        })
    }
}

/// The same differences give the same key, and others another one: each is opened, widened and ended
/// at one moment, and the number of a store that was lost comes again only at another time.
fn drift(organization: &str, kind: EventKind, events: &[&DriftEvent]) -> Option<Announcement> {
    let first = events.iter().min_by_key(|event| event.id)?;
    let at = first.ended_at.unwrap_or(first.last_seen);
    let mut accounts: Vec<AccountId> = events.iter().map(|event| event.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let what = match kind {
        EventKind::CorrectedDrift => "drift corrected",
        _ => "roles allow or trust more than they should",
    };
    let (count, accounts) = (events.len(), accounts.len());
    let summary = format!(
        "{what}: {count} {} in {accounts} {}",
        if count == 1 { "difference" } else { "differences" },
        if accounts == 1 { "account" } else { "accounts" },
    );
    let listed = events.iter().take(LISTED_MAX).map(|event| DriftLine::of(event)).collect();
    Some(Announcement {
        kind,
        organization: organization.to_owned(),
        at,
        summary,
        drift: Some(DriftList { count, first: listed }),
        pass: None,
        key: format!("{}-{}", first.id, at.as_microsecond()),
    })
}

fn what_is_undone(pass: &PassSummary, undone: usize) -> String {
    let mut parts = Vec::new();
    for verdict in UNDONE {
        match pass.status.count(verdict) {
            0 => {}
            count => parts.push(format!("{count} {}", verdict.as_str().replace('_', " "))),
        }
    }
    if pass.status.listing_incomplete.is_some() {
        parts.push("the listing is not whole".to_owned());
    }
    if pass.interrupted {
        parts.push("it was interrupted".to_owned());
    }
    let total = pass.status.total();
    format!("A pass left {undone} of {total} accounts undone: {}", parts.join(", "))
}

impl DriftLine {
    fn of(event: &DriftEvent) -> Self {
        Self {
            id: event.id,
            account: event.account,
            account_name: event.account_name.clone(),
            aspect: event.aspect,
            subject: event.subject.clone(),
            effect: event.effect,
            summary: event.summary.clone(),
            first_seen: event.first_seen,
            ended_at: event.ended_at,
            was_in_sync: event.was_in_sync,
        }
    }
}

impl PassLine {
    fn of(pass: &PassSummary) -> Self {
        Self {
            trigger: pass.trigger,
            due_at: pass.due_at,
            started_at: pass.started_at,
            ended_at: pass.ended_at,
            interrupted: pass.interrupted,
            listing_incomplete: pass.status.listing_incomplete.clone(),
            by_verdict: pass.status.verdicts.clone(),
        }
    }
}
