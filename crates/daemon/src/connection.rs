//! What a run works with: the configuration, the connection to AWS (or to the embedded sandbox), and
//! the organization behind it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Args;
use digitalex_aws::{AwsConnection, AwsOrganization, ConnectOptions};
use digitalex_core::ExternalId;
use digitalex_engine::{
    CallError, Caller, Clock, Organization, OrganizationInfo, OrganizationalUnit, Scope,
    SystemClock,
};
use digitalex_store::{SqliteStore, StateFolder};
use jiff::Timestamp;
use miette::Report;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::commands::config::read_settings;
use crate::config::{ConfigError, ConfigFlags, Settings};
use crate::exit::Failure;
use crate::interrupt::Stop;
use crate::last_run::LastRun;
use crate::sandbox::{EmbeddedSandbox, SANDBOX_TENANT_ID};

/// Flags of the commands that go over the accounts.
#[derive(Debug, Clone, Args)]
pub(crate) struct PassFlags {
    /// Say how many calls of each API the run makes and what time AWS's limits ask for at least,
    /// before it and after it
    #[arg(long)]
    pub(crate) explain_calls: bool,
    #[command(flatten)]
    pub(crate) run: RunFlags,
}

/// Flags of the commands that go to AWS.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunFlags {
    #[command(flatten)]
    pub(crate) config: ConfigFlags,
    #[command(flatten)]
    pub(crate) sandbox: SandboxFlags,
}

/// The embedded sandbox in place of AWS.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sandbox")]
pub(crate) struct SandboxFlags {
    /// Run against a simulated organization of N accounts, made up for this run, in place of AWS
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "100")]
    pub(crate) sandbox: Option<usize>,
    /// What the simulated organization is made from; the same seed makes the same one
    #[arg(long, value_name = "SEED", default_value_t = 1, requires = "sandbox")]
    pub(crate) seed: u64,
}

/// The connection of one run.
pub(crate) struct Connection {
    pub(crate) settings: Settings,
    pub(crate) info: OrganizationInfo,
    pub(crate) external_id: ExternalId,
    /// The run's id, as in the session names that CloudTrail shows.
    pub(crate) run: String,
    /// What the passes so far took, all together.
    pub(crate) in_passes: Mutex<Duration>,
    /// Whether the calls of each pass are explained.
    pub(crate) explain_calls: bool,
    pub(crate) stop: CancellationToken,
    pub(crate) caller: Caller,
    pub(crate) aws: AwsConnection,
    pub(crate) last_run: LastRun,
    pub(crate) started_at: Timestamp,
    pub(crate) sandbox: Option<EmbeddedSandbox>,
    /// The paths of names of roots and OUs by id, where a report shows them.
    pub(crate) units: BTreeMap<String, String>,
    organization: AwsOrganization,
}

/// Whether the command can do without a tenant id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tenant {
    Needed,
    NotNeeded,
}

impl Connection {
    /// As [`Self::open`], for a command that goes over the accounts.
    pub(crate) async fn open_for_passes(
        context: &Context,
        flags: &PassFlags,
        stop: &Stop,
    ) -> Result<Self, Report> {
        let connection = Self::open(context, &flags.run, Tenant::Needed, stop).await?;
        Ok(Self { explain_calls: flags.explain_calls, ..connection })
    }

