//! From when a difference is first seen until it is gone.

use digitalex_core::{Aspect, Effect, Observation, Verdict};
use digitalex_engine::Journal;

use super::world::{
    World, at, differences, id, intent, looked, observed, other_description, outcome,
    session_duration, unread, visit, widened_trust,
};
use crate::{Change, DriftChange, DriftEnd, DriftEvent, DriftFilter, PageRequest};

pub(super) async fn all(world: &World) -> Vec<DriftEvent> {
    let page = world.store.drift(&DriftFilter::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(page.total, Some(page.items.len() as u64));
    page.items.into_iter().rev().collect()
}

fn right(number: u64) -> Observation {
    observed(number, |_| {})
}

#[tokio::test]
async fn drift_should_be_open_from_when_it_is_first_seen_until_it_is_gone() {
    let world = World::new().await;
    world.list(1..2).await;
    assert_eq!(world.visited(looked(1, 1, &right(1))).await, []);
    let found = observed(1, widened_trust);
    let opened = world.visited(looked(1, 2, &found)).await;
    let [DriftChange::Opened(event)] = opened.as_slice() else { panic!("{opened:?}") };
    assert_eq!((event.aspect, event.effect), (Aspect::Trust, Effect::Widens));
    assert_eq!((event.account, event.account_name.as_str()), (id(1), "Zoë Straße 1"));
    assert!(event.was_in_sync && event.summary.starts_with("trust policy: "), "{event:?}");
    assert_eq!(world.visited(looked(1, 3, &found)).await, []);
    assert_eq!(world.visited(unread(1, 4, Verdict::Unreachable)).await, []);
    let open = all(&world).await;
    assert_eq!((open[0].first_seen, open[0].last_seen, open[0].ended_at), (at(2), at(3), None));
    let ended = world.visited(looked(1, 5, &right(1))).await;
    let events = all(&world).await;
    assert_eq!(ended, [DriftChange::Ended(events[0].clone())]);
    assert_eq!(events[0].ended_by, Some(DriftEnd::Elsewhere));
    assert_eq!((events[0].last_seen, events[0].ended_at), (at(3), Some(at(5))));
    world.visited(looked(1, 6, &found)).await;
    assert_eq!(all(&world).await.len(), 2, "it came back: another one");
}

#[tokio::test]
async fn drift_of_an_account_that_was_never_right_should_say_so() {
    let world = World::new().await;
    world.list(1..2).await;
    world.visited(looked(1, 1, &Observation::Absent)).await;
    let events = all(&world).await;
    assert_eq!((events[0].aspect, events[0].was_in_sync), (Aspect::Role, false));
}

#[tokio::test]
async fn drift_that_a_visit_found_and_corrected_should_be_opened_and_ended() {
    let world = World::new().await;
    world.list(1..2).await;
    let found = observed(1, widened_trust);
    world.visited(looked(1, 1, &right(1))).await;
    let changes = world.visited(visit(1, 2, &found, Verdict::Converged)).await;
    assert!(matches!(changes.as_slice(), [DriftChange::Opened(_), DriftChange::Ended(_)]));
    let events = all(&world).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].ended_by, Some(DriftEnd::Corrected));
    assert_eq!((events[0].first_seen, events[0].ended_at), (at(2), Some(at(2))));
}

#[tokio::test]
async fn part_that_was_corrected_should_end_and_what_is_left_should_stay() {
    let world = World::new().await;
    world.list(1..2).await;
    let both = observed(1, |role| {
        widened_trust(role);
        other_description(role);
    });
    let left = observed(1, other_description);
    world.visited(looked(1, 1, &both)).await;
    let mut partly = looked(1, 2, &left);
    partly.corrected = differences(1, &observed(1, widened_trust));
    world.visited(partly).await;
    let ends: Vec<_> = all(&world).await.iter().map(|one| (one.aspect, one.ended_by)).collect();
    assert_eq!(ends, [(Aspect::Trust, Some(DriftEnd::Corrected)), (Aspect::Description, None)]);
}

