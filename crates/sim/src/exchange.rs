//! One call of a client, from its sending to its answer, through whatever stands in between.

use std::time::Duration;

use crate::faults::{CallInfo, Fate, Injection, Moment, WireFault};
use crate::world::{Distortion, World};
use crate::{AwsError, Credentials, Sandbox};

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// AWS says why.
    Aws(AwsError),
    /// The connection does.
    Wire(WireFault),
}

/// A call that can be served.
pub(crate) trait Serve<T> {
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

/// How long a client waits for an answer that drips in.
const SLOW_ANSWER: Duration = Duration::from_secs(30);

impl Sandbox {
    /// Makes the call.
    pub(crate) async fn exchange<T, C: Serve<T>>(
        &self,
        credentials: &Credentials,
        mut call: C,
    ) -> Result<T, Failure> {
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
                Some(Injection::Wire(how)) if !how.executes() => {
                    (Err(Failure::Wire(how)), false, None)
                }
                Some(Injection::Wire(how)) => {
                    let executed = call.serve(world, credentials, None).is_ok();
                    (Err(Failure::Wire(how)), executed, None)
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
                _ => Ok(executed),
            };
            let (before, shown) = (before.as_ref(), shown.as_ref());
            let moment = Moment::Served { fault, outcome, before, shown, world };
            (medium.tell(&info, moment), served)
        });
        if fate == Fate::Dies {
            std::future::pending::<()>().await;
        }
        let wait = match &served {
            Err(Failure::Wire(WireFault::Slow)) => SLOW_ANSWER,
            _ => latency / 2,
        };
        self.wait(wait).await;
        let known = !matches!(&served, Err(Failure::Wire(how)) if *how != WireFault::Unreachable);
        medium.pass(&info, Moment::Answered { known }).await;
        served
    }
}
