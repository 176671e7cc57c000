//! AWS Security Token Service (API version 2011-06-15).

use std::sync::Arc;

use digitalex_core::{AccountId, PolicyKind};
use jiff::{SignedDuration, Timestamp};

use super::credentials::SESSION_KEY_PREFIX;
use super::id::{account_of_key, padded, scramble};
use super::operation::{Access, Integer, Tag, operation, shapes};
use super::{AccountState, Caller, Principal, Role, Session, World};
use crate::AwsError;

/// How long a session chained from another lasts at most, in seconds.
const CHAINED_SESSION_MAX: i64 = 3_600;
/// Characters of a session policy and of the ARNs of managed session policies together.
const SESSION_POLICY_CHARS_MAX: usize = 2_048;
const SESSION_POLICY_ARNS_MAX: usize = 10;
/// Below this many sessions it is not worth looking for expired ones.
const SESSIONS_KEPT_MIN: usize = 1_024;

super::table::handlers![AssumeRole, GetCallerIdentity, GetAccessKeyInfo, GetSessionToken];

shapes! {
    input AssumeRole {
        role_arn: String,
        role_session_name: String,
        policy: Option<String>,
        policy_arns: Option<Vec<PolicyArn>>,
        duration_seconds: Option<Integer>,
        external_id: Option<String>,
        source_identity: Option<String>,
        tags: Option<Vec<Tag>>,
    }
    input PolicyArn {
        #[serde(rename = "arn")]
        arn: String,
    }
    input GetCallerIdentity {}
    input GetAccessKeyInfo { access_key_id: String }
    input GetSessionToken {}
    output AssumedRoleUser { assumed_role_id: String, arn: String }
    output CallerIdentityOutput { user_id: String, account: String, arn: String }
    output AccessKeyInfoOutput { account: String }
}

/// The session, with its secrets: no `Debug`.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssumeRoleOutput {
    pub(crate) credentials: SessionCredentials,
    pub(crate) assumed_role_user: AssumedRoleUser,
    pub(crate) packed_policy_size: Option<usize>,
}

/// Secrets: no `Debug`.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SessionCredentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
    pub(crate) expiration: Timestamp,
}

operation! {
    Sts AssumeRole -> AssumeRoleOutput,
    access(self, _, _) { None },
    more {
        fn target(&self) -> Option<AccountId> {
            self.role_arn.split(':').nth(4)?.parse().ok()
        }
    },
    run(self, world, caller) {
        self.check_parameters()?;
        let duration = self.duration_seconds.map_or(3_600, |Integer(seconds)| seconds);
        let (account, key) = world.find_role(&self.role_arn).ok_or_else(|| self.denied(world, caller))?;
        let role = world.iam(account).and_then(|iam| iam.roles.get(&key));
        let role: &Role = role.ok_or_else(|| self.denied(world, caller))?;
        let access = Access::to(&self.role_arn)
            .with("sts:externalid", self.external_id.as_deref())
            .with("sts:rolesessionname", self.role_session_name.as_str())
            .with("sts:sourceidentity", self.source_identity.as_deref())
            .with_request_tags(self.tags.as_deref().unwrap_or_default());
        world.check_assume_role(caller, &role.trust, &access)?;
        if matches!(caller.principal, Principal::Session(_)) && duration > CHAINED_SESSION_MAX {
            let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
            return Err(AwsError::validation(message));
        }
        if duration > i64::from(role.max_session_duration_s) {
            let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
            return Err(AwsError::validation(message));
        }
        let policies = self.session_policies(world)?;
        let packed_policy_size = self.policy.as_ref().map(|policy| policy.len() * 100 / (2 * SESSION_POLICY_CHARS_MAX));
        let role_name = role.identity.name.clone();
        let role_id = role.identity.id.clone();
        let session = Session {
            account,
            role: key,
            role_id: role_id.clone(),
            name: self.role_session_name.clone(),
            expires: world.now.saturating_add(SignedDuration::from_secs(duration)).unwrap_or(world.now),
            policies,
            token: String::new(),
        };
        Ok(AssumeRoleOutput {
            credentials: world.issue(session),
            assumed_role_user: AssumedRoleUser {
                assumed_role_id: format!("{role_id}:{}", self.role_session_name),
                arn: format!(
                    "arn:{}:sts::{account}:assumed-role/{role_name}/{}",
                    world.state.partition, self.role_session_name
                ),
            },
            packed_policy_size,
        })
    }
}

operation! {
    Sts GetCallerIdentity -> CallerIdentityOutput,
    access(self, _, _) { None },
    run(self, world, caller) {
        let iam = world.iam(caller.account);
        let user_id = match &caller.principal {
            Principal::Root => Some(caller.account.to_string()),
            Principal::User(key) => {
                iam.and_then(|iam| iam.users.get(key)).map(|user| user.identity.id.clone())
            }
            Principal::Session(session) => Some(format!("{}:{}", session.role_id, session.name)),
        };
        Ok(CallerIdentityOutput {
            user_id: user_id.unwrap_or_default(),
            account: caller.account.to_string(),
            arn: world.caller_arn(caller),
        })
    }
}

