//! The ports: what the engine needs of the world. `aws` and `sim` implement them, `store` the
//! journal.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use digitalex_core::{
    AccountId, AccountPlan, Fingerprint, Identity, IdentityPath, ObservedIdentity, Partition,
    PolicyDocument, PolicyName, Step, TagKey, TagValue, Verdict,
};
use futures::stream::BoxStream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CallError, NewAccessKey};

/// The AWS organization.
#[async_trait]
pub trait Organization: Send + Sync {
    /// Who calls, and in which organization: `DescribeOrganization` and `GetCallerIdentity`.
    async fn describe(&self) -> Result<OrganizationInfo, CallError>;

    /// All accounts, page by page, the first ones before the last page is read. An error item says
    /// that the list is not whole, and is the last item.
    fn accounts(&self, detail: AccountDetail) -> BoxStream<'_, Result<Account, CallError>>;

    /// One account (`DescribeAccount`); `None` where it is not, or no longer, in the organization.
    async fn account(
        &self,
        id: AccountId,
        detail: AccountDetail,
    ) -> Result<Option<Account>, CallError>;

    /// All roots and OUs, each after its parent (`ListRoots`, `ListOrganizationalUnitsForParent`).
    /// Never a part of them: where one page cannot be read, an error.
    async fn organizational_units(&self) -> Result<Vec<OrganizationalUnit>, CallError>;
}

/// Opens accounts for reading only: what an audit and a plan hold.
#[async_trait]
pub trait ReadAccess: Send + Sync {
    /// A reader of the target account, with a session that AWS itself keeps from writing.
    async fn open(&self, target: &Target) -> Result<Box<dyn AccountReader>, CallError>;
}

/// Opens accounts for writing: what an apply holds.
#[async_trait]
pub trait WriteAccess: Send + Sync {
    /// A writer of the target account, with a session that may write to DigitalEx roles only.
    async fn open(&self, target: &Target) -> Result<Box<dyn AccountWriter>, CallError>;
}

/// Reads the role or user of one account.
#[async_trait]
pub trait AccountReader: Send + Sync {
    /// The role or user, read completely; `None` where IAM says that there is none; an error where it
    /// could not be read or not completely.
    async fn observe(&self, identity: &Identity) -> Result<Option<ObservedIdentity>, CallError>;
}

/// Writes to the role or user of one account.
#[async_trait]
pub trait AccountWriter: AccountReader {
    /// Makes the one API call of `step`; gives the access key that it made, where it made one.
    async fn execute(
        &self,
        identity: &Identity,
        step: &Step,
    ) -> Result<Option<NewAccessKey>, CallError>;
}

/// The service control policies of the organization, read to say why one denied a write.
#[async_trait]
pub trait ServiceControlPolicies: Send + Sync {
    /// The OUs that an account stands in, where its listing did not say (`ListParents`).
    async fn ou_path(&self, account: AccountId) -> Result<OuPath, CallError>;

    /// The ids of the policies attached right to a root, an OU or an account, by its id
    /// (`ListPoliciesForTarget`). Never a part of them: where one page cannot be read, an error.
    async fn attached_to(&self, target: &str) -> Result<Vec<String>, CallError>;

    /// One policy (`DescribePolicy`).
    async fn policy(&self, id: &str) -> Result<ServiceControlPolicy, CallError>;
}

/// Keeps what is about to be done, and what became of it.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Makes the entry durable before it returns.
    async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError>;

    /// Whether an entry could be made durable now: tries a small write.
    async fn check(&self) -> Result<(), JournalError>;
}

/// What the organization says of itself, and who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationInfo {
    /// The organization's id (`o-…`).
    pub id: String,
    /// The management (payer) account.
    pub management_account: AccountId,
    /// The account whose credentials are used.
    pub caller: AccountId,
    /// The ARN of the calling principal.
    pub caller_arn: String,
    /// The partition.
    pub partition: Partition,
}

