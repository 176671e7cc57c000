//! SIGHUP: the configuration is read again.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::systemd;
use crate::http::Shared;

/// Reads the configuration again on each SIGHUP, until `stop`.
pub(crate) async fn obey(shared: &Shared, stop: &CancellationToken) {
    let mut hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => {
            tracing::warn!(%error, "SIGHUP is not listened to: use POST /-/reload");
            return stop.cancelled().await;
        }
    };
    loop {
        tokio::select! {
            _ = hangup.recv() => {}
            () = stop.cancelled() => return,
        }
        systemd::reloading();
        systemd::ready(match shared.read_configuration().await {
            Ok(_) => "the new configuration is in force",
            Err(_) => "the new configuration is wrong: the old one stays",
        });
    }
}
