//! From the configuration's words to the role or user that an account should have.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    AccountId, DIGITALEX_ACCOUNT, Description, DesiredBoundary, DesiredForm, DesiredIdentity,
    ExternalId, Identity, IdentityKind, IdentityName, IdentityPath, InvalidArn, InvalidTag,
    KEYS_TAG_KEY, KeySpec, ManagedPolicyArn, OWNERSHIP_TAG_KEY, OWNERSHIP_TAG_VALUE, Partition,
    PolicyDocument, PolicyFinding, PolicyKind, PolicyName, PolicyParseError, Profile,
    SessionDuration, TagKey, TagValue, validate,
};

/// What the configuration says of the role or user, for a group of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentitySpec {
    /// A role, or a user with an access key.
    pub kind: IdentityKind,
    /// The role's name.
    pub role_name: IdentityName,
    /// The user's name.
    pub user_name: IdentityName,
    /// The path of either.
    pub path: IdentityPath,
    /// The role's description.
    pub description: Description,
    /// `MaxSessionDuration`.
    pub max_session_duration: SessionDuration,
    /// The permissions boundary: an ARN, which may hold `<ACCOUNT_ID>` and `<PARTITION>`; `none`
    /// where there must be none; unset where the configuration does not speak of it.
    pub permissions_boundary: Option<String>,
    /// The customer's own tags.
    pub tags: BTreeMap<TagKey, TagValue>,
    /// The policies.
    pub profile: Profile,
    /// The access keys of a user.
    pub keys: KeySpec,
}

/// The name of an S3 bucket: 3–63 lower-case letters, digits, dots and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BucketName(String);

/// A specification with everything filled in but the account: made once, used for each.
#[derive(Debug, Clone)]
pub struct IdentityTemplate {
    spec: IdentitySpec,
    partition: Partition,
    trust: PolicyDocument,
    inline: BTreeMap<PolicyName, Document>,
    managed: Vec<String>,
    tags: BTreeMap<TagKey, TagValue>,
}

/// A document that is the same in every account, or not.
#[derive(Debug, Clone)]
enum Document {
    Same(PolicyDocument),
    PerAccount(String),
}

/// The specification cannot become a role or user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A document asks for the bucket, and none is configured.
    #[error(
        "profile {profile:?} reads the Cost and Usage Report's bucket: set bucket (or DIGITALEX_BUCKET)"
    )]
    BucketMissing {
        /// The profile.
        profile: String,
    },
    /// A document is not a policy.
    #[error("policy {policy} of profile {profile:?} is not a policy document: {source}")]
    Document {
        /// The profile.
        profile: String,
        /// The inline policy's name, or `trust`.
        policy: String,
        /// Why not.
        source: PolicyParseError,
    },
    /// A document is one that IAM would refuse.
    #[error("policy {policy} of profile {profile:?} would be refused by IAM (MalformedPolicyDocument): {}", findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Malformed {
        /// The profile.
        profile: String,
        /// The inline policy's name.
        policy: String,
        /// What is wrong, and where.
        findings: Vec<PolicyFinding>,
    },
    /// A managed policy or the boundary is not an ARN of a policy.
    #[error(transparent)]
    Arn(#[from] InvalidArn),
    /// A tag of this product's own is set by the customer's tags.
    #[error("tag {0:?} is this product's own: leave it out of tags")]
    OwnTag(&'static str),
    /// A tag is not legal.
    #[error(transparent)]
    Tag(#[from] InvalidTag),
    /// The text is not a bucket name.
    #[error(
        "{0:?} is not the name of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens"
    )]
    BucketName(String),
}

const BUCKET_NAME: &str = "<BUCKET_NAME>";
const ACCOUNT_ID: &str = "<ACCOUNT_ID>";
const PARTITION: &str = "<PARTITION>";

/// Stands for every account when documents are checked before the first one is known.
const SAMPLE_ACCOUNT: &str = "111122223333";

impl IdentityTemplate {
    /// Fills in what is the same in every account, and checks every document once.
    ///
    /// # Errors
    /// A placeholder has no value, or a document, ARN or tag is not legal.
    pub fn new(
        spec: IdentitySpec,
        partition: Partition,
        external_id: &ExternalId,
        bucket: Option<&BucketName>,
    ) -> Result<Self, TemplateError> {
        let profile = spec.profile.name.clone();
        let trust = trust_policy(partition, external_id).map_err(|source| {
            TemplateError::Document { profile: profile.clone(), policy: "trust".to_owned(), source }
        })?;
        let mut inline = BTreeMap::new();
        for (name, text) in &spec.profile.inline {
            let filled = fill_fleet(text, partition, bucket, &profile)?;
            inline.insert(name.clone(), Document::new(filled, name, &profile)?);
        }
        let managed: Vec<String> = spec
            .profile
            .managed
            .iter()
            .map(|arn| fill_fleet(arn, partition, bucket, &profile))
            .collect::<Result<_, _>>()?;
        for arn in managed.iter().chain(declared_boundary(&spec)) {
            fill_account(&arn.replace(PARTITION, partition.as_str()), SAMPLE_ACCOUNT)
                .parse::<ManagedPolicyArn>()?;
        }
        let tags = with_ownership_tag(&spec.tags)?;
        Ok(Self { spec, partition, trust, inline, managed, tags })
    }

