//! Reads what a request is signed with (IAM User Guide, "AWS Signature Version 4 for API requests").

use axum::http::{HeaderMap, Method};
use sha2::{Digest, Sha256};

use crate::world::Signature;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The signature of a request to `/`; none where it is not signed in full.
pub(super) fn read(
    method: &Method,
    query: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<Signature> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let authorization = header("authorization")?.strip_prefix(ALGORITHM)?;
    let part =
        |name: &str| authorization.split(',').find_map(|part| part.trim().strip_prefix(name));
    let (_, scope) = part("Credential=")?.split_once('/')?;
    let signed_headers = part("SignedHeaders=")?;
    let mut request = format!("{method}\n/\n{}\n", in_order(query));
    for name in signed_headers.split(';') {
        let words: Vec<&str> = header(name)?.split_whitespace().collect();
        request += &format!("{name}:{}\n", words.join(" "));
    }
    request += &format!("\n{signed_headers}\n{}", sha256(body));
    let (time, request) = (header("x-amz-date")?, sha256(request.as_bytes()));
    Some(Signature {
        scope: scope.to_owned(),
        string_to_sign: format!("{ALGORITHM}\n{time}\n{scope}\n{request}"),
        signature: part("Signature=")?.to_owned(),
    })
}

fn in_order(query: &str) -> String {
    let mut parameters: Vec<&str> = query.split('&').collect();
    parameters.sort_unstable();
    parameters.join("&")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    /// The example of the IAM User Guide.
    #[test]
    fn signature_should_tell_the_secret_that_made_it_from_others() {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, \
                 Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            ),
        ];
        let headers = headers
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let headers: HeaderMap = headers.into_iter().collect();
        let query = "Version=2010-05-08&Action=ListUsers";
        let signature = read(&Method::GET, query, &headers, b"").unwrap();
        assert!(signature.is_by("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
        assert!(!signature.is_by("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEX"));
        let other = read(&Method::GET, query, &headers, b"x").unwrap();
        assert!(!other.is_by("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
        assert_eq!(read(&Method::GET, query, &HeaderMap::new(), b""), None);
        assert!(!Signature::default().is_by(""));
    }
}
