//! The ports over a small organization.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use digitalex_core::{
    AccountId, Description, Identity, IdentityKind, IdentityName, IdentityPath, OWNERSHIP_TAG_KEY,
    OWNERSHIP_TAG_VALUE, ObservedForm, ObservedIdentity, PolicyDocument, PolicyName,
    SessionDuration, Step, TagKey, TagValue,
};
use digitalex_engine::{
    Account, AccountDetail, AccountWriter, AdminRole, CallErrorKind, Caller, Clock, Denial,
    Organization, Purpose, Rates, ReadAccess, RetryLimits, Target, WriteAccess,
};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::json;

use super::connection::Connection;
use super::reader::IdentityReader;
use super::session::TargetSession;
use super::writer::IdentityWriter;
use super::{SimOrganization, SimReadAccess, SimWriteAccess};
use crate::{Credentials, IamLimits, IamRates, Rate, Sandbox, SandboxOptions, World};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::911403356698:root"},"Action":"sts:AssumeRole"}]}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

/// Time that passes only where something sleeps, or a test says so.
#[derive(Default)]
struct FakeClock(AtomicU64);

impl FakeClock {
    fn pass(&self, time: Duration) {
        self.0.fetch_add(time.as_nanos() as u64, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + self.monotonic().as_millis() as i64)
            .unwrap()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.pass(duration);
        std::future::ready(()).boxed()
    }
}

struct Fixture {
    clock: Arc<FakeClock>,
    sandbox: Sandbox,
    caller: Caller,
    members: Vec<AccountId>,
}

impl Fixture {
    fn new(members: usize) -> Self {
        Self::with_options(members, SandboxOptions::default())
    }

    fn with_options(members: usize, options: SandboxOptions) -> Self {
        let clock = Arc::new(FakeClock::default());
        let root = Credentials::management_root();
        let mut world = World::new("111111111111".parse().unwrap(), 1, clock.now());
        world.call(&root, "organizations", "CreateOrganization", json!({})).unwrap();
        for number in 0..members {
            let email = format!("account{number}@example.com");
            let tags = json!([{"Key": "number", "Value": number.to_string()}]);
            let input = json!({"Email": email, "AccountName": "account", "Tags": tags});
            world.call(&root, "organizations", "CreateAccount", input).unwrap();
        }
        let management = world.state().management_account;
        let accounts = world.state().accounts.keys().copied();
        let members = accounts.filter(|account| *account != management).collect();
        let options = SandboxOptions { latency: Duration::from_millis(1), ..options };
        let sandbox = Sandbox::new(world, clock.clone(), options);
        let jitter = SmallRng::seed_from_u64(1);
        let rates = Rates::default();
        let caller = Caller::new(clock.clone(), &rates, RetryLimits::default(), jitter);
        Self { clock, sandbox, caller, members }
    }

    fn target(&self, roles: &[&str]) -> Target {
        let admin_role = |hop: &&str| AdminRole { hops: vec![(*hop).to_owned()] };
        Target {
            account: self.members[0],
            admin_roles: roles.iter().map(admin_role).collect(),
            identity: the_role(),
            path: IdentityPath::default(),
            inline_policies: [].into(),
        }
    }

    fn read_access(&self) -> SimReadAccess {
        let credentials = Credentials::management_root();
        SimReadAccess::new(self.sandbox.clone(), self.caller.clone(), credentials)
    }

    async fn writer(&self) -> Box<dyn AccountWriter> {
        let credentials = Credentials::management_root();
        let access = SimWriteAccess::new(self.sandbox.clone(), self.caller.clone(), credentials);
        access.open(&self.target(&[ADMIN])).await.unwrap()
    }
}

const ADMIN: &str = "OrganizationAccountAccessRole";

fn the_role() -> Identity {
    Identity { kind: IdentityKind::Role, name: IdentityName::new("digitalex-finops").unwrap() }
}

