//! Runs that are killed at any moment, over a wire on which requests go wrong, and started again.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may panic")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it says what it measured or left out"
)]

mod checks;

use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use digitalex_engine::{Clock, TokioClock};
use digitalex_tests::daemon::DaemonHome;
use digitalex_tests::rigs::ServedSandbox;
use digitalex_tests::tampering::{TAG, is_whole, tamper};
use digitalex_tests::unreliable_wire::{Mishap, UnreliableWire};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use checks::Checks;

const ACCOUNTS: usize = 30;
const SEED: u64 = 20_261_124;

/// The share of the requests that go wrong.
const SPOILT: f64 = 0.05;

/// The share of the roles that other people tamper with after a kill.
const TAMPERED: f64 = 0.25;

/// The most kills before what is left must be finished.
const KILLS_IN_A_ROUND: usize = 10;

/// A look at all accounts makes about half as many requests; the moment of a kill is so many requests from
/// the start, and this long after the last of them, at most.
const REQUESTS_MAX: usize = 250;
const PAUSE_MAX: Duration = Duration::from_millis(20);

const CORRECTING: &str = "[daemon]\nmode = \"correct\"\ninterval = \"1s\"\njitter = 0.0\n\
     listing_interval = \"1s\"\nrecheck_base = \"1s\"\n";

/// How many moments: 20, or as DIGITALEX_TEST_KILLS says.
fn kills_wanted() -> usize {
    std::env::var("DIGITALEX_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// What is killed, by turns.
#[derive(Debug, Clone, Copy)]
enum Program {
    Apply,
    Daemon,
}

/// When a run is killed.
struct Moment {
    requests: usize,
    pause: Duration,
}

impl Moment {
    fn draw(rng: &mut impl Rng) -> Self {
        let pause = PAUSE_MAX.mul_f64(rng.random());
        Self { requests: rng.random_range(0..REQUESTS_MAX), pause }
    }

    async fn comes(&self, wire: &UnreliableWire) {
        wire.comes(self.requests).await;
        TokioClock::start().sleep(self.pause).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_killed_at_any_moment_over_an_unreliable_wire_should_be_finished_by_the_next_one() {
    let mut rng = SmallRng::seed_from_u64(SEED);
    let sandbox = ServedSandbox::start(ACCOUNTS).await;
    let wire = UnreliableWire::to(&sandbox.url, SEED).await;
    let (mut kills, mut rounds, mut cut_off, mut tamperings) = (0, 0, 0, 0);
    while kills < kills_wanted() {
        sandbox.reset();
        let checks = Checks::begin(&sandbox);
        let home = DaemonHome::new(&wire.url).unwrap();
        home.configure(&format!("{CORRECTING}[tags]\n{TAG} = \"4711\"\n")).unwrap();
        wire.spoil(SPOILT);
        for turn in 0..KILLS_IN_A_ROUND.min(kills_wanted() - kills) {
            let program = [Program::Apply, Program::Daemon][turn % 2];
            let moment = Moment::draw(&mut rng);
            kills += usize::from(killed(program, &home, &wire, moment).await);
            cut_off += checks.after_a_kill(&sandbox, &home).await;
            tamperings += tamper_with_some(&sandbox, &mut rng);
        }
        wire.spoil(0.0);
        match rounds % 2 {
            0 => checks.finished_by_an_apply(&home, kills),
            _ => checks.finished_by_a_daemon(&home, kills),
        }
        checks.at_the_end(&sandbox, &home).await;
        rounds += 1;
    }
    let befell = wire.befell();
    println!(
        "{kills} kills in {rounds} rounds, in the middle of {cut_off} changes; {tamperings} tamperings; \
         on the wire: {befell:?}"
    );
    assert!(cut_off > 0, "no kill met a change");
    assert_eq!(befell.len(), Mishap::ALL.len(), "{befell:?}");
}

/// Starts a run and kills it at the moment; whether it was still at work.
async fn killed(
    program: Program,
    home: &DaemonHome,
    wire: &UnreliableWire,
    moment: Moment,
) -> bool {
    let (args, log): (&[&str], _) = match program {
        Program::Apply => (&["apply", "--yes", "--output", "json"], "apply.log"),
        Program::Daemon => (&["daemon", "-v"], "daemon.log"),
    };
    let log = home.folder().join(log);
    let mut process = tokio::process::Command::from(home.command(args).unwrap())
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let ended = tokio::select! {
        ended = process.wait() => ended,
        () = moment.comes(wire) => {
            process.kill().await.unwrap();
            return true;
        }
    };
    let (code, log) = (ended.unwrap().code(), std::fs::read_to_string(&log).unwrap());
    // Over such a wire an apply may have to leave something for the next one.
    let may_end = matches!((program, code), (Program::Apply, Some(0 | 3)));
    assert!(may_end, "seed {SEED}: {program:?} ended by itself with {code:?}: {log}");
    false
}

/// Other people change some of the roles that are whole; how many.
fn tamper_with_some(sandbox: &ServedSandbox, rng: &mut impl Rng) -> usize {
    let whole = sandbox.members.iter().filter(|account| is_whole(sandbox, **account));
    let some: Vec<_> = whole.filter(|_| rng.random_bool(TAMPERED)).collect();
    for account in &some {
        tamper(sandbox, **account, rng);
    }
    some.len()
}
