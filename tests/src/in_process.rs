//! The real adapter over a simulated organization in one process: no sockets, and the runtime's time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response};
use digitalex_aws::{AwsConnection, BodyPart, Keys, Outside, TransportError};
use digitalex_engine::{CallError, Caller, Clock};
use digitalex_sim::OnTheWay;
use futures::future::BoxFuture;
use tower::ServiceExt;

use crate::on_the_way::{Arrival, arrive};
use crate::rigs::SdkRig;

/// What answers in process: an HTTP face.
#[derive(Clone)]
pub struct InProcessAws {
    face: Router,
    clock: Arc<dyn Clock>,
    asked: Option<Arc<Mutex<Vec<Asked>>>>,
}

/// A request, and when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// On the run's monotonic clock.
    pub at: Duration,
    /// The endpoint's host.
    pub host: String,
    /// The access key id that it is signed with.
    pub access_key_id: String,
    /// The body; for Organizations, with the operation before it.
    pub what: String,
}

impl InProcessAws {
    /// Answers with `face`, by this clock.
    #[must_use]
    pub fn new(face: Router, clock: Arc<dyn Clock>) -> Self {
        Self { face, clock, asked: None }
    }

    /// Keeps a record of all requests.
    #[must_use]
    pub fn recorded(self) -> Self {
        Self { asked: Some(Arc::default()), ..self }
    }

    /// The recorded requests so far, in their order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.as_ref().map(|asked| locked(asked).clone()).unwrap_or_default()
    }
}

impl Outside for InProcessAws {
    fn answer(&self, request: Request<Vec<u8>>) -> BoxFuture<'static, Arrival> {
        if let Some(asked) = &self.asked {
            locked(asked).push(Asked::read(self.clock.monotonic(), &request));
        }
        let answer = self.face.clone().oneshot(request.map(Body::from));
        let clock = Arc::clone(&self.clock);
        Box::pin(async move {
            let mut answer = match answer.await {
                Ok(answer) => answer,
                Err(never) => match never {},
            };
            if let Some(lost) = answer.extensions_mut().remove::<OnTheWay>() {
                return arrive(lost, &*clock).await;
            }
            let (head, body) = answer.into_parts();
            let body = to_bytes(body, usize::MAX).await.map_err(|_| TransportError::Broken)?;
            Ok(Response::from_parts(head, vec![BodyPart::Bytes(body.into())]))
        })
    }

    fn keys(&self) -> Result<Keys, String> {
        let key = || "testing".to_owned();
        Ok(Keys { access_key_id: key(), secret_access_key: key(), expiry: None })
    }
}

impl Asked {
    fn read(at: Duration, request: &Request<Vec<u8>>) -> Self {
        let target = header(request.headers(), "x-amz-target");
        let signature = header(request.headers(), "authorization");
        let scope = signature.split_once("Credential=").map_or("", |(_, rest)| rest);
        Self {
            at,
            host: request.uri().host().unwrap_or_default().to_owned(),
            access_key_id: scope.split('/').next().unwrap_or_default().to_owned(),
            what: format!("{target}{}", String::from_utf8_lossy(request.body())),
        }
    }
}

fn locked(asked: &Mutex<Vec<Asked>>) -> MutexGuard<'_, Vec<Asked>> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

impl SdkRig {
    /// Connects to what `outside` is, in process.
    ///
    /// # Errors
    /// The organization cannot be described.
    pub async fn in_process(outside: Arc<dyn Outside>, caller: Caller) -> Result<Self, CallError> {
        Self::over(AwsConnection::in_process(outside, &[], caller.clone()), caller).await
    }
}
