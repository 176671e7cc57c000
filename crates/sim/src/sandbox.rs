//! A world that several callers share, with a clock, behind HTTP or in process.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use digitalex_engine::Clock;
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::faults::Medium;
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
pub struct Sandbox {
    inner: Arc<Inner>,
    /// What stands between this handle's clients and the world.
    pub(crate) medium: Option<Arc<Medium>>,
}

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
        let inner = Inner { world: Mutex::new(world), initial, clock, options, requests };
        Self { inner: Arc::new(inner), medium: None }
    }

    /// The same world, as a client meets it behind this medium.
    #[must_use]
    pub fn behind(&self, medium: Arc<Medium>) -> Self {
        Self { inner: Arc::clone(&self.inner), medium: Some(medium) }
    }

    /// Does something with the world, which knows the clock's time. Nothing else gets at it meanwhile.
    pub fn with_world<T>(&self, action: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.inner.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.set_now(self.inner.clock.now());
        action(&mut world)
    }

    /// Puts the world back to what it was at first: resources, sessions, limits and counts.
    pub fn reset(&self) {
        self.with_world(|world| {
            let mut fresh = World::from_state(self.inner.initial.clone(), self.inner.clock.now());
            self.inner.options.limit(&mut fresh);
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
        self.wait(self.inner.options.latency).await;
    }

    /// Waits, by the clock.
    pub(crate) async fn wait(&self, duration: Duration) {
        if !duration.is_zero() {
            self.inner.clock.sleep(duration).await;
        }
    }

    /// How long the error asks to wait.
    pub(crate) fn retry_after(&self, error: &AwsError) -> Option<Duration> {
        self.inner.options.retry_after.filter(|_| error.is_throttled())
    }

    /// AWS's time, as answers have it. Without a medium the server that sends them says it.
    pub(crate) fn date(&self) -> Option<HeaderValue> {
        let time = self.medium.as_ref()?.aws_time(self.inner.clock.now());
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&time).ok()?;
        HeaderValue::from_str(&date).ok()
    }

    /// The id of a request, in the form of AWS's.
    pub(crate) fn request_id(&self) -> String {
        let mut requests = self.inner.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests += 1;
        format!("00000000-0000-4000-8000-{:012}", *requests)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Sandbox({:?})", self.inner.options)
    }
}
