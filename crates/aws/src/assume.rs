//! `AssumeRole`: which admin role, by way of which others, under which name and session policy.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_sts::config::Config;
use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{AccountId, Arn, Partition};
use digitalex_engine::{
    AdminRole, CallError, CallErrorKind, Caller, Denial, Purpose, Target, session_policy,
};

use crate::base_credentials::BaseCredentials;
use crate::classify::Subject;
use crate::credentials::call_with;
use crate::sts_regions::StsRegions;

/// How long a session lasts: the most that STS grants where roles are chained, and the least that
/// a role's own limit can be.
pub(crate) const SESSION: Duration = Duration::from_secs(SESSION_S as u64);
const SESSION_S: i32 = 3600;

/// Assumes admin roles.
pub(crate) struct RoleAssumer {
    pub(crate) sts: Arc<StsRegions>,
    pub(crate) caller: Caller,
    pub(crate) base: Arc<BaseCredentials>,
    pub(crate) partition: Partition,
    pub(crate) session_name: String,
    pub(crate) purpose: Purpose,
    pub(crate) last_worked: Mutex<Option<AdminRole>>,
}

/// An admin role that could not be assumed.
struct Refusal<'a> {
    admin_role: &'a AdminRole,
    denial: Denial,
    message: String,
}

impl RoleAssumer {
    /// A session in the target account: the admin roles are tried in order, the one that worked
    /// last first.
    pub(crate) async fn assume(&self, target: &Target) -> Result<Credentials, CallError> {
        let mut refusals = Vec::new();
        for admin_role in self.in_order(&target.admin_roles) {
            match self.assume_chain(target, admin_role).await {
                Ok(credentials) => {
                    let mut last = self.last_worked.lock().unwrap_or_else(PoisonError::into_inner);
                    *last = Some(admin_role.clone());
                    return Ok(credentials);
                }
                Err(error) => match error.kind {
                    CallErrorKind::Denied(denial) => {
                        tracing::debug!(api = "AssumeRole", account = %target.account, %error, %admin_role, "the admin role cannot be assumed");
                        refusals.push(Refusal { admin_role, denial, message: error.message });
                    }
                    _ => return Err(error),
                },
            }
        }
        // In the configuration's order whichever worked last, so that accounts alike are told alike.
        let place = |role: &AdminRole| target.admin_roles.iter().position(|other| other == role);
        refusals.sort_by_key(|refusal| place(refusal.admin_role));
        Err(all_refused(target.account, &refusals))
    }

    fn in_order<'a>(&self, admin_roles: &'a [AdminRole]) -> Vec<&'a AdminRole> {
        let last = self.last_worked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ordered: Vec<&AdminRole> = admin_roles.iter().collect();
        ordered.sort_by_key(|role| Some(*role) != last.as_ref());
        ordered
    }

    /// Assumes the hops one after the other; only the last one, in the target, is confined.
    async fn assume_chain(
        &self,
        target: &Target,
        admin_role: &AdminRole,
    ) -> Result<Credentials, CallError> {
        let account = target.account;
        let arns = hop_arns(self.partition, account, admin_role);
        let Some((last, before)) = arns.split_last().filter(|(last, _)| is_in(last, account))
        else {
            let message = format!("the admin role {admin_role} does not end in this account");
            return Err(subject(account).failure(CallErrorKind::InvalidRequest, message));
        };
        let mut by = None;
        for arn in before {
            by = Some(self.assume_hop(account, arn, None, by).await?);
        }
        let policy = session_policy(self.purpose, self.partition, target);
        self.assume_hop(account, last, Some(policy), by).await
    }

    async fn assume_hop(
        &self,
        account: AccountId,
        arn: &str,
        policy: Option<String>,
        by: Option<Credentials>,
    ) -> Result<Credentials, CallError> {
        let subject = subject(account);
        let duration_s = if is_planted(PlantedBug::LongSession) { 43_200 } else { SESSION_S };
        let route = || self.sts.route(subject.operation);
        let attempt = |call, by: Credentials| {
            let policy = policy.clone();
            self.sts.attempt(call, move |sts| async move {
                let request = sts
                    .assume_role()
                    .role_arn(arn)
                    .role_session_name(&self.session_name)
                    .duration_seconds(duration_s)
                    .set_policy(policy)
                    .customize()
                    .config_override(Config::builder().credentials_provider(by));
                let answer = request.send().await.map_err(|error| subject.classify(error))?;
                session_credentials(subject, answer)
            })
        };
        match by {
            Some(by) => self.caller.call_routed(route, |call| attempt(call, by.clone())).await,
            None => call_with(&self.caller, self.base.as_ref(), route, attempt).await,
        }
    }
}

