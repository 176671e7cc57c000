//! Tests of the whole: documents in, answers out.

mod compare;
mod denial;
mod effect;
mod equality;
mod evaluator;
mod meaning;
mod parse;
mod properties;
mod rewrite;
mod trust;
mod validate;

use super::PolicyDocument;

/// A document with these statements, in the newer version of the language.
fn policy(statements: &str) -> PolicyDocument {
    document(&format!(r#"{{"Version": "2012-10-17", "Statement": {statements}}}"#))
}

fn document(text: &str) -> PolicyDocument {
    PolicyDocument::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
