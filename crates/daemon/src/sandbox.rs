//! A simulated organization inside this process, served on loopback, so that the same code runs
//! against it as against AWS.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use digitalex_aws::SandboxEndpoint;
use digitalex_core::{AccountId, ExternalId};
use digitalex_engine::Clock;
use digitalex_sim::generate::{self, Fleet, GeneratorOptions};
use digitalex_sim::{Sandbox, SandboxOptions, World};
use miette::Report;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::exit::Failure;

/// The tenant id of a sandbox, where none is configured. Not a secret: nobody's.
pub(crate) const SANDBOX_TENANT_ID: &str = "sandbox-tenant";

/// The key that a sandbox does not know, and so takes for the root of the management account.
pub(crate) const SANDBOX_KEY: &str = "sandbox";

const MANAGEMENT_ACCOUNT: AccountId = match AccountId::from_number(111_111_111_111) {
    Some(id) => id,
    None => unreachable!(),
};

/// A running sandbox; it ends when this is dropped.
pub(crate) struct EmbeddedSandbox {
    address: SocketAddr,
    _stop: DropGuard,
}

impl EmbeddedSandbox {
    /// Makes an organization of so many accounts from the seed, and serves it.
    pub(crate) async fn start(
        accounts: usize,
        seed: u64,
        external_id: &ExternalId,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Report> {
        let world = generated(accounts, seed, Fleet::Mixed, None, external_id)?;
        let sandbox = Sandbox::new(world, clock, SandboxOptions::default());
        let listener = listen(0).await?;
        let address = listener.local_addr().map_err(|error| no_socket(0, error))?;
        let stop = CancellationToken::new();
        let until = stop.clone();
        tokio::spawn(async move {
            if let Err(error) = sandbox.serve(listener, until).await {
                tracing::error!(%error, "the sandbox stopped serving");
            }
        });
        Ok(Self { address, _stop: stop.drop_guard() })
    }

    /// Where it is served, and a key to get in.
    pub(crate) fn endpoint(&self) -> SandboxEndpoint {
        SandboxEndpoint {
            url: format!("http://{}", self.address),
            access_key_id: SANDBOX_KEY.to_owned(),
            secret_access_key: SANDBOX_KEY.to_owned(),
        }
    }
}

/// A socket on loopback; port 0 takes a free one.
pub(crate) async fn listen(port: u16) -> Result<TcpListener, Report> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| no_socket(port, error))
}

fn no_socket(port: u16, error: std::io::Error) -> Report {
    let message = format!("port {port} on 127.0.0.1 cannot be listened on");
    Failure::caused(message, "choose another with --port, or leave it out", error).into()
}

/// An organization of its management account alone.
pub(crate) fn empty(management_account: Option<AccountId>) -> World {
    generate::empty(management_account.unwrap_or(MANAGEMENT_ACCOUNT))
}

/// An organization that looks real.
pub(crate) fn generated(
    accounts: usize,
    seed: u64,
    fleet: Fleet,
    management_account: Option<AccountId>,
    external_id: &ExternalId,
) -> Result<World, Report> {
    let management_account = management_account.unwrap_or(MANAGEMENT_ACCOUNT);
    let options = GeneratorOptions::new(accounts, seed, management_account, external_id.clone());
    let options = options
        .map_err(|error| Failure::caused("the sandbox could not be made", "report this", error))?;
    Ok(generate::organization(&GeneratorOptions { fleet, ..options }))
}