#[tokio::test]
async fn drift_should_be_corrected_where_our_last_change_was_to_take_it_away() {
    let world = World::new().await;
    world.list(1..4).await;
    let found = |number| {
        observed(number, |role| {
            widened_trust(role);
            other_description(role);
        })
    };
    for number in 1..4 {
        world.visited(looked(number, 1, &right(number))).await;
    }
    // Of the first all is mended, of the second the trust policy only; of the third before it drifted.
    world.store.append(&intent(1, 2, &found(1))).await.unwrap();
    world.store.append(&intent(2, 2, &observed(2, widened_trust))).await.unwrap();
    world.store.append(&intent(3, 0, &found(3))).await.unwrap();
    world.store.append(&outcome(3, 0, "run-1")).await.unwrap();
    for number in 1..4 {
        world.visited(looked(number, 3, &found(number))).await;
        world.visited(looked(number, 4, &right(number))).await;
    }
    use DriftEnd::{Corrected, Elsewhere};
    let mut ends: Vec<_> =
        all(&world).await.iter().map(|one| (one.account, one.aspect, one.ended_by)).collect();
    ends.sort();
    let expected = [
        (1, Aspect::Trust, Corrected),
        (1, Aspect::Description, Corrected),
        (2, Aspect::Trust, Corrected),
        (2, Aspect::Description, Elsewhere),
        (3, Aspect::Trust, Elsewhere),
        (3, Aspect::Description, Elsewhere),
    ];
    assert_eq!(ends, expected.map(|(number, aspect, end)| (id(number), aspect, Some(end))));
}

#[tokio::test]
async fn drift_that_now_allows_more_should_be_told() {
    let world = World::new().await;
    world.list(1..2).await;
    let shorter = observed(1, |role| session_duration(role, 1));
    let longer = observed(1, |role| session_duration(role, 43_200));
    world.visited(looked(1, 1, &shorter)).await;
    let changes = world.visited(looked(1, 2, &longer)).await;
    let [DriftChange::Widened(event)] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((event.effect, event.first_seen), (Effect::Widens, at(1)));
    assert!(event.summary.contains("43200"), "{}", event.summary);
    assert_eq!(&all(&world).await[0], event);
    assert_eq!(world.visited(looked(1, 3, &longer)).await, []);
}

#[tokio::test]
async fn drift_of_an_account_that_left_should_end() {
    let world = World::new().await;
    world.list(1..3).await;
    world.visited(looked(1, 1, &observed(1, widened_trust))).await;
    world.store.record(vec![Change::Left(id(1), at(2))]).await.unwrap();
    let events = all(&world).await;
    assert_eq!((events[0].ended_at, events[0].ended_by), (Some(at(2)), Some(DriftEnd::Elsewhere)));
    let summary = world.store.summary().await.unwrap();
    assert_eq!((summary.accounts, summary.widened), (1, 0));
    assert_eq!(world.store.account(id(1)).await.unwrap().unwrap().left_at, Some(at(2)));
}

#[tokio::test]
async fn chart_should_count_what_was_there_at_the_end_of_each_step() {
    let world = World::new().await;
    world.list(1..4).await;
    world.visited(looked(1, 5, &observed(1, widened_trust))).await;
    world.visited(looked(2, 12, &observed(2, other_description))).await;
    world.visited(visit(3, 20, &observed(3, widened_trust), Verdict::Converged)).await;
    world.visited(looked(2, 25, &right(2))).await;
    world.visited(looked(1, 31, &right(1))).await;
    let points = world.store.drift_series(at(10), at(40), 3).await.unwrap();
    let seen: Vec<_> = points
        .iter()
        .map(|point| {
            let open = (point.open[&Effect::Widens], point.open[&Effect::Cosmetic]);
            (point.at, open, point.opened, point.corrected)
        })
        .collect();
    assert_eq!(seen, [(at(20), (1, 1), 2, 1), (at(30), (1, 0), 0, 0), (at(40), (0, 0), 0, 0)]);
}
