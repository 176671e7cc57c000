//! Why an account could not be done, in words, and what to do about it.

use std::error::Error;

use digitalex_core::{AccessKeyId, Cause, Hold, Violation};

use crate::{Account, CallError, CallErrorKind, Denial, JournalError, KeySinkError, SkipReason};

const ADMIN_ROLE_NOT_ASSUMABLE: &str = "admin_role_not_assumable";

/// The cause that a failed call gives.
pub(crate) fn of_call(error: &CallError) -> Cause {
    let (code, remedy) = code_and_remedy(&error.kind);
    let remedy = of_this_call(error).unwrap_or_else(|| remedy.to_owned());
    let remedy = Some(remedy).filter(|remedy| !remedy.is_empty());
    Cause { code, message: error.to_string(), remedy }
}

/// The cause as it is told of this account. AWS answers alike where the admin role is missing and where it
/// does not trust the caller; but an invited account was given none.
pub(crate) fn told_of(account: &Account, cause: Cause) -> Cause {
    if !account.invited || cause.code != ADMIN_ROLE_NOT_ASSUMABLE {
        return cause;
    }
    let remedy = "the account was invited, and AWS gave it no admin role: let its owner create one \
                  (`report admin-role` writes the template), or name the one that it has under \
                  admin_roles";
    Cause { code: "admin_role_missing", remedy: Some(remedy.to_owned()), ..cause }
}

/// A remedy that names what AWS named.
fn of_this_call(error: &CallError) -> Option<String> {
    let action = action(error.operation);
    match &error.kind {
        CallErrorKind::Denied(Denial::ServiceControlPolicy)
            if error.message.contains("no service control policy allows") =>
        {
            Some(format!(
                "let a service control policy at every level above the account allow {action}, or exclude \
                 the account"
            ))
        }
        CallErrorKind::Denied(Denial::ServiceControlPolicy) => {
            let boundary = match error.operation {
                "CreateRole" | "CreateUser" => {
                    "; if the policy demands a permissions boundary, declare it (permissions_boundary)"
                }
                _ => "",
            };
            Some(format!(
                "exempt the admin role from the service control policy that denies {action}, or \
                 exclude the account{boundary}"
            ))
        }
        CallErrorKind::Denied(Denial::PermissionsBoundary) => {
            Some(format!("let the permissions boundary of the admin role allow {action}"))
        }
        CallErrorKind::Denied(Denial::Unspecified) => Some(format!(
            "let the admin role's policies, the SCPs and a demanded boundary allow {action}"
        )),
        CallErrorKind::QuotaReached => {
            let quota = named_quota(&error.message)?;
            Some(format!(
                "free some of the account's quota {quota} or ask AWS to raise it, then run again"
            ))
        }
        _ => None,
    }
}

/// The action that allows an operation ("Actions, resources, and condition keys" of each service).
fn action(operation: &str) -> String {
    let service = match operation {
        "AssumeRole" | "GetCallerIdentity" => "sts",
        _ if operation.starts_with("List") && operation.contains("Account") => "organizations",
        "DescribeOrganization" | "DescribeAccount" | "ListRoots" | "ListTagsForResource" => {
            "organizations"
        }
        _ => "iam",
    };
    format!("{service}:{operation}")
}

/// IAM says "Cannot exceed quota for RolesPerAccount: 1000".
fn named_quota(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("quota for ")?;
    let end = rest.find(|character: char| !character.is_ascii_alphanumeric());
    Some(&rest[..end.unwrap_or(rest.len())]).filter(|name| !name.is_empty())
}

impl CallError {
    /// The next step for a person; empty where there is nothing to say beyond the message.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        code_and_remedy(&self.kind).1
    }
}

