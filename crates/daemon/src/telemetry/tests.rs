//! What lines and spans say, and what they never say.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use digitalex_engine::{
    Bucket, Call, CallError, CallErrorKind, Caller, Rates, RetryLimits, TokioClock,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::Value;
use tokio::runtime::Handle;
use tracing::Instrument;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{SpanExport, Telemetry};

const CANARY: &str = "canary-session-token";

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Keeps events alive for every test: whether any subscriber wants an event is known for the whole process, and
/// subscribers that come and go in other tests leave that wrong for a moment.
pub(crate) fn heed_every_event() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let undecided = tracing_subscriber::filter::dynamic_filter_fn(|_, _| false);
        let heeding = tracing_subscriber::registry().with(undecided);
        tracing::subscriber::set_global_default(heeding).unwrap();
    });
}

fn logging(level: LevelFilter) -> (Lines, Telemetry, DefaultGuard) {
    heed_every_event();
    let lines = Lines::default();
    let writer = lines.clone();
    let (subscriber, telemetry) = Telemetry::new(level, move || writer.clone(), false);
    (lines, telemetry, tracing::subscriber::set_default(subscriber))
}

/// A visit in which a call is made twice, and the SDK says what only it should hear.
async fn visit() {
    let visit = async {
        tracing::debug!(target: "aws_sdk_sts", CANARY);
        let _inner = tracing::info_span!(target: "aws_sdk_sts", "invoke", token = CANARY).entered();
        tracing::info!(target: "hyper_util", CANARY);
    };
    let span = tracing::info_span!("visit", account = "111111111111");
    visit.instrument(span.clone()).await;
    let caller = Caller::new(
        Arc::new(TokioClock::start()),
        &Rates::default(),
        RetryLimits { delay_base: Duration::from_millis(1), ..RetryLimits::default() },
        SmallRng::seed_from_u64(1),
    );
    let account = "111111111111".parse().unwrap();
    let call = Call { operation: "GetRole", bucket: Bucket::IamRead(account) };
    let mut attempts = 0;
    let attempt = || {
        attempts += 1;
        let answer = if attempts > 1 { Ok(()) } else { Err(reset(account)) };
        std::future::ready(answer)
    };
    caller.call(call, attempt).instrument(span).await.unwrap();
}

fn reset(account: digitalex_core::AccountId) -> CallError {
    CallError {
        operation: "GetRole",
        account: Some(account),
        kind: CallErrorKind::Transient,
        message: "the connection was reset".to_owned(),
        retry_after: None,
        source: None,
    }
}

#[tokio::test]
async fn json_line_should_have_the_account_and_the_api() {
    let (lines, telemetry, _guard) = logging(LevelFilter::TRACE);
    telemetry.log_json();
    visit().await;
    let text = lines.text();
    let parsed: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a JSON object")).collect();
    let line = parsed.iter().find(|line| line["message"] == "trying again").expect("the call");
    assert_eq!(line["api"], "GetRole");
    assert_eq!(line["spans"][0]["name"], "visit");
    assert_eq!(line["spans"][0]["account"], "111111111111");
    assert_eq!(line["level"], "DEBUG");
    assert!(!text.contains(CANARY), "{text}");
}

#[tokio::test]
async fn text_line_should_have_the_account_and_the_api_and_nothing_of_other_crates() {
    let (lines, _telemetry, _guard) = logging(LevelFilter::TRACE);
    visit().await;
    tracing::warn!(target: "hyper_util", "heard");
    let text = lines.text();
    let line = text.lines().find(|line| line.contains("trying again")).expect("the call");
    assert!(line.contains("visit{account=\"111111111111\"}"), "{line}");
    assert!(line.contains("api=\"GetRole\""), "{line}");
    assert!(text.contains("heard") && !text.contains(CANARY), "{text}");
}

#[tokio::test]
async fn warning_should_name_its_account_however_little_is_logged() {
    let (lines, _telemetry, _guard) = logging(LevelFilter::WARN);
    let span = tracing::info_span!("visit", account = "111111111111");
    span.in_scope(|| {
        tracing::info!("not heard");
        tracing::warn!("heard");
    });
    let text = lines.text();
    assert!(text.contains("visit{account=\"111111111111\"}") && text.contains(" heard"), "{text}");
    assert!(!text.contains("not heard"), "{text}");
}

fn export_to(endpoint: &str) -> SpanExport {
    let http = reqwest::Client::builder().no_proxy();
    SpanExport::with_client(endpoint, http, Handle::current()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn collector_should_get_the_span_of_each_visit_and_no_secret() {
    let collector = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/traces"))
        .and(header("content-type", "application/x-protobuf"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&collector)
        .await;
    let (lines, telemetry, _guard) = logging(LevelFilter::WARN);
    let export = export_to(&collector.uri());
    telemetry.export_spans(&export);
    visit().await;
    export.finish(Duration::from_secs(30)).await;
    let requests = collector.received_requests().await.unwrap();
    let sent: Vec<u8> = requests.iter().flat_map(|request| request.body.clone()).collect();
    let holds = |text: &str| sent.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    for expected in ["visit", "account", "111111111111", "service.name", "digitalex-rollout"] {
        assert!(holds(expected), "{expected}: {}", String::from_utf8_lossy(&sent));
    }
    assert!(!holds(CANARY) && !holds("invoke"));
    assert_eq!(lines.text(), "", "nothing went wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn end_should_not_wait_for_a_collector_that_does_not_answer() {
    let collector = MockServer::start().await;
    let never = ResponseTemplate::new(200).set_delay(Duration::from_secs(3_600));
    Mock::given(method("POST")).respond_with(never).mount(&collector).await;
    let (lines, telemetry, _guard) = logging(LevelFilter::WARN);
    let export = export_to(&format!("{}/{CANARY}", collector.uri()));
    telemetry.export_spans(&export);
    visit().await;
    export.finish(Duration::from_millis(50)).await;
    let text = lines.text();
    assert!(text.contains("the last spans did not reach the collector"), "{text}");
    assert!(!text.contains(CANARY), "{text}");
}

#[tokio::test]
async fn endpoint_should_be_refused_without_being_shown() {
    for endpoint in [CANARY, "ftp://canary-session-token.example.com"] {
        let error = SpanExport::start(endpoint, Handle::current()).err().expect("refused");
        let said = format!("{error} {error:?}");
        assert!(said.contains("otlp_endpoint") && !said.contains(CANARY), "{said}");
    }
}
