//! The accounts: names, tags, and where they stand.

use std::collections::BTreeMap;

use digitalex_core::AccountId;
use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

use super::scenario::SECURITY_ACCOUNTS;
use super::tree::{REGULATED, Units};
use super::{CREATED, Scenario};
use crate::world::ORGANIZATION_ACCESS_ROLE;
use crate::{Account, AccountState, Iam, JoinedMethod, World};

/// The role by which Control Tower gets into the accounts that it enrols.
const CONTROL_TOWER_ROLE: &str = "AWSControlTowerExecution";

const TEAMS: [&str; 20] = [
    "payments",
    "checkout",
    "catalog",
    "search",
    "identity",
    "data-lake",
    "ml-platform",
    "crm",
    "billing",
    "logistics",
    "mobile",
    "web",
    "Zahlungen Österreich",
    "Données RH",
    "データ分析",
    "支付平台",
    "логистика",
    "Søk & Innhold",
    "O'Brien <legacy>",
    "Ünïcode 🚀",
];

/// The name and unit of an account.
pub(super) struct Place {
    name: String,
    unit: &'static str,
}

/// Where the account stands, and what it is called. Sandboxes all have one name, and with many
/// accounts others share theirs as well.
pub(super) fn place(number: usize, scenario: Scenario, rng: &mut SmallRng) -> Place {
    let named = |name: &str, unit| Place { name: name.to_owned(), unit };
    match number {
        0 => return named("Log Archive", "Security"),
        1 => return named("Audit", "Security"),
        _ => {}
    }
    let team = TEAMS[(number - SECURITY_ACCOUNTS) % TEAMS.len()];
    match scenario {
        Scenario::Suspended | Scenario::Closing | Scenario::Closed => {
            named(&format!("{team}-old"), "Suspended")
        }
        Scenario::Invited => named(&format!("{team} (acquired)"), "Übernahmen 2023"),
        Scenario::IamWritesDenied => named(&format!("{team}-pci"), REGULATED),
        _ => match rng.random_range(0..20) {
            0..9 => named(&format!("{team}-prod"), "Workloads/Prod"),
            9..13 => named(&format!("{team}-dev"), "Workloads/Dev"),
            13..16 => named(&format!("{team}-test"), "Workloads/Test"),
            16 => named(&format!("network-{team}"), "Infrastructure/Network"),
            17 => named(&format!("shared-{team}"), "Infrastructure/Shared Services"),
            _ => named("sandbox", "Sandbox"),
        },
    }
}

/// Adds the account with the role by which one gets in, as far as it has one.
pub(super) fn add(
    world: &mut World,
    units: &Units,
    place: &Place,
    scenario: Scenario,
    rng: &mut SmallRng,
) -> AccountId {
    let id = world.state_mut().account_id();
    let iam = match scenario {
        Scenario::Invited | Scenario::AdminRoleMissing => Iam::default(),
        Scenario::ControlTower => world.iam_with_access_role(CONTROL_TOWER_ROLE),
        Scenario::AdminRoleTrustsAnother => distrustful(world),
        _ => world.iam_with_access_role(ORGANIZATION_ACCESS_ROLE),
    };
    let state = match scenario {
        Scenario::Suspended => AccountState::Suspended,
        Scenario::Closing => AccountState::PendingClosure,
        Scenario::Closed => AccountState::Closed,
        Scenario::New => AccountState::PendingActivation,
        _ => AccountState::Active,
    };
    let invited = scenario == Scenario::Invited;
    world.add_member(Account {
        id,
        name: place.name.clone(),
        email: format!("aws+{id}@example.com"),
        state,
        joined_method: if invited { JoinedMethod::Invited } else { JoinedMethod::Created },
        joined: CREATED,
        parent: units.get(place.unit).cloned(),
        tags: tags(place, rng),
        iam,
    });
    id
}

/// An access role that trusts an account which is not the management account.
fn distrustful(world: &mut World) -> Iam {
    let management = world.state().management_account.to_string();
    let mut iam = world.iam_with_access_role(ORGANIZATION_ACCESS_ROLE);
    for role in iam.roles.values_mut() {
        role.trust = role.trust.replace(&management, "999988887777");
    }
    iam
}

fn tags(place: &Place, rng: &mut SmallRng) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    // Not everyone tags.
    if rng.random_ratio(9, 10) {
        let cost_center = rng.random_range(1_000..1_040);
        tags.insert("cost-center".to_owned(), format!("CC-{cost_center}"));
    }
    let owners = ["platform@example.com", "finops@example.com", "équipe-données@example.com"];
    if let Some(owner) = owners.choose(rng) {
        tags.insert("owner".to_owned(), (*owner).to_owned());
    }
    if let Some((_, environment)) = place.unit.split_once('/') {
        tags.insert("environment".to_owned(), environment.to_lowercase());
    }
    tags
}
