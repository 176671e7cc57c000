//! Which accounts take part, and as what: every account is selected, or skipped with a reason.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use digitalex_core::planted::{PlantedBug, is_planted};
use digitalex_core::{
    AccountId, Adoption, BucketName, ChangeLimits, Description, ExternalId, IdentityKind,
    IdentityName, IdentityPath, IdentitySpec, IdentityTemplate, PolicyName, Profile,
    SessionDuration, TagKey, TagValue, TemplateError,
};

use crate::{Account, AccountDetail, AccountState, AdminRole, OrganizationInfo};

/// What the configuration says of an account, before overrides.
#[derive(Debug, Clone)]
pub struct AccountSettings {
    /// The role or user.
    pub identity: IdentitySpec,
    /// Ways in, tried in order.
    pub admin_roles: Vec<AdminRole>,
    /// Whether a hand-made DigitalEx role may be taken over.
    pub adoption: Adoption,
    /// How much one plan may take away.
    pub limits: ChangeLimits,
}

/// What an override changes; `None` leaves a setting as it is.
#[derive(Debug, Clone, Default)]
pub struct SettingsChange {
    /// The profile.
    pub profile: Option<Profile>,
    /// A role, or a user with an access key.
    pub kind: Option<IdentityKind>,
    /// The role's name.
    pub role_name: Option<IdentityName>,
    /// The user's name.
    pub user_name: Option<IdentityName>,
    /// The path of either.
    pub path: Option<IdentityPath>,
    /// The role's description.
    pub description: Option<Description>,
    /// `MaxSessionDuration`.
    pub max_session_duration: Option<SessionDuration>,
    /// The permissions boundary, as in [`IdentitySpec::permissions_boundary`].
    pub permissions_boundary: Option<String>,
    /// Tags, added to those that are there.
    pub tags: BTreeMap<TagKey, TagValue>,
    /// Ways in.
    pub admin_roles: Option<Vec<AdminRole>>,
    /// Adoption.
    pub adoption: Option<Adoption>,
    /// How much one plan may take away.
    pub limits: Option<ChangeLimits>,
}

/// Which accounts are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// One account.
    Account(AccountId),
    /// All accounts below this root or OU, however deep.
    Ou(String),
    /// All accounts with this tag.
    Tag(TagKey, TagValue),
}

/// The scope as the configuration spells it.
#[derive(Debug, Clone)]
pub struct ScopeSpec {
    /// What holds where no override says otherwise.
    pub settings: AccountSettings,
    /// What is different in the management account; `None` leaves that account out.
    pub management: Option<SettingsChange>,
    /// Only these; all where empty.
    pub include: Vec<Matcher>,
    /// Never these.
    pub exclude: Vec<Matcher>,
    /// Overrides, in order: a later one wins.
    pub overrides: Vec<(Matcher, SettingsChange)>,
    /// Which accounts, by what DigitalEx comes through.
    pub way: Way,
}

/// Which accounts take part, by what DigitalEx comes through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Way {
    /// All.
    #[default]
    Either,
    /// Those that are to have the role.
    Roles,
    /// Those that are to have a user with an access key.
    Keys,
    /// Those that are to have the role, and whose user is given up.
    RetiredKeys {
        /// The accounts whose role was verified; the keys of all others stay.
        verified: Arc<BTreeSet<AccountId>>,
    },
}

/// Decides for each account.
#[derive(Debug)]
pub struct Scope {
    spec: ScopeSpec,
    organization: OrganizationInfo,
    external_id: ExternalId,
    bucket: Option<BucketName>,
    /// Assignments by the overrides that match, made once each.
    assignments: Mutex<HashMap<AssignmentKey, Arc<Assignment>>>,
}

type AssignmentKey = (bool, Vec<usize>);

/// What holds for a selected account.
#[derive(Debug)]
pub struct Assignment {
    /// The role or user.
    pub template: IdentityTemplate,
    /// What DigitalEx is to come through; the template is of the other where that is given up.
    wanted: IdentityKind,
    /// Its path, to which writes are confined.
    pub path: IdentityPath,
    /// The names of its inline policies.
    pub inline_policies: Arc<[PolicyName]>,
    /// Ways in.
    pub admin_roles: Arc<[AdminRole]>,
    /// Adoption.
    pub adoption: Adoption,
    /// How much one plan may take away.
    pub limits: ChangeLimits,
}

/// Whether an account takes part.
#[derive(Debug, Clone)]
pub enum Selection {
    /// It does, as this.
    Selected(Arc<Assignment>),
    /// It does not.
    Skipped(SkipReason),
}

