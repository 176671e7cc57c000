//! Every state that the keys of a user can be in.

use digitalex_core::{Hold, KeyOrder, KeySpec, LastUse, Step};

use crate::fixture::{
    CONFIRMED, DAY_S, HOUR_S, ONE, REPLACED, create, current, deactivate, delete, id, inactive,
    is_as_wanted, key, keys_of, next, outcome, planned, present, previous, recorded, switch, used,
    user,
};
use crate::iam::Iam;

#[test]
fn user_without_a_key_should_get_one() {
    assert_eq!(outcome(ONE, user([], None)), (vec![create(None)], vec![]));
    let gone = outcome(ONE, user([], current('A')));
    assert_eq!(gone, (vec![create(None)], vec![]), "the recorded one is gone");
}

#[test]
fn recorded_active_key_should_be_no_difference() {
    for times in [ONE, REPLACED, CONFIRMED] {
        assert!(is_as_wanted(times, &present(user([recorded('A')], current('A')))), "{times:?}");
    }
}

#[test]
fn recorded_key_should_be_no_difference_where_the_other_one_of_the_record_is_gone() {
    for record in [next('A', 'B'), previous('A', 'B')] {
        assert!(is_as_wanted(ONE, &present(user([recorded('A')], record))));
    }
}

#[test]
fn young_key_that_nobody_recorded_should_be_held_and_none_be_made_beside_it() {
    let hold = || vec![Hold::YoungAccessKey { id: id('A') }];
    for last_use in [LastUse::Never, used(10)] {
        let young = || key('A', 599, last_use);
        assert_eq!(outcome(ONE, user([young()], None)), (vec![], hold()));
        assert_eq!(outcome(ONE, user([inactive(young())], None)), (vec![], hold()));
        let beside = user([recorded('B'), young()], current('B'));
        assert_eq!(outcome(ONE, beside), (vec![], hold()), "beside the recorded one");
    }
    let of_the_moment = user([key('A', 600, LastUse::Never)], None);
    assert_eq!(outcome(ONE, of_the_moment), (vec![], hold()));
}

#[test]
fn old_key_that_nobody_recorded_or_used_should_be_deleted() {
    let orphan = || key('A', 601, LastUse::Never);
    let alone = (vec![delete('A'), create(None)], vec![]);
    assert_eq!(outcome(ONE, user([orphan()], None)), alone);
    assert_eq!(outcome(ONE, user([inactive(orphan())], None)), alone);
    let two = user([orphan(), key('B', DAY_S, LastUse::Never)], None);
    assert_eq!(outcome(ONE, two), (vec![delete('A'), delete('B'), create(None)], vec![]));
    let beside = user([recorded('B'), orphan()], current('B'));
    assert_eq!(outcome(ONE, beside), (vec![delete('A')], vec![]), "beside the recorded one");
}

#[test]
fn unrecorded_key_in_use_should_be_held_where_no_other_works_and_none_be_made_beside_it() {
    let in_use = || key('A', 30 * DAY_S, used(HOUR_S));
    let hold = || vec![Hold::UnrecordedKeyInUse { id: id('A') }];
    assert_eq!(outcome(ONE, user([in_use()], None)), (vec![], hold()));
    assert_eq!(outcome(ONE, user([in_use()], current('B'))), (vec![], hold()));
    let two = user([in_use(), key('B', DAY_S, LastUse::Never)], None);
    assert_eq!(outcome(ONE, two), (vec![delete('B')], hold()));
}

#[test]
fn unrecorded_key_in_use_should_be_held_where_the_recorded_one_was_deactivated() {
    let in_use = key('B', 30 * DAY_S, used(HOUR_S));
    let found = user([inactive(recorded('A')), in_use], current('A'));
    let (steps, holds) = outcome(ONE, found);
    assert_eq!(steps, [], "it is the only one that works");
    assert!(holds.contains(&Hold::UnrecordedKeyInUse { id: id('B') }), "{holds:?}");
    assert!(holds.contains(&Hold::AccessKeyDeactivated { id: id('A') }), "{holds:?}");
}

