//! Who a trust policy names (IAM User Guide, "AWS JSON policy elements: Principal").

use super::Request;

/// One principal of a policy.
#[derive(Clone)]
pub(super) enum Principal {
    /// `*`.
    Anyone,
    /// An account id, or the ARN of its root: whoever the account lets.
    Account(String),
    /// The ARN of a user, a role or a role session.
    Arn(String),
    /// The unique id that stands in place of an ARN whose user or role is gone.
    UniqueId(String),
    /// An AWS service.
    Service(String),
    /// An identity provider or canonical user, as whom nobody calls here.
    Elsewhere,
}

/// How far a trust reaches towards the caller, and so what else the caller still needs within the
/// same account (IAM User Guide, "Resource-based policies and implicit denies in other policy types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grant {
    /// The account is trusted; its identity policies decide for whom.
    Account,
    /// The role, or anyone, is trusted: no identity policy is needed.
    Role,
    /// The user or the very session is trusted: boundary and session policy need not allow either.
    Caller,
}

impl Principal {
    pub(super) fn parse(kind: &str, text: &str) -> Self {
        if text == "*" && kind == "AWS" {
            return Self::Anyone;
        }
        match kind {
            "AWS" if is_account_id(text) => Self::Account(text.to_owned()),
            "AWS" => match arn_parts(text) {
                Some((account, "root")) => Self::Account(account.to_owned()),
                Some(_) => Self::Arn(text.to_owned()),
                None => Self::UniqueId(text.to_owned()),
            },
            "Service" => Self::Service(text.to_owned()),
            _ => Self::Elsewhere,
        }
    }

    /// How this principal covers the caller; `None` where it does not.
    pub(super) fn grant(&self, request: &Request<'_>) -> Option<Grant> {
        let (covers, grant) = match self {
            Self::Anyone => (true, Grant::Role),
            Self::Account(id) => {
                let same = *id == request.principal_account.to_string();
                (same && !request.by_service(), Grant::Account)
            }
            Self::Arn(arn) if arn == request.principal_arn => (true, Grant::Caller),
            Self::Arn(arn) => (is_session_of(request.principal_arn, arn), Grant::Role),
            Self::UniqueId(id) => {
                let users = request.values("aws:userid");
                let same = users.iter().any(|user| user.split(':').next() == Some(id));
                (same, Grant::Role)
            }
            Self::Service(name) => (name == request.principal_arn, Grant::Caller),
            Self::Elsewhere => (false, Grant::Account),
        };
        covers.then_some(grant)
    }
}

/// Whether `session` (`…:assumed-role/NAME/SESSION`) is one of the role. A session's ARN leaves out
/// the path; the name alone is unique in the account.
fn is_session_of(session: &str, role: &str) -> bool {
    let (Some((session_account, session)), Some((role_account, role))) =
        (arn_parts(session), arn_parts(role))
    else {
        return false;
    };
    let session = session.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next());
    let role = role.strip_prefix("role/").and_then(|rest| rest.rsplit('/').next());
    session_account == role_account && session.is_some() && session == role
}

/// Account and resource of an ARN.
fn arn_parts(text: &str) -> Option<(&str, &str)> {
    let mut parts = text.strip_prefix("arn:")?.splitn(5, ':').skip(3);
    Some((parts.next()?, parts.next()?))
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
