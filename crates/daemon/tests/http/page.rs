//! The status page, and the headers that every answer carries.

use crate::client::{get, request, send};
use crate::daemon::Daemon;

#[tokio::test]
async fn the_page_should_be_sent_once_while_it_stays_the_same() {
    let daemon = Daemon::start().await;
    let page = get(daemon.address, "/").await;
    assert_eq!((page.status, page.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(page.header("Cache-Control"), Some("no-cache"));
    let etag = page.header("ETag").expect("an ETag");
    for known in [etag.to_owned(), format!("W/{etag}"), format!("\"other\", {etag}")] {
        let headers = format!("If-None-Match: {known}\r\n");
        let again = send(daemon.address, request("GET", "/", &headers)).await;
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{known}");
    }
    let other = send(daemon.address, request("GET", "/", "If-None-Match: \"other\"\r\n")).await;
    assert_eq!(other.body, page.body);
    let head = send(daemon.address, request("HEAD", "/", "")).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn every_file_of_the_page_should_be_served() {
    let daemon = Daemon::start().await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/page");
    for file in std::fs::read_dir(folder).expect("a folder") {
        let path = file.expect("a file").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let asset = get(daemon.address, &format!("/assets/{name}")).await;
        assert_eq!(asset.status, 200, "{name}");
        assert_eq!(asset.body, std::fs::read_to_string(&path).expect("text"), "{name}");
        let content_type = match name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            _ => panic!("{name} has no known type"),
        };
        assert_eq!(asset.header("Content-Type"), Some(content_type));
    }
}

#[tokio::test]
async fn every_answer_should_carry_the_strict_headers() {
    let daemon = Daemon::start().await;
    for (method, target) in [
        ("GET", "/"),
        ("GET", "/api/v1/status"),
        ("GET", "/nothing"),
        ("PUT", "/"),
        ("GET", "/metrics"),
        ("GET", "/api/v1/accounts?limit=0"),
    ] {
        let answer = send(daemon.address, request(method, target, "")).await;
        let policy = answer.header("Content-Security-Policy").expect("a policy");
        for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{target}: {policy}");
        }
        assert!(!policy.contains("unsafe"));
        for (name, value) in [
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Frame-Options", "DENY"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{target}");
        }
        let kept = if target == "/" && method == "GET" { "no-cache" } else { "no-store" };
        assert_eq!(answer.header("Cache-Control"), Some(kept), "{target}");
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
    }
}
