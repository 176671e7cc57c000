//! One field of a CSV file.

/// RFC 4180; and a sheet must not take the text of other people for a formula (OWASP, "CSV Injection"): such
/// text is led by an apostrophe.
pub(crate) fn csv_field(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) || is_formula {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_field_should_never_be_a_formula_nor_break_a_line() {
        let cases = [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("a\nb", "\"a\nb\""),
        ];
        for (text, field) in cases {
            assert_eq!(csv_field(text), field);
        }
    }
}
