//! What a request is signed with (IAM User Guide, "AWS Signature Version 4 for API requests").

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What was signed, and the signature: enough to tell whether a secret made it. No secret makes that of a
/// request which is not signed in full, which is the default.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Signature {
    /// `DATE/REGION/SERVICE/aws4_request`.
    pub(crate) scope: String,
    pub(crate) string_to_sign: String,
    /// In hexadecimal.
    pub(crate) signature: String,
}

impl Signature {
    /// Whether it was made with this secret access key.
    pub(crate) fn is_by(&self, secret: &str) -> bool {
        let key = self
            .scope
            .split('/')
            .fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac(&key, part.as_bytes()));
        let made = hmac(&key, self.string_to_sign.as_bytes());
        made.iter().map(|byte| format!("{byte:02x}")).collect::<String>() == self.signature
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Signature({})", self.scope)
    }
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length (RFC 2104).
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
