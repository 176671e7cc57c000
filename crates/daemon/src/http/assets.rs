//! The status page: files that stand in the program itself. No request ever reaches a file system.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::http::answer::Refusal;

const HTML: &str = "text/html; charset=utf-8";

/// All files: name, content type, content. The first one is the page.
static FILES: LazyLock<Vec<File>> =
    LazyLock::new(|| vec![File::new("index.html", HTML, include_bytes!("page/index.html"))]);

struct File {
    name: &'static str,
    content_type: &'static str,
    content: &'static [u8],
    etag: String,
}

impl File {
    fn new(name: &'static str, content_type: &'static str, content: &'static [u8]) -> Self {
        let digest = Sha256::digest(content);
        let digest: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self { name, content_type, content, etag: format!("\"{digest}\"") }
    }
}

/// `GET /`.
pub(super) async fn page(headers: HeaderMap) -> Response {
    send("index.html", &headers)
}

/// `GET /assets/{file}`.
pub(super) async fn asset(
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    // A name that cannot be read is none of ours.
    let name = name.map(|Path(name)| name).unwrap_or_default();
    send(&name, &headers)
}

fn send(name: &str, headers: &HeaderMap) -> Response {
    let Some(file) = FILES.iter().find(|file| file.name == name) else {
        return Refusal::not_found().into_response();
    };
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|tags| {
        let tags = tags.to_str().unwrap_or_default().split(',');
        tags.map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == file.etag)
    });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, file.content_type)], file.content).into_response()
    };
    // Asked for each time: a new version of the program is a new page at once.
    let no_cache = HeaderValue::from_static("no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, no_cache);
    if let Ok(etag) = HeaderValue::from_str(&file.etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}
