//! The formats, against files that were looked at, against each other, and against hostile text.

mod golden_files;
mod hostile;
mod sample;
mod signed;
mod two_runs;
mod what_to_do;
