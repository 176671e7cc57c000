//! A client that sends exactly what it is told to.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer, as it came over the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of an error in the one shape that errors have.
    pub(crate) fn error_code(&self) -> String {
        let json = self.json();
        let error = &json["error"];
        assert!(error["message"].is_string() && error.get("remedy").is_some(), "{self:?}");
        error["code"].as_str().expect("a code").to_owned()
    }
}

/// Sends these bytes, and gives all that comes back.
pub(crate) async fn send(address: SocketAddr, request: impl AsRef<[u8]>) -> Answer {
    let stream = TcpStream::connect(address).await.expect("a connection");
    send_over(stream, request).await
}

pub(crate) async fn send_over<S>(mut stream: S, request: impl AsRef<[u8]>) -> Answer
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // The daemon may hang up before it has read all of a request that it refuses.
    let _ = stream.write_all(request.as_ref()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    Answer::parse(&String::from_utf8_lossy(&answer))
}

/// A request with these headers, each line ended.
pub(crate) fn request(method: &str, target: &str, headers: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n")
}

pub(crate) async fn get(address: SocketAddr, target: &str) -> Answer {
    send(address, request("GET", target, "")).await
}

pub(crate) async fn post(address: SocketAddr, target: &str) -> Answer {
    send(address, request("POST", target, "Content-Length: 0\r\n")).await
}
