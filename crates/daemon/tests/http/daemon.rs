//! A daemon's HTTP side, with a store of its own and nothing behind it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use digitalex_core::Correction;
use digitalex_engine::{Caller, Clock, KeepCommand, KeepEvent, Rates, RetryLimits};
use digitalex_rollout::daemon::{Live, Role};
use digitalex_rollout::http::{
    About, BearerToken, HttpOptions, HttpServer, Metrics, News, ReloadRefused, Reloaded, Shared,
    TlsOptions,
};
use digitalex_store::{Change, DriftChange, SqliteStore};
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::fleet;

pub(crate) const ORGANIZATION: &str = "o-exampleorgid";

/// A clock that is set by hand; waiting takes no time.
#[derive(Debug, Default)]
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        fleet::START + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Who may come in.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) token: Option<&'static str>,
    pub(crate) tls: Option<TlsOptions>,
    pub(crate) client_ca: Option<std::path::PathBuf>,
}

pub(crate) struct Daemon {
    pub(crate) address: SocketAddr,
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) commands: mpsc::Receiver<KeepCommand>,
    pub(crate) stop: CancellationToken,
    pub(crate) served: JoinHandle<()>,
    _folder: TempDir,
}

impl Daemon {
    /// On loopback, open, active, and with no accounts.
    pub(crate) async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    pub(crate) async fn start_with(setup: Setup) -> Self {
        let folder = TempDir::new().expect("a folder");
        let clock = Arc::new(HandClock::default());
        let (sender, commands) = mpsc::channel(2);
        let shared = Arc::new(shared(&folder, Arc::clone(&clock) as Arc<dyn Clock>, sender).await);
        let token = setup.token.map(|text| BearerToken::new(text).expect("a token"));
        let listen = "127.0.0.1:0".parse().expect("an address");
        let options = HttpOptions { listen, token, tls: setup.tls, client_ca: setup.client_ca };
        let server = HttpServer::bind(options).await.expect("a server");
        let address = server.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let served = tokio::spawn(server.serve(Arc::clone(&shared), stop.clone()));
        Self { address, shared, clock, commands, stop, served, _folder: folder }
    }

    /// As the loop's wiring does it: into the store, and then to all others.
    pub(crate) async fn record(&self, changes: Vec<Change>) -> Vec<DriftChange> {
        let drift = self.shared.store.record(changes).await.expect("it is recorded");
        for change in &drift {
            self.shared.metrics.on_drift(change);
            self.shared.news.drift(change);
        }
        drift
    }

    pub(crate) fn tell_live(&self, event: &KeepEvent) {
        self.shared.live().on_event(event);
    }
}

async fn shared(
    folder: &TempDir,
    clock: Arc<dyn Clock>,
    commands: mpsc::Sender<KeepCommand>,
) -> Shared {
    let path = folder.path().join("store.sqlite");
    let store = SqliteStore::open(&path, ORGANIZATION, Arc::clone(&clock)).await.expect("a store");
    let retry = RetryLimits {
        attempts_max: 1,
        delay_base: Duration::ZERO,
        delay_max: Duration::ZERO,
        time_max: Duration::ZERO,
    };
    let random = SmallRng::seed_from_u64(1);
    let caller = Caller::new(Arc::clone(&clock), &Rates::default(), retry, random);
    let mut live = Live::new(Correction::nothing());
    live.set_role(Role::Active);
    Shared {
        about: About {
            management_account: "999999999999".parse().expect("an id"),
            version: "0.0.0-test",
            run: "run-1".to_owned(),
            started_at: clock.now(),
        },
        store,
        clock,
        caller,
        live: Mutex::new(live),
        metrics: Metrics::new(),
        news: News::new(),
        commands,
        reload: Box::new(reload),
        desired: Box::new(|account| Some(fleet::desired(account))),
    }
}

/// The first time the configuration is right, and then it is wrong.
fn reload() -> BoxFuture<'static, Result<Reloaded, ReloadRefused>> {
    use std::cell::Cell;
    thread_local!(static READ: Cell<bool> = const { Cell::new(false) });
    let result = if READ.replace(true) {
        let message = "interval = \"soon\" is no duration".to_owned();
        Err(ReloadRefused { message, remedy: Some("write 1h".to_owned()) })
    } else {
        Ok(Reloaded { needs_restart: vec!["[limits]".to_owned()] })
    };
    Box::pin(std::future::ready(result))
}
