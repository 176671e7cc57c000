//! The simulated world: one value, changed only by typed operations, the same for the same seed and
//! calls.

mod access;
pub(crate) mod cost_reports;
mod credentials;
mod distortion;
pub(crate) mod iam;
mod iam_state;
mod id;
mod limits;
pub(crate) mod operation;
pub(crate) mod organizations;
pub(crate) mod page;
mod signature;
mod state;
pub(crate) mod sts;
pub(crate) mod table;
#[cfg(test)]
mod tests;
mod trail;

use std::collections::BTreeMap;
use std::fmt;
use std::io::BufWriter;
use std::sync::Arc;

use digitalex_core::{AccountId, Partition};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use cost_reports::{ReportDefinition, ReportStatus};
pub use credentials::Credentials;
pub(crate) use credentials::{Caller, KeyUse, Principal, Session};
pub(crate) use distortion::Distortion;
pub use iam_state::{
    AccessKey, Group, Iam, Identity, LoginProfile, ManagedPolicy, PolicyVersion, Role, User,
};
pub(crate) use id::scramble;
pub(crate) use limits::reads as is_read;
pub use limits::{CallCounts, IamLimits, IamRates, Rate};
use operation::Service;
use page::PageInput;
pub(crate) use signature::Signature;

pub(crate) use operation::Operation;
pub(crate) use organizations::ORGANIZATION_ACCESS_ROLE;
pub use state::{
    Account, AccountState, JoinedMethod, OrganizationState, OrganizationalUnit, Root,
    ServiceControlPolicy, State,
};
pub use trail::TrailEvent;

use crate::AwsError;
use crate::authorize::Documents;
use crate::faults::CallInfo;

/// The state is hashed in pieces of so many bytes, not held as a whole.
const HASHED_AT_ONCE: usize = 64 * 1024;

/// A simulated AWS: accounts, their IAM, and the organization over them.
#[derive(Clone)]
pub struct World {
    state: State,
    now: Timestamp,
    sessions: BTreeMap<String, Arc<Session>>,
    sessions_made: u64,
    /// By access key id; not a resource.
    key_uses: BTreeMap<String, KeyUse>,
    /// So many sessions may there be until the expired ones are dropped.
    sessions_kept: usize,
    documents: Documents,
    limits: limits::Limits,
    calls: CallCounts,
    trail: Option<Vec<TrailEvent>>,
    past: Option<distortion::Past>,
}

impl World {
    /// A world with one account, which no organization has yet.
    #[must_use]
    pub fn new(management_account: AccountId, seed: u64, now: Timestamp) -> Self {
        let account = Account {
            id: management_account,
            name: "Management".to_owned(),
            email: "aws@example.com".to_owned(),
            state: AccountState::Active,
            joined_method: JoinedMethod::Invited,
            joined: whole_second(now),
            parent: None,
            tags: BTreeMap::new(),
            iam: Iam::default(),
        };
        let state = State {
            partition: Partition::Aws,
            management_account,
            organization: None,
            accounts: BTreeMap::from([(management_account, Arc::new(account))]),
            report_definitions: BTreeMap::new(),
            ids_made: 0,
            seed,
        };
        Self::from_state(state, now)
    }

    /// A world that holds this.
    #[must_use]
    pub fn from_state(state: State, now: Timestamp) -> Self {
        Self {
            state,
            now,
            sessions: BTreeMap::new(),
            sessions_made: 0,
            key_uses: BTreeMap::new(),
            sessions_kept: 0,
            documents: Documents::default(),
            limits: limits::Limits::default(),
            calls: CallCounts::default(),
            trail: None,
            past: None,
        }
    }

    /// All that it holds.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// All that it holds, to be changed past every rule of AWS.
    pub const fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// Sets the time.
    pub const fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether calls past the documented rates are refused.
    pub const fn enforce_limits(&mut self, enforce: bool) {
        self.limits.enforce(enforce);
    }

