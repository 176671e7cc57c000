//! AWS in process: the real SDK without sockets, in the time of the engine's clock.
//!
//! Nothing here asks the machine anything: no environment, no profile, no metadata service, no DNS,
//! no thread, and no clock but the caller's.

mod body;
mod connector;
mod surroundings;

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::identity::IdentityCache;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_types::region::Region;
use digitalex_engine::{Caller, Clock};
use futures::future::BoxFuture;
use jiff::Timestamp;

use crate::AwsConnection;
use crate::connect::{REGION_DEFAULT, behavior, retries, timeouts};
use connector::InProcessClient;
use surroundings::{ClockTime, OutsideKeys};

/// All that is outside of the process: what answers requests, and where credentials come from.
pub trait Outside: Send + Sync {
    /// Answers a request. It is dropped where the SDK's time for it is over.
    fn answer(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'static, Result<http::Response<Vec<BodyPart>>, TransportError>>;

    /// The credentials that the program was started with.
    ///
    /// # Errors
    /// The provider failed; it says how.
    fn keys(&self) -> Result<Keys, String>;
}

/// One event of an answer's body. After the last one the body is at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyPart {
    /// Bytes arrive.
    Bytes(Vec<u8>),
    /// Nothing arrives for so long.
    Pause(Duration),
    /// The connection breaks.
    Break,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportError {
    /// No connection could be made: nothing was sent.
    Unconnected,
    /// The connection broke: what became of the request is not known.
    Broken,
}

/// Credentials to start with.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The access key id to sign with.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// When they end.
    pub expiry: Option<Timestamp>,
}

impl AwsConnection {
    /// Connects to what `outside` is, under AWS's own endpoints. `sts_regions` is as in
    /// [`crate::ConnectOptions`].
    #[must_use]
    pub fn in_process(outside: Arc<dyn Outside>, sts_regions: &[String], caller: Caller) -> Self {
        let config = config(outside, Arc::clone(caller.clock()));
        Self::over(config, sts_regions, caller)
    }
}

/// What `connect::load` makes, but for what comes from the machine.
fn config(outside: Arc<dyn Outside>, clock: Arc<dyn Clock>) -> SdkConfig {
    let keys = OutsideKeys(Arc::clone(&outside));
    SdkConfig::builder()
        .behavior_version(behavior())
        .http_client(InProcessClient(outside))
        .region(Region::from_static(REGION_DEFAULT))
        .retry_config(retries())
        .timeout_config(timeouts())
        .identity_cache(IdentityCache::no_cache())
        .credentials_provider(keys.shared())
        .sleep_impl(TokioSleep::new())
        .time_source(ClockTime(clock))
        .build()
}