#[test]
fn unrecorded_key_in_use_should_be_deleted_beside_the_recorded_one_that_works() {
    let found = user([recorded('A'), key('B', DAY_S, used(HOUR_S))], current('A'));
    assert_eq!(outcome(ONE, found), (vec![delete('B')], vec![]));
}

#[test]
fn recorded_key_that_somebody_deactivated_should_be_held() {
    let hold = |letter| (vec![], vec![Hold::AccessKeyDeactivated { id: id(letter) }]);
    let of_current = || user([inactive(recorded('A'))], current('A'));
    assert_eq!(outcome(ONE, of_current()), hold('A'));
    assert_eq!(outcome(REPLACED, of_current()), hold('A'));
    let off = || inactive(key('B', DAY_S, used(HOUR_S)));
    for times in [ONE, CONFIRMED] {
        assert_eq!(outcome(times, user([recorded('A'), off()], next('A', 'B'))), hold('B'));
        assert_eq!(outcome(times, user([off()], next('A', 'B'))), hold('B'), "and A is gone");
    }
}

#[test]
fn key_that_is_too_old_should_get_a_next_one_beside_it() {
    let old = || key('A', 90 * DAY_S + 1, LastUse::NotAsked);
    let found = || user([old()], current('A'));
    assert_eq!(outcome(REPLACED, found()), (vec![create(Some('A'))], vec![]));
    assert!(is_as_wanted(ONE, &present(found())), "where keys are not replaced");
    let young = user([key('A', 90 * DAY_S, LastUse::NotAsked)], current('A'));
    assert!(is_as_wanted(REPLACED, &present(young)));
    let room = user([old(), inactive(key('B', 400 * DAY_S, used(DAY_S)))], previous('A', 'B'));
    let makes_room = (vec![delete('B'), create(Some('A'))], vec![]);
    assert_eq!(outcome(REPLACED, room), makes_room);
    let orphan = user([old(), key('B', DAY_S, LastUse::Never)], current('A'));
    assert_eq!(outcome(REPLACED, orphan), makes_room);
}

#[test]
fn key_that_is_too_old_should_wait_where_two_are_there_and_none_may_go() {
    let old = || key('A', 91 * DAY_S, LastUse::NotAsked);
    let young = user([old(), key('B', 60, LastUse::Never)], current('A'));
    let hold = vec![Hold::YoungAccessKey { id: id('B') }];
    assert_eq!(outcome(REPLACED, young), (vec![], hold));
    let rotating = user([old(), key('B', 60, LastUse::Never)], next('A', 'B'));
    let hold = vec![Hold::RotationUnproved { next: id('B') }];
    assert_eq!(outcome(REPLACED, rotating), (vec![], hold));
    let active = user([old(), key('B', 200 * DAY_S, used(HOUR_S))], previous('A', 'B'));
    assert_eq!(outcome(REPLACED, active), (vec![deactivate('B')], vec![]));
}

#[test]
fn next_key_should_wait_until_its_use_shows() {
    for (first, last_use) in [
        (recorded('A'), LastUse::Never),
        (recorded('A'), LastUse::NotAsked),
        (inactive(recorded('A')), LastUse::Never),
    ] {
        let found = user([first, key('B', 30 * DAY_S, last_use)], next('A', 'B'));
        let hold = vec![Hold::RotationUnproved { next: id('B') }];
        assert_eq!(outcome(ONE, found), (vec![], hold));
    }
}

#[test]
fn next_key_that_is_used_should_take_over_before_the_old_one_is_deactivated() {
    let found = user([recorded('A'), key('B', DAY_S, used(HOUR_S))], next('A', 'B'));
    let expected = (vec![switch('B', Some('A')), deactivate('A')], vec![]);
    assert_eq!(outcome(ONE, found), expected);
    let off = user([inactive(recorded('A')), key('B', DAY_S, used(HOUR_S))], next('A', 'B'));
    assert_eq!(outcome(ONE, off), (vec![switch('B', Some('A'))], vec![]));
}

