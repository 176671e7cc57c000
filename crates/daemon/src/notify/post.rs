//! One attempt to deliver a notification.

use std::time::Duration;

use digitalex_store::NewNotification;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER, USER_AGENT};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, StatusCode};

use super::sign::signature;
use super::target::NotifyTarget;

/// A receiver that asks for more is asked again after this all the same.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The receiver has it.
    Accepted,
    /// It may get through later.
    Later {
        /// Why it did not now; names no address.
        reason: String,
        /// How long the receiver asked to wait.
        retry_after: Option<Duration>,
    },
    /// It would never get through.
    Refused {
        /// Why; names no address.
        reason: String,
    },
}

/// The client that delivers: through the proxy that the environment names, never redirected.
///
/// # Errors
/// The certificates of this machine cannot be read.
pub fn client() -> Result<Client, reqwest::Error> {
    builder().build()
}

/// A redirect would carry the notification, and its signature, to someone else.
pub(super) fn builder() -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(15))
        .pool_max_idle_per_host(1)
}

/// Sends the notification.
pub(super) async fn post(
    http: &Client,
    target: &NotifyTarget,
    notification: &NewNotification,
    now: Timestamp,
) -> Answer {
    let (body, timestamp) = (notification.body.to_string(), now.as_second());
    let mut request = http
        .post(target.url.expose().clone())
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, concat!("digitalex-rollout/", env!("CARGO_PKG_VERSION")))
        .header("Idempotency-Key", &notification.key)
        .header("X-Digitalex-Timestamp", timestamp);
    if let Some(secret) = &target.secret {
        let signed = signature(secret, timestamp, body.as_bytes());
        request = request.header("X-Digitalex-Signature", signed);
    }
    match request.body(body).send().await {
        Ok(answer) => of_status(answer.status(), answer.headers(), now),
        Err(error) if error.is_builder() => {
            Answer::Refused { reason: "the request cannot be made".to_owned() }
        }
        Err(error) => Answer::Later { reason: what_broke(&error).to_owned(), retry_after: None },
    }
}

/// RFC 9110, section 15; 425 is of RFC 8470.
fn of_status(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Answer {
    let reason = format!("it answered {status}");
    match status.as_u16() {
        200..=299 => Answer::Accepted,
        408 | 425 | 429 | 500..=599 => {
            let retry_after = retry_after(headers, now).map(|wait| wait.min(RETRY_AFTER_MAX));
            Answer::Later { reason, retry_after }
        }
        300..=399 => Answer::Refused {
            reason: format!(
                "{reason}, a redirect, which is not followed: configure where it leads"
            ),
        },
        _ => Answer::Refused { reason },
    }
}

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// In words of our own: those of the error may hold the address.
fn what_broke(error: &reqwest::Error) -> &'static str {
    if error.is_connect() {
        "no connection could be made (name, network, proxy or certificate)"
    } else if error.is_timeout() {
        "it did not answer in time"
    } else {
        "the connection broke"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_should_be_taken_up_again_only_where_that_may_help() {
        let cases = [
            (200, "accepted"),
            (204, "accepted"),
            (302, "refused"),
            (400, "refused"),
            (404, "refused"),
            (410, "refused"),
            (408, "later"),
            (425, "later"),
            (429, "later"),
            (500, "later"),
            (503, "later"),
        ];
        for (status, expected) in cases {
            let status = StatusCode::from_u16(status).unwrap();
            let kind = match of_status(status, &HeaderMap::new(), Timestamp::UNIX_EPOCH) {
                Answer::Accepted => "accepted",
                Answer::Later { .. } => "later",
                Answer::Refused { .. } => "refused",
            };
            assert_eq!(kind, expected, "{status}");
        }
    }

    #[test]
    fn retry_after_should_be_read_as_seconds_and_as_a_date() {
        let now: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        let cases = [
            ("120", Some(120)),
            ("Tue, 24 Nov 2026 10:00:30 GMT", Some(30)),
            ("Tue, 24 Nov 2026 09:00:00 GMT", Some(0)),
            ("soon", None),
        ];
        for (text, seconds) in cases {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
