//! Answers of the query protocol.

use std::fmt::Write;

use serde_json::Value;

use crate::AwsError;

/// The answer to `operation`: `<OperationResponse><OperationResult>…`.
pub(super) fn response(
    operation: &str,
    namespace: &str,
    output: &Value,
    request_id: &str,
) -> String {
    let mut xml = format!("<{operation}Response xmlns=\"{namespace}\">");
    if output.as_object().is_some_and(|fields| !fields.is_empty()) {
        write_element(&mut xml, &format!("{operation}Result"), output);
    }
    let _ = write!(
        xml,
        "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    );
    xml
}

/// The answer that says why not.
pub(super) fn error(error: &AwsError, namespace: &str, request_id: &str) -> String {
    let kind = if error.http_status < 500 { "Sender" } else { "Receiver" };
    let mut xml = format!("<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{kind}</Type>");
    write_element(&mut xml, "Code", &Value::from(error.code));
    write_element(&mut xml, "Message", &Value::from(error.message.as_str()));
    let _ = write!(xml, "</Error><RequestId>{request_id}</RequestId></ErrorResponse>");
    xml
}

/// Lists become `<member>` elements; what is null is left out.
fn write_element(xml: &mut String, name: &str, value: &Value) {
    if value.is_null() {
        return;
    }
    let _ = write!(xml, "<{name}>");
    match value {
        Value::Null => {}
        Value::Array(items) => {
            for item in items {
                write_element(xml, "member", item);
            }
        }
        // The one map of IAM, whose keys are data.
        Value::Object(fields) if name == "SummaryMap" => {
            for (key, value) in fields {
                xml.push_str("<entry>");
                write_element(xml, "key", &Value::from(key.as_str()));
                write_element(xml, "value", value);
                xml.push_str("</entry>");
            }
        }
        Value::Object(fields) => {
            for (field, value) in fields {
                write_element(xml, field, value);
            }
        }
        Value::String(text) => write_escaped(xml, text),
        Value::Bool(_) | Value::Number(_) => {
            let _ = write!(xml, "{value}");
        }
    }
    let _ = write!(xml, "</{name}>");
}

fn write_escaped(xml: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\r' => xml.push_str("&#13;"),
            other => xml.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn xml_should_escape_text_and_leave_out_what_is_null() {
        let output = json!({"Names": ["a<b", "c&d"], "Marker": null, "IsTruncated": false});
        let xml = response("ListNames", "urn:x", &output, "id");
        assert!(xml.contains("<Names><member>a&lt;b</member><member>c&amp;d</member></Names>"));
        assert!(xml.contains("<IsTruncated>false</IsTruncated>"));
        assert!(!xml.contains("Marker"));
    }
}
