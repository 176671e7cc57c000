//! What is wanted in each account, and whether it is so: told without the product's own comparison.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use digitalex_core::{
    AccountId, Adoption, ChangeLimits, Description, DesiredBoundary, ExternalId, IdentityKind,
    IdentityName, IdentityPath, IdentitySpec, KeySpec, Partition, Profile, SessionDuration,
};
use digitalex_engine::{
    AccountSettings, AdminRole, OrganizationInfo, Scope, ScopeSpec, SettingsChange, Way,
};
use digitalex_sim::{Account, AccountState, ROLES_MAX, Role, World};

use super::found::Found;
use super::scenario::Scenario;
use super::wanted_identity::{ASPECTS, WantedIdentity};
use crate::memory_key_sink::MemoryKeySink;

/// The name of the role.
pub const ROLE: &str = "digitalex-finops";
/// The tenant id of every simulation.
pub const TENANT_ID: &str = "tenant-canary-7f3d0c";
/// The boundary, where one is declared.
const BOUNDARY: &str = "arn:<PARTITION>:iam::aws:policy/ReadOnlyAccess";

/// Keys are replaced at this age.
const MAX_AGE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// What is wanted.
pub struct Wanted {
    scope: Scope,
    adopts: bool,
    removals_max: usize,
    management: AccountId,
    identities: BTreeMap<AccountId, Arc<WantedIdentity>>,
    kind: IdentityKind,
    sink: Arc<MemoryKeySink>,
}

/// What must come of an account once nothing goes wrong any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It is as wanted.
    Matches,
    /// Nothing is written to it.
    Untouched,
    /// Nobody can say: something that stays is in the way.
    Blocked,
}

/// The configuration of a scenario.
///
/// # Panics
/// Never: it is legal.
#[must_use]
pub fn spec(scenario: &Scenario) -> ScopeSpec {
    let description = "DigitalEx cost governance, managed by digitalex-rollout";
    let identity = IdentitySpec {
        kind: scenario.kind(),
        role_name: IdentityName::new(ROLE).expect("legal"),
        user_name: IdentityName::new(ROLE).expect("legal"),
        path: IdentityPath::default(),
        description: Description::new(description).expect("legal"),
        max_session_duration: SessionDuration::default(),
        permissions_boundary: scenario.boundary.then(|| BOUNDARY.to_owned()),
        tags: BTreeMap::new(),
        profile: Profile::built_in("member").expect("built in"),
        keys: KeySpec {
            max_age: Some(MAX_AGE),
            delete_after: Duration::from_secs(20 * 60),
            ..KeySpec::default()
        },
    };
    let hops =
        |names: &[&str]| AdminRole { hops: names.iter().map(|it| (*it).to_owned()).collect() };
    let last = "OrganizationAccountAccessRole";
    let admin_roles = match scenario.hub {
        false => vec![hops(&[last]), hops(&["AWSControlTowerExecution"])],
        true => vec![hops(&[super::universe::HUB_ARN, last])],
    };
    let adoption = if scenario.adopts { Adoption::Allowed } else { Adoption::Refused };
    let limits = ChangeLimits { removals_max: scenario.removals_max };
    let settings = AccountSettings { identity, admin_roles, adoption, limits };
    let billing = SettingsChange {
        profile: Some(Profile::built_in("billing").expect("built in")),
        ..SettingsChange::default()
    };
    let management = scenario.management.then_some(billing);
    ScopeSpec {
        settings,
        management,
        include: vec![],
        exclude: vec![],
        overrides: vec![],
        way: Way::Either,
    }
}

/// The external id.
///
/// # Panics
/// Never: it is legal.
#[must_use]
pub fn external_id() -> ExternalId {
    ExternalId::new(TENANT_ID).expect("legal")
}

/// The scope of a scenario over the organization.
///
/// # Panics
/// Never: the configuration is legal.
#[must_use]
pub fn scope(scenario: &Scenario, info: OrganizationInfo) -> Scope {
    let bucket = scenario.management.then(|| "cur-bucket".parse().expect("legal"));
    Scope::new(spec(scenario), info, external_id(), bucket).expect("a scope")
}

/// The organization of a world, as the management account sees it.
///
/// # Panics
/// The world has no organization.
#[must_use]
pub fn organization_info(world: &World) -> OrganizationInfo {
    let management = world.state().management_account;
    let organization = world.state().organization.as_ref().expect("an organization");
    OrganizationInfo {
        id: organization.id.clone(),
        management_account: management,
        caller: management,
        caller_arn: format!("arn:aws:iam::{management}:root"),
        partition: Partition::Aws,
    }
}

impl Wanted {
    /// What the scenario wants.
    ///
    /// # Panics
    /// The world has no organization.
    #[must_use]
    pub fn of(scenario: &Scenario, world: &World, sink: &Arc<MemoryKeySink>) -> Self {
        let info = organization_info(world);
        let management = info.management_account;
        Self {
            scope: scope(scenario, info),
            adopts: scenario.adopts,
            removals_max: scenario.removals_max,
            management,
            identities: BTreeMap::new(),
            kind: scenario.kind(),
            sink: Arc::clone(sink),
        }
    }

    /// A role or a user.
    #[must_use]
    pub fn kind(&self) -> IdentityKind {
        self.kind
    }

