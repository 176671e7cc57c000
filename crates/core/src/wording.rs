//! Differences and writes in words, as reports, pages and the memory of the daemon show them.

use crate::{
    AccessKeyDifference, DesiredBoundary, Difference, Effect, ExtraKey, KEYS_TAG_KEY,
    PolicyComparison, StatementDifference, Step,
};

/// A difference, or what one statement of a policy has to do with it, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferenceLine {
    /// What it does.
    pub effect: Effect,
    /// What differs.
    pub text: String,
    /// What that means for people who do not read policies; none where the text says it, or nothing can be
    /// said.
    pub meaning: Option<String>,
}

impl Difference {
    /// What tells it from others of its aspect: the policy's name, the ARN, the tag's key; empty where
    /// the aspect has only one.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::InlineMissing { name, .. }
            | Self::InlineChanged { name, .. }
            | Self::InlineExtra { name, .. } => name.to_string(),
            Self::ManagedMissing { arn } | Self::ManagedExtra { arn } => arn.to_string(),
            Self::TagMissing { key, .. } | Self::TagChanged { key, .. } => key.to_string(),
            Self::AccessKeys(difference) => {
                difference.id().map(ToString::to_string).unwrap_or_default()
            }
            Self::GroupExtra { group } => group.clone(),
            Self::RoleMissing
            | Self::UserMissing
            | Self::LoginProfileExtra
            | Self::TrustChanged { .. }
            | Self::BoundaryChanged { .. }
            | Self::DescriptionChanged { .. }
            | Self::MaxSessionDurationChanged { .. }
            | Self::PathChanged { .. } => String::new(),
        }
    }

    /// It in words, one line for each statement of a policy that differs, each with the effect of its
    /// own. No line holds a value of `sts:ExternalId`.
    #[must_use]
    pub fn lines(&self) -> Vec<DifferenceLine> {
        let (text, gravest, meaning) = (self.text(), self.effect(), self.meaning());
        let Some(comparison) = self.comparison() else {
            return vec![DifferenceLine { effect: gravest, text, meaning }];
        };
        let line = |statement: &StatementDifference| {
            let StatementDifference { effect, explanation, .. } = statement;
            // What is said of the whole is true of what makes it what it is.
            let of_whole = meaning.as_ref().filter(|_| *effect == gravest);
            let meaning = statement.meaning.as_ref().or(of_whole);
            let meaning = meaning.filter(|meaning| !explanation.contains(*meaning)).cloned();
            DifferenceLine { effect: *effect, text: format!("{text}: {explanation}"), meaning }
        };
        comparison.statements.iter().map(line).collect()
    }

    /// It in one line, the gravest of a policy's statements first. It holds no value of
    /// `sts:ExternalId`.
    #[must_use]
    pub fn summary(&self) -> String {
        let text = self.text();
        let Some(comparison) = self.comparison() else { return text };
        let mut statements: Vec<_> = comparison.statements.iter().collect();
        statements.sort_by_key(|statement| std::cmp::Reverse(statement.effect));
        let explanations: Vec<&str> =
            statements.iter().map(|statement| statement.explanation.as_str()).collect();
        format!("{text}: {}", explanations.join("; "))
    }

    /// What differs between two policies, where both are there.
    fn comparison(&self) -> Option<&PolicyComparison> {
        match self {
            Self::TrustChanged { comparison } | Self::InlineChanged { comparison, .. } => {
                Some(comparison)
            }
            _ => None,
        }
    }

    /// The whole of it; of two policies that differ, which.
    fn text(&self) -> String {
        match self {
            Self::RoleMissing => "the role is missing".to_owned(),
            Self::UserMissing => "the user is missing".to_owned(),
            Self::AccessKeys(difference) => key_text(difference),
            Self::LoginProfileExtra => "the user has a password for the console".to_owned(),
            Self::GroupExtra { group } => format!("the user is a member of group {group}"),
            Self::TrustChanged { .. } => "trust policy".to_owned(),
            Self::InlineChanged { name, .. } => format!("inline policy {name}"),
            Self::InlineMissing { name, .. } => format!("inline policy {name} is missing"),
            Self::InlineExtra { name, .. } => format!("inline policy {name} is not declared"),
            Self::ManagedMissing { arn } => format!("managed policy {arn} is not attached"),
            Self::ManagedExtra { arn } => {
                format!("managed policy {arn} is attached but not declared")
            }
            Self::BoundaryChanged { wanted, found } => {
                let found = found.as_ref().map_or("none", |arn| arn.as_str());
                format!("permissions boundary is {found}, {}", wanted_boundary(wanted))
            }
            Self::TagMissing { key, wanted } => format!("tag {key} = {wanted} is missing"),
            Self::TagChanged { key, wanted, found } => {
                format!("tag {key} is {found}, not {wanted}")
            }
            Self::DescriptionChanged { found, .. } => format!("description is {found:?}"),
            Self::MaxSessionDurationChanged { wanted, found_s } => {
                format!("MaxSessionDuration is {found_s} s, not {} s", wanted.seconds())
            }
            Self::PathChanged { wanted, found } => format!("path is {found}, not {wanted}"),
        }
    }
}

