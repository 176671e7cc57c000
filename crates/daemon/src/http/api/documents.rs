//! What is wanted of a role and what was found, side by side.

use std::collections::{BTreeMap, BTreeSet};

use digitalex_core::{DesiredBoundary, DesiredForm, DesiredIdentity, Effect, Verdict};
use digitalex_store::{AccountPage, Word};
use serde::Serialize;
use serde_json::{Map, Value, json};
use similar::{ChangeTag, TextDiff};
use utoipa::ToSchema;

/// One document or setting of the role. External ids are hidden in both.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct Document {
    /// `trust`, `access keys`, `login profile`, `groups`, `inline policy X`, `managed policies`, `permissions boundary`, `tags`,
    /// `description`, `max session duration` or `path`.
    name: String,
    /// What is wanted; none where it should not be there.
    wanted: Option<Value>,
    /// What was found; none where it was not there.
    found: Option<Value>,
    /// Whether IAM takes the two for the same, which need not be spelled the same.
    same: bool,
    /// What the difference means for access.
    #[schema(value_type = Option<String>)]
    effect: Option<Effect>,
    /// Both, line by line.
    lines: Vec<Line>,
}

/// One line of what is wanted, what was found, or both.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct Line {
    mark: Mark,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Mark {
    /// In both.
    Same,
    /// In what is wanted only.
    Wanted,
    /// In what was found only.
    Found,
}

/// A document by its aspect, and its subject where the aspect has several.
type Key = (&'static str, String);

/// All documents of the account's role, in the order of the page.
pub(super) fn documents(page: &AccountPage, wanted: Option<&DesiredIdentity>) -> Vec<Document> {
    let wanted_parts = wanted.map(of_wanted).unwrap_or_default();
    let found_parts = match (&page.found, wanted) {
        (Some(found), wanted) => of_found(found, wanted),
        // What is as wanted is not kept twice.
        (None, Some(_)) if is_as_wanted(page) => wanted_parts.clone(),
        (None, _) => BTreeMap::new(),
    };
    let keys: BTreeSet<_> = wanted_parts.keys().chain(found_parts.keys()).collect();
    let mut keys: Vec<_> = keys.into_iter().collect();
    keys.sort_by_key(|(aspect, _)| ORDER.iter().position(|known| known == aspect));
    keys.into_iter()
        .map(|key| {
            let effect = effect_of(page, key);
            let (wanted, found) = (wanted_parts.get(key), found_parts.get(key));
            document(key, wanted.cloned(), found.cloned(), effect)
        })
        .collect()
}

const ORDER: [&str; 11] = [
    "trust",
    "access_keys",
    "login_profile",
    "groups",
    "inline",
    "managed",
    "boundary",
    "tags",
    "description",
    "max_session_duration",
    "path",
];

fn document(
    (aspect, subject): &Key,
    wanted: Option<Value>,
    found: Option<Value>,
    effect: Option<Effect>,
) -> Document {
    let name = match *aspect {
        "inline" => format!("inline policy {subject}"),
        "managed" => "managed policies".to_owned(),
        "boundary" => "permissions boundary".to_owned(),
        other => other.replace('_', " "),
    };
    let same = effect.is_none() && wanted.is_some() == found.is_some();
    let texts = [text(wanted.as_ref()), text(found.as_ref())];
    let lines = if same { all_same(&texts[0]) } else { compare(&texts[0], &texts[1]) };
    Document { name, wanted, found, same, effect, lines }
}

/// What is wanted, by document, as it would be written.
fn of_wanted(desired: &DesiredIdentity) -> BTreeMap<Key, Value> {
    let boundary = match &desired.boundary {
        DesiredBoundary::Required(arn) => Some(json!(arn)),
        DesiredBoundary::Undeclared | DesiredBoundary::Forbidden => None,
    };
    let mut parts = BTreeMap::from([
        (key("managed"), json!(desired.managed)),
        (key("tags"), json!(desired.tags)),
        (key("path"), json!(desired.path)),
    ]);
    if let DesiredForm::Role { description, max_session_duration, trust } = &desired.form {
        parts.extend([
            (key("trust"), trust.redacted()),
            (key("description"), json!(description)),
            (key("max_session_duration"), json!(max_session_duration)),
        ]);
    }
    parts.extend(boundary.map(|arn| (key("boundary"), arn)));
    let inline = desired.inline.iter();
    parts
        .extend(inline.map(|(name, document)| (("inline", name.to_string()), document.redacted())));
    parts
}

/// What was found, by document. Tags that nobody asks for are the customer's own, and left out.
fn of_found(found: &Value, wanted: Option<&DesiredIdentity>) -> BTreeMap<Key, Value> {
    let names = [
        ("trust", "trust"),
        ("access_keys", "keys"),
        ("login_profile", "login_profile"),
        ("groups", "groups"),
        ("managed", "managed"),
        ("boundary", "boundary"),
        ("description", "description"),
        ("max_session_duration", "max_session_duration_s"),
        ("path", "path"),
    ];
    let mut parts: BTreeMap<_, _> = names
        .into_iter()
        .filter_map(|(aspect, name)| Some((key(aspect), found.get(name)?.clone())))
        .filter(|(_, value)| !value.is_null())
        .collect();
    let members = |name| found.get(name).and_then(Value::as_object).into_iter().flatten();
    parts.extend(
        members("inline").map(|(name, document)| (("inline", name.clone()), document.clone())),
    );
    let asked_for =
        |key: &str| wanted.is_none_or(|role| role.tags.keys().any(|wanted| wanted.as_str() == key));
    let tags = members("tags").filter(|(key, _)| asked_for(key));
    let tags: Map<_, _> = tags.map(|(key, value)| (key.clone(), value.clone())).collect();
    parts.insert(key("tags"), Value::Object(tags));
    parts
}

fn key(aspect: &'static str) -> Key {
    (aspect, String::new())
}

/// Whether the last look at the role found it as wanted.
fn is_as_wanted(page: &AccountPage) -> bool {
    let there = page.role.as_ref().is_some_and(|role| role.id.is_some());
    let good = matches!(page.line.verdict, Some(Verdict::InSync | Verdict::Converged));
    good || (there && page.differences.is_empty())
}

/// The gravest effect of the differences that are about this document.
fn effect_of(page: &AccountPage, (aspect, subject): &Key) -> Option<Effect> {
    let is_about = |difference: &&Value| {
        let named = difference.get("aspect").and_then(Value::as_str);
        let subject_matches =
            subject.is_empty() || difference.get("name").and_then(Value::as_str) == Some(subject);
        // A role that is not there lacks all of its documents.
        matches!(named, Some("role" | "user")) || (named == Some(aspect) && subject_matches)
    };
    let effects = page.differences.iter().filter(is_about);
    effects.filter_map(|difference| Effect::from_word(difference.get("effect")?.as_str()?)).max()
}

/// Indented JSON, with the members of objects, and the elements of the lists that IAM takes for sets,
/// in order.
fn text(value: Option<&Value>) -> String {
    let ordered = value.map(|value| in_order(value, true));
    ordered.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_default()
}

fn in_order(value: &Value, is_set: bool) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.iter().collect();
            let ordered = members.into_iter().map(|(key, value)| {
                (key.clone(), in_order(&as_list(key, value), key != "Statement"))
            });
            Value::Object(ordered.collect())
        }
        Value::Array(elements) => {
            let mut ordered: Vec<_> = elements.iter().map(|found| in_order(found, true)).collect();
            if is_set {
                ordered.sort_by_cached_key(Value::to_string);
            }
            Value::Array(ordered)
        }
        other => other.clone(),
    }
}

