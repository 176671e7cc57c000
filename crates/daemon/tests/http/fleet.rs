//! Accounts, and what visits of them said.

use digitalex_core::{
    AccountId, AccountRecord, Cause, Description, DesiredForm, DesiredIdentity, ExternalId,
    IdentityDiff, IdentityKind, IdentityName, IdentityPath, IdentitySpec, IdentityTemplate,
    KeySpec, Observation, ObservedForm, ObservedIdentity, Ownership, Partition, PolicyDocument,
    Profile, SessionDuration, Verdict, diff,
};
use digitalex_engine::{Account, AccountState, OuPath, Seen, Visit};
use digitalex_store::Change;
use jiff::{SignedDuration, Timestamp};

/// When the daemon starts.
pub(crate) const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Never to be seen in any answer.
pub(crate) const CANARY: &str = "canary-tenant-4711";

pub(crate) fn id(number: u64) -> AccountId {
    AccountId::from_number(number).expect("an id")
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    START + SignedDuration::from_secs(seconds)
}

pub(crate) fn listed(number: u64, name: &str) -> Change {
    Change::Listed(account(number, name), START)
}

pub(crate) fn account(number: u64, name: &str) -> Account {
    Account {
        id: id(number),
        name: name.to_owned(),
        state: AccountState::Active,
        invited: false,
        ou_path: Some(OuPath(vec!["r-root".to_owned()])),
        tags: None,
    }
}

pub(crate) fn desired(account: AccountId) -> DesiredIdentity {
    let spec = IdentitySpec {
        kind: IdentityKind::Role,
        role_name: IdentityName::new("digitalex-finops").expect("legal"),
        user_name: IdentityName::new("digitalex-finops").expect("legal"),
        path: IdentityPath::default(),
        description: Description::new("DigitalEx").expect("legal"),
        max_session_duration: SessionDuration::default(),
        permissions_boundary: None,
        tags: [].into(),
        profile: Profile::built_in("member").expect("built in"),
        keys: KeySpec::default(),
    };
    let external_id = ExternalId::new(CANARY).expect("legal");
    let template =
        IdentityTemplate::new(spec, Partition::Aws, &external_id, None).expect("a template");
    template.desired(account, 0).expect("a role")
}

/// The role exactly as wanted.
fn as_wanted(desired: &DesiredIdentity) -> ObservedIdentity {
    let DesiredForm::Role { description, max_session_duration, trust } = &desired.form else {
        panic!("a role is wanted")
    };
    ObservedIdentity {
        arn: desired.arn(),
        unique_id: "AROAEXAMPLE".to_owned(),
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
    }
}

/// A visit that found everything as wanted.
pub(crate) fn in_sync(number: u64, name: &str, seconds: i64) -> Change {
    let desired = desired(id(number));
    let role = as_wanted(&desired);
    visit(number, name, seconds, Verdict::InSync, Some(role))
}

/// A visit that found that everyone with the external id is trusted, and the description changed.
pub(crate) fn widened(number: u64, name: &str, seconds: i64) -> Change {
    let mut role = as_wanted(&desired(id(number)));
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"*"}},
        "Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"sts:ExternalId":"{CANARY}"}}}}}}]}}"#
    );
    role.form = ObservedForm::Role {
        description: "by hand".to_owned(),
        max_session_duration_s: 3_600,
        trust: PolicyDocument::parse(&trust).expect("a policy"),
    };
    visit(number, name, seconds, Verdict::Drifted, Some(role))
}

/// A visit that found no role.
pub(crate) fn missing(number: u64, name: &str, seconds: i64) -> Change {
    visit(number, name, seconds, Verdict::Drifted, None)
}

/// A visit that could read nothing.
pub(crate) fn unreachable(number: u64, name: &str, seconds: i64) -> Change {
    let mut record = record(number, name, Verdict::Unreachable);
    let message = "AssumeRole was denied".to_owned();
    let remedy = Some("let the admin role trust the caller".to_owned());
    record.cause = Some(Cause { code: "admin_role_not_assumable", message, remedy });
    changed(seconds, record, None)
}

fn visit(
    number: u64,
    name: &str,
    seconds: i64,
    verdict: Verdict,
    role: Option<ObservedIdentity>,
) -> Change {
    let desired = desired(id(number));
    let observation =
        role.clone().map_or(Observation::Absent, |role| Observation::Present(Box::new(role)));
    let differences = diff(&desired, &observation).expect("it was read");
    let mut record = record(number, name, verdict);
    record.identity = Some(desired.arn());
    record.effect = (!differences.is_empty()).then(|| differences.effect());
    let found = role.clone().filter(|_| !differences.is_empty()).map(Box::new);
    record.differences = differences;
    let seen = Seen {
        fingerprint: observation.fingerprint(),
        unique_id: role.as_ref().map(|role| role.unique_id.clone()),
        ownership: role.as_ref().map(Ownership::of),
        found,
    };
    changed(seconds, record, Some(seen))
}

fn record(number: u64, name: &str, verdict: Verdict) -> AccountRecord {
    AccountRecord {
        id: id(number),
        name: name.to_owned(),
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
        cause: None,
    }
}

fn changed(seconds: i64, record: AccountRecord, seen: Option<Seen>) -> Change {
    Change::Visited(Box::new(Visit {
        at: at(seconds),
        record,
        seen,
        corrected: IdentityDiff::default(),
        next_at: Some(at(seconds + 3_600)),
        unverified: false,
    }))
}

/// The visit within a change, for those who follow the loop's events.
pub(crate) fn visit_of(change: Change) -> Box<Visit> {
    match change {
        Change::Visited(visit) => visit,
        other => panic!("{other:?} is no visit"),
    }
}