    /// Reads the configuration, connects, and asks who calls in which organization.
    pub(crate) async fn open(
        context: &Context,
        flags: &RunFlags,
        tenant: Tenant,
        stop: &Stop,
    ) -> Result<Self, Report> {
        let settings = read_settings(context.global.config.as_deref(), &flags.config)?;
        settings.try_out()?;
        let made_up = flags.sandbox.sandbox.is_some() || tenant == Tenant::NotNeeded;
        let external_id = match (&settings.external_id, made_up) {
            (None, true) => {
                ExternalId::new(SANDBOX_TENANT_ID).map_err(|_| ConfigError::TenantMissing)?
            }
            _ => settings.external_id()?.clone(),
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let mut rng = SmallRng::from_os_rng();
        let started_at = clock.now();
        let run =
            format!("{}-{:06x}", started_at.strftime("%Y%m%dT%H%M%SZ"), rng.random::<u32>() >> 8);
        let sandbox = match flags.sandbox.sandbox {
            Some(accounts) => {
                let seed = flags.sandbox.seed;
                Some(
                    EmbeddedSandbox::start(accounts, seed, &external_id, Arc::clone(&clock))
                        .await?,
                )
            }
            None => None,
        };
        let caller = Caller::new(clock, &settings.rates, settings.retry, rng);
        let options = ConnectOptions {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sts_regions: settings.sts_regions.clone(),
            sandbox: sandbox.as_ref().map(EmbeddedSandbox::endpoint),
        };
        let aws = AwsConnection::connect(&options, caller.clone()).await;
        let organization = aws.organization();
        let info = organization.describe().await.map_err(|error| unusable(&error))?;
        tracing::info!(organization = info.id, caller = info.caller_arn, run, "connected");
        // An organization that is made up for this run has no last one.
        let folder = settings.state_folder.as_ref().filter(|_| sandbox.is_none());
        let last_run = LastRun::new(folder.map(|folder| StateFolder::new(folder, &info.id)));
        caller.remember(last_run.learned_rates());
        Ok(Self {
            settings,
            info,
            external_id,
            run,
            in_passes: Mutex::default(),
            explain_calls: false,
            stop: stop.token(),
            caller,
            aws,
            last_run,
            started_at,
            sandbox,
            units: BTreeMap::new(),
            organization,
        })
    }

    /// Reads the names of roots and OUs, for reports that show where accounts stand; not where that is left
    /// out. They decide on nothing: where they cannot be read, that is said, and ids stand in their place.
    pub(crate) async fn naming_units(self, left_out: bool) -> Self {
        if left_out {
            return self;
        }
        let units = match self.organization.organizational_units().await {
            Ok(units) => paths_of_names(&units),
            Err(error) => {
                tracing::warn!(%error, "the names of the OUs cannot be read: reports show their ids");
                BTreeMap::new()
            }
        };
        Self { units, ..self }
    }

    /// The scope over the organization.
    pub(crate) fn scope(&self) -> Result<Scope, Report> {
        let Settings { scope, bucket, .. } = &self.settings;
        let external_id = self.external_id.clone();
        Ok(Scope::new(scope.clone(), self.info.clone(), external_id, bucket.clone())
            .map_err(ConfigError::from)?)
    }

    /// The store, without which nothing is written to AWS. That of a made-up organization is begun anew
    /// with it.
    pub(crate) async fn store(&self) -> Result<SqliteStore, Report> {
        let path = self.settings.store.clone().ok_or(ConfigError::NoStateFolder)?;
        let path = match self.sandbox {
            Some(_) => made_up(&path)?,
            None => path,
        };
        let clock = Arc::clone(self.caller.clock());
        Ok(SqliteStore::open(&path, &self.info.id, clock).await.map_err(|error| {
            Failure::new(error.to_string(), "nothing was done: nothing is written without a store")
        })?)
    }

    /// The organization's accounts.
    pub(crate) fn organization(&self) -> &dyn Organization {
        &self.organization
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.caller.clock().now()
    }
}

/// Where the store of a made-up organization lies, beside that of the real one.
pub(crate) fn sandbox_store(path: &Path) -> PathBuf {
    path.with_extension("sandbox.sqlite")
}

/// The store of a made-up organization; what it remembers of the one before is dropped.
fn made_up(path: &Path) -> Result<PathBuf, Report> {
    let path = sandbox_store(path);
    for file in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{}{file}", path.display()));
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let message =
                    format!("the sandbox's store {} cannot be begun anew", file.display());
                return Err(
                    Failure::caused(message, "remove it, or set [store] path", error).into()
                );
            }
            _ => {}
        }
    }
    Ok(path)
}

/// `Root / Workloads / Prod` by the id of the last; each unit stands after its parent.
fn paths_of_names(units: &[OrganizationalUnit]) -> BTreeMap<String, String> {
    let mut paths: BTreeMap<String, String> = BTreeMap::new();
    for unit in units {
        let above = unit.parent.as_ref().and_then(|parent| paths.get(parent));
        let path = above.map_or(unit.name.clone(), |above| format!("{above} / {}", unit.name));
        paths.insert(unit.id.clone(), path);
    }
    paths
}

fn unusable(error: &CallError) -> Report {
    let remedy = error.remedy();
    let next_step =
        if remedy.is_empty() { "run again with -vv to see more of what AWS says" } else { remedy };
    Failure::new(format!("the organization cannot be read: {}", with_causes(error)), next_step)
        .into()
}

/// The error with its causes that it does not say itself.
fn with_causes(error: &CallError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    text
}