#[test]
fn next_key_that_the_operator_vouches_for_should_take_over_unused() {
    let found = user([recorded('A'), key('B', 60, LastUse::Never)], next('A', 'B'));
    let expected = (vec![switch('B', Some('A')), deactivate('A')], vec![]);
    assert_eq!(outcome(CONFIRMED, found), expected);
}

#[test]
fn next_key_should_take_over_at_once_from_one_that_is_gone() {
    for last_use in [LastUse::Never, used(HOUR_S)] {
        let found = user([key('B', 60, last_use)], next('A', 'B'));
        assert_eq!(outcome(ONE, found), (vec![switch('B', None)], vec![]));
    }
}

#[test]
fn switch_should_record_what_it_switched() {
    let tags = |step: Step| step.key_record(None).map(|record| record.tags());
    assert_eq!(tags(switch('B', Some('A'))), previous('B', 'A').map(|record| record.tags()));
    assert_eq!(tags(switch('B', None)), current('B').map(|record| record.tags()));
    assert_eq!(create(None).key_record(Some(&id('B'))), current('B'));
    assert_eq!(create(Some('A')).key_record(Some(&id('B'))), next('A', 'B'));
    assert_eq!(create(None).key_record(None), None, "none was made");
}

#[test]
fn key_that_was_taken_over_from_should_be_deactivated_before_it_is_ever_deleted() {
    for age_s in [HOUR_S, 400 * DAY_S] {
        let old = key('B', 500 * DAY_S, used(age_s));
        let found = user([recorded('A'), old], previous('A', 'B'));
        assert_eq!(outcome(ONE, found), (vec![deactivate('B')], vec![]));
    }
}

#[test]
fn deactivated_key_should_be_deleted_only_once_it_was_not_used_for_long_enough() {
    let found = |taken_over_s: i64, last_use| {
        let now = key('A', taken_over_s, LastUse::NotAsked);
        user([now, inactive(key('B', 500 * DAY_S, last_use))], previous('A', 'B'))
    };
    let stays = |found| is_as_wanted(ONE, &present(found));
    let week_s = 7 * DAY_S;
    assert!(stays(found(30 * DAY_S, used(week_s))));
    assert_eq!(outcome(ONE, found(30 * DAY_S, used(week_s + 1))), (vec![delete('B')], vec![]));
    // One that was never used goes by the age of the one that took over.
    assert!(stays(found(week_s, LastUse::Never)));
    assert_eq!(outcome(ONE, found(week_s + 1, LastUse::Never)), (vec![delete('B')], vec![]));
}

#[test]
fn person_should_not_vouch_for_a_key_that_is_made_only_then() {
    let max_age = Some(std::time::Duration::from_secs(90 * 24 * 60 * 60));
    let confirmed = keys_of(KeySpec { order: KeyOrder::Confirm, max_age, ..KeySpec::default() });
    let old = key('A', 91 * DAY_S, LastUse::NotAsked);
    let mut iam = Iam::new(user([old], current('A')), []);
    iam.put_right(confirmed);
    iam.put_right(confirmed);
    assert_eq!(iam.working(), Some(id('A')), "nobody has given the new one to DigitalEx");
}

#[test]
fn rotation_should_end_with_the_key_that_took_over_however_often_it_is_asked_for() {
    let rotated = keys_of(KeySpec { order: KeyOrder::Rotate, ..KeySpec::default() });
    let mut iam = Iam::new(user([recorded('A')], current('A')), []);
    assert_eq!(iam.put_right(rotated).steps, [create(Some('A'))]);
    let (steps, holds) =
        (planned(rotated, &iam.observed()).steps, planned(rotated, &iam.observed()).holds);
    assert!(steps.is_empty() && holds.len() == 1, "it waits for a proof: {steps:?} {holds:?}");
    let confirmed = keys_of(KeySpec { order: KeyOrder::Confirm, ..KeySpec::default() });
    iam.put_right(confirmed);
    assert_ne!(iam.working(), Some(id('A')));
    assert_eq!(planned(rotated, &iam.observed()).steps, [], "the old one is still there");
}