    /// IAM's limits, to be changed.
    pub const fn iam_limits_mut(&mut self) -> &mut IamLimits {
        self.limits.iam_mut()
    }

    /// The calls that it was asked to serve, and those that it throttled, by operation.
    #[must_use]
    pub const fn calls(&self) -> &CallCounts {
        &self.calls
    }

    /// SHA-256 of all resources, in hexadecimal. Sessions, limits and counts are no resources.
    #[must_use]
    pub fn state_hash(&self) -> String {
        let mut writer = BufWriter::with_capacity(HASHED_AT_ONCE, Sha256::new());
        // Neither can fail: all map keys are strings, and a digest takes all bytes.
        let _ = serde_json::to_writer(&mut writer, &self.state);
        let digest = writer.into_inner().map(Sha256::finalize).unwrap_or_default();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Serves a call.
    pub(crate) fn serve<O: Operation>(
        &mut self,
        credentials: &Credentials,
        operation: O,
    ) -> Result<O::Output, AwsError> {
        self.calls.count(O::NAME);
        let caller = self.authenticate(credentials)?;
        self.note_use(&caller, credentials, O::SERVICE);
        self.throttle::<O>(&caller, credentials)?;
        if let Some(access) = operation.access(self, &caller) {
            self.check_access(&caller, O::SERVICE, O::NAME, &access)?;
        }
        if !limits::reads(O::NAME) && O::SERVICE == Service::Iam {
            self.keep_past(caller.account);
        }
        let output = operation.run(self, &caller)?;
        self.record::<O>(&caller);
        Ok(output)
    }

    /// Serves a call, and makes the answer what it should not be.
    pub(crate) fn serve_distorted<O: Operation>(
        &mut self,
        credentials: &Credentials,
        mut operation: O,
        how: &Distortion,
    ) -> Result<O::Output, AwsError> {
        let token = operation.page_input().and_then(|input| input.token().cloned());
        let mut output = match how {
            Distortion::Stale(account) => {
                self.with_past(account, |world| world.serve(credentials, operation))
            }
            Distortion::ShortPage => {
                operation.page_input().into_iter().for_each(PageInput::shorten);
                self.serve(credentials, operation)
            }
            _ => self.serve(credentials, operation),
        }?;
        O::distort(&mut output, token, how);
        Ok(output)
    }

    /// What there is to know of a call before it is served.
    pub(crate) fn call_info<O: Operation>(
        &self,
        credentials: &Credentials,
        operation: &mut O,
    ) -> CallInfo {
        let caller = self.authenticate(credentials).ok();
        let access = caller.as_ref().and_then(|caller| operation.access(self, caller));
        let account = operation.target().or(caller.as_ref().map(|caller| caller.account));
        let in_session =
            caller.as_ref().is_some_and(|it| matches!(it.principal, Principal::Session(_)));
        CallInfo {
            service: O::SERVICE,
            operation: O::NAME,
            account: account.unwrap_or(self.state.management_account),
            caller: caller.map(|caller| caller.account),
            in_session,
            resource: access.map_or_else(|| "*".to_owned(), |access| access.resource),
            goes_on: operation.page_input().is_some_and(|input| input.token().is_some()),
            at: self.now,
            signed_at: None,
            client: 0,
            before: 0,
        }
    }

    pub(crate) fn account(&self, id: AccountId) -> Option<&Account> {
        self.state.accounts.get(&id).map(AsRef::as_ref)
    }

    pub(crate) fn iam(&self, account: AccountId) -> Option<&Iam> {
        self.account(account).map(|account| &account.iam)
    }

    /// The ARN of an IAM resource with a path.
    pub(crate) fn iam_arn(&self, account: AccountId, kind: &str, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{account}:{kind}{path}{name}", self.state.partition)
    }

    /// The time, as resources keep it.
    pub(crate) fn stamp(&self) -> Timestamp {
        whole_second(self.now)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "World({} accounts)", self.state.accounts.len())
    }
}

fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
