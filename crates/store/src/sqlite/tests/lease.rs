//! One daemon at a time.

use std::time::Duration;

use jiff::Timestamp;

use super::world::{World, at};
use crate::{Holder, HolderInfo, Lease};

pub(super) const TTL: Duration = Duration::from_secs(60);

pub(super) fn holder(pid: u32) -> Holder {
    Holder { host: "host".to_owned(), pid, run: format!("run-{pid}") }
}

pub(super) fn held_by(pid: u32, until: Timestamp) -> Lease {
    Lease::HeldBy(HolderInfo { holder: holder(pid), until })
}

#[tokio::test]
async fn second_daemon_should_wait_until_the_lease_of_the_first_runs_out() {
    let world = World::new().await;
    let (one, other) = (world.store.clone(), world.another().await);
    assert_eq!(one.take_lease(&holder(1), TTL).await.unwrap(), Lease::Held { fencing: 1 });
    assert_eq!(other.take_lease(&holder(2), TTL).await.unwrap(), held_by(1, at(1)));
    world.clock.set(at(1));
    assert_eq!(other.take_lease(&holder(2), TTL).await.unwrap(), Lease::Held { fencing: 2 });
    assert!(!one.renew_lease(1, TTL).await.unwrap(), "it was taken by another");
    assert_eq!(one.take_lease(&holder(1), TTL).await.unwrap(), held_by(2, at(2)));
    one.release_lease(1).await.unwrap();
    let last = one.lease_holder().await.unwrap();
    assert_eq!(last, Some(HolderInfo { holder: holder(2), until: at(2) }));
}

#[tokio::test]
async fn holder_should_keep_its_number_while_it_renews() {
    let world = World::new().await;
    let store = &world.store;
    assert_eq!(store.take_lease(&holder(1), TTL).await.unwrap(), Lease::Held { fencing: 1 });
    world.clock.set(at(0) + jiff::SignedDuration::from_secs(59));
    assert!(store.renew_lease(1, TTL).await.unwrap());
    assert_eq!(store.take_lease(&holder(1), TTL).await.unwrap(), Lease::Held { fencing: 1 });
    world.clock.set(at(1));
    let other = world.another().await;
    assert!(matches!(other.take_lease(&holder(2), TTL).await.unwrap(), Lease::HeldBy(_)));
}

#[tokio::test]
async fn released_lease_should_be_free_at_once_and_under_a_greater_number() {
    let world = World::new().await;
    world.store.take_lease(&holder(1), TTL).await.unwrap();
    world.store.release_lease(1).await.unwrap();
    let other = world.another().await;
    assert_eq!(other.take_lease(&holder(2), TTL).await.unwrap(), Lease::Held { fencing: 2 });
}

#[tokio::test]
async fn of_many_that_ask_at_once_one_should_get_the_lease() {
    let world = World::new().await;
    let (one, other) = (world.store.clone(), world.another().await);
    let holders: Vec<Holder> = (0..40).map(holder).collect();
    let asks = holders.iter().map(|holder| {
        let store = if holder.pid % 2 == 0 { &one } else { &other };
        store.take_lease(holder, TTL)
    });
    let leases = futures::future::try_join_all(asks).await.unwrap();
    let held = leases.iter().filter(|lease| matches!(lease, Lease::Held { fencing: 1 })).count();
    let waiting = leases.iter().filter(|lease| matches!(lease, Lease::HeldBy(_))).count();
    assert_eq!((held, waiting), (1, 39));
}
