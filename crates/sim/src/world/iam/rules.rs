//! What IAM accepts: names, lengths, characters, quotas (IAM API Reference, and IAM User Guide, "IAM
//! and STS quotas").

use std::collections::BTreeMap;

use digitalex_core::PolicyKind;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::AwsError;
use crate::world::operation::Tag;

/// Characters of all inline policies of a role, white space not counted.
pub(super) const ROLE_INLINE_CHARS_MAX: usize = 10_240;
/// Characters of all inline policies of a user, white space not counted.
pub(super) const USER_INLINE_CHARS_MAX: usize = 2_048;
/// Characters of a trust policy; white space is counted.
pub(super) const TRUST_CHARS_MAX: usize = 2_048;
/// Characters of a managed policy, white space not counted.
pub(super) const MANAGED_CHARS_MAX: usize = 6_144;
/// Managed policies attached to one role or user.
pub(super) const ATTACHED_MAX: usize = 10;
/// Roles of an account (IAM "IAM and AWS STS quotas").
pub const ROLES_MAX: usize = 1_000;
/// Users of an account.
pub(super) const USERS_MAX: usize = 5_000;
/// Groups of an account.
pub(super) const GROUPS_MAX: usize = 300;
/// Groups that one user is in.
pub(super) const GROUPS_OF_USER_MAX: usize = 10;
/// Customer-managed policies of an account.
pub(super) const POLICIES_MAX: usize = 1_500;
/// Versions of a managed policy.
pub(super) const VERSIONS_MAX: usize = 5;
/// Access keys of a user.
pub(super) const ACCESS_KEYS_MAX: usize = 2;
const TAGS_MAX: usize = 50;
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A document as IAM gives it: percent-encoded (RFC 3986).
pub(super) fn encode(document: &str) -> String {
    utf8_percent_encode(document, UNRESERVED).to_string()
}

pub(super) fn check_name(parameter: &str, name: &str, length_max: usize) -> Result<(), AwsError> {
    let length = name.chars().count();
    if !(1..=length_max).contains(&length) {
        let bound = if length == 0 { "greater" } else { "less" };
        let limit = if length == 0 { 1 } else { length_max };
        return Err(constraint(
            parameter,
            name,
            &format!("Member must have length {bound} than or equal to {limit}"),
        ));
    }
    let legal = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if name.chars().all(legal) {
        return Ok(());
    }
    let message = format!(
        "The specified value for {parameter} is invalid. It must contain only alphanumeric \
         characters and/or the following: +=,.@_-"
    );
    Err(AwsError::validation(message))
}

/// The path, `/` where none is given.
pub(super) fn check_path(path: Option<String>) -> Result<String, AwsError> {
    let path = path.unwrap_or_else(|| "/".to_owned());
    let legal = path.len() <= 512
        && path.starts_with('/')
        && path.ends_with('/')
        && path.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if legal {
        return Ok(path);
    }
    let message = "The specified value for path is invalid. It must begin and end with / and \
                   contain only alphanumeric characters and/or / characters.";
    Err(AwsError::validation(message))
}

pub(super) fn check_description(description: Option<&str>) -> Result<(), AwsError> {
    let text = description.unwrap_or_default();
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    if text.chars().count() > 1_000 {
        return Err(constraint(
            "description",
            text,
            "Member must have length less than or equal to 1000",
        ));
    }
    if text.chars().all(legal) {
        return Ok(());
    }
    let pattern = "Member must satisfy regular expression pattern: \
                   [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*";
    Err(constraint("description", text, pattern))
}

pub(super) fn check_session_duration(seconds: i64) -> Result<u32, AwsError> {
    match u32::try_from(seconds) {
        Ok(duration) if (3_600..=43_200).contains(&duration) => Ok(duration),
        _ => {
            let bound = if seconds < 3_600 {
                "greater than or equal to 3600"
            } else {
                "less than or equal to 43200"
            };
            let rule = format!("Member must have value {bound}");
            Err(constraint("maxSessionDuration", &seconds.to_string(), &rule))
        }
    }
}

/// Checks a policy document's characters and grammar. Its length is checked by who knows the quota.
pub(super) fn check_document(
    parameter: &str,
    document: &str,
    kind: PolicyKind,
) -> Result<(), AwsError> {
    if document.is_empty() {
        let rule = "Member must have length greater than or equal to 1";
        return Err(constraint(parameter, document, rule));
    }
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    if !document.chars().all(legal) {
        let message = format!(
            "The specified value for {parameter} is invalid. It must contain only printable ASCII characters."
        );
        return Err(AwsError::validation(message));
    }
    match digitalex_core::validate(document, kind).first() {
        None => Ok(()),
        Some(finding) => Err(AwsError::malformed_policy(finding.message.clone())),
    }
}

/// Characters that count against a quota: white space is not counted.
pub(super) fn counted_chars(document: &str) -> usize {
    document.chars().filter(|character| !character.is_whitespace()).count()
}

/// The tags, checked, on top of `found`.
pub(super) fn merge_tags(
    found: &BTreeMap<String, String>,
    tags: &[Tag],
) -> Result<BTreeMap<String, String>, AwsError> {
    let mut merged = found.clone();
    let mut given = BTreeMap::new();
    for Tag { key, value } in tags {
        check_tag(key, value)?;
        if given.insert(key.to_lowercase(), ()).is_some() {
            let message =
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(AwsError::invalid_input(message));
        }
        merged.retain(|known, _| !known.eq_ignore_ascii_case(key));
        merged.insert(key.clone(), value.clone());
    }
    if merged.len() > TAGS_MAX {
        let message = format!("The number of tags has reached the maximum limit of {TAGS_MAX}.");
        return Err(AwsError::limit_exceeded(message));
    }
    Ok(merged)
}

fn check_tag(key: &str, value: &str) -> Result<(), AwsError> {
    let legal = |text: &str| {
        text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
    };
    if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
        return Err(AwsError::invalid_input("Tag keys beginning with aws: are reserved."));
    }
    if !(1..=128).contains(&key.chars().count()) || !legal(key) {
        return Err(constraint(
            "tags.1.member.key",
            key,
            "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
        ));
    }
    if value.chars().count() > 256 || !legal(value) {
        return Err(constraint(
            "tags.1.member.value",
            value,
            "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
        ));
    }
    Ok(())
}

pub(super) fn constraint(parameter: &str, value: &str, rule: &str) -> AwsError {
    AwsError::validation(format!(
        "1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: {rule}"
    ))
}