operation! {
    Sts GetAccessKeyInfo -> AccessKeyInfoOutput,
    run(self, world, _) {
        let session = world.sessions.get(&self.access_key_id).map(|session| session.account);
        let account = session.or_else(|| account_of_key(&self.access_key_id)).ok_or_else(|| {
            AwsError::validation("The access key id does not tell an account.")
        })?;
        Ok(AccessKeyInfoOutput { account: account.to_string() })
    }
}

operation! {
    Sts GetSessionToken -> crate::world::operation::Empty,
    access(self, _, _) { None },
    run(self, _, _) {
        let message = "The simulated sts does not give out session tokens: use AssumeRole";
        Err(AwsError::new("InvalidAction", 400, message))
    }
}

impl AssumeRole {
    fn check_parameters(&self) -> Result<(), AwsError> {
        let legal = |text: &str, more: &str| {
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c) || more.contains(c))
        };
        let refuse = |what: &str, rule: &str| {
            let message = format!(
                "1 validation error detected: Value at '{what}' failed to satisfy constraint: {rule}"
            );
            Err(AwsError::validation(message))
        };
        let name = &self.role_session_name;
        if !(2..=64).contains(&name.chars().count()) || !legal(name, "") {
            return refuse(
                "roleSessionName",
                "Member must satisfy regular expression pattern: [\\w+=,.@-]*",
            );
        }
        if let Some(id) = &self.external_id
            && (!(2..=1224).contains(&id.chars().count()) || !legal(id, ":/"))
        {
            return refuse(
                "externalId",
                "Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*",
            );
        }
        if let Some(Integer(seconds)) = self.duration_seconds
            && !(900..=43_200).contains(&seconds)
        {
            return refuse("durationSeconds", "Member must have value between 900 and 43200");
        }
        if !self.role_arn.starts_with("arn:") || !self.role_arn.contains(":role/") {
            return Err(AwsError::validation(format!("{} is invalid", self.role_arn)));
        }
        Ok(())
    }

    fn session_policies(&self, world: &World) -> Result<Vec<String>, AwsError> {
        let arns = self.policy_arns.as_deref().unwrap_or_default();
        let document = self.policy.as_deref().unwrap_or_default();
        let chars = document.chars().count() + arns.iter().map(|it| it.arn.len()).sum::<usize>();
        if chars > SESSION_POLICY_CHARS_MAX {
            let max = SESSION_POLICY_CHARS_MAX;
            return Err(AwsError::validation(format!(
                "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to {max}"
            )));
        }
        if arns.len() > SESSION_POLICY_ARNS_MAX {
            return Err(AwsError::validation("At most 10 managed session policies are allowed."));
        }
        let mut policies = Vec::new();
        if let Some(policy) = &self.policy {
            if let Some(finding) = digitalex_core::validate(policy, PolicyKind::Identity).first() {
                return Err(AwsError::malformed_policy(finding.message.clone()));
            }
            policies.push(policy.clone());
        }
        for PolicyArn { arn } in arns {
            let document = world.managed_policy_document(arn).ok_or_else(|| {
                AwsError::validation(format!("The managed policy {arn} does not exist."))
            })?;
            policies.push(document.to_owned());
        }
        Ok(policies)
    }

    /// AWS does not say whether the role is missing, or does not trust the caller.
    fn denied(&self, world: &World, caller: &Caller) -> AwsError {
        let message = format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
            world.caller_arn(caller),
            self.role_arn
        );
        AwsError::new("AccessDenied", 403, message)
    }
}

impl World {
    /// The account and key of an active account's role. The ARN's path and case must be right.
    fn find_role(&self, arn: &str) -> Option<(AccountId, String)> {
        let account: AccountId = arn.split(':').nth(4)?.parse().ok()?;
        let key = arn.rsplit('/').next()?.to_lowercase();
        let found = self.account(account).filter(|found| found.state == AccountState::Active)?;
        let identity = &found.iam.roles.get(&key)?.identity;
        (self.iam_arn(account, "role", &identity.path, &identity.name) == arn)
            .then_some((account, key))
    }

    /// Gives out credentials for the session. Forgets those that expired, each time that there are twice
    /// as many as the last time left.
    fn issue(&mut self, mut session: Session) -> SessionCredentials {
        if self.sessions.len() > self.sessions_kept.max(SESSIONS_KEPT_MIN) {
            self.sessions.retain(|_, session| session.expires > self.now);
            self.sessions_kept = self.sessions.len() * 2;
        }
        self.sessions_made += 1;
        let number = self.sessions_made;
        let access_key_id = format!("{SESSION_KEY_PREFIX}{}", padded(number, 13));
        let token = padded(scramble(self.state.seed ^ scramble(number)), 13);
        session.token = format!("SIMULATED{token}{token}");
        let credentials = SessionCredentials {
            access_key_id: access_key_id.clone(),
            secret_access_key: format!("SIMULATED{}", padded(scramble(number), 13).repeat(3))[..40]
                .to_owned(),
            session_token: session.token.clone(),
            expiration: session.expires,
        };
        self.sessions.insert(access_key_id, Arc::new(session));
        credentials
    }
}
