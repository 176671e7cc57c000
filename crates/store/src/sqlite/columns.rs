//! What a row holds, in the types of this program.

use digitalex_core::AccountId;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

use crate::Word;

/// Reads the columns of one row by name.
pub(super) struct Columns<'r>(pub(super) &'r SqliteRow);

impl<'r> Columns<'r> {
    pub(super) fn get<T: Decode<'r, Sqlite> + Type<Sqlite>>(
        &self,
        column: &str,
    ) -> sqlx::Result<T> {
        self.0.try_get(column)
    }

    /// A count: never negative.
    pub(super) fn count<T: TryFrom<i64> + Default>(&self, column: &str) -> sqlx::Result<T> {
        self.get::<i64>(column)?.try_into().map_err(|_| not_understood(column, "a number"))
    }

    pub(super) fn account(&self, column: &str) -> sqlx::Result<AccountId> {
        let text: &str = self.get(column)?;
        text.parse().map_err(|_| not_understood(column, text))
    }

    pub(super) fn time(&self, column: &str) -> sqlx::Result<Timestamp> {
        time(self.get(column)?)
    }

    pub(super) fn time_if_any(&self, column: &str) -> sqlx::Result<Option<Timestamp>> {
        self.get::<Option<i64>>(column)?.map(time).transpose()
    }

    pub(super) fn word<T: Word>(&self, column: &str) -> sqlx::Result<T> {
        let word: &str = self.get(column)?;
        T::from_word(word).ok_or_else(|| not_understood(column, word))
    }

    pub(super) fn word_if_any<T: Word>(&self, column: &str) -> sqlx::Result<Option<T>> {
        match self.get::<Option<&str>>(column)? {
            None => Ok(None),
            Some(_) => self.word(column).map(Some),
        }
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &str) -> sqlx::Result<T> {
        let text: &str = self.get(column)?;
        serde_json::from_str(text).map_err(|_| not_understood(column, "JSON"))
    }

    /// The default where the column has none.
    pub(super) fn json_or_default<T: DeserializeOwned + Default>(
        &self,
        column: &str,
    ) -> sqlx::Result<T> {
        match self.get::<Option<&str>>(column)? {
            None => Ok(T::default()),
            Some(_) => self.json(column),
        }
    }
}

/// The time that a column holds.
pub(super) fn time(microseconds: i64) -> sqlx::Result<Timestamp> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|_| not_understood("a time", &microseconds.to_string()))
}

/// JSON for a column. Only maps whose keys are no strings could fail, and there are none.
pub(super) fn to_json(value: &impl serde::Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// What the column holds is not what this program writes there.
pub(super) fn not_understood(column: &str, what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{what:?} in {column}").into())
}
