//! The signature of a notification, so that its receiver can tell that it is ours and fresh.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::target::HmacSecret;

/// `v1=` and the hexadecimal HMAC-SHA256 of `TIMESTAMP.BODY`, the time in seconds since 1970.
#[must_use]
pub fn signature(secret: &HmacSecret, timestamp: i64, body: &[u8]) -> String {
    // HMAC takes keys of any length (RFC 2104).
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose()) else {
        return String::new();
    };
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef`
    #[test]
    fn signature_should_be_what_openssl_computes() {
        let secret = HmacSecret::new("0123456789abcdef").unwrap();
        let signed = signature(&secret, 1_700_000_000, br#"{"a":1}"#);
        assert_eq!(signed, "v1=9eb18f493f8ec135d9eb2dad817c369bb4e9cbfa818657897a7437c1cd8c3a23");
    }
}
