//! What may befall a request on the wire.

use super::message::Message;

/// What may befall a request on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mishap {
    /// The connection is reset, and the request never arrived.
    ResetUnserved,
    /// The connection is reset after the request was served.
    ResetServed,
    /// The connection ends in the middle of the answer.
    BrokenOff,
    /// The answer is half of what it was, and looks whole to HTTP.
    CutShort,
    /// The answer comes piece by piece.
    Dripped,
    /// A proxy answers 502 with a page of HTML, and the request never arrived.
    BadGatewayUnserved,
    /// A proxy answers 502 with a page of HTML after the request was served.
    BadGatewayServed,
    /// AWS throttles the request.
    Throttled,
}

impl Mishap {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ResetUnserved,
        Self::ResetServed,
        Self::BrokenOff,
        Self::CutShort,
        Self::Dripped,
        Self::BadGatewayUnserved,
        Self::BadGatewayServed,
        Self::Throttled,
    ];

    /// Whether the request is carried out nevertheless.
    pub(super) const fn is_served(self) -> bool {
        !matches!(self, Self::ResetUnserved | Self::BadGatewayUnserved | Self::Throttled)
    }
}

pub(super) fn bad_gateway() -> Message {
    let page = "<html><head><title>502 Bad Gateway</title></head><body><hr>nginx</body></html>";
    Message::answer("502 Bad Gateway", "text/html", page)
}

/// In the protocol of the request, as AWS says it.
pub(super) fn throttled(request: &Message) -> Message {
    if request.header("x-amz-target").is_some() {
        let body = r#"{"__type":"TooManyRequestsException","Message":"Rate exceeded"}"#;
        return Message::answer("400 Bad Request", "application/x-amz-json-1.1", body);
    }
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>\
                <Message>Rate exceeded</Message></Error><RequestId>0</RequestId></ErrorResponse>";
    Message::answer("400 Bad Request", "text/xml", body)
}
