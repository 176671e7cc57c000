//! The roles in the accounts: those of other vendors, and DigitalEx's.

use std::collections::BTreeMap;

use digitalex_core::{AccountId, DesiredForm, PolicyDocument};
use rand::Rng;
use rand::rngs::SmallRng;
use serde_json::json;

use super::tree::DEMANDED_BOUNDARY;
use super::{CREATED, GeneratorOptions, Scenario, drift};
use crate::world::iam::ROLES_MAX;
use crate::{Identity, ManagedPolicy, PolicyVersion, Role, World};

/// Name, account that is trusted, managed policy.
const VENDORS: [(&str, &str, &str); 5] = [
    ("DatadogIntegrationRole", "464622532012", "SecurityAudit"),
    ("WizAccess-Role", "197171649850", "ReadOnlyAccess"),
    ("CloudHealthRole", "454464851268", "ReadOnlyAccess"),
    ("lacework-iam-role", "434813966438", "SecurityAudit"),
    ("github-deploy", "123450987654", "PowerUserAccess"),
];

/// Adds all roles but the one by which one gets in.
pub(super) fn add_all(
    world: &mut World,
    options: &GeneratorOptions,
    account: AccountId,
    scenario: Scenario,
    rng: &mut SmallRng,
) {
    let mut roles = vec![organizations_role(world)];
    for (name, trusted, policy) in VENDORS {
        if rng.random_ratio(3, 5) {
            let external_id = format!("{name}-{:08x}", rng.random::<u32>());
            let mut role = new_role(world, name, trust(&root_of(trusted), Some(&external_id)));
            role.identity.attached.insert(aws_managed(policy));
            roles.push(role);
        }
    }
    if scenario == Scenario::BoundaryDemanded {
        add_policy(world, account, DEMANDED_BOUNDARY);
    }
    roles.extend(digitalex_role(world, options, account, scenario));
    if let Some(account) = world.state_mut().account_mut(account) {
        roles.into_iter().for_each(|role| account.iam.insert_role(role));
    }
    if scenario == Scenario::RolesQuotaReached {
        fill_up(world, account);
    }
}

/// Adds roles of jobs that nobody tidied up, as many as there is room for.
fn fill_up(world: &mut World, account: AccountId) {
    let held = world.state().accounts.get(&account).map_or(ROLES_MAX, |it| it.iam.roles.len());
    for number in held..ROLES_MAX {
        let job = new_role(world, &format!("job-{number}"), trust(&root_of("123450987654"), None));
        if let Some(account) = world.state_mut().account_mut(account) {
            account.iam.insert_role(job);
        }
    }
}

/// A trust policy for one principal.
pub(super) fn trust(principal: &str, external_id: Option<&str>) -> String {
    let mut statement =
        json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"});
    if let Some(id) = external_id {
        statement["Condition"] = json!({"StringEquals": {"sts:ExternalId": id}});
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// The ARN of an account's root.
pub(super) fn root_of(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// The ARN of one of AWS's own policies.
pub(super) fn aws_managed(name: &str) -> String {
    format!("arn:aws:iam::aws:policy/{name}")
}

/// Adds a customer-managed policy that can serve as a boundary, and gives its ARN.
pub(super) fn add_policy(world: &mut World, account: AccountId, name: &str) -> String {
    let id = world.state_mut().unique_id("ANPA");
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["organizations:LeaveOrganization", "account:*"], "Resource": "*"},
    ]});
    let version = PolicyVersion { document: document.to_string(), created: CREATED };
    let policy = ManagedPolicy {
        name: name.to_owned(),
        id,
        path: "/".to_owned(),
        description: None,
        created: CREATED,
        updated: CREATED,
        versions: BTreeMap::from([(1, version)]),
        default_version: 1,
        tags: BTreeMap::new(),
    };
    if let Some(account) = world.state_mut().account_mut(account) {
        account.iam.policies.insert(name.to_lowercase(), policy);
    }
    format!("arn:aws:iam::{account}:policy/{name}")
}

fn digitalex_role(
    world: &mut World,
    options: &GeneratorOptions,
    account: AccountId,
    scenario: Scenario,
) -> Option<Role> {
    match scenario {
        Scenario::InSync => Some(managed_role(world, options)),
        Scenario::Drifted(kind) => {
            let role = managed_role(world, options);
            Some(drift::apply(kind, role, world, options, account))
        }
        Scenario::HandMade => {
            let mut role = managed_role(world, options);
            let policies = std::mem::take(&mut role.identity.inline).into_values();
            role.identity.inline =
                policies.map(|document| ("digitalex-cost-policy".to_owned(), document)).collect();
            role.identity.attached.remove(&aws_managed("AWSOrganizationsReadOnlyAccess"));
            role.identity.tags =
                BTreeMap::from([("CreatedBy".to_owned(), "jo@example.com".to_owned())]);
            role.description = None;
            Some(role)
        }
        Scenario::ForeignRole => {
            let name = options.member_role.name.as_str();
            let mut role = new_role(world, name, trust(&root_of("222233334444"), None));
            role.identity.attached.insert(aws_managed("job-function/Billing"));
            role.description = Some("Cost reports of the FinOps team".to_owned());
            Some(role)
        }
        _ => None,
    }
}

/// The role as it should be.
fn managed_role(world: &mut World, options: &GeneratorOptions) -> Role {
    let wanted = &options.member_role;
    let trust = wanted.trust().map(PolicyDocument::to_json).unwrap_or_default();
    let mut role = new_role(world, wanted.name.as_str(), trust);
    let inline = wanted.inline.iter();
    role.identity.path = wanted.path.to_string();
    role.identity.inline = inline.map(|(name, it)| (name.to_string(), it.to_json())).collect();
    role.identity.attached = wanted.managed.iter().map(ToString::to_string).collect();
    let tags = wanted.tags.iter();
    role.identity.tags = tags.map(|(key, value)| (key.to_string(), value.to_string())).collect();
    if let DesiredForm::Role { description, max_session_duration, .. } = &wanted.form {
        role.description = Some(description.to_string());
        role.max_session_duration_s = max_session_duration.seconds();
    }
    role
}

/// The service-linked role that every member has.
fn organizations_role(world: &mut World) -> Role {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "organizations.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }]});
    let mut role = new_role(world, "AWSServiceRoleForOrganizations", trust.to_string());
    role.identity.path = "/aws-service-role/organizations.amazonaws.com/".to_owned();
    role
}

fn new_role(world: &mut World, name: &str, trust: String) -> Role {
    let id = world.state_mut().unique_id("AROA");
    Role {
        identity: Identity::new(name, id, "/", CREATED),
        trust,
        description: None,
        max_session_duration_s: 3_600,
    }
}
