//! What must hold over every implementation of the ports where the way in is a user with an access key.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use digitalex_core::{AccountId, IdentityPath, KeyRecord, Verdict};
use digitalex_engine::KeySink;
use serde_json::{Value, json};

use crate::one_user::OneUser;
use crate::others::Others;
use crate::rollout::{Outcome, Rig};
use crate::user_drift::{GROUP, USER_DRIFTS, UserDrift};

/// A user is made with the least calls, its one key recorded and kept, and then left alone.
///
/// # Panics
/// It does not hold.
pub async fn a_user_is_made_with_the_least_calls_and_one_kept_key(
    rig: &dyn Rig,
    others: &dyn Others,
    member: AccountId,
) {
    let mut user = OneUser::new(rig, others, member, "digitalex-user-creation");
    user.rollout.spec.settings.identity.path = IdentityPath::new("/finops/").expect("legal");
    let desired = user.desired().await;
    let (inline, managed) = (desired.inline.len() as u64, desired.managed.len() as u64);
    assert_eq!(user.of(&user.audit().await).verdict, Verdict::Drifted);

    let made = user.converges().await;
    let expected = [
        ("AttachUserPolicy", managed),
        ("CreateAccessKey", 1),
        ("CreateUser", 1),
        ("PutUserPolicy", inline),
        ("TagUser", 1),
    ];
    assert_eq!(made.writes_by_name(), expected.into());

    let seen = user.seen();
    let keys: Vec<_> = seen.active().cloned().collect();
    let [key] = keys.as_slice() else { panic!("one key that works: {seen:?}") };
    assert_eq!(seen.keys.len(), 1);
    assert_eq!(user.record(), KeyRecord { current: key.clone(), other: None });
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in desired.tags.iter().chain(&user.record().tags()) {
        tags.insert(name.as_str().to_owned(), value.as_str().to_owned());
    }
    assert_eq!((seen.path.as_str(), &seen.tags), ("/finops/", &tags));
    let documents = desired.inline.iter().map(|(name, document)| {
        let document = serde_json::from_str::<Value>(&document.to_json()).expect("JSON");
        (name.as_str().to_owned(), document)
    });
    assert_eq!(seen.inline, documents.collect());
    let arns: BTreeSet<String> = desired.managed.iter().map(ToString::to_string).collect();
    assert_eq!(seen.managed, arns);

    let sink = &user.rollout.key_sink;
    assert_eq!((sink.len(), sink.handed_out(&user.owner())), (1, Some(key.clone())));
    user.is_used(key).await;
    assert!(!sink.place(&user.owner(), key).is_empty());
    let audited = user.audit().await;
    assert_eq!(user.of(&audited).access_key.as_ref(), Some(key));
    audit_makes_the_least_calls(&audited, inline);
    user.is_in_sync().await;
    assert_eq!(user.seen(), seen);
}

fn audit_makes_the_least_calls(audited: &Outcome, inline: u64) {
    let of_organizations = |name: &str| name.contains("Account") || name.contains("Organization");
    let calls = audited.calls.clone().into_iter();
    let calls: BTreeMap<_, _> = calls.filter(|(name, _)| !of_organizations(name)).collect();
    let expected = [
        ("AssumeRole", 1),
        ("GetLoginProfile", 1),
        ("GetUser", 1),
        ("GetUserPolicy", inline),
        ("ListAccessKeys", 1),
        ("ListAttachedUserPolicies", 1),
        ("ListGroupsForUser", 1),
        ("ListUserPolicies", 1),
    ];
    assert_eq!(calls, expected.into());
}

/// Every kind of drift is found, classed, and repaired with the least writes.
///
/// # Panics
/// It does not hold.
pub async fn every_drift_of_a_user_is_found_classed_and_repaired(
    rig: &dyn Rig,
    others: &dyn Others,
    member: AccountId,
) {
    others.call(member, &[("CreateGroup", json!({ "GroupName": GROUP }))]);
    let mut drifted = Vec::new();
    for drift in USER_DRIFTS.iter().filter(|drift| others.can_bound_users() || !drift.bounds) {
        let name = format!("digitalex-user-{}", drift.name);
        let mut user = OneUser::new(rig, others, member, &name);
        user.keys().orphan_age = Duration::ZERO;
        (drift.configure)(&mut user.rollout.spec.settings.identity);
        user.converges().await;
        user.others_call(&(drift.calls)(&user.record().current));
        drifted.push((drift, user));
    }
    // All keys that others made, and those that are recorded no more, are old enough now.
    if let Some((_, user)) = drifted.first() {
        user.a_second_passes().await;
    }
    for (drift, user) in &drifted {
        is_found_as(drift, user, &user.audit().await);
        let repaired = user.converges().await;
        let writes: BTreeMap<_, _> = drift.writes.iter().copied().collect();
        assert_eq!(repaired.writes_by_name(), writes, "{}", drift.name);
        user.is_in_sync().await;
        let (key, sink) = (user.record().current, &user.rollout.key_sink);
        assert_eq!(user.seen().keys, [(key.clone(), true)].into(), "{}", drift.name);
        assert_eq!(sink.handed_out(&user.owner()).as_ref(), Some(&key), "{}", drift.name);
        user.is_used(&key).await;
    }
}

