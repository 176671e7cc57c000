//! The real adapter over the real SDK, with answers that a target makes up, and in time that passes at
//! once.

mod right;

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use digitalex_aws::{AwsConnection, BodyPart, Keys, Outside, TransportError};
use digitalex_core::{AccountId, Identity, IdentityKind, IdentityName, IdentityPath, Partition};
use digitalex_engine::{
    AdminRole, Caller, OrganizationInfo, Rate, Rates, RetryLimits, Target, TokioClock,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use rand::SeedableRng;
use rand::rngs::SmallRng;

pub(crate) use right::{ACCOUNT, OWN_ACCOUNT, right_answer, xml};

/// More requests than this for one input is a loop without an end.
const REQUESTS_MAX: usize = 2_000;

/// Throttled attempts do not count: the time bounds them.
const ATTEMPTS_MAX: u32 = 3;
const RETRY_TIME_MAX: Duration = Duration::from_secs(20);

/// An answer of AWS.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: Vec<u8>,
    /// Whether the connection breaks after the body.
    pub(crate) breaks: bool,
}

/// Answers requests by operation; what it does not answer is answered rightly.
pub(crate) type Script = Box<dyn FnMut(&str) -> Option<Answer> + Send>;

struct MadeUp {
    script: Mutex<(Script, usize)>,
}

impl Answer {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into(), breaks: false }
    }

    fn into_response(self) -> Result<http::Response<Vec<BodyPart>>, TransportError> {
        let mut response = http::Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let mut parts = vec![BodyPart::Bytes(self.body)];
        parts.extend(self.breaks.then_some(BodyPart::Break));
        response.body(parts).map_err(|_| TransportError::Broken)
    }
}

impl Outside for MadeUp {
    fn answer(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'static, Result<http::Response<Vec<BodyPart>>, TransportError>> {
        let operation = operation(&request);
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.1 += 1;
        assert!(script.1 <= REQUESTS_MAX, "{operation} is asked again and again");
        let answer = (script.0)(&operation).unwrap_or_else(|| right_answer(&operation));
        async move { answer.into_response() }.boxed()
    }

    fn keys(&self) -> Result<Keys, String> {
        Ok(Keys {
            access_key_id: "AKIAEXAMPLE".to_owned(),
            secret_access_key: "secret".to_owned(),
            expiry: None,
        })
    }
}

/// Runs `work` over AWS as the script makes it up.
pub(crate) fn over_aws<T>(script: Script, work: impl AsyncFnOnce(AwsConnection) -> T) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let outside = Arc::new(MadeUp { script: Mutex::new((script, 0)) });
        work(AwsConnection::in_process(outside, &[], caller())).await
    })
}

/// The organization as a caller sees it; `caller` may be the account that is read.
pub(crate) fn organization(caller: &str) -> OrganizationInfo {
    OrganizationInfo {
        id: "o-exampleorg".to_owned(),
        management_account: OWN_ACCOUNT.parse().expect("an account"),
        caller: caller.parse().expect("an account"),
        caller_arn: format!("arn:aws:iam::{caller}:user/admin"),
        partition: Partition::Aws,
    }
}

pub(crate) fn account() -> AccountId {
    ACCOUNT.parse().expect("an account")
}

pub(crate) fn target() -> Target {
    let admin_role = AdminRole { hops: vec!["OrganizationAccountAccessRole".to_owned()] };
    Target {
        account: account(),
        admin_roles: [admin_role].into(),
        identity: wanted_role(),
        path: IdentityPath::default(),
        inline_policies: [].into(),
    }
}

pub(crate) fn wanted_role() -> Identity {
    let name = IdentityName::new("digitalex-finops").expect("a name");
    Identity { kind: IdentityKind::Role, name }
}

/// Fast enough never to wait for a bucket's turn for long.
fn caller() -> Caller {
    let much = Rate::new(10_000.0, 10_000);
    let rates = Rates {
        organizations: [].into(),
        organizations_other: much,
        sts: much,
        sts_regions: NonZeroU32::MIN,
        iam_read: much,
        iam_write: much,
    };
    let retry = RetryLimits {
        attempts_max: ATTEMPTS_MAX,
        time_max: RETRY_TIME_MAX,
        ..RetryLimits::default()
    };
    Caller::new(Arc::new(TokioClock::start()), &rates, retry, SmallRng::seed_from_u64(1))
}

/// Organizations names the operation in a header, STS and IAM in the form that they are sent.
fn operation(request: &http::Request<Vec<u8>>) -> String {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    if let Some((_, operation)) = target.and_then(|target| target.split_once('.')) {
        return operation.to_owned();
    }
    let form = String::from_utf8_lossy(request.body());
    let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="));
    action.unwrap_or_default().to_owned()
}