fn code_and_remedy(kind: &CallErrorKind) -> (&'static str, &'static str) {
    match kind {
        CallErrorKind::Throttled => {
            ("throttled", "run again later, or lower the rates under [limits]")
        }
        CallErrorKind::Conflict => {
            ("conflict", "something else writes to the role; find it, then run again")
        }
        CallErrorKind::Transient => ("aws_unavailable", "run again later"),
        CallErrorKind::EndpointUnreachable => (
            "endpoint_unreachable",
            "check the network, the proxy variables and AWS_ENDPOINT_URL, then run again",
        ),
        CallErrorKind::NotFound => (
            "not_found",
            "if it is a policy of the profile, see that it exists in this account; else run again",
        ),
        CallErrorKind::AlreadyExists => {
            ("already_exists", "something else created it meanwhile; run again")
        }
        CallErrorKind::QuotaReached => (
            "quota_reached",
            "free some of the account's IAM quota or ask AWS to raise it, then run again",
        ),
        CallErrorKind::MalformedPolicy => (
            "malformed_policy",
            "correct the profile's document (digitalex-rollout policy check FILE), then run again",
        ),
        CallErrorKind::InvalidRequest => ("invalid_request", "correct the configuration"),
        CallErrorKind::Denied(denial) => denial_code_and_remedy(*denial),
        CallErrorKind::AccountSuspended => {
            ("account_suspended", "nothing can be done until it is active")
        }
        CallErrorKind::AccountNotReady => {
            ("account_not_ready", "the account is being set up; run again in some minutes")
        }
        CallErrorKind::NotInOrganization => (
            "not_in_organization",
            "use credentials of the management account or of a delegated administrator",
        ),
        CallErrorKind::ExpiredCredentials => {
            ("credentials_expired", "sign in again (for example aws sso login), then run again")
        }
        CallErrorKind::ExpiredSession => {
            ("session_expired", "run again; if it stays, see that this machine's clock is right")
        }
        CallErrorKind::NoCredentials => (
            "no_credentials",
            "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in (aws sso login)",
        ),
        CallErrorKind::ClockSkew => ("clock_skew", "set this machine's clock, then run again"),
        CallErrorKind::InconsistentAnswer => {
            ("inconsistent_answer", "run again; if it stays, report it with the debug log")
        }
        CallErrorKind::Other => ("other", ""),
    }
}

fn denial_code_and_remedy(denial: Denial) -> (&'static str, &'static str) {
    match denial {
        Denial::ServiceControlPolicy => (
            "denied_by_scp",
            "exempt the admin role from the service control policy, or exclude the account",
        ),
        Denial::ResourceControlPolicy => (
            "denied_by_rcp",
            "exempt the call from the resource control policy, or exclude the account",
        ),
        Denial::PermissionsBoundary => (
            "denied_by_boundary",
            "let the permissions boundary of the admin role allow the action",
        ),
        Denial::SessionPolicy => (
            "denied_by_session_policy",
            "the session that this program asked for does not allow the action: report this",
        ),
        Denial::AdminRole => (
            ADMIN_ROLE_NOT_ASSUMABLE,
            "see that the admin role is there and that its trust policy names the calling account \
             (somebody deleted it or changed its trust), or name the right one under admin_roles",
        ),
        Denial::Unspecified => (
            "access_denied",
            "let the admin role's policies, the SCPs and a demanded boundary allow the action",
        ),
    }
}

pub(crate) fn of_hold(hold: &Hold) -> Cause {
    let code = match hold {
        Hold::ForeignRole => "foreign_role",
        Hold::ForeignUser => "foreign_user",
        Hold::YoungAccessKey { .. } => "young_access_key",
        Hold::UnrecordedKeyInUse { .. } => "unrecorded_key_in_use",
        Hold::AccessKeyDeactivated { .. } => "access_key_deactivated",
        Hold::RotationUnproved { .. } => "rotation_unproved",
        Hold::AdoptionRefused => "adoption_refused",
        Hold::PathConflict { .. } => "path_conflict",
        Hold::UndeclaredBoundary { .. } => "undeclared_boundary",
    };
    Cause { code, message: hold.to_string(), remedy: Some(hold.remedy()) }
}

pub(crate) fn of_violation(violation: &Violation) -> Cause {
    let remedy = match violation {
        Violation::TooManyRemovals { .. } => {
            Some("look at the role, then remove policies yourself or raise removals_max")
        }
        Violation::QuotaExceeded { .. } => {
            Some("shorten the profile, or take away from the role what it need not have")
        }
        _ => None,
    };
    let remedy = remedy.map(str::to_owned);
    Cause { code: "plan_vetoed", message: violation.to_string(), remedy }
}

pub(crate) fn of_skip(reason: &SkipReason) -> Cause {
    Cause {
        code: reason.code(),
        message: reason.to_string(),
        remedy: reason.remedy().map(str::to_owned),
    }
}

pub(crate) fn of_journal(error: &JournalError) -> Cause {
    Cause {
        code: "journal",
        message: format!("{error}: {}", error.source),
        remedy: Some(
            "see to what the message names (room on the disk, [store] path); nothing is written to AWS \
             without it"
                .to_owned(),
        ),
    }
}

