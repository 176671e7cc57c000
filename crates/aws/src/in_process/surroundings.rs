//! What the SDK asks its surroundings for: credentials and the time.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Provided;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::time::TimeSource;
use digitalex_engine::Clock;
use jiff::Timestamp;

use super::{Keys, Outside};

/// The keys of the outside, as the SDK's provider.
pub(super) struct OutsideKeys(pub(super) Arc<dyn Outside>);

/// The engine's clock, as the SDK's: signatures and throughput are timed by it.
pub(super) struct ClockTime(pub(super) Arc<dyn Clock>);

impl OutsideKeys {
    pub(super) fn shared(self) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(self)
    }

    fn resolve(&self) -> provider::Result {
        let Keys { access_key_id, secret_access_key, expiry } =
            self.0.keys().map_err(CredentialsError::provider_error)?;
        let expiry = expiry.map(system_time);
        Ok(Credentials::new(access_key_id, secret_access_key, None, expiry, "in process"))
    }
}

impl ProvideCredentials for OutsideKeys {
    fn provide_credentials<'a>(&'a self) -> Provided<'a>
    where
        Self: 'a,
    {
        Provided::ready(self.resolve())
    }
}

impl TimeSource for ClockTime {
    fn now(&self) -> SystemTime {
        system_time(self.0.now())
    }
}

fn system_time(time: Timestamp) -> SystemTime {
    SystemTime::try_from(time).unwrap_or(SystemTime::UNIX_EPOCH)
}

impl fmt::Debug for OutsideKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("OutsideKeys")
    }
}

impl fmt::Debug for ClockTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ClockTime")
    }
}
