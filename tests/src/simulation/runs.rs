//! Runs one after another, as somebody at a terminal makes them.

use std::sync::Arc;

use digitalex_core::FleetStatus;
use digitalex_engine::{
    Account, Approval, Caller, Journal, KeepEvent, Means, Pass, PassEvent, PassSummary,
    PassTrigger, apply, audit,
};
use tokio::sync::mpsc;

use super::life::{Life, WatchedJournal};
use super::memory::Memory;
use super::process::{Ports, tell};
use super::recorder::record;
use super::scenario::Mode;
use super::sink::WatchedSink;
use super::wanted::{external_id, scope};

/// One run after another, each a pass.
pub(super) async fn runs(
    life: &Arc<Life>,
    ports: Ports,
    memory: Memory,
    caller: Caller,
) -> &'static str {
    let universe = &life.universe;
    let journal: Arc<dyn Journal> =
        Arc::new(WatchedJournal { life: Arc::clone(life), memory: memory.clone() });
    let mut known: Vec<Account> = Vec::new();
    let mut runs = 0;
    while !universe.stop.is_cancelled() {
        runs += 1;
        let scenario = &universe.scenario;
        let pass = Arc::new(Pass::new(
            format!("p{}-{runs}", life.process),
            scope(scenario, ports.info.clone()),
            external_id(),
            scenario.concurrency,
            universe.stop.child_token(),
            caller.clone(),
        ));
        let (events, noted) = mpsc::unbounded_channel();
        let (began, mut listed) = (universe.clock.now(), Vec::new());
        let trigger = PassTrigger::Request;
        tell(life, &events, KeepEvent::PassStarted { at: began, trigger, due_at: began });
        let mut on_event = |event: PassEvent| {
            if let PassEvent::Listed(account) = &event {
                listed.push(account.clone());
            }
            if let Some(event) = of_pass(event, began) {
                tell(life, &events, event);
            }
        };
        let status = match scenario.mode {
            Mode::Apply => {
                let (access, journal) = (Arc::clone(&ports.write), Arc::clone(&journal));
                let means = Means {
                    access,
                    journal,
                    key_sink: Arc::new(WatchedSink { life: Arc::clone(life) }),
                    policies: Arc::clone(&ports.policies),
                };
                let (all, known) = (Approval::Everything, &known);
                let organization = &*ports.organization;
                apply(pass, organization, means, all, known, &mut on_event).await
            }
            _ => {
                let read = Arc::clone(&ports.read);
                audit(pass, &*ports.organization, read, known.clone(), &mut on_event).await
            }
        };
        let whole = status.listing_incomplete.is_none();
        let interrupted = universe.stop.is_cancelled();
        let ended = universe.clock.now();
        let summary = summary(status, began, ended, interrupted);
        tell(life, &events, KeepEvent::PassEnded(Box::new(summary)));
        drop(events);
        record(life, &memory, noted).await;
        if whole {
            known = listed;
        }
        tokio::select! {
            biased;
            () = universe.stop.cancelled() => {}
            () = universe.clock.sleep(scenario.interval) => {}
        }
    }
    "stopped"
}

fn of_pass(event: PassEvent, began: jiff::Timestamp) -> Option<KeepEvent> {
    match event {
        PassEvent::Listed(account) => Some(KeepEvent::Listed(account)),
        PassEvent::ListingEnded { complete } => {
            let error = (!complete).then(|| "incomplete".to_owned());
            Some(KeepEvent::ListingEnded { at: began, error })
        }
        PassEvent::Done(visit) => Some(KeepEvent::Visited(visit)),
    }
}

fn summary(
    status: FleetStatus,
    started_at: jiff::Timestamp,
    ended_at: jiff::Timestamp,
    interrupted: bool,
) -> PassSummary {
    PassSummary {
        started_at,
        ended_at,
        due_at: started_at,
        trigger: PassTrigger::Request,
        visited: status.total(),
        status,
        calls: digitalex_engine::CallCounts::default(),
        throttled: digitalex_engine::CallCounts::default(),
        interrupted,
        fell_behind: false,
    }
}