fn key_text(difference: &AccessKeyDifference) -> String {
    match difference {
        AccessKeyDifference::Missing => "no access key is recorded that is there".to_owned(),
        AccessKeyDifference::Deactivated { id } => format!("access key {id} is deactivated"),
        AccessKeyDifference::Old { id } => format!("access key {id} is older than max_age"),
        AccessKeyDifference::Replaced { old: Some(old), by, .. } => {
            format!("access key {by} is to take over from {old}")
        }
        AccessKeyDifference::Replaced { old: None, by, .. } => {
            format!("access key {by} is to take over")
        }
        AccessKeyDifference::Extra { id, active, key, .. } => {
            let state = if *active { "active" } else { "inactive" };
            let why = match key {
                ExtraKey::Unrecorded => "but not recorded",
                ExtraKey::Previous => "though another has taken over",
                ExtraKey::Unwanted => "though the user is given up",
            };
            format!("access key {id} is there ({state}), {why}")
        }
    }
}

fn wanted_boundary(wanted: &DesiredBoundary) -> String {
    match wanted {
        DesiredBoundary::Undeclared => "and none is declared".to_owned(),
        DesiredBoundary::Forbidden => "and there must be none".to_owned(),
        DesiredBoundary::Required(arn) => format!("not {arn}"),
    }
}

impl Step {
    /// The API call and what it is about, in one line: never a document.
    #[must_use]
    pub fn summary(&self) -> String {
        let about = match self {
            Self::PutPolicy { name, .. } | Self::DeletePolicy { name, .. } => name.to_string(),
            Self::AttachPolicy { arn, .. }
            | Self::DetachPolicy { arn, .. }
            | Self::PutPermissionsBoundary { arn, .. } => arn.to_string(),
            Self::Tag { tags, .. } => {
                tags.keys().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            }
            Self::SwitchAccessKey { to: id, .. } => format!("{KEYS_TAG_KEY} (current={id})"),
            Self::DeactivateAccessKey { id } => format!("{id} Inactive"),
            Self::DeleteAccessKey { id } => id.to_string(),
            Self::RemoveUserFromGroup { group } => group.clone(),
            Self::CreateRole { .. }
            | Self::CreateUser { .. }
            | Self::CreateAccessKey { .. }
            | Self::DeleteLoginProfile
            | Self::UpdateAssumeRolePolicy { .. }
            | Self::DeletePermissionsBoundary { .. }
            | Self::UpdateRole { .. } => return self.operation().to_owned(),
        };
        format!("{} {about}", self.operation())
    }
}

#[cfg(test)]
mod tests {
    use crate::{IdentityKind, PolicyDocument};

