//! Who is notified, of what, and how.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use reqwest::Url;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// One webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifyTarget {
    /// What it is called, in the outbox and in log lines; unique.
    pub name: String,
    /// Where to.
    pub url: WebhookUrl,
    /// What it understands.
    pub format: Format,
    /// What notifications are signed with, where they are.
    pub secret: Option<HmacSecret>,
    /// What it wants to hear of.
    pub events: BTreeSet<EventKind>,
}

/// The address of a webhook.
///
/// A secret, since whoever knows the address of a Slack webhook can write to its channel: `Debug`
/// hides it, and it has no `Display` and no `Serialize`.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

/// The text is not the address of a webhook. It is left out on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWebhookUrl {
    /// Not an address.
    #[error("the webhook's URL cannot be read; it begins with https:// and names a host")]
    Unreadable,
    /// Another scheme.
    #[error("the webhook's URL has to begin with https:// (http:// to this machine alone)")]
    Insecure,
}

/// What notifications are signed with: at least 16 bytes. A secret: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct HmacSecret(Zeroizing<Vec<u8>>);

/// The text is too short for a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the secret that notifications are signed with has {0} bytes; it needs {SECRET_BYTES_MIN}: make one with `openssl rand -hex 32`"
)]
pub struct SecretTooShort(usize);

/// A file of a webhook's configuration cannot be used. What it holds is left out on purpose.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be used; correct [[notify]] in the configuration, or the file", path.display())]
pub struct SecretFileError {
    /// The file.
    path: PathBuf,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// What a webhook understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JSON of our own, as the README describes it.
    #[default]
    Json,
    /// What Slack's incoming webhooks take, and Mattermost's and Rocket.Chat's with them.
    Slack,
}

/// What can be heard of.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A role allows or trusts more than it should, and did not before.
    WideningDrift,
    /// Drift was corrected.
    CorrectedDrift,
    /// A pass left accounts undone.
    PassIncomplete,
    /// A pass took so long that the next one begins late.
    PassLate,
}

/// NIST SP 800-107 asks for 14 bytes at least of an HMAC key.
const SECRET_BYTES_MIN: usize = 16;

impl WebhookUrl {
    /// Reads the address from a file; white space around it is dropped.
    ///
    /// # Errors
    /// The file cannot be read, or holds no address; the error names the file alone.
    pub fn read(path: &Path) -> Result<Self, SecretFileError> {
        let text = Zeroizing::new(read(path)?);
        text.parse().map_err(|error| unusable(path, error))
    }

    /// The secret address, for the request alone.
    pub(super) fn expose(&self) -> &Url {
        &self.0
    }
}

impl FromStr for WebhookUrl {
    type Err = InvalidWebhookUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text.trim()).map_err(|_| InvalidWebhookUrl::Unreadable)?;
        let host = url.host_str().ok_or(InvalidWebhookUrl::Unreadable)?;
        let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_here => Ok(Self(url)),
            _ => Err(InvalidWebhookUrl::Insecure),
        }
    }
}

impl HmacSecret {
    /// A secret; white space around it is dropped.
    ///
    /// # Errors
    /// It is too short.
    pub fn new(text: &str) -> Result<Self, SecretTooShort> {
        let bytes = text.trim().as_bytes();
        if bytes.len() < SECRET_BYTES_MIN {
            return Err(SecretTooShort(bytes.len()));
        }
        Ok(Self(Zeroizing::new(bytes.to_vec())))
    }

    /// Reads the secret from a file.
    ///
    /// # Errors
    /// The file cannot be read, or what it holds is too short; the error names the file alone.
    pub fn read(path: &Path) -> Result<Self, SecretFileError> {
        Self::new(&Zeroizing::new(read(path)?)).map_err(|error| unusable(path, error))
    }

    /// The secret bytes, for the signature alone.
    pub(super) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::WideningDrift, Self::CorrectedDrift, Self::PassIncomplete, Self::PassLate];

    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WideningDrift => "widening_drift",
            Self::CorrectedDrift => "corrected_drift",
            Self::PassIncomplete => "pass_incomplete",
            Self::PassLate => "pass_late",
        }
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("WebhookUrl(hidden)")
    }
}

impl fmt::Debug for HmacSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HmacSecret(hidden)")
    }
}

fn read(path: &Path) -> Result<String, SecretFileError> {
    std::fs::read_to_string(path).map_err(|error| unusable(path, error))
}

fn unusable(
    path: &Path,
    source: impl std::error::Error + Send + Sync + 'static,
) -> SecretFileError {
    SecretFileError { path: path.to_owned(), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_should_never_show_its_url_or_secret() {
        let target = NotifyTarget {
            name: "ops".to_owned(),
            url: "https://hooks.slack.com/services/canary".parse().unwrap(),
            format: Format::Slack,
            secret: Some(HmacSecret::new("canary-canary-canary").unwrap()),
            events: EventKind::ALL.into(),
        };
        let shown = format!("{target:?}");
        assert!(!shown.contains("canary") && !shown.contains("slack.com"), "{shown}");
        for text in ["canary", "ftp://canary", "http://canary.example.com", "https://"] {
            let error = text.parse::<WebhookUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
        assert!("http://127.0.0.1:8080/hook".parse::<WebhookUrl>().is_ok());
        assert_eq!(HmacSecret::new("canary").unwrap_err(), SecretTooShort(6));
    }

    #[test]
    fn secret_file_should_be_read_without_its_line_end_and_named_where_it_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "0123456789abcdef\n").unwrap();
        assert_eq!(HmacSecret::read(&path).unwrap().expose(), b"0123456789abcdef");
        let error = WebhookUrl::read(&path).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("secret") && !shown.contains("0123456789abcdef"), "{shown}");
        assert!(WebhookUrl::read(&folder.path().join("none")).is_err());
    }
}
