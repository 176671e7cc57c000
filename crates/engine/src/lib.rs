//! When and how to roll the DigitalEx role out: the ports to the world, pacing, retries, and the
//! pass over an organization.
//!
//! The path of one account: [`Organization::accounts`] lists it, [`Scope`] selects it, an
//! [`AccountReader`] observes its role, `digitalex_core` says what differs and what to do, an
//! [`AccountWriter`] does it, and a [`digitalex_core::AccountRecord`] reports it.

mod call;
mod caller;
mod clock;
mod ports;
mod scope;

pub use call::{CallError, CallErrorKind, Denial};
pub use caller::{Bucket, Call, CallCounts, Caller, Rate, Rates, RetryLimits};
pub use clock::{Clock, TokioClock};
pub use ports::{
    Account, AccountDetail, AccountReader, AccountState, AccountWriter, AdminRole, Journal,
    JournalEntry, JournalError, Organization, OrganizationInfo, OuPath, ReadAccess, Target,
    WriteAccess,
};
pub use scope::{
    AccountSettings, Assignment, Matcher, Scope, ScopeSpec, Selection, SettingsChange, SkipReason,
};
