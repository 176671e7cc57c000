use serde_json::{Value, json};

use super::Fixture;

const DENY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}"#;

#[test]
fn accounts_should_be_listed_twenty_a_page_each_once() {
    let (mut fixture, members) = Fixture::organization(45);
    let (mut ids, mut sizes, mut token) = (Vec::new(), Vec::new(), Value::Null);
    loop {
        let page = fixture.ok("organizations", "ListAccounts", json!({"NextToken": token}));
        let accounts = page["Accounts"].as_array().unwrap();
        sizes.push(accounts.len());
        ids.extend(accounts.iter().map(|it| it["Id"].as_str().unwrap().to_owned()));
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let mut expected = members;
    expected.push("111111111111".to_owned());
    expected.sort();
    assert_eq!((ids, sizes), (expected, vec![20, 20, 6]));
}

#[test]
fn an_account_should_tell_where_it_stands() {
    let (mut fixture, members) = Fixture::organization(1);
    let account = &members[0];
    let root = root(&mut fixture);
    let outer = unit(&mut fixture, &root, "Workloads");
    let inner = unit(&mut fixture, &outer, "Production");
    let there = json!({"AccountId": account, "SourceParentId": root, "DestinationParentId": inner});
    fixture.ok("organizations", "MoveAccount", there.clone());
    assert_eq!(
        fixture.refused("organizations", "MoveAccount", there),
        "SourceParentNotFoundException"
    );

    let described = fixture.ok("organizations", "DescribeAccount", json!({"AccountId": account}));
    let organization = fixture.world.state().organization.as_ref().unwrap().id.clone();
    let path = format!("{organization}/{root}/{outer}/{inner}/{account}/");
    assert_eq!(described["Account"]["Paths"], json!([path]));
    let parents = fixture.ok("organizations", "ListParents", json!({"ChildId": account}));
    assert_eq!(parents["Parents"], json!([{"Id": inner, "Type": "ORGANIZATIONAL_UNIT"}]));
    for (operation, list, parent, child) in [
        ("ListAccountsForParent", "Accounts", &inner, account),
        ("ListOrganizationalUnitsForParent", "OrganizationalUnits", &outer, &inner),
    ] {
        let page = fixture.ok("organizations", operation, json!({"ParentId": parent}));
        assert_eq!(page[list][0]["Id"], json!(child));
        assert_eq!(page[list].as_array().unwrap().len(), 1);
    }
    let gone = json!({"OrganizationalUnitId": inner});
    let code = fixture.refused("organizations", "DeleteOrganizationalUnit", gone);
    assert_eq!(code, "OrganizationalUnitNotEmptyException");
}

#[test]
fn a_closed_account_should_say_so_in_state_and_status() {
    let (mut fixture, members) = Fixture::organization(1);
    let account = json!({"AccountId": members[0]});
    fixture.ok("organizations", "CloseAccount", account.clone());
    let described = fixture.ok("organizations", "DescribeAccount", account.clone());
    assert_eq!(described["Account"]["State"], "PENDING_CLOSURE");
    assert_eq!(described["Account"]["Status"], "PENDING_CLOSURE");
    let code = fixture.refused("organizations", "CloseAccount", account);
    assert_eq!(code, "AccountAlreadyClosedException");
}

#[test]
fn only_the_management_account_and_delegated_administrators_should_list() {
    let (mut fixture, members) = Fixture::organization(2);
    let delegate = json!({"AccountId": members[0], "ServicePrincipal": "x.amazonaws.com"});
    fixture.ok("organizations", "RegisterDelegatedAdministrator", delegate);
    let list = |fixture: &mut Fixture, member: &str| {
        fixture.credentials = crate::Credentials::root_of(member.parse().unwrap());
        let page = fixture.call("organizations", "ListAccounts", json!({}));
        let change = json!({"AccountId": members[1]});
        let close = fixture.refused("organizations", "CloseAccount", change);
        (page.map(|_| ()).map_err(|error| error.code), close)
    };
    let denied = "AccessDeniedException";
    assert_eq!(list(&mut fixture, &members[0]), (Ok(()), denied));
    assert_eq!(list(&mut fixture, &members[1]), (Err(denied), denied));
}

#[test]
fn policies_should_be_attached_only_where_enabled_and_never_all_taken_away() {
    let (mut fixture, members) = Fixture::organization(1);
    let policy = json!({"Name": "deny", "Description": "", "Content": DENY, "Type": "SERVICE_CONTROL_POLICY"});
    let created = fixture.ok("organizations", "CreatePolicy", policy.clone());
    let id = created["Policy"]["PolicySummary"]["Id"].as_str().unwrap().to_owned();
    assert_eq!(
        fixture.refused("organizations", "CreatePolicy", policy),
        "DuplicatePolicyException"
    );
    let attach = json!({"PolicyId": id, "TargetId": members[0]});
    let early = fixture.refused("organizations", "AttachPolicy", attach.clone());
    assert_eq!(early, "PolicyTypeNotEnabledException");

    let root = root(&mut fixture);
    let enable = json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"});
    fixture.ok("organizations", "EnablePolicyType", enable);
    fixture.ok("organizations", "AttachPolicy", attach.clone());
    let again = fixture.refused("organizations", "AttachPolicy", attach.clone());
    assert_eq!(again, "DuplicatePolicyAttachmentException");
    let delete = fixture.refused("organizations", "DeletePolicy", json!({"PolicyId": id}));
    assert_eq!(delete, "PolicyInUseException");
    fixture.ok("organizations", "DetachPolicy", attach);
    let last = json!({"PolicyId": "p-FullAWSAccess", "TargetId": members[0]});
    let refused = fixture.refused("organizations", "DetachPolicy", last);
    assert_eq!(refused, "ConstraintViolationException");
}

#[test]
fn only_created_accounts_should_hold_the_access_role() {
    let (fixture, members) = Fixture::organization(1);
    let holds = |id: &str| {
        let account = &fixture.world.state().accounts[&id.parse().unwrap()];
        account.iam.role("OrganizationAccountAccessRole").is_some()
    };
    assert_eq!((holds(&members[0]), holds("111111111111")), (true, false));
}

#[test]
fn reads_should_leave_the_state_as_it_was() {
    let (mut fixture, members) = Fixture::organization(3);
    fixture.create_role("r");
    let root = root(&mut fixture);
    let before = fixture.world.state_hash();
    let reads = [
        ("organizations", "DescribeOrganization", json!({})),
        ("organizations", "ListRoots", json!({})),
        ("organizations", "ListAccounts", json!({})),
        ("organizations", "ListChildren", json!({"ParentId": root, "ChildType": "ACCOUNT"})),
        ("organizations", "ListTagsForResource", json!({"ResourceId": members[0]})),
        ("organizations", "ListCreateAccountStatus", json!({})),
        ("organizations", "ListPolicies", json!({"Filter": "SERVICE_CONTROL_POLICY"})),
        ("organizations", "ListDelegatedAdministrators", json!({})),
        ("iam", "GetRole", json!({"RoleName": "r"})),
        ("iam", "ListRolePolicies", json!({"RoleName": "r"})),
        ("iam", "ListAttachedRolePolicies", json!({"RoleName": "r"})),
        ("iam", "GetAccountAuthorizationDetails", json!({})),
        ("iam", "ListPolicies", json!({})),
        ("iam", "GetAccountSummary", json!({})),
        ("sts", "GetCallerIdentity", json!({})),
    ];
    for (service, operation, input) in reads {
        fixture.ok(service, operation, input);
        assert_eq!(fixture.world.state_hash(), before, "{operation}");
    }
    fixture.ok("iam", "DeleteRole", json!({"RoleName": "r"}));
    assert_ne!(fixture.world.state_hash(), before);
}

#[test]
fn the_same_seed_and_calls_should_give_the_same_world() {
    let hash = |seed| {
        let (mut fixture, _) = Fixture::organization(0);
        fixture.world.state_mut().seed = seed;
        let input = json!({"Email": "a@example.com", "AccountName": "a"});
        fixture.ok("organizations", "CreateAccount", input);
        fixture.world.state_hash()
    };
    assert_eq!(hash(5), hash(5));
    assert_ne!(hash(5), hash(6));
}

fn root(fixture: &mut Fixture) -> String {
    let roots = fixture.ok("organizations", "ListRoots", json!({}));
    roots["Roots"][0]["Id"].as_str().unwrap().to_owned()
}

fn unit(fixture: &mut Fixture, parent: &str, name: &str) -> String {
    let input = json!({"ParentId": parent, "Name": name});
    let created = fixture.ok("organizations", "CreateOrganizationalUnit", input);
    created["OrganizationalUnit"]["Id"].as_str().unwrap().to_owned()
}
