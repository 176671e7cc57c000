//! What a plan is in the report.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is to be done in one account.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The account id.
    pub account: String,
    /// The ARN of the role or user that the steps write to.
    pub identity: String,
    /// The digest of the observation that the plan rests on.
    pub observation: String,
    /// Whether a role made by hand is taken over.
    pub adopts: bool,
    /// The writes in order, each one API call.
    pub steps: Vec<Step>,
    /// What was not planned, and why.
    pub holds: Vec<Hold>,
}

/// One API call on the role or user; policy documents with the external id hidden.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "call", deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are IAM's own")]
pub enum Step {
    CreateRole {
        path: String,
        trust: Value,
        description: String,
        max_session_duration: u32,
        boundary: Option<String>,
        tags: BTreeMap<String, String>,
    },
    UpdateAssumeRolePolicy {
        trust: Value,
    },
    PutRolePolicy {
        name: String,
        document: Value,
    },
    DeleteRolePolicy {
        name: String,
    },
    AttachRolePolicy {
        arn: String,
    },
    DetachRolePolicy {
        arn: String,
    },
    PutRolePermissionsBoundary {
        arn: String,
    },
    DeleteRolePermissionsBoundary,
    UpdateRole {
        description: String,
        max_session_duration: u32,
    },
    TagRole {
        tags: BTreeMap<String, String>,
    },
    CreateUser {
        path: String,
        boundary: Option<String>,
        tags: BTreeMap<String, String>,
    },
    PutUserPolicy {
        name: String,
        document: Value,
    },
    DeleteUserPolicy {
        name: String,
    },
    AttachUserPolicy {
        arn: String,
    },
    DetachUserPolicy {
        arn: String,
    },
    PutUserPermissionsBoundary {
        arn: String,
    },
    DeleteUserPermissionsBoundary,
    TagUser {
        tags: BTreeMap<String, String>,
    },
    CreateAccessKey {
        beside: Option<String>,
    },
    UpdateAccessKey {
        id: String,
    },
    DeleteAccessKey {
        id: String,
    },
    DeleteLoginProfile,
    RemoveUserFromGroup {
        group: String,
    },
}

/// Why something was not planned.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "reason", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are wanted and found")]
pub enum Hold {
    /// The role is someone else's.
    ForeignRole,
    /// The user is someone else's.
    ForeignUser,
    /// The role was made by hand, and adoption is not allowed.
    AdoptionRefused,
    /// It stands at another path, which is not changed.
    PathConflict { wanted: String, found: String },
    /// A permissions boundary is there that the configuration does not speak of.
    UndeclaredBoundary { found: String },
    /// An access key is not recorded, and so young that somebody may be about to record it.
    YoungAccessKey { id: String },
    /// An access key is in use, but not recorded, and no other one works.
    UnrecordedKeyInUse { id: String },
    /// Somebody deactivated the recorded access key.
    AccessKeyDeactivated { id: String },
    /// Nothing proves yet that the next access key is in use.
    RotationUnproved { next: String },
}

/// A rule that a plan breaks.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are what is counted, how many, and how many may be")]
pub enum Violation {
    /// It writes to a role that was not just read as ours, nor adopted by permission.
    NotOurs,
    /// Its target is not the role that was asked for.
    OtherRole,
    /// Its trust policy lets someone in without the customer's external id.
    TrustWithoutExternalId,
    /// Its trust policy trusts someone else than DigitalEx.
    TrustsSomeoneElse,
    /// It creates the role without the declared permissions boundary.
    BoundaryOmitted,
    /// It would leave more behind than an IAM quota allows.
    QuotaExceeded { quota: String, count: usize, max: usize },
    /// It would leave the user without a recorded access key that works.
    NoWorkingKey,
    /// It takes more away than the configuration allows.
    TooManyRemovals { count: usize, max: usize },
}