    /// The role or user, of the same name in every account of the template.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let name = match self.spec.kind {
            IdentityKind::Role => &self.spec.role_name,
            IdentityKind::User => &self.spec.user_name,
        };
        Identity { kind: self.spec.kind, name: name.clone() }
    }

    /// The names of the inline policies, the same in every account of the template.
    pub fn inline_policies(&self) -> impl Iterator<Item = &PolicyName> {
        self.inline.keys()
    }

    /// The profile's name.
    #[must_use]
    pub fn profile(&self) -> &str {
        &self.spec.profile.name
    }

    /// The role or user as it should be in `account` at the moment `now_s`, in seconds of Unix time: the
    /// age of access keys is counted from it.
    ///
    /// # Errors
    /// A document that holds `<ACCOUNT_ID>` is no policy with this account's id; checked with a
    /// sample id before, so that this is not expected.
    pub fn desired(
        &self,
        account: AccountId,
        now_s: i64,
    ) -> Result<DesiredIdentity, TemplateError> {
        let id = account.to_string();
        let inline = self.inline.iter().map(|(name, document)| {
            let document = match document {
                Document::Same(document) => document.clone(),
                Document::PerAccount(text) => {
                    parse(&fill_account(text, &id), name, &self.spec.profile.name)?
                }
            };
            Ok((name.clone(), document))
        });
        let managed = self.managed.iter().map(|arn| fill_account(arn, &id).parse());
        Ok(DesiredIdentity {
            account,
            partition: self.partition,
            name: self.identity().name,
            path: self.spec.path.clone(),
            inline: inline.collect::<Result<_, TemplateError>>()?,
            managed: managed.collect::<Result<BTreeSet<_>, _>>()?,
            boundary: self.boundary(&id)?,
            tags: self.tags.clone(),
            form: self.form(now_s),
        })
    }

    fn form(&self, now_s: i64) -> DesiredForm {
        match self.spec.kind {
            IdentityKind::Role => DesiredForm::Role {
                description: self.spec.description.clone(),
                max_session_duration: self.spec.max_session_duration,
                trust: self.trust.clone(),
            },
            IdentityKind::User => DesiredForm::User { keys: self.spec.keys.at(now_s) },
        }
    }

    fn boundary(&self, account: &str) -> Result<DesiredBoundary, InvalidArn> {
        Ok(match self.spec.permissions_boundary.as_deref() {
            None => DesiredBoundary::Undeclared,
            Some("none") => DesiredBoundary::Forbidden,
            Some(arn) => {
                let arn = arn.replace(PARTITION, self.partition.as_str());
                DesiredBoundary::Required(fill_account(&arn, account).parse()?)
            }
        })
    }
}

impl Document {
    fn new(text: String, name: &PolicyName, profile: &str) -> Result<Self, TemplateError> {
        let sample = fill_account(&text, SAMPLE_ACCOUNT);
        let document = parse(&sample, name, profile)?;
        let findings = validate(&sample, PolicyKind::Identity);
        if !findings.is_empty() {
            let (profile, policy) = (profile.to_owned(), name.to_string());
            return Err(TemplateError::Malformed { profile, policy, findings });
        }
        Ok(if text.contains(ACCOUNT_ID) { Self::PerAccount(text) } else { Self::Same(document) })
    }
}

fn parse(text: &str, name: &PolicyName, profile: &str) -> Result<PolicyDocument, TemplateError> {
    PolicyDocument::parse(text).map_err(|source| TemplateError::Document {
        profile: profile.to_owned(),
        policy: name.to_string(),
        source,
    })
}

/// The trust that DigitalEx needs, the same in every account (DigitalEx help pages).
fn trust_policy(
    partition: Partition,
    external_id: &ExternalId,
) -> Result<PolicyDocument, PolicyParseError> {
    let document = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:{partition}:iam::{DIGITALEX_ACCOUNT}:root")},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": external_id.expose()}}
        }]
    });
    PolicyDocument::parse(&document.to_string())
}

fn fill_fleet(
    text: &str,
    partition: Partition,
    bucket: Option<&BucketName>,
    profile: &str,
) -> Result<String, TemplateError> {
    let text = text.replace(PARTITION, partition.as_str());
    match bucket {
        Some(bucket) => Ok(text.replace(BUCKET_NAME, &bucket.0)),
        None if text.contains(BUCKET_NAME) => {
            Err(TemplateError::BucketMissing { profile: profile.to_owned() })
        }
        None => Ok(text),
    }
}

fn fill_account(text: &str, account: &str) -> String {
    text.replace(ACCOUNT_ID, account)
}

fn declared_boundary(spec: &IdentitySpec) -> Option<&String> {
    spec.permissions_boundary.as_ref().filter(|boundary| *boundary != "none")
}

fn with_ownership_tag(
    tags: &BTreeMap<TagKey, TagValue>,
) -> Result<BTreeMap<TagKey, TagValue>, TemplateError> {
    let own = [OWNERSHIP_TAG_KEY, KEYS_TAG_KEY];
    if let Some(own) = own.into_iter().find(|own| tags.keys().any(|key| key.as_str() == *own)) {
        return Err(TemplateError::OwnTag(own));
    }
    let mut all = tags.clone();
    all.insert(TagKey::new(OWNERSHIP_TAG_KEY)?, TagValue::new(OWNERSHIP_TAG_VALUE)?);
    Ok(all)
}

impl FromStr for BucketName {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = (3..=63).contains(&text.len())
            && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'));
        if legal {
            Ok(Self(text.to_owned()))
        } else {
            Err(TemplateError::BucketName(text.to_owned()))
        }
    }
}

impl TryFrom<String> for BucketName {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<BucketName> for String {
    fn from(bucket: BucketName) -> Self {
        bucket.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
