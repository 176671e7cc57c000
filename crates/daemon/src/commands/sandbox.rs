//! `sandbox`.

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use digitalex_core::{AccountId, ExternalId};
use digitalex_engine::{Clock, SystemClock};
use digitalex_sim::generate::Fleet;
use digitalex_sim::{Sandbox, SandboxOptions, World};
use miette::Report;
use serde_json::json;

use crate::Context;
use crate::config::ConfigError;
use crate::exit::{Exit, Failure};
use crate::interrupt::Stop;
use crate::output::{print, print_json};
use crate::sandbox::{SANDBOX_KEY, SANDBOX_TENANT_ID, empty, generated, listen};

/// Arguments of `sandbox`.
#[derive(Debug, Args)]
#[command(after_help = "\
Serves Organizations, IAM and STS over HTTP on 127.0.0.1 until Ctrl-C. Any access key that the
sandbox does not know is the root of the management account. POST /_sandbox/reset puts it back.

Examples:
  digitalex-rollout sandbox --accounts 200 --port 4599
  AWS_ENDPOINT_URL=http://127.0.0.1:4599 AWS_ACCESS_KEY_ID=sandbox \\
    AWS_SECRET_ACCESS_KEY=sandbox AWS_REGION=us-east-1 aws organizations list-accounts")]
pub struct SandboxArgs {
    /// How many accounts to make up
    #[arg(long, value_name = "N", default_value_t = 100)]
    accounts: usize,
    /// What the organization is made from; the same seed makes the same one
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// What the member accounts are like
    #[arg(long, value_name = "KIND", value_enum, default_value_t = FleetKind::Mixed)]
    fleet: FleetKind,
    /// The management account alone, to set up by your own calls
    #[arg(long, conflicts_with_all = ["accounts", "seed", "fleet"])]
    empty: bool,
    /// The id of the management account
    #[arg(long, value_name = "ID")]
    management_account: Option<AccountId>,
    /// The port; a free one where it is left out
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// How long each call takes, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency_ms: u64,
    /// Throttle calls past the rates that AWS documents
    #[arg(long)]
    enforce_limits: bool,
}

/// What the member accounts are like.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum FleetKind {
    /// As in real organizations: some closed, some out of reach, roles missing or drifted
    Mixed,
    /// Each has the DigitalEx role of the default configuration
    InSync,
    /// Each can be entered, and none has a DigitalEx role
    None,
}

/// Runs the command.
pub(crate) async fn run(
    context: &Context,
    args: &SandboxArgs,
    stop: &Stop,
) -> Result<Exit, Report> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let listener = listen(args.port).await?;
    let address = listener.local_addr().map_err(broken)?;
    let options = SandboxOptions {
        latency: Duration::from_millis(args.latency_ms),
        enforce_limits: args.enforce_limits,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(world(args)?, clock, options);
    announce(context, &format!("http://{address}"))?;
    sandbox.serve(listener, stop.token()).await.map_err(broken)?;
    Ok(Exit::Done)
}

fn world(args: &SandboxArgs) -> Result<World, Report> {
    let tenant = std::env::var("DIGITALEX_TENANT_ID");
    let tenant = tenant.as_deref().unwrap_or(SANDBOX_TENANT_ID);
    let external_id = ExternalId::new(tenant).map_err(|error| ConfigError::Variable {
        name: "DIGITALEX_TENANT_ID",
        message: error.to_string(),
    })?;
    if args.empty {
        Ok(empty(args.management_account))
    } else {
        let fleet = match args.fleet {
            FleetKind::Mixed => Fleet::Mixed,
            FleetKind::InSync => Fleet::InSync,
            FleetKind::None => Fleet::Untouched,
        };
        generated(args.accounts, args.seed, fleet, args.management_account, &external_id)
    }
}

/// Says where it is served, as a shell would set it.
fn announce(context: &Context, url: &str) -> Result<(), Report> {
    let variables = [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", SANDBOX_KEY),
        ("AWS_SECRET_ACCESS_KEY", SANDBOX_KEY),
        ("AWS_REGION", "us-east-1"),
    ];
    if context.is_json() {
        let variables: serde_json::Map<_, _> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        return print_json(&json!({ "endpoint": url, "environment": variables }));
    }
    let lines = variables.map(|(name, value)| format!("export {name}={value}"));
    print(&format!("# A simulated AWS organization at {url}, until Ctrl-C.\n{}", lines.join("\n")))
}

fn broken(error: std::io::Error) -> Report {
    Failure::caused("the sandbox stopped serving", "start it again", error).into()
}
