//! Who calls.

use std::fmt;
use std::sync::Arc;

use digitalex_core::AccountId;
use jiff::Timestamp;

use super::id::account_of_key;
use super::operation::Service;
use super::{AccessKey, Signature, World, whole_second};
use crate::AwsError;

/// The access key id and session token that a request is signed with, and the Region that it is signed
/// for. Over HTTP the signature is checked where the key is a user's, since only of those the world
/// knows the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    access_key_id: String,
    session_token: Option<String>,
    region: Arc<str>,
    /// None over the ports, where nothing is signed.
    signature: Option<Signature>,
}

/// The principal that the credentials stand for.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    pub(crate) principal: Principal,
}

#[derive(Debug, Clone)]
pub(crate) enum Principal {
    /// The root user of the account.
    Root,
    /// A user, by the key of the account's map.
    User(String),
    /// A session of a role.
    Session(Arc<Session>),
}

/// A session that `AssumeRole` gave out. The token is left out of `Debug`.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) account: AccountId,
    /// The key of the role in the account's map.
    pub(crate) role: String,
    /// The role's unique id: the session ends with the role.
    pub(crate) role_id: String,
    pub(crate) name: String,
    pub(crate) expires: Timestamp,
    /// Session policies, as documents.
    pub(crate) policies: Vec<String>,
    pub(crate) token: String,
}

impl Credentials {
    /// The credentials with this access key id, and session token if it is a session's; they sign for
    /// us-east-1.
    #[must_use]
    pub fn new(access_key_id: impl Into<String>, session_token: Option<String>) -> Self {
        let region = "us-east-1".into();
        Self { access_key_id: access_key_id.into(), session_token, region, signature: None }
    }

    /// The same credentials, signing for this Region.
    #[must_use]
    pub fn in_region(self, region: &str) -> Self {
        Self { region: region.into(), ..self }
    }

    /// The same credentials, with the signature of one request.
    pub(crate) fn signed(self, signature: Signature) -> Self {
        Self { signature: Some(signature), ..self }
    }

    /// The root user of the management account.
    #[must_use]
    pub fn management_root() -> Self {
        Self::new("AKIAMANAGEMENTROOT00", None)
    }

    /// The root user of `account`. No access key that a world makes looks like this.
    #[must_use]
    pub fn root_of(account: AccountId) -> Self {
        Self::new(format!("ROOT{account}"), None)
    }

    pub(crate) const fn region(&self) -> &Arc<str> {
        &self.region
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Credentials({})", self.access_key_id)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Session({} {} {})", self.account, self.role, self.name)
    }
}

/// When and for what an access key of a user was used last.
#[derive(Debug, Clone)]
pub(crate) struct KeyUse {
    pub(crate) at: Timestamp,
    pub(crate) service: Service,
    pub(crate) region: Arc<str>,
}

/// Access key ids of sessions begin so.
pub(crate) const SESSION_KEY_PREFIX: &str = "ASIASIM";

impl World {
    /// Whom the credentials stand for: a session, a user, or else the root of the management account.
    pub(crate) fn authenticate(&self, credentials: &Credentials) -> Result<Caller, AwsError> {
        let key = credentials.access_key_id.as_str();
        if key.starts_with(SESSION_KEY_PREFIX) {
            return self.authenticate_session(key, credentials.session_token.as_deref());
        }
        if let Some(account) = key.strip_prefix("ROOT").and_then(|id| id.parse().ok())
            && self.state.accounts.contains_key(&account)
        {
            return Ok(Caller { account, principal: Principal::Root });
        }
        match self.find_access_key(key) {
            Some((_, _, key)) if !key.active => Err(invalid_token()),
            Some((_, _, key)) if !key.may_have_signed(credentials.signature.as_ref()) => {
                Err(AwsError::new("SignatureDoesNotMatch", 403, WRONG_SIGNATURE))
            }
            Some((account, user, _)) => Ok(Caller { account, principal: Principal::User(user) }),
            None => {
                Ok(Caller { account: self.state.management_account, principal: Principal::Root })
            }
        }
    }

    /// Remembers that a user made a call with these credentials, for `GetAccessKeyLastUsed`.
    pub(super) fn note_use(
        &mut self,
        caller: &Caller,
        credentials: &Credentials,
        service: Service,
    ) {
        if matches!(caller.principal, Principal::User(_)) {
            let region = Arc::clone(&credentials.region);
            let used = KeyUse { at: whole_second(self.now), service, region };
            self.key_uses.insert(credentials.access_key_id.clone(), used);
        }
    }

    /// Whether somebody has made a call with this access key.
    #[must_use]
    pub fn was_used(&self, id: &str) -> bool {
        self.key_uses.contains_key(id)
    }

    /// Somebody makes a call with this access key, whoever it is.
    pub fn use_key(&mut self, id: &str, service: Service) {
        let used = KeyUse { at: whole_second(self.now), service, region: "us-east-1".into() };
        self.key_uses.insert(id.to_owned(), used);
    }

    fn authenticate_session(&self, key: &str, token: Option<&str>) -> Result<Caller, AwsError> {
        let expired = || {
            let message = "The security token included in the request is expired";
            AwsError::new("ExpiredToken", 403, message)
        };
        let session = self.sessions.get(key).ok_or_else(expired)?;
        if Some(session.token.as_str()) != token {
            return Err(invalid_token());
        }
        if session.expires <= self.now {
            return Err(expired());
        }
        let role =
            self.account(session.account).and_then(|account| account.iam.roles.get(&session.role));
        if role.is_none_or(|role| role.identity.id != session.role_id) {
            return Err(invalid_token());
        }
        let principal = Principal::Session(Arc::clone(session));
        Ok(Caller { account: session.account, principal })
    }

    /// The account and user (by key) of an access key, and the access key itself.
    pub(crate) fn find_access_key(&self, id: &str) -> Option<(AccountId, String, &AccessKey)> {
        let account = account_of_key(id)?;
        let users = self.iam(account)?.users.iter();
        let mut keys = users.filter_map(|(name, user)| Some((name, user.keys.get(id)?)));
        keys.next().map(|(name, key)| (account, name.clone(), key))
    }

    /// The ARN of the caller, as `GetCallerIdentity` gives it.
    pub(crate) fn caller_arn(&self, caller: &Caller) -> String {
        let partition = self.state.partition;
        let account = caller.account;
        match &caller.principal {
            Principal::Root => format!("arn:{partition}:iam::{account}:root"),
            Principal::User(key) => self
                .iam(account)
                .and_then(|iam| iam.users.get(key))
                .map(|user| self.iam_arn(account, "user", &user.identity.path, &user.identity.name))
                .unwrap_or_default(),
            Principal::Session(session) => {
                let role = self.iam(account).and_then(|iam| iam.roles.get(&session.role));
                let role = role.map_or(session.role.as_str(), |role| &role.identity.name);
                format!("arn:{partition}:sts::{account}:assumed-role/{role}/{}", session.name)
            }
        }
    }
}

const WRONG_SIGNATURE: &str = "The request signature we calculated does not match the signature you \
                               provided. Check your AWS Secret Access Key and signing method.";

impl AccessKey {
    /// Whether a request with this signature may be from who has the key; without one there is nothing
    /// to tell.
    fn may_have_signed(&self, signature: Option<&Signature>) -> bool {
        signature.is_none_or(|signature| signature.is_by(&self.secret))
    }
}

fn invalid_token() -> AwsError {
    let message = "The security token included in the request is invalid.";
    AwsError::new("InvalidClientTokenId", 403, message)
}
