//! The role of the built-in profile `member`, as wanted and as IAM returns it.

use std::collections::BTreeMap;

use digitalex_core::{
    AccountId, Description, DesiredIdentity, ExternalId, IdentityName, IdentityPath, IdentitySpec,
    IdentityTemplate, Observation, ObservedIdentity, Partition, PolicyDocument, PolicyName,
    Profile, SessionDuration,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) fn external_id() -> ExternalId {
    ExternalId::new("2f9c1c1e-6f0e-4b63-9a5e-0c7d5b1f8a42").unwrap()
}

pub(crate) fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

/// What the default configuration puts into member accounts.
pub(crate) fn template() -> IdentityTemplate {
    let spec = IdentitySpec {
        name: IdentityName::new("digitalex-finops").unwrap(),
        path: IdentityPath::default(),
        description: Description::new("DigitalEx cost governance, managed by digitalex-rollout")
            .unwrap(),
        max_session_duration: SessionDuration::default(),
        permissions_boundary: None,
        tags: BTreeMap::new(),
        profile: Profile::built_in("member").unwrap(),
    };
    IdentityTemplate::new(spec, Partition::Aws, &external_id(), None).unwrap()
}

pub(crate) fn desired() -> DesiredIdentity {
    template().desired(account()).unwrap()
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
            trust: encoded(&desired.trust.to_json()),
            inline: inline.map(|(name, it)| (name.clone(), encoded(&it.to_json()))).collect(),
        }
    }

    /// The role with these documents, all else as wanted.
    pub(crate) fn observed(&self, desired: &DesiredIdentity) -> ObservedIdentity {
        let inline = self.inline.iter();
        ObservedIdentity {
            arn: desired.arn(),
            role_id: "AROAEXAMPLEEXAMPLE123".to_owned(),
            path: desired.path.clone(),
            description: desired.description.to_string(),
            max_session_duration_s: desired.max_session_duration.seconds(),
            trust: PolicyDocument::parse(&self.trust).unwrap(),
            inline: inline
                .map(|(name, text)| (name.clone(), PolicyDocument::parse(text).unwrap()))
                .collect(),
            managed: desired.managed.clone(),
            boundary: None,
            tags: desired.tags.clone(),
        }
    }
}

pub(crate) fn in_sync(desired: &DesiredIdentity) -> Observation {
    Observation::Present(Box::new(Answer::of(desired).observed(desired)))
}

/// Trust, inline policy, managed policies, tags and session duration all differ.
pub(crate) fn drifted(desired: &DesiredIdentity) -> Observation {
    let mut role = Answer::of(desired).observed(desired);
    let trust = desired.trust.to_json().replace("911403356698", "222233334444");
    role.trust = PolicyDocument::parse(&trust).unwrap();
    for document in role.inline.values_mut() {
        let text = document.to_json().replace("ce:StartSavings", "ce:*Savings");
        *document = PolicyDocument::parse(&text).unwrap();
    }
    role.managed.pop_first();
    role.managed.insert("arn:aws:iam::aws:policy/PowerUserAccess".parse().unwrap());
    role.max_session_duration_s = 43_200;
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
