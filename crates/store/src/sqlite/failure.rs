//! What SQLite's errors mean.

use std::path::Path;
use std::sync::Arc;

use crate::StoreError;

/// SQLite's primary result codes (sqlite.org/rescode.html).
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
const SQLITE_NOTADB: i32 = 26;

/// The error that a failed read or write of the file gives; `verb` is `read` or `written`.
pub(super) fn failed(
    path: &Path,
    verb: &'static str,
    source: impl Into<Arc<sqlx::Error>>,
) -> StoreError {
    let (path, source) = (path.to_owned(), source.into());
    if let sqlx::Error::Decode(what) = &*source {
        return StoreError::NotUnderstood { path, what: what.to_string() };
    }
    match primary_code(&source) {
        Some(SQLITE_CORRUPT | SQLITE_NOTADB) => StoreError::Damaged { path, source },
        Some(SQLITE_FULL) => StoreError::Full { path, source },
        _ => StoreError::Failed { path, verb, source },
    }
}

/// Extended codes hold the primary one in their lowest eight bits.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
