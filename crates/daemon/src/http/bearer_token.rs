//! The token that a client shows off loopback.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Shorter ones could be guessed.
const CHARACTERS_MIN: usize = 16;
const CHARACTERS_MAX: usize = 1024;

/// The token of the `Authorization: Bearer …` header.
///
/// A secret: `Debug` hides it, it has no `Display` and no `Serialize`, and its memory is cleared.
#[derive(Clone)]
pub struct BearerToken(Zeroizing<String>);

/// The token cannot be used. Its value is left out on purpose.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file could not be read.
    #[error("the token file {path} cannot be read: check [http] token_file", path = .path.display())]
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Too short or too long.
    #[error(
        "the bearer token has {0} characters; 16 to 1024 are needed: make one with openssl rand -hex 32"
    )]
    Length(usize),
    /// A character that no `Authorization` header can carry.
    #[error(
        "the bearer token has a character at position {0} that is no visible ASCII: make one with openssl rand -hex 32"
    )]
    Character(usize),
}

impl BearerToken {
    /// Takes the token; white space around it is dropped.
    ///
    /// # Errors
    /// It is too short, too long, or holds what a header cannot; the error never holds the text.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        if let Some(position) = text.chars().position(|found| !found.is_ascii_graphic()) {
            return Err(TokenError::Character(position + 1));
        }
        if !(CHARACTERS_MIN..=CHARACTERS_MAX).contains(&text.len()) {
            return Err(TokenError::Length(text.len()));
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// Reads the token from a file; warns where others of this machine may read it too.
    ///
    /// # Errors
    /// The file could not be read, or holds no token.
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| TokenError::Unreadable { path: path.to_owned(), source })?;
        warn_where_others_read(path);
        Self::new(&Zeroizing::new(text))
    }

    /// Whether `presented` is this token; takes as long for a near miss as for any other.
    pub(crate) fn matches(&self, presented: &[u8]) -> bool {
        // Digests are of one length, so that the length of the token is not told either.
        let (wanted, presented) = (Sha256::digest(self.0.as_bytes()), Sha256::digest(presented));
        wanted.as_slice().ct_eq(presented.as_slice()).into()
    }
}

#[cfg(unix)]
fn warn_where_others_read(path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    let mode = std::fs::metadata(path).map(|found| found.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o004 != 0) {
        let path = path.display();
        tracing::warn!("everyone on this machine may read the token file {path}: chmod 600 {path}");
    }
}

#[cfg(not(unix))]
fn warn_where_others_read(_: &Path) {}

impl fmt::Debug for BearerToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("BearerToken(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "canary-0123456789abcdef";

    #[test]
    fn bearer_token_should_match_itself_alone() {
        let token = BearerToken::new(&format!(" {TOKEN}\n")).expect("a token");
        assert!(token.matches(TOKEN.as_bytes()));
        for other in ["", "canary", "canary-0123456789abcdeF", "canary-0123456789abcdef "] {
            assert!(!token.matches(other.as_bytes()), "{other:?} was taken");
        }
    }

    #[test]
    fn bearer_token_should_never_show_its_text() {
        let token = BearerToken::new(TOKEN).expect("a token");
        assert!(!format!("{token:?}").contains("canary"));
        for text in ["canary", "canary-0123 456789abcdef"] {
            let error = BearerToken::new(text).expect_err("no token");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        }
    }
}
