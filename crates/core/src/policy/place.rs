//! Where in a policy document something stands, as `Statement[1].Action[0]`.

use std::fmt;

#[derive(Clone, Default)]
pub(super) struct Place(String);

impl Place {
    /// The value under a key, which is named only where it looks like one: a key in the wrong
    /// place may be a secret.
    pub(super) fn key(&self, key: &str) -> Self {
        let name = shown_key(key);
        Self(if self.0.is_empty() { name.to_owned() } else { format!("{}.{name}", self.0) })
    }

    /// The element of a list.
    pub(super) fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }
}

/// The key, where it is made like a policy element, an operator or a condition key's name.
pub(super) fn shown_key(key: &str) -> &str {
    let like_a_name = key.len() <= 64
        && key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, ':' | '/' | '-' | '_'));
    if like_a_name { key } else { "(a key)" }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_empty() { "the document" } else { &self.0 })
    }
}
