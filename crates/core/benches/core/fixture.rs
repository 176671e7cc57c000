//! The role of the built-in profile `member`, as wanted and as IAM returns it.

use std::collections::BTreeMap;

use digitalex_core::{
    AccountId, Description, DesiredForm, DesiredIdentity, ExternalId, IdentityKind, IdentityName,
    IdentityPath, IdentitySpec, IdentityTemplate, KeySpec, Observation, ObservedForm,
    ObservedIdentity, Partition, PolicyDocument, PolicyName, Profile, SessionDuration,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The age of access keys is counted from then; a role has none.
pub(crate) const NOW_S: i64 = 0;

pub(crate) fn external_id() -> ExternalId {
    ExternalId::new("2f9c1c1e-6f0e-4b63-9a5e-0c7d5b1f8a42").unwrap()
}

pub(crate) fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

/// What the default configuration puts into member accounts.
pub(crate) fn template() -> IdentityTemplate {
    let spec = IdentitySpec {
        kind: IdentityKind::Role,
        role_name: IdentityName::new("digitalex-finops").unwrap(),
        user_name: IdentityName::new("digitalex-finops").unwrap(),
        path: IdentityPath::default(),
        description: Description::new("DigitalEx cost governance, managed by digitalex-rollout")
            .unwrap(),
        max_session_duration: SessionDuration::default(),
        permissions_boundary: None,
        tags: BTreeMap::new(),
        profile: Profile::built_in("member").unwrap(),
        keys: KeySpec::default(),
    };
    IdentityTemplate::new(spec, Partition::Aws, &external_id(), None).unwrap()
}

pub(crate) fn desired() -> DesiredIdentity {
    template().desired(account(), NOW_S).unwrap()
}

/// The documents of a role, as IAM returns them: percent-encoded.
pub(crate) struct Answer {
    pub(crate) trust: String,
    pub(crate) inline: Vec<(PolicyName, String)>,
}

impl Answer {
    pub(crate) fn of(desired: &DesiredIdentity) -> Self {
        let inline = desired.inline.iter();
        Self {
            trust: encoded(&desired.trust().unwrap().to_json()),
            inline: inline.map(|(name, it)| (name.clone(), encoded(&it.to_json()))).collect(),
        }
    }

    /// The role with these documents, all else as wanted.
    pub(crate) fn observed(&self, desired: &DesiredIdentity) -> ObservedIdentity {
        let inline = self.inline.iter();
        let DesiredForm::Role { description, max_session_duration, .. } = &desired.form else {
            unreachable!("a role")
        };
        ObservedIdentity {
            arn: desired.arn(),
            unique_id: "AROAEXAMPLEEXAMPLE123".to_owned(),
            path: desired.path.clone(),
            inline: inline
                .map(|(name, text)| (name.clone(), PolicyDocument::parse(text).unwrap()))
                .collect(),
            managed: desired.managed.clone(),
            boundary: None,
            tags: desired.tags.clone(),
            form: ObservedForm::Role {
                description: description.to_string(),
                max_session_duration_s: max_session_duration.seconds(),
                trust: PolicyDocument::parse(&self.trust).unwrap(),
            },
        }
    }
}

pub(crate) fn in_sync(desired: &DesiredIdentity) -> Observation {
    Observation::Present(Box::new(Answer::of(desired).observed(desired)))
}

/// Trust, inline policy, managed policies, tags and session duration all differ.
pub(crate) fn drifted(desired: &DesiredIdentity) -> Observation {
    let mut role = Answer::of(desired).observed(desired);
    let trust = desired.trust().unwrap().to_json().replace("911403356698", "222233334444");
    if let ObservedForm::Role { trust: found, max_session_duration_s, .. } = &mut role.form {
        *found = PolicyDocument::parse(&trust).unwrap();
        *max_session_duration_s = 43_200;
    }
    for document in role.inline.values_mut() {
        let text = document.to_json().replace("ce:StartSavings", "ce:*Savings");
        *document = PolicyDocument::parse(&text).unwrap();
    }
    role.managed.pop_first();
    role.managed.insert("arn:aws:iam::aws:policy/PowerUserAccess".parse().unwrap());
    Observation::Present(Box::new(role))
}

/// An identity policy of about ten thousand characters, the most that IAM takes in a role.
pub(crate) fn large_policy(last_action: &str) -> String {
    let statements: Vec<String> = (0..20)
        .map(|number| {
            let actions: Vec<String> =
                (0..14).map(|verb| format!("\"service{number}:DescribeThing{verb:02}\"")).collect();
            format!(
                r#"{{"Sid":"S{number}","Effect":"Allow","Action":[{},"{last_action}"],"Resource":"arn:aws:s3:::bucket-{number}/*"}}"#,
                actions.join(",")
            )
        })
        .collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