/// One account of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account id.
    pub id: AccountId,
    /// The name: not unique, any Unicode.
    pub name: String,
    /// The state.
    pub state: AccountState,
    /// Whether it was invited: such an account has no admin role but what its owner made.
    #[serde(default)]
    pub invited: bool,
    /// The OUs that it stands in: always where [`AccountDetail::ou_path`] asks, else where they are
    /// known without a call of their own.
    pub ou_path: Option<OuPath>,
    /// Its tags; read only where [`AccountDetail::tags`] asks.
    pub tags: Option<BTreeMap<TagKey, TagValue>>,
}

/// `Account.State` of Organizations, or what `Status` says where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountState {
    /// Being set up.
    PendingActivation,
    /// The only state in which anything can be done.
    Active,
    /// Suspended by AWS.
    Suspended,
    /// Being closed.
    PendingClosure,
    /// Closed.
    Closed,
    /// A word that this program does not know.
    Unknown(String),
}

/// The ids from the root down to the account's parent: `r-…`, `ou-…`, …
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OuPath(pub Vec<String>);

/// A root or an organizational unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationalUnit {
    /// The id: `r-…` or `ou-…`.
    pub id: String,
    /// The name: unique below its parent, any Unicode.
    pub name: String,
    /// The root or OU that it stands in; none of a root.
    pub parent: Option<String>,
}

/// A service control policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceControlPolicy {
    /// The id: `p-…`.
    pub id: String,
    /// The name: any Unicode.
    pub name: String,
    /// What it says.
    pub document: PolicyDocument,
}

/// What the scope needs to know of each account beyond what `ListAccounts` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountDetail {
    /// The OU path.
    pub ou_path: bool,
    /// The tags.
    pub tags: bool,
}

/// An account to open, and how to get in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The account.
    pub account: AccountId,
    /// Ways in, tried in order.
    pub admin_roles: Arc<[AdminRole]>,
    /// The role or user that will be read or written.
    pub identity: Identity,
    /// Its path, to which writes are confined.
    pub path: IdentityPath,
    /// The inline policies that it should have: they are read without being listed first.
    pub inline_policies: Arc<[PolicyName]>,
}

/// A role to assume, by way of others where it is a chain.
///
/// Each hop is a role name (with path, if any) in the target account, or a whole ARN, in which
/// `<ACCOUNT_ID>` stands for the target account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminRole {
    /// The hops, the last one in the target account.
    pub hops: Vec<String>,
}

/// One line of the journal. It holds no secret: documents are redacted when serialised.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum JournalEntry {
    /// Written before the first write of a plan.
    Intent {
        /// When.
        at: Timestamp,
        /// The run.
        run: String,
        /// The plan.
        plan: AccountPlan,
        /// The role or user as it was read before; none where there was none.
        before: Option<Box<ObservedIdentity>>,
    },
    /// Written when the account is done.
    Outcome {
        /// When.
        at: Timestamp,
        /// The run.
        run: String,
        /// The account.
        account: AccountId,
        /// The observation that the intent rested on.
        observation: Fingerprint,
        /// The verdict.
        verdict: Verdict,
    },
}

/// The journal could not be written; no change is made without one.
#[derive(Debug, thiserror::Error)]
#[error("the journal {place} cannot be written")]
pub struct JournalError {
    /// Where it lies.
    pub place: String,
    /// Why not.
    #[source]
    pub source: std::io::Error,
}

impl OuPath {
    /// Whether the path leads through this root or OU.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.0.iter().any(|part| part == id)
    }
}

impl fmt::Display for AccountState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::PendingActivation => "PENDING_ACTIVATION",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::PendingClosure => "PENDING_CLOSURE",
            Self::Closed => "CLOSED",
            Self::Unknown(state) => state,
        })
    }
}

impl From<&str> for AccountState {
    fn from(word: &str) -> Self {
        match word {
            "PENDING_ACTIVATION" => Self::PendingActivation,
            "ACTIVE" => Self::Active,
            "SUSPENDED" => Self::Suspended,
            "PENDING_CLOSURE" => Self::PendingClosure,
            "CLOSED" => Self::Closed,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

impl fmt::Display for AdminRole {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.hops.join(" > "))
    }
}
