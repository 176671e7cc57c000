//! Users and their access keys: the plan of every state that they can be in, carried out on a model of IAM.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;

use digitalex_core::{
    AccessKeyId, AccountPlan, Adoption, ChangeLimits, DIGITALEX_ACCOUNT, Description,
    DesiredBoundary, DesiredForm, DesiredIdentity, DesiredKeys, ExternalId, Hold, IdentityKind,
    IdentityName, IdentityPath, IdentitySpec, IdentityTemplate, KEYS_TAG_KEY, KeyOrder, KeyRecord,
    KeySpec, KeyTimes, LastUse, Observation, ObservedAccessKey, ObservedForm, ObservedIdentity,
    OtherKey, Partition, Profile, SessionDuration, Step, TagKey, TagValue, Violation, check, diff,
    plan,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const LIMITS: ChangeLimits = ChangeLimits { removals_max: 100 };
const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/Wanted";
const NOW_S: i64 = 1_700_000_000;
const HOUR_S: i64 = 60 * 60;
const DAY_S: i64 = 24 * HOUR_S;
const TIMES: KeyTimes = KeyTimes {
    orphaned_before_s: NOW_S - 600,
    replaced_before_s: None,
    deleted_before_s: NOW_S - 7 * DAY_S,
    next_is_proved: false,
};
const ONE: DesiredKeys = DesiredKeys::One(TIMES);
/// As [`ONE`], but keys are replaced after 90 days.
const REPLACED: DesiredKeys =
    DesiredKeys::One(KeyTimes { replaced_before_s: Some(NOW_S - 90 * DAY_S), ..TIMES });
/// As [`ONE`], but the operator vouches for the next key.
const CONFIRMED: DesiredKeys = DesiredKeys::One(KeyTimes { next_is_proved: true, ..TIMES });

fn external_id() -> ExternalId {
    ExternalId::new("tenant-0042").expect("legal")
}

fn template(keys: KeySpec) -> IdentityTemplate {
    let spec = IdentitySpec {
        kind: IdentityKind::User,
        role_name: IdentityName::new("digitalex-finops-role").expect("legal"),
        user_name: IdentityName::new("digitalex-finops").expect("legal"),
        path: IdentityPath::default(),
        description: Description::default(),
        max_session_duration: SessionDuration::default(),
        permissions_boundary: Some(BOUNDARY.to_owned()),
        tags: [tag("cost-center", "4711")].into(),
        profile: Profile::built_in("member").expect("built in"),
        keys,
    };
    IdentityTemplate::new(spec, Partition::Aws, &external_id(), None).expect("a template")
}

fn desired(keys: DesiredKeys) -> DesiredIdentity {
    let account = "111122223333".parse().expect("an id");
    let desired = template(KeySpec::default()).desired(account, NOW_S).expect("a user");
    DesiredIdentity { form: DesiredForm::User { keys }, ..desired }
}

fn tag(key: &str, value: &str) -> (TagKey, TagValue) {
    (TagKey::new(key).expect("legal"), TagValue::new(value).expect("legal"))
}

fn id(letter: char) -> AccessKeyId {
    format!("AKIA{}", String::from(letter).repeat(16)).parse().expect("an id")
}

/// An active key, made so long ago.
fn key(letter: char, age_s: i64, last_use: LastUse) -> ObservedAccessKey {
    ObservedAccessKey { id: id(letter), active: true, created_s: NOW_S - age_s, last_use }
}

fn inactive(key: ObservedAccessKey) -> ObservedAccessKey {
    ObservedAccessKey { active: false, ..key }
}

/// The recorded key, whose use is not asked for.
fn recorded(letter: char) -> ObservedAccessKey {
    key(letter, 30 * DAY_S, LastUse::NotAsked)
}

fn used(age_s: i64) -> LastUse {
    LastUse::At(NOW_S - age_s)
}

fn current(current: char) -> Option<KeyRecord> {
    Some(KeyRecord { current: id(current), other: None })
}

fn next(current: char, next: char) -> Option<KeyRecord> {
    Some(KeyRecord { current: id(current), other: Some(OtherKey::Next(id(next))) })
}

fn previous(current: char, previous: char) -> Option<KeyRecord> {
    Some(KeyRecord { current: id(current), other: Some(OtherKey::Previous(id(previous))) })
}

/// The user as wanted, but for its keys.
fn user<const N: usize>(
    keys: [ObservedAccessKey; N],
    record: Option<KeyRecord>,
) -> ObservedIdentity {
    let desired = desired(ONE);
    let DesiredBoundary::Required(boundary) = &desired.boundary else { panic!("no boundary") };
    let record = record.map(|record| record.tags()).unwrap_or_default();
    ObservedIdentity {
        arn: desired.arn(),
        unique_id: "AIDAEXAMPLE".to_owned(),
        path: desired.path.clone(),
        inline: desired.inline.clone(),
        managed: desired.managed.clone(),
        boundary: Some(boundary.clone()),
        tags: desired.tags.into_iter().chain(record).collect(),
        form: ObservedForm::User { keys: keys.into(), login_profile: false, groups: [].into() },
    }
}

fn present(user: ObservedIdentity) -> Observation {
    Observation::Present(Box::new(user))
}

/// The user with a password, and in a group.
fn with_more_ways_in(mut user: ObservedIdentity) -> ObservedIdentity {
    if let ObservedForm::User { login_profile, groups, .. } = &mut user.form {
        *login_profile = true;
        groups.insert("admins".to_owned());
    }
    user
}

fn planned(keys: DesiredKeys, found: &Observation) -> AccountPlan {
    let desired = desired(keys);
    let differences = diff(&desired, found).expect("readable");
    plan(&desired, found, &differences, Adoption::Refused)
}

fn checked(plan: &AccountPlan, keys: DesiredKeys, found: &Observation) -> Vec<Violation> {
    check(plan, &desired(keys), found, &external_id(), LIMITS)
}

/// The steps and the holds of the user's plan, which breaks no rule.
fn outcome(keys: DesiredKeys, user: ObservedIdentity) -> (Vec<Step>, Vec<Hold>) {
    let found = present(user);
    let plan = planned(keys, &found);
    assert_eq!(checked(&plan, keys, &found), []);
    (plan.steps, plan.holds)
}

fn is_as_wanted(keys: DesiredKeys, found: &Observation) -> bool {
    diff(&desired(keys), found).expect("readable").is_empty()
}

fn create(beside: Option<char>) -> Step {
    Step::CreateAccessKey { beside: beside.map(id) }
}

fn switch(to: char, from: Option<char>) -> Step {
    Step::SwitchAccessKey { to: id(to), from: from.map(id) }
}

fn deactivate(letter: char) -> Step {
    Step::DeactivateAccessKey { id: id(letter) }
}

fn delete(letter: char) -> Step {
    Step::DeleteAccessKey { id: id(letter) }
}

/// The plan that makes the steps only, for a user that is there.
fn hand_made(found: &Observation, steps: Vec<Step>) -> AccountPlan {
    AccountPlan { steps, ..planned(ONE, found) }
}

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
        let spec = KeySpec { order, max_age, ..KeySpec::default() };
        let desired = template(spec).desired(DIGITALEX_ACCOUNT, NOW_S).expect("a user");
        let DesiredForm::User { keys } = desired.form else { panic!("a role") };
        keys
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

#[test]
fn check_should_veto_a_plan_that_takes_the_recorded_key_away() {
    let found = present(user([recorded('A'), key('B', DAY_S, used(HOUR_S))], next('A', 'B')));
    let violations = |steps| checked(&hand_made(&found, steps), ONE, &found);
    let vetoed = [
        vec![delete('A')],
        vec![deactivate('A')],
        vec![deactivate('A'), switch('B', Some('A'))],
        vec![delete('A'), create(None)],
        vec![deactivate('B'), switch('B', Some('A'))],
        vec![switch('C', Some('A'))],
        vec![switch('B', Some('A')), deactivate('A'), delete('B')],
    ];
    for steps in vetoed {
        assert_eq!(violations(steps.clone()), [Violation::NoWorkingKey], "{steps:?}");
    }
    assert_eq!(violations(vec![switch('B', Some('A')), deactivate('A'), delete('A')]), []);
    assert_eq!(violations(vec![delete('B')]), []);
    let given_up = hand_made(&found, vec![delete('A')]);
    assert_eq!(checked(&given_up, DesiredKeys::Deleted, &found), []);
}

#[test]
fn check_should_veto_a_plan_that_makes_a_third_key() {
    let third = Violation::QuotaExceeded { quota: "access keys", count: 3, max: 2 };
    let found = present(user([recorded('A'), key('B', DAY_S, LastUse::Never)], current('A')));
    let violations = |steps| checked(&hand_made(&found, steps), ONE, &found);
    assert_eq!(violations(vec![create(Some('A'))]), [third.clone()]);
    assert_eq!(violations(vec![create(Some('A')), delete('B')]), [third.clone()], "on the way");
    assert_eq!(violations(vec![delete('B'), create(Some('A'))]), []);
    let creation = planned(ONE, &Observation::Absent);
    let steps = creation.steps.iter().cloned().chain([create(None), create(None)]).collect();
    let thrice = AccountPlan { steps, ..creation };
    assert_eq!(checked(&thrice, ONE, &Observation::Absent), [third]);
}

/// What IAM has of the user, and who has used what.
#[derive(Debug, Clone)]
struct Iam {
    user: ObservedIdentity,
    uses: BTreeMap<AccessKeyId, i64>,
    made: u32,
}

impl Iam {
    /// The user as it is read: nobody asks when the recorded key was used.
    fn observed(&self) -> Observation {
        let mut user = self.user.clone();
        let current = KeyRecord::of(&user.tags).map(|record| record.current);
        if let ObservedForm::User { keys, .. } = &mut user.form {
            for key in keys {
                let asked = self.uses.get(&key.id).copied().map_or(LastUse::Never, LastUse::At);
                let is_current = current.as_ref() == Some(&key.id);
                key.last_use = if is_current { LastUse::NotAsked } else { asked };
            }
        }
        present(user)
    }

    fn keys(&mut self) -> &mut Vec<ObservedAccessKey> {
        match &mut self.user.form {
            ObservedForm::User { keys, .. } => keys,
            ObservedForm::Role { .. } => panic!("a role"),
        }
    }

    fn key(&mut self, id: &AccessKeyId) -> &mut ObservedAccessKey {
        self.keys().iter_mut().find(|key| key.id == *id).expect("NoSuchEntity")
    }

    /// The recorded key, where it can be used.
    fn working(&mut self) -> Option<AccessKeyId> {
        let KeyRecord { current, .. } = KeyRecord::of(&self.user.tags)?;
        self.keys().iter().any(|key| key.id == current && key.active).then_some(current)
    }

    /// What IAM, and the product beside it, make of one step.
    fn carry_out(&mut self, step: &Step) {
        let created = match step {
            Step::CreateAccessKey { beside } => {
                assert!(self.keys().len() < 2, "LimitExceeded");
                if let Some(beside) = beside {
                    assert_eq!(self.working().as_ref(), Some(beside));
                }
                self.made += 1;
                let id: AccessKeyId = format!("AKIANEW{:013}", self.made).parse().expect("an id");
                let (created_s, last_use) = (NOW_S, LastUse::Never);
                self.keys().push(ObservedAccessKey {
                    id: id.clone(),
                    active: true,
                    created_s,
                    last_use,
                });
                Some(id)
            }
            Step::SwitchAccessKey { to, .. } => {
                assert!(self.key(to).active, "switched to a key that does not work");
                None
            }
            Step::DeactivateAccessKey { id } => {
                let key = self.key(id);
                assert!(std::mem::take(&mut key.active), "a call for nothing");
                None
            }
            Step::DeleteAccessKey { id } => {
                let id = self.key(id).id.clone();
                self.keys().retain(|key| key.id != id);
                None
            }
            Step::DeleteLoginProfile | Step::RemoveUserFromGroup { .. } => {
                self.close(step);
                None
            }
            other => panic!("{other:?} for keys"),
        };
        let record = step.key_record(created.as_ref());
        self.user.tags.extend(record.map(|record| record.tags()).unwrap_or_default());
    }

    fn close(&mut self, step: &Step) {
        let ObservedForm::User { login_profile, groups, .. } = &mut self.user.form else {
            panic!("a role")
        };
        match step {
            Step::RemoveUserFromGroup { group } => assert!(groups.remove(group), "NoSuchEntity"),
            _ => assert!(std::mem::take(login_profile), "NoSuchEntity"),
        }
    }

    /// Plans, and carries the plan out; what it was.
    fn put_right(&mut self, keys: DesiredKeys) -> AccountPlan {
        let found = self.observed();
        let plan = planned(keys, &found);
        assert_eq!(checked(&plan, keys, &found), []);
        for step in &plan.steps {
            self.carry_out(step);
        }
        plan
    }
}

/// Moments of all ages that matter, and some to either side of each other.
fn any_moment() -> impl Strategy<Value = i64> {
    (0..=20_i64).prop_map(|ago| NOW_S - ago * DAY_S)
}

fn any_times() -> impl Strategy<Value = KeyTimes> {
    let replaced = proptest::option::of(any_moment());
    (any_moment(), replaced, any_moment(), any::<bool>()).prop_map(
        |(orphaned_before_s, replaced_before_s, deleted_before_s, next_is_proved)| KeyTimes {
            orphaned_before_s,
            replaced_before_s,
            deleted_before_s,
            next_is_proved,
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
        let plans: Vec<_> = (0..5).map(|_| iam.put_right(keys).steps).collect();
        prop_assert!(plans.last().is_some_and(Vec::is_empty), "{:?}", plans);
        prop_assert!(iam.made <= 1, "{:?}", plans);
    }

    #[test]
    fn plan_should_leave_nothing_for_another_one(keys in any_keys(), mut iam in any_user()) {
        let plan = iam.put_right(keys);
        let next = planned(keys, &iam.observed());
        prop_assert!(next.is_empty(), "{:?}, then {:?}", plan.steps, next.steps);
    }
}
