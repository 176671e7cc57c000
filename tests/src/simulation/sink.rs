//! The key sink as a process has it that may be killed before and after each secret is kept, and that
//! may fail.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use digitalex_core::AccessKeyId;
use digitalex_engine::{KeyOwner, KeySink, KeySinkError, NewAccessKey};
use digitalex_sim::faults::Fault;

use super::life::Life;
use super::scenario::SinkFate;

/// The universe's sink, which outlives every process.
pub struct WatchedSink {
    /// The process.
    pub life: Arc<Life>,
}

/// So much of what a sink is asked fails, where it fails at all and things go wrong.
const FAILURES: f64 = 0.3;

impl WatchedSink {
    /// Whether it fails this time; and if it does, whether only after it has done what it was asked.
    fn fails(&self) -> Option<Late> {
        let universe = &self.life.universe;
        let nth = self.life.sink_asked.fetch_add(1, Ordering::Relaxed);
        let first = self.life.process == 1 && nth == 0;
        let occasion = 1 << 63 | u64::from(self.life.process) << 32 | nth;
        let drawn = universe.plan.share(Fault::DiskFull, occasion);
        let fails = match universe.scenario.sink {
            SinkFate::Works => None,
            SinkFate::FailsOnce => first.then_some(Late(false)),
            SinkFate::FailsOnceAfterKeeping => first.then_some(Late(true)),
            SinkFate::FailsOften => {
                (universe.is_faulty() && drawn < FAILURES).then_some(Late(drawn < FAILURES / 2.0))
            }
        };
        if fails.is_some() {
            universe.note(format_args!("the key sink fails p{}", self.life.process));
        }
        fails
    }

    fn failure() -> KeySinkError {
        KeySinkError { place: "the sink".to_owned(), what: "fails".to_owned(), source: None }
    }
}

/// Whether it fails only after it has done what it was asked.
struct Late(bool);

#[async_trait]
impl KeySink for WatchedSink {
    async fn keep(&self, owner: &KeyOwner, key: &NewAccessKey) -> Result<(), KeySinkError> {
        self.life.pass("secret to be kept").await;
        let fails = self.fails();
        if !matches!(fails, Some(Late(false))) {
            self.life.universe.key_sink.keep(owner, key).await?;
        }
        self.life.pass("secret kept").await;
        if fails.is_some() { Err(Self::failure()) } else { Ok(()) }
    }

    async fn promote(&self, owner: &KeyOwner, id: &AccessKeyId) -> Result<(), KeySinkError> {
        self.life.pass("key to be promoted").await;
        let fails = self.fails();
        if !matches!(fails, Some(Late(false))) {
            self.life.universe.key_sink.promote(owner, id).await?;
        }
        self.life.pass("key promoted").await;
        if fails.is_some() { Err(Self::failure()) } else { Ok(()) }
    }

    async fn forget(&self, owner: &KeyOwner, id: &AccessKeyId) -> Result<(), KeySinkError> {
        self.life.pass("secret to be forgotten").await;
        self.life.universe.key_sink.forget(owner, id).await
    }

    fn place(&self, _: &KeyOwner, _: &AccessKeyId) -> String {
        "the sink".to_owned()
    }
}