fn create_role() -> Step {
    let tag =
        (TagKey::new(OWNERSHIP_TAG_KEY).unwrap(), TagValue::new(OWNERSHIP_TAG_VALUE).unwrap());
    Step::CreateRole {
        path: IdentityPath::default(),
        trust: PolicyDocument::parse(TRUST).unwrap(),
        description: Description::new("reads").unwrap(),
        max_session_duration: SessionDuration::default(),
        boundary: None,
        tags: [tag].into(),
    }
}

/// What only roles have.
fn settings(role: &ObservedIdentity) -> (&str, u32) {
    match &role.form {
        ObservedForm::Role { description, max_session_duration_s, .. } => {
            (description, *max_session_duration_s)
        }
        ObservedForm::User { .. } => panic!("a user"),
    }
}

fn steps() -> Vec<Step> {
    let on = IdentityKind::Role;
    let boundary = || "arn:aws:iam::aws:policy/ReadOnlyAccess".parse().unwrap();
    let name = || PolicyName::new("p").unwrap();
    vec![
        create_role(),
        Step::PutPermissionsBoundary { on, arn: boundary() },
        Step::UpdateAssumeRolePolicy { trust: PolicyDocument::parse(TRUST).unwrap() },
        Step::PutPolicy { on, name: name(), document: PolicyDocument::parse(POLICY).unwrap() },
        Step::AttachPolicy { on, arn: boundary() },
        Step::UpdateRole {
            description: Description::new("reads all").unwrap(),
            max_session_duration: SessionDuration::from_seconds(7_200).unwrap(),
        },
        Step::Tag { on, tags: [(TagKey::new("a").unwrap(), TagValue::new("b").unwrap())].into() },
        Step::DeletePolicy { on, name: name() },
        Step::DetachPolicy { on, arn: boundary() },
        Step::DeletePermissionsBoundary { on },
    ]
}

#[tokio::test]
async fn organization_should_stream_all_accounts_with_what_was_asked_for() {
    let fixture = Fixture::new(25);
    let credentials = Credentials::management_root();
    let organization =
        SimOrganization::new(fixture.sandbox.clone(), fixture.caller.clone(), credentials);
    let info = organization.describe().await.unwrap();
    assert_eq!(info.caller, info.management_account);

    let detail = AccountDetail { ou_path: true, tags: true };
    let accounts: Vec<Account> =
        organization.accounts(detail).map(|account| account.unwrap()).collect().await;
    assert_eq!(accounts.len(), 26);
    let member = accounts.iter().find(|account| account.id == fixture.members[0]).unwrap();
    let path = member.ou_path.as_ref().unwrap();
    assert_eq!(path.0.len(), 1);
    assert!(path.0[0].starts_with("r-"));
    assert_eq!(member.tags.as_ref().unwrap().len(), 1);
    assert_eq!(fixture.caller.counts().0["ListAccounts"], 2);
}

#[tokio::test]
async fn every_step_should_be_one_write_and_be_seen_by_the_reader() {
    let fixture = Fixture::new(1);
    let writer = fixture.writer().await;
    assert!(writer.observe(&the_role()).await.unwrap().is_none());
    for (number, step) in steps().iter().enumerate() {
        let made = writer.execute(&the_role(), step).await.unwrap();
        assert!(made.is_none(), "no key is made");
        let role = writer.observe(&the_role()).await.unwrap().unwrap();
        let (description, max_session_duration_s) = settings(&role);
        let seen = [
            description == "reads",
            role.boundary.is_some(),
            role.trust() == Some(&PolicyDocument::parse(TRUST).unwrap()),
            role.inline.len() == 1,
            role.managed.len() == 1,
            max_session_duration_s == 7_200 && description == "reads all",
            role.tags.len() == 2,
            role.inline.is_empty(),
            role.managed.is_empty(),
            role.boundary.is_none(),
        ];
        assert!(seen[number], "{step:?}");
    }
}

