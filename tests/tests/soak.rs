//! The daemon over a long time, while other people tamper with the roles.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use digitalex_core::AccountId;
use digitalex_tests::daemon::{Daemon, DaemonHome};
use digitalex_tests::rigs::ServedSandbox;
use digitalex_tests::tampering::{TAG, role_of, tamper};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::Value;

/// What is tampered with, and when.
struct Tampering {
    at: Timestamp,
    account: AccountId,
    kind: &'static str,
}

struct Scale {
    accounts: usize,
    interval: Duration,
    /// How long roles are tampered with.
    lasting: Duration,
    /// The longest time from one tampering to the next.
    pause_max: Duration,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_should_be_corrected_within_an_interval_and_a_pass() {
    let scale = Scale {
        accounts: 60,
        interval: Duration::from_secs(2),
        lasting: Duration::from_secs(10),
        pause_max: Duration::from_millis(600),
    };
    tampered_with(&scale).await;
}

/// `cargo test --release -p digitalex-tests --test soak -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes ten minutes"]
async fn drift_should_be_corrected_for_ten_minutes_in_a_thousand_accounts() {
    let scale = Scale {
        accounts: 1_000,
        interval: Duration::from_secs(30),
        lasting: Duration::from_secs(600),
        pause_max: Duration::from_secs(3),
    };
    tampered_with(&scale).await;
}

async fn tampered_with(scale: &Scale) {
    let sandbox = ServedSandbox::start(scale.accounts).await;
    sandbox.with_world(|world| world.start_trail());
    let home = DaemonHome::new(&sandbox.url).unwrap();
    let seconds = scale.interval.as_secs();
    home.configure(&format!(
        "[daemon]\nmode = \"correct\"\ninterval = \"{seconds}s\"\njitter = 0.0\nlisting_interval = \"{seconds}s\"\n\
         [tags]\n{TAG} = \"4711\"\n"
    ))
    .unwrap();
    let daemon = home.start().unwrap();
    let mut passes = daemon.events().unwrap();
    while whole_passes(&daemon) < 2 {
        passes.find(|(event, _)| event == "pass").expect("the stream goes on");
    }
    let wanted: BTreeMap<AccountId, Value> =
        sandbox.members.iter().map(|id| (*id, role_of(&sandbox, *id))).collect();
    let written_before = sandbox.with_world(|world| world.trail().len());
    let memory_before = daemon.memory_kib().unwrap();

    let tamperings = tamper_for_a_while(scale, &sandbox).await;
    let passes_then = whole_passes(&daemon);
    while whole_passes(&daemon) < passes_then + 2 {
        passes.find(|(event, _)| event == "pass").expect("the stream goes on");
    }

    let longest_pass = longest_pass(&daemon);
    let bound = SignedDuration::try_from(scale.interval).unwrap() + longest_pass;
    let slowest = corrected_in_time(&sandbox, &tamperings, written_before, bound);
    for (account, wanted) in &wanted {
        assert_eq!(&role_of(&sandbox, *account), wanted, "{account}");
    }
    metrics_should_agree(&daemon, sandbox.members.len(), tamperings.len());
    let memory_after = daemon.memory_kib().unwrap();
    println!(
        "{} tamperings in {} accounts, {} passes; the slowest was corrected after {:.1} s, of {:.1} s \
         allowed (longest pass {:.1} s); memory {memory_before} KiB, then {memory_after} KiB",
        tamperings.len(),
        sandbox.members.len(),
        whole_passes(&daemon),
        slowest.as_secs_f64(),
        bound.as_secs_f64(),
        longest_pass.as_secs_f64(),
    );
    assert!(memory_after < memory_before + memory_before / 4 + 8_192, "memory grows");
}

/// Tampers with an account that is not just being put right, again and again.
async fn tamper_for_a_while(scale: &Scale, sandbox: &ServedSandbox) -> Vec<Tampering> {
    let mut rng = SmallRng::seed_from_u64(7);
    let mut tamperings: Vec<Tampering> = Vec::new();
    let start = sandbox.with_world(|world| world.now());
    let settled = SignedDuration::try_from(scale.interval * 3).unwrap();
    loop {
        // Not a wait for something: the moment of the tampering is what is drawn.
        tokio::time::sleep(scale.pause_max.mul_f64(rng.random::<f64>())).await;
        let at = sandbox.with_world(|world| world.now());
        if at.duration_since(start) >= SignedDuration::try_from(scale.lasting).unwrap() {
            return tamperings;
        }
        let recent: BTreeSet<AccountId> = tamperings
            .iter()
            .rev()
            .take_while(|tampering| at.duration_since(tampering.at) < settled)
            .map(|tampering| tampering.account)
            .collect();
        let free: Vec<AccountId> =
            sandbox.members.iter().copied().filter(|id| !recent.contains(id)).collect();
        let Some(account) = free.choose(&mut rng).copied() else { continue };
        let kind = tamper(sandbox, account, &mut rng);
        tamperings.push(Tampering { at, account, kind });
    }
}

/// Every tampering is followed by a write of the daemon in time, and no other account by any. The
/// longest time that it took.
fn corrected_in_time(
    sandbox: &ServedSandbox,
    tamperings: &[Tampering],
    written_before: usize,
    bound: SignedDuration,
) -> SignedDuration {
    let trail = sandbox.with_world(|world| world.trail().to_vec());
    let ours: Vec<_> =
        trail.into_iter().skip(written_before).filter(|event| event.session.is_some()).collect();
    let tampered: BTreeSet<AccountId> =
        tamperings.iter().map(|tampering| tampering.account).collect();
    for event in &ours {
        assert!(tampered.contains(&event.account), "nobody touched it: {event:?}");
    }
    let mut slowest = SignedDuration::ZERO;
    for Tampering { at, account, kind } in tamperings {
        let corrected = ours
            .iter()
            .find(|event| event.account == *account && event.at >= *at)
            .map(|event| event.at);
        let corrected =
            corrected.unwrap_or_else(|| panic!("{account}: {kind} was never corrected"));
        let took = corrected.duration_since(*at);
        assert!(
            took <= bound,
            "{account}: {kind} was corrected after {took:#}, not within {bound:#}"
        );
        slowest = slowest.max(took);
    }
    let writes: BTreeMap<AccountId, usize> =
        ours.iter().fold(BTreeMap::new(), |mut counts, event| {
            *counts.entry(event.account).or_default() += 1;
            counts
        });
    for (account, writes) in writes {
        let count = tamperings.iter().filter(|tampering| tampering.account == account).count();
        assert_eq!(writes, count, "{account} got more writes than it needed");
    }
    slowest
}

fn metrics_should_agree(daemon: &Daemon, members: usize, tamperings: usize) {
    let metrics = daemon.get("/metrics").unwrap().body;
    let value = |name: &str| -> f64 {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name} in {metrics}")).trim().parse().expect("a number")
    };
    #[allow(clippy::cast_precision_loss, reason = "small")]
    let (members, tamperings) = (members as f64, tamperings as f64);
    let in_sync = value("digitalex_rollout_accounts{verdict=\"in_sync\"}");
    assert!((in_sync - members).abs() < 0.5, "{in_sync} of {members} in sync");
    assert!(value("digitalex_rollout_accounts_widened ").abs() < 0.5);
    let corrected: f64 = metrics
        .lines()
        .filter(|line| line.starts_with("digitalex_rollout_drift_corrected_total{"))
        .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
        .sum();
    // The creation of each role is one, too.
    assert!(
        (corrected - tamperings - members).abs() < 0.5,
        "{corrected} of {tamperings} + {members}"
    );
}

/// The passes that ended whole.
fn whole_passes(daemon: &Daemon) -> usize {
    finished(daemon).iter().filter(|pass| pass["interrupted"] == false).count()
}

fn longest_pass(daemon: &Daemon) -> SignedDuration {
    let time =
        |pass: &Value, key: &str| -> Timestamp { pass[key].as_str().unwrap().parse().unwrap() };
    let passes = finished(daemon);
    let lasting =
        passes.iter().map(|pass| time(pass, "ended_at").duration_since(time(pass, "started_at")));
    lasting.max().unwrap()
}

fn finished(daemon: &Daemon) -> Vec<Value> {
    let passes = daemon.json("/api/v1/passes?limit=500").unwrap();
    let passes = passes["items"].as_array().unwrap().iter();
    passes.filter(|pass| !pass["ended_at"].is_null()).cloned().collect()
}
