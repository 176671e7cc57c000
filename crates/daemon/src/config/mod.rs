//! The configuration: layers of optional values ([`raw`]), resolved into [`Settings`].

mod error;
mod flags;
mod layers;
mod pace_values;
mod profiles;
mod raw;
mod resolve;
mod schema;
mod values;

pub use error::{ConfigError, PlaceError};
pub use flags::ConfigFlags;
pub(crate) use layers::VARIABLES;
pub use layers::{DEFAULT, Environment};
pub use resolve::{Settings, load};
pub use schema::schema;
pub use values::{AdminRoleEntry, InvalidAdminRole, InvalidOuId, OuId};
