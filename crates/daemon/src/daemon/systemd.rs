//! What systemd is told (`sd_notify(3)`); nothing where something else started the program.

use std::time::Duration;

use digitalex_engine::Clock;
use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

/// The daemon serves.
pub(crate) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// What it does, in a line of `systemctl status`.
pub(crate) fn status(text: &str) {
    tell(&[NotifyState::Status(text)]);
}

/// A new configuration is being read; [`ready`] ends it.
pub(crate) fn reloading() {
    // Without the time, a unit of `Type=notify-reload` would be ended.
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        tell(&[NotifyState::Reloading, now]);
    }
}

/// The daemon finishes what is in flight, for at most so long.
pub(crate) fn stopping(deadline: Duration) {
    let micros = u32::try_from(deadline.as_micros()).unwrap_or(u32::MAX);
    tell(&[NotifyState::Stopping, NotifyState::ExtendTimeoutUsec(micros)]);
}

/// Tells the watchdog, where there is one, that this program's tasks still get their turn.
pub(crate) async fn feed_watchdog(clock: &dyn Clock, stop: &CancellationToken) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return stop.cancelled().await };
    loop {
        tell(&[NotifyState::Watchdog]);
        tokio::select! {
            () = clock.sleep(limit / 3) => {}
            () = stop.cancelled() => return,
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd cannot be told");
    }
}
