//! The JSON schema of the configuration file, for editors.

use super::raw::RawConfig;

/// The JSON schema of the configuration file.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(RawConfig).to_value()
}
