//! Organizations that look real, made from a seed.

mod account;
mod cost_reports;
mod drift;
mod options;
mod role;
mod scenario;
mod tree;

use std::collections::BTreeMap;

use digitalex_core::AccountId;
use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::SmallRng;

pub use options::{Fleet, GeneratorOptions, InvalidOptions};
pub use scenario::{Drift, Scenario};

use crate::World;

/// When everything was created: 2024-01-01T00:00:00Z, so that the state does not hang on the clock.
const CREATED: Timestamp = Timestamp::constant(1_704_067_200, 0);

/// An organization of `options.accounts` accounts. The same options give the same world.
#[must_use]
pub fn organization(options: &GeneratorOptions) -> World {
    generate(options).0
}

/// What [`organization`] makes of each account.
#[must_use]
pub fn scenarios(options: &GeneratorOptions) -> BTreeMap<AccountId, Scenario> {
    generate(options).1
}

/// An organization with its management account only.
#[must_use]
pub fn empty(management_account: AccountId) -> World {
    let mut world = World::new(management_account, 0, CREATED);
    world.found_organization(management_account);
    world
}

fn generate(options: &GeneratorOptions) -> (World, BTreeMap<AccountId, Scenario>) {
    let mut rng = SmallRng::seed_from_u64(options.seed);
    let mut world = World::new(options.management_account, options.seed, CREATED);
    world.found_organization(options.management_account);
    let units = tree::plant(&mut world);
    let mut scenarios = BTreeMap::from([(options.management_account, Scenario::Management)]);
    let members = options.accounts.saturating_sub(1);
    for (number, scenario) in
        scenario::assign(options.fleet, members, &mut rng).into_iter().enumerate()
    {
        let place = account::place(number, scenario, &mut rng);
        let id = account::add(&mut world, &units, &place, scenario, &mut rng);
        role::add_all(&mut world, options, id, scenario, &mut rng);
        scenarios.insert(id, scenario);
    }
    world.enable_service_control_policies();
    tree::attach_policies(&mut world, &units, &scenarios);
    cost_reports::define(&mut world);
    (world, scenarios)
}

#[cfg(test)]
mod tests;
