//! What can be wrong with a configuration, told so that it can be put right.

use std::ops::Range;
use std::path::{Path, PathBuf};

use digitalex_aws::InvalidSecretPrefix;
use digitalex_core::{InvalidExternalId, TemplateError};
use miette::{Diagnostic, NamedSource, SourceSpan};

use crate::key_sinks::InvalidRecipients;

use super::secret_lines::may_hold_tenant;

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("the {what} {} cannot be read", path.display())]
    #[diagnostic(help("check the path and its permissions"))]
    Unreadable {
        /// What the file is.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A place in a file is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Place(Box<PlaceError>),
    /// An environment variable has a wrong value.
    #[error("the environment variable {name} is wrong: {message}")]
    #[diagnostic(help("correct it, or unset it"))]
    Variable {
        /// The variable.
        name: &'static str,
        /// What is wrong.
        message: String,
    },
    /// There is no tenant id.
    #[error("there is no DigitalEx tenant id")]
    #[diagnostic(help(
        "set DIGITALEX_TENANT_ID, or give --tenant-id-file FILE, or set tenant_id_file in the configuration; \
         the tenant id stands on DigitalEx's admin page. To try the program without AWS, add --sandbox"
    ))]
    TenantMissing,
    /// The tenant id is given twice.
    #[error("{place} gives the DigitalEx tenant id twice, by value and by file")]
    #[diagnostic(help("leave one of the two out"))]
    TenantTwice {
        /// The layer.
        place: String,
    },
    /// The tenant id's file holds none.
    #[error("the tenant id file {} holds no usable tenant id", path.display())]
    #[diagnostic(help(
        "write the tenant id from DigitalEx's admin page into the file, and nothing else"
    ))]
    TenantFile {
        /// The file.
        path: PathBuf,
        /// Why not; without the value.
        #[source]
        source: InvalidExternalId,
    },
    /// A key has no value in any layer.
    #[error("the configuration has no value for {0}")]
    Missing(&'static str),
    /// No profile has the name.
    #[error("there is no profile {0:?}: use \"member\", \"billing\" or one of [profiles]")]
    UnknownProfile(String),
    /// The settings cannot become a role.
    #[error("the configuration cannot become a role")]
    #[diagnostic(help(
        "correct the configuration, then look at it with `digitalex-rollout config check`"
    ))]
    Template(#[from] TemplateError),
    /// Accounts are to have access keys, and there is no place for their secrets.
    #[error("auth = \"access_key\" needs a place for the secrets of the keys")]
    #[diagnostic(help(
        "set age_folder and age_recipients, or secrets_manager, under [access_keys] in the configuration"
    ))]
    NoKeySink,
    /// The recipients of the secrets of access keys are wrong.
    #[error("[access_keys] age_recipients: {0}")]
    Recipients(#[from] InvalidRecipients),
    /// The names of secrets cannot begin so.
    #[error("[access_keys] secrets_manager.prefix: {0}")]
    SecretPrefix(#[from] InvalidSecretPrefix),
    /// There are two places for the secrets of access keys.
    #[error("[access_keys] names two places for secrets: age_folder and secrets_manager")]
    #[diagnostic(help("leave one of the two out"))]
    TwoKeySinks,
    /// There is no folder for the store.
    #[error("there is no place for the store: neither XDG_STATE_HOME nor HOME is set")]
    #[diagnostic(help("set [store] path in the configuration"))]
    NoStateFolder,
}

/// A place in the configuration file is wrong.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{}:{line}:{column}: {message}", path.display())]
#[diagnostic(help("`digitalex-rollout config template` shows every key with its meaning"))]
pub struct PlaceError {
    path: PathBuf,
    line: usize,
    column: usize,
    message: String,
    #[source_code]
    snippet: Option<NamedSource<String>>,
    #[label("here")]
    span: Option<SourceSpan>,
}

impl PlaceError {
    /// `message` about the bytes `span` of the file `path`, whose whole text is `text`. What could be
    /// a tenant id is never shown.
    #[must_use]
    pub fn new(path: &Path, text: &str, span: Range<usize>, message: &str) -> Self {
        let start = span.start.min(text.len());
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        let hidden = may_hold_tenant(text, line_start);
        let message = if hidden && !is_free_of_values(message) {
            "the tenant id must be a string in quotes (the line is not shown)"
        } else {
            message
        };
        let line_end =
            text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| start + at);
        let end = span.end.clamp(start, line_end);
        Self {
            path: path.to_owned(),
            line,
            column,
            message: in_words(&message.lines().collect::<Vec<_>>().join(", ")),
            snippet: (!hidden).then(|| {
                let shown = snippet(text, line_start..line_end, message);
                NamedSource::new(path.display().to_string(), shown)
            }),
            span: (!hidden).then(|| (start..end).into()),
        }
    }
}

