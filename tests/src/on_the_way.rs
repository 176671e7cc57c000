//! How what goes wrong on the way shows to an HTTP client.

use std::future::pending;
use std::time::Duration;

use axum::http::{Response, StatusCode, header};
use digitalex_aws::{BodyPart, TransportError};
use digitalex_engine::Clock;
use digitalex_sim::OnTheWay;
use digitalex_sim::faults::WireFault;

/// An answer as it arrives.
pub type Arrival = Result<Response<Vec<BodyPart>>, TransportError>;

/// A connection that is not answered is given up after so long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What the client gets in place of an answer that is lost.
pub async fn arrive(lost: OnTheWay, clock: &dyn Clock) -> Arrival {
    let OnTheWay { how, answer, drawn } = lost;
    match (how, answer) {
        (WireFault::Unreachable, _) => {
            if drawn.is_multiple_of(2) {
                clock.sleep(CONNECT_TIMEOUT).await;
            }
            Err(TransportError::Unconnected)
        }
        (WireFault::BadGateway, _) => Ok(html(drawn)),
        (WireFault::ServerErrorAfter, Some(answer)) if drawn.is_multiple_of(2) => Ok(whole(answer)),
        (WireFault::ServerErrorAfter, _) => Ok(html(drawn / 2)),
        (WireFault::ResetAfter, Some(answer)) if drawn.is_multiple_of(2) => {
            Ok(in_parts(answer, |body| {
                let half = body[..body.len() / 2].to_vec();
                vec![BodyPart::Bytes(half), BodyPart::Break]
            }))
        }
        (WireFault::Truncated, Some(answer)) => Ok(truncated(answer, drawn)),
        (WireFault::Slow, Some(answer)) => match drawn % 3 {
            0 => pending().await,
            1 => Ok(dripping(answer, Duration::from_millis(800))),
            _ => Ok(dripping(answer, Duration::from_secs(4))),
        },
        (
            WireFault::ResetBefore | WireFault::ResetAfter | WireFault::Truncated | WireFault::Slow,
            _,
        ) => Err(TransportError::Broken),
    }
}

/// An answer of one piece.
pub fn whole(answer: Response<String>) -> Response<Vec<BodyPart>> {
    in_parts(answer, |body| vec![BodyPart::Bytes(body)])
}

/// The answer of a load balancer, or of whatever else is not AWS's API.
fn html(drawn: u64) -> Response<Vec<BodyPart>> {
    let statuses =
        [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
    let status = statuses[usize::try_from(drawn % 3).unwrap_or_default()];
    let mut answer = Response::new(format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n"
    ));
    *answer.status_mut() = status;
    let content_type = header::HeaderValue::from_static("text/html");
    answer.headers_mut().insert(header::CONTENT_TYPE, content_type);
    whole(answer)
}

/// Cut short: with the length of the whole, where the client can tell; without, where it cannot; or with
/// nothing left.
fn truncated(answer: Response<String>, drawn: u64) -> Response<Vec<BodyPart>> {
    let length = answer.body().len();
    // Somewhere in the middle, never at the end.
    let part = length / 4 + usize::try_from(drawn / 3).unwrap_or_default() % (length / 2).max(1);
    let mut answer = in_parts(answer, |body| vec![BodyPart::Bytes(body[..part].to_vec())]);
    let headers = answer.headers_mut();
    match drawn % 3 {
        0 => {
            headers.insert(header::CONTENT_LENGTH, length.into());
        }
        1 => {
            headers.remove(header::CONTENT_LENGTH);
        }
        _ => {
            headers.insert(header::CONTENT_LENGTH, 0.into());
            answer.body_mut().clear();
        }
    }
    answer
}

fn dripping(answer: Response<String>, pause: Duration) -> Response<Vec<BodyPart>> {
    in_parts(answer, |body| {
        let drop = |byte| [BodyPart::Pause(pause), BodyPart::Bytes(vec![byte])];
        body.into_iter().flat_map(drop).collect()
    })
}

fn in_parts(
    answer: Response<String>,
    parts: impl FnOnce(Vec<u8>) -> Vec<BodyPart>,
) -> Response<Vec<BodyPart>> {
    answer.map(|body| parts(body.into_bytes()))
}
