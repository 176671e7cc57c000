//! Drift, against a model that is as simple as can be.

use std::collections::BTreeSet;

use digitalex_core::{Aspect, ObservedIdentity, Verdict};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::drift::all;
use super::world::{
    World, at, looked, observed, other_description, session_duration, unread, visit, widened_trust,
};

/// What one visit of the account finds.
#[derive(Debug, Clone)]
enum Found {
    Nothing,
    These(BTreeSet<Aspect>),
    Corrected(BTreeSet<Aspect>),
}

fn some_aspects() -> impl Strategy<Value = BTreeSet<Aspect>> {
    any::<[bool; 3]>().prop_map(|[trust, description, duration]| {
        let all = [
            (Aspect::Trust, trust),
            (Aspect::Description, description),
            (Aspect::MaxSessionDuration, duration),
        ];
        all.into_iter().filter(|(_, differs)| *differs).map(|(aspect, _)| aspect).collect()
    })
}

fn found() -> impl Strategy<Value = Found> {
    prop_oneof![
        Just(Found::Nothing),
        some_aspects().prop_map(Found::These),
        some_aspects().prop_map(Found::Corrected),
    ]
}

fn alter(role: &mut ObservedIdentity, aspects: &BTreeSet<Aspect>) {
    if aspects.contains(&Aspect::Trust) {
        widened_trust(role);
    }
    if aspects.contains(&Aspect::Description) {
        other_description(role);
    }
    if aspects.contains(&Aspect::MaxSessionDuration) {
        session_duration(role, 43_200);
    }
}

/// An event: aspect, first and last seen, ended.
type Event = (Aspect, i64, i64, Option<i64>);

fn model(visits: &[Found]) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for (minute, found) in (1..).zip(visits) {
        let (seen, gone) = match found {
            Found::Nothing => continue,
            Found::These(seen) => (seen, false),
            Found::Corrected(seen) => (seen, true),
        };
        for event in events.iter_mut().filter(|event| event.3.is_none()) {
            if seen.contains(&event.0) && !gone {
                event.2 = minute;
            } else {
                event.3 = Some(minute);
            }
        }
        for aspect in seen {
            let known = |event: &Event| {
                event.0 == *aspect && (event.3.is_none() || gone && event.3 == Some(minute))
            };
            if !events.iter().any(known) {
                events.push((*aspect, minute, minute, gone.then_some(minute)));
            }
        }
    }
    events.sort();
    events
}

async fn store(visits: &[Found]) -> Vec<Event> {
    let world = World::new().await;
    world.list(1..2).await;
    for (minute, found) in (1..).zip(visits) {
        let visit = match found {
            Found::Nothing => unread(1, minute, Verdict::Unreachable),
            Found::These(seen) => looked(1, minute, &observed(1, |role| alter(role, seen))),
            Found::Corrected(seen) => {
                let before = observed(1, |role| alter(role, seen));
                visit(1, minute, &before, Verdict::Converged)
            }
        };
        world.visited(visit).await;
    }
    let minute = |time: jiff::Timestamp| (time.as_second() - at(0).as_second()) / 60;
    let event = |one: &crate::DriftEvent| {
        let (first, last) = (minute(one.first_seen), minute(one.last_seen));
        (one.aspect, first, last, one.ended_at.map(minute))
    };
    let mut events: Vec<Event> = all(&world).await.iter().map(event).collect();
    events.sort();
    events
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 32, ..Default::default() })]

    #[test]
    fn drift_should_be_what_the_visits_say(visits in proptest::collection::vec(found(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        proptest::prop_assert_eq!(runtime.block_on(store(&visits)), model(&visits));
    }
}
