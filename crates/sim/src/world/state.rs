//! What the world holds of AWS Organizations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use digitalex_core::{AccountId, Partition};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cost_reports::ReportDefinition;
use super::iam_state::Iam;

/// All resources of the world; what its hash is taken of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The partition.
    pub partition: Partition,
    /// The account that an unknown access key is the root of; the management account once there is an
    /// organization.
    pub management_account: AccountId,
    /// The organization, where one was created.
    pub organization: Option<OrganizationState>,
    /// All accounts, those outside the organization too. A copy of the state shares those that neither
    /// has changed.
    pub accounts: BTreeMap<AccountId, Arc<Account>>,
    /// The definitions of each account's Cost and Usage Reports, in the order in which they are listed.
    pub report_definitions: BTreeMap<AccountId, Vec<ReportDefinition>>,
    /// How many ids were made.
    pub(crate) ids_made: u64,
    /// What ids are made from.
    pub(crate) seed: u64,
}

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationState {
    /// `o-…`.
    pub id: String,
    /// The root of the tree.
    pub root: Root,
    /// Organizational units by id.
    pub units: BTreeMap<String, OrganizationalUnit>,
    /// Service control policies by id.
    pub policies: BTreeMap<String, ServiceControlPolicy>,
    /// Delegated administrators: service principals by account, each with the time.
    pub delegated: BTreeMap<AccountId, BTreeMap<String, Timestamp>>,
    /// What `CreateAccount` said: the account and the time, by request id.
    pub account_requests: BTreeMap<String, (AccountId, Timestamp)>,
}

/// The root of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// `r-…`.
    pub id: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Whether service control policies are enabled.
    pub service_control_policies: bool,
}

/// An organizational unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationalUnit {
    /// `ou-…`.
    pub id: String,
    /// The name, unique within the parent.
    pub name: String,
    /// The root or OU that it stands in.
    pub parent: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A service control policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceControlPolicy {
    /// `p-…`.
    pub id: String,
    /// The name, unique in the organization.
    pub name: String,
    /// The description.
    pub description: String,
    /// The document.
    pub content: String,
    /// Whether it is AWS's own.
    pub aws_managed: bool,
    /// The root, OUs and accounts that it is attached to.
    pub targets: BTreeSet<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// An AWS account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account id.
    pub id: AccountId,
    /// The name: not unique.
    pub name: String,
    /// The root user's e-mail address.
    pub email: String,
    /// The state.
    pub state: AccountState,
    /// How it came into the organization.
    pub joined_method: JoinedMethod,
    /// When.
    pub joined: Timestamp,
    /// The root or OU that it stands in; `None` outside the organization.
    pub parent: Option<String>,
    /// Tags in the organization.
    pub tags: BTreeMap<String, String>,
    /// What IAM holds in it.
    pub iam: Iam,
}

/// `Account.State` of Organizations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountState {
    /// Being set up.
    PendingActivation,
    /// In use.
    Active,
    /// Suspended by AWS.
    Suspended,
    /// Being closed.
    PendingClosure,
    /// Closed.
    Closed,
}

/// How an account came into the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JoinedMethod {
    /// By invitation: it lacks `OrganizationAccountAccessRole`.
    Invited,
    /// By `CreateAccount`.
    Created,
}

impl AccountState {
    /// The word, as AWS spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PendingActivation => "PENDING_ACTIVATION",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::PendingClosure => "PENDING_CLOSURE",
            Self::Closed => "CLOSED",
        }
    }

    /// The older `Account.Status`, which knows fewer words.
    pub(crate) const fn status(self) -> &'static str {
        match self {
            Self::PendingActivation | Self::Active => "ACTIVE",
            Self::PendingClosure => "PENDING_CLOSURE",
            Self::Suspended | Self::Closed => "SUSPENDED",
        }
    }
}

impl State {
    /// An account, to be changed.
    pub fn account_mut(&mut self, id: AccountId) -> Option<&mut Account> {
        self.accounts.get_mut(&id).map(Arc::make_mut)
    }
}

impl OrganizationState {
    /// The ids from the root down to and including `parent`; empty where it does not exist.
    pub(crate) fn path_to(&self, parent: &str) -> Vec<String> {
        let mut path = Vec::new();
        let mut place = parent;
        while let Some(unit) = self.units.get(place) {
            path.push(unit.id.clone());
            place = &unit.parent;
        }
        if place != self.root.id {
            return Vec::new();
        }
        path.push(self.root.id.clone());
        path.reverse();
        path
    }
}