/// IAM takes a list of one for its element.
fn as_list(key: &str, value: &Value) -> Value {
    let listed = ["Statement", "Action", "NotAction", "Resource", "NotResource"].contains(&key);
    if listed && !value.is_array() { json!([value]) } else { value.clone() }
}

fn all_same(text: &str) -> Vec<Line> {
    text.lines().map(|line| Line { mark: Mark::Same, text: line.to_owned() }).collect()
}

fn compare(wanted: &str, found: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(wanted, found);
    diff.iter_all_changes()
        .map(|change| {
            let mark = match change.tag() {
                ChangeTag::Equal => Mark::Same,
                ChangeTag::Delete => Mark::Wanted,
                ChangeTag::Insert => Mark::Found,
            };
            Line { mark, text: change.value().trim_end_matches('\n').to_owned() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(actions: &Value) -> Value {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions}]})
    }

    #[test]
    fn text_should_not_tell_apart_what_iam_does_not() {
        let one = text(Some(&statement(&json!(["s3:Get*", "ec2:*"]))));
        assert_eq!(one, text(Some(&statement(&json!(["ec2:*", "s3:Get*"])))));
        let single = text(Some(&statement(&json!("ec2:*"))));
        assert_eq!(single, text(Some(&statement(&json!(["ec2:*"])))));
        assert_ne!(one, single);
        let bare =
            json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*"}});
        assert_eq!(single, text(Some(&bare)));
    }

    #[test]
    fn statements_should_keep_their_order() {
        let list = json!({"Statement": [{"Sid": "b"}, {"Sid": "a"}]});
        let text = text(Some(&list));
        assert!(text.find("\"b\"") < text.find("\"a\""), "{text}");
    }

    #[test]
    fn lines_should_say_which_side_they_are_of() {
        let line = |mark, text: &str| Line { mark, text: text.to_owned() };
        let lines = compare("a\nb", "a\nc");
        let wanted = [line(Mark::Same, "a"), line(Mark::Wanted, "b"), line(Mark::Found, "c")];
        assert_eq!(lines, wanted);
    }
}
