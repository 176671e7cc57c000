//! How calls are paced, retried and counted, in virtual time.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use digitalex_core::AccountId;
use digitalex_engine::{
    Bucket, Call, CallError, CallErrorKind, Caller, Rate, Rates, RetryLimits, TokioClock,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;

const LIST: Call = Call { operation: "ListAccounts", bucket: Bucket::Organizations };
const DESCRIBE: Call = Call { operation: "DescribeAccount", bucket: Bucket::Organizations };

fn caller(rates: &Rates, attempts_max: u32) -> Caller {
    let retry = RetryLimits { attempts_max, ..RetryLimits::default() };
    Caller::new(Arc::new(TokioClock::start()), rates, retry, SmallRng::seed_from_u64(1))
}

fn account(number: u64) -> AccountId {
    AccountId::from_number(number).expect("twelve digits")
}

fn failure(kind: CallErrorKind, retry_after: Option<Duration>) -> CallError {
    let message = "as scripted".to_owned();
    CallError { operation: "Test", account: None, kind, message, retry_after, source: None }
}

/// Makes `call` with attempts that fail with `kind` for the first `failures` times.
async fn attempts_of(
    caller: &Caller,
    call: Call,
    kind: CallErrorKind,
    failures: usize,
) -> (usize, bool) {
    let attempts = AtomicUsize::new(0);
    let result = caller
        .call(call, || async {
            let failed = attempts.fetch_add(1, Ordering::Relaxed) < failures;
            if failed { Err(failure(kind.clone(), None)) } else { Ok(()) }
        })
        .await;
    (attempts.into_inner(), result.is_ok())
}

#[tokio::test(start_paused = true)]
async fn caller_should_stay_within_the_rate_of_the_bucket() {
    let caller = caller(&Rates::default(), 1);
    for _ in 0..12 + 8 {
        caller.call(LIST, || async { Ok(()) }).await.expect("answers");
    }
    // A burst of 12 at once, then 8 a second.
    let elapsed = caller.clock().monotonic();
    assert!(elapsed >= Duration::from_millis(999), "20 calls took only {elapsed:?}");
    assert!(elapsed <= Duration::from_millis(1_100), "20 calls took {elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn caller_should_make_no_bucket_wait_for_another() {
    let rates = Rates { iam_read: Rate::new(1, 1), ..Rates::default() };
    let caller = caller(&rates, 1);
    for number in 0..50 {
        let call = Call { operation: "GetRole", bucket: Bucket::IamRead(account(number)) };
        caller.call(call, || async { Ok(()) }).await.expect("answers");
    }
    caller.call(DESCRIBE, || async { Ok(()) }).await.expect("answers");
    assert!(caller.clock().monotonic() < Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn caller_should_retry_only_what_was_not_executed_or_only_reads() {
    let read = Call { operation: "GetRole", bucket: Bucket::IamRead(account(1)) };
    let write = Call { operation: "CreateRole", bucket: Bucket::IamWrite(account(1)) };
    let cases = [
        (read, CallErrorKind::Throttled, 3),
        (read, CallErrorKind::Transient, 3),
        (write, CallErrorKind::Throttled, 3),
        (write, CallErrorKind::Conflict, 3),
        (write, CallErrorKind::EndpointUnreachable, 3),
        (write, CallErrorKind::Transient, 1),
        (write, CallErrorKind::QuotaReached, 1),
        (read, CallErrorKind::NotFound, 1),
        (read, CallErrorKind::NoCredentials, 1),
        (write, CallErrorKind::MalformedPolicy, 1),
    ];
    for (call, kind, expected) in cases {
        let (attempts, answered) =
            attempts_of(&caller(&Rates::default(), 6), call, kind.clone(), 2).await;
        assert_eq!((attempts, answered), (expected, expected == 3), "{} {kind:?}", call.operation);
    }
}

#[tokio::test(start_paused = true)]
async fn caller_should_give_up_after_the_last_attempt() {
    let caller = caller(&Rates::default(), 4);
    assert_eq!(attempts_of(&caller, LIST, CallErrorKind::Throttled, 99).await, (4, false));
    assert_eq!(caller.counts().0["ListAccounts"], 4, "each attempt is counted");
}

#[tokio::test(start_paused = true)]
async fn caller_should_wait_as_long_as_aws_asks() {
    let caller = caller(&Rates::default(), 2);
    let wait = Duration::from_secs(7);
    let attempt = || async { Err::<(), _>(failure(CallErrorKind::Throttled, Some(wait))) };
    caller.call(LIST, attempt).await.expect_err("throttled twice");
    assert!(caller.clock().monotonic() >= wait);
}
