//! The life of the daemon: connects, serves, waits for its turn, keeps the organization right, and ends.

use std::sync::{Arc, Mutex};

use digitalex_engine::{Keep, KeepCommand, KeepEvent, KeySink, Organization, keep};
use digitalex_store::{Holder, SqliteStore};
use miette::Report;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::mpsc::{self, Receiver, UnboundedReceiver, UnboundedSender};
use tokio_util::sync::CancellationToken;

use super::assignments::Assignments;
use super::backlog::Backlog;
use super::lease::LeaseKeeper;
use super::live::{Live, Role};
use super::recorder::{Gathered, Noted, Recorder, STORE};
use super::reload::Reloader;
use super::reload_signal::ReloadSignal;
use super::webhooks::Webhooks;
use super::{announce, systemd};
use crate::Context;
use crate::config::Settings;
use crate::connection::Connection;
use crate::exit::{Exit, Failure};
use crate::http::{About, HttpServer, Metrics, News, Shared};

/// Commands that wait for the loop.
const COMMANDS_MAX: usize = 64;

/// The daemon, wired together.
pub(crate) struct Daemon {
    connection: Connection,
    store: SqliteStore,
    shared: Arc<Shared>,
    reloader: Arc<Reloader>,
    webhooks: Webhooks,
    recorder: Recorder,
    commands: Receiver<KeepCommand>,
    noted: (UnboundedSender<Noted>, UnboundedReceiver<Noted>),
}

impl Daemon {
    /// Opens the store and wires the parts together. `read` reads the configuration again.
    pub(crate) async fn new(
        connection: Connection,
        read: Box<dyn Fn() -> Result<Settings, Report> + Send + Sync>,
    ) -> Result<Self, Report> {
        let store = connection.store().await?;
        let clock = Arc::clone(connection.caller.clock());
        let settings = connection.settings.clone();
        let correction = settings.service.correction.clone();
        let (sender, commands) = mpsc::channel(COMMANDS_MAX);
        let noted = mpsc::unbounded_channel();
        let assignments = Arc::new(Assignments::new(connection.scope()?));
        let webhooks = Webhooks::new(&settings.service.webhooks, &connection, &store)?;
        let reloader = Arc::new(Reloader {
            read,
            info: connection.info.clone(),
            external_id: connection.external_id.clone(),
            started_with: settings.clone(),
            current: Mutex::new(settings.clone()),
            assignments: Arc::clone(&assignments),
            commands: sender.clone(),
            noted: noted.0.clone(),
        });
        let shared = Arc::new(Shared {
            about: About {
                management_account: connection.info.management_account,
                version: env!("CARGO_PKG_VERSION"),
                run: connection.run.clone(),
                started_at: connection.started_at,
            },
            store: store.clone(),
            clock: Arc::clone(&clock),
            caller: connection.caller.clone(),
            live: Mutex::new(Live::new(correction)),
            metrics: Metrics::new(),
            news: News::new(),
            commands: sender,
            reload: {
                let reloader = Arc::clone(&reloader);
                Box::new(move || {
                    let reloader = Arc::clone(&reloader);
                    Box::pin(async move { reloader.reload() })
                })
            },
            desired: {
                let assignments = Arc::clone(&assignments);
                Box::new(move |account| assignments.desired(account, clock.now()))
            },
        });
        let recorder = Recorder {
            shared: Arc::clone(&shared),
            assignments,
            notifier: webhooks.notifier(),
            retention: settings.retention,
            backlog: Backlog::default(),
            gathered: Gathered::default(),
        };
        Ok(Self { connection, store, shared, reloader, webhooks, recorder, commands, noted })
    }

    /// Serves, waits for the lease, and keeps the organization right until it is stopped.
    pub(crate) async fn run(
        self,
        context: &Context,
        server: HttpServer,
        hangups: ReloadSignal,
    ) -> Result<Exit, Report> {
        let stop = self.connection.stop.clone();
        let over = CancellationToken::new();
        let (shared, clock) = (Arc::clone(&self.shared), Arc::clone(&self.shared.clock));
        announce::serving(context, &self.connection, &server)?;
        systemd::ready("waiting for the lease");
        let background = async {
            tokio::join!(
                server.serve(Arc::clone(&shared), over.clone()),
                systemd::feed_watchdog(&*clock, &over),
                hangups.obey(&shared, &over),
            )
        };
        let deadline = self.connection.settings.service.timing.drain_deadline;
        let stopping = async {
            tokio::select! {
                () = stop.cancelled() => systemd::stopping(deadline),
                () = over.cancelled() => {}
            }
        };
        let lease = LeaseKeeper {
            store: self.store.clone(),
            clock: Arc::clone(&clock),
            holder: holder(&self.connection.run),
        };
        let work = Work {
            connection: &self.connection,
            store: &self.store,
            shared: &shared,
            reloader: &self.reloader,
            webhooks: &self.webhooks,
        };
        let working = async {
            let done = work.run(&lease, self.recorder, self.commands, self.noted).await;
            over.cancel();
            done
        };
        let (_, (), done) = tokio::join!(background, stopping, working);
        done
    }
}

