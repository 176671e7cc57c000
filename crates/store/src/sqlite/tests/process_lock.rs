//! A daemon that was killed is not waited for. Two handles of one store are two files to the system, as
//! those of two processes are; to drop one frees its lock, as a kill does.

use super::lease::{TTL, held_by, holder};
use super::world::{World, at};
use crate::{Holder, Lease};

#[tokio::test]
async fn daemon_that_was_killed_should_not_be_waited_for() {
    let world = World::new().await;
    let (first, second) = (world.another().await, world.another().await);
    assert_eq!(first.take_lease(&holder(1), TTL).await.unwrap(), Lease::Held { fencing: 1 });
    assert_eq!(second.take_lease(&holder(2), TTL).await.unwrap(), held_by(1, at(1)));
    drop(first);
    assert_eq!(second.take_lease(&holder(2), TTL).await.unwrap(), Lease::Held { fencing: 2 });
    let third = world.another().await;
    assert_eq!(third.take_lease(&holder(3), TTL).await.unwrap(), held_by(2, at(1)));
}

#[tokio::test]
async fn handle_should_not_take_itself_for_dead() {
    let world = World::new().await;
    assert_eq!(world.store.take_lease(&holder(1), TTL).await.unwrap(), Lease::Held { fencing: 1 });
    let waits = world.store.clone().take_lease(&holder(2), TTL).await.unwrap();
    assert_eq!(waits, held_by(1, at(1)));
}

#[tokio::test]
async fn daemon_on_another_host_should_be_waited_for_whoever_has_the_lock_here() {
    for host in ["elsewhere", ""] {
        let world = World::new().await;
        let (first, second) = (world.another().await, world.another().await);
        let there = Holder { host: host.to_owned(), ..holder(1) };
        first.take_lease(&there, TTL).await.unwrap();
        drop(first);
        // Hosts without a name may be two.
        let here = if host.is_empty() { Holder { pid: 2, ..there } } else { holder(2) };
        assert!(matches!(second.take_lease(&here, TTL).await.unwrap(), Lease::HeldBy(_)));
        world.clock.set(at(1));
        assert_eq!(second.take_lease(&here, TTL).await.unwrap(), Lease::Held { fencing: 2 });
    }
}

#[tokio::test]
async fn holder_without_the_lock_should_not_be_taken_for_dead_until_it_got_it() {
    let world = World::new().await;
    let (stalled, second) = (world.another().await, world.another().await);
    stalled.take_lease(&holder(1), TTL).await.unwrap();
    world.clock.set(at(1));
    assert_eq!(second.take_lease(&holder(2), TTL).await.unwrap(), Lease::Held { fencing: 2 });
    drop(stalled);
    let third = world.another().await;
    assert_eq!(third.take_lease(&holder(3), TTL).await.unwrap(), held_by(2, at(2)), "it lives");
    drop(third);
    assert!(second.renew_lease(2, TTL).await.unwrap());
    let fourth = world.another().await;
    assert_eq!(fourth.take_lease(&holder(4), TTL).await.unwrap(), held_by(2, at(2)));
    drop(second);
    assert_eq!(fourth.take_lease(&holder(4), TTL).await.unwrap(), Lease::Held { fencing: 3 });
}

#[tokio::test]
async fn store_whose_lock_cannot_be_had_should_give_the_lease_by_its_time() {
    let world = World::new().await;
    std::fs::create_dir(world.path().with_extension("sqlite.lock")).unwrap();
    let (first, second) = (world.another().await, world.another().await);
    assert_eq!(first.take_lease(&holder(1), TTL).await.unwrap(), Lease::Held { fencing: 1 });
    drop(first);
    assert_eq!(second.take_lease(&holder(2), TTL).await.unwrap(), held_by(1, at(1)));
    world.clock.set(at(1));
    assert_eq!(second.take_lease(&holder(2), TTL).await.unwrap(), Lease::Held { fencing: 2 });
}

#[cfg(unix)]
#[tokio::test]
async fn lock_should_be_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    let path = world.path().with_extension("sqlite.lock");
    assert!(!path.exists(), "who does not ask for the lease locks nothing");
    world.store.take_lease(&holder(1), TTL).await.unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
