//! What the daemon runs with, from its part of the configuration.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use digitalex_core::{CorrectedPart, Correction};
use digitalex_engine::Timing;

use super::error::ConfigError;
use super::raw::RawConfig;
use super::raw_service::{LogFormat, Mode, Part, RawDaemon, RawNotify};
use super::resolve::set;
use super::service_values::LengthOfTime;
use crate::notify::{EventKind, Format};

/// What the daemon runs with.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// What is put right; nothing where differences are only reported.
    pub correction: Correction,
    /// When what is done.
    pub timing: Timing,
    /// The HTTP server.
    pub http: HttpSettings,
    /// Who is told of events.
    pub webhooks: Vec<WebhookSettings>,
    /// Logs and traces.
    pub telemetry: TelemetrySettings,
}

/// Logs and traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetrySettings {
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Where traces are sent.
    pub otlp_endpoint: Option<String>,
}

/// The daemon's HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// Address and port.
    pub listen: SocketAddr,
    /// Holds the bearer token.
    pub token_file: Option<PathBuf>,
    /// The server's certificate chain.
    pub tls_cert_file: Option<PathBuf>,
    /// Its private key.
    pub tls_key_file: Option<PathBuf>,
    /// The authority of client certificates.
    pub client_ca_file: Option<PathBuf>,
}

/// A webhook that is told of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// A name for logs.
    pub name: String,
    /// Holds the URL.
    pub url_file: PathBuf,
    /// How the body is written.
    pub format: Format,
    /// Holds the secret that bodies are signed with.
    pub secret_file: Option<PathBuf>,
    /// Of what it is told.
    pub events: BTreeSet<EventKind>,
}

impl ServiceSettings {
    /// Takes the daemon's part out of `raw`.
    pub(super) fn new(raw: &mut RawConfig) -> Result<Self, ConfigError> {
        let http = std::mem::take(&mut raw.http);
        let telemetry = std::mem::take(&mut raw.telemetry);
        Ok(Self {
            correction: correction(&raw.daemon)?,
            timing: timing(&raw.daemon)?,
            http: HttpSettings {
                listen: set(http.listen, "http.listen")?,
                token_file: http.token_file,
                tls_cert_file: http.tls_cert_file,
                tls_key_file: http.tls_key_file,
                client_ca_file: http.client_ca_file,
            },
            webhooks: (1..).zip(std::mem::take(&mut raw.notify)).map(webhook).collect(),
            telemetry: TelemetrySettings {
                log_format: set(telemetry.log_format, "telemetry.log_format")?,
                otlp_endpoint: telemetry.otlp_endpoint,
            },
        })
    }
}

fn correction(daemon: &RawDaemon) -> Result<Correction, ConfigError> {
    let parts = set(daemon.correct.clone(), "daemon.correct")?;
    Ok(match set(daemon.mode, "daemon.mode")? {
        Mode::Observe => Correction::nothing(),
        Mode::Correct => parts.into_iter().map(corrected_part).collect(),
    })
}

fn corrected_part(part: Part) -> CorrectedPart {
    match part {
        Part::Role => CorrectedPart::Role,
        Part::Trust => CorrectedPart::Trust,
        Part::Credentials => CorrectedPart::Credentials,
        Part::Policies => CorrectedPart::Policies,
        Part::Tags => CorrectedPart::Tags,
        Part::Description => CorrectedPart::Description,
        Part::MaxSessionDuration => CorrectedPart::MaxSessionDuration,
    }
}

fn timing(daemon: &RawDaemon) -> Result<Timing, ConfigError> {
    let length = |value: Option<LengthOfTime>, key| -> Result<Duration, ConfigError> {
        set(value, key).map(LengthOfTime::get)
    };
    Ok(Timing {
        interval: length(daemon.interval, "daemon.interval")?,
        jitter: set(daemon.jitter, "daemon.jitter")?.get(),
        listing_interval: length(daemon.listing_interval, "daemon.listing_interval")?,
        recheck_base: length(daemon.recheck_base, "daemon.recheck_base")?,
        unreachable_max: length(daemon.unreachable_max, "daemon.unreachable_max")?,
        drain_deadline: length(daemon.shutdown_deadline, "daemon.shutdown_deadline")?,
    })
}

fn webhook((number, raw): (usize, RawNotify)) -> WebhookSettings {
    WebhookSettings {
        name: raw.name.unwrap_or_else(|| format!("webhook {number}")),
        url_file: raw.url_file,
        format: raw.format,
        secret_file: raw.secret_file,
        events: raw.events.unwrap_or_else(|| EventKind::ALL.into()),
    }
}
