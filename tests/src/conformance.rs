//! What must hold over every implementation of the ports: one suite, run over the simulation's
//! ports, over the SDK against the simulation, and over the SDK against a third party's emulator.
use std::collections::BTreeMap;

use digitalex_core::{
    AccountId, Adoption, DesiredForm, DesiredIdentity, IdentityPath, PolicyDocument, Profile, Step,
    TagKey, TagValue, Verdict,
};
use digitalex_engine::{Matcher, OrganizationalUnit, SettingsChange};

use crate::drift::{DRIFTS, Drift};
use crate::rollout::{Outcome, Rig, Rollout, TENANT_ID};

/// Every account is listed once, and ends in one record.
///
/// # Panics
/// It does not hold.
pub async fn every_account_ends_in_one_record(rig: &dyn Rig, accounts: usize, member: AccountId) {
    let outcome = Rollout::of_member(rig, "digitalex-listing", member).audit().await;
    assert_eq!(outcome.status.listing_incomplete, None);
    assert_eq!((outcome.status.total(), outcome.records.len()), (accounts, accounts));
    assert_eq!(outcome.status.count(Verdict::Skipped), accounts - 1);
}

/// Every root and OU is listed once, by its name and parent, and after its parent.
///
/// # Panics
/// It does not hold.
pub async fn every_unit_is_listed_below_its_parent(rig: &dyn Rig, expected: &[OrganizationalUnit]) {
    let listed = rig.organization().organizational_units().await.expect("the whole tree");
    let mut above = vec![None];
    for unit in &listed {
        assert!(above.contains(&unit.parent), "{unit:?} comes before its parent");
        above.push(Some(unit.id.clone()));
    }
    let by_id = |units: &[OrganizationalUnit]| -> BTreeMap<String, OrganizationalUnit> {
        units.iter().map(|unit| (unit.id.clone(), unit.clone())).collect()
    };
    assert_eq!(listed.len(), expected.len());
    assert_eq!(by_id(&listed), by_id(expected));
}

/// A role is created with the least calls, then left alone, and an audit of it costs 3 + k reads.
///
/// # Panics
/// It does not hold.
pub async fn creation_and_audit_make_the_least_calls(rig: &dyn Rig, member: AccountId) {
    let rollout = Rollout::of_member(rig, "digitalex-creation", member);
    let desired = rollout.desired(member).await;
    let (inline, managed) = (desired.inline.len() as u64, desired.managed.len() as u64);

    let missing = rollout.audit().await;
    assert_eq!(missing.of(member).verdict, Verdict::Drifted, "{missing:?}");
    assert_eq!(missing.writes(), 0);

    let created = rollout.apply().await;
    assert_eq!(created.of(member).verdict, Verdict::Converged, "{created:?}");
    assert_eq!(created.writes(), 1 + inline + managed);

    let audited = rollout.audit().await;
    assert_eq!(audited.of(member).verdict, Verdict::InSync, "{audited:?}");
    let expected = [
        ("AssumeRole", 1),
        ("GetRole", 1),
        ("GetRolePolicy", inline),
        ("ListAttachedRolePolicies", 1),
        ("ListRolePolicies", 1),
    ];
    assert_eq!(account_calls(&audited), expected.into());
    let creation: u64 = account_calls(&created).values().sum();
    let audit: u64 = account_calls(&audited).values().sum();
    assert!(creation <= audit + 2 + inline + managed, "{:?}", created.calls);

    let again = rollout.apply().await;
    assert_eq!((again.of(member).verdict, again.writes()), (Verdict::InSync, 0), "{again:?}");
}

fn account_calls(outcome: &Outcome) -> BTreeMap<&'static str, u64> {
    let of_organizations = |name: &str| name.contains("Account") || name.contains("Organization");
    outcome.calls.clone().into_iter().filter(|(name, _)| !of_organizations(name)).collect()
}

/// Every kind of drift is found, classed, and repaired with the least writes.
///
/// # Panics
/// It does not hold.
pub async fn every_drift_is_found_classed_and_repaired(rig: &dyn Rig, member: AccountId) {
    for drift in DRIFTS {
        let mut rollout =
            Rollout::of_member(rig, &format!("digitalex-drift-{}", drift.name), member);
        (drift.configure)(&mut rollout.spec.settings.identity);
        let desired = rollout.desired(member).await;
        rollout.put(member, &(drift.found)(&desired)).await;
        check_found(drift, &rollout.audit().await, member);

        let repaired = rollout.apply().await;
        assert_eq!(repaired.of(member).verdict, Verdict::Converged, "{}: {repaired:?}", drift.name);
        assert_eq!(repaired.writes(), drift.writes, "{}: {:?}", drift.name, repaired.calls);
        assert_eq!(rollout.audit().await.of(member).verdict, Verdict::InSync, "{}", drift.name);
    }
}

fn check_found(drift: &Drift, outcome: &Outcome, member: AccountId) {
    let record = outcome.of(member);
    assert_eq!(record.verdict, Verdict::Drifted, "{}: {record:?}", drift.name);
    assert_eq!(outcome.writes(), 0, "{}", drift.name);
    let json = serde_json::to_value(&record.differences).expect("JSON");
    let kinds: Vec<&str> = json
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|difference| difference["kind"].as_str())
        .collect();
    assert_eq!(kinds, [drift.kind], "{}", drift.name);
    assert_eq!(record.effect, Some(drift.effect), "{}: {record:?}", drift.name);
}

