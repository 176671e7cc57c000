//! The plan, carried out on the model of IAM, for any two keys, any record and any times.

use digitalex_core::{
    DesiredKeys, KEYS_TAG_KEY, KeyRecord, KeyTimes, LastUse, ObservedAccessKey, ObservedForm,
    ObservedIdentity, Step,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::fixture::{DAY_S, NOW_S, checked, create, id, planned, tag, user};
use crate::iam::Iam;

/// Moments of all ages that matter, and some to either side of each other.
fn any_moment() -> impl Strategy<Value = i64> {
    (0..=20_i64).prop_map(|ago| NOW_S - ago * DAY_S)
}

fn any_times() -> impl Strategy<Value = KeyTimes> {
    let replaced = proptest::option::of(any_moment());
    let orders = (any::<bool>(), any::<bool>());
    (any_moment(), replaced, any_moment(), orders).prop_map(
        |(orphaned_before_s, replaced_before_s, deleted_before_s, (is_rotated, next_is_proved))| {
            KeyTimes {
                orphaned_before_s,
                replaced_before_s,
                is_rotated,
                deleted_before_s,
                next_is_proved,
            }
        },
    )
}

fn any_keys() -> impl Strategy<Value = DesiredKeys> {
    prop_oneof![
        8 => any_times().prop_map(DesiredKeys::One),
        1 => Just(DesiredKeys::Deactivated),
        1 => Just(DesiredKeys::Deleted),
    ]
}

/// What the tag may say: of keys that are there, `A` and `B`, and of one that is not; or anything.
fn any_record() -> impl Strategy<Value = Option<String>> {
    let letter = || select(vec!['A', 'B', 'C']);
    let words = (letter(), proptest::option::of((select(vec!["next", "previous"]), letter())));
    let record = words.prop_map(|(current, other)| {
        let other = other.map(|(word, letter)| format!(" {word}={}", id(letter)));
        format!("current={}{}", id(current), other.unwrap_or_default())
    });
    prop_oneof![
        1 => Just(None),
        8 => record.prop_map(Some),
        1 => "[a-z=AKI ]{0,40}".prop_map(Some),
    ]
}

prop_compose! {
    /// The user with any two keys at most.
    fn any_user()(
        letters in subsequence(vec!['A', 'B'], 0..=2),
        active in any::<[bool; 2]>(),
        created in [any_moment(), any_moment()],
        uses in [proptest::option::of(any_moment()), proptest::option::of(any_moment())],
        record in any_record(),
        login_profile in any::<bool>(),
        in_group in any::<bool>(),
    ) -> Iam {
        let keys = letters.iter().zip(active).zip(created);
        let keys = keys.map(|((letter, active), created_s)| {
            ObservedAccessKey { id: id(*letter), active, created_s, last_use: LastUse::Never }
        });
        let (keys, groups) = (keys.collect(), in_group.then(|| "admins".to_owned()));
        let form = ObservedForm::User { keys, login_profile, groups: groups.into_iter().collect() };
        let mut user = ObservedIdentity { form, ..user([], None) };
        user.tags.extend(record.map(|record| tag(KEYS_TAG_KEY, &record)));
        let uses = letters.iter().zip(uses).filter_map(|(letter, at)| Some((id(*letter), at?)));
        Iam { user, uses: uses.collect(), made: 0 }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn plan_should_break_no_rule_and_never_take_the_working_key_away(
        keys in any_keys(), mut iam in any_user(),
    ) {
        let found = iam.observed();
        let plan = planned(keys, &found);
        prop_assert_eq!(checked(&plan, keys, &found), vec![]);
        let worked = iam.working();
        for step in &plan.steps {
            let working = iam.working();
            if let (DesiredKeys::One(_), Step::DeleteAccessKey { id } | Step::DeactivateAccessKey { id }) =
                (keys, step)
            {
                prop_assert_ne!(working.as_ref(), Some(id), "{:?}", plan.steps);
            }
            iam.carry_out(step);
            prop_assert!(iam.keys().len() <= 2, "{:?}", plan.steps);
            let works = iam.working().is_some();
            prop_assert!(works || worked.is_none() || !matches!(keys, DesiredKeys::One(_)));
        }
    }

    #[test]
    fn plans_should_come_to_an_end(keys in any_keys(), mut iam in any_user()) {
        // A rotation that is asked for again begins again once the one before is over.
        let keys = match keys {
            DesiredKeys::One(times) => DesiredKeys::One(KeyTimes { is_rotated: false, ..times }),
            given_up => given_up,
        };
        let plans: Vec<_> = (0..5).map(|_| iam.put_right(keys).steps).collect();
        prop_assert!(plans.last().is_some_and(Vec::is_empty), "{:?}", plans);
        prop_assert!(iam.made <= 1, "{:?}", plans);
    }

    #[test]
    fn plan_should_leave_nothing_for_another_one_where_no_key_is_too_old(
        orphaned_before_s in any_moment(), next_is_proved in any::<bool>(), mut iam in any_user(),
    ) {
        let (replaced_before_s, deleted_before_s) = (None, 0);
        let keys = DesiredKeys::One(KeyTimes {
            orphaned_before_s, replaced_before_s, is_rotated: false, deleted_before_s, next_is_proved,
        });
        // The record of a new only key forgets the previous one, which is deleted as an orphan.
        let record = KeyRecord::of(&iam.user.tags);
        let previous = record.as_ref().and_then(KeyRecord::previous).cloned();
        let plan = iam.put_right(keys);
        let forgotten = plan.steps.contains(&create(None)) && previous.is_some();
        prop_assume!(!forgotten);
        let next = planned(keys, &iam.observed());
        prop_assert!(next.is_empty(), "{:?}, then {:?}", plan.steps, next.steps);
    }
}
