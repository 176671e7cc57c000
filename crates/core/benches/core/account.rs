//! One account: desired role, diff, plan, check.

use digitalex_core::{
    AccountPlan, Adoption, ChangeLimits, DesiredIdentity, IdentityDiff, Observation, check, diff,
    plan,
};
use divan::Bencher;

use crate::fixture::{Answer, NOW_S, account, desired, drifted, external_id, in_sync, template};

const LIMITS: ChangeLimits = ChangeLimits { removals_max: 10 };

fn diff_of(desired: &DesiredIdentity, observation: &Observation) -> IdentityDiff {
    diff(desired, observation).unwrap()
}

fn planned(
    desired: &DesiredIdentity,
    observation: &Observation,
    diff: &IdentityDiff,
) -> AccountPlan {
    plan(desired, observation, diff, Adoption::Refused)
}

#[divan::bench]
fn desired_role(bencher: Bencher<'_, '_>) {
    let template = template();
    bencher.bench(|| template.desired(account(), NOW_S).unwrap());
}

#[divan::bench]
fn diff_in_sync(bencher: Bencher<'_, '_>) {
    let desired = desired();
    let observation = in_sync(&desired);
    bencher.bench(|| diff_of(&desired, &observation));
}

#[divan::bench]
fn diff_drifted(bencher: Bencher<'_, '_>) {
    let desired = desired();
    let observation = drifted(&desired);
    bencher.bench(|| diff_of(&desired, &observation));
}

#[divan::bench]
fn plan_creation(bencher: Bencher<'_, '_>) {
    let desired = desired();
    let diff = diff_of(&desired, &Observation::Absent);
    bencher.bench(|| planned(&desired, &Observation::Absent, &diff));
}

#[divan::bench]
fn plan_repair(bencher: Bencher<'_, '_>) {
    let desired = desired();
    let observation = drifted(&desired);
    let diff = diff_of(&desired, &observation);
    bencher.bench(|| planned(&desired, &observation, &diff));
}

#[divan::bench]
fn fingerprint(bencher: Bencher<'_, '_>) {
    let observation = in_sync(&desired());
    bencher.bench(|| observation.fingerprint());
}

/// All that an audit does here for an account that is in sync, from the texts that IAM returned.
#[divan::bench]
fn examine_in_sync(bencher: Bencher<'_, '_>) {
    let (template, external_id) = (template(), external_id());
    let answer = Answer::of(&desired());
    bencher.bench(|| {
        let desired = template.desired(account(), NOW_S).unwrap();
        let observation = Observation::Present(Box::new(answer.observed(&desired)));
        let diff = diff_of(&desired, &observation);
        let plan = planned(&desired, &observation, &diff);
        let violations = check(&plan, &desired, &observation, &external_id, LIMITS);
        (diff, plan, violations)
    });
}
