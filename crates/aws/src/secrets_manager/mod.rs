//! Secrets Manager as a key sink.

mod calls;
mod options;
mod sink;

pub(crate) use self::calls::SecretCalls;
pub use self::options::{InvalidSecretPrefix, SecretPrefix, SecretsManagerOptions};
pub use self::sink::SecretsManagerSink;
