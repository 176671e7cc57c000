//! What a request is signed with (IAM User Guide, "AWS Signature Version 4 for API requests").

use std::fmt;

use axum::http::{HeaderMap, Method};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What was signed, and the signature: enough to tell whether a secret made it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    /// `DATE/REGION/SERVICE/aws4_request`.
    scope: String,
    string_to_sign: String,
    signature: String,
}

impl Signature {
    /// The signature of a request to `/`; none where it is not signed in full.
    pub(super) fn of(
        method: &Method,
        query: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Option<Self> {
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
        request += &format!("\n{signed_headers}\n{}", hex(&Sha256::digest(body)));
        let (time, request) = (header("x-amz-date")?, hex(&Sha256::digest(request)));
        Some(Self {
            scope: scope.to_owned(),
            string_to_sign: format!("{ALGORITHM}\n{time}\n{scope}\n{request}"),
            signature: part("Signature=")?.to_owned(),
        })
    }

    /// Whether it was made with this secret access key.
    pub(crate) fn is_by(&self, secret: &str) -> bool {
        let key = self
            .scope
            .split('/')
            .fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac(&key, part.as_bytes()));
        hex(&hmac(&key, self.string_to_sign.as_bytes())) == self.signature
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Signature({})", self.scope)
    }
}

fn in_order(query: &str) -> String {
    let mut parameters: Vec<&str> = query.split('&').collect();
    parameters.sort_unstable();
    parameters.join("&")
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length (RFC 2104).
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
        let signature = Signature::of(&Method::GET, query, &headers, b"").unwrap();
        assert!(signature.is_by("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
        assert!(!signature.is_by("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEX"));
        let other = Signature::of(&Method::GET, query, &headers, b"x").unwrap();
        assert!(!other.is_by("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
        assert_eq!(Signature::of(&Method::GET, query, &HeaderMap::new(), b""), None);
    }
}
