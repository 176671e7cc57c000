//! The hub role's policy (deploy/hub-role) is enough and minimal: with it all works, and without any
//! one of its actions or resources a check fails, and says so.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::path::Path;

use digitalex_core::{AccountId, IdentityPath, TagKey, TagValue, Verdict};
use digitalex_engine::{AccountDetail, AdminRole, CallError, CostReports, Matcher, SettingsChange};
use digitalex_tests::Venv;
use digitalex_tests::drift::{DRIFTS, as_wanted};
use digitalex_tests::hub::{CallerPolicy, Element, Hub, TAG};
use digitalex_tests::rigs::{MANAGEMENT, SdkRig};
use digitalex_tests::rollout::{Outcome, Rig, Rollout};

/// Something that the program does as the hub.
#[derive(Debug, Clone, Copy)]
enum Check {
    /// Every command begins so.
    Connect,
    /// Every pass lists, and enters every account, through either admin role.
    AuditEveryAccount,
    /// An account is asked for alone: it was known and the list lacks it.
    LookForOneAccount,
    /// The daemon always shows the tree of OUs.
    ReadTheTree,
    /// A scope by OU, and the OU of each account in the daemon's tree, where the list says no paths.
    ScopeByOu,
    /// The same of one account.
    LookForOneAccountsOu,
    /// A scope by tag.
    ScopeByTag,
    /// A service control policy denied a write: which one, and on what ground.
    ReadTheServiceControlPolicies,
    /// `export` hands over the payer's Cost and Usage Report.
    ReadTheCostReports,
    /// The management account (a bucket is configured) holds the role.
    AuditTheManagementRole,
    /// It holds the role at another path than is wanted.
    SeeTheManagementRoleElsewhere,
    /// It holds none.
    CreateTheManagementRole,
    /// It holds one that drifted so (a name of [`DRIFTS`]).
    RepairTheManagementRole(&'static str),
}
use Check::{
    AuditEveryAccount, AuditTheManagementRole, Connect, CreateTheManagementRole, LookForOneAccount,
    LookForOneAccountsOu, ReadTheCostReports, ReadTheServiceControlPolicies, ReadTheTree,
    RepairTheManagementRole, ScopeByOu, ScopeByTag, SeeTheManagementRoleElsewhere,
};

/// What fails without each action.
const ACTIONS: &[(&str, Check)] = &[
    ("organizations:DescribeAccount", LookForOneAccount),
    ("organizations:DescribeOrganization", Connect),
    ("organizations:DescribePolicy", ReadTheServiceControlPolicies),
    ("organizations:ListAccounts", AuditEveryAccount),
    ("organizations:ListAccountsForParent", ScopeByOu),
    ("organizations:ListOrganizationalUnitsForParent", ReadTheTree),
    ("organizations:ListParents", LookForOneAccountsOu),
    ("organizations:ListPoliciesForTarget", ReadTheServiceControlPolicies),
    ("organizations:ListRoots", ReadTheTree),
    ("organizations:ListTagsForResource", ScopeByTag),
    ("sts:AssumeRole", AuditEveryAccount),
    ("cur:DescribeReportDefinitions", ReadTheCostReports),
    ("iam:GetRole", AuditTheManagementRole),
    ("iam:GetRolePolicy", AuditTheManagementRole),
    ("iam:ListAttachedRolePolicies", AuditTheManagementRole),
    ("iam:ListRolePolicies", AuditTheManagementRole),
    ("iam:AttachRolePolicy", RepairTheManagementRole("managed-missing")),
    ("iam:CreateRole", CreateTheManagementRole),
    ("iam:DeleteRolePermissionsBoundary", RepairTheManagementRole("boundary-extra")),
    ("iam:DeleteRolePolicy", RepairTheManagementRole("inline-extra")),
    ("iam:DetachRolePolicy", RepairTheManagementRole("managed-extra")),
    ("iam:PutRolePermissionsBoundary", RepairTheManagementRole("boundary-missing")),
    ("iam:PutRolePolicy", RepairTheManagementRole("inline-missing")),
    ("iam:TagRole", RepairTheManagementRole("tag-missing")),
    ("iam:UpdateAssumeRolePolicy", RepairTheManagementRole("external-id-changed")),
    ("iam:UpdateRole", RepairTheManagementRole("description")),
];

/// What fails without each resource of each statement.
const RESOURCES: &[(&str, &str, Check)] = &[
    ("ReadTheOrganization", "*", Connect),
    ("ReadAccountTags", "*", ScopeByTag),
    ("EnterTheAccounts", "arn:aws:iam::*:role/OrganizationAccountAccessRole", AuditEveryAccount),
    ("EnterTheAccounts", "arn:aws:iam::*:role/AWSControlTowerExecution", AuditEveryAccount),
    ("ReadTheCostReportDefinitions", "*", ReadTheCostReports),
    ("ReadTheManagementRole", "arn:aws:iam::*:role/digitalex-*", AuditTheManagementRole),
    ("ReadTheManagementRole", "arn:aws:iam::*:role/*/digitalex-*", SeeTheManagementRoleElsewhere),
    ("WriteTheManagementRole", "arn:aws:iam::*:role/digitalex-*", CreateTheManagementRole),
];

#[tokio::test]
async fn hub_policy_should_be_enough_for_all_that_the_program_does() {
    let policy = CallerPolicy::read("caller-policy.json");
    for check in checks() {
        if let Err(problem) = check.run(&Hub::holding(&policy).await).await {
            panic!("{check:?} fails with the whole policy: {problem}");
        }
    }
}

#[tokio::test]
async fn hub_policy_should_hold_no_action_that_nothing_needs() {
    let policy = CallerPolicy::read("caller-policy.json");
    let held = policy.all(Element::Action);
    assert_eq!(held.len(), ACTIONS.len(), "an action is there twice, or in one list only");
    for (sid, action) in held {
        let (_, check) = ACTIONS
            .iter()
            .find(|(named, _)| *named == action)
            .unwrap_or_else(|| panic!("{action} is in the policy, and no check needs it"));
        let less = policy.without(Element::Action, &sid, &action);
        let refused = check.run(&Hub::holding(&less).await).await.expect_err(&action);
        assert!(refused.contains(&action), "{check:?} fails for another reason: {refused}");
    }
}

#[tokio::test]
async fn hub_policy_should_hold_no_resource_that_nothing_needs() {
    let policy = CallerPolicy::read("caller-policy.json");
    let held = policy.all(Element::Resource);
    assert_eq!(held.len(), RESOURCES.len(), "a resource is there twice, or in one list only");
    for (sid, resource) in held {
        let (.., check) = RESOURCES
            .iter()
            .find(|(of, named, _)| *of == sid && *named == resource)
            .unwrap_or_else(|| panic!("{sid} holds {resource}, and no check needs it"));
        let less = policy.without(Element::Resource, &sid, &resource);
        let refused = check.run(&Hub::holding(&less).await).await.expect_err(&resource);
        assert!(refused.contains("not authorized"), "{check:?} fails otherwise: {refused}");
    }
}

#[tokio::test]
async fn observing_hub_policy_should_be_enough_to_observe_and_write_nothing() {
    let whole = CallerPolicy::read("caller-policy.json");
    let policy = CallerPolicy::read("observing-caller-policy.json");
    let expected = whole.without_statement("WriteTheManagementRole");
    assert_eq!(policy.document(), expected.document(), "it is the whole policy without the writes");
    for check in checks() {
        let hub = Hub::holding(&policy).await;
        let outcome = check.run(&hub).await;
        match check {
            CreateTheManagementRole | RepairTheManagementRole(_) => {
                let refused = outcome.expect_err("a write");
                assert!(refused.contains("not authorized"), "{check:?}: {refused}");
            }
            _ => outcome.unwrap_or_else(|problem| panic!("{check:?}: {problem}")),
        }
    }
}

#[test]
fn peer_hub_role_should_allow_the_same_as_json_cloudformation_and_terraform() {
    let policy = CallerPolicy::read("caller-policy.json");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/hub-role");
    let folder = folder.to_str().expect("a path in UTF-8");
    let venv = Venv::open().expect("the Python environment");
    let forms = venv.python("hub_role_forms.py", &[], &[folder]).expect("both forms are read");
    for form in ["cloudformation", "terraform"] {
        for element in [Element::Action, Element::Resource] {
            let mut expected = policy.all(element);
            expected.sort();
            let found = forms[form][format!("{element:?}")].as_array().expect("a list");
            let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
            let found: Vec<_> = found.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
            assert_eq!(found, expected, "{element:?} of {form}");
        }
    }
}

/// Every check once.
fn checks() -> Vec<Check> {
    let by_resource = RESOURCES.iter().map(|(.., check)| *check);
    let mut checks: Vec<Check> =
        ACTIONS.iter().map(|(_, check)| *check).chain(by_resource).collect();
    checks.sort_by_key(|check| format!("{check:?}"));
    checks.dedup_by_key(|check| format!("{check:?}"));
    checks
}

impl Check {
    /// Does it; an error is what a user would be told.
    async fn run(self, hub: &Hub) -> Result<(), String> {
        let rig = hub.rig().await.map_err(told)?;
        let with = |ou_path, tags| AccountDetail { ou_path, tags };
        match self {
            Self::Connect => Ok(()),
            Self::AuditEveryAccount => audit_every_account(hub, &rig).await,
            Self::LookForOneAccount => look_for(hub, &rig, with(false, false)).await,
            Self::LookForOneAccountsOu => look_for(hub, &rig, with(true, false)).await,
            Self::ReadTheTree => {
                let units = rig.organization().organizational_units().await.map_err(told)?;
                assert!(units.iter().any(|unit| unit.id == hub.ou), "the tree lacks an OU");
                Ok(())
            }
            Self::ScopeByOu => scope_by(&rig, Matcher::Ou(hub.ou.clone()), hub.in_ou()).await,
            Self::ScopeByTag => {
                let (key, value) = (TagKey::new(TAG.0), TagValue::new(TAG.1));
                let tag = Matcher::Tag(key.expect("legal"), value.expect("legal"));
                scope_by(&rig, tag, hub.tagged()).await
            }
            Self::ReadTheServiceControlPolicies => {
                let policies = rig.policies();
                policies.attached_to(&hub.ou).await.map_err(told)?;
                // AWS's own, which every organization has.
                policies.policy("p-FullAWSAccess").await.map(drop).map_err(told)
            }
            Self::ReadTheCostReports => {
                let reports = rig.cost_reports().ok_or("the partition has no such API")?;
                reports.definitions().await.map(drop).map_err(told)
            }
            Self::AuditTheManagementRole => {
                let root = hub.root().await;
                verdict_of(&management(&root).apply().await, MANAGEMENT, Verdict::Converged)?;
                verdict_of(&management(&rig).audit().await, MANAGEMENT, Verdict::InSync)
            }
            Self::SeeTheManagementRoleElsewhere => {
                let root = hub.root().await;
                let mut elsewhere = management(&root);
                elsewhere.spec.settings.identity.path =
                    IdentityPath::new("/elsewhere/").expect("legal");
                let desired = elsewhere.desired(MANAGEMENT).await;
                elsewhere.put(MANAGEMENT, &as_wanted(&desired)).await;
                let seen = management(&rig).audit().await;
                match &seen.records[&MANAGEMENT].cause {
                    Some(cause) if cause.code == "path_conflict" => Ok(()),
                    other => Err(format!("{other:?}")),
                }
            }
            Self::CreateTheManagementRole => {
                verdict_of(&management(&rig).apply().await, MANAGEMENT, Verdict::Converged)
            }
            Self::RepairTheManagementRole(name) => repair(hub, &rig, name).await,
        }
    }
}

async fn audit_every_account(hub: &Hub, rig: &SdkRig) -> Result<(), String> {
    let mut rollout = Rollout::of_all(rig);
    rollout.spec.settings.admin_roles =
        ["OrganizationAccountAccessRole", "AWSControlTowerExecution"]
            .map(|role| AdminRole { hops: vec![role.to_owned()] })
            .into();
    let outcome = rollout.audit().await;
    verdict_of(&outcome, hub.of_control_tower(), Verdict::Drifted)?;
    hub.sandbox.members.iter().try_for_each(|id| verdict_of(&outcome, *id, Verdict::Drifted))
}

async fn look_for(hub: &Hub, rig: &SdkRig, detail: AccountDetail) -> Result<(), String> {
    let account = rig.organization().account(hub.in_ou(), detail).await.map_err(told)?;
    let account = account.ok_or("the account is not there")?;
    match account.ou_path {
        Some(path) if !path.contains(&hub.ou) => Err(format!("it stands in {path:?}")),
        _ => Ok(()),
    }
}

async fn scope_by(rig: &SdkRig, matcher: Matcher, only: AccountId) -> Result<(), String> {
    let mut rollout = Rollout::of_all(rig);
    rollout.spec.include = vec![matcher];
    let outcome = rollout.audit().await;
    verdict_of(&outcome, only, Verdict::Drifted)?;
    assert_eq!(outcome.status.count(Verdict::Drifted), 1, "one account alone is in the scope");
    Ok(())
}

async fn repair(hub: &Hub, rig: &SdkRig, name: &str) -> Result<(), String> {
    let drift = DRIFTS.iter().find(|drift| drift.name == name).expect("there is such a drift");
    let root = hub.root().await;
    let mut by_someone_else = management(&root);
    (drift.configure)(&mut by_someone_else.spec.settings.identity);
    let desired = by_someone_else.desired(MANAGEMENT).await;
    by_someone_else.put(MANAGEMENT, &(drift.found)(&desired)).await;
    let mut rollout = management(rig);
    (drift.configure)(&mut rollout.spec.settings.identity);
    verdict_of(&rollout.apply().await, MANAGEMENT, Verdict::Converged)
}

/// The role in the management account, as a configured bucket has it.
fn management(rig: &SdkRig) -> Rollout<'_> {
    let mut rollout = Rollout::of_member(rig, "digitalex-finops", MANAGEMENT);
    rollout.spec.management = Some(SettingsChange::default());
    rollout
}

fn verdict_of(outcome: &Outcome, account: AccountId, expected: Verdict) -> Result<(), String> {
    if let Some(incomplete) = &outcome.status.listing_incomplete {
        return Err(incomplete.clone());
    }
    let record = outcome.records.get(&account).ok_or("there is no record of it")?;
    match &record.cause {
        _ if record.verdict == expected => Ok(()),
        Some(cause) => Err(format!("{:?}: {}", record.verdict, cause.message)),
        None => Err(format!("{:?}", record.verdict)),
    }
}

fn told(error: CallError) -> String {
    error.to_string()
}
