//! What happened in a simulation: a hash of it, and its text where somebody wants to read it.

use std::fmt::Write;

use jiff::Timestamp;

use super::time::BEGINNING;

/// What happened, in order.
#[derive(Debug)]
pub struct Trace {
    hash: u64,
    events: u64,
    line: String,
    text: Option<Vec<String>>,
}

impl Trace {
    /// Nothing yet. The text is kept where `readable`.
    #[must_use]
    pub fn new(readable: bool) -> Self {
        let text = readable.then(Vec::new);
        Self { hash: 0xcbf2_9ce4_8422_2325, events: 0, line: String::new(), text }
    }

    /// Something happened.
    pub fn add(&mut self, at: Timestamp, what: std::fmt::Arguments<'_>) {
        self.line.clear();
        let passed = at.as_millisecond() - BEGINNING.as_millisecond();
        let _ = write!(self.line, "{:>6}.{:03} {what}", passed / 1_000, passed % 1_000);
        // FNV-1a: the same on every machine and in every build.
        for byte in self.line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self.events += 1;
        if let Some(text) = &mut self.text {
            text.push(self.line.clone());
        }
    }

    /// The hash of all that happened.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// How much happened.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The lines, where they were kept.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        self.text.as_deref().unwrap_or_default()
    }
}
