//! Calls to the world, paced and retried by the engine as real ones are.

use std::time::Duration;

use digitalex_core::AccountId;
use digitalex_engine::{Bucket, Call, CallError, Caller};

use super::classify::{broken, call_error};
use crate::exchange::{Failure, Serve};
use crate::faults::CallInfo;
use crate::world::{Distortion, Operation, World};
use crate::{AwsError, Credentials, Sandbox};

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
                let served = self.sandbox.exchange(credentials, Typed(operation())).await;
                served.map_err(|failure| match failure {
                    Failure::Aws(error) => {
                        call_error(O::NAME, account, &error, self.sandbox.retry_after(&error))
                    }
                    Failure::Wire(lost) => broken(O::NAME, account, lost.how),
                })
            })
            .await
    }
}

/// A call whose type is known.
struct Typed<O>(O);

impl<O: Operation> Serve<O::Output> for Typed<O> {
    const PATIENCE: Duration = Duration::from_secs(30);

    fn info(&mut self, world: &World, credentials: &Credentials) -> CallInfo {
        world.call_info(credentials, &mut self.0)
    }

    fn serve(
        self,
        world: &mut World,
        credentials: &Credentials,
        how: Option<&Distortion>,
    ) -> Result<O::Output, AwsError> {
        match how {
            Some(how) => world.serve_distorted(credentials, self.0, how),
            None => world.serve(credentials, self.0),
        }
    }
}
