//! Differences as they are kept and shown.

use digitalex_core::IdentityDiff;
use serde_json::Value;

use crate::Word;

/// Core's differences, redacted, each with its aspect, effect and summary.
pub(super) fn difference_lines(differences: &IdentityDiff) -> sqlx::Result<Vec<Value>> {
    let lines = differences.iter().map(|difference| {
        let mut line = serde_json::to_value(difference)
            .map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        if let Value::Object(fields) = &mut line {
            fields.insert("aspect".to_owned(), difference.aspect().word().into());
            fields.insert("effect".to_owned(), difference.effect().word().into());
            fields.insert("summary".to_owned(), difference.summary().into());
        }
        Ok(line)
    });
    lines.collect()
}