/// Why an account does not take part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// The management account, and no bucket is configured.
    ManagementAccount,
    /// The management account can be reached only with its own credentials.
    ManagementNotCaller,
    /// Nothing can be done in an account in this state.
    NotActive(AccountState),
    /// The configuration includes others only.
    NotIncluded,
    /// The configuration excludes it.
    Excluded,
    /// It is to have the other of role and user.
    OtherWay(IdentityKind),
    /// Its role is not verified, so that its keys stay.
    RoleNotVerified,
}

impl Scope {
    /// A scope over `organization`; every group of settings is tried out, so that a mistake in the
    /// configuration shows before the first call to an account.
    ///
    /// # Errors
    /// A group of settings cannot become a role.
    pub fn new(
        spec: ScopeSpec,
        organization: OrganizationInfo,
        external_id: ExternalId,
        bucket: Option<BucketName>,
    ) -> Result<Self, TemplateError> {
        let assignments = Mutex::default();
        let scope = Self { spec, organization, external_id, bucket, assignments };
        let alone = (0..scope.spec.overrides.len()).map(|index| vec![index]);
        for matching in std::iter::once(Vec::new()).chain(alone) {
            scope.assignment((false, matching))?;
        }
        if scope.spec.management.is_some() {
            scope.assignment((true, Vec::new()))?;
        }
        Ok(scope)
    }

    /// What must be known of each account to decide.
    #[must_use]
    pub fn detail(&self) -> AccountDetail {
        let overridden = self.spec.overrides.iter().map(|(matcher, _)| matcher);
        let matchers =
            || self.spec.include.iter().chain(&self.spec.exclude).chain(overridden.clone());
        AccountDetail {
            ou_path: matchers().any(|matcher| matches!(matcher, Matcher::Ou(_))),
            tags: matchers().any(|matcher| matches!(matcher, Matcher::Tag(..))),
        }
    }

    /// What holds for an account that no override matches.
    ///
    /// # Errors
    /// The settings cannot become a role; not expected, since they were tried out.
    pub fn usual(&self) -> Result<Arc<Assignment>, TemplateError> {
        self.assignment((false, Vec::new()))
    }

    /// Whether `account` takes part, and as what.
    ///
    /// # Errors
    /// The overrides that match it cannot together become a role.
    pub fn select(&self, account: &Account) -> Result<Selection, TemplateError> {
        if let Some(reason) = self.skip_reason(account) {
            return Ok(Selection::Skipped(reason));
        }
        let management = account.id == self.organization.management_account;
        let overrides = self.spec.overrides.iter().enumerate();
        let matching = overrides
            .filter(|(_, (matcher, _))| matcher.matches(account))
            .map(|(index, _)| index)
            .collect();
        let assignment = self.assignment((management, matching))?;
        Ok(match self.spec.way.skip_reason(account.id, assignment.wanted) {
            Some(reason) => Selection::Skipped(reason),
            None => Selection::Selected(assignment),
        })
    }

    fn skip_reason(&self, account: &Account) -> Option<SkipReason> {
        let matches =
            |matchers: &[Matcher]| matchers.iter().any(|matcher| matcher.matches(account));
        if account.state != AccountState::Active && !is_planted(PlantedBug::VisitSuspended) {
            return Some(SkipReason::NotActive(account.state.clone()));
        }
        if matches(&self.spec.exclude) {
            return Some(SkipReason::Excluded);
        }
        if !self.spec.include.is_empty() && !matches(&self.spec.include) {
            return Some(SkipReason::NotIncluded);
        }
        if account.id != self.organization.management_account {
            return None;
        }
        match &self.spec.management {
            None => Some(SkipReason::ManagementAccount),
            Some(_) if self.organization.caller != account.id => {
                Some(SkipReason::ManagementNotCaller)
            }
            Some(_) => None,
        }
    }

    fn assignment(&self, key: AssignmentKey) -> Result<Arc<Assignment>, TemplateError> {
        let mut assignments = self.assignments.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(assignment) = assignments.get(&key) {
            return Ok(Arc::clone(assignment));
        }
        let (management, matching) = &key;
        let management = self.spec.management.as_ref().filter(|_| *management);
        let overrides = matching.iter().filter_map(|index| self.spec.overrides.get(*index));
        let changes = management.into_iter().chain(overrides.map(|(_, change)| change));
        let settings = changes.fold(self.spec.settings.clone(), AccountSettings::changed_by);
        let assignment = Arc::new(self.assign(settings)?);
        assignments.insert(key, Arc::clone(&assignment));
        Ok(assignment)
    }

    fn assign(&self, settings: AccountSettings) -> Result<Assignment, TemplateError> {
        let AccountSettings { mut identity, admin_roles, adoption, limits } = settings;
        let wanted = identity.kind;
        if matches!(self.spec.way, Way::RetiredKeys { .. }) {
            identity.kind = IdentityKind::User;
        }
        let path = identity.path.clone();
        let partition = self.organization.partition;
        let template =
            IdentityTemplate::new(identity, partition, &self.external_id, self.bucket.as_ref())?;
        let inline_policies = template.inline_policies().cloned().collect();
        let admin_roles = admin_roles.into();
        Ok(Assignment { template, wanted, path, inline_policies, admin_roles, adoption, limits })
    }
}

