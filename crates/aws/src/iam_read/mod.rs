//! Reading a role or user completely: all at once, or 1 call where there is none and none was expected.

mod policies;
mod user;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use aws_sdk_iam::types::Role;
use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{Identity, IdentityKind, IdentityName, ObservedIdentity, PolicyName};
use digitalex_engine::{AccountReader, CallError, CallErrorKind};
use futures::future::join;

pub(crate) use self::policies::Policies;
use crate::iam_calls::IamCalls;
use crate::translate::{inconsistent, observed_role};

/// Reads the roles and users of one account.
pub(crate) struct IdentityReader {
    pub(crate) calls: IamCalls,
    known_policies: Arc<[PolicyName]>,
    expectation: Arc<Expectation>,
    looked: AtomicBool,
}

/// Whether the role or user was there in the account that was looked into last, and so is to be expected
/// in the next: where it is, all of it is asked for at once; where it is not, one call tells.
#[derive(Default)]
pub(crate) struct Expectation {
    role: AtomicBool,
    user: AtomicBool,
}

#[async_trait]
impl AccountReader for IdentityReader {
    async fn observe(&self, identity: &Identity) -> Result<Option<ObservedIdentity>, CallError> {
        let name = &identity.name;
        match identity.kind {
            IdentityKind::Role => {
                let read =
                    self.whole(identity.kind, self.get_role(name), || self.policies_of_role(name));
                let Some((role, policies)) = read.await? else { return Ok(None) };
                observed_role(self.calls.subject("GetRole"), &role, policies).map(Some)
            }
            IdentityKind::User => {
                let read =
                    self.whole(identity.kind, self.get_user(name), || self.parts_of_user(name));
                let Some((user, parts)) = read.await? else { return Ok(None) };
                self.observed_user(&user, parts).await.map(Some)
            }
        }
    }
}

impl IdentityReader {
    pub(crate) fn new(
        calls: IamCalls,
        known_policies: Arc<[PolicyName]>,
        expectation: Arc<Expectation>,
    ) -> Self {
        Self { calls, known_policies, expectation, looked: AtomicBool::new(false) }
    }

    /// What `get` gives, with its parts; none where IAM says that it is not there.
    async fn whole<T, P, F>(
        &self,
        kind: IdentityKind,
        get: impl Future<Output = Result<T, CallError>> + Send,
        parts: impl Fn() -> F + Send,
    ) -> Result<Option<(T, P)>, CallError>
    where
        F: Future<Output = Result<P, CallError>> + Send,
    {
        let expectation = match kind {
            IdentityKind::Role => &self.expectation.role,
            IdentityKind::User => &self.expectation.user,
        };
        // A second look follows a write, and says nothing of other accounts.
        let first = !self.looked.swap(true, Ordering::Relaxed);
        let expected = !first || expectation.load(Ordering::Relaxed);
        let (got, read) = if expected {
            let (got, read) = join(get, parts()).await;
            (got, Some(read))
        } else {
            (get.await, None)
        };
        let there = !got.as_ref().is_err_and(|error| match error.kind {
            CallErrorKind::Denied(_) => is_planted(PlantedBug::DeniedAsAbsent),
            _ => error.kind == CallErrorKind::NotFound,
        });
        if first {
            expectation.store(there, Ordering::Relaxed);
        }
        if !there {
            return Ok(None);
        }
        let got = got?;
        let read = match read {
            Some(read) => read,
            None => parts().await,
        };
        Ok(Some((got, read.map_err(while_reading)?)))
    }

    async fn get_role(&self, name: &IdentityName) -> Result<Role, CallError> {
        let calls = &self.calls;
        let answer = calls
            .read("GetRole", |config| {
                let request = calls.iam.get_role().role_name(name.as_str());
                request.customize().config_override(config).send()
            })
            .await?;
        answer.role.ok_or_else(|| inconsistent(calls.subject("GetRole"), "no role came back"))
    }
}

/// What `GetRole` or `GetUser` has shown cannot be absent: it was removed meanwhile, or is not known
/// everywhere yet.
fn while_reading(error: CallError) -> CallError {
    match error.kind {
        CallErrorKind::NotFound => CallError { kind: CallErrorKind::Transient, ..error },
        _ => error,
    }
}
