//! What must hold over every implementation of the ports: one suite, run over the simulation's
//! ports, over the SDK against the simulation, and over the SDK against a third party's emulator.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use digitalex_core::{
    AccountId, AccountRecord, Adoption, ChangeLimits, Description, DesiredRole, ExternalId,
    FleetStatus, PolicyDocument, Profile, RoleName, RolePath, RoleSpec, SessionDuration, Step,
    TagKey, TagValue, Verdict,
};
use digitalex_engine::{
    Account, AccountSettings, AdminRole, Approval, Caller, Journal, JournalEntry, JournalError,
    Matcher, Organization, Pass, PassEvent, ReadAccess, Scope, ScopeSpec, SettingsChange, Target,
    WriteAccess, apply, audit,
};
use tokio_util::sync::CancellationToken;

use crate::drift::{DRIFTS, Drift};

/// The tenant id of every test: a canary that no output may hold.
pub const TENANT_ID: &str = "tenant-canary-7f3d0c";

/// An implementation of the ports, over some organization.
pub trait Rig: Send + Sync {
    /// The organization.
    fn organization(&self) -> Arc<dyn Organization>;
    /// Access for audits, with no session open yet.
    fn read_access(&self) -> Arc<dyn ReadAccess>;
    /// Access for applies, with no session open yet.
    fn write_access(&self) -> Arc<dyn WriteAccess>;
    /// What makes all of its calls.
    fn caller(&self) -> &Caller;
}

/// A journal in memory.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Vec<JournalEntry>>);

/// One role over a rig: what a test audits and applies.
pub struct Rollout<'a> {
    rig: &'a dyn Rig,
    /// What the configuration would say.
    pub spec: ScopeSpec,
    /// Most accounts visited at once.
    pub concurrency: usize,
    /// Where applies are journalled.
    pub journal: Arc<dyn Journal>,
    /// Stops the next pass.
    pub stop: CancellationToken,
    /// The accounts that audits start with.
    pub known: Vec<Account>,
}

/// What one pass gave.
#[derive(Debug)]
pub struct Outcome {
    /// The totals.
    pub status: FleetStatus,
    /// The records by account.
    pub records: BTreeMap<AccountId, AccountRecord>,
    /// The calls that the pass made, by operation.
    pub calls: BTreeMap<&'static str, u64>,
}

/// The API calls that change something.
const WRITES: [&str; 10] = [
    "AttachRolePolicy",
    "CreateRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "TagRole",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
];

impl<'a> Rollout<'a> {
    /// The role `name` with the built-in profile `member` in `account` alone.
    ///
    /// # Panics
    /// The name is not legal.
    #[must_use]
    pub fn of_member(rig: &'a dyn Rig, name: &str, account: AccountId) -> Self {
        let role = RoleSpec {
            name: RoleName::new(name).expect("a legal name"),
            path: RolePath::default(),
            description: Description::new("by the conformance suite").expect("legal"),
            max_session_duration: SessionDuration::default(),
            permissions_boundary: None,
            tags: BTreeMap::new(),
            profile: Profile::built_in("member").expect("built in"),
        };
        let settings = AccountSettings {
            role,
            admin_roles: vec![AdminRole { hops: vec!["OrganizationAccountAccessRole".to_owned()] }],
            adoption: Adoption::Refused,
            limits: ChangeLimits { removals_max: 10 },
        };
        let include = vec![Matcher::Account(account)];
        let spec =
            ScopeSpec { settings, management: None, include, exclude: vec![], overrides: vec![] };
        let (journal, stop) = (Arc::new(MemoryJournal::default()), CancellationToken::new());
        Self { rig, spec, concurrency: 8, journal, stop, known: vec![] }
    }

    /// The role of the default configuration in every account.
    ///
    /// # Panics
    /// Never: its names are legal.
    #[must_use]
    pub fn of_all(rig: &'a dyn Rig) -> Self {
        let mut rollout = Self::of_member(rig, "digitalex-finops", crate::rigs::MANAGEMENT);
        let description = "DigitalEx cost governance, managed by digitalex-rollout";
        rollout.spec.settings.role.description = Description::new(description).expect("legal");
        rollout.spec.include = vec![];
        rollout.concurrency = 256;
        rollout
    }

