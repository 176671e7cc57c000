//! One call of a client, from its sending to its answer, through whatever stands in between.

use std::time::Duration;

use crate::faults::{CallInfo, Fate, Injection, Moment, WireFault};
use crate::world::{Distortion, World};
use crate::{AwsError, Credentials, Sandbox};

/// Why there is no answer.
pub(crate) enum Failure<T> {
    /// AWS says why.
    Aws(AwsError),
    /// The connection does.
    Wire(Lost<T>),
}

/// An answer that does not come back, or not as it is.
pub(crate) struct Lost<T> {
    /// Why.
    pub(crate) how: WireFault,
    /// What AWS answered, where it had the request.
    pub(crate) answer: Option<Result<T, AwsError>>,
    /// Drawn for this call: what may show in several ways shows in the one that this says.
    pub(crate) drawn: u64,
}

/// A call that can be served.
pub(crate) trait Serve<T> {
    /// How long this client waits for an answer that drips in.
    const PATIENCE: Duration;

    /// What there is to know of it.
    fn info(&mut self, world: &World, credentials: &Credentials) -> CallInfo;

    /// Serves it.
    fn serve(
        self,
        world: &mut World,
        credentials: &Credentials,
        how: Option<&Distortion>,
    ) -> Result<T, AwsError>;
}

impl Sandbox {
    /// Makes the call.
    pub(crate) async fn exchange<T, C: Serve<T>>(
        &self,
        credentials: &Credentials,
        mut call: C,
    ) -> Result<T, Failure<T>> {
        let Some(medium) = &self.medium else {
            return self
                .with_world(|world| call.serve(world, credentials, None))
                .map_err(Failure::Aws);
        };
        let mut info = self.with_world(|world| call.info(world, credentials));
        medium.number(&mut info);
        medium.pass(&info, Moment::Sent).await;
        let latency = medium.latency(&info);
        self.wait(latency / 2).await;
        let (fate, served) = self.with_world(|world| {
            info.at = world.now();
            let injection = medium.injection(&info, world);
            let fault = injection.as_ref().map(|(fault, _)| *fault);
            let before = world.state().accounts.get(&info.account).cloned();
            let (served, executed, shown) = match injection.map(|(_, injection)| injection) {
                None => (call.serve(world, credentials, None).map_err(Failure::Aws), true, None),
                Some(Injection::Refused(error)) => (Err(Failure::Aws(error)), false, None),
                Some(Injection::Wire(how)) => {
                    let answer = how.executes().then(|| call.serve(world, credentials, None));
                    let executed = matches!(answer, Some(Ok(_)));
                    let drawn = medium.drawn(&info);
                    (Err(Failure::Wire(Lost { how, answer, drawn })), executed, None)
                }
                Some(Injection::Distorted(how)) => {
                    let served = call.serve(world, credentials, Some(&how));
                    let shown = match how {
                        Distortion::Stale(account) => Some(account),
                        _ => None,
                    };
                    (served.map_err(Failure::Aws), true, shown)
                }
            };
            let outcome = match &served {
                Err(Failure::Aws(error)) => Err(error),
                // The error may stand before the cut.
                Err(Failure::Wire(Lost {
                    how: WireFault::Truncated,
                    answer: Some(Err(error)),
                    ..
                })) => Err(error),
                _ => Ok(executed),
            };
            let (before, shown) = (before.as_ref(), shown.as_ref());
            let answered =
                !matches!(&served, Err(Failure::Wire(lost)) if lost.how != WireFault::Unreachable);
            let moment = Moment::Served { fault, outcome, answered, before, shown, world };
            (medium.tell(&info, moment), served)
        });
        if fate == Fate::Dies {
            std::future::pending::<()>().await;
        }
        let wait = match &served {
            Err(Failure::Wire(Lost { how: WireFault::Slow, .. })) => C::PATIENCE,
            _ => latency / 2,
        };
        self.wait(wait).await;
        let is_transient = match &served {
            Ok(_) => false,
            Err(Failure::Aws(error)) => error.http_status >= 500,
            Err(Failure::Wire(lost)) => lost.how != WireFault::Unreachable,
        };
        medium.pass(&info, Moment::Answered { is_transient }).await;
        served
    }
}
