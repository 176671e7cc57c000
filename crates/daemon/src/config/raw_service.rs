//! The daemon's part of the configuration as it is spelled.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::raw::replace;
use super::service_values::{Jitter, LengthOfTime};
use crate::notify::{EventKind, Format};

/// The daemon.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawDaemon {
    /// Whether differences are only reported, or put right.
    pub mode: Option<Mode>,
    /// What is put right in mode `correct`; the rest is reported.
    pub correct: Option<Vec<Part>>,
    /// From the begin of one pass to that of the next.
    pub interval: Option<LengthOfTime>,
    /// How far a pass may begin before or after its time: a share of the interval.
    pub jitter: Option<Jitter>,
    /// From one listing of the organization to the next.
    pub listing_interval: Option<LengthOfTime>,
    /// How soon an account that failed or differs is looked at again, at first.
    pub recheck_base: Option<LengthOfTime>,
    /// The longest time between two attempts at an account that cannot be reached.
    pub unreachable_max: Option<LengthOfTime>,
    /// How long a stop waits for what is in flight.
    pub shutdown_deadline: Option<LengthOfTime>,
}

/// What the daemon does about differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// Reports them.
    Observe,
    /// Puts them right.
    Correct,
}

/// A part of the role that can be put right on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    /// A missing role or user is created.
    Role,
    /// The trust policy.
    Trust,
    /// The access keys of a user, and its password.
    Credentials,
    /// Inline policies, managed policies, groups and the permissions boundary.
    Policies,
    /// Tags.
    Tags,
    /// The description.
    Description,
    /// `MaxSessionDuration`.
    MaxSessionDuration,
}

/// The store: what the program remembers.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawStore {
    /// Where it lies.
    pub path: Option<PathBuf>,
    /// How long history is kept.
    pub retention: Option<LengthOfTime>,
}

/// The daemon's HTTP server.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawHttp {
    /// Address and port.
    pub listen: Option<SocketAddr>,
    /// A file that holds the bearer token that clients must send.
    pub token_file: Option<PathBuf>,
    /// The server's certificate chain, PEM.
    pub tls_cert_file: Option<PathBuf>,
    /// Its private key, PEM.
    pub tls_key_file: Option<PathBuf>,
    /// The authority whose client certificates are let in, PEM.
    pub client_ca_file: Option<PathBuf>,
}

/// A webhook that is told of events.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawNotify {
    /// A name for logs.
    pub name: Option<String>,
    /// A file that holds the URL, which may be a secret.
    pub url_file: PathBuf,
    /// How the body is written.
    #[serde(default)]
    pub format: Format,
    /// A file that holds the secret that bodies are signed with.
    pub secret_file: Option<PathBuf>,
    /// Of what it is told; of everything where left out.
    pub events: Option<BTreeSet<EventKind>>,
}

/// Logs and traces of the daemon.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawTelemetry {
    /// How log lines are written.
    pub log_format: Option<LogFormat>,
    /// Where traces are sent: an OTLP endpoint over HTTP.
    pub otlp_endpoint: Option<String>,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl RawDaemon {
    pub(super) fn overlay(&mut self, over: Self) {
        replace(&mut self.mode, over.mode);
        replace(&mut self.correct, over.correct);
        replace(&mut self.interval, over.interval);
        replace(&mut self.jitter, over.jitter);
        replace(&mut self.listing_interval, over.listing_interval);
        replace(&mut self.recheck_base, over.recheck_base);
        replace(&mut self.unreachable_max, over.unreachable_max);
        replace(&mut self.shutdown_deadline, over.shutdown_deadline);
    }
}

impl RawStore {
    pub(super) fn overlay(&mut self, over: Self) {
        replace(&mut self.path, over.path);
        replace(&mut self.retention, over.retention);
    }
}

impl RawHttp {
    pub(super) fn overlay(&mut self, over: Self) {
        replace(&mut self.listen, over.listen);
        replace(&mut self.token_file, over.token_file);
        replace(&mut self.tls_cert_file, over.tls_cert_file);
        replace(&mut self.tls_key_file, over.tls_key_file);
        replace(&mut self.client_ca_file, over.client_ca_file);
    }

    pub(super) fn anchor(&mut self, folder: &Path) {
        let files = [
            &mut self.token_file,
            &mut self.tls_cert_file,
            &mut self.tls_key_file,
            &mut self.client_ca_file,
        ];
        files.into_iter().flatten().for_each(|path| *path = folder.join(&*path));
    }
}

impl RawNotify {
    pub(super) fn anchor(&mut self, folder: &Path) {
        self.url_file = folder.join(&self.url_file);
        self.secret_file = self.secret_file.take().map(|path| folder.join(path));
    }
}

impl RawTelemetry {
    pub(super) fn overlay(&mut self, over: Self) {
        replace(&mut self.log_format, over.log_format);
        replace(&mut self.otlp_endpoint, over.otlp_endpoint);
    }
}
