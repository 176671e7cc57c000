//! What is refused before anything looks at it.

use crate::client::{get, request, send};
use crate::daemon::Daemon;
use crate::fleet;

#[tokio::test]
async fn what_is_too_long_should_be_refused() {
    let daemon = Daemon::start().await;
    let long_uri = format!("/api/v1/accounts?q={}", "a".repeat(8 * 1024));
    let answer = get(daemon.address, &long_uri).await;
    assert_eq!((answer.status, answer.error_code().as_str()), (414, "uri_too_long"));
    let endless_uri = format!("/{}", "a".repeat(200_000));
    assert!([414, 431].contains(&get(daemon.address, &endless_uri).await.status));
    let header = format!("X-Long: {}\r\n", "a".repeat(64 * 1024));
    assert_eq!(send(daemon.address, request("GET", "/", &header)).await.status, 431);
    let headers: String = (0..100).map(|number| format!("X-{number}: a\r\n")).collect();
    assert_eq!(send(daemon.address, request("GET", "/", &headers)).await.status, 431);
    for body_headers in ["Content-Length: 65537\r\n", "Content-Length: 99999999999\r\n"] {
        let answer = send(daemon.address, request("POST", "/api/v1/passes", body_headers)).await;
        assert_eq!((answer.status, answer.error_code().as_str()), (413, "body_too_large"));
    }
    let mut chunked = request("POST", "/api/v1/passes", "Transfer-Encoding: chunked\r\n");
    chunked += &format!("{:x}\r\n{}\r\n", 65_537, "a".repeat(65_537));
    assert_eq!(send(daemon.address, chunked).await.error_code(), "body_too_large");
}

#[tokio::test]
async fn malformed_requests_should_be_refused_and_leave_the_daemon_answering() {
    let daemon = Daemon::start().await;
    for text in [
        "garbage\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: other\r\n\r\n",
        "GET /\0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET relative HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01",
    ] {
        let text = text.replace("Host: 127.0.0.1\r\n", "Host: 127.0.0.1\r\nConnection: close\r\n");
        let status = send_and_end(&daemon, &text).await;
        assert!(status == 0 || (400..500).contains(&status), "{text:?}: {status}");
    }
    assert_eq!(get(daemon.address, "/healthz").await.status, 200);
}

/// The status; 0 where the daemon hung up without one.
async fn send_and_end(daemon: &Daemon, text: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(daemon.address).await.expect("a connection");
    stream.write_all(text.as_bytes()).await.expect("sent");
    stream.shutdown().await.expect("ended");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default()
}

#[tokio::test]
async fn path_tricks_should_lead_nowhere() {
    let daemon = Daemon::start().await;
    daemon.record(vec![fleet::listed(1, "one")]).await;
    for target in [
        "/assets/../healthz",
        "/assets/..%2f..%2fetc/passwd",
        "/assets/..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/healthz",
        "/assets/%2e%2e%2fCargo.toml",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/index.html%00",
        "/assets/index.html/",
        "/assets/..\\index.html",
        "/assets/",
        "/assets",
        "//healthz",
        "/./healthz",
        "/healthz/",
        "/healthz%00",
        "/%68ealthz",
        "/api/v1//status",
        "/api/v1/../v1/status",
        "/api/v1/status/",
        "/api/v1/Status",
        "/api/v1/accounts/",
        "/api/v1/accounts/%2e%2e",
        "/api/v1/accounts/..%2fstatus",
        "/api/v1/accounts/000000000001%00",
        "/api/v1/accounts/000000000001%2fhistory",
        "/api/v1/accounts/%ff",
        "/api/v1/accounts/000000000001/..",
        "/api/v1/accounts/00000000000%31/../x",
        "/-/",
        "/index.html",
    ] {
        let answer = get(daemon.address, target).await;
        assert!([400, 404].contains(&answer.status), "{target}: {answer:?}");
        answer.error_code();
    }
}

#[tokio::test]
async fn other_methods_and_content_types_should_be_refused() {
    let daemon = Daemon::start().await;
    for (method, target) in [
        ("TRACE", "/api/v1/status"),
        ("OPTIONS", "/api/v1/status"),
        ("PUT", "/api/v1/status"),
        ("DELETE", "/api/v1/accounts/000000000001"),
        ("PATCH", "/"),
        ("BREW", "/"),
        ("CONNECT", "127.0.0.1:22"),
        ("POST", "/api/v1/status"),
        ("POST", "/"),
        ("GET", "/-/reload"),
        ("GET", "/api/v1/accounts/000000000001/visit"),
    ] {
        let text = request(method, target, "Content-Length: 0\r\n");
        let answer = send(daemon.address, text).await;
        assert_eq!(answer.error_code(), "method_not_allowed", "{method} {target}");
        assert_eq!(answer.status, 405, "{method} {target}");
    }
    for (headers, body, status) in [
        ("Content-Type: text/plain\r\n", "{}", 415),
        ("Content-Type: application/x-www-form-urlencoded\r\n", "a=b", 415),
        ("", "{}", 415),
        ("Content-Type: application/json\r\n", "{\"account\":1}", 400),
        ("Content-Type: application/json\r\n", "[", 400),
        ("Content-Type: application/json; charset=utf-8\r\n", "{}", 202),
    ] {
        let headers = format!("{headers}Content-Length: {}\r\n", body.len());
        let text = request("POST", "/api/v1/passes", &headers) + body;
        assert_eq!(send(daemon.address, text).await.status, status, "{headers} {body}");
    }
}

#[tokio::test]
async fn parameters_that_are_not_understood_should_be_refused_by_name() {
    let daemon = Daemon::start().await;
    for (target, name) in [
        ("/api/v1/accounts?colour=red", "colour"),
        ("/api/v1/accounts?verdict=fine", "verdict"),
        ("/api/v1/accounts?verdict=in_sync&verdict=", "verdict"),
        ("/api/v1/accounts?effect=more", "effect"),
        ("/api/v1/accounts?aspect=colour", "aspect"),
        ("/api/v1/accounts?limit=0", "limit"),
        ("/api/v1/accounts?limit=501", "limit"),
        ("/api/v1/accounts?limit=-1", "limit"),
        ("/api/v1/accounts?limit=ten", "limit"),
        ("/api/v1/accounts?limit=1&limit=2", "limit"),
        ("/api/v1/accounts?cursor=garbage", "cursor"),
        ("/api/v1/accounts?q=a%00b", "q"),
        ("/api/v1/accounts?q=%ff", "UTF-8"),
        ("/api/v1/status?verbose=1", "verbose"),
        ("/api/v1/drift?open=maybe", "open"),
        ("/api/v1/drift?account=12", "account"),
        ("/api/v1/drift?cursor=garbage", "cursor"),
        ("/api/v1/drift/series?hours=0", "hours"),
        ("/api/v1/drift/series?steps=501", "steps"),
        ("/api/v1/history?cursor=garbage", "cursor"),
        ("/api/v1/passes?cursor=%27%3B--", "cursor"),
        ("/api/v1/accounts/12", "id"),
        ("/api/v1/accounts/12/history", "id"),
    ] {
        let answer = get(daemon.address, target).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, "bad_parameter"),
            "{target}"
        );
        let json = answer.json();
        let message = json["error"]["message"].as_str().expect("a message");
        assert!(message.contains(name), "{target}: {message}");
    }
}