    /// The role or user of the account.
    #[must_use]
    pub fn found<'a>(&self, account: &'a Account) -> Option<Found<'a>> {
        Found::in_account(account, self.kind)
    }

    /// The role or user that the account should have; none where it takes no part.
    ///
    /// # Panics
    /// The configuration cannot become one.
    pub fn identity(&mut self, id: AccountId) -> Option<Arc<WantedIdentity>> {
        if let Some(identity) = self.identities.get(&id) {
            return Some(Arc::clone(identity));
        }
        let account = digitalex_engine::Account {
            id,
            name: String::new(),
            state: digitalex_engine::AccountState::Active,
            invited: false,
            ou_path: None,
            tags: None,
        };
        let selection = self.scope.select(&account).expect("a legal configuration");
        let digitalex_engine::Selection::Selected(assignment) = selection else { return None };
        let desired = assignment.template.desired(id, 0).expect("legal");
        let identity = Arc::new(WantedIdentity::of(&desired));
        self.identities.insert(id, Arc::clone(&identity));
        Some(identity)
    }

    /// Whether the account takes part now.
    pub fn takes_part(&mut self, account: &Account) -> bool {
        account.state == AccountState::Active
            && account.parent.is_some()
            && self.identity(account.id).is_some()
    }

    /// Whether the account has the role that it should have.
    pub fn is_met(&mut self, account: &Account) -> bool {
        let Some(wanted) = self.identity(account.id) else { return false };
        self.found(account)
            .is_some_and(|found| !wanted.agreement(&found, account.id, &self.sink).contains(&false))
    }

    /// In which of [`ASPECTS`] the account's role is as wanted; in none where there is no role.
    pub fn agreement(&mut self, account: &Account) -> [bool; ASPECTS.len()] {
        match (self.identity(account.id), self.found(account)) {
            (Some(wanted), Some(found)) => wanted.agreement(&found, account.id, &self.sink),
            _ => Default::default(),
        }
    }

    /// Whether nothing becomes due by itself, as the deletion of a key that was replaced does.
    #[must_use]
    pub fn is_at_rest(&self, account: &Account) -> bool {
        self.found(account).and_then(|found| found.user).is_none_or(|user| user.keys.len() == 1)
    }

    /// What must come of the account, as the world stands.
    pub fn due(&mut self, world: &World, account: &Account) -> Due {
        if !self.takes_part(account) {
            return Due::Untouched;
        }
        if account.id != self.management && !self.lets_in(world, account) {
            return Due::Blocked;
        }
        let Some(wanted) = self.identity(account.id) else { return Due::Untouched };
        let Some(found) = self.found(account) else {
            let is_full = wanted.is_role() && account.iam.roles.len() >= ROLES_MAX;
            return if is_full { Due::Blocked } else { Due::Matches };
        };
        if found.identity.path != wanted.path {
            return Due::Untouched;
        }
        let ours = wanted.is_tagged(&found);
        let trusts = |role: &Role| role.trust.contains("arn:aws:iam::911403356698:root");
        let by_hand = !ours && found.role.is_some_and(trusts);
        if !(ours || by_hand && self.adopts) {
            return Due::Untouched;
        }
        if wanted.extras(&found) > self.removals_max {
            return Due::Untouched;
        }
        if Self::is_for_a_person(world, &found) {
            return Due::Blocked;
        }
        match (&wanted.boundary, &found.identity.boundary) {
            // A boundary that nobody declared is left for a person to decide; the rest is put right.
            (DesiredBoundary::Undeclared, Some(_)) => Due::Blocked,
            _ => Due::Matches,
        }
    }

    /// Whether a key was deactivated that should work, or one is in use that nobody recorded, and no other
    /// works: a person decides.
    fn is_for_a_person(world: &World, found: &Found<'_>) -> bool {
        let recorded = ["current", "next", "previous"].map(|word| found.recorded(word));
        let works = |id: &&str| found.key(id).is_some_and(|key| key.active);
        let any_works = recorded[..2].iter().flatten().any(works);
        let keys = found.user.into_iter().flat_map(|user| &user.keys);
        let mut unknown = keys.filter(|(id, _)| !recorded.contains(&Some(id.as_str())));
        if !any_works && unknown.any(|(id, key)| key.active && world.was_used(id)) {
            return true;
        }
        let is_off =
            |word| found.recorded(word).and_then(|id| found.key(id)).is_some_and(|key| !key.active);
        is_off("current") || is_off("next")
    }

    /// Whether an admin role lets the product in, and no service control policy is in the way.
    fn lets_in(&self, world: &World, account: &Account) -> bool {
        let management = self.management.to_string();
        let names = match self.scope.usual() {
            Ok(usual) => {
                usual.admin_roles.iter().filter_map(|role| role.hops.last().cloned()).collect()
            }
            Err(_) => Vec::new(),
        };
        let trusted = |name: &String| {
            account.iam.role(name).is_some_and(|role| role.trust.contains(&management))
        };
        let Some(organization) = &world.state().organization else { return false };
        let mut places = vec![account.id.to_string()];
        let mut place = account.parent.clone();
        while let Some(id) = place {
            place = organization.units.get(&id).map(|unit| unit.parent.clone());
            places.push(id);
        }
        let denied = organization.policies.values().any(|policy| {
            policy.content.contains("iam:") && places.iter().any(|it| policy.targets.contains(it))
        });
        names.iter().any(trusted) && !denied
    }
}