    /// The role as it should be in `account`.
    ///
    /// # Panics
    /// The settings cannot become a role.
    pub async fn desired(&self, account: AccountId) -> DesiredRole {
        let info = self.rig.organization().describe().await.expect("an organization");
        let role = self.spec.settings.role.clone();
        let template =
            digitalex_core::RoleTemplate::new(role, info.partition, &external_id(), None);
        template.and_then(|template| template.desired(account)).expect("a role")
    }

    /// Audits.
    pub async fn audit(&self) -> Outcome {
        self.audit_watched(&mut |_| {}).await
    }

    /// Audits, and shows every event to `watch`.
    pub async fn audit_watched(&self, watch: &mut (dyn FnMut(&PassEvent) + Send)) -> Outcome {
        self.audit_of(&*self.rig.organization(), watch).await
    }

    /// Audits an organization that lists otherwise than the rig's.
    pub async fn audit_of(
        &self,
        organization: &dyn Organization,
        watch: &mut (dyn FnMut(&PassEvent) + Send),
    ) -> Outcome {
        let access = self.rig.read_access();
        let pass = self.pass(organization).await;
        let mut kept = Kept::since(self.rig.caller());
        let mut on_event = |event: PassEvent| {
            watch(&event);
            kept.keep(event);
        };
        let status = audit(pass, organization, access, self.known.clone(), &mut on_event).await;
        kept.outcome(status, self.rig.caller())
    }

    /// Applies.
    pub async fn apply(&self) -> Outcome {
        self.apply_through(self.rig.write_access(), Approval::Everything).await
    }

    /// Applies what is approved through `access`.
    pub async fn apply_through(&self, access: Arc<dyn WriteAccess>, approval: Approval) -> Outcome {
        let organization = self.rig.organization();
        let pass = self.pass(&*organization).await;
        let mut kept = Kept::since(self.rig.caller());
        let mut on_event = |event| kept.keep(event);
        let journal = Arc::clone(&self.journal);
        let status = apply(pass, &*organization, access, journal, approval, &mut on_event).await;
        kept.outcome(status, self.rig.caller())
    }

    /// Makes the calls of `steps`, to put a role there as someone else might have.
    ///
    /// # Panics
    /// A call fails.
    pub async fn put(&self, account: AccountId, steps: &[Step]) {
        let AccountSettings { role, admin_roles, .. } = &self.spec.settings;
        let target = Target {
            account,
            admin_roles: admin_roles.clone().into(),
            role: role.name.clone(),
            path: role.path.clone(),
            inline_policies: role.profile.inline.keys().cloned().collect(),
        };
        let writer = self.rig.write_access().open(&target).await.expect("a session");
        for step in steps {
            writer.execute(&role.name, step).await.expect("a write");
        }
    }

    async fn pass(&self, organization: &dyn Organization) -> Arc<Pass> {
        let info = organization.describe().await.expect("an organization");
        let scope = Scope::new(self.spec.clone(), info, external_id(), None).expect("a scope");
        let (stop, caller) = (self.stop.clone(), self.rig.caller().clone());
        Arc::new(Pass::new("test".to_owned(), scope, external_id(), self.concurrency, stop, caller))
    }
}

/// The records of a pass, while it runs.
struct Kept {
    records: BTreeMap<AccountId, AccountRecord>,
    calls_before: BTreeMap<&'static str, u64>,
}

impl Kept {
    fn since(caller: &Caller) -> Self {
        Self { records: BTreeMap::new(), calls_before: caller.counts().0 }
    }

    fn keep(&mut self, event: PassEvent) {
        if let PassEvent::Done(record) = event {
            let again = self.records.insert(record.id, *record);
            assert!(again.is_none(), "reported twice: {again:?}");
        }
    }

    fn outcome(self, status: FleetStatus, caller: &Caller) -> Outcome {
        let before = |name| self.calls_before.get(name).copied().unwrap_or_default();
        let made = caller.counts().0.into_iter().map(|(name, count)| (name, count - before(name)));
        let calls = made.filter(|(_, count)| *count > 0).collect();
        Outcome { status, records: self.records, calls }
    }
}

impl Outcome {
    /// The calls that changed something.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.calls.iter().filter(|(name, _)| WRITES.contains(name)).map(|(_, count)| count).sum()
    }

    fn of(&self, account: AccountId) -> &AccountRecord {
        &self.records[&account]
    }
}

/// The external id of every test.
///
/// # Panics
/// Never: it is legal.
#[must_use]
pub fn external_id() -> ExternalId {
    ExternalId::new(TENANT_ID).expect("legal")
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry.clone());
        Ok(())
    }
}

