//! How often an account has failed in a row.

use digitalex_core::Verdict::{
    Converged, Drifted, Failed, Held, InSync, NotVisited, Skipped, Unreachable,
};

use super::world::{World, id, looked, observed, other_description, unread};

#[tokio::test]
async fn failures_should_be_counted_as_the_engine_counts_them() {
    let cases: [(&str, &[_], u32); 9] = [
        ("one after another", &[Unreachable, Unreachable, Unreachable], 3),
        ("drifted and failed are one kind", &[Drifted, Failed, Drifted], 3),
        ("it can be read, but is not right", &[Unreachable, Unreachable, Drifted], 1),
        ("it cannot be read any more", &[Failed, Drifted, Unreachable, Unreachable], 2),
        ("it is right", &[Failed, Failed, InSync], 0),
        ("it was corrected", &[Drifted, Converged, Failed], 1),
        ("it is held", &[Drifted, Drifted, Held], 0),
        ("it takes no part", &[Unreachable, Skipped], 0),
        ("its turn did not come", &[Unreachable, Unreachable, NotVisited], 2),
    ];
    for (case, verdicts, expected) in cases {
        let world = World::new().await;
        world.list(1..2).await;
        for (minute, verdict) in (1..).zip(verdicts) {
            world.visited(unread(1, minute, *verdict)).await;
        }
        assert_eq!(failures(&world).await, expected, "{case}");
    }
}

#[tokio::test]
async fn visit_that_is_still_being_verified_should_count_no_failure() {
    for (before, expected) in [(Drifted, 2), (Unreachable, 0)] {
        let world = World::new().await;
        world.list(1..2).await;
        for minute in 1..3 {
            world.visited(unread(1, minute, before)).await;
        }
        let mut written = looked(1, 3, &observed(1, other_description));
        written.unverified = true;
        world.visited(written).await;
        assert_eq!(failures(&world).await, expected, "{before:?}");
        world.visited(unread(1, 4, Failed)).await;
        assert_eq!(failures(&world).await, expected + 1, "{before:?}");
    }
}

async fn failures(world: &World) -> u32 {
    world.store.account(id(1)).await.unwrap().unwrap().failures
}