#[tokio::test]
async fn an_audit_should_make_one_session_and_no_more_reads_than_needed() {
    let fixture = Fixture::new(1);
    let writer = fixture.writer().await;
    for step in &steps()[..4] {
        writer.execute(&the_role(), step).await.unwrap();
    }
    let before = fixture.caller.counts().0;
    let hash = fixture.sandbox.with_world(|world| world.state_hash());
    let reader = fixture.read_access().open(&fixture.target(&[ADMIN])).await.unwrap();
    assert!(reader.observe(&the_role()).await.unwrap().is_some());
    let after = fixture.caller.counts().0;
    for operation in
        ["AssumeRole", "GetRole", "ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies"]
    {
        let made = after[operation] - before.get(operation).copied().unwrap_or_default();
        assert_eq!(made, 1, "{operation}");
    }
    assert_eq!(fixture.sandbox.with_world(|world| world.state_hash()), hash);
}

#[tokio::test]
async fn an_audit_session_should_be_refused_every_write() {
    let fixture = Fixture::new(1);
    let connection = Connection {
        sandbox: fixture.sandbox.clone(),
        caller: fixture.caller.clone(),
        credentials: Credentials::management_root(),
    };
    let target = fixture.target(&[ADMIN]);
    let session = TargetSession::open(connection, &target, Purpose::Audit).await.unwrap();
    let broken = IdentityWriter(IdentityReader(session));
    for step in steps() {
        let error = broken.execute(&the_role(), &step).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::Denied(Denial::SessionPolicy), "{error}");
    }
}

#[tokio::test]
async fn a_session_should_be_renewed_ahead_of_its_end() {
    let fixture = Fixture::new(1);
    let reader = fixture.read_access().open(&fixture.target(&[ADMIN])).await.unwrap();
    for _ in 0..3 {
        fixture.clock.pass(Duration::from_secs(3_300));
        assert!(reader.observe(&the_role()).await.unwrap().is_none());
    }
    assert_eq!(fixture.caller.counts().0["AssumeRole"], 4);
}

#[tokio::test]
async fn admin_roles_should_be_tried_in_order() {
    let fixture = Fixture::new(1);
    let access = fixture.read_access();
    assert!(access.open(&fixture.target(&["Nope", ADMIN])).await.is_ok());
    let Err(error) = access.open(&fixture.target(&["Nope", "Neither"])).await else {
        panic!("no such role, and yet a session");
    };
    assert_eq!(error.kind, CallErrorKind::Denied(Denial::AdminRole));
    assert!(error.message.contains("Nope") && error.message.contains("Neither"), "{error}");
}

#[tokio::test]
async fn a_throttled_answer_should_say_how_long_to_wait_where_the_sandbox_is_told_so() {
    let wait = Some(Duration::from_secs(7));
    for retry_after in [None, wait] {
        let options = SandboxOptions {
            enforce_limits: true,
            iam_limits: IamLimits {
                rates: IamRates { read: Rate::new(0.0, 0.0), write: Rate::new(0.0, 0.0) },
                ..IamLimits::default()
            },
            retry_after,
            ..SandboxOptions::default()
        };
        let mut fixture = Fixture::with_options(1, options);
        fixture.caller = impatient(&fixture.clock);
        let reader = fixture.read_access().open(&fixture.target(&[ADMIN])).await.unwrap();
        let error = reader.observe(&the_role()).await.unwrap_err();
        assert_eq!((error.kind, error.retry_after), (CallErrorKind::Throttled, retry_after));
        fixture.sandbox.reset();
        let reader = fixture.read_access().open(&fixture.target(&[ADMIN])).await.unwrap();
        let error = reader.observe(&the_role()).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::Throttled, "reset keeps the limits");
    }
}

/// Makes every call once.
fn impatient(clock: &Arc<FakeClock>) -> Caller {
    let limits = RetryLimits { attempts_max: 1, ..RetryLimits::default() };
    Caller::new(clock.clone(), &Rates::default(), limits, SmallRng::seed_from_u64(1))
}
