//! Calls to the world, paced and retried by the engine as real ones are.

use digitalex_core::AccountId;
use digitalex_engine::{Bucket, Call, CallError, Caller};

use super::classify::call_error;
use crate::world::Operation;
use crate::{Credentials, Sandbox};

/// The world, and what makes calls to it.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) sandbox: Sandbox,
    pub(super) caller: Caller,
    /// Those that the product was started with.
    pub(super) credentials: Credentials,
}

impl Connection {
    /// Makes a call; `operation` says it anew for each attempt.
    pub(super) async fn call<O>(
        &self,
        credentials: &Credentials,
        bucket: Bucket,
        account: Option<AccountId>,
        operation: impl Fn() -> O + Send + Sync,
    ) -> Result<O::Output, CallError>
    where
        O: Operation + Send,
        O::Output: Send,
    {
        let call = Call { operation: O::NAME, bucket };
        self.caller
            .call(call, || async {
                self.sandbox.delay().await;
                let operation = operation();
                self.sandbox.with_world(|world| world.serve(credentials, operation)).map_err(
                    |error| call_error(O::NAME, account, &error, self.sandbox.retry_after(&error)),
                )
            })
            .await
    }
}