/// Expiry is minded by `Sessions`, not by the SDK.
pub(crate) fn session_credentials(
    subject: Subject,
    answer: AssumeRoleOutput,
) -> Result<Credentials, CallError> {
    let session = answer.credentials.ok_or_else(|| {
        subject.failure(CallErrorKind::InconsistentAnswer, "no credentials came back")
    })?;
    let aws_sdk_sts::types::Credentials { access_key_id, secret_access_key, session_token, .. } =
        session;
    let token = Some(session_token);
    Ok(Credentials::new(access_key_id, secret_access_key, token, None, "AssumeRole"))
}

/// `digitalex-rollout-RUN`, by which CloudTrail tells the run; a session name holds at most 64 of
/// `[\w+=,.@-]`.
pub(crate) fn session_name(run: &str) -> String {
    let legal = |character: char| match character {
        _ if character.is_ascii_alphanumeric() || "_+=,.@-".contains(character) => character,
        _ => '-',
    };
    "digitalex-rollout-".chars().chain(run.chars().map(legal)).take(64).collect()
}

fn subject(account: AccountId) -> Subject {
    Subject { operation: "AssumeRole", account: Some(account) }
}

fn hop_arns(partition: Partition, account: AccountId, admin_role: &AdminRole) -> Vec<String> {
    let arn = |hop: &String| match hop.starts_with("arn:") {
        true => hop.replace("<ACCOUNT_ID>", &account.to_string()),
        false => {
            let resource = format!("role/{}", hop.trim_start_matches('/'));
            Arn::iam(partition, account, &resource).to_string()
        }
    };
    admin_role.hops.iter().map(arn).collect()
}

fn is_in(arn: &str, account: AccountId) -> bool {
    arn.parse::<Arn>().is_ok_and(|arn| arn.account_id() == Some(account))
}

/// Says of each admin role why not. The denial is the one that all agree on, where it is a policy.
fn all_refused(account: AccountId, refusals: &[Refusal<'_>]) -> CallError {
    let Some(first) = refusals.first() else {
        let message = "no admin role is configured for this account";
        return subject(account).failure(CallErrorKind::InvalidRequest, message);
    };
    let agreed = refusals.iter().all(|refusal| refusal.denial == first.denial);
    let denial = if agreed { first.denial } else { Denial::AdminRole };
    let tried: Vec<String> = refusals
        .iter()
        .map(|Refusal { admin_role, message, .. }| format!("{admin_role} ({message})"))
        .collect();
    let message = format!("no admin role could be assumed; tried {}", tried.join(", "));
    subject(account).failure(CallErrorKind::Denied(denial), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> AccountId {
        "111122223333".parse().unwrap()
    }

    #[test]
    fn hop_should_be_a_role_of_the_target_or_an_arn_with_its_account() {
        let hops =
            ["arn:aws:iam::999999999999:role/hub", "/x/Admin", "arn:aws:iam::<ACCOUNT_ID>:role/A"];
        let admin_role = AdminRole { hops: hops.map(str::to_owned).into() };
        assert_eq!(
            hop_arns(Partition::Aws, account(), &admin_role),
            [
                "arn:aws:iam::999999999999:role/hub",
                "arn:aws:iam::111122223333:role/x/Admin",
                "arn:aws:iam::111122223333:role/A"
            ]
        );
    }

    #[test]
    fn session_name_should_be_legal_and_name_the_run() {
        assert_eq!(session_name("2026 a/b"), "digitalex-rollout-2026-a-b");
        assert_eq!(session_name(&"r".repeat(100)).len(), 64);
    }

    #[test]
    fn refusals_should_name_each_role_and_a_policy_only_where_all_agree() {
        let roles = ["A", "B"].map(|name| AdminRole { hops: vec![name.to_owned()] });
        let refused = |denials: [Denial; 2]| {
            let refusals: Vec<Refusal<'_>> = roles
                .iter()
                .zip(denials)
                .map(|(admin_role, denial)| Refusal {
                    admin_role,
                    denial,
                    message: "no".to_owned(),
                })
                .collect();
            all_refused(account(), &refusals)
        };
        let scp = Denial::ServiceControlPolicy;
        let error = refused([scp, scp]);
        assert_eq!(error.kind, CallErrorKind::Denied(scp));
        assert!(error.message.ends_with("tried A (no), B (no)"), "{}", error.message);
        let error = refused([scp, Denial::AdminRole]);
        assert_eq!(error.kind, CallErrorKind::Denied(Denial::AdminRole));
    }
}
