//! From the SDK's errors to the engine's.

use std::error::Error;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use digitalex_core::AccountId;
use digitalex_engine::error_code::{kind_of, kind_of_status, printable};
use digitalex_engine::{CallError, CallErrorKind};
use hyper_util::client::legacy::Error as HttpError;

/// What a call is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject {
    /// The API operation, as AWS spells it.
    pub(crate) operation: &'static str,
    /// The account, where it is about one.
    pub(crate) account: Option<AccountId>,
}

impl Subject {
    /// A failure that is not an error of the SDK.
    pub(crate) fn failure(self, kind: CallErrorKind, message: impl Into<String>) -> CallError {
        let Self { operation, account } = self;
        let message = message.into();
        CallError { operation, account, kind, message, retry_after: None, source: None }
    }

    /// The failure behind an error of the SDK.
    pub(crate) fn classify<E>(self, error: SdkError<E, HttpResponse>) -> CallError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let retry_after = error.raw_response().and_then(retry_after);
        let failure = match &error {
            SdkError::ServiceError(context) => {
                return self.answer(context.err(), context.raw(), retry_after);
            }
            SdkError::ResponseError(context) => {
                let status = context.raw().status().as_u16();
                self.failure(kind_of_status(status), format!("HTTP {status}, unreadable"))
            }
            SdkError::DispatchFailure(context) => {
                let kind = context.as_connector_error().map_or(CallErrorKind::Transient, dispatch);
                self.failure(kind, "no answer")
            }
            SdkError::TimeoutError(_) => {
                self.failure(CallErrorKind::Transient, "no answer in time")
            }
            _ => self.failure(CallErrorKind::InvalidRequest, "the request could not be built"),
        };
        let source = error.into_source().ok();
        let message = match &source {
            Some(source) => format!("{}: {}", failure.message, chain(source.as_ref())),
            None => failure.message,
        };
        CallError { message, retry_after, source, ..failure }
    }

    /// An error answer of AWS.
    fn answer(
        self,
        error: &impl ProvideErrorMetadata,
        raw: &HttpResponse,
        retry_after: Option<Duration>,
    ) -> CallError {
        let status = raw.status().as_u16();
        let text = error.message().unwrap_or_default();
        let Some(code) = error.code() else {
            let message = format!("HTTP {status} with an answer that cannot be understood");
            return CallError { retry_after, ..self.failure(kind_of_status(status), message) };
        };
        let kind = kind_of(self.operation, code, status, text);
        let message = match printable(text) {
            text if text.is_empty() => code.to_owned(),
            text => format!("{code}: {text}"),
        };
        CallError { retry_after, ..self.failure(kind, message) }
    }
}

/// The messages of an error and of all its causes.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut messages: Vec<String> = causes(error).map(ToString::to_string).collect();
    messages.dedup();
    messages.join(": ")
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// Without a connection nothing was sent; with one, what became of the request is not known.
fn dispatch(error: &ConnectorError) -> CallErrorKind {
    if causes(error).any(is_unconnected) {
        CallErrorKind::EndpointUnreachable
    } else {
        CallErrorKind::Transient
    }
}

fn is_unconnected(cause: &(dyn Error + 'static)) -> bool {
    #[cfg(feature = "in-process")]
    if let Some(error) = cause.downcast_ref::<crate::TransportError>() {
        return *error == crate::TransportError::Unconnected;
    }
    cause.downcast_ref::<HttpError>().is_some_and(HttpError::is_connect)
}

/// `Retry-After` in seconds; AWS sends no dates there.
fn retry_after(response: &HttpResponse) -> Option<Duration> {
    let seconds = response.headers().get("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::operation::get_role::GetRoleError;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    const SUBJECT: Subject = Subject { operation: "GetRole", account: None };

    fn response(status: u16) -> HttpResponse {
        HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty())
    }

    #[test]
    fn error_answer_should_keep_code_message_and_retry_after() {
        let mut raw = response(400);
        raw.headers_mut().insert("retry-after", "7");
        let metadata = ErrorMetadata::builder().code("Throttling").message("Rate exceeded").build();
        let error = SUBJECT.classify(SdkError::service_error(GetRoleError::generic(metadata), raw));
        assert_eq!(error.kind, CallErrorKind::Throttled);
        assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
        assert_eq!(error.to_string(), "GetRole: Throttling: Rate exceeded");
    }

    #[test]
    fn unreadable_answer_should_be_an_unknown_outcome() {
        for status in [200, 502] {
            let error: SdkError<GetRoleError, HttpResponse> =
                SdkError::response_error("cut short", response(status));
            let error = SUBJECT.classify(error);
            assert_eq!(error.kind, CallErrorKind::Transient);
            assert!(error.message.contains("cut short"), "{}", error.message);
        }
    }

    #[test]
    fn timeout_should_be_an_unknown_outcome() {
        let error: SdkError<GetRoleError, HttpResponse> = SdkError::timeout_error("30 s");
        assert_eq!(SUBJECT.classify(error).kind, CallErrorKind::Transient);
    }

    #[test]
    fn reset_should_be_an_unknown_outcome() {
        let reset = ConnectorError::io("connection reset".into());
        let error: SdkError<GetRoleError, HttpResponse> = SdkError::dispatch_failure(reset);
        assert_eq!(SUBJECT.classify(error).kind, CallErrorKind::Transient);
    }
}
