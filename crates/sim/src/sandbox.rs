//! A world that several callers share, with a clock, behind HTTP or in process.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use digitalex_engine::Clock;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{AwsError, IamLimits, State, World, wire};

/// How a sandbox behaves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SandboxOptions {
    /// How long each call takes, by the clock.
    pub latency: Duration,
    /// Whether calls past the documented rates are throttled.
    pub enforce_limits: bool,
    /// IAM's limits, where they are enforced.
    pub iam_limits: IamLimits,
    /// How long a throttled answer asks to wait (`Retry-After`); `None` sends no such word, as AWS.
    pub retry_after: Option<Duration>,
}

/// A shared world; cheap to clone, all clones are the same world.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    world: Mutex<World>,
    initial: State,
    clock: Arc<dyn Clock>,
    options: SandboxOptions,
    requests: Mutex<u64>,
}

impl SandboxOptions {
    fn limit(&self, world: &mut World) {
        world.enforce_limits(self.enforce_limits);
        world.iam_limits_mut().clone_from(&self.iam_limits);
    }
}

impl Sandbox {
    /// Shares this world, which [`Sandbox::reset`] puts back.
    #[must_use]
    pub fn new(mut world: World, clock: Arc<dyn Clock>, options: SandboxOptions) -> Self {
        options.limit(&mut world);
        let initial = world.state().clone();
        let requests = Mutex::new(0);
        Self(Arc::new(Inner { world: Mutex::new(world), initial, clock, options, requests }))
    }

    /// Does something with the world, which knows the clock's time. Nothing else gets at it meanwhile.
    pub fn with_world<T>(&self, action: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.0.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.set_now(self.0.clock.now());
        action(&mut world)
    }

    /// Puts the world back to what it was at first: resources, sessions, limits and counts.
    pub fn reset(&self) {
        self.with_world(|world| {
            let mut fresh = World::from_state(self.0.initial.clone(), self.0.clock.now());
            self.0.options.limit(&mut fresh);
            *world = fresh;
        });
    }

    /// AWS's APIs over HTTP; see [`Sandbox::serve`] for a socket.
    pub fn router(&self) -> Router {
        wire::router(self.clone())
    }

    /// Serves HTTP until `stop`.
    ///
    /// # Errors
    /// The socket failed.
    pub async fn serve(&self, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
        axum::serve(listener, self.router())
            .with_graceful_shutdown(async move { stop.cancelled().await })
            .await
    }

    /// Lets the latency of a call pass.
    pub(crate) async fn delay(&self) {
        if !self.0.options.latency.is_zero() {
            self.0.clock.sleep(self.0.options.latency).await;
        }
    }

    /// How long the error asks to wait.
    pub(crate) fn retry_after(&self, error: &AwsError) -> Option<Duration> {
        self.0.options.retry_after.filter(|_| error.is_throttled())
    }

    /// The id of a request, in the form of AWS's.
    pub(crate) fn request_id(&self) -> String {
        let mut requests = self.0.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests += 1;
        format!("00000000-0000-4000-8000-{:012}", *requests)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Sandbox({:?})", self.0.options)
    }
}
