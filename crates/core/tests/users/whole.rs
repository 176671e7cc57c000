//! The user as a whole: made, given up, and left alone.

use digitalex_core::{
    Adoption, DesiredKeys, Hold, IdentityKind, KEYS_TAG_KEY, KeyOrder, KeySpec, LastUse,
    Observation, Step, Violation, diff, plan,
};

use crate::fixture::{
    BOUNDARY, CONFIRMED, DAY_S, HOUR_S, NOW_S, ONE, REPLACED, checked, create, current, deactivate,
    delete, desired, hand_made, id, inactive, is_as_wanted, key, keys_of, next, outcome, planned,
    present, recorded, tag, used, user, with_more_ways_in,
};

#[test]
fn missing_user_should_be_created_whole_and_get_its_key_last() {
    let desired = desired(ONE);
    let plan = planned(ONE, &Observation::Absent);
    assert_eq!(checked(&plan, ONE, &Observation::Absent), []);
    let (path, tags) = (desired.path.clone(), desired.tags.clone());
    let boundary = Some(BOUNDARY.parse().expect("an ARN"));
    let on = IdentityKind::User;
    let inline = desired.inline.into_iter();
    let managed = desired.managed.into_iter();
    let expected: Vec<Step> = std::iter::once(Step::CreateUser { path, boundary, tags })
        .chain(inline.map(|(name, document)| Step::PutPolicy { on, name, document }))
        .chain(managed.map(|arn| Step::AttachPolicy { on, arn }))
        .chain([create(None)])
        .collect();
    assert!(expected.len() > 3, "it has policies of both kinds");
    assert_eq!((plan.steps, plan.holds), (expected, vec![]));
    assert_eq!(plan.identity.to_string(), "arn:aws:iam::111122223333:user/digitalex-finops");
}

#[test]
fn missing_user_should_be_checked_for_its_boundary_as_a_role_is() {
    let mut plan = planned(ONE, &Observation::Absent);
    if let Step::CreateUser { boundary, .. } = &mut plan.steps[0] {
        *boundary = None;
    }
    assert_eq!(checked(&plan, ONE, &Observation::Absent), [Violation::BoundaryOmitted]);
}

#[test]
fn user_should_have_neither_trust_nor_settings_to_put_right() {
    assert_eq!(desired(ONE).trust(), None);
    let found = user([recorded('A')], current('A'));
    assert_eq!(found.trust(), None);
    assert_eq!(found.access_key(), Some(id('A')));
    assert!(is_as_wanted(ONE, &present(found)));
}

#[test]
fn login_profile_and_groups_should_be_removed() {
    let group = || Step::RemoveUserFromGroup { group: "admins".to_owned() };
    let found = with_more_ways_in(user([recorded('A')], current('A')));
    assert_eq!(outcome(ONE, found), (vec![Step::DeleteLoginProfile, group()], vec![]));
    let without_key = with_more_ways_in(user([], None));
    let expected = vec![Step::DeleteLoginProfile, group(), create(None)];
    assert_eq!(outcome(ONE, without_key), (expected, vec![]), "before anybody is let in");
}

#[test]
fn user_that_is_given_up_should_lose_every_way_in_and_nothing_else() {
    let found = || {
        let off = inactive(key('B', 60, used(10)));
        let mut user = with_more_ways_in(user([recorded('A'), off], current('A')));
        user.managed.pop_first();
        user.boundary = None;
        user.tags.insert(tag("cost-center", "0").0, tag("cost-center", "0").1);
        user
    };
    let more = || [Step::DeleteLoginProfile, Step::RemoveUserFromGroup { group: "admins".into() }];
    let expected: Vec<Step> = std::iter::once(deactivate('A')).chain(more()).collect();
    assert_eq!(outcome(DesiredKeys::Deactivated, found()), (expected, vec![]));
    let expected: Vec<Step> = [delete('A'), delete('B')].into_iter().chain(more()).collect();
    assert_eq!(outcome(DesiredKeys::Deleted, found()), (expected, vec![]));
}

#[test]
fn user_that_is_given_up_should_be_as_wanted_without_keys_that_work_or_without_itself() {
    let deactivated = present(user([inactive(recorded('A'))], current('A')));
    assert!(is_as_wanted(DesiredKeys::Deactivated, &deactivated));
    assert!(!is_as_wanted(DesiredKeys::Deleted, &deactivated));
    let none = present(user([], current('A')));
    for given_up in [DesiredKeys::Deactivated, DesiredKeys::Deleted] {
        assert!(is_as_wanted(given_up, &none));
        assert!(is_as_wanted(given_up, &Observation::Absent));
        assert!(planned(given_up, &Observation::Absent).is_empty());
    }
}

#[test]
fn foreign_user_should_be_left_alone_whatever_it_has() {
    let users = [
        user([], None),
        user([recorded('A')], current('A')),
        user([recorded('A'), key('B', DAY_S, used(HOUR_S))], next('A', 'B')),
        with_more_ways_in(user([key('A', DAY_S, LastUse::Never)], None)),
    ];
    for (number, user) in users.into_iter().enumerate() {
        let mut foreign = user;
        foreign.tags.retain(|key, _| key.as_str() == KEYS_TAG_KEY);
        let found = present(foreign);
        for keys in [ONE, REPLACED, CONFIRMED, DesiredKeys::Deactivated, DesiredKeys::Deleted] {
            let desired = desired(keys);
            let differences = diff(&desired, &found).expect("readable");
            for adoption in [Adoption::Refused, Adoption::Allowed] {
                let plan = plan(&desired, &found, &differences, adoption);
                assert_eq!((plan.steps, plan.holds), (vec![], vec![Hold::ForeignUser]), "{number}");
                assert!(!plan.adopts);
            }
        }
        let forced = hand_made(&found, vec![delete('A')]);
        assert!(checked(&forced, ONE, &found).contains(&Violation::NotOurs));
    }
}

#[test]
fn order_of_a_person_should_decide_what_the_keys_should_be() {
    let keys = |order, max_age: Option<i64>| {
        let max_age = max_age.map(|age| std::time::Duration::from_secs(age.unsigned_abs()));
        keys_of(KeySpec { order, max_age, ..KeySpec::default() })
    };
    assert_eq!(keys(KeyOrder::Keep, None), ONE);
    assert_eq!(keys(KeyOrder::Keep, Some(90 * DAY_S)), REPLACED);
    assert_eq!(keys(KeyOrder::Confirm, None), CONFIRMED);
    assert_eq!(keys(KeyOrder::Deactivate, Some(DAY_S)), DesiredKeys::Deactivated);
    assert_eq!(keys(KeyOrder::Delete, Some(DAY_S)), DesiredKeys::Deleted);
    let earlier = KeyOrder::Replace { made_before_s: NOW_S - 90 * DAY_S };
    assert_eq!(keys(earlier, None), REPLACED);
    assert_eq!(keys(earlier, Some(400 * DAY_S)), REPLACED, "the later of both");
    assert_eq!(keys(KeyOrder::Replace { made_before_s: 0 }, Some(90 * DAY_S)), REPLACED);
}