/// An equivalent spelling of the trust policy is not drift, and is not touched.
///
/// # Panics
/// It does not hold.
pub async fn an_equivalent_trust_policy_is_not_touched(rig: &dyn Rig, member: AccountId) {
    let rollout = Rollout::of_member(rig, "digitalex-equivalent", member);
    rollout.apply().await;
    let trust = PolicyDocument::parse(&format!(
        r#"{{"Statement": {{"Sid": "DigitalEx", "Action": ["sts:AssumeRole"], "Effect": "Allow",
            "Condition": {{"StringEquals": {{"STS:ExternalID": ["{TENANT_ID}"]}}}},
            "Principal": {{"AWS": ["911403356698"]}}}}, "Version": "2012-10-17"}}"#
    ));
    let trust = trust.expect("a policy");
    rollout.put(member, &[Step::UpdateAssumeRolePolicy { trust }]).await;
    assert_eq!(rollout.audit().await.of(member).verdict, Verdict::InSync);
    assert_eq!(rollout.apply().await.writes(), 0);
}

/// Someone else's role gets no write; a hand-made one is adopted where that is allowed; a role at
/// another path is held.
///
/// # Panics
/// It does not hold.
pub async fn only_our_own_roles_are_written_to(rig: &dyn Rig, member: AccountId) {
    let foreign = Rollout::of_member(rig, "digitalex-foreign", member);
    let desired = foreign.desired(member).await;
    foreign.put(member, &[untagged(&desired, &stranger_trust(), &desired.path)]).await;
    held(&foreign, member, "foreign_role").await;

    let mut by_hand = Rollout::of_member(rig, "digitalex-by-hand", member);
    let desired = by_hand.desired(member).await;
    by_hand.put(member, &[untagged(&desired, &trust_of(&desired), &desired.path)]).await;
    held(&by_hand, member, "adoption_refused").await;
    by_hand.spec.settings.adoption = Adoption::Allowed;
    let adopted = by_hand.apply().await;
    assert_eq!(
        (adopted.of(member).verdict, adopted.of(member).adopted),
        (Verdict::Converged, true)
    );
    assert_eq!((adopted.status.adopted, adopted.calls["TagRole"]), (1, 1));

    let mut elsewhere = Rollout::of_member(rig, "digitalex-elsewhere", member);
    let desired = elsewhere.desired(member).await;
    elsewhere.spec.settings.identity.path = IdentityPath::new("/finops/").expect("legal");
    let there = elsewhere.desired(member).await;
    elsewhere.put(member, &[tagged(&there, &there.path)]).await;
    elsewhere.spec.settings.identity.path = desired.path;
    held(&elsewhere, member, "path_conflict").await;
}

async fn held(rollout: &Rollout<'_>, member: AccountId, code: &str) {
    for outcome in [rollout.audit().await, rollout.apply().await] {
        let record = outcome.of(member);
        assert_eq!(record.verdict, Verdict::Held, "{record:?}");
        assert_eq!(record.cause.as_ref().map(|cause| cause.code), Some(code));
        assert_eq!(outcome.writes(), 0);
    }
}

/// Overrides by account change the profile, and nothing else is looked up for them.
///
/// # Panics
/// It does not hold.
pub async fn an_override_changes_the_profile_without_extra_look_ups(
    rig: &dyn Rig,
    member: AccountId,
) {
    let mut rollout = Rollout::of_member(rig, "digitalex-override", member);
    let profile = Profile { managed: Vec::new(), ..Profile::built_in("member").expect("built in") };
    let change = SettingsChange { profile: Some(profile), ..SettingsChange::default() };
    rollout.spec.overrides = vec![(Matcher::Account(member), change)];
    let applied = rollout.apply().await;
    assert_eq!(applied.of(member).verdict, Verdict::Converged, "{applied:?}");
    assert_eq!(applied.calls.get("AttachRolePolicy"), None);
    let look_ups = ["ListParents", "ListTagsForResource", "ListRoots", "DescribeAccount"];
    assert!(look_ups.iter().all(|name| !applied.calls.contains_key(name)), "{:?}", applied.calls);
}

/// `CreateRole` of `desired` without any tag.
fn untagged(desired: &DesiredIdentity, trust: &PolicyDocument, path: &IdentityPath) -> Step {
    create(desired, trust, path, BTreeMap::new())
}

fn tagged(desired: &DesiredIdentity, path: &IdentityPath) -> Step {
    create(desired, &trust_of(desired), path, desired.tags.clone())
}

fn create(
    desired: &DesiredIdentity,
    trust: &PolicyDocument,
    path: &IdentityPath,
    tags: BTreeMap<TagKey, TagValue>,
) -> Step {
    let DesiredForm::Role { description, max_session_duration, .. } = &desired.form else {
        panic!("a role is wanted")
    };
    Step::CreateRole {
        path: path.clone(),
        trust: trust.clone(),
        description: description.clone(),
        max_session_duration: *max_session_duration,
        boundary: None,
        tags,
    }
}

fn trust_of(desired: &DesiredIdentity) -> PolicyDocument {
    desired.trust().expect("a role is wanted").clone()
}

fn stranger_trust() -> PolicyDocument {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    PolicyDocument::parse(text).expect("a policy")
}
