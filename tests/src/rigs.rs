//! The implementations of the ports that the conformance suite runs over.

use std::sync::Arc;

use axum::Router;
use digitalex_aws::{AwsConnection, AwsCostReports, ConnectOptions, SandboxEndpoint};
use digitalex_core::{AccountId, ExternalId};
use digitalex_engine::{
    CallError, Caller, Organization, OrganizationInfo, OrganizationalUnit, Rates, ReadAccess,
    RetryLimits, ServiceControlPolicies, TokioClock, WriteAccess,
};
use digitalex_sim::generate::{Fleet, GeneratorOptions};
use digitalex_sim::{
    Credentials, Sandbox, SandboxOptions, SimOrganization, SimReadAccess, SimWriteAccess, World,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::rollout::{Rig, TENANT_ID};

/// The management account of the simulated organizations.
pub const MANAGEMENT: AccountId = match AccountId::from_number(111_111_111_111) {
    Some(id) => id,
    None => unreachable!(),
};

/// The simulation's own ports, without HTTP.
pub struct SimulatedPorts {
    sandbox: Sandbox,
    caller: Caller,
    members: Vec<AccountId>,
}

impl SimulatedPorts {
    /// An organization of so many accounts, the management account among them, in none of which
    /// anything was done yet.
    ///
    /// # Panics
    /// It cannot be made.
    #[must_use]
    pub fn new(accounts: usize) -> Self {
        Self::called_by(unpaced_caller(), accounts)
    }

    /// As `new`, with the rates that AWS documents.
    #[must_use]
    pub fn paced(accounts: usize) -> Self {
        Self::called_by(caller(&Rates::default()), accounts)
    }

    /// An organization of so many accounts in which AWS's limits are enforced, as `options` has it,
    /// and every call takes its time. The rates are the documented ones.
    ///
    /// # Panics
    /// It cannot be made.
    #[must_use]
    pub fn limited(accounts: usize, fleet: Fleet, options: SandboxOptions) -> Self {
        let world = generated(accounts, fleet);
        let members = members(&world);
        let caller = caller(&Rates::default());
        let sandbox = Sandbox::new(world, Arc::clone(caller.clock()), options);
        Self { sandbox, caller, members }
    }

    /// The simulated organization itself.
    #[must_use]
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Plants OUs, more below the root than a page holds, and says what then stands there.
    #[must_use]
    pub fn plant_units(&self) -> Vec<OrganizationalUnit> {
        plant_units(&self.sandbox)
    }

    fn called_by(caller: Caller, accounts: usize) -> Self {
        let (sandbox, members) = simulated(accounts, &caller);
        Self { sandbox, caller, members }
    }

    /// The member accounts.
    #[must_use]
    pub fn members(&self) -> &[AccountId] {
        &self.members
    }
}

impl Rig for SimulatedPorts {
    fn organization(&self) -> Arc<dyn Organization> {
        let keys = Credentials::management_root();
        Arc::new(SimOrganization::new(self.sandbox.clone(), self.caller.clone(), keys))
    }

    fn policies(&self) -> Arc<dyn ServiceControlPolicies> {
        let keys = Credentials::management_root();
        Arc::new(SimOrganization::new(self.sandbox.clone(), self.caller.clone(), keys))
    }

    fn read_access(&self) -> Arc<dyn ReadAccess> {
        let keys = Credentials::management_root();
        Arc::new(SimReadAccess::new(self.sandbox.clone(), self.caller.clone(), keys))
    }

    fn write_access(&self) -> Arc<dyn WriteAccess> {
        let keys = Credentials::management_root();
        Arc::new(SimWriteAccess::new(self.sandbox.clone(), self.caller.clone(), keys))
    }

    fn caller(&self) -> &Caller {
        &self.caller
    }
}

/// A simulated organization of so many accounts, served over HTTP until it is dropped; and its
/// members.
pub struct ServedSandbox {
    /// Where.
    pub url: String,
    /// The member accounts.
    pub members: Vec<AccountId>,
    sandbox: Sandbox,
    _stop: DropGuard,
}

impl ServedSandbox {
    /// Serves one.
    ///
    /// # Panics
    /// There is no free port.
    pub async fn start(accounts: usize) -> Self {
        Self::start_behind(accounts, |face| face).await
    }

    /// Serves one whose HTTP face `change` has altered.
    ///
    /// # Panics
    /// There is no free port.
    pub async fn start_behind(accounts: usize, change: fn(Router) -> Router) -> Self {
        let (sandbox, members) = simulated(accounts, &unpaced_caller());
        Self::serve(sandbox, members, change).await
    }

    /// Serves an organization that looks real, whose every call takes its time, as `options` has it.
    ///
    /// # Panics
    /// There is no free port.
    pub async fn start_generated(accounts: usize, fleet: Fleet, options: SandboxOptions) -> Self {
        let world = generated(accounts, fleet);
        let members = members(&world);
        let sandbox = Sandbox::new(world, Arc::clone(unpaced_caller().clock()), options);
        Self::serve(sandbox, members, |face| face).await
    }

    /// Does something to the organization, past the HTTP face, and gives the answer.
    ///
    /// # Panics
    /// It is refused.
    pub fn call(
        &self,
        as_account: AccountId,
        service: &str,
        operation: &str,
        request: Value,
    ) -> Value {
        let keys = Credentials::root_of(as_account);
        let done = self.sandbox.with_world(|world| world.call(&keys, service, operation, request));
        done.expect("the call is accepted")
    }

    /// As [`SimulatedPorts::plant_units`].
    #[must_use]
    pub fn plant_units(&self) -> Vec<OrganizationalUnit> {
        plant_units(&self.sandbox)
    }

    /// A digest of all that stands in the organization.
    #[must_use]
    pub fn state_hash(&self) -> String {
        self.sandbox.with_world(|world| world.state_hash())
    }

    /// Looks at the organization, or changes it past the HTTP face.
    pub fn with_world<T>(&self, action: impl FnOnce(&mut World) -> T) -> T {
        self.sandbox.with_world(action)
    }

    /// Puts the organization back to what it was at first.
    pub fn reset(&self) {
        self.sandbox.reset();
    }

    async fn serve(
        sandbox: Sandbox,
        members: Vec<AccountId>,
        change: fn(Router) -> Router,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let stop = CancellationToken::new();
        let (face, until) = (change(sandbox.router()), stop.clone());
        let stopped = async move { until.cancelled().await };
        tokio::spawn(
            async move { axum::serve(listener, face).with_graceful_shutdown(stopped).await },
        );
        Self { url, members, sandbox, _stop: stop.drop_guard() }
    }
}

/// An organization that looks real, with the tests' tenant id.
fn generated(accounts: usize, fleet: Fleet) -> World {
    let external_id = ExternalId::new(TENANT_ID).expect("legal");
    let generator = GeneratorOptions::new(accounts, 1, MANAGEMENT, external_id);
    let generator = GeneratorOptions { fleet, ..generator.expect("the default role") };
    digitalex_sim::generate::organization(&generator)
}

fn simulated(accounts: usize, caller: &Caller) -> (Sandbox, Vec<AccountId>) {
    let mut world = digitalex_sim::generate::empty(MANAGEMENT);
    let keys = Credentials::management_root();
    for number in 1..accounts {
        let request = json!({"AccountName": format!("member {number}"), "Email": format!("{number}@example.com")});
        world.call(&keys, "organizations", "CreateAccount", request).expect("an account");
    }
    let members = members(&world);
    (Sandbox::new(world, Arc::clone(caller.clock()), SandboxOptions::default()), members)
}

/// The real adapter, over HTTP, at an endpoint that stands in for AWS.
pub struct SdkRig {
    connection: AwsConnection,
    caller: Caller,
    info: OrganizationInfo,
}

impl SdkRig {
    /// Connects to `url` as the management account.
    ///
    /// # Panics
    /// There is no organization.
    pub async fn connect(url: &str) -> Self {
        Self::connect_as(url, "testing").await
    }

    /// Connects to `url` with this access key, of which the sandbox knows no secret.
    ///
    /// # Panics
    /// There is no organization.
    pub async fn connect_as(url: &str, access_key_id: &str) -> Self {
        Self::try_connect_as(url, access_key_id, "testing").await.expect("an organization")
    }

    /// Connects to `url` with this access key.
    ///
    /// # Errors
    /// The organization cannot be described.
    pub async fn try_connect_as(
        url: &str,
        access_key_id: &str,
        secret_access_key: &str,
    ) -> Result<Self, CallError> {
        let endpoint = SandboxEndpoint {
            url: url.to_owned(),
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.to_owned(),
        };
        let options = ConnectOptions {
            version: "0.0.0-test".to_owned(),
            sts_regions: Vec::new(),
            sandbox: Some(endpoint),
        };
        let caller = unpaced_caller();
        Self::over(AwsConnection::connect(&options, caller.clone()).await, caller).await
    }

    pub(crate) async fn over(connection: AwsConnection, caller: Caller) -> Result<Self, CallError> {
        let info = connection.organization().describe().await?;
        Ok(Self { connection, caller, info })
    }
}

impl SdkRig {
    /// What the organization says of itself.
    #[must_use]
    pub fn info(&self) -> &OrganizationInfo {
        &self.info
    }

    /// The Cost and Usage Reports of the caller's account.
    #[must_use]
    pub fn cost_reports(&self) -> Option<AwsCostReports> {
        self.connection.cost_reports(&self.info)
    }

    /// The writer of an apply, over the sessions of an audit.
    #[must_use]
    pub fn audit_that_attempts_writes(&self) -> Arc<dyn WriteAccess> {
        Arc::new(self.connection.audit_access(&self.info, "test").attempting_writes())
    }
}

impl Rig for SdkRig {
    fn organization(&self) -> Arc<dyn Organization> {
        Arc::new(self.connection.organization())
    }

    fn policies(&self) -> Arc<dyn ServiceControlPolicies> {
        Arc::new(self.connection.organization())
    }

    fn read_access(&self) -> Arc<dyn ReadAccess> {
        Arc::new(self.connection.audit_access(&self.info, "test"))
    }

    fn write_access(&self) -> Arc<dyn WriteAccess> {
        Arc::new(self.connection.apply_access(&self.info, "test"))
    }

    fn caller(&self) -> &Caller {
        &self.caller
    }
}

fn plant_units(sandbox: &Sandbox) -> Vec<OrganizationalUnit> {
    let keys = Credentials::management_root();
    sandbox.with_world(|world| {
        let organization = world.state().organization.as_ref().expect("an organization");
        let root = organization.root.id.clone();
        let mut parents = vec![root.clone(); 25];
        for number in 0..27 {
            let parent = parents.pop().unwrap_or_default();
            let request = json!({"ParentId": parent, "Name": format!("Ünit <{number}>")});
            let planted = world.call(&keys, "organizations", "CreateOrganizationalUnit", request);
            let planted = planted.expect("an OU");
            if number < 2 {
                let id = planted["OrganizationalUnit"]["Id"].as_str().expect("an id").to_owned();
                parents.push(id);
            }
        }
        let organization = world.state().organization.as_ref().expect("an organization");
        let units = organization.units.values().map(|unit| OrganizationalUnit {
            id: unit.id.clone(),
            name: unit.name.clone(),
            parent: Some(unit.parent.clone()),
        });
        let root = OrganizationalUnit { id: root, name: "Root".to_owned(), parent: None };
        units.chain([root]).collect()
    })
}

fn members(world: &World) -> Vec<AccountId> {
    world.state().accounts.keys().copied().filter(|id| *id != MANAGEMENT).collect()
}

/// A caller that never makes a test wait for a turn.
#[must_use]
pub fn unpaced_caller() -> Caller {
    let fast = digitalex_engine::Rate::new(100_000.0, 100_000);
    let rates = Rates {
        organizations: [].into(),
        organizations_other: fast,
        sts: fast,
        sts_regions: std::num::NonZeroU32::MIN,
        iam_read: fast,
        iam_write: fast,
    };
    caller(&rates)
}

fn caller(rates: &Rates) -> Caller {
    let jitter = SmallRng::seed_from_u64(7);
    Caller::new(Arc::new(TokioClock::start()), rates, RetryLimits::default(), jitter)
}
