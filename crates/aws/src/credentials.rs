//! Credentials that can go stale, and a call that survives it once.

use std::future::Future;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use digitalex_engine::{Call, CallError, CallErrorKind, Caller};

/// Where the credentials of a call come from.
#[async_trait]
pub(crate) trait CredentialSource: Send + Sync {
    /// Valid credentials.
    async fn get(&self) -> Result<Credentials, CallError>;

    /// AWS says that these have expired: the next `get` gives others.
    async fn forget(&self, stale: &Credentials);
}

/// Makes a call with credentials of `source`, and once more with fresh ones where AWS says that
/// they have expired: such a call was not executed, so that a write may be made again too. `route`
/// says for each attempt where it is made.
pub(crate) async fn call_with<T, R, F, A>(
    caller: &Caller,
    source: &dyn CredentialSource,
    route: R,
    attempt: F,
) -> Result<T, CallError>
where
    T: Send,
    R: Fn() -> Call + Send + Sync,
    F: Fn(Call, Credentials) -> A + Send + Sync,
    A: Future<Output = Result<T, CallError>> + Send,
{
    let credentials = source.get().await?;
    match caller.call_routed(&route, |call| attempt(call, credentials.clone())).await {
        Err(error) if error.kind == CallErrorKind::ExpiredCredentials => {
            source.forget(&credentials).await;
            let credentials = source.get().await?;
            caller.call_routed(&route, |call| attempt(call, credentials.clone())).await
        }
        result => result,
    }
}

/// Whether these are the same credentials.
pub(crate) fn same(one: &Credentials, other: &Credentials) -> bool {
    one.access_key_id() == other.access_key_id() && one.session_token() == other.session_token()
}
