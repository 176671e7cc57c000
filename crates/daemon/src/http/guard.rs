//! Who may come in, and from where.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::answer::Refusal;
use crate::http::{BearerToken, HttpOptions};

/// Who may come in.
#[derive(Debug, Clone)]
pub(super) struct Access {
    token: Option<BearerToken>,
    /// A client certificate that was checked in the handshake is enough.
    certificates: bool,
}

/// What is known of the other side of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    /// It showed a certificate of an authority that is trusted.
    pub(super) certified: bool,
}

impl Access {
    pub(super) fn of(options: HttpOptions) -> Self {
        Self { certificates: options.client_ca.is_some(), token: options.token }
    }

    fn is_open(&self) -> bool {
        self.token.is_none() && !self.certificates
    }
}

/// Where nobody is asked who they are, a page of another site must not get in under a name of its own
/// that it lets point at this machine (DNS rebinding): only loopback names are served.
pub(super) async fn known_host(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Response {
    if access.is_open() && !names_loopback(&request) {
        let message = "this daemon answers under a name of its own machine only";
        return Refusal::new(StatusCode::FORBIDDEN, "foreign_host", message)
            .with_remedy("use http://127.0.0.1 or http://localhost, or configure a token_file")
            .into_response();
    }
    next.run(request).await
}

/// Lets in who may, and no page of another site on their behalf.
pub(super) async fn allowed(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Response {
    if is_cross_site(request.headers()) {
        let message = "pages of other sites are not answered";
        return Refusal::new(StatusCode::FORBIDDEN, "cross_site", message).into_response();
    }
    let certified = request.extensions().get::<Peer>().is_some_and(|peer| peer.certified);
    let by_certificate = access.certificates && certified;
    let by_token = access
        .token
        .as_ref()
        .is_some_and(|token| presented(request.headers()).is_some_and(|text| token.matches(text)));
    if access.is_open() || by_certificate || by_token {
        return next.run(request).await;
    }
    let message = "this needs the bearer token of the daemon";
    let mut response = Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
        .with_remedy("send Authorization: Bearer … with what stands in [http] token_file")
        .into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn names_loopback(request: &Request) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let one = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok().and_then(|host| host.parse().ok()),
        _ => None,
    };
    let is_loopback = |authority: &Authority| {
        let host = authority.host();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        !authority.as_str().contains('@')
            && (host.eq_ignore_ascii_case("localhost")
                || address.is_ok_and(|address| address.to_canonical().is_loopback()))
    };
    one.as_ref().is_some_and(is_loopback) && request.uri().authority().is_none_or(is_loopback)
}

/// Browsers say where a request comes from; other programs do not, and are no danger here.
fn is_cross_site(headers: &HeaderMap) -> bool {
    let site = HeaderName::from_static("sec-fetch-site");
    let foreign_site =
        headers.get_all(site).iter().any(|site| site != "same-origin" && site != "none");
    let host = headers.get(header::HOST).map(HeaderValue::as_bytes).unwrap_or_default();
    let is_own = |origin: &HeaderValue| {
        let origin = origin.as_bytes();
        let authority = origin.strip_prefix(b"http://").or(origin.strip_prefix(b"https://"));
        authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    };
    foreign_site || !headers.get_all(header::ORIGIN).iter().all(is_own)
}

fn presented(headers: &HeaderMap) -> Option<&[u8]> {
    let mut found = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (found.next(), found.next()) else { return None };
    let (scheme, token) = only.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
}
