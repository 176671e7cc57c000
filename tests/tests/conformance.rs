//! The conformance suite over each implementation of the ports.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::sync::Arc;

use anyhow::{Context, Result};
use digitalex_core::AccountId;
use digitalex_tests::conformance::{
    an_equivalent_trust_policy_is_not_touched,
    an_override_changes_the_profile_without_extra_look_ups,
    creation_and_audit_make_the_least_calls, every_account_ends_in_one_record,
    every_drift_is_found_classed_and_repaired, every_unit_is_listed_below_its_parent,
    only_our_own_roles_are_written_to,
};
use digitalex_tests::conformance_keys::{
    a_key_is_replaced_without_a_moment_without_one, a_key_that_is_too_old_is_replaced,
    a_key_that_no_sink_takes_is_deleted_at_once, keys_are_given_up_only_where_the_role_is_verified,
};
use digitalex_tests::conformance_users::{
    a_user_is_made_with_the_least_calls_and_one_kept_key, a_user_without_our_tag_is_left_alone,
    every_drift_of_a_user_is_found_classed_and_repaired,
    what_a_person_must_decide_of_a_user_is_held,
};
use digitalex_tests::in_process::InProcessAws;
use digitalex_tests::others::{MotoOthers, Others};
use digitalex_tests::rigs::{SdkRig, ServedSandbox, SimulatedPorts};
use digitalex_tests::rollout::Rig;
use digitalex_tests::{MotoServer, Venv};

/// The whole suite over an organization of so many accounts.
async fn conforms(rig: &dyn Rig, accounts: usize, member: AccountId) {
    every_account_ends_in_one_record(rig, accounts, member).await;
    creation_and_audit_make_the_least_calls(rig, member).await;
    an_equivalent_trust_policy_is_not_touched(rig, member).await;
    only_our_own_roles_are_written_to(rig, member).await;
    an_override_changes_the_profile_without_extra_look_ups(rig, member).await;
    every_drift_is_found_classed_and_repaired(rig, member).await;
}

/// The whole suite for users with access keys.
async fn users_conform(rig: &dyn Rig, others: &dyn Others, member: AccountId) {
    a_user_is_made_with_the_least_calls_and_one_kept_key(rig, others, member).await;
    every_drift_of_a_user_is_found_classed_and_repaired(rig, others, member).await;
    what_a_person_must_decide_of_a_user_is_held(rig, others, member).await;
    a_user_without_our_tag_is_left_alone(rig, others, member).await;
    a_key_that_no_sink_takes_is_deleted_at_once(rig, others, member).await;
    a_key_is_replaced_without_a_moment_without_one(rig, others, member).await;
    a_key_that_is_too_old_is_replaced(rig, others, member).await;
    keys_are_given_up_only_where_the_role_is_verified(rig, others, member).await;
}

#[tokio::test(start_paused = true)]
async fn the_simulations_ports_should_conform() {
    let rig = SimulatedPorts::new(26);
    conforms(&rig, 26, rig.members()[0]).await;
    every_unit_is_listed_below_its_parent(&rig, &rig.plant_units()).await;
}

#[tokio::test]
async fn the_sdk_over_the_simulations_http_face_should_conform() {
    let sandbox = ServedSandbox::start(26).await;
    let rig = SdkRig::connect(&sandbox.url).await;
    conforms(&rig, 26, sandbox.members[0]).await;
    every_unit_is_listed_below_its_parent(&rig, &sandbox.plant_units()).await;
}

#[tokio::test(start_paused = true)]
async fn the_simulations_ports_should_conform_for_users() {
    let rig = SimulatedPorts::new(4);
    users_conform(&rig, &rig, rig.members()[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_over_the_simulations_http_face_should_conform_for_users() {
    let sandbox = ServedSandbox::start(4).await;
    let rig = SdkRig::connect(&sandbox.url).await;
    users_conform(&rig, &sandbox, sandbox.members[0]).await;
}

#[tokio::test(start_paused = true)]
async fn the_sdk_in_process_and_in_virtual_time_should_conform_for_users() {
    let organization = SimulatedPorts::new(4);
    let (face, caller) = (organization.sandbox().router(), organization.caller().clone());
    let aws = InProcessAws::new(face, Arc::clone(caller.clock()));
    let rig = SdkRig::in_process(Arc::new(aws), caller).await.expect("an organization");
    users_conform(&rig, &organization, organization.members()[0]).await;
}

#[tokio::test(start_paused = true)]
async fn the_sdk_in_process_and_in_virtual_time_should_conform() {
    let organization = SimulatedPorts::new(26);
    let (face, caller) = (organization.sandbox().router(), organization.caller().clone());
    let aws = InProcessAws::new(face, Arc::clone(caller.clock()));
    let rig = SdkRig::in_process(Arc::new(aws), caller).await.expect("an organization");
    conforms(&rig, 26, organization.members()[0]).await;
    every_unit_is_listed_below_its_parent(&rig, &organization.plant_units()).await;
}

/// Loading AWS's managed policies costs moto seconds and 70 MB an account: two are enough.
#[tokio::test]
async fn peer_moto_over_the_sdk_should_conform() -> Result<()> {
    let venv = Venv::open()?;
    let moto = MotoServer::start(&venv, &[("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")])?;
    let organization = venv.python("moto_org.py", &moto.client_env(), &["1"])?;
    let member = organization["members"][0].as_str().context("an account id")?.parse()?;
    conforms(&SdkRig::connect(moto.url()).await, 2, member).await;
    Ok(())
}

#[tokio::test]
async fn peer_moto_over_the_sdk_should_conform_for_users() -> Result<()> {
    let venv = Venv::open()?;
    let moto = MotoServer::start(&venv, &[("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")])?;
    let organization = venv.python("moto_org.py", &moto.client_env(), &["1"])?;
    let member = organization["members"][0].as_str().context("an account id")?.parse()?;
    let (rig, others) =
        (SdkRig::connect(moto.url()).await, MotoOthers { venv: &venv, moto: &moto });
    users_conform(&rig, &others, member).await;
    Ok(())
}
