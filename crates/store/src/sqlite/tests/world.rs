//! A store in a folder of its own, a clock that stands, and accounts to tell it of.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use digitalex_core::{
    AccountId, AccountPlan, AccountRecord, Adoption, Cause, Description, DesiredForm,
    DesiredIdentity, ExternalId, IdentityDiff, IdentityKind, IdentityName, IdentityPath,
    IdentitySpec, IdentityTemplate, KeySpec, Observation, ObservedForm, ObservedIdentity,
    Partition, PolicyDocument, Profile, SessionDuration, Verdict, diff, plan,
};
use digitalex_engine::{Account, AccountState, Clock, JournalEntry, OuPath, Seen, Visit};
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::{Change, DriftChange, SqliteStore};

/// The external id, to be found nowhere.
pub(super) const CANARY: &str = "canary-2f9c1c1e-6f0e-4b63-9a5e";
pub(super) const ORGANIZATION: &str = "o-abcdefghij";

pub(super) struct World {
    pub(super) folder: TempDir,
    pub(super) clock: Arc<FakeClock>,
    pub(super) store: SqliteStore,
}

impl World {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FakeClock(Mutex::new(at(0))));
        let path = folder.path().join("state/store.sqlite");
        let store = SqliteStore::open(&path, ORGANIZATION, clock.clone()).await.unwrap();
        Self { folder, clock, store }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.store.path().to_owned()
    }

    pub(super) async fn another(&self) -> SqliteStore {
        SqliteStore::open(&self.path(), ORGANIZATION, self.clock.clone()).await.unwrap()
    }

    pub(super) async fn list(&self, numbers: std::ops::Range<u64>) {
        let changes = numbers.map(|number| Change::Listed(account(number), at(0))).collect();
        self.store.record(changes).await.unwrap();
    }

    pub(super) async fn visited(&self, visit: Visit) -> Vec<DriftChange> {
        self.store.record(vec![Change::Visited(Box::new(visit))]).await.unwrap()
    }
}

pub(super) struct FakeClock(Mutex<Timestamp>);

