//! What is counted, in Prometheus's text format. No account id is ever a label.

mod at_scrape;
mod text;

use digitalex_core::{Aspect, Effect, Verdict};
use digitalex_engine::PassSummary;
use digitalex_store::{DriftChange, DriftEnd, DriftEvent, Word};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::http::Shared;

const PREFIX: &str = "digitalex_rollout";

/// From a second, for a handful of accounts, to most of a day.
const PASS_SECONDS: [f64; 10] =
    [1.0, 10.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 21_600.0, 86_400.0];

type Labels = Vec<(&'static str, String)>;

/// What is counted while it happens; the rest is read from the store and from what the daemon does
/// now when it is asked for.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    drift_opened: Family<Labels, Counter>,
    drift_corrected: Family<Labels, Counter>,
    pass_duration: Histogram,
    passes: Family<Labels, Counter>,
    notifications: Family<Labels, Counter>,
    config_reload_success: Gauge,
}

impl Metrics {
    /// Nothing has happened yet, and the configuration that the daemon started with is right.
    #[must_use]
    pub fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix(PREFIX),
            drift_opened: Family::default(),
            drift_corrected: Family::default(),
            pass_duration: Histogram::new(PASS_SECONDS),
            passes: Family::default(),
            notifications: Family::default(),
            config_reload_success: Gauge::default(),
        };
        metrics.config_reload_success.set(1);
        metrics.begin_at_zero();
        metrics.registered()
    }

    /// A pass is over.
    pub fn on_pass_ended(&self, pass: &PassSummary) {
        let took = pass.ended_at.duration_since(pass.started_at);
        self.pass_duration.observe(took.as_secs_f64().max(0.0));
        let undone = pass.interrupted
            || pass.status.listing_incomplete.is_some()
            || pass.status.count(Verdict::NotVisited) > 0;
        self.passes.get_or_create(&result(if undone { "incomplete" } else { "complete" })).inc();
    }

    /// Drift came, grew or went.
    pub fn on_drift(&self, change: &DriftChange) {
        match change {
            DriftChange::Opened(event) => self.drift_opened.get_or_create(&of_drift(event)).inc(),
            DriftChange::Ended(event) if event.ended_by == Some(DriftEnd::Corrected) => {
                self.drift_corrected.get_or_create(&of_drift(event)).inc()
            }
            DriftChange::Ended(_) | DriftChange::Widened(_) => return,
        };
    }

    /// A notification was sent, or an attempt to send it failed.
    pub fn on_notification(&self, sent: bool) {
        self.notifications.get_or_create(&result(if sent { "sent" } else { "failed" })).inc();
    }

    /// Whether the configuration that was last read is right, and so in force.
    pub fn set_config_reload(&self, success: bool) {
        self.config_reload_success.set(i64::from(success));
    }

    /// Everything, in Prometheus's text format.
    pub(super) async fn text(&self, shared: &Shared) -> String {
        let at_scrape = at_scrape::registry(shared).await;
        text::classic(&[&self.registry, &at_scrape])
    }

    /// A counter that is not there before it first counts hides that first time from `increase()`.
    fn begin_at_zero(&self) {
        for (aspect, _) in Aspect::WORDS {
            for (effect, _) in Effect::WORDS {
                let labels = drift_labels(*aspect, *effect);
                drop(self.drift_opened.get_or_create(&labels));
                drop(self.drift_corrected.get_or_create(&labels));
            }
        }
        for word in ["complete", "incomplete"] {
            drop(self.passes.get_or_create(&result(word)));
        }
        for word in ["sent", "failed"] {
            drop(self.notifications.get_or_create(&result(word)));
        }
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        let (opened, corrected) = (self.drift_opened.clone(), self.drift_corrected.clone());
        registry.register("drift_opened", "Differences that were first seen", opened);
        registry.register("drift_corrected", "Differences that this program corrected", corrected);
        let duration = self.pass_duration.clone();
        registry.register("pass_duration_seconds", "How long passes took", duration);
        let passes = self.passes.clone();
        registry.register("passes", "Passes, by whether they left accounts undone", passes);
        let notifications = self.notifications.clone();
        registry.register("notifications", "Attempts to send a notification", notifications);
        let reload = self.config_reload_success.clone();
        let help = "Whether the configuration that was last read is right";
        registry.register("config_reload_success", help, reload);
        self
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

fn of_drift(event: &DriftEvent) -> Labels {
    drift_labels(event.aspect, event.effect)
}

fn drift_labels(aspect: Aspect, effect: Effect) -> Labels {
    vec![("aspect", aspect.word().to_owned()), ("effect", effect.word().to_owned())]
}

fn result(word: &str) -> Labels {
    vec![("result", word.to_owned())]
}
