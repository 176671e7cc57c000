//! The lease, taken, held and given back as the daemon does.

use std::time::Duration;

use digitalex_sim::faults::Fault;
use digitalex_store::{Holder, Lease};
use tokio_util::sync::CancellationToken;

use super::life::Life;
use super::memory::Memory;
use super::universe::Universe;

/// How long it lasts, and how often it is renewed and asked for: six times as long as the daemon has it, for as
/// many fewer writes.
const LEASE: Duration = Duration::from_secs(180);
const LEASE_RENEWED_EVERY: Duration = Duration::from_secs(60);
const LEASE_ASKED_EVERY: Duration = Duration::from_secs(60);
/// How long a process that is stalled does not renew it.
const STALLED_FOR: Duration = Duration::from_secs(400);
/// Where nobody else asks for it.
const LEASE_RENEWED_ALONE: Duration = Duration::from_secs(3_600);

/// Waits for the lease; none where the universe stops.
pub(super) async fn take_lease(life: &Life, memory: &Memory) -> Option<i64> {
    let universe = &life.universe;
    let (process, clock) = (life.process, &*universe.clock);
    let holder = Holder { host: "simulated".to_owned(), pid: process, run: format!("p{process}") };
    while !universe.stop.is_cancelled() {
        life.pass("lease to be taken").await;
        let claim = holder.clone();
        let taken =
            memory.with(clock, |store| async move { store.take_lease(&claim, LEASE).await });
        if let Ok(Lease::Held { fencing }) = taken {
            universe.note(format_args!("p{process} holds the lease {fencing}"));
            return Some(fencing);
        }
        tokio::select! {
            biased;
            () = universe.stop.cancelled() => {}
            () = universe.clock.sleep(LEASE_ASKED_EVERY) => {}
        }
    }
    None
}

/// Renews the lease until all is recorded, and gives it back; where another one has it, the tenure ends.
pub(super) async fn hold_lease(
    life: &Life,
    memory: &Memory,
    fencing: i64,
    tenure: &CancellationToken,
    recorded: &CancellationToken,
) {
    let clock = &life.universe.clock;
    let alone = !life.universe.scenario.has_second();
    let every = if alone { LEASE_RENEWED_ALONE } else { LEASE_RENEWED_EVERY };
    loop {
        tokio::select! {
            biased;
            () = recorded.cancelled() => break,
            () = clock.sleep(every) => {}
        }
        if life.universe.is_stalled(life.process) {
            clock.sleep(STALLED_FOR).await;
        }
        let renewed =
            memory.with(&**clock, |store| async move { store.renew_lease(fencing, LEASE).await });
        if let Ok(false) = renewed {
            tenure.cancel();
        }
    }
    // It ends by itself where it cannot be given back.
    let _ = memory.with(&**clock, |store| async move { store.release_lease(fencing).await });
}

impl Universe {
    /// Whether the process is stalled now, so that its lease runs out.
    fn is_stalled(&self, process: u32) -> bool {
        let occasion = self.clock.now().as_second().cast_unsigned() ^ u64::from(process);
        let stalled = self.scenario.has_second()
            && self.is_faulty()
            && self.plan.share(Fault::TwoDaemons, occasion) < 0.05;
        if stalled {
            self.watching().stalled = true;
            self.note(format_args!("p{process} is stalled"));
        }
        stalled
    }
}
