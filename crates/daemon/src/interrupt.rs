//! Ctrl-C: once to finish what is in flight, twice to stop at once.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;

/// Whether the user wants the run to stop.
pub(crate) struct Stop(CancellationToken);

impl Stop {
    /// Listens to Ctrl-C and SIGTERM: the first one asks to stop, and `say` says so; the second one ends
    /// the process.
    pub(crate) fn on_signals(say: fn(&str)) -> io::Result<Self> {
        let mut signals = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let stop = CancellationToken::new();
        let token = stop.clone();
        tokio::spawn(async move {
            either(&mut signals).await;
            token.cancel();
            say("stopping: what is in flight is being finished; Ctrl-C again stops at once");
            either(&mut signals).await;
            std::process::exit(Exit::Interrupted as i32);
        });
        Ok(Self(stop))
    }

    /// Cancelled when the user wants the run to stop.
    pub(crate) fn token(&self) -> CancellationToken {
        self.0.clone()
    }

    /// Ends when the user wants the run to stop.
    pub(crate) async fn requested(&self) {
        self.0.cancelled().await;
    }
}

async fn either((interrupt, terminate): &mut (Signal, Signal)) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
