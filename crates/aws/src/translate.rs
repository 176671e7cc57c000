//! From the SDK's types to the core's and back. What cannot be understood is an error, never
//! something absent.

use std::collections::BTreeMap;
use std::fmt::Display;

use aws_sdk_iam::types::{
    AccessKeyMetadata, AttachedPermissionsBoundary, Role, StatusType, Tag, User,
};
use aws_sdk_organizations::types as organizations;
use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{
    AccountId, Arn, IdentityPath, LastUse, ObservedAccessKey, ObservedForm, ObservedIdentity,
    PolicyDocument, SessionDuration, TagKey, TagValue,
};
use digitalex_engine::{Account, AccountState, CallError, CallErrorKind, OuPath};

use crate::classify::Subject;
use crate::iam_read::Policies;

/// An answer that cannot be understood.
pub(crate) fn inconsistent(subject: Subject, what: impl Display) -> CallError {
    subject.failure(CallErrorKind::InconsistentAnswer, what.to_string())
}

/// A policy document as IAM returns it.
pub(crate) fn document(
    subject: Subject,
    what: &str,
    text: &str,
) -> Result<PolicyDocument, CallError> {
    PolicyDocument::parse(text).map_err(|error| inconsistent(subject, format!("{what}: {error}")))
}

/// A role with its policies.
pub(crate) fn observed_role(
    subject: Subject,
    role: &Role,
    policies: Policies,
) -> Result<ObservedIdentity, CallError> {
    let trust = role.assume_role_policy_document().unwrap_or_default();
    let duration = role.max_session_duration().and_then(|seconds| u32::try_from(seconds).ok());
    let duration = duration.ok_or_else(|| inconsistent(subject, "no MaxSessionDuration"))?;
    let form = ObservedForm::Role {
        description: role.description().unwrap_or_default().to_owned(),
        max_session_duration_s: duration,
        trust: document(subject, "trust policy", trust)?,
    };
    let shape = Shape {
        arn: role.arn(),
        unique_id: role.role_id(),
        path: role.path(),
        boundary: role.permissions_boundary(),
        tags: role.tags(),
    };
    observed(subject, &shape, policies, form)
}

/// A user with its policies and what else it has.
pub(crate) fn observed_user(
    subject: Subject,
    user: &User,
    policies: Policies,
    form: ObservedForm,
) -> Result<ObservedIdentity, CallError> {
    let shape = Shape {
        arn: user.arn(),
        unique_id: user.user_id(),
        path: user.path(),
        boundary: user.permissions_boundary(),
        tags: user.tags(),
    };
    observed(subject, &shape, policies, form)
}

/// An access key as IAM lists it, without its last use.
pub(crate) fn observed_access_key(
    subject: Subject,
    key: &AccessKeyMetadata,
) -> Result<ObservedAccessKey, CallError> {
    let id = key.access_key_id().unwrap_or_default().parse();
    let created = key.create_date().ok_or_else(|| inconsistent(subject, "no CreateDate"))?;
    let status = key.status().ok_or_else(|| inconsistent(subject, "no Status"))?;
    Ok(ObservedAccessKey {
        id: id.map_err(|error| inconsistent(subject, error))?,
        // A status that is not known may let somebody in.
        active: *status != StatusType::Inactive,
        created_s: created.secs(),
        last_use: LastUse::NotAsked,
    })
}

/// What a role and a user have alike.
struct Shape<'a> {
    arn: &'a str,
    unique_id: &'a str,
    path: &'a str,
    boundary: Option<&'a AttachedPermissionsBoundary>,
    tags: &'a [Tag],
}

fn observed(
    subject: Subject,
    shape: &Shape<'_>,
    policies: Policies,
    form: ObservedForm,
) -> Result<ObservedIdentity, CallError> {
    let cannot = |error: &dyn Display| inconsistent(subject, error);
    // Just after its creation it can show its unique id in place of the ARN.
    let arn: Arn = shape
        .arn
        .parse()
        .map_err(|error| subject.failure(CallErrorKind::Transient, format!("{error}")))?;
    let boundary = shape.boundary.and_then(|it| it.permissions_boundary_arn());
    Ok(ObservedIdentity {
        arn,
        unique_id: shape.unique_id.to_owned(),
        path: IdentityPath::new(shape.path).map_err(|error| cannot(&error))?,
        inline: policies.inline,
        managed: policies.managed,
        boundary: boundary.map(str::parse).transpose().map_err(|error| cannot(&error))?,
        tags: tags(subject, shape.tags.iter().map(|tag| (tag.key(), tag.value())))?,
        form,
    })
}

