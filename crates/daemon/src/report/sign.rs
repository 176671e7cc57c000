//! Signatures of reports: Ed25519 over the bytes of the file, in a file beside it.
//!
//! `openssl pkeyutl -verify -pubin -inkey KEY -rawin -in FILE -sigfile FILE.sig` says the same.

use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};

use crate::exit::Failure;

/// What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
const PUBLIC_KEY_HEAD: &[u8] =
    &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A key that signs.
pub(crate) struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Reads a private key in PEM (PKCS #8).
    ///
    /// # Errors
    /// It is not there, or no Ed25519 key.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let der = PrivatePkcs8KeyDer::from_pem_file(path);
        let der = der.map_err(|error| unusable(path, "private", error.to_string()))?;
        let pair = Ed25519KeyPair::from_pkcs8(der.secret_pkcs8_der());
        // The rejection names its reason, and nothing of the key.
        pair.map(Self).map_err(|error| unusable(path, "private", error.to_string()))
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(bytes).as_ref().to_vec()
    }
}

/// Where the signature of a file lies, where nobody says otherwise.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// Whether the signature is of these bytes, by the holder of this public key (PEM).
///
/// # Errors
/// The key cannot be read.
pub(crate) fn is_signed(key: &Path, bytes: &[u8], signature: &[u8]) -> Result<bool, Failure> {
    let pem = fs::read(key).map_err(|error| unusable(key, "public", error.to_string()))?;
    let der = SubjectPublicKeyInfoDer::from_pem_slice(&pem);
    let der = der.map_err(|error| unusable(key, "public", error.to_string()))?;
    let Some(raw) = der.strip_prefix(PUBLIC_KEY_HEAD) else {
        return Err(unusable(key, "public", "it is of another kind".to_owned()));
    };
    Ok(UnparsedPublicKey::new(&ED25519, raw).verify(bytes, signature).is_ok())
}

fn unusable(path: &Path, what: &str, reason: String) -> Failure {
    let command = match what {
        "private" => "openssl genpkey -algorithm ed25519 -out key.pem",
        _ => "openssl pkey -in key.pem -pubout -out key.pub.pem",
    };
    Failure::caused(
        format!("{} is no {what} Ed25519 key in PEM", path.display()),
        format!("`{command}` makes one"),
        reason,
    )
}
