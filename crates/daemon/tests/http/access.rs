//! Who is let in, and from where.

use crate::client::{get, request, send};
use crate::daemon::{Daemon, Setup};

const TOKEN: &str = "canary-token-0123456789";

const GUARDED: [&str; 6] = [
    "/api/v1/status",
    "/api/v1/accounts",
    "/api/v1/events",
    "/api/v1/openapi.json",
    "/metrics",
    "/api/v1/history",
];

#[tokio::test]
async fn a_configured_token_should_be_asked_for_everywhere_but_on_the_page_and_the_probes() {
    let daemon = Daemon::start_with(Setup { token: Some(TOKEN), ..Setup::default() }).await;
    for target in GUARDED {
        for headers in [
            String::new(),
            "Authorization: Bearer wrong-token-0123456789\r\n".to_owned(),
            format!("Authorization: Basic {TOKEN}\r\n"),
            format!("Authorization: Bearer {TOKEN}x\r\n"),
            format!("Authorization: {TOKEN}\r\n"),
            format!("Authorization: Bearer {TOKEN}\r\nAuthorization: Bearer {TOKEN}\r\n"),
        ] {
            let answer = send(daemon.address, request("GET", target, &headers)).await;
            assert_eq!(answer.status, 401, "{target} {headers}");
            assert_eq!(answer.error_code(), "unauthorized");
            assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer"));
            assert!(!answer.body.contains("canary"));
        }
    }
    for target in ["/api/v1/passes", "/-/reload", "/api/v1/accounts/000000000001/visit"] {
        let answer = send(daemon.address, request("POST", target, "Content-Length: 0\r\n")).await;
        assert_eq!(answer.status, 401, "{target}");
    }
    for target in ["/", "/assets/index.html", "/healthz", "/readyz"] {
        assert_ne!(get(daemon.address, target).await.status, 401, "{target}");
    }
    for scheme in ["Bearer", "bearer"] {
        let headers = format!("Authorization: {scheme} {TOKEN}\r\n");
        let answer = send(daemon.address, request("GET", "/api/v1/status", &headers)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

#[tokio::test]
async fn a_foreign_host_should_be_refused_where_nobody_is_asked_who_they_are() {
    let daemon = Daemon::start().await;
    for (host, status) in [
        ("Host: localhost\r\n", 200),
        ("Host: LOCALHOST:8473\r\n", 200),
        ("Host: 127.0.0.1:1\r\n", 200),
        ("Host: [::1]:8473\r\n", 200),
        ("Host: evil.example\r\n", 403),
        ("Host: localhost.evil.example\r\n", 403),
        ("Host: 127.0.0.1.evil.example\r\n", 403),
        ("Host: localhost@evil.example\r\n", 403),
        ("Host: 127.0.0.1@localhost\r\n", 403),
        ("Host: 192.0.2.1\r\n", 403),
        ("Host: localhost\r\nHost: evil.example\r\n", 403),
        ("Host: \r\n", 403),
        ("", 403),
    ] {
        for target in ["/api/v1/status", "/"] {
            let text = format!("GET {target} HTTP/1.1\r\nConnection: close\r\n{host}\r\n");
            assert_eq!(send(daemon.address, text).await.status, status, "{host} {target}");
        }
    }
    let absolute = "GET http://evil.example/api/v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert_eq!(send(daemon.address, absolute).await.error_code(), "foreign_host");
}

#[tokio::test]
async fn a_page_of_another_site_should_be_refused() {
    let daemon = Daemon::start().await;
    for (headers, status) in [
        ("Origin: http://127.0.0.1\r\n", 200),
        ("Sec-Fetch-Site: same-origin\r\n", 200),
        ("Sec-Fetch-Site: none\r\n", 200),
        ("Origin: http://evil.example\r\n", 403),
        ("Origin: http://127.0.0.1:9999\r\n", 403),
        ("Origin: null\r\n", 403),
        ("Sec-Fetch-Site: cross-site\r\n", 403),
        ("Sec-Fetch-Site: same-site\r\n", 403),
        ("Origin: http://127.0.0.1\r\nSec-Fetch-Site: cross-site\r\n", 403),
    ] {
        let answer = send(daemon.address, request("GET", "/api/v1/status", headers)).await;
        assert_eq!(answer.status, status, "{headers}");
        let headers = format!("{headers}Content-Length: 0\r\n");
        let answer = send(daemon.address, request("POST", "/api/v1/passes", &headers)).await;
        assert_eq!(answer.status == 403, status == 403, "POST {headers}");
    }
}
