//! The status page: files that stand in the program itself. No request ever reaches a file system.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::http::answer::Refusal;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// All files: name, content type, content. The first one is the page.
static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    vec![
        File::new("index.html", HTML, include_bytes!("page/index.html")),
        File::new("account.js", SCRIPT, include_bytes!("page/account.js")),
        File::new("accountrow.js", SCRIPT, include_bytes!("page/accountrow.js")),
        File::new("accounts.js", SCRIPT, include_bytes!("page/accounts.js")),
        File::new("api.js", SCRIPT, include_bytes!("page/api.js")),
        File::new("app.js", SCRIPT, include_bytes!("page/app.js")),
        File::new("chart.js", SCRIPT, include_bytes!("page/chart.js")),
        File::new("documents.js", SCRIPT, include_bytes!("page/documents.js")),
        File::new("dom.js", SCRIPT, include_bytes!("page/dom.js")),
        File::new("drift.js", SCRIPT, include_bytes!("page/drift.js")),
        File::new("driftnow.js", SCRIPT, include_bytes!("page/driftnow.js")),
        File::new("events.js", SCRIPT, include_bytes!("page/events.js")),
        File::new("filters.js", SCRIPT, include_bytes!("page/filters.js")),
        File::new("format.js", SCRIPT, include_bytes!("page/format.js")),
        File::new("header.js", SCRIPT, include_bytes!("page/header.js")),
        File::new("history.js", SCRIPT, include_bytes!("page/history.js")),
        File::new("live.js", SCRIPT, include_bytes!("page/live.js")),
        File::new("login.js", SCRIPT, include_bytes!("page/login.js")),
        File::new("notice.js", SCRIPT, include_bytes!("page/notice.js")),
        File::new("overview.js", SCRIPT, include_bytes!("page/overview.js")),
        File::new("pager.js", SCRIPT, include_bytes!("page/pager.js")),
        File::new("pass.js", SCRIPT, include_bytes!("page/pass.js")),
        File::new("passes.js", SCRIPT, include_bytes!("page/passes.js")),
        File::new("problems.js", SCRIPT, include_bytes!("page/problems.js")),
        File::new("router.js", SCRIPT, include_bytes!("page/router.js")),
        File::new("style.css", CSS, include_bytes!("page/style.css")),
        File::new("tree.js", SCRIPT, include_bytes!("page/tree.js")),
        File::new("units.js", SCRIPT, include_bytes!("page/units.js")),
        File::new("verdicts.js", SCRIPT, include_bytes!("page/verdicts.js")),
        File::new("words.js", SCRIPT, include_bytes!("page/words.js")),
    ]
});

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