    use super::*;

    const ARN: &str = "arn:aws:iam::111122223333:policy/Theirs";

    fn changed_trust() -> Difference {
        let statement = |effect, text: &str, meaning: Option<&str>| StatementDifference {
            effect,
            explanation: text.to_owned(),
            meaning: meaning.map(str::to_owned),
        };
        let statements = vec![
            statement(Effect::Cosmetic, "one", None),
            statement(Effect::Widens, "two", None),
            statement(Effect::Widens, "three", Some("four")),
            statement(Effect::Narrows, "five six", Some("six")),
        ];
        let comparison = PolicyComparison { effect: Effect::Widens, statements };
        Difference::TrustChanged { comparison }
    }

    #[test]
    fn difference_should_be_told_in_one_line() {
        let arn: crate::ManagedPolicyArn = ARN.parse().unwrap();
        let name = crate::PolicyName::new("DigitalEx").unwrap();
        let boundary = |wanted, found| Difference::BoundaryChanged { wanted, found };
        let cases = [
            (Difference::RoleMissing, "", "the role is missing"),
            (changed_trust(), "", "trust policy: two; three; five six; one"),
            (
                Difference::InlineMissing { name, meaning: None },
                "DigitalEx",
                "inline policy DigitalEx is missing",
            ),
            (
                Difference::ManagedExtra { arn: arn.clone() },
                ARN,
                "managed policy arn:aws:iam::111122223333:policy/Theirs is attached but not declared",
            ),
            (
                boundary(DesiredBoundary::Forbidden, Some(arn.clone())),
                "",
                "permissions boundary is arn:aws:iam::111122223333:policy/Theirs, and there must be none",
            ),
            (
                boundary(DesiredBoundary::Required(arn), None),
                "",
                "permissions boundary is none, not arn:aws:iam::111122223333:policy/Theirs",
            ),
        ];
        for (difference, subject, summary) in cases {
            assert_eq!(
                (difference.subject(), difference.summary().as_str()),
                (subject.to_owned(), summary)
            );
        }
    }

    #[test]
    fn policy_should_be_told_in_a_line_for_each_statement_with_its_own_effect() {
        let told = |difference: &Difference| {
            let lines = difference.lines().into_iter();
            lines.map(|line| (line.effect, line.text, line.meaning)).collect::<Vec<_>>()
        };
        let line = |effect, text: &str, meaning: Option<&str>| {
            (effect, text.to_owned(), meaning.map(str::to_owned))
        };
        let whole = Some("somebody other than your DigitalEx tenant could assume this role");
        let lines = [
            line(Effect::Cosmetic, "trust policy: one", None),
            line(Effect::Widens, "trust policy: two", whole),
            line(Effect::Widens, "trust policy: three", Some("four")),
            line(Effect::Narrows, "trust policy: five six", None),
        ];
        assert_eq!(told(&changed_trust()), lines);
        let meaning = Some("DigitalEx cannot read this account");
        let missing = line(Effect::Narrows, "the role is missing", meaning);
        assert_eq!(told(&Difference::RoleMissing), [missing]);
    }

    #[test]
    fn step_should_be_told_without_its_document() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        let document = PolicyDocument::parse(text).unwrap();
        let name = crate::PolicyName::new("DigitalEx").unwrap();
        let cases = [
            (
                Step::PutPolicy { on: IdentityKind::Role, name, document },
                "PutRolePolicy DigitalEx".to_owned(),
            ),
            (
                Step::AttachPolicy { on: IdentityKind::User, arn: ARN.parse().unwrap() },
                format!("AttachUserPolicy {ARN}"),
            ),
            (
                Step::DeletePermissionsBoundary { on: IdentityKind::Role },
                "DeleteRolePermissionsBoundary".to_owned(),
            ),
        ];
        for (step, summary) in cases {
            assert_eq!(step.summary(), summary);
        }
    }
}
