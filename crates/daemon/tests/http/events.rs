//! The event stream.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::client::{get, request};
use crate::daemon::Daemon;
use crate::fleet::{id, listed, widened};

struct Stream(BufReader<TcpStream>);

impl Stream {
    async fn open(daemon: &Daemon) -> Self {
        let mut stream = TcpStream::connect(daemon.address).await.expect("a connection");
        let request = request("GET", "/api/v1/events", "");
        stream.write_all(request.as_bytes()).await.expect("sent");
        Self(BufReader::new(stream))
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).await.expect("read");
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// The next event; `None` once the stream has ended.
    async fn event(&mut self) -> Option<(String, Value)> {
        let mut name = String::new();
        loop {
            let line = self.line().await?;
            if let Some(event) = line.strip_prefix("event: ") {
                name = event.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                return Some((name, serde_json::from_str(data).expect("JSON")));
            }
        }
    }
}

#[tokio::test]
async fn the_stream_should_begin_with_the_status_and_tell_what_happens() {
    let daemon = Daemon::start().await;
    daemon.record(vec![listed(1, "<b>one</b>")]).await;
    let mut stream = Stream::open(&daemon).await;
    let (name, status) = stream.event().await.expect("an event");
    assert_eq!((name.as_str(), &status["accounts"]["total"]), ("status", &1.into()));
    daemon.record(vec![widened(1, "<b>one</b>", 1)]).await;
    daemon.shared.news.visited(id(1));
    let mut seen = Vec::new();
    while !seen.contains(&"account".to_owned()) || !seen.contains(&"drift".to_owned()) {
        let (name, data) = stream.event().await.expect("an event");
        match name.as_str() {
            "account" => assert_eq!(data["name"], "<b>one</b>"),
            "drift" => assert_eq!(data["account"], "000000000001"),
            "status" => assert_eq!(data["role"], "active"),
            other => panic!("{other}: {data}"),
        }
        seen.push(name);
    }
}

#[tokio::test]
async fn streams_should_be_limited_and_end_with_the_daemon() {
    let daemon = Daemon::start().await;
    let mut streams = Vec::new();
    for _ in 0..64 {
        let mut stream = Stream::open(&daemon).await;
        stream.event().await.expect("the status");
        streams.push(stream);
    }
    let refused = get(daemon.address, "/api/v1/events").await;
    assert_eq!((refused.status, refused.error_code().as_str()), (503, "too_many_streams"));
    daemon.stop.cancel();
    for mut stream in streams {
        assert_eq!(stream.event().await, None);
    }
    daemon.served.await.expect("it ended in order");
    assert!(TcpStream::connect(daemon.address).await.is_err());
}

#[tokio::test]
async fn one_who_does_not_read_should_hold_up_nobody() {
    let daemon = Daemon::start().await;
    daemon.record(vec![listed(1, "one")]).await;
    let silent = Stream::open(&daemon).await;
    let mut reader = Stream::open(&daemon).await;
    reader.event().await.expect("the status");
    for _ in 0..1_000 {
        daemon.shared.news.visited(id(1));
        while reader.event().await.expect("an event").0 != "account" {}
    }
    drop(silent);
}
