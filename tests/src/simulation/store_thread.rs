//! The thread that a simulation's stores work on: virtual time does not reach it.

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The thread; it ends when this is dropped.
pub struct StoreThread {
    handle: Handle,
    _ends: oneshot::Sender<()>,
}

impl StoreThread {
    /// Starts it.
    ///
    /// # Panics
    /// The machine gives no thread.
    #[must_use]
    pub fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let handle = runtime.handle().clone();
        let (ends, ended) = oneshot::channel();
        std::thread::spawn(move || runtime.block_on(ended));
        Self { handle, _ends: ends }
    }

    /// What is to be done there.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}
