//! Accounts, as last seen.

use digitalex_core::{AccountId, Aspect, Effect, Ownership, Verdict};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Which accounts. Every part narrows the list; the default is all accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Those with one of these verdicts; empty: any.
    pub verdicts: Vec<Verdict>,
    /// Those whose gravest effect is one of these; empty: any.
    pub effects: Vec<Effect>,
    /// Those in which this aspect differs.
    pub aspect: Option<Aspect>,
    /// Those below the root or OU with this id.
    pub unit: Option<String>,
    /// Those with this cause code.
    pub cause: Option<String>,
    /// Those whose id begins with it, or whose name has it within, whatever the case.
    pub search: Option<String>,
}

/// One account, as last seen.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AccountLine {
    /// The account id.
    #[schema(value_type = String)]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its state, in the words of Organizations.
    pub state: String,
    /// The ids from the root down to its OU, where they were read.
    pub ou_path: Option<Vec<String>>,
    /// The profile that the scope chose.
    pub profile: Option<String>,
    /// The latest verdict; none before the first visit.
    #[schema(value_type = Option<String>)]
    pub verdict: Option<Verdict>,
    /// The gravest effect of the differences, when the role was last read.
    #[schema(value_type = Option<String>)]
    pub effect: Option<Effect>,
    /// What differed when the role was last read.
    #[schema(value_type = Vec<String>)]
    pub aspects: Vec<Aspect>,
    /// Why the account is not in sync, for machines.
    pub cause_code: Option<String>,
    /// When it was last visited.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub visited_at: Option<Timestamp>,
    /// When it was last read and found as wanted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub verified_at: Option<Timestamp>,
    /// When it is visited next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_visit_at: Option<Timestamp>,
}

/// All there is to say of one account, but for its history.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AccountPage {
    /// The account.
    #[serde(flatten)]
    pub line: AccountLine,
    /// The role, as last read.
    pub role: Option<RoleLine>,
    /// What differed when it was last read: core's differences with `aspect`, `effect` and
    /// `summary`, redacted.
    pub differences: Vec<Value>,
    /// The writes that would correct it, redacted.
    pub steps: Vec<Value>,
    /// The rules that vetoed the writes, redacted.
    pub violations: Vec<Value>,
    /// Why the account is not in sync, and what to do about it.
    pub cause: Option<CauseLine>,
    /// The role as last read, redacted; only where it was there but not as wanted.
    pub found: Option<Value>,
    /// The digest of what was last read.
    pub fingerprint: Option<String>,
    /// How many visits in a row have not ended well.
    pub failures: u32,
    /// When it was no longer in the organization.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub left_at: Option<Timestamp>,
}

/// The role of one account, as last read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoleLine {
    /// Its ARN: as read, or as it would be created.
    pub arn: Option<String>,
    /// Its unique id; none where there was no role.
    pub id: Option<String>,
    /// Whose role it is; none where there was no role.
    #[schema(value_type = Option<String>)]
    pub ownership: Option<Ownership>,
}

/// Why an account is not in sync, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CauseLine {
    /// A word for machines.
    pub code: String,
    /// What happened.
    pub message: String,
    /// The next step for a person.
    pub remedy: Option<String>,
}
