//! Requests and answers of HTTP/1.1, as bytes. Both ends say how long their bodies are.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpStream;

/// A request or an answer.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// The first line and the headers, with the empty line.
    head: String,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// The next one; none where the other end is done.
    pub(super) async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Self>> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await? == 0 {
                return Ok(None);
            }
        }
        let mut message = Self { head, body: Vec::new() };
        let length = message.header("content-length").and_then(|length| length.parse().ok());
        message.body = vec![0; length.unwrap_or_default()];
        stream.read_exact(&mut message.body).await?;
        Ok(Some(message))
    }

    /// An answer.
    pub(super) fn answer(status: &str, content_type: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
        );
        Self { head, body: body.as_bytes().to_vec() }
    }

    /// With the first half of its body alone, and no word of the other.
    pub(super) fn cut_short(&self) -> Self {
        let body = self.body[..self.body.len() / 2].to_vec();
        let lines = self.head.split_inclusive("\r\n").filter(|line| line.trim() != "");
        let kept: String = lines.filter(|line| named(line, "content-length").is_none()).collect();
        Self { head: format!("{kept}Content-Length: {}\r\n\r\n", body.len()), body }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| named(line, name))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }
}

/// The value in the header line, where it is of that name.
fn named<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = line.split_once(':')?;
    found.eq_ignore_ascii_case(name).then(|| value.trim())
}
