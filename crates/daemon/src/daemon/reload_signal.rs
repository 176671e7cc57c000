//! SIGHUP: the configuration is read again.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::systemd;
use crate::http::Shared;

/// Listens to SIGHUP, which would end a process that does not.
pub(crate) struct ReloadSignal(Signal);

impl ReloadSignal {
    /// Listens from now on; one that comes before the daemon works is obeyed then.
    pub(crate) fn listen() -> io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    /// Reads the configuration again on each SIGHUP, until `stop`.
    pub(crate) async fn obey(mut self, shared: &Shared, stop: &CancellationToken) {
        loop {
            tokio::select! {
                _ = self.0.recv() => {}
                () = stop.cancelled() => return,
            }
            systemd::reloading();
            systemd::ready(match shared.read_configuration().await {
                Ok(_) => "the new configuration is in force",
                Err(_) => "the new configuration is wrong: the old one stays",
            });
        }
    }
}