impl FakeClock {
    pub(super) fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap() = now;
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// So many minutes after the beginning.
pub(super) fn at(minutes: i64) -> Timestamp {
    let begin: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    begin + SignedDuration::from_mins(minutes)
}

pub(super) fn id(number: u64) -> AccountId {
    AccountId::from_number(number).unwrap()
}

pub(super) fn account(number: u64) -> Account {
    Account {
        id: id(number),
        name: format!("Zoë Straße {number}"),
        state: AccountState::Active,
        invited: false,
        ou_path: Some(OuPath(vec!["r-root".to_owned(), format!("ou-{}", number % 3)])),
        tags: Some(BTreeMap::new()),
    }
}

pub(super) fn desired(number: u64) -> DesiredIdentity {
    let spec = IdentitySpec {
        kind: IdentityKind::Role,
        role_name: IdentityName::new("digitalex-finops").unwrap(),
        user_name: IdentityName::new("digitalex-finops").unwrap(),
        path: IdentityPath::default(),
        description: Description::new("DigitalEx").unwrap(),
        max_session_duration: SessionDuration::default(),
        permissions_boundary: None,
        tags: BTreeMap::new(),
        profile: Profile::built_in("member").unwrap(),
        keys: KeySpec::default(),
    };
    let external_id = ExternalId::new(CANARY).unwrap();
    let template = IdentityTemplate::new(spec, Partition::Aws, &external_id, None).unwrap();
    template.desired(id(number), at(0).as_second()).unwrap()
}

/// The role as wanted, but for what `alter` does to it.
pub(super) fn observed(number: u64, alter: impl FnOnce(&mut ObservedIdentity)) -> Observation {
    let desired = desired(number);
    let DesiredForm::Role { description, max_session_duration, trust } = &desired.form else {
        panic!("a user")
    };
    let mut role = ObservedIdentity {
        arn: desired.arn(),
        unique_id: format!("AROAEXAMPLE{number}"),
        path: desired.path.clone(),
        inline: desired.inline.clone(),
        managed: desired.managed.clone(),
        boundary: None,
        tags: desired.tags.clone(),
        form: ObservedForm::Role {
            description: description.to_string(),
            max_session_duration_s: max_session_duration.seconds(),
            trust: trust.clone(),
        },
    };
    alter(&mut role);
    Observation::Present(Box::new(role))
}

pub(super) fn widened_trust(role: &mut ObservedIdentity) {
    let (_, _, trust) = settings(role);
    let text = trust.to_json().replace("911403356698", "222233334444");
    *trust = PolicyDocument::parse(&text).unwrap();
}

pub(super) fn other_description(role: &mut ObservedIdentity) {
    let (description, _, _) = settings(role);
    *description = "something else".to_owned();
}

pub(super) fn session_duration(role: &mut ObservedIdentity, seconds: u32) {
    let (_, max_session_duration_s, _) = settings(role);
    *max_session_duration_s = seconds;
}

/// What only roles have.
fn settings(role: &mut ObservedIdentity) -> (&mut String, &mut u32, &mut PolicyDocument) {
    match &mut role.form {
        ObservedForm::Role { description, max_session_duration_s, trust } => {
            (description, max_session_duration_s, trust)
        }
        ObservedForm::User { .. } => panic!("a user"),
    }
}

pub(super) fn differences(number: u64, observation: &Observation) -> IdentityDiff {
    diff(&desired(number), observation).unwrap()
}

pub(super) fn plan_for(number: u64, observation: &Observation) -> AccountPlan {
    let differences = differences(number, observation);
    plan(&desired(number), observation, &differences, Adoption::Allowed)
}

/// A visit that read `observation`.
pub(super) fn visit(
    number: u64,
    minute: i64,
    observation: &Observation,
    verdict: Verdict,
) -> Visit {
    let differences = differences(number, observation);
    let mut visit = unread(number, minute, verdict);
    visit.record.effect = (!differences.is_empty()).then(|| differences.effect());
    visit.record.plan = (!differences.is_empty()).then(|| plan_for(number, observation));
    visit.record.identity = Some(desired(number).arn());
    let as_wanted = differences.is_empty() || verdict == Verdict::Converged;
    visit.record.differences = differences;
    visit.record.cause = None;
    let role = observation.identity();
    visit.seen = Some(Seen {
        fingerprint: observation.fingerprint(),
        unique_id: role.map(|role| role.unique_id.clone()),
        ownership: role.map(digitalex_core::Ownership::of),
        found: role.filter(|_| !as_wanted).cloned().map(Box::new),
    });
    visit
}

/// The verdict that a mere look gives.
pub(super) fn looked(number: u64, minute: i64, observation: &Observation) -> Visit {
    let right = differences(number, observation).is_empty();
    visit(number, minute, observation, if right { Verdict::InSync } else { Verdict::Drifted })
}

/// A visit that read nothing.
pub(super) fn unread(number: u64, minute: i64, verdict: Verdict) -> Visit {
    let cause = Cause {
        code: "access_denied",
        message: "AssumeRole was denied".to_owned(),
        remedy: Some("let it in".to_owned()),
    };
    Visit {
        at: at(minute),
        record: AccountRecord {
            id: id(number),
            name: account(number).name,
            unit: None,
            verdict,
            profile: Some("member".to_owned()),
            identity: None,
            access_key: None,
            adopted: false,
            effect: None,
            differences: IdentityDiff::default(),
            plan: None,
            violations: Vec::new(),
            cause: Some(cause),
        },
        seen: None,
        corrected: IdentityDiff::default(),
        next_at: Some(at(minute + 60)),
        unverified: false,
    }
}

pub(super) fn intent(number: u64, minute: i64, observation: &Observation) -> JournalEntry {
    JournalEntry::Intent {
        at: at(minute),
        run: "run-1".to_owned(),
        plan: plan_for(number, observation),
        before: observation.identity().cloned().map(Box::new),
    }
}

pub(super) fn outcome(number: u64, minute: i64, run: &str) -> JournalEntry {
    JournalEntry::Outcome {
        at: at(minute),
        run: run.to_owned(),
        account: id(number),
        observation: Observation::Absent.fingerprint(),
        verdict: Verdict::Converged,
    }
}