impl AccountSettings {
    fn changed_by(mut self, change: &SettingsChange) -> Self {
        fn set<T: Clone>(setting: &mut T, change: Option<&T>) {
            if let Some(value) = change {
                setting.clone_from(value);
            }
        }
        set(&mut self.identity.kind, change.kind.as_ref());
        set(&mut self.identity.user_name, change.user_name.as_ref());
        set(&mut self.identity.profile, change.profile.as_ref());
        set(&mut self.identity.role_name, change.role_name.as_ref());
        set(&mut self.identity.path, change.path.as_ref());
        set(&mut self.identity.description, change.description.as_ref());
        set(&mut self.identity.max_session_duration, change.max_session_duration.as_ref());
        if change.permissions_boundary.is_some() {
            self.identity.permissions_boundary.clone_from(&change.permissions_boundary);
        }
        self.identity.tags.extend(change.tags.clone());
        set(&mut self.admin_roles, change.admin_roles.as_ref());
        set(&mut self.adoption, change.adoption.as_ref());
        set(&mut self.limits, change.limits.as_ref());
        self
    }
}

impl Matcher {
    fn matches(&self, account: &Account) -> bool {
        match self {
            Self::Account(id) => account.id == *id,
            Self::Ou(id) => account.ou_path.as_ref().is_some_and(|path| path.contains(id)),
            Self::Tag(key, value) => {
                account.tags.as_ref().is_some_and(|tags| tags.get(key) == Some(value))
            }
        }
    }
}

impl Way {
    fn skip_reason(&self, account: AccountId, wanted: IdentityKind) -> Option<SkipReason> {
        match (self, wanted) {
            (Self::Either, _)
            | (Self::Roles, IdentityKind::Role)
            | (Self::Keys, IdentityKind::User) => None,
            (Self::RetiredKeys { verified }, IdentityKind::Role) => {
                (!verified.contains(&account)).then_some(SkipReason::RoleNotVerified)
            }
            (Self::Roles | Self::Keys | Self::RetiredKeys { .. }, other) => {
                Some(SkipReason::OtherWay(other))
            }
        }
    }
}

impl SkipReason {
    /// A stable word for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ManagementAccount => "management_account",
            Self::ManagementNotCaller => "management_not_caller",
            Self::NotActive(AccountState::Suspended) => "account_suspended",
            Self::NotActive(AccountState::PendingClosure) => "account_closing",
            Self::NotActive(AccountState::Closed) => "account_closed",
            Self::NotActive(AccountState::PendingActivation) => "account_not_ready",
            Self::NotActive(_) => "not_active",
            Self::NotIncluded => "not_included",
            Self::Excluded => "excluded",
            Self::OtherWay(_) => "other_way",
            Self::RoleNotVerified => "role_not_verified",
        }
    }

    /// The next step for a person, where there is one.
    #[must_use]
    pub const fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::NotActive(AccountState::Suspended) => Some(
                "nothing can be done here until AWS reinstates the account: its owner asks AWS Support",
            ),
            Self::NotActive(AccountState::PendingClosure | AccountState::Closed) => {
                Some("nothing is to be done; AWS removes it from the organization 90 days after")
            }
            Self::NotActive(AccountState::PendingActivation) => {
                Some("the account is being set up: run again when it is active")
            }
            Self::ManagementAccount => Some("set bucket, or DIGITALEX_BUCKET, to include it"),
            Self::ManagementNotCaller => {
                Some("run once with credentials of the management account to include it")
            }
            Self::RoleNotVerified => {
                Some("see `audit` for its role, put that right, and run again")
            }
            Self::NotActive(_) | Self::NotIncluded | Self::Excluded | Self::OtherWay(_) => None,
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManagementAccount => out.write_str(
                "the management account is left out until the bucket of the Cost and Usage Report \
                 is configured (bucket, or DIGITALEX_BUCKET)",
            ),
            Self::ManagementNotCaller => out.write_str(
                "the management account is reached only with its own credentials: run there to \
                 include it",
            ),
            Self::NotActive(state) => {
                write!(out, "the account is {state}; only ACTIVE ones take part")
            }
            Self::NotIncluded => out.write_str("the configuration's include list does not name it"),
            Self::Excluded => out.write_str("the configuration excludes it"),
            Self::OtherWay(kind) => write!(out, "it is to have a {kind}, which this is not about"),
            Self::RoleNotVerified => {
                out.write_str("its role is not in sync, or could not be read: its access keys stay")
            }
        }
    }
}
