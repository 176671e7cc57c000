//! Who gets in where, and what they may do there, in a generated organization: as AWS decides.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use digitalex_core::{AccountId, DIGITALEX_ACCOUNT, ExternalId};
use digitalex_sim::generate::{Drift, GeneratorOptions, Scenario, organization, scenarios};
use digitalex_sim::{Account, AccountState, AwsError, Credentials, Iam, JoinedMethod, World};
use serde_json::{Value, json};

const EXTERNAL_ID: &str = "tenant-0042";
const ADMIN: &str = "OrganizationAccountAccessRole";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}"#;
const AUDIT_SESSION: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"}]}"#;
const ROLES_OF_ONE_PREFIX: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::*:role/digitalex-*"}]}"#;

struct Fixture {
    world: World,
    scenarios: BTreeMap<AccountId, Scenario>,
}

impl Fixture {
    /// 500 accounts, and DigitalEx's own outside of the organization.
    fn new() -> Self {
        let management = "111122223333".parse().unwrap();
        let external_id = ExternalId::new(EXTERNAL_ID).unwrap();
        let options = GeneratorOptions::new(500, 1, management, external_id).unwrap();
        let mut world = organization(&options);
        let joined = world.state().accounts[&management].joined;
        let digitalex = Account {
            id: DIGITALEX_ACCOUNT,
            name: "DigitalEx".to_owned(),
            email: "aws@example.org".to_owned(),
            state: AccountState::Active,
            joined_method: JoinedMethod::Invited,
            joined,
            parent: None,
            tags: BTreeMap::new(),
            iam: Iam::default(),
        };
        world.state_mut().accounts.insert(DIGITALEX_ACCOUNT, digitalex.into());
        Self { world, scenarios: scenarios(&options) }
    }

    fn account(&self, scenario: Scenario) -> AccountId {
        *self.scenarios.iter().find(|(_, it)| **it == scenario).unwrap().0
    }

    fn assume(
        &mut self,
        caller: &Credentials,
        role: &str,
        more: Value,
    ) -> Result<Credentials, AwsError> {
        let mut input = json!({"RoleArn": role, "RoleSessionName": "test"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let output = self.world.call(caller, "sts", "AssumeRole", input)?;
        let text = |key: &str| output["Credentials"][key].as_str().unwrap().to_owned();
        Ok(Credentials::new(text("AccessKeyId"), Some(text("SessionToken"))))
    }

    /// Enters the account of a scenario by its admin role.
    fn enter(
        &mut self,
        scenario: Scenario,
        admin: &str,
        more: Value,
    ) -> Result<Credentials, AwsError> {
        let role = format!("arn:aws:iam::{}:role/{admin}", self.account(scenario));
        self.assume(&Credentials::management_root(), &role, more)
    }

    fn iam(
        &mut self,
        caller: &Credentials,
        operation: &str,
        input: Value,
    ) -> Result<Value, AwsError> {
        self.world.call(caller, "iam", operation, input)
    }

    fn create_role(
        &mut self,
        caller: &Credentials,
        name: &str,
        boundary: Option<&str>,
    ) -> Result<Value, AwsError> {
        let mut input = json!({"RoleName": name, "AssumeRolePolicyDocument": TRUST});
        if let Some(boundary) = boundary {
            input["PermissionsBoundary"] = json!(boundary);
        }
        self.iam(caller, "CreateRole", input)
    }

    /// The message with which the write is denied; nothing may have changed.
    fn denied(&mut self, caller: &Credentials, name: &str, boundary: Option<&str>) -> String {
        let before = self.world.state_hash();
        let error = self.create_role(caller, name, boundary).unwrap_err();
        assert_eq!((error.code, error.http_status), ("AccessDenied", 403), "{error}");
        assert_eq!(self.world.state_hash(), before, "a denied call changed the world");
        error.message
    }
}

#[test]
fn audit_session_should_read_and_be_kept_from_writing_by_its_session_policy() {
    let mut fixture = Fixture::new();
    let session = json!({"Policy": AUDIT_SESSION});
    let audit = fixture.enter(Scenario::InSync, ADMIN, session).unwrap();
    fixture.iam(&audit, "GetRole", json!({"RoleName": "digitalex-finops"})).unwrap();
    let message = fixture.denied(&audit, "digitalex-other", None);
    assert!(
        message.ends_with("because no session policy allows the iam:CreateRole action"),
        "{message}"
    );
}

#[test]
fn session_policy_should_confine_writes_to_the_roles_that_it_names() {
    let mut fixture = Fixture::new();
    let session = json!({"Policy": ROLES_OF_ONE_PREFIX});
    let apply = fixture.enter(Scenario::Ordinary, ADMIN, session).unwrap();
    fixture.create_role(&apply, "digitalex-finops", None).unwrap();
    assert!(fixture.denied(&apply, "other", None).contains("session policy"));
}

#[test]
fn managed_session_policy_should_limit_as_an_inline_one_does() {
    let mut fixture = Fixture::new();
    let session = json!({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}]});
    let audit = fixture.enter(Scenario::Ordinary, ADMIN, session).unwrap();
    fixture.iam(&audit, "ListRoles", json!({})).unwrap();
    assert!(fixture.denied(&audit, "digitalex-finops", None).contains("session policy"));
}