/// Every account is listed once, and ends in one record.
///
/// # Panics
/// It does not hold.
pub async fn every_account_ends_in_one_record(rig: &dyn Rig, accounts: usize, member: AccountId) {
    let outcome = Rollout::of_member(rig, "digitalex-listing", member).audit().await;
    assert_eq!(outcome.status.listing_incomplete, None);
    assert_eq!((outcome.status.total(), outcome.records.len()), (accounts, accounts));
    assert_eq!(outcome.status.count(Verdict::Skipped), accounts - 1);
}

/// A role is created with the least calls, then left alone, and an audit of it costs 3 + k reads.
///
/// # Panics
/// It does not hold.
pub async fn creation_and_audit_make_the_least_calls(rig: &dyn Rig, member: AccountId) {
    let rollout = Rollout::of_member(rig, "digitalex-creation", member);
    let desired = rollout.desired(member).await;
    let (inline, managed) = (desired.inline.len() as u64, desired.managed.len() as u64);

    let missing = rollout.audit().await;
    assert_eq!(missing.of(member).verdict, Verdict::Drifted, "{missing:?}");
    assert_eq!(missing.writes(), 0);

    let created = rollout.apply().await;
    assert_eq!(created.of(member).verdict, Verdict::Converged, "{created:?}");
    assert_eq!(created.writes(), 1 + inline + managed);

    let audited = rollout.audit().await;
    assert_eq!(audited.of(member).verdict, Verdict::InSync, "{audited:?}");
    let expected = [
        ("AssumeRole", 1),
        ("GetRole", 1),
        ("GetRolePolicy", inline),
        ("ListAttachedRolePolicies", 1),
        ("ListRolePolicies", 1),
    ];
    assert_eq!(account_calls(&audited), expected.into());
    let creation: u64 = account_calls(&created).values().sum();
    let audit: u64 = account_calls(&audited).values().sum();
    assert!(creation <= audit + 2 + inline + managed, "{:?}", created.calls);

    let again = rollout.apply().await;
    assert_eq!((again.of(member).verdict, again.writes()), (Verdict::InSync, 0), "{again:?}");
}

fn account_calls(outcome: &Outcome) -> BTreeMap<&'static str, u64> {
    let of_organizations = |name: &str| name.contains("Account") || name.contains("Organization");
    outcome.calls.clone().into_iter().filter(|(name, _)| !of_organizations(name)).collect()
}

/// Every kind of drift is found, classed, and repaired with the least writes.
///
/// # Panics
/// It does not hold.
pub async fn every_drift_is_found_classed_and_repaired(rig: &dyn Rig, member: AccountId) {
    for drift in DRIFTS {
        let mut rollout =
            Rollout::of_member(rig, &format!("digitalex-drift-{}", drift.name), member);
        (drift.configure)(&mut rollout.spec.settings.role);
        let desired = rollout.desired(member).await;
        rollout.put(member, &(drift.found)(&desired)).await;
        check_found(drift, &rollout.audit().await, member);

        let repaired = rollout.apply().await;
        assert_eq!(repaired.of(member).verdict, Verdict::Converged, "{}: {repaired:?}", drift.name);
        assert_eq!(repaired.writes(), drift.writes, "{}: {:?}", drift.name, repaired.calls);
        assert_eq!(rollout.audit().await.of(member).verdict, Verdict::InSync, "{}", drift.name);
    }
}

fn check_found(drift: &Drift, outcome: &Outcome, member: AccountId) {
    let record = outcome.of(member);
    assert_eq!(record.verdict, Verdict::Drifted, "{}: {record:?}", drift.name);
    assert_eq!(outcome.writes(), 0, "{}", drift.name);
    let json = serde_json::to_value(&record.differences).expect("JSON");
    let kinds: Vec<&str> = json
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|difference| difference["kind"].as_str())
        .collect();
    assert_eq!(kinds, [drift.kind], "{}", drift.name);
    assert_eq!(record.effect, Some(drift.effect), "{}: {record:?}", drift.name);
}

