use serde_json::{Value, json};

use super::Fixture;
use crate::Credentials;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

fn with_user() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.ok("iam", "CreateUser", json!({"UserName": "u"}));
    fixture
}

/// A new key of the user, and its id.
fn create_key(fixture: &mut Fixture) -> (Credentials, String) {
    let key = fixture.ok("iam", "CreateAccessKey", json!({"UserName": "u"}));
    let id = key["AccessKey"]["AccessKeyId"].as_str().unwrap().to_owned();
    (Credentials::new(id.clone(), None), id)
}

fn last_used(fixture: &mut Fixture, key: &str) -> Value {
    let answer = fixture.ok("iam", "GetAccessKeyLastUsed", json!({"AccessKeyId": key}));
    answer["AccessKeyLastUsed"].clone()
}

#[test]
fn a_user_should_be_allowed_what_its_groups_are() {
    let mut fixture = with_user();
    let (member, policy) = (
        json!({"GroupName": "Readers", "UserName": "U"}),
        json!({"GroupName": "readers", "PolicyArn": READ_ONLY}),
    );
    fixture.ok("iam", "CreateGroup", json!({"GroupName": "Readers"}));
    fixture.ok("iam", "AttachGroupPolicy", policy.clone());
    let (key, _) = create_key(&mut fixture);
    let root = std::mem::replace(&mut fixture.credentials, key.clone());
    assert_eq!(fixture.refused("iam", "ListUsers", json!({})), "AccessDenied");
    fixture.credentials = root.clone();
    fixture.ok("iam", "AddUserToGroup", member.clone());
    fixture.credentials = key;
    fixture.ok("iam", "ListUsers", json!({}));
    fixture.credentials = root;
    let groups = fixture.ok("iam", "ListGroupsForUser", json!({"UserName": "u"}));
    assert_eq!(groups["Groups"][0]["GroupName"], "Readers");
    let entities = fixture.ok("iam", "ListEntitiesForPolicy", json!({"PolicyArn": READ_ONLY}));
    assert_eq!(entities["PolicyGroups"][0]["GroupName"], "Readers");
    fixture.ok("iam", "RemoveUserFromGroup", member.clone());
    assert_eq!(fixture.refused("iam", "RemoveUserFromGroup", member), "NoSuchEntity");
    let group = json!({"GroupName": "READERS"});
    assert_eq!(fixture.refused("iam", "DeleteGroup", group.clone()), "DeleteConflict");
    fixture.ok("iam", "DetachGroupPolicy", policy);
    fixture.ok("iam", "DeleteGroup", group);
}

#[test]
fn a_user_should_be_in_ten_groups_at_most() {
    let mut fixture = with_user();
    for number in 0..=10 {
        let group = format!("g{number}");
        fixture.ok("iam", "CreateGroup", json!({"GroupName": group}));
        let member = json!({"GroupName": group, "UserName": "u"});
        match number {
            10 => assert_eq!(fixture.refused("iam", "AddUserToGroup", member), "LimitExceeded"),
            _ => drop(fixture.ok("iam", "AddUserToGroup", member)),
        }
    }
}

#[test]
fn a_user_with_a_password_or_in_a_group_should_not_be_deleted() {
    let mut fixture = with_user();
    let user = json!({"UserName": "u"});
    assert_eq!(fixture.refused("iam", "GetLoginProfile", user.clone()), "NoSuchEntity");
    let short = json!({"UserName": "u", "Password": "short"});
    assert_eq!(fixture.refused("iam", "CreateLoginProfile", short), "PasswordPolicyViolation");
    let profile =
        json!({"UserName": "u", "Password": "long enough", "PasswordResetRequired": "true"});
    fixture.ok("iam", "CreateLoginProfile", profile.clone());
    assert_eq!(fixture.refused("iam", "CreateLoginProfile", profile), "EntityAlreadyExists");
    let found = fixture.ok("iam", "GetLoginProfile", user.clone());
    assert_eq!(found["LoginProfile"]["PasswordResetRequired"], true);
    assert!(!found.to_string().contains("long enough"), "{found}");
    assert_eq!(fixture.refused("iam", "DeleteUser", user.clone()), "DeleteConflict");
    fixture.ok("iam", "DeleteLoginProfile", user.clone());
    fixture.ok("iam", "CreateGroup", json!({"GroupName": "g"}));
    let member = json!({"GroupName": "g", "UserName": "u"});
    fixture.ok("iam", "AddUserToGroup", member.clone());
    assert_eq!(fixture.refused("iam", "DeleteUser", user.clone()), "DeleteConflict");
    fixture.ok("iam", "RemoveUserFromGroup", member);
    fixture.ok("iam", "DeleteUser", user);
}

#[test]
fn access_key_should_say_when_it_was_used_last() {
    let mut fixture = with_user();
    let (key, id) = create_key(&mut fixture);
    let never = json!({"ServiceName": "N/A", "Region": "N/A"});
    assert_eq!(last_used(&mut fixture, &id), never);
    let root = std::mem::replace(&mut fixture.credentials, key.in_region("eu-west-1"));
    fixture.pass(60);
    fixture.ok("sts", "GetCallerIdentity", json!({}));
    let used_at = fixture.world.now();
    fixture.credentials = root;
    fixture.pass(60);
    let used = json!({"ServiceName": "sts", "Region": "eu-west-1", "LastUsedDate": used_at});
    assert_eq!(last_used(&mut fixture, &id), used);
}
