//! Every rewriting that IAM makes, or takes for the same.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// Decisions, drawn once and used up in turn.
pub(super) struct Choices<'a> {
    bytes: &'a [u8],
    used: usize,
}

impl<'a> Choices<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, used: 0 }
    }

    fn flip(&mut self) -> bool {
        self.used += 1;
        self.bytes[self.used % self.bytes.len()] & (1 << (self.used % 8)) != 0
    }
}

/// The text of a policy, written otherwise.
pub(super) fn rewritten(policy: &Value, choices: &mut Choices<'_>) -> String {
    let mut policy = policy.clone();
    if policy["Version"] == "2008-10-17" && choices.flip() {
        policy.as_object_mut().expect("an object").remove("Version");
    }
    if choices.flip() {
        policy["Id"] = json!("an-id");
    }
    for (index, statement) in
        policy["Statement"].as_array_mut().expect("a list").iter_mut().enumerate()
    {
        rewrite_statement(index, statement, choices);
    }
    rewrite_list(&mut policy["Statement"], choices);
    let text = written(&policy, choices);
    if choices.flip() { utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string() } else { text }
}

fn rewrite_statement(index: usize, statement: &mut Value, choices: &mut Choices<'_>) {
    if choices.flip() {
        statement["Sid"] = json!(format!("Sid{index}"));
    }
    for (element, value) in statement.as_object_mut().expect("an object") {
        match element.as_str() {
            "Action" | "NotAction" => {
                for action in value.as_array_mut().expect("a list") {
                    *action = json!(recased(action.as_str().expect("text"), choices));
                }
                rewrite_list(value, choices);
            }
            "Resource" | "NotResource" => rewrite_list(value, choices),
            "Principal" | "NotPrincipal" => rewrite_principal(value, choices),
            "Condition" => *value = rewritten_condition(value, choices),
            _ => {}
        }
    }
    if statement["Condition"] == json!({}) && choices.flip() {
        statement.as_object_mut().expect("an object").remove("Condition");
    }
}

fn rewrite_principal(principal: &mut Value, choices: &mut Choices<'_>) {
    if principal == "*" && choices.flip() {
        *principal = json!({"AWS": ["*"]});
    }
    let Some(Value::Array(aws)) = principal.get_mut("AWS") else { return };
    for value in aws.iter_mut() {
        let text = value.as_str().expect("text").to_owned();
        let root = text.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root"));
        match root {
            Some(id) if choices.flip() => *value = json!(id),
            None if text.len() == 12 && choices.flip() => {
                *value = json!(format!("arn:aws:iam::{text}:root"));
            }
            _ => {}
        }
    }
    rewrite_list(&mut principal["AWS"], choices);
    if *principal == json!({"AWS": "*"}) && choices.flip() {
        *principal = json!("*");
    }
}

fn rewritten_condition(condition: &Value, choices: &mut Choices<'_>) -> Value {
    let mut rewritten = json!({});
    for (operator, keys) in condition.as_object().expect("an object") {
        let operator = recased(operator, choices);
        rewritten[&operator] = json!({});
        for (key, values) in keys.as_object().expect("an object") {
            let mut values = values.clone();
            rewrite_list(&mut values, choices);
            rewritten[&operator][recased(key, choices)] = values;
        }
    }
    if choices.flip() && condition.get("Bool").is_none() {
        rewritten["Bool"] = json!({});
    }
    rewritten
}

/// Another order, values twice, and a list of one as its element.
fn rewrite_list(list: &mut Value, choices: &mut Choices<'_>) {
    let values = list.as_array_mut().expect("a list");
    if choices.flip() {
        values.reverse();
    }
    if choices.flip() {
        values.rotate_left(1);
    }
    if values.len() == 1 && choices.flip() {
        *list = values.remove(0);
    } else if choices.flip() {
        values.push(values[0].clone());
    }
}

fn recased(text: &str, choices: &mut Choices<'_>) -> String {
    text.chars().map(|c| if choices.flip() { swapped_case(c) } else { c }).collect()
}

fn swapped_case(c: char) -> char {
    if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
}

/// As text, with the keys in another order, white space and escapes.
fn written(value: &Value, choices: &mut Choices<'_>) -> String {
    let space = if choices.flip() { " \n\t" } else { "" };
    match value {
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(|value| written(value, choices)).collect();
            format!("[{space}{}{space}]", values.join(&format!(",{space}")))
        }
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(key, value)| format!("{}{space}:{}", json!(key), written(value, choices)))
                .collect();
            if choices.flip() {
                members.reverse();
            }
            format!("{{{}{space}}}", members.join(","))
        }
        Value::String(text) if choices.flip() => {
            let escaped: Vec<String> =
                text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("\"{}\"", escaped.concat())
        }
        scalar => scalar.to_string(),
    }
}