/// An account of the organization, without what it takes further calls to know.
pub(crate) fn account(
    subject: Subject,
    account: &organizations::Account,
) -> Result<Account, CallError> {
    let id = account.id().unwrap_or_default();
    let id: AccountId = id.parse().map_err(|error| inconsistent(subject, error))?;
    // `Status` retires in favour of `State`, which older endpoints do not send.
    let state = account.state().map(|state| state.as_str());
    let state = state.filter(|_| !is_planted(PlantedBug::StatusForState));
    let state = state.or_else(|| account.status().map(|status| status.as_str()));
    let state = state.ok_or_else(|| {
        inconsistent(subject, format!("account {id} came with neither State nor Status"))
    })?;
    Ok(Account {
        id,
        name: account.name().unwrap_or_default().to_owned(),
        state: AccountState::from(state),
        invited: account.joined_method() == Some(&organizations::AccountJoinedMethod::Invited),
        ou_path: account.paths().first().and_then(|path| ou_path(path)),
        tags: None,
    })
}

/// `o-…/r-…/ou-…/…/` as Organizations writes it.
fn ou_path(path: &str) -> Option<OuPath> {
    let parts = path.split('/').filter(|part| part.starts_with("r-") || part.starts_with("ou-"));
    let parts: Vec<String> = parts.map(str::to_owned).collect();
    parts.first()?.starts_with("r-").then_some(OuPath(parts))
}

/// Tags by key, without those of AWS itself (`aws:…`), which nobody else can set.
pub(crate) fn tags<'a>(
    subject: Subject,
    tags: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<BTreeMap<TagKey, TagValue>, CallError> {
    tags.filter(|(key, _)| !key.starts_with("aws:"))
        .map(|(key, value)| {
            let key = TagKey::new(key).map_err(|error| inconsistent(subject, error))?;
            let value = TagValue::new(value).map_err(|error| inconsistent(subject, error))?;
            Ok((key, value))
        })
        .collect()
}

/// Tags for a request.
pub(crate) fn iam_tags(
    subject: Subject,
    tags: &BTreeMap<TagKey, TagValue>,
) -> Result<Vec<Tag>, CallError> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key.as_str()).value(value.as_str()).build())
        .collect::<Result<_, _>>()
        .map_err(|error| subject.failure(CallErrorKind::InvalidRequest, error.to_string()))
}

/// A duration for a request: at most 43,200 s.
pub(crate) fn seconds(duration: SessionDuration) -> i32 {
    i32::try_from(duration.seconds()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: Subject = Subject { operation: "ListAccounts", account: None };

    fn listed(
        build: impl FnOnce(
            organizations::builders::AccountBuilder,
        ) -> organizations::builders::AccountBuilder,
    ) -> Result<Account, CallError> {
        account(SUBJECT, &build(organizations::Account::builder().id("111122223333")).build())
    }

    #[test]
    fn account_state_should_come_from_state_then_status() {
        use organizations::{AccountState as State, AccountStatus as Status};
        let both = listed(|it| it.state(State::PendingClosure).status(Status::Active)).unwrap();
        assert_eq!(both.state, AccountState::PendingClosure);
        let status = listed(|it| it.status(Status::Suspended)).unwrap();
        assert_eq!(status.state, AccountState::Suspended);
        let new = listed(|it| it.state(State::from("HIBERNATING"))).unwrap();
        assert_eq!(new.state, AccountState::Unknown("HIBERNATING".to_owned()));
        assert_eq!(listed(|it| it).unwrap_err().kind, CallErrorKind::InconsistentAnswer);
    }

    #[test]
    fn ou_path_should_begin_at_the_root() {
        let path = ou_path("o-a1/r-b2/ou-b2-c3/ou-b2-d4/").unwrap();
        assert_eq!(path.0, ["r-b2", "ou-b2-c3", "ou-b2-d4"]);
        assert_eq!(ou_path("o-a1/"), None);
    }

    #[test]
    fn tags_of_aws_should_not_make_a_role_unreadable() {
        let found = [("aws:cloudformation:stack-name", "x"), ("team", "finops")];
        let tags = tags(SUBJECT, found.into_iter()).unwrap();
        assert_eq!(tags.len(), 1);
    }
}
