//! The tree of organizational units, and the service control policies on it.

use std::collections::{BTreeMap, BTreeSet};

use digitalex_core::AccountId;

use super::Scenario;
use crate::{OrganizationalUnit, ServiceControlPolicy, World};

/// The units by path of names; the root's path is empty.
pub(super) type Units = BTreeMap<&'static str, String>;

/// Parents before children.
const PATHS: [&str; 13] = [
    "Security",
    "Infrastructure",
    "Infrastructure/Network",
    "Infrastructure/Shared Services",
    "Workloads",
    "Workloads/Prod",
    REGULATED,
    "Workloads/Test",
    "Workloads/Dev",
    "Sandbox",
    "Policy Staging",
    "Übernahmen 2023",
    "Suspended",
];

/// The unit whose service control policy denies IAM writes.
pub(super) const REGULATED: &str = "Workloads/Prod/Regulated";

/// The permissions boundary that one service control policy demands.
pub(super) const DEMANDED_BOUNDARY: &str = "org-boundary";

const DENY_LEAVING: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyLeavingOrganization","Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"}]}"#;
const DENY_IAM_WRITES: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyIamWrites","Effect":"Deny","Action":["iam:Add*","iam:Attach*","iam:Create*","iam:Delete*","iam:Detach*","iam:Put*","iam:Remove*","iam:Set*","iam:Tag*","iam:Untag*","iam:Update*"],"Resource":"*"}]}"#;
const DEMAND_BOUNDARY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"DemandPermissionsBoundary","Effect":"Deny","Action":["iam:CreateRole","iam:CreateUser","iam:PutRolePermissionsBoundary","iam:PutUserPermissionsBoundary"],"Resource":"*","Condition":{"ArnNotLike":{"iam:PermissionsBoundary":"arn:aws:iam::*:policy/org-boundary"}}}]}"#;

/// Makes the units.
pub(super) fn plant(world: &mut World) -> Units {
    let state = world.state_mut();
    let root = state.organization.as_ref().map(|it| it.root.id.clone()).unwrap_or_default();
    let prefix = format!("{}-", root.replacen("r-", "ou-", 1));
    let mut units = Units::from([("", root)]);
    for path in PATHS {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let id = state.organizations_id(&prefix, 8);
        let parent = units.get(parent).cloned().unwrap_or_default();
        let unit = OrganizationalUnit {
            id: id.clone(),
            name: name.to_owned(),
            parent,
            tags: BTreeMap::new(),
        };
        if let Some(organization) = &mut state.organization {
            organization.units.insert(id.clone(), unit);
        }
        units.insert(path, id);
    }
    units
}

/// Makes the service control policies and attaches them.
pub(super) fn attach_policies(
    world: &mut World,
    units: &Units,
    scenarios: &BTreeMap<AccountId, Scenario>,
) {
    let unit = |path| units.get(path).cloned().into_iter().collect();
    let demanded = scenarios.iter().filter(|(_, it)| **it == Scenario::BoundaryDemanded);
    let demanded = demanded.map(|(id, _)| id.to_string()).collect();
    add_policy(world, "deny-leaving-organization", DENY_LEAVING, unit(""));
    add_policy(world, "regulated-deny-iam-writes", DENY_IAM_WRITES, unit(REGULATED));
    add_policy(world, "demand-permissions-boundary", DEMAND_BOUNDARY, demanded);
}

fn add_policy(world: &mut World, name: &str, content: &str, targets: BTreeSet<String>) {
    let state = world.state_mut();
    let id = state.organizations_id("p-", 8);
    let policy = ServiceControlPolicy {
        id: id.clone(),
        name: name.to_owned(),
        description: String::new(),
        content: content.to_owned(),
        aws_managed: false,
        targets,
        tags: BTreeMap::new(),
    };
    if let Some(organization) = &mut state.organization {
        organization.policies.insert(id, policy);
    }
}