/// The message with what a whole number must be in words, where serde names a type of Rust.
fn in_words(message: &str) -> String {
    match message.rsplit_once(", expected ") {
        Some((found, "a nonzero usize" | "a nonzero u32")) => {
            format!("{found}, expected a whole number, 1 or more")
        }
        Some((found, "usize" | "u32" | "u64")) => {
            format!("{found}, expected a whole number, 0 or more")
        }
        _ => message.to_owned(),
    }
}

/// The text with everything but the line in question blanked out, byte for byte, so that spans still
/// fit; of an unknown key only the key stays, since what it holds may be a secret.
fn snippet(text: &str, line: Range<usize>, message: &str) -> String {
    let shown = text.get(line.clone()).unwrap_or_default();
    let key_end = shown.find('=').map_or(shown.len(), |equals| equals + 1);
    let shown_end =
        if message.starts_with("unknown field") { line.start + key_end } else { line.end };
    let keep = |(at, byte): (usize, u8)| (line.start..shown_end).contains(&at) || byte == b'\n';
    let bytes =
        text.bytes().enumerate().map(|(at, byte)| if keep((at, byte)) { byte } else { b' ' });
    String::from_utf8(bytes.collect()).unwrap_or_default()
}

/// Whether a message about a line that holds the tenant id can be shown: one about keys, or our own.
fn is_free_of_values(message: &str) -> bool {
    ["unknown field", "duplicate key", "the DigitalEx tenant id"]
        .iter()
        .any(|start| message.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_should_name_line_and_column() {
        let text = "adopt = true\nrole_name = \"x\"\n";
        let error = PlaceError::new(Path::new("a.toml"), text, 25..28, "wrong");
        assert_eq!(error.to_string(), "a.toml:2:13: wrong");
        assert!(error.snippet.is_some());
    }

    #[test]
    fn place_should_never_show_what_could_be_a_tenant_id() {
        let cases = [
            ("tenant_id = 5secret\n", 12..13, "invalid: 5secret"),
            ("tenant_id = \"\"\"\nsecret\n", 16..17, "invalid: secret"),
            ("# \"\"\"\ntenant_id = \"\"\"\nsecret\"\"\" x\n", 32..33, "invalid: secret"),
            ("tenant_id = [\n\"secret\" x\n]\n", 23..24, "missing comma: secret"),
            ("a = 1\ntennant = \"secret\"\n", 6..13, "unknown field `tennant`"),
            ("tenant_id = \"secret\"\nb = 2\n", 21..22, "unknown field `b`"),
            ("tenant_id = \"secret\"\nadopt = 2\n", 29..30, "invalid type"),
            ("externalId = \"secret\"\n", 0..10, "unknown field `externalId`"),
        ];
        for (text, span, message) in cases {
            let error = PlaceError::new(Path::new("a.toml"), text, span, message);
            let mut shown = String::new();
            miette::GraphicalReportHandler::new().render_report(&mut shown, &error).expect("text");
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
}
