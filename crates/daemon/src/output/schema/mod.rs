//! The JSON report as its readers see it, for its schema.
//!
//! The program writes its own types; these repeat their shape, so that a change of a type that would
//! break a reader shows in a test, and in the schema that is checked in.

mod plan;
mod words;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::plan::{Hold, Plan, Step, Violation};

/// The version of the report's shape; raised when a reader could break.
pub const REPORT_SCHEMA_VERSION: u32 = 3;

/// The JSON schema of the report.
#[must_use]
pub fn report_schema() -> Value {
    schemars::schema_for!(Report).to_value()
}

/// What audit, plan and apply write with `--output json`. It is written while the run goes on, one
/// account a line; what a run that died has left is not valid JSON.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Report of digitalex-rollout")]
pub struct Report {
    /// The version of this shape: 3.
    pub schema_version: u32,
    /// The version of the program.
    pub tool_version: String,
    /// The command: audit, plan or apply.
    pub command: String,
    /// The run's id, as in the session names that CloudTrail shows.
    pub run: String,
    /// The organization's id.
    pub organization: String,
    /// The management account.
    pub management_account: String,
    /// The account whose credentials were used.
    pub caller: String,
    /// The ARN of the principal whose credentials were used.
    pub caller_arn: String,
    /// A digest of the configuration, the tenant id left out.
    pub config_digest: String,
    /// When the run began (RFC 3339).
    pub started_at: String,
    /// The accounts, in the order in which they were done.
    pub accounts: Vec<Account>,
    /// When it ended.
    pub finished_at: String,
    /// Whether every account of the organization is in the report.
    pub listing_complete: bool,
    /// What the accounts add up to.
    pub summary: Summary,
    /// What is to be done next: the causes, those of most accounts first.
    pub causes: Vec<CauseSummary>,
    /// The paths of names of the roots and OUs that accounts stand in, by id; empty where they were not read.
    pub units: BTreeMap<String, String>,
    /// Calls of AWS APIs by operation, retries included.
    pub calls: BTreeMap<String, u64>,
    /// How fast the calls were made, beside how fast AWS's limits let them be.
    pub pace: Pace,
}

/// How fast the calls were made, beside how fast AWS's limits let them be.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// The least time in which the configured rates allow the calls.
    pub floor_seconds: f64,
    /// The time that going over the accounts took.
    pub elapsed_seconds: f64,
    /// Calls that AWS throttled, by operation.
    pub throttled: BTreeMap<String, u64>,
}

/// What the accounts add up to.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// All accounts.
    pub total: usize,
    /// How many accounts have each verdict; adds up to the total.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// How many accounts allow or trust more than they should.
    pub widened: usize,
    /// How many roles made by hand were, or would be, taken over.
    pub adopted: usize,
    /// Why the list of accounts is not whole, where it is not.
    pub listing_incomplete: Option<String>,
}

/// What is said of an account.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Read completely, and as wanted.
    InSync,
    /// Written to, read again, and as wanted.
    Converged,
    /// Read completely, and not as wanted.
    Drifted,
    /// Not as wanted, and something was left for a person to decide.
    Held,
    /// A write failed, or its outcome could not be made sure of.
    Failed,
    /// The role could not be read.
    Unreachable,
    /// Not part of the rollout.
    Skipped,
    /// The run ended before its turn came.
    NotVisited,
}

/// One account.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The account id.
    pub id: String,
    /// Its name; not unique, any characters.
    pub name: String,
    /// The id of the root or OU that it stands in, where it is known.
    pub unit: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The profile that the configuration chose.
    pub profile: Option<String>,
    /// The ARN of the role or user.
    pub identity: Option<String>,
    /// The id of the recorded access key.
    pub access_key: Option<String>,
    /// Whether a role made by hand was, or would be, taken over.
    pub adopted: bool,
    /// The gravest effect of the differences.
    pub effect: Option<Effect>,
    /// What differs (before the writes, in an apply).
    pub differences: Vec<Difference>,
    /// The differences in words, each statement of a policy on its own.
    pub findings: Vec<Finding>,
    /// What was planned.
    pub plan: Option<Plan>,
    /// The rules that vetoed the plan.
    pub violations: Vec<Violation>,
    /// Why the account is not in sync or converged.
    pub cause: Option<Cause>,
}

/// One difference in words.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What it means for access.
    pub effect: Effect,
    /// The aspect: role, user, trust, inline, managed, boundary, tags, …
    pub aspect: String,
    /// What differs, wanted and found.
    pub text: String,
    /// What it lets happen, or keeps from happening, in one sentence.
    pub meaning: Option<String>,
}

/// What many accounts have in common that could not be done, or differ.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CauseSummary {
    /// The code of the accounts' cause; `drift` of those that only differ.
    pub code: String,
    /// It in words.
    pub title: String,
    /// How many accounts.
    pub accounts: usize,
    /// The next step for a person.
    pub remedy: Option<String>,
    /// Where in the console it is done.
    pub link: Option<String>,
    /// What is to be applied.
    pub documents: Vec<RemedyDocument>,
}

/// A document that helps.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemedyDocument {
    /// The name for its file.
    pub name: String,
    /// What it is, in one sentence.
    pub about: String,
    /// It.
    pub text: String,
}

/// Why an account could not be done.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// A stable word for machines.
    pub code: String,
    /// What happened.
    pub message: String,
    /// The next step for a person.
    pub remedy: Option<String>,
}

/// What a difference means for access, seen from what is wanted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It changes nothing in who may do what.
    Cosmetic,
    /// It allows less.
    Narrows,
    /// It allows or trusts more.
    Widens,
}

/// One difference between the role or user that is wanted and the one that is found.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the names of the fields are those of IAM, or wanted and found")]
pub enum Difference {
    /// There is no such role.
    RoleMissing,
    /// There is no such user.
    UserMissing,
    /// The access keys are not as they should be.
    AccessKeys {
        difference: String,
        #[serde(flatten)]
        about: BTreeMap<String, Value>,
    },
    /// The user has a password for the console.
    LoginProfileExtra,
    /// The user is a member of a group.
    GroupExtra { group: String },
    /// The trust policy says something else.
    TrustChanged { comparison: Comparison },
    /// An inline policy is not there.
    InlineMissing { name: String },
    /// An inline policy says something else.
    InlineChanged { name: String, comparison: Comparison },
    /// An inline policy that nobody declared.
    InlineExtra { name: String, effect: Effect },
    /// A managed policy is not attached.
    ManagedMissing { arn: String },
    /// A managed policy is attached that nobody declared.
    ManagedExtra { arn: String },
    /// The permissions boundary is another, missing, or not declared.
    BoundaryChanged { wanted: Boundary, found: Option<String> },
    /// A tag is not there.
    TagMissing { key: String, wanted: String },
    /// A tag has another value.
    TagChanged { key: String, wanted: String, found: String },
    /// The description is another.
    DescriptionChanged { wanted: String, found: String },
    /// `MaxSessionDuration` is another, in seconds.
    MaxSessionDurationChanged { wanted: u32, found_s: u32 },
    /// It stands at another path.
    PathChanged { wanted: String, found: String },
}

/// How two policies differ.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The effect of the whole difference.
    pub effect: Effect,
    /// Statement by statement.
    pub statements: Vec<StatementDifference>,
}

/// How one statement differs.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementDifference {
    /// The effect of this one.
    pub effect: Effect,
    /// One sentence.
    pub explanation: String,
}

/// What the configuration says of the permissions boundary.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Boundary {
    /// Nothing.
    Undeclared,
    /// There must be none.
    Forbidden,
    /// It must be this policy.
    Required(String),
}
