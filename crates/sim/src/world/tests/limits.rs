//! The rates that calls are held to.

use digitalex_core::AccountId;
use serde_json::json;

use super::Fixture;
use crate::{Credentials, IamRates, Rate};

/// How many of 50 calls in one moment pass.
fn passed(fixture: &mut Fixture, operation: &str) -> usize {
    let mut call = |_: &i32| fixture.call("iam", operation, json!({"RoleName": "role"}));
    (0..50).filter(|number| call(number).err().is_none_or(|error| !error.is_throttled())).count()
}

fn rates(read: f64, write: f64) -> IamRates {
    IamRates { read: Rate::new(read, read), write: Rate::new(write, write) }
}

#[test]
fn limits_should_throttle_only_when_enforced() {
    let (mut fixture, _) = Fixture::organization(0);
    let list = |fixture: &mut Fixture| fixture.call("organizations", "ListAccounts", json!({}));
    for _ in 0..50 {
        assert!(list(&mut fixture).is_ok());
    }
    fixture.world.enforce_limits(true);
    let served = (0..50).filter(|_| list(&mut fixture).is_ok()).count();
    assert_eq!(served, 12, "the burst");
    assert_eq!(
        fixture.refused("organizations", "ListAccounts", json!({})),
        "TooManyRequestsException"
    );
    assert_eq!(fixture.world.calls().throttled["ListAccounts"], 39);
    fixture.pass(1);
    let served = (0..50).filter(|_| list(&mut fixture).is_ok()).count();
    assert_eq!(served, 8, "the sustained rate");
}

#[test]
fn iam_limits_should_be_each_accounts_own_and_each_operations() {
    let (mut fixture, members) = Fixture::organization(2);
    fixture.world.enforce_limits(true);
    let slow: AccountId = members[0].parse().unwrap();
    fixture.world.iam_limits_mut().rates = rates(30.0, 10.0);
    fixture.world.iam_limits_mut().rates_of.insert(slow, rates(3.0, 1.0));
    for (account, read, write) in [(slow, 3, 1), (members[1].parse().unwrap(), 30, 10)] {
        fixture.credentials = Credentials::root_of(account);
        assert_eq!(passed(&mut fixture, "GetRole"), read);
        assert_eq!(passed(&mut fixture, "ListRolePolicies"), read);
        assert_eq!(passed(&mut fixture, "DeleteRole"), write);
        fixture.pass(1);
        assert_eq!(passed(&mut fixture, "GetRole"), read);
    }
}

#[test]
fn iam_limits_that_are_shared_should_count_reads_together_and_writes_together() {
    let (mut fixture, _) = Fixture::organization(0);
    fixture.world.enforce_limits(true);
    fixture.world.iam_limits_mut().are_shared = true;
    assert_eq!(passed(&mut fixture, "GetRole"), 15);
    assert_eq!(passed(&mut fixture, "ListRolePolicies"), 0);
    assert_eq!(passed(&mut fixture, "DeleteRole"), 5);
    assert_eq!(passed(&mut fixture, "UpdateRole"), 0);
}

#[test]
fn limits_should_forget_the_accounts_that_have_not_called_for_long() {
    let (mut fixture, _) = Fixture::organization(0);
    fixture.world.enforce_limits(true);
    let mut most = 0;
    for number in 0..20_000_u64 {
        let id = AccountId::from_number(200_000_000_000 + number).unwrap();
        let mut account = fixture.world.account("111111111111".parse().unwrap()).unwrap().clone();
        account.id = id;
        fixture.world.state_mut().accounts.insert(id, account.into());
        fixture.credentials = Credentials::root_of(id);
        fixture.call("iam", "ListRoles", json!({})).unwrap();
        fixture.world.state_mut().accounts.remove(&id);
        if number % 100 == 0 {
            fixture.pass(1);
        }
        most = most.max(fixture.world.buckets_in_use());
    }
    assert!(most <= 1_100, "{most} buckets");
}
