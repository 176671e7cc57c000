//! A JSON object with very many entries, written as they come: a head, the entries, and what is known
//! at the end only. Cut short anywhere, it is not valid JSON, so that no part is taken for the whole.

use std::io::{self, Write};

use serde::Serialize;

/// The object on its way to `out`. The first error in writing is kept, nothing more is written after
/// it, and [`end`](Self::end) returns it.
pub(crate) struct ObjectStream<W> {
    out: W,
    /// The head, until it is written with the first entry.
    head: Option<String>,
    closing: char,
    failed: Option<io::Error>,
}

impl<W: Write> ObjectStream<W> {
    /// An object of the fields of `head` and the list `name`.
    pub(crate) fn of_list(out: W, head: &impl Serialize, name: &str) -> Self {
        Self::start(out, head, name, ['[', ']'])
    }

    /// An object of the fields of `head` and the object `name`.
    pub(crate) fn of_object(out: W, head: &impl Serialize, name: &str) -> Self {
        Self::start(out, head, name, ['{', '}'])
    }

    /// Writes an entry of the list, on one line.
    pub(crate) fn item(&mut self, value: &impl Serialize) {
        self.entry(|| serde_json::to_string(value));
    }

    /// Writes an entry of the object, laid out to be read.
    pub(crate) fn field(&mut self, key: &str, value: &impl Serialize) {
        self.entry(|| {
            let (key, value) = (serde_json::to_string(key)?, serde_json::to_string_pretty(value)?);
            Ok(format!("{key}: {}", value.replace('\n', "\n    ")))
        });
    }

    /// Ends the entries and writes the fields of `tail`.
    ///
    /// # Errors
    ///
    /// The first error since the start.
    pub(crate) fn end(mut self, tail: &impl Serialize) -> io::Result<W> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let head = self.head.take().unwrap_or_default();
        let fields = serde_json::to_string_pretty(tail)?;
        let fields = fields.strip_prefix('{').unwrap_or(&fields);
        writeln!(self.out, "{head}\n  {},{fields}", self.closing)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn start(out: W, head: &impl Serialize, name: &str, [opening, closing]: [char; 2]) -> Self {
        let (head, failed) = match serde_json::to_string_pretty(head) {
            Ok(head) => {
                let fields = head.strip_suffix("\n}").unwrap_or(&head);
                (Some(format!("{fields},\n  \"{name}\": {opening}")), None)
            }
            Err(error) => (None, Some(error.into())),
        };
        Self { out, head, closing, failed }
    }

    fn entry(&mut self, text: impl FnOnce() -> serde_json::Result<String>) {
        if self.failed.is_some() {
            return;
        }
        let lead = self.head.take().unwrap_or_else(|| ",".to_owned());
        let written = text()
            .map_err(io::Error::from)
            .and_then(|text| self.out.write_all(format!("{lead}\n    {text}").as_bytes()));
        self.failed = written.err();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    /// Fails once, when it has taken so many writes, and would take everything after that.
    struct FailsOnce {
        writes_left: usize,
        taken: Vec<u8>,
    }

    impl Write for FailsOnce {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes_left = self.writes_left.wrapping_sub(1);
            if self.writes_left == usize::MAX {
                return Err(io::Error::other("the disk is full"));
            }
            self.taken.extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn listed(count: usize) -> String {
        let mut stream = ObjectStream::of_list(Vec::new(), &json!({ "first": 1 }), "items");
        (0..count).for_each(|number| stream.item(&json!({ "number": number })));
        let bytes = stream.end(&json!({ "last": 2 })).expect("a vector takes it");
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn stream_should_be_one_object_with_an_entry_a_line() {
        for count in [0, 1, 3] {
            let text = listed(count);
            let items: Vec<_> = (0..count).map(|number| json!({ "number": number })).collect();
            let value: Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(value, json!({ "first": 1, "items": items, "last": 2 }), "{text}");
            assert_eq!(text.lines().filter(|line| line.contains("number")).count(), count);
        }
    }

    #[test]
    fn stream_of_an_object_should_keep_its_keys() {
        let mut stream = ObjectStream::of_object(Vec::new(), &json!({ "first": 1 }), "by_name");
        let named = BTreeMap::from([("a \"quoted\" name", json!({ "x": [1] })), ("b", json!(2))]);
        named.iter().for_each(|(name, value)| stream.field(name, value));
        let bytes = stream.end(&json!({ "last": 2 })).expect("a vector takes it");
        let value: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(value, json!({ "first": 1, "by_name": named, "last": 2 }));
    }

    #[test]
    fn stream_that_is_cut_short_should_not_be_json() {
        let text = listed(2);
        let whole = text.trim_end().len();
        for length in 0..whole {
            assert!(serde_json::from_str::<Value>(&text[..length]).is_err(), "{}", &text[..length]);
        }
    }

    #[test]
    fn first_error_should_end_the_writing_and_be_told_at_the_end() {
        for writes_left in 0..3 {
            let out = FailsOnce { writes_left, taken: Vec::new() };
            let mut stream = ObjectStream::of_list(out, &json!({ "first": 1 }), "items");
            (0..5).for_each(|number| stream.item(&number));
            assert_eq!(stream.out.taken.iter().filter(|byte| **byte == b'\n').count(), {
                // The head has three lines above its first entry.
                if writes_left == 0 { 0 } else { writes_left + 2 }
            });
            let error = stream.end(&json!({ "last": 2 })).err().expect("the first error");
            assert_eq!(error.to_string(), "the disk is full");
        }
    }
}
