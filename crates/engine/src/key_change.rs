//! The steps on access keys: each key's secret goes to the sink before anything else is done with it, and
//! a key that no sink has taken is deleted at once.

use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{AccessKeyId, IdentityKind, Step, Verdict};
use tracing::warn;

use crate::change::{Change, Stop};
use crate::disposition::{Disposition, Intent, disposition};
use crate::{CallError, CallErrorKind, KeyOwner, KeySinkError, cause};

/// Why a step was not taken.
pub(crate) enum Untaken {
    /// Its call failed, and perhaps was executed.
    Failed(CallError),
    /// It was given up, and nothing of it is left.
    Stopped(Stop),
}

impl Change<'_> {
    /// Takes one step.
    pub(crate) async fn take(&self, step: &Step) -> Result<(), Untaken> {
        match step {
            Step::CreateAccessKey { .. } => self.create_key(step).await,
            Step::SwitchAccessKey { to, .. } => {
                if !is_planted(PlantedBug::SwitchWithoutPromotion) {
                    self.promote(to).await?;
                }
                self.call(step).await
            }
            Step::DeleteAccessKey { id } => {
                self.call(step).await?;
                self.forget(id).await;
                Ok(())
            }
            _ => self.call(step).await,
        }
    }

    async fn promote(&self, id: &AccessKeyId) -> Result<(), Untaken> {
        let promoted = self.key_sink.promote(&self.owner(), id).await;
        promoted.map_err(|error| Untaken::Stopped(Stop::failed(cause::of_key_sink(&error))))
    }

    async fn call(&self, step: &Step) -> Result<(), Untaken> {
        let executed = self.writer.execute(&self.desired.identity(), step).await;
        executed.map(drop).map_err(Untaken::Failed)
    }

    /// Makes a key, hands its secret over, and records it. Only then it is anybody's.
    async fn create_key(&self, step: &Step) -> Result<(), Untaken> {
        let identity = self.desired.identity();
        let made = self.writer.execute(&identity, step).await.map_err(Untaken::Failed)?;
        let key = made.ok_or_else(|| Untaken::Failed(self.no_key(step)))?;
        let owner = self.owner();
        if let Err(error) = self.key_sink.keep(&owner, &key).await
            && !is_planted(PlantedBug::RecordUnkeptKey)
        {
            return Err(self.give_up(&key.id, &error).await);
        }
        let id = key.id.clone();
        // The sink has the secret: it is wiped here.
        drop(key);
        if matches!(step, Step::CreateAccessKey { beside: None })
            && let Err(error) = self.key_sink.promote(&owner, &id).await
        {
            return Err(self.give_up(&id, &error).await);
        }
        let tags = step.key_record(Some(&id)).map(|record| record.tags()).unwrap_or_default();
        let recorded = self.call(&Step::Tag { on: IdentityKind::User, tags }).await;
        match recorded {
            // Not recorded for certain, and so nobody's.
            Err(Untaken::Failed(error))
                if disposition(&error, Intent::Write) != Disposition::ReadFirst =>
            {
                let stop = Stop::of_call(Verdict::Failed, &error);
                Err(Untaken::Stopped(self.delete_unrecorded(&id, stop).await))
            }
            recorded => recorded,
        }
    }

    async fn give_up(&self, id: &AccessKeyId, error: &KeySinkError) -> Untaken {
        let stop = Stop::failed(cause::of_key_sink(error));
        Untaken::Stopped(self.delete_unrecorded(id, stop).await)
    }

    /// Deletes a key just made that is not recorded, and says why.
    async fn delete_unrecorded(&self, id: &AccessKeyId, mut stop: Stop) -> Stop {
        let delete = Step::DeleteAccessKey { id: id.clone() };
        match self.writer.execute(&self.desired.identity(), &delete).await {
            Ok(_) => self.forget(id).await,
            Err(error) => stop.cause = cause::key_left(stop.cause, id, &error),
        }
        stop
    }

    /// The secret of a deleted key opens nothing: that it lies about is no failure of the account.
    async fn forget(&self, id: &AccessKeyId) {
        if let Err(error) = self.key_sink.forget(&self.owner(), id).await {
            warn!(account = %self.desired.account, %id, "{error}");
        }
    }

    fn owner(&self) -> KeyOwner {
        KeyOwner { account: self.desired.account, user: self.desired.name.clone() }
    }

    fn no_key(&self, step: &Step) -> CallError {
        CallError {
            operation: step.operation(),
            account: Some(self.desired.account),
            kind: CallErrorKind::InconsistentAnswer,
            message: "no access key came back".to_owned(),
            retry_after: None,
            source: None,
        }
    }
}
