//! What a run works with: the configuration, the connection to AWS (or to the embedded sandbox), and
//! the organization behind it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use digitalex_aws::{AwsConnection, AwsOrganization, ConnectOptions};
use digitalex_core::ExternalId;
use digitalex_engine::{
    Approval, CallError, Caller, Clock, Organization, OrganizationInfo, Pass, PassEvent, Scope,
    TokioClock,
};
use digitalex_store::FileJournal;
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
use crate::output::progress::Progress;
use crate::run_report::{Action, RunReport};
use crate::sandbox::{EmbeddedSandbox, SANDBOX_TENANT_ID};

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
    stop: CancellationToken,
    caller: Caller,
    aws: AwsConnection,
    organization: AwsOrganization,
    started_at: Timestamp,
    sandbox: Option<EmbeddedSandbox>,
}

/// Whether the command can do without a tenant id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tenant {
    Needed,
    NotNeeded,
}

impl Connection {
    /// Reads the configuration, connects, and asks who calls in which organization.
    pub(crate) async fn open(
        context: &Context,
        flags: &RunFlags,
        tenant: Tenant,
        stop: &Stop,
    ) -> Result<Self, Report> {
        let settings = read_settings(context, &flags.config)?;
        settings.try_out()?;
        let made_up = flags.sandbox.sandbox.is_some() || tenant == Tenant::NotNeeded;
        let external_id = match (&settings.external_id, made_up) {
            (None, true) => {
                ExternalId::new(SANDBOX_TENANT_ID).map_err(|_| ConfigError::TenantMissing)?
            }
            _ => settings.external_id()?.clone(),
        };
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::start());
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
        Ok(Self {
            settings,
            info,
            external_id,
            run,
            stop: stop.token(),
            caller,
            aws,
            organization,
            started_at,
            sandbox,
        })
    }

    /// Audits every account.
    pub(crate) async fn audit(
        &self,
        context: &Context,
        action: Action,
    ) -> Result<RunReport, Report> {
        let pass = self.pass()?;
        let access = Arc::new(self.aws.audit_access(&self.info, &self.run));
        let mut progress = Progress::start(context, "read");
        let mut accounts = Vec::new();
        let mut on_event = |event: PassEvent| {
            progress.on_event(&event);
            accounts.extend(record_of(event));
        };
        let status =
            digitalex_engine::audit(pass, &self.organization, access, Vec::new(), &mut on_event)
                .await;
        progress.end();
        Ok(self.report(action, status, accounts))
    }

    /// Applies what is approved.
    pub(crate) async fn apply(
        &self,
        context: &Context,
        approval: Approval,
    ) -> Result<RunReport, Report> {
        let pass = self.pass()?;
        let access = Arc::new(self.aws.apply_access(&self.info, &self.run));
        let journal = Arc::new(self.journal().await?);
        let mut progress = Progress::start(context, "done");
        let mut accounts = Vec::new();
        let mut on_event = |event: PassEvent| {
            progress.on_event(&event);
            accounts.extend(record_of(event));
        };
        let organization = &self.organization;
        let status =
            digitalex_engine::apply(pass, organization, access, journal, approval, &mut on_event)
                .await;
        progress.end();
        Ok(self.report(Action::Apply, status, accounts))
    }

    /// The scope over the organization.
    pub(crate) fn scope(&self) -> Result<Scope, Report> {
        let Settings { scope, bucket, .. } = &self.settings;
        let external_id = self.external_id.clone();
        Ok(Scope::new(scope.clone(), self.info.clone(), external_id, bucket.clone())
            .map_err(ConfigError::from)?)
    }

    /// The organization's accounts.
    pub(crate) fn organization(&self) -> &dyn Organization {
        &self.organization
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.caller.clock().now()
    }

    fn pass(&self) -> Result<Arc<Pass>, Report> {
        Ok(Arc::new(Pass::new(
            self.run.clone(),
            self.scope()?,
            self.external_id.clone(),
            self.settings.concurrency,
            self.stop.clone(),
            self.caller.clone(),
        )))
    }

    /// The journal. What is done to a made-up organization is kept apart.
    async fn journal(&self) -> Result<FileJournal, Report> {
        let path: PathBuf = self.settings.journal.clone().ok_or(ConfigError::NoStateFolder)?;
        let path = match self.sandbox {
            Some(_) => path.with_extension("sandbox.jsonl"),
            None => path,
        };
        FileJournal::open(&path).await.map_err(|error| {
            let next_step = "make room or set [journal] path; nothing is written without a journal";
            Failure::caused("nothing was done: there is no journal", next_step, error).into()
        })
    }

    fn report(
        &self,
        action: Action,
        status: digitalex_core::FleetStatus,
        mut accounts: Vec<digitalex_core::AccountRecord>,
    ) -> RunReport {
        accounts.sort_by_key(|record| record.id);
        RunReport {
            action,
            run: self.run.clone(),
            organization: self.info.clone(),
            started_at: self.started_at,
            finished_at: self.now(),
            status,
            calls: self.caller.counts(),
            accounts,
        }
    }
}

fn record_of(event: PassEvent) -> Option<digitalex_core::AccountRecord> {
    match event {
        PassEvent::Done(record) => Some(*record),
        PassEvent::Listed(_) | PassEvent::ListingEnded { .. } => None,
    }
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
