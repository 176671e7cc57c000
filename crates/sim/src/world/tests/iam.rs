use serde_json::{Value, json};

use super::{Fixture, POLICY, TRUST};

#[test]
fn role_names_should_be_unique_ignoring_case() {
    let mut fixture = Fixture::new();
    fixture.create_role("digitalex-finops");
    let again = json!({"RoleName": "DigitalEx-FinOps", "AssumeRolePolicyDocument": TRUST});
    assert_eq!(fixture.refused("iam", "CreateRole", again), "EntityAlreadyExists");
    let found = fixture.ok("iam", "GetRole", json!({"RoleName": "DIGITALEX-FINOPS"}));
    assert_eq!(found["Role"]["RoleName"], "digitalex-finops");
}

#[test]
fn create_role_should_refuse_what_iam_refuses() {
    let long = "x".repeat(65);
    let wide = format!(r#"{{"Version":"2012-10-17","Id":"{}"}}"#, "\u{4e2d}");
    let big = format!("{}{}", TRUST, " ".repeat(2_048));
    let tags: Vec<Value> = (0..51).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect();
    let cases = [
        (json!({"RoleName": long}), "ValidationError"),
        (json!({"RoleName": "a b"}), "ValidationError"),
        (json!({"RoleName": ""}), "ValidationError"),
        (json!({"Path": "no-slash"}), "ValidationError"),
        (json!({"Description": "\u{4e2d}"}), "ValidationError"),
        (json!({"Description": "x".repeat(1_001)}), "ValidationError"),
        (json!({"MaxSessionDuration": "3599"}), "ValidationError"),
        (json!({"MaxSessionDuration": 43_201}), "ValidationError"),
        (json!({"AssumeRolePolicyDocument": "{"}), "MalformedPolicyDocument"),
        (json!({"AssumeRolePolicyDocument": POLICY}), "MalformedPolicyDocument"),
        (json!({"AssumeRolePolicyDocument": wide}), "ValidationError"),
        (json!({"AssumeRolePolicyDocument": big}), "LimitExceeded"),
        (json!({"PermissionsBoundary": "arn:aws:iam::aws:policy/Nope"}), "NoSuchEntity"),
        (json!({"Tags": tags}), "LimitExceeded"),
        (json!({"Tags": [{"Key": "aws:x", "Value": ""}]}), "InvalidInput"),
        (json!({"Tags": [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]}), "InvalidInput"),
    ];
    for (change, code) in cases {
        let mut input = json!({"RoleName": "r", "AssumeRolePolicyDocument": TRUST});
        for (key, value) in change.as_object().unwrap() {
            input[key] = value.clone();
        }
        let found = Fixture::new().refused("iam", "CreateRole", input);
        assert_eq!(found, code, "{}", change.to_string().chars().take(60).collect::<String>());
    }
}

#[test]
fn trust_should_refuse_a_role_that_a_known_account_lacks() {
    let mut fixture = Fixture::new();
    let trust = TRUST.replace("911403356698:root", "111111111111:role/nobody");
    let input = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust});
    assert_eq!(fixture.refused("iam", "CreateRole", input.clone()), "MalformedPolicyDocument");
    fixture.create_role("nobody");
    fixture.ok("iam", "CreateRole", input);
}

#[test]
fn inline_policies_of_a_role_should_share_one_quota() {
    let mut fixture = Fixture::new();
    fixture.create_role("r");
    let document =
        |chars: usize| POLICY.replace('*', &format!("arn:aws:s3:::{}", "x".repeat(chars)));
    let mut put = |name: &str, chars| {
        let input = json!({"RoleName": "r", "PolicyName": name, "PolicyDocument": document(chars)});
        fixture.call("iam", "PutRolePolicy", input).map_err(|error| error.code)
    };
    assert!(put("a", 6_000).is_ok());
    assert_eq!(put("b", 6_000), Err("LimitExceeded"));
    assert!(put("a", 7_000).is_ok(), "what is replaced must not be counted");
}

#[test]
fn a_role_should_hold_ten_managed_policies() {
    let mut fixture = Fixture::new();
    fixture.create_role("r");
    let attach = |arn: &str| json!({"RoleName": "r", "PolicyArn": arn});
    for policy in crate::world::iam::aws_managed::ALL.iter().take(10) {
        let arn = format!("arn:aws:iam::aws:policy/{}", policy.name);
        fixture.ok("iam", "AttachRolePolicy", attach(&arn));
        fixture.ok("iam", "AttachRolePolicy", attach(&arn));
    }
    let next = attach("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess");
    assert_eq!(fixture.refused("iam", "AttachRolePolicy", next), "LimitExceeded");
    let none = attach("arn:aws:iam::aws:policy/Nope");
    assert_eq!(fixture.refused("iam", "AttachRolePolicy", none), "NoSuchEntity");
}

