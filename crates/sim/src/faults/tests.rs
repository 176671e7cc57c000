use digitalex_core::{AccountId, ExternalId};
use jiff::Timestamp;

use super::injection::draw;
use super::plan::Scripted;
use super::{CallInfo, Fault, FaultPlan, Service};
use crate::generate::{GeneratorOptions, organization};
use crate::world::World;

const MANAGEMENT: AccountId = match AccountId::from_number(111_111_111_111) {
    Some(id) => id,
    None => unreachable!(),
};

fn world() -> World {
    let external_id = ExternalId::new("tenant").unwrap();
    organization(&GeneratorOptions::new(3, 1, MANAGEMENT, external_id).unwrap())
}

fn call(service: Service, operation: &'static str) -> CallInfo {
    CallInfo {
        service,
        operation,
        account: MANAGEMENT,
        caller: Some(MANAGEMENT),
        in_session: service == Service::Iam,
        resource: "*".to_owned(),
        goes_on: true,
        at: Timestamp::from_second(1_800_000_000).unwrap(),
        signed_at: None,
        client: 1,
        before: 4,
    }
}

#[test]
fn scripted_fault_should_show_at_the_call_that_the_script_names_and_at_no_other() {
    use Service::{Iam, Organizations, Sts};
    let world = world();
    for (fault, service, operation) in [
        (Fault::IamThrottle, Sts, "AssumeRole"),
        (Fault::OrganizationsThrottle, Organizations, "ListAccounts"),
        (Fault::QuotaReached, Iam, "CreateRole"),
        (Fault::EmptyPage, Organizations, "ListAccounts"),
        (Fault::ShortPage, Iam, "ListRolePolicies"),
        (Fault::TokenExpired, Organizations, "ListAccounts"),
        (Fault::TokenRepeated, Organizations, "ListAccounts"),
        (Fault::StaleList, Organizations, "ListAccounts"),
        (Fault::LostResponse, Iam, "PutRolePolicy"),
        (Fault::ExecutedServerError, Iam, "PutRolePolicy"),
        (Fault::ServerErrorStorm, Iam, "GetRole"),
        (Fault::TruncatedAnswer, Iam, "GetRole"),
        (Fault::ConcurrentModification, Iam, "PutRolePolicy"),
        (Fault::TemporarilyUnmodifiable, Iam, "UpdateRole"),
        (Fault::DeleteConflict, Iam, "DetachRolePolicy"),
        (Fault::CredentialsExpired, Iam, "GetRole"),
        (Fault::ProviderFails, Sts, "AssumeRole"),
        (Fault::StsRegionDown, Sts, "AssumeRole"),
        (Fault::RegionOutage, Iam, "GetRole"),
        (Fault::DnsFailure, Organizations, "DescribeOrganization"),
        (Fault::SlowAnswer, Iam, "GetRole"),
        (Fault::StatusGone, Organizations, "DescribeAccount"),
        (Fault::MalformedPolicy, Iam, "CreateRole"),
        (Fault::PrincipalGone, Iam, "GetRole"),
    ] {
        let script = vec![Scripted { fault, operation, before: 4 }];
        let plan = FaultPlan { seed: 1, script, ..FaultPlan::default() };
        let shown = |call: &CallInfo| draw(&plan, call, &world).map(|(fault, _)| fault);
        let named = call(service, operation);
        assert_eq!(shown(&named), Some(fault), "{operation}");
        assert_eq!(shown(&CallInfo { before: 3, ..named.clone() }), None, "an earlier call");
        assert_eq!(shown(&CallInfo { operation: "TagRole", ..named }), None, "another operation");
    }
}
