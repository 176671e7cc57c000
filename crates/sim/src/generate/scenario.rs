//! What is special about an account, and how often it is.

use rand::rngs::SmallRng;
use rand::seq::SliceRandom;

use super::Fleet;

/// What is special about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scenario {
    /// The management account.
    Management,
    /// Nothing: it can be entered, and has no DigitalEx role yet.
    Ordinary,
    /// Suspended by AWS.
    Suspended,
    /// Being closed.
    Closing,
    /// Closed.
    Closed,
    /// Created a moment ago, and not set up yet.
    New,
    /// Holds as many roles as an account may.
    RolesQuotaReached,
    /// Invited, so that there is no `OrganizationAccountAccessRole`.
    Invited,
    /// Enrolled by Control Tower: entered by `AWSControlTowerExecution` only.
    ControlTower,
    /// Created in the organization, but someone deleted `OrganizationAccountAccessRole`.
    AdminRoleMissing,
    /// `OrganizationAccountAccessRole` trusts another account.
    AdminRoleTrustsAnother,
    /// In an OU whose service control policy denies IAM writes.
    IamWritesDenied,
    /// Under a service control policy that demands the permissions boundary `org-boundary`.
    BoundaryDemanded,
    /// Someone else's role has the name of the DigitalEx role: no tag of ours, other trust.
    ForeignRole,
    /// A hand-made DigitalEx role: the trust is right, no tag, other policies.
    HandMade,
    /// A DigitalEx role that is as it should be.
    InSync,
    /// A DigitalEx role that differs in one way.
    Drifted(Drift),
}

/// In which way a DigitalEx role differs from what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Drift {
    /// Another account is trusted too.
    TrustChanged,
    /// The trust does not ask for the external id.
    ExternalIdMissing,
    /// Another account is trusted in place of DigitalEx's.
    WrongAccountTrusted,
    /// The trust names the unique id of a principal that is gone.
    PrincipalGone,
    /// The inline policy allows more.
    InlineChanged,
    /// The inline policy is gone.
    InlineMissing,
    /// There is one more inline policy.
    InlineExtra,
    /// A managed policy is detached.
    ManagedMissing,
    /// One more managed policy is attached.
    ManagedExtra,
    /// The ownership tag has another value.
    TagChanged,
    /// The ownership tag is gone.
    TagMissing,
    /// A permissions boundary is set.
    BoundaryPresent,
    /// Sessions may last 12 hours.
    MaxSession,
    /// The description is another.
    Description,
    /// The role stands at path `/finops/`.
    OtherPath,
}

impl Drift {
    /// Every way.
    pub const ALL: [Self; 15] = [
        Self::TrustChanged,
        Self::ExternalIdMissing,
        Self::WrongAccountTrusted,
        Self::PrincipalGone,
        Self::InlineChanged,
        Self::InlineMissing,
        Self::InlineExtra,
        Self::ManagedMissing,
        Self::ManagedExtra,
        Self::TagChanged,
        Self::TagMissing,
        Self::BoundaryPresent,
        Self::MaxSession,
        Self::Description,
        Self::OtherPath,
    ];
}

/// Comes more often the larger the organization is.
const COMMON: [Scenario; 6] = [
    Scenario::Suspended,
    Scenario::InSync,
    Scenario::ControlTower,
    Scenario::Invited,
    Scenario::Closed,
    Scenario::HandMade,
];

/// Comes once, beside the drifts; the last is left out first.
const ONCE: [Scenario; 5] = [
    Scenario::IamWritesDenied,
    Scenario::AdminRoleMissing,
    Scenario::ForeignRole,
    Scenario::AdminRoleTrustsAnother,
    Scenario::BoundaryDemanded,
];

/// Comes once in an organization with room for all that is above.
const RARE: [Scenario; 3] = [Scenario::Closing, Scenario::New, Scenario::RolesQuotaReached];

/// For so many members one is special.
const MEMBERS_PER_SPECIAL: usize = 5;
/// For so many members each common scenario comes once more.
const MEMBERS_PER_REPEAT: usize = 100;

/// The first members are the log archive and the audit account, which are ordinary.
pub(super) const SECURITY_ACCOUNTS: usize = 2;

/// The scenario of each member.
pub(super) fn assign(fleet: Fleet, members: usize, rng: &mut SmallRng) -> Vec<Scenario> {
    match fleet {
        Fleet::Mixed => mixed(members, rng),
        Fleet::InSync => vec![Scenario::InSync; members],
        Fleet::Untouched => vec![Scenario::Ordinary; members],
    }
}

/// Every scenario. Where there is not room for all, the rarest are left out.
fn mixed(members: usize, rng: &mut SmallRng) -> Vec<Scenario> {
    let repeats = members / MEMBERS_PER_REPEAT;
    let mut scenarios: Vec<_> = COMMON
        .into_iter()
        .chain(ONCE)
        .chain(Drift::ALL.map(Scenario::Drifted))
        .chain(RARE)
        .chain(std::iter::repeat_n(COMMON, repeats).flatten())
        .take(members.div_ceil(MEMBERS_PER_SPECIAL).min(members.saturating_sub(SECURITY_ACCOUNTS)))
        .collect();
    scenarios.resize(members, Scenario::Ordinary);
    // Ordinary ones first: the log archive and the audit account.
    scenarios.reverse();
    if let Some(others) = scenarios.get_mut(SECURITY_ACCOUNTS..) {
        others.shuffle(rng);
    }
    scenarios
}