#[test]
fn delete_should_be_refused_while_something_hangs_on() {
    let mut fixture = Fixture::new();
    let role = json!({"RoleName": "r"});
    let inline = json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": POLICY});
    fixture.create_role("r");
    let policy = json!({"PolicyName": "m", "PolicyDocument": POLICY});
    let arn = fixture.ok("iam", "CreatePolicy", policy)["Policy"]["Arn"].clone();
    let attached = json!({"RoleName": "r", "PolicyArn": arn});
    let managed = json!({"PolicyArn": arn});

    fixture.ok("iam", "PutRolePolicy", inline.clone());
    assert_eq!(fixture.refused("iam", "DeleteRole", role.clone()), "DeleteConflict");
    fixture.ok("iam", "DeleteRolePolicy", inline);
    fixture.ok("iam", "AttachRolePolicy", attached.clone());
    assert_eq!(fixture.refused("iam", "DeleteRole", role.clone()), "DeleteConflict");
    assert_eq!(fixture.refused("iam", "DeletePolicy", managed.clone()), "DeleteConflict");
    fixture.ok("iam", "DetachRolePolicy", attached);
    fixture.ok("iam", "DeletePolicy", managed);
    fixture.ok("iam", "DeleteRole", role.clone());
    assert_eq!(fixture.refused("iam", "GetRole", role), "NoSuchEntity");
}

#[test]
fn a_user_should_hold_two_access_keys() {
    let mut fixture = Fixture::new();
    let user = json!({"UserName": "u"});
    fixture.ok("iam", "CreateUser", user.clone());
    let key =
        fixture.ok("iam", "CreateAccessKey", user.clone())["AccessKey"]["AccessKeyId"].clone();
    fixture.ok("iam", "CreateAccessKey", user.clone());
    assert_eq!(fixture.refused("iam", "CreateAccessKey", user.clone()), "LimitExceeded");
    assert_eq!(fixture.refused("iam", "DeleteUser", user), "DeleteConflict");
    let info = fixture.ok("sts", "GetAccessKeyInfo", json!({"AccessKeyId": key}));
    assert_eq!(info["Account"], "111111111111");
}

#[test]
fn pages_should_lose_nothing_while_the_list_changes() {
    let mut fixture = Fixture::new();
    for number in 0..7 {
        fixture.create_role(&format!("r{number}"));
    }
    let first = fixture.ok("iam", "ListRoles", json!({"MaxItems": "3"}));
    assert_eq!(names(&first), ["r0", "r1", "r2"]);
    assert_eq!(first["IsTruncated"], true);
    let next = json!({"MaxItems": 10, "Marker": first["Marker"]});
    let undisturbed = fixture.ok("iam", "ListRoles", next.clone());
    assert_eq!(names(&undisturbed), ["r3", "r4", "r5", "r6"]);
    fixture.ok("iam", "DeleteRole", json!({"RoleName": "r2"}));
    let second = fixture.ok("iam", "ListRoles", next);
    assert_eq!(names(&second), ["r3", "r4", "r5", "r6"]);
    assert_eq!((&second["IsTruncated"], &second["Marker"]), (&json!(false), &Value::Null));
    for wrong in [json!({"Marker": "x"}), json!({"MaxItems": 0}), json!({"MaxItems": 1_001})] {
        assert_eq!(fixture.refused("iam", "ListRoles", wrong), "ValidationError");
    }
}

#[test]
fn update_role_should_reset_the_session_duration_that_is_not_sent() {
    let mut fixture = Fixture::new();
    fixture.create_role("r");
    fixture.ok("iam", "UpdateRole", json!({"RoleName": "r", "MaxSessionDuration": 7_200}));
    fixture.ok("iam", "UpdateRole", json!({"RoleName": "r", "Description": "d"}));
    let role = &fixture.ok("iam", "GetRole", json!({"RoleName": "r"}))["Role"];
    assert_eq!((&role["MaxSessionDuration"], &role["Description"]), (&json!(3_600), &json!("d")));
}

#[test]
fn documents_should_come_back_percent_encoded() {
    let mut fixture = Fixture::new();
    let role = fixture.create_role("r");
    let document = role["Role"]["AssumeRolePolicyDocument"].as_str().unwrap().to_owned();
    assert!(document.starts_with("%7B%22Version%22%3A%222012-10-17%22"), "{document}");
    let plain = percent_encoding::percent_decode_str(&document).decode_utf8().unwrap();
    assert_eq!(plain, TRUST);
}

fn names(page: &Value) -> Vec<&str> {
    let roles = page["Roles"].as_array().unwrap().iter();
    roles.map(|role| role["RoleName"].as_str().unwrap()).collect()
}

#[test]
fn trail_should_hold_the_writes_that_were_accepted_and_who_made_them() {
    let mut fixture = Fixture::new();
    fixture.create_role("before");
    fixture.world.start_trail();
    fixture.create_role("recorded");
    fixture.ok("iam", "GetRole", json!({"RoleName": "recorded"}));
    fixture.refused("iam", "DeleteRole", json!({"RoleName": "nobody"}));
    let [event] = fixture.world.trail() else { panic!("{:?}", fixture.world.trail()) };
    assert_eq!((event.operation, event.session.as_deref()), ("CreateRole", None));
    assert_eq!(event.account.to_string(), "111111111111");
}
