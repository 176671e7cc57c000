//! A loop like the daemon's: one process audits the same organization again and again, with the same
//! connection and sessions. Prints one line of JSON after every 20 passes: the resident memory, and
//! the calls so far. `cargo xtask bench` runs it over a sandbox that answers at once.
#![allow(clippy::print_stdout, reason = "its output is read by `cargo xtask bench`")]

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::num::NonZeroU32;
use std::sync::Arc;

use digitalex_aws::{AwsConnection, AwsOrganization, ConnectOptions, SandboxEndpoint};
use digitalex_core::{
    Adoption, ChangeLimits, Description, ExternalId, FleetStatus, IdentityKind, IdentityName,
    IdentityPath, IdentitySpec, KeySpec, Profile, SessionDuration, Verdict,
};
use digitalex_engine::{
    Account, AccountSettings, AdminRole, Caller, Organization, OrganizationInfo, Pass, PassEvent,
    Rate, Rates, ReadAccess, RetryLimits, Scope, ScopeSpec, TokioClock, Way, audit,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::json;
use tokio_util::sync::CancellationToken;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PASSES: u32 = 200;
const PASSES_PER_SAMPLE: u32 = 20;
const CONCURRENCY: usize = 64;
const TENANT: &str = "sandbox-tenant";

/// What stays from pass to pass.
struct Daemon {
    caller: Caller,
    organization: AwsOrganization,
    info: OrganizationInfo,
    access: Arc<dyn ReadAccess>,
    /// The accounts that the last pass listed.
    known: Vec<Account>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut daemon = Daemon::connect(sandbox()?).await?;
    for pass in 1..=PASSES {
        let status = daemon.audit(pass).await?;
        expect_in_sync(pass, &status)?;
        if pass.is_multiple_of(PASSES_PER_SAMPLE) {
            let calls: u64 = daemon.caller.counts().0.values().sum();
            println!("{}", json!({ "pass": pass, "rss_kib": rss_kib()?, "calls": calls }));
        }
    }
    Ok(())
}

impl Daemon {
    async fn connect(sandbox: SandboxEndpoint) -> Result<Self> {
        let rng = SmallRng::seed_from_u64(1);
        let clock = Arc::new(TokioClock::start());
        let caller = Caller::new(clock, &unbounded(), RetryLimits::default(), rng);
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let options = ConnectOptions { version, sts_regions: vec![], sandbox: Some(sandbox) };
        let connection = AwsConnection::connect(&options, caller.clone()).await;
        let organization = connection.organization();
        let info = organization.describe().await?;
        let access = Arc::new(connection.audit_access(&info, "passes"));
        Ok(Self { caller, organization, info, access, known: Vec::new() })
    }

    async fn audit(&mut self, number: u32) -> Result<FleetStatus> {
        let external_id = ExternalId::new(TENANT)?;
        let scope = Scope::new(spec()?, self.info.clone(), external_id.clone(), None)?;
        let pass = Arc::new(Pass::new(
            format!("pass-{number}"),
            scope,
            external_id,
            CONCURRENCY,
            CancellationToken::new(),
            self.caller.clone(),
        ));
        let known = std::mem::take(&mut self.known);
        let mut listed = Vec::with_capacity(known.len());
        let mut on_event = |event| {
            if let PassEvent::Listed(account) = event {
                listed.push(account);
            }
        };
        let access = Arc::clone(&self.access);
        let status = audit(pass, &self.organization, access, known, &mut on_event).await;
        self.known = listed;
        Ok(status)
    }
}

/// The sandbox that AWS's own variables lead to. Nothing but an emulator on this machine is called.
fn sandbox() -> Result<SandboxEndpoint> {
    let url = env::var("AWS_ENDPOINT_URL").unwrap_or_default();
    if !url.starts_with("http://127.0.0.1:") {
        return Err("AWS_ENDPOINT_URL must name a sandbox on 127.0.0.1".into());
    }
    Ok(SandboxEndpoint {
        url,
        access_key_id: env::var("AWS_ACCESS_KEY_ID")?,
        secret_access_key: env::var("AWS_SECRET_ACCESS_KEY")?,
    })
}

/// So fast that only the machine slows the passes down.
fn unbounded() -> Rates {
    let rate = Rate::new(1_000_000.0, 1_000_000);
    Rates {
        organizations: BTreeMap::new(),
        organizations_other: rate,
        sts: rate,
        sts_regions: NonZeroU32::MIN,
        iam_read: rate,
        iam_write: rate,
    }
}

/// The default configuration.
fn spec() -> Result<ScopeSpec> {
    let identity = IdentitySpec {
        kind: IdentityKind::Role,
        role_name: IdentityName::new("digitalex-finops")?,
        user_name: IdentityName::new("digitalex-finops")?,
        path: IdentityPath::default(),
        description: Description::new("DigitalEx cost governance, managed by digitalex-rollout")?,
        max_session_duration: SessionDuration::default(),
        permissions_boundary: None,
        tags: BTreeMap::new(),
        profile: Profile::built_in("member")?,
        keys: KeySpec::default(),
    };
    let settings = AccountSettings {
        identity,
        admin_roles: vec![AdminRole { hops: vec!["OrganizationAccountAccessRole".to_owned()] }],
        adoption: Adoption::Refused,
        limits: ChangeLimits { removals_max: 10 },
    };
    Ok(ScopeSpec {
        settings,
        management: None,
        include: vec![],
        exclude: vec![],
        overrides: vec![],
        way: Way::Either,
    })
}

/// Every member account in sync, or the memory says nothing about audits.
fn expect_in_sync(pass: u32, status: &FleetStatus) -> Result<()> {
    let done = |verdict| status.verdicts.get(&verdict).copied().unwrap_or_default();
    let all_done = done(Verdict::InSync) + done(Verdict::Skipped) == status.total();
    if status.listing_incomplete.is_some() || done(Verdict::Skipped) != 1 || !all_done {
        return Err(format!("pass {pass} did not find every account in sync: {status:?}").into());
    }
    Ok(())
}

fn rss_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let value = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = value.and_then(|value| value.trim().strip_suffix(" kB"));
    Ok(kib.ok_or("/proc/self/status has no VmRSS")?.parse()?)
}