fn is_found_as(drift: &UserDrift, user: &OneUser<'_>, outcome: &Outcome) {
    let record = user.of(outcome);
    assert_eq!(record.verdict, Verdict::Drifted, "{}: {record:?}", drift.name);
    let json = serde_json::to_value(&record.differences).expect("JSON");
    let differences = json.as_array().into_iter().flatten();
    let mut kinds: Vec<&str> = differences.filter_map(|it| it["kind"].as_str()).collect();
    kinds.sort_unstable();
    let mut expected = drift.kinds.to_vec();
    expected.sort_unstable();
    assert_eq!(kinds, expected, "{}", drift.name);
    assert_eq!(record.effect, Some(drift.effect), "{}: {record:?}", drift.name);
}

/// What a person must decide is held, and nothing is written.
///
/// # Panics
/// It does not hold.
pub async fn what_a_person_must_decide_of_a_user_is_held(
    rig: &dyn Rig,
    others: &dyn Others,
    member: AccountId,
) {
    let deactivated = OneUser::made(rig, others, member, "digitalex-user-deactivated").await;
    let key = deactivated.record().current;
    deactivated.others_set(&key, false);
    deactivated.is_held("access_key_deactivated").await;
    deactivated.others_set(&key, true);
    deactivated.is_in_sync().await;

    let young = OneUser::made(rig, others, member, "digitalex-user-young").await;
    young.others_make_a_key();
    young.is_held("young_access_key").await;
    assert_eq!(young.seen().keys.len(), 2);

    let mut in_use = OneUser::made(rig, others, member, "digitalex-user-in-use").await;
    in_use.keys().orphan_age = Duration::ZERO;
    let key = in_use.record().current;
    in_use.is_used(&key).await;
    in_use.others_call(&[("UntagUser", json!({ "TagKeys": ["digitalex:access-keys"] }))]);
    in_use.a_second_passes().await;
    in_use.is_held("unrecorded_key_in_use").await;
    let record = KeyRecord { current: key, other: None };
    let (name, value) = record.tags().pop_first().expect("a tag");
    let tag = json!({ "Key": name.as_str(), "Value": value.as_str() });
    in_use.others_call(&[("TagUser", json!({ "Tags": [tag] }))]);
    in_use.is_in_sync().await;

    if others.can_bound_users() {
        let bounded = OneUser::made(rig, others, member, "digitalex-user-bounded").await;
        let boundary = json!({ "PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess" });
        bounded.others_call(&[("PutUserPermissionsBoundary", boundary)]);
        bounded.is_held("undeclared_boundary").await;
    }

    let mut elsewhere = OneUser::made(rig, others, member, "digitalex-user-elsewhere").await;
    elsewhere.rollout.spec.settings.identity.path = IdentityPath::new("/finops/").expect("legal");
    elsewhere.is_held("path_conflict").await;
}

/// Someone else's user gets no write, and no key.
///
/// # Panics
/// It does not hold.
pub async fn a_user_without_our_tag_is_left_alone(
    rig: &dyn Rig,
    others: &dyn Others,
    member: AccountId,
) {
    let mut foreign = OneUser::new(rig, others, member, "digitalex-user-foreign");
    foreign.others_call(&[("CreateUser", json!({})), ("CreateAccessKey", json!({}))]);
    let before = foreign.seen();
    foreign.is_held("foreign_user").await;
    foreign.rollout.spec.settings.adoption = digitalex_core::Adoption::Allowed;
    foreign.is_held("foreign_user").await;
    assert_eq!(foreign.seen(), before);
    assert!(foreign.rollout.key_sink.is_empty());

    let tag = json!({ "Key": "digitalex:managed-by", "Value": "digitalex-rollout" });
    foreign.others_call(&[("TagUser", json!({ "Tags": [tag] }))]);
    foreign.keys().orphan_age = Duration::ZERO;
    foreign.a_second_passes().await;
    foreign.converges().await;
    foreign.is_in_sync().await;
    let keys: Vec<_> = foreign.seen().keys.into_iter().collect();
    assert_eq!(keys, [(foreign.record().current, true)], "the key of before is gone");
}
