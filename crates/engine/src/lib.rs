//! When and how to roll the DigitalEx role out: the ports to the world, pacing, retries, and the
//! pass over an organization.
//!
//! The path of one account: [`Organization::accounts`] lists it, [`Scope`] selects it, an
//! [`AccountReader`] observes its role, `digitalex_core` says what differs and what to do, an
//! [`AccountWriter`] does it, and a [`digitalex_core::AccountRecord`] reports it.

mod apply;
mod audit;
mod call;
mod caller;
mod cause;
mod change;
mod clock;
mod cost_reports;
mod denying_policy;
mod disposition;
pub mod error_code;
mod examine;
mod forecast;
mod keep;
mod key_change;
mod key_sink;
mod ledger;
mod listing;
mod pacer;
mod pass;
mod ports;
mod rate;
mod schedule;
mod scope;
mod session_policy;
mod stored_key;

pub use apply::{Approval, Means, apply};
pub use audit::audit;
pub use call::{CallError, CallErrorKind, Denial};
pub use caller::{Bucket, Call, CallCounts, Caller, RetryLimits, StsRegion};
pub use clock::{Clock, SystemClock, TokioClock};
pub use cost_reports::{Choice, CostReports, NotChosen, ReportDefinition, choose};
pub use digitalex_core::{CorrectedPart, Correction};
pub use disposition::{Disposition, Intent, disposition};
pub use forecast::{Floor, Forecast};
pub use keep::{
    Keep, KeepCommand, KeepEvent, KeepSettings, OpenIntent, PassSummary, PassTrigger, Remembered,
    RememberedRecord, Resume, Seen, Timing, Visit, keep,
};
pub use key_sink::{KeyOwner, KeySink, KeySinkError, NewAccessKey, NoKeySink};
pub use pacer::{LearnedRate, LearnedRates};
pub use pass::{Pass, PassEvent};
pub use ports::{
    Account, AccountDetail, AccountReader, AccountState, AccountWriter, AdminRole, Journal,
    JournalEntry, JournalError, Organization, OrganizationInfo, OrganizationalUnit, OuPath,
    ReadAccess, ServiceControlPolicies, ServiceControlPolicy, Target, WriteAccess,
};
pub use rate::{Rate, Rates};
pub use schedule::Schedule;
pub use scope::{
    AccountSettings, Assignment, Matcher, Scope, ScopeSpec, Selection, SettingsChange, SkipReason,
    Way,
};
pub use session_policy::{Purpose, session_policy};
pub use stored_key::{StoredKey, StoredKeyError};
