//! The user that is wanted and those that are found, their keys by a letter each.

use digitalex_core::{
    AccessKeyId, AccountPlan, Adoption, ChangeLimits, DIGITALEX_ACCOUNT, Description,
    DesiredBoundary, DesiredForm, DesiredIdentity, DesiredKeys, ExternalId, Hold, IdentityKind,
    IdentityName, IdentityPath, IdentitySpec, IdentityTemplate, KeyRecord, KeySpec, KeyTimes,
    LastUse, Observation, ObservedAccessKey, ObservedForm, ObservedIdentity, OtherKey, Partition,
    Profile, SessionDuration, Step, TagKey, TagValue, Violation, check, diff, plan,
};

pub(crate) const LIMITS: ChangeLimits = ChangeLimits { removals_max: 100 };
pub(crate) const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/Wanted";
pub(crate) const NOW_S: i64 = 1_700_000_000;
pub(crate) const HOUR_S: i64 = 60 * 60;
pub(crate) const DAY_S: i64 = 24 * HOUR_S;
pub(crate) const TIMES: KeyTimes = KeyTimes {
    is_rotated: false,
    orphaned_before_s: NOW_S - 600,
    replaced_before_s: None,
    deleted_before_s: NOW_S - 7 * DAY_S,
    next_is_proved: false,
};
pub(crate) const ONE: DesiredKeys = DesiredKeys::One(TIMES);
/// As [`ONE`], but keys are replaced after 90 days.
pub(crate) const REPLACED: DesiredKeys =
    DesiredKeys::One(KeyTimes { replaced_before_s: Some(NOW_S - 90 * DAY_S), ..TIMES });
/// As [`ONE`], but the operator vouches for the next key.
pub(crate) const CONFIRMED: DesiredKeys =
    DesiredKeys::One(KeyTimes { next_is_proved: true, ..TIMES });

pub(crate) fn external_id() -> ExternalId {
    ExternalId::new("tenant-0042").expect("legal")
}

pub(crate) fn template(keys: KeySpec) -> IdentityTemplate {
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

pub(crate) fn desired(keys: DesiredKeys) -> DesiredIdentity {
    let account = "111122223333".parse().expect("an id");
    let desired = template(KeySpec::default()).desired(account, NOW_S).expect("a user");
    DesiredIdentity { form: DesiredForm::User { keys }, ..desired }
}

/// What the configuration makes of the keys now.
pub(crate) fn keys_of(spec: KeySpec) -> DesiredKeys {
    let desired = template(spec).desired(DIGITALEX_ACCOUNT, NOW_S).expect("a user");
    match desired.form {
        DesiredForm::User { keys } => keys,
        DesiredForm::Role { .. } => panic!("a role"),
    }
}

pub(crate) fn tag(key: &str, value: &str) -> (TagKey, TagValue) {
    (TagKey::new(key).expect("legal"), TagValue::new(value).expect("legal"))
}

pub(crate) fn id(letter: char) -> AccessKeyId {
    format!("AKIA{}", String::from(letter).repeat(16)).parse().expect("an id")
}

/// An active key, made so long ago.
pub(crate) fn key(letter: char, age_s: i64, last_use: LastUse) -> ObservedAccessKey {
    ObservedAccessKey { id: id(letter), active: true, created_s: NOW_S - age_s, last_use }
}

pub(crate) fn inactive(key: ObservedAccessKey) -> ObservedAccessKey {
    ObservedAccessKey { active: false, ..key }
}

/// The recorded key, whose use is not asked for.
pub(crate) fn recorded(letter: char) -> ObservedAccessKey {
    key(letter, 30 * DAY_S, LastUse::NotAsked)
}

pub(crate) fn used(age_s: i64) -> LastUse {
    LastUse::At(NOW_S - age_s)
}

pub(crate) fn current(current: char) -> Option<KeyRecord> {
    Some(KeyRecord { current: id(current), other: None })
}

pub(crate) fn next(current: char, next: char) -> Option<KeyRecord> {
    Some(KeyRecord { current: id(current), other: Some(OtherKey::Next(id(next))) })
}

pub(crate) fn previous(current: char, previous: char) -> Option<KeyRecord> {
    Some(KeyRecord { current: id(current), other: Some(OtherKey::Previous(id(previous))) })
}

/// The user as wanted, but for its keys.
pub(crate) fn user<const N: usize>(
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

pub(crate) fn present(user: ObservedIdentity) -> Observation {
    Observation::Present(Box::new(user))
}

/// The user with a password, and in a group.
pub(crate) fn with_more_ways_in(mut user: ObservedIdentity) -> ObservedIdentity {
    if let ObservedForm::User { login_profile, groups, .. } = &mut user.form {
        *login_profile = true;
        groups.insert("admins".to_owned());
    }
    user
}

pub(crate) fn planned(keys: DesiredKeys, found: &Observation) -> AccountPlan {
    let desired = desired(keys);
    let differences = diff(&desired, found).expect("readable");
    plan(&desired, found, &differences, Adoption::Refused)
}

pub(crate) fn checked(
    plan: &AccountPlan,
    keys: DesiredKeys,
    found: &Observation,
) -> Vec<Violation> {
    check(plan, &desired(keys), found, &external_id(), LIMITS)
}

/// The steps and the holds of the user's plan, which breaks no rule.
pub(crate) fn outcome(keys: DesiredKeys, user: ObservedIdentity) -> (Vec<Step>, Vec<Hold>) {
    let found = present(user);
    let plan = planned(keys, &found);
    assert_eq!(checked(&plan, keys, &found), []);
    (plan.steps, plan.holds)
}

pub(crate) fn is_as_wanted(keys: DesiredKeys, found: &Observation) -> bool {
    diff(&desired(keys), found).expect("readable").is_empty()
}

pub(crate) fn create(beside: Option<char>) -> Step {
    Step::CreateAccessKey { beside: beside.map(id) }
}

pub(crate) fn switch(to: char, from: Option<char>) -> Step {
    Step::SwitchAccessKey { to: id(to), from: from.map(id) }
}

pub(crate) fn deactivate(letter: char) -> Step {
    Step::DeactivateAccessKey { id: id(letter) }
}

pub(crate) fn delete(letter: char) -> Step {
    Step::DeleteAccessKey { id: id(letter) }
}

/// The plan that makes the steps only, for a user that is there.
pub(crate) fn hand_made(found: &Observation, steps: Vec<Step>) -> AccountPlan {
    AccountPlan { steps, ..planned(ONE, found) }
}