#[test]
fn service_control_policy_should_be_named_where_it_denies_iam_writes() {
    let mut fixture = Fixture::new();
    let admin = fixture.enter(Scenario::IamWritesDenied, ADMIN, json!({})).unwrap();
    fixture.iam(&admin, "ListRoles", json!({})).unwrap();
    let message = fixture.denied(&admin, "digitalex-finops", None);
    assert!(message.ends_with("with an explicit deny in a service control policy"), "{message}");
    let root = Credentials::root_of(fixture.account(Scenario::IamWritesDenied));
    assert!(fixture.denied(&root, "digitalex-finops", None).contains("service control policy"));
}

#[test]
fn service_control_policy_should_let_a_role_with_the_demanded_boundary_be_created() {
    let mut fixture = Fixture::new();
    let admin = fixture.enter(Scenario::BoundaryDemanded, ADMIN, json!({})).unwrap();
    let account = fixture.account(Scenario::BoundaryDemanded);
    let boundary = format!("arn:aws:iam::{account}:policy/org-boundary");
    let other = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert!(fixture.denied(&admin, "digitalex-finops", None).contains("service control policy"));
    assert!(fixture.denied(&admin, "digitalex-finops", Some(other)).contains("service control"));
    fixture.create_role(&admin, "digitalex-finops", Some(&boundary)).unwrap();
}

#[test]
fn permissions_boundary_should_limit_a_role_that_may_do_everything() {
    let mut fixture = Fixture::new();
    let admin = fixture.enter(Scenario::Ordinary, ADMIN, json!({})).unwrap();
    let boundary = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    let arn =
        fixture.create_role(&admin, "bounded", Some(boundary)).unwrap()["Role"]["Arn"].clone();
    let everything = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attachment = json!({"RoleName": "bounded", "PolicyArn": everything});
    let management = Credentials::management_root();
    let bare = fixture.assume(&management, arn.as_str().unwrap(), json!({})).unwrap();
    let message = fixture.denied(&bare, "digitalex-finops", None);
    assert!(message.contains("no identity-based policy allows"), "{message}");
    fixture.iam(&admin, "AttachRolePolicy", attachment).unwrap();
    fixture.iam(&bare, "ListRoles", json!({})).unwrap();
    let message = fixture.denied(&bare, "digitalex-finops", None);
    assert!(message.contains("no permissions boundary allows"), "{message}");
}

#[test]
fn account_should_be_entered_only_where_its_admin_role_lets_the_management_account_in() {
    let cases = [
        (Scenario::Ordinary, ADMIN, true),
        (Scenario::InSync, ADMIN, true),
        (Scenario::IamWritesDenied, ADMIN, true),
        (Scenario::ControlTower, ADMIN, false),
        (Scenario::ControlTower, "AWSControlTowerExecution", true),
        (Scenario::Invited, ADMIN, false),
        (Scenario::AdminRoleMissing, ADMIN, false),
        (Scenario::AdminRoleTrustsAnother, ADMIN, false),
        (Scenario::Suspended, ADMIN, false),
        (Scenario::Closed, ADMIN, false),
        (Scenario::InSync, "digitalex-finops", false),
    ];
    let mut fixture = Fixture::new();
    for (scenario, admin, enters) in cases {
        match fixture.enter(scenario, admin, json!({})) {
            Ok(_) => assert!(enters, "{scenario:?} was entered by {admin}"),
            Err(error) => {
                assert!(!enters, "{scenario:?}: {error}");
                assert_eq!((error.code, error.http_status), ("AccessDenied", 403));
            }
        }
    }
}

#[test]
fn digitalex_should_get_in_only_by_the_trust_and_with_the_external_id() {
    // The scenario; with the right external id, with a wrong one, without one.
    let cases = [
        (Scenario::InSync, [true, false, false]),
        (Scenario::HandMade, [true, false, false]),
        (Scenario::ForeignRole, [false, false, false]),
        (Scenario::Drifted(Drift::TrustChanged), [true, false, false]),
        (Scenario::Drifted(Drift::ExternalIdMissing), [true, true, true]),
        (Scenario::Drifted(Drift::WrongAccountTrusted), [false, false, false]),
        (Scenario::Drifted(Drift::PrincipalGone), [false, false, false]),
    ];
    let mut fixture = Fixture::new();
    let digitalex = Credentials::root_of(DIGITALEX_ACCOUNT);
    let external_ids =
        [json!({"ExternalId": EXTERNAL_ID}), json!({"ExternalId": "tenant-0043"}), json!({})];
    for (scenario, wanted) in cases {
        let role = format!("arn:aws:iam::{}:role/digitalex-finops", fixture.account(scenario));
        let found = external_ids.clone().map(|id| fixture.assume(&digitalex, &role, id).is_ok());
        assert_eq!(found, wanted, "{scenario:?}");
    }
}

#[test]
fn digitalex_should_read_but_not_write() {
    let mut fixture = Fixture::new();
    let role = format!("arn:aws:iam::{}:role/digitalex-finops", fixture.account(Scenario::InSync));
    let digitalex = Credentials::root_of(DIGITALEX_ACCOUNT);
    let session = fixture.assume(&digitalex, &role, json!({"ExternalId": EXTERNAL_ID})).unwrap();
    fixture.iam(&session, "ListRoles", json!({})).unwrap();
    let message = fixture.denied(&session, "other", None);
    assert!(message.contains("no identity-based policy allows"), "{message}");
}
