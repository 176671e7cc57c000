//! A scripted AWS: one HTTP endpoint that answers what the test says, and keeps what it was asked.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use digitalex_aws::{AwsConnection, ConnectOptions, SandboxEndpoint};
use digitalex_core::{AccountId, Identity, IdentityKind, IdentityName, IdentityPath, Partition};
use digitalex_engine::{
    AdminRole, Caller, Clock, OrganizationInfo, Rate, Rates, RetryLimits, Target,
};
use futures::future::{BoxFuture, FutureExt};
use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::Value;

pub(crate) const BASE_KEY: &str = "AKIABASE";
pub(crate) const OWN_ACCOUNT: &str = "999999999999";

/// What the fake was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) operation: String,
    /// Of the query protocol; or the members of the JSON body, as JSON where they are no text.
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) access_key: String,
    pub(crate) region: String,
    pub(crate) user_agent: String,
    /// How often the operation was asked before.
    pub(crate) before: usize,
}

pub(crate) struct FakeAws {
    pub(crate) connection: AwsConnection,
    pub(crate) caller: Caller,
    pub(crate) clock: Arc<ManualClock>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl FakeAws {
    pub(crate) async fn start(
        answer: impl Fn(&Asked) -> Response + Send + Sync + 'static,
    ) -> FakeAws {
        Self::start_in(&[], answer).await
    }

    /// With STS in these Regions.
    pub(crate) async fn start_in(
        sts_regions: &[&str],
        answer: impl Fn(&Asked) -> Response + Send + Sync + 'static,
    ) -> FakeAws {
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        let app = Router::new().fallback(move |request: Request| {
            let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
            async move {
                let mut asked = read(request).await;
                {
                    let mut log = log.lock().unwrap();
                    asked.before = log.iter().filter(|it| it.operation == asked.operation).count();
                    log.push(asked.clone());
                }
                // Lets calls that are made at the same time overlap.
                tokio::task::yield_now().await;
                answer(&asked)
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let clock = Arc::new(ManualClock::default());
        let caller = caller(Arc::clone(&clock));
        let sts_regions = sts_regions.iter().map(ToString::to_string).collect();
        let options = ConnectOptions { sts_regions, ..options(&url) };
        let connection = AwsConnection::connect(&options, caller.clone()).await;
        FakeAws { connection, caller, clock, asked }
    }

    pub(crate) fn asked(&self, operation: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|it| it.operation == operation).cloned().collect()
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for asked in self.asked.lock().unwrap().iter() {
            *counts.entry(asked.operation.clone()).or_default() += 1;
        }
        counts
    }
}

pub(crate) fn options(url: &str) -> ConnectOptions {
    let sandbox = SandboxEndpoint {
        url: url.to_owned(),
        access_key_id: BASE_KEY.to_owned(),
        secret_access_key: "secret".to_owned(),
    };
    ConnectOptions { version: "1.2.3".to_owned(), sts_regions: Vec::new(), sandbox: Some(sandbox) }
}

pub(crate) fn caller(clock: Arc<ManualClock>) -> Caller {
    let much = Rate::new(10_000.0, 10_000);
    let rates = Rates {
        organizations: BTreeMap::new(),
        organizations_other: much,
        sts: much,
        sts_regions: NonZero::<u32>::MIN,
        iam_read: much,
        iam_write: much,
    };
    let retry = RetryLimits { attempts_max: 3, ..RetryLimits::default() };
    Caller::new(clock, &rates, retry, SmallRng::seed_from_u64(7))
}

async fn read(request: Request) -> Asked {
    let (parts, body) = request.into_parts();
    let header = |name: &str| {
        parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let body: Bytes = to_bytes(body, usize::MAX).await.unwrap();
    let authorization = header("authorization");
    let mut scope = authorization.split("Credential=").nth(1).unwrap_or_default().split('/');
    let access_key = scope.next().unwrap_or_default().to_owned();
    let region = scope.nth(1).unwrap_or_default().to_owned();
    let (operation, parameters) = match header("x-amz-target").split_once('.') {
        Some((_, operation)) => {
            let body: Value = serde_json::from_slice(&body).unwrap();
            let members = body.as_object().unwrap().iter();
            let text =
                |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let members = members.map(|(key, value)| (key.clone(), text(value)));
            (operation.to_owned(), members.collect())
        }
        None => {
            let parameters: BTreeMap<String, String> =
                form_urlencoded::parse(&body).into_owned().collect();
            (parameters["Action"].clone(), parameters)
        }
    };
    Asked { operation, parameters, access_key, region, user_agent: header("user-agent"), before: 0 }
}

/// Time moves only when a test says so, or somebody sleeps.
#[derive(Default)]
pub(crate) struct ManualClock(AtomicU64);

impl ManualClock {
    pub(crate) fn advance(&self, duration: Duration) {
        self.0.fetch_add(duration.as_millis() as u64 + 1, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.advance(duration);
        async {}.boxed()
    }
}

pub(crate) fn organization() -> OrganizationInfo {
    OrganizationInfo {
        id: "o-a1".to_owned(),
        management_account: OWN_ACCOUNT.parse().unwrap(),
        caller: OWN_ACCOUNT.parse().unwrap(),
        caller_arn: format!("arn:aws:iam::{OWN_ACCOUNT}:user/admin"),
        partition: Partition::Aws,
    }
}

pub(crate) fn the_role() -> Identity {
    Identity { kind: IdentityKind::Role, name: IdentityName::new("digitalex-finops").unwrap() }
}

pub(crate) fn target(account: AccountId, admin_roles: &[&[&str]]) -> Target {
    let admin_role =
        |hops: &&[&str]| AdminRole { hops: hops.iter().map(ToString::to_string).collect() };
    Target {
        account,
        admin_roles: admin_roles.iter().map(admin_role).collect(),
        identity: the_role(),
        path: IdentityPath::default(),
        inline_policies: [].into(),
    }
}

pub(crate) fn account(number: u64) -> AccountId {
    AccountId::from_number(111_111_111_000 + number).unwrap()
}

/// An answer of STS or IAM.
pub(crate) fn xml(asked: &Asked, result: &str) -> Response {
    let operation = &asked.operation;
    format!(
        "<{operation}Response xmlns=\"https://aws/\"><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>"
    )
    .into_response()
}

pub(crate) fn xml_error(status: u16, code: &str, message: &str) -> Response {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>\
         </Error><RequestId>r</RequestId></ErrorResponse>"
    );
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

/// An answer of Organizations, Secrets Manager or Cost and Usage Reports.
pub(crate) fn json(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body.to_string()).into_response()
}

pub(crate) fn json_error(code: &str, message: &str) -> Response {
    let body = serde_json::json!({"__type": code, "Message": message}).to_string();
    (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body)
        .into_response()
}

/// The account that a role ARN names.
pub(crate) fn account_of(asked: &Asked) -> String {
    asked.parameters["RoleArn"].split(':').nth(4).unwrap().to_owned()
}

/// A session whose access key names its account and how many there were before.
pub(crate) fn session(asked: &Asked) -> Response {
    let key = format!("ASIA{}N{}", account_of(asked), asked.before);
    xml(
        asked,
        &format!(
            "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
             <SessionToken>t-{key}</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>\
             </Credentials>"
        ),
    )
}
