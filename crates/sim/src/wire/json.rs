//! Answers of awsJson1.1.

use serde_json::{Value, json};

use crate::AwsError;

/// The body without the fields that are null.
pub(super) fn response(mut output: Value) -> String {
    drop_nulls(&mut output);
    output.to_string()
}

pub(super) fn error(error: &AwsError) -> String {
    json!({ "__type": error.code, "Message": error.message }).to_string()
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
