//! The configuration: layers of optional values ([`raw`]), resolved into [`Settings`].

mod access_keys;
mod error;
mod flags;
mod layers;
mod pace_values;
mod profiles;
mod raw;
mod raw_access_keys;
mod raw_service;
mod resolve;
mod schema;
mod secret_lines;
mod service;
mod service_values;
mod values;

pub use access_keys::KeySinkSettings;
pub use error::{ConfigError, PlaceError};
pub use flags::ConfigFlags;
pub(crate) use layers::VARIABLES;
pub use layers::{DEFAULT, Environment};
pub use raw_access_keys::Auth;
pub use raw_service::LogFormat;
pub use resolve::{Settings, load};
pub use schema::schema;
pub use service::{HttpSettings, ServiceSettings, TelemetrySettings, WebhookSettings};
pub use values::{AdminRoleEntry, InvalidAdminRole, InvalidOuId, InvalidRoleArn, OuId, RoleArn};
