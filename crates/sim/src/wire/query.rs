//! The query protocol's parameters: `Tags.member.1.Key=…` becomes a list of objects.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The lists that a request can hold. An empty one comes as `Tags=`, without members.
const LISTS: [&str; 7] =
    ["ActionNames", "ContextEntries", "Filter", "PolicyArns", "ResourceArns", "TagKeys", "Tags"];

/// A tree of parameters that is being read.
#[derive(Default)]
struct Node {
    text: Option<String>,
    children: BTreeMap<String, Node>,
}

/// The parameters of a form body, as data.
pub(super) fn parameters(body: &[u8]) -> Value {
    let mut root = Node::default();
    for (name, value) in form_urlencoded::parse(body) {
        if value.is_empty() && LISTS.contains(&name.as_ref()) {
            continue;
        }
        let node = name
            .split('.')
            .fold(&mut root, |node, part| node.children.entry(part.to_owned()).or_default());
        node.text = Some(value.into_owned());
    }
    root.into_value()
}

impl Node {
    fn into_value(mut self) -> Value {
        if let Some(members) = self.children.remove("member") {
            let mut numbered: Vec<(u32, Node)> = members
                .children
                .into_iter()
                .filter_map(|(number, node)| Some((number.parse().ok()?, node)))
                .collect();
            numbered.sort_by_key(|(number, _)| *number);
            return numbered.into_iter().map(|(_, node)| node.into_value()).collect();
        }
        if self.children.is_empty() {
            return Value::String(self.text.unwrap_or_default());
        }
        let fields = self.children.into_iter().map(|(name, node)| (name, node.into_value()));
        Value::Object(fields.collect::<Map<_, _>>())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn query_should_take_an_empty_list_for_none_and_an_empty_text_for_itself() {
        assert_eq!(parameters(b"Tags=&Description="), json!({"Description": ""}));
    }

    #[test]
    fn query_should_read_lists_of_structures_in_their_order() {
        let members: String = (1..=11).map(|n| format!("&Tags.member.{n}.Key=k{n}")).collect();
        let read = parameters(format!("Action=TagRole&RoleName=a%2Bb{members}").as_bytes());
        assert_eq!(read["RoleName"], json!("a+b"));
        assert_eq!(read["Tags"][1], json!({"Key": "k2"}));
        assert_eq!(read["Tags"][10], json!({"Key": "k11"}));
    }
}
