//! Progress on standard error: a bar with rate and time left on a terminal, else a line at every tenth of the way.

use std::io::IsTerminal;

use digitalex_core::Verdict;
use digitalex_engine::PassEvent;
use indicatif::{ProgressBar, ProgressStyle};

use super::tell;
use crate::Context;

/// The progress of one pass.
pub(crate) struct Progress {
    shown: Shown,
    /// What has happened to a finished account.
    word: &'static str,
    listed: usize,
    listed_all: bool,
    done: usize,
    troubled: usize,
    tenths: usize,
}

enum Shown {
    Nothing,
    Lines,
    Bar(ProgressBar),
}

impl Progress {
    /// Begins to show progress; `word` says what happens to accounts: read, done.
    pub(crate) fn start(context: &Context, word: &'static str) -> Self {
        let shown = if context.global.quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            Shown::Bar(context.bars.add(bar()))
        } else {
            Shown::Lines
        };
        Self { shown, word, listed: 0, listed_all: false, done: 0, troubled: 0, tenths: 0 }
    }

    /// Takes note of an event.
    pub(crate) fn on_event(&mut self, event: &PassEvent) {
        match event {
            PassEvent::Listed(_) => self.listed += 1,
            PassEvent::ListingEnded { .. } => self.listed_all = true,
            PassEvent::Done(visit) => {
                self.done += 1;
                let fine = matches!(
                    visit.record.verdict,
                    Verdict::InSync | Verdict::Converged | Verdict::Drifted | Verdict::Skipped
                );
                self.troubled += usize::from(!fine);
            }
        }
        self.show();
    }

    /// Takes the bar away.
    pub(crate) fn end(self) {
        if let Shown::Bar(bar) = self.shown {
            bar.finish_and_clear();
        }
    }

    fn show(&mut self) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => {
                bar.set_length(self.listed as u64);
                bar.set_position(self.done as u64);
                bar.set_message(self.text());
            }
            Shown::Lines => {
                let tenths = (self.done * 10).checked_div(self.listed).unwrap_or_default();
                if self.listed_all && tenths > self.tenths {
                    self.tenths = tenths;
                    tell(&self.text());
                }
            }
        }
    }

    fn text(&self) -> String {
        let Self { done, listed, word, troubled, .. } = self;
        let more = if self.listed_all { "" } else { "+" };
        let trouble = match troubled {
            0 => String::new(),
            count => format!(", {count} with trouble"),
        };
        format!("{done} of {listed}{more} accounts {word}{trouble}")
    }
}

fn bar() -> ProgressBar {
    let template = "{spinner} [{elapsed_precise}] {bar:30} {msg}, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ");
    ProgressBar::no_length().with_style(style)
}
