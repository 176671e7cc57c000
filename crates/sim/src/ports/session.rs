//! A session in one account, by way of the admin roles, renewed ahead of its end.

use digitalex_core::{AccountId, Arn, Partition};
use digitalex_engine::{
    AdminRole, Bucket, CallError, CallErrorKind, Denial, Purpose, StsRegion, Target, session_policy,
};
use futures::lock::Mutex;
use jiff::{SignedDuration, Timestamp};

use super::connection::Connection;
use crate::Credentials;
use crate::world::Operation;
use crate::world::operation::Integer;
use crate::world::sts::AssumeRole;

/// A session is renewed so long before it ends.
const REFRESH_AHEAD: SignedDuration = SignedDuration::from_secs(300);
const SESSION_SECONDS: i64 = 3_600;

/// The way into one account.
pub(super) struct TargetSession {
    pub(super) connection: Connection,
    pub(super) target: Target,
    purpose: Purpose,
    partition: Partition,
    own_account: AccountId,
    held: Mutex<Option<Held>>,
}

struct Held {
    credentials: Credentials,
    expires: Timestamp,
}

impl TargetSession {
    /// Opens the account.
    pub(super) async fn open(
        connection: Connection,
        target: &Target,
        purpose: Purpose,
    ) -> Result<Self, CallError> {
        let credentials = &connection.credentials;
        let own = connection
            .sandbox
            .with_world(|world| Ok((world.authenticate(credentials)?, world.state().partition)));
        let (caller, partition) = own.map_err(|error| {
            super::classify::call_error("AssumeRole", Some(target.account), &error, None)
        })?;
        let session = Self {
            connection,
            target: target.clone(),
            purpose,
            partition,
            own_account: caller.account,
            held: Mutex::new(None),
        };
        session.credentials().await?;
        Ok(session)
    }

    /// Makes a call in the account, and once more with a fresh session where AWS says that this one has
    /// expired: such a call was not executed.
    pub(super) async fn call<O>(
        &self,
        bucket: Bucket,
        operation: impl Fn() -> O + Send + Sync,
    ) -> Result<O::Output, CallError>
    where
        O: Operation + Send,
        O::Output: Send,
    {
        let account = Some(self.target.account);
        let credentials = self.credentials().await?;
        let own = self.target.account == self.own_account;
        let of_session = |error: CallError| if own { error } else { error.of_session() };
        let first = self.connection.call(&credentials, bucket, account, &operation).await;
        match first.map_err(of_session) {
            Err(error) if error.kind == CallErrorKind::ExpiredCredentials => {
                *self.held.lock().await = None;
                let credentials = self.credentials().await?;
                let again = self.connection.call(&credentials, bucket, account, &operation).await;
                again.map_err(|error| self.of_account(of_session(error)))
            }
            result => result,
        }
    }

    /// That the session of one account has expired says nothing of the others.
    fn of_account(&self, error: CallError) -> CallError {
        let own = self.target.account == self.own_account;
        match error.kind {
            CallErrorKind::ExpiredCredentials if !own => {
                CallError { kind: CallErrorKind::ExpiredSession, ..error }
            }
            _ => error,
        }
    }

    /// Credentials in the account, good for some minutes at least. The caller's own account is reached
    /// with its own.
    pub(super) async fn credentials(&self) -> Result<Credentials, CallError> {
        if self.target.account == self.own_account {
            return Ok(self.connection.credentials.clone());
        }
        let mut held = self.held.lock().await;
        let soon = self.connection.caller.clock().now().saturating_add(REFRESH_AHEAD);
        if let Some(Held { credentials, expires }) = held.as_ref()
            && soon.is_ok_and(|soon| soon < *expires)
        {
            return Ok(credentials.clone());
        }
        let fresh = self.assume_first().await?;
        let credentials = fresh.credentials.clone();
        *held = Some(fresh);
        Ok(credentials)
    }

    /// The first admin role that lets in.
    async fn assume_first(&self) -> Result<Held, CallError> {
        let mut refusals: Vec<(Denial, String)> = Vec::new();
        for admin_role in self.target.admin_roles.iter() {
            match self.assume_chain(admin_role).await {
                Ok(held) => return Ok(held),
                Err(CallError { kind: CallErrorKind::Denied(denial), message, .. }) => {
                    refusals.push((denial, format!("{admin_role} ({message})")));
                }
                Err(error) => return Err(error),
            }
        }
        let Some((first, _)) = refusals.first() else {
            return Err(self.failure(
                CallErrorKind::InvalidRequest,
                "no admin role is configured for this account".to_owned(),
            ));
        };
        let agreed = refusals.iter().all(|(denial, _)| denial == first);
        let denial = if agreed { *first } else { Denial::AdminRole };
        let tried: Vec<&str> = refusals.iter().map(|(_, text)| text.as_str()).collect();
        let message = format!("no admin role could be assumed; tried {}", tried.join(", "));
        Err(self.failure(CallErrorKind::Denied(denial), message))
    }

    /// Assumes the hops one after the other; only the last one, in the target, is confined.
    async fn assume_chain(&self, admin_role: &AdminRole) -> Result<Held, CallError> {
        let account = self.target.account;
        let arns: Vec<String> = admin_role.hops.iter().map(|hop| self.hop_arn(hop)).collect();
        let in_target =
            |arn: &str| arn.parse::<Arn>().is_ok_and(|arn| arn.account_id() == Some(account));
        let Some((last, before)) = arns.split_last().filter(|(last, _)| in_target(last)) else {
            let message = format!("the admin role {admin_role} does not end in this account");
            return Err(self.failure(CallErrorKind::InvalidRequest, message));
        };
        let mut by = self.connection.credentials.clone();
        for arn in before {
            by = self.assume(arn, None, &by).await?.credentials;
        }
        let policy = session_policy(self.purpose, self.partition, &self.target);
        self.assume(last, Some(&policy), &by).await
    }

    async fn assume(
        &self,
        role_arn: &str,
        policy: Option<&str>,
        by: &Credentials,
    ) -> Result<Held, CallError> {
        let operation = || AssumeRole {
            role_arn: role_arn.to_owned(),
            role_session_name: "digitalex-rollout".to_owned(),
            policy: policy.map(str::to_owned),
            policy_arns: None,
            duration_seconds: Some(Integer(SESSION_SECONDS)),
            external_id: None,
            source_identity: None,
            tags: None,
        };
        let account = Some(self.target.account);
        let session = self
            .connection
            .call(by, Bucket::Sts(StsRegion::default()), account, operation)
            .await?
            .credentials;
        Ok(Held {
            credentials: Credentials::new(session.access_key_id, Some(session.session_token)),
            expires: session.expiration,
        })
    }

    fn hop_arn(&self, hop: &str) -> String {
        let account = self.target.account;
        if hop.starts_with("arn:") {
            return hop.replace("<ACCOUNT_ID>", &account.to_string());
        }
        let resource = format!("role/{}", hop.trim_start_matches('/'));
        Arn::iam(self.partition, account, &resource).to_string()
    }

    fn failure(&self, kind: CallErrorKind, message: String) -> CallError {
        let account = Some(self.target.account);
        let operation = "AssumeRole";
        CallError { operation, account, kind, message, retry_after: None, source: None }
    }
}
