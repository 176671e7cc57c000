//! How calls are paced, retried and counted, in virtual time.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use digitalex_core::AccountId;
use digitalex_engine::{
    Bucket, Call, CallError, CallErrorKind, Caller, Floor, Rate, Rates, RetryLimits, TokioClock,
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
    // A burst of 12 at once, then 8 a second; one token is kept back, since calls do not all take the
    // same time to arrive.
    let elapsed = caller.clock().monotonic();
    assert!(elapsed >= Duration::from_millis(1_100), "20 calls took only {elapsed:?}");
    assert!(elapsed <= Duration::from_millis(1_200), "20 calls took {elapsed:?}");
    assert_eq!(caller.floor(), Floor { time: Duration::from_secs(1), bucket: "ListAccounts" });
}

#[tokio::test(start_paused = true)]
async fn caller_should_make_no_bucket_wait_for_another() {
    let rates = Rates { iam_read: Rate::new(1.0, 1), ..Rates::default() };
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
    assert_eq!(attempts_of(&caller, LIST, CallErrorKind::Transient, 99).await, (4, false));
    assert_eq!(caller.counts().0["ListAccounts"], 4, "each attempt is counted");
}

#[tokio::test(start_paused = true)]
async fn throttled_call_should_be_made_until_it_gets_through_but_not_for_ever() {
    let caller = caller(&Rates::default(), 2);
    assert_eq!(attempts_of(&caller, LIST, CallErrorKind::Throttled, 9).await, (10, true));
    assert_eq!((caller.counts().0["ListAccounts"], caller.throttled().0["ListAccounts"]), (10, 9));
    let began = caller.clock().monotonic();
    let (_, answered) = attempts_of(&caller, LIST, CallErrorKind::Throttled, 9_999).await;
    let took = caller.clock().monotonic() - began;
    assert!(!answered && took <= RetryLimits::default().time_max, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn nothing_should_be_called_in_a_bucket_before_the_time_that_aws_asked_for() {
    let caller = caller(&Rates::default(), 2);
    let wait = Duration::from_secs(7);
    let throttled = AtomicUsize::new(0);
    let first = caller.call(LIST, || async {
        match throttled.fetch_add(1, Ordering::Relaxed) {
            0 => Err(failure(CallErrorKind::Throttled, Some(wait))),
            _ => Ok(()),
        }
    });
    let after_it = async {
        tokio::task::yield_now().await;
        caller.call(LIST, || async { Ok(()) }).await
    };
    let (first, second) = tokio::join!(first, after_it);
    assert!(first.is_ok() && second.is_ok());
    assert!(caller.clock().monotonic() >= wait);
    let began = caller.clock().monotonic();
    caller.call(DESCRIBE, || async { Ok(()) }).await.expect("another bucket");
    assert_eq!(caller.clock().monotonic(), began);
}

#[tokio::test(start_paused = true)]
async fn call_should_fail_at_once_where_aws_asks_for_longer_than_it_may_take() {
    let caller = caller(&Rates::default(), 6);
    let wait = RetryLimits::default().time_max + Duration::from_secs(1);
    let attempt = || async { Err::<(), _>(failure(CallErrorKind::Transient, Some(wait))) };
    caller.call(LIST, attempt).await.expect_err("too long");
    assert!(caller.clock().monotonic() < Duration::from_secs(1));
    assert_eq!(caller.counts().0["ListAccounts"], 1);
}

/// AWS's own bucket, in virtual time.
struct Throttling {
    rate: f64,
    tokens: f64,
    burst: f64,
    filled: Duration,
}

impl Throttling {
    fn allows(&mut self, now: Duration) -> bool {
        self.tokens = (self.tokens + (now - self.filled).as_secs_f64() * self.rate).min(self.burst);
        self.filled = now;
        let allowed = self.tokens >= 1.0;
        self.tokens -= f64::from(u8::from(allowed));
        allowed
    }
}

/// Makes `calls` calls one after the other, of which AWS allows `rate` in a second.
async fn calls_at(caller: &Caller, call: Call, rate: f64, calls: usize) {
    let aws =
        std::sync::Mutex::new(Throttling { rate, tokens: 1.0, burst: 1.0, filled: Duration::ZERO });
    for _ in 0..calls {
        let attempt = || async {
            let now = caller.clock().monotonic();
            match aws.lock().expect("not poisoned").allows(now) {
                true => Ok(()),
                false => Err(failure(CallErrorKind::Throttled, None)),
            }
        };
        caller.call(call, attempt).await.expect("gets through");
    }
}

#[tokio::test(start_paused = true)]
async fn throttled_bucket_should_settle_at_what_is_left_without_a_storm() {
    let caller = caller(&Rates::default(), 6);
    calls_at(&caller, LIST, 3.6, 500).await;
    let floor = Duration::from_secs_f64(500.0 / 3.6);
    let took = caller.clock().monotonic();
    assert!(took < floor.mul_f64(1.2), "{took:?} for {floor:?}");
    let throttled = caller.throttled().0["ListAccounts"];
    assert!(throttled * 20 < 500, "{throttled} of 500 throttled");
}

#[tokio::test(start_paused = true)]
async fn what_an_account_taught_should_be_kept_for_the_next_visit_and_the_next_run() {
    let read = Call { operation: "GetRole", bucket: Bucket::IamRead(account(1)) };
    let first = caller(&Rates::default(), 6);
    calls_at(&first, read, 2.0, 10).await;
    first.forget(account(1));
    let learned = first.learned().of(account(1)).read.expect("a slower rate");
    assert!((0.5..7.5).contains(&learned), "{learned}");
    let next = caller(&Rates::default(), 6);
    next.remember(first.learned());
    calls_at(&next, read, 2.0, 4).await;
    let throttles = |caller: &Caller| caller.throttled().0.values().sum::<u64>();
    assert!(throttles(&next) * 2 < throttles(&first), "{} {}", throttles(&next), throttles(&first));
    for _ in 0..20 {
        next.call(read, || async { Ok(()) }).await.expect("answers");
        next.forget(account(1));
    }
    assert!(next.learned().is_empty(), "it is found out, too, when the account takes more");
}