/// An equivalent spelling of the trust policy is not drift, and is not touched.
///
/// # Panics
/// It does not hold.
pub async fn an_equivalent_trust_policy_is_not_touched(rig: &dyn Rig, member: AccountId) {
    let rollout = Rollout::of_member(rig, "digitalex-equivalent", member);
    rollout.apply().await;
    let trust = PolicyDocument::parse(&format!(
        r#"{{"Statement": {{"Sid": "DigitalEx", "Action": ["sts:AssumeRole"], "Effect": "Allow",
            "Condition": {{"StringEquals": {{"STS:ExternalID": ["{TENANT_ID}"]}}}},
            "Principal": {{"AWS": ["911403356698"]}}}}, "Version": "2012-10-17"}}"#
    ));
    let trust = trust.expect("a policy");
    rollout.put(member, &[Step::UpdateAssumeRolePolicy { trust }]).await;
    assert_eq!(rollout.audit().await.of(member).verdict, Verdict::InSync);
    assert_eq!(rollout.apply().await.writes(), 0);
}

/// Someone else's role gets no write; a hand-made one is adopted where that is allowed; a role at
/// another path is held.
///
/// # Panics
/// It does not hold.
pub async fn only_our_own_roles_are_written_to(rig: &dyn Rig, member: AccountId) {
    let foreign = Rollout::of_member(rig, "digitalex-foreign", member);
    let desired = foreign.desired(member).await;
    foreign.put(member, &[untagged(&desired, &stranger_trust(), &desired.path)]).await;
    held(&foreign, member, "foreign_role").await;

    let mut by_hand = Rollout::of_member(rig, "digitalex-by-hand", member);
    let desired = by_hand.desired(member).await;
    by_hand.put(member, &[untagged(&desired, &desired.trust, &desired.path)]).await;
    held(&by_hand, member, "adoption_refused").await;
    by_hand.spec.settings.adoption = Adoption::Allowed;
    let adopted = by_hand.apply().await;
    assert_eq!(
        (adopted.of(member).verdict, adopted.of(member).adopted),
        (Verdict::Converged, true)
    );
    assert_eq!((adopted.status.adopted, adopted.calls["TagRole"]), (1, 1));

    let mut elsewhere = Rollout::of_member(rig, "digitalex-elsewhere", member);
    let desired = elsewhere.desired(member).await;
    elsewhere.spec.settings.role.path = RolePath::new("/finops/").expect("legal");
    let there = elsewhere.desired(member).await;
    elsewhere.put(member, &[tagged(&there, &there.path)]).await;
    elsewhere.spec.settings.role.path = desired.path;
    held(&elsewhere, member, "path_conflict").await;
}

async fn held(rollout: &Rollout<'_>, member: AccountId, code: &str) {
    for outcome in [rollout.audit().await, rollout.apply().await] {
        let record = outcome.of(member);
        assert_eq!(record.verdict, Verdict::Held, "{record:?}");
        assert_eq!(record.cause.as_ref().map(|cause| cause.code), Some(code));
        assert_eq!(outcome.writes(), 0);
    }
}

/// Overrides by account change the profile, and nothing else is looked up for them.
///
/// # Panics
/// It does not hold.
pub async fn an_override_changes_the_profile_without_extra_look_ups(
    rig: &dyn Rig,
    member: AccountId,
) {
    let mut rollout = Rollout::of_member(rig, "digitalex-override", member);
    let profile = Profile { managed: Vec::new(), ..Profile::built_in("member").expect("built in") };
    let change = SettingsChange { profile: Some(profile), ..SettingsChange::default() };
    rollout.spec.overrides = vec![(Matcher::Account(member), change)];
    let applied = rollout.apply().await;
    assert_eq!(applied.of(member).verdict, Verdict::Converged, "{applied:?}");
    assert_eq!(applied.calls.get("AttachRolePolicy"), None);
    let look_ups = ["ListParents", "ListTagsForResource", "ListRoots", "DescribeAccount"];
    assert!(look_ups.iter().all(|name| !applied.calls.contains_key(name)), "{:?}", applied.calls);
}

/// `CreateRole` of `desired` without any tag.
fn untagged(desired: &DesiredRole, trust: &PolicyDocument, path: &RolePath) -> Step {
    create(desired, trust, path, BTreeMap::new())
}

fn tagged(desired: &DesiredRole, path: &RolePath) -> Step {
    create(desired, &desired.trust, path, desired.tags.clone())
}

fn create(
    desired: &DesiredRole,
    trust: &PolicyDocument,
    path: &RolePath,
    tags: BTreeMap<TagKey, TagValue>,
) -> Step {
    Step::CreateRole {
        path: path.clone(),
        trust: trust.clone(),
        description: desired.description.clone(),
        max_session_duration: desired.max_session_duration,
        boundary: None,
        tags,
    }
}

fn stranger_trust() -> PolicyDocument {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    PolicyDocument::parse(text).expect("a policy")
}