/// A sink did not take a secret. Its own sentences follow each other; none tells a secret.
pub(crate) fn of_key_sink(error: &KeySinkError) -> Cause {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    Cause {
        code: "key_sink",
        message,
        remedy: Some("see to the key sink ([access_keys]), then run again".to_owned()),
    }
}

/// A key just made is not recorded, and could not be deleted either.
pub(crate) fn key_left(why: Cause, id: &AccessKeyId, error: &CallError) -> Cause {
    Cause {
        message: format!(
            "{}; access key {id} is left, since it could not be deleted ({error})",
            why.message
        ),
        remedy: Some("run again later: a key that nobody recorded is deleted then".to_owned()),
        ..why
    }
}

pub(crate) fn configuration(message: String) -> Cause {
    Cause { code: "configuration", message, remedy: Some("correct the configuration".to_owned()) }
}

pub(crate) fn plan_changed() -> Cause {
    Cause {
        code: "plan_changed",
        message: "what is to be done here is not what was approved".to_owned(),
        remedy: Some("plan again and look at it".to_owned()),
    }
}

pub(crate) fn not_verified() -> Cause {
    Cause {
        code: "not_verified",
        message: "every write was accepted, but the role still reads otherwise".to_owned(),
        remedy: Some(
            "run again in some minutes; something else may be changing the role".to_owned(),
        ),
    }
}

pub(crate) fn not_yet_verified() -> Cause {
    Cause {
        code: "not_yet_verified",
        message: "the change was made, but no look has shown it yet; the role is looked at again \
                  soon"
            .to_owned(),
        remedy: None,
    }
}

/// After a change, the role could not be read.
pub(crate) fn unconfirmed_change(unreadable: &Cause) -> Cause {
    Cause {
        code: "outcome_unknown",
        message: format!("{}; whether the change shows is not known", unreadable.message),
        remedy: unreadable.remedy.clone(),
    }
}

pub(crate) fn outcome_unknown(error: &CallError) -> Cause {
    Cause {
        code: "outcome_unknown",
        message: format!("{error}; whether it was executed is not known"),
        remedy: Some("run again: the role is read before anything is written".to_owned()),
    }
}

pub(crate) fn interrupted() -> Cause {
    Cause {
        code: "interrupted",
        message: "the run was stopped before this account's turn".to_owned(),
        remedy: Some("run again".to_owned()),
    }
}

/// What would meet every account is the cause of those that were left, too.
pub(crate) fn halted(by: &Cause) -> Cause {
    Cause {
        code: by.code,
        message: format!("the run was halted, since every account would fail: {}", by.message),
        remedy: by.remedy.clone(),
    }
}

pub(crate) fn crashed() -> Cause {
    Cause {
        code: "internal_error",
        message: "this program failed while working on the account".to_owned(),
        remedy: Some("run again, and report it with the debug log".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(operation: &'static str, kind: CallErrorKind, message: &str) -> CallError {
        let message = message.to_owned();
        CallError { operation, account: None, kind, message, retry_after: None, source: None }
    }

    #[test]
    fn remedy_should_name_the_action_that_is_denied_and_the_quota_that_is_reached() {
        let kind = CallErrorKind::Denied(Denial::ServiceControlPolicy);
        let remedy = |error| of_call(&error).remedy.unwrap();
        let read = remedy(denied("GetRole", kind.clone(), ""));
        assert!(read.contains("denies iam:GetRole, or") && !read.contains("boundary"), "{read}");
        let create = remedy(denied("CreateRole", kind, ""));
        assert!(
            create.contains("iam:CreateRole") && create.contains("permissions_boundary"),
            "{create}"
        );
        let message = "Cannot exceed quota for RolesPerAccount: 1000";
        let quota = remedy(denied("CreateRole", CallErrorKind::QuotaReached, message));
        assert!(quota.contains("quota RolesPerAccount or"), "{quota}");
    }

    #[test]
    fn remedy_should_name_removals_max_only_where_raising_it_helps() {
        let names_it = |violation: &Violation| {
            of_violation(violation).remedy.is_some_and(|remedy| remedy.contains("removals_max"))
        };
        assert!(names_it(&Violation::TooManyRemovals { count: 11, max: 10 }));
        assert!(!names_it(&Violation::QuotaExceeded { quota: "tags", count: 51, max: 50 }));
    }
}
