//! One role over some implementation of the ports: what a test audits and applies, and what came of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::memory_key_sink::MemoryKeySink;
use async_trait::async_trait;
use digitalex_core::{
    AccountId, AccountRecord, Adoption, ChangeLimits, Description, DesiredIdentity, ExternalId,
    FleetStatus, Identity, IdentityKind, IdentityName, IdentityPath, IdentitySpec, KeySpec,
    Profile, SessionDuration, Step,
};
use digitalex_engine::{
    Account, AccountSettings, AdminRole, Approval, Caller, Journal, JournalEntry, JournalError,
    KeySink, Matcher, Means, Organization, Pass, PassEvent, ReadAccess, Scope, ScopeSpec,
    ServiceControlPolicies, Target, Way, WriteAccess, apply, audit,
};
use tokio_util::sync::CancellationToken;

/// The tenant id of every test: a canary that no output may hold.
pub const TENANT_ID: &str = "tenant-canary-7f3d0c";

/// An implementation of the ports, over some organization.
pub trait Rig: Send + Sync {
    /// The organization.
    fn organization(&self) -> Arc<dyn Organization>;
    /// Its service control policies.
    fn policies(&self) -> Arc<dyn ServiceControlPolicies>;
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
    /// Where the secrets of access keys go.
    pub key_sink: Arc<MemoryKeySink>,
    /// Stops the next pass.
    pub stop: CancellationToken,
    /// The accounts of the last listing, with which audits start.
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
const WRITES: [&str; 23] = [
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreateAccessKey",
    "CreateRole",
    "CreateUser",
    "DeleteAccessKey",
    "DeleteLoginProfile",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DeleteUserPermissionsBoundary",
    "DeleteUserPolicy",
    "DetachRolePolicy",
    "DetachUserPolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "PutUserPermissionsBoundary",
    "PutUserPolicy",
    "RemoveUserFromGroup",
    "TagRole",
    "TagUser",
    "UpdateAccessKey",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
];

impl MemoryJournal {
    /// What was written, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<JournalEntry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<'a> Rollout<'a> {
    /// The role `name` with the built-in profile `member` in `account` alone.
    ///
    /// # Panics
    /// The name is not legal.
    #[must_use]
    pub fn of_member(rig: &'a dyn Rig, name: &str, account: AccountId) -> Self {
        let name = IdentityName::new(name).expect("a legal name");
        let identity = IdentitySpec {
            kind: IdentityKind::Role,
            role_name: name.clone(),
            user_name: name,
            path: IdentityPath::default(),
            description: Description::new("by the conformance suite").expect("legal"),
            max_session_duration: SessionDuration::default(),
            permissions_boundary: None,
            tags: BTreeMap::new(),
            profile: Profile::built_in("member").expect("built in"),
            keys: KeySpec::default(),
        };
        let settings = AccountSettings {
            identity,
            admin_roles: vec![AdminRole { hops: vec!["OrganizationAccountAccessRole".to_owned()] }],
            adoption: Adoption::Refused,
            limits: ChangeLimits { removals_max: 10 },
        };
        let include = vec![Matcher::Account(account)];
        let spec = ScopeSpec {
            settings,
            management: None,
            include,
            exclude: vec![],
            overrides: vec![],
            way: Way::Either,
        };
        let (journal, stop) = (Arc::new(MemoryJournal::default()), CancellationToken::new());
        let key_sink = Arc::new(MemoryKeySink::default());
        Self { rig, spec, concurrency: 8, journal, key_sink, stop, known: vec![] }
    }

    /// The role of the default configuration in every account.
    ///
    /// # Panics
    /// Never: its names are legal.
    #[must_use]
    pub fn of_all(rig: &'a dyn Rig) -> Self {
        let mut rollout = Self::of_member(rig, "digitalex-finops", crate::rigs::MANAGEMENT);
        let description = "DigitalEx cost governance, managed by digitalex-rollout";
        rollout.spec.settings.identity.description = Description::new(description).expect("legal");
        rollout.spec.include = vec![];
        rollout.concurrency = 256;
        rollout
    }

    /// The role as it should be in `account`.
    ///
    /// # Panics
    /// The settings cannot become a role.
    pub async fn desired(&self, account: AccountId) -> DesiredIdentity {
        let info = self.rig.organization().describe().await.expect("an organization");
        let role = self.spec.settings.identity.clone();
        let now = self.rig.caller().clock().now();
        let template =
            digitalex_core::IdentityTemplate::new(role, info.partition, &external_id(), None);
        template.and_then(|template| template.desired(account, now.as_second())).expect("a role")
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
        self.apply_of(&*self.rig.organization(), access, approval).await
    }

    /// Applies to an organization that lists otherwise than the rig's.
    pub async fn apply_of(
        &self,
        organization: &dyn Organization,
        access: Arc<dyn WriteAccess>,
        approval: Approval,
    ) -> Outcome {
        let pass = self.pass(organization).await;
        let mut kept = Kept::since(self.rig.caller());
        let mut on_event = |event| kept.keep(event);
        let journal = Arc::clone(&self.journal);
        let key_sink = Arc::clone(&self.key_sink) as Arc<dyn KeySink>;
        let means = Means { access, journal, key_sink, policies: self.rig.policies() };
        let (known, on_event) = (&self.known, &mut on_event);
        let status = apply(pass, organization, means, approval, known, on_event).await;
        kept.outcome(status, self.rig.caller())
    }

    /// Makes the calls of `steps`, to put a role there as someone else might have.
    ///
    /// # Panics
    /// A call fails.
    pub async fn put(&self, account: AccountId, steps: &[Step]) {
        let AccountSettings { identity, admin_roles, .. } = &self.spec.settings;
        let name = match identity.kind {
            IdentityKind::Role => identity.role_name.clone(),
            IdentityKind::User => identity.user_name.clone(),
        };
        let target_identity = Identity { kind: identity.kind, name };
        let target = Target {
            account,
            admin_roles: admin_roles.clone().into(),
            identity: target_identity.clone(),
            path: identity.path.clone(),
            inline_policies: identity.profile.inline.keys().cloned().collect(),
        };
        let writer = self.rig.write_access().open(&target).await.expect("a session");
        for step in steps {
            writer.execute(&target_identity, step).await.expect("a write");
        }
    }

    /// Which accounts take part, and as what.
    ///
    /// # Panics
    /// The settings cannot become a role.
    pub async fn scope(&self, organization: &dyn Organization) -> Scope {
        let info = organization.describe().await.expect("an organization");
        Scope::new(self.spec.clone(), info, external_id(), None).expect("a scope")
    }

    async fn pass(&self, organization: &dyn Organization) -> Arc<Pass> {
        let scope = self.scope(organization).await;
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
        if let PassEvent::Done(visit) = event {
            let again = self.records.insert(visit.record.id, visit.record);
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
        self.writes_by_name().values().sum()
    }

    /// The calls that changed something, by operation.
    #[must_use]
    pub fn writes_by_name(&self) -> BTreeMap<&'static str, u64> {
        let calls = self.calls.clone().into_iter();
        calls.filter(|(name, _)| WRITES.contains(name)).collect()
    }

    pub(crate) fn of(&self, account: AccountId) -> &AccountRecord {
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

    async fn check(&self) -> Result<(), JournalError> {
        Ok(())
    }
}