/// What the daemon does while it holds the lease.
struct Work<'a> {
    connection: &'a Connection,
    store: &'a SqliteStore,
    shared: &'a Arc<Shared>,
    reloader: &'a Reloader,
    webhooks: &'a Webhooks,
}

impl Work<'_> {
    async fn run(
        &self,
        lease: &LeaseKeeper,
        recorder: Recorder,
        commands: Receiver<KeepCommand>,
        (noted, events): (UnboundedSender<Noted>, UnboundedReceiver<Noted>),
    ) -> Result<Exit, Report> {
        let stop = &self.connection.stop;
        let mut on_wait = announce::waiting(self.shared);
        let Some(fencing) = lease.acquire(stop, &mut on_wait).await else { return Ok(Exit::Done) };
        // While this one waited, another may have worked.
        let resume = self.store.resume().await.map_err(|error| unusable(&error))?;
        self.connection.caller.remember(self.store.learned_rates().await.unwrap_or_default());
        {
            let mut live = self.shared.live();
            live.mend(STORE);
            live.set_role(Role::Active);
        }
        self.shared.news.changed();
        systemd::status("keeping the organization right");
        tracing::info!(fencing, "the lease is held: this daemon works");

        let (tenure, recorded) = (stop.child_token(), CancellationToken::new());
        let (settings, key_sink) = (self.reloader.present()?, self.connection.key_sink());
        let keeping = async {
            let mut on_event = |event: KeepEvent| {
                if matches!(event, KeepEvent::PassStarted { .. }) {
                    self.read_units(&noted);
                }
                // The recorder outlives the loop.
                let _ = noted.send(Noted::Event(event));
            };
            keep(self.keep(&tenure, key_sink), settings, resume, commands, &mut on_event).await;
            let _ = noted.send(Noted::Over);
        };
        let recording = async {
            recorder.run(events).await;
            recorded.cancel();
        };
        let holding = lease.hold(fencing, &tenure, &recorded);
        // A standby would send the same once more.
        let delivering = self.webhooks.deliver(self.shared, &recorded);
        let ((), (), (), lost) = tokio::join!(keeping, recording, delivering, holding);
        if lost { Err(lease_lost()) } else { Ok(Exit::Done) }
    }

    fn keep(&self, tenure: &CancellationToken, key_sink: Arc<dyn KeySink>) -> Keep {
        let Connection { aws, info, run, caller, .. } = self.connection;
        Keep {
            run: run.clone(),
            organization: Arc::new(aws.organization()),
            read: Arc::new(aws.audit_access(info, run)),
            write: Arc::new(aws.apply_access(info, run)),
            journal: Arc::new(self.store.clone()),
            key_sink,
            policies: Arc::new(aws.organization()),
            caller: caller.clone(),
            rng: SmallRng::from_os_rng(),
            stop: tenure.clone(),
        }
    }

    /// Reads the OUs and their names beside the pass: it waits for nothing of it.
    fn read_units(&self, noted: &UnboundedSender<Noted>) {
        let (organization, noted) = (self.connection.aws.organization(), noted.clone());
        tokio::spawn(async move {
            match organization.organizational_units().await {
                // The daemon may have stopped meanwhile.
                Ok(units) => drop(noted.send(Noted::Units(units))),
                Err(error) => tracing::warn!(%error, "the OUs' names cannot be read"),
            }
        });
    }
}

fn holder(run: &str) -> Holder {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Holder { host: host.trim().to_owned(), pid: std::process::id(), run: run.to_owned() }
}

fn lease_lost() -> Report {
    Failure::new(
        "another daemon has taken the lease: this one did not renew it in time, and stops",
        "start it again (a service manager does): it then waits for its turn",
    )
    .into()
}

fn unusable(error: &digitalex_store::StoreError) -> Report {
    Failure::new(error.to_string(), "see [store] in the configuration").into()
}
