use super::policy;

/// What the differences mean, one for each statement of which something is said.
fn meanings(wanted: &str, found: &str) -> Vec<String> {
    let comparison = policy(&format!("[{wanted}]")).compare(&policy(&format!("[{found}]")));
    let statements = comparison.unwrap().statements.into_iter();
    statements.filter_map(|statement| statement.meaning).collect()
}

const BUCKET: &str = r#"["arn:aws:s3:::acme-cur", "arn:aws:s3:::acme-cur/*"]"#;

fn allow(actions: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": {actions}, "Resource": {resource}}}"#)
}

fn read_bucket() -> String {
    allow(r#"["s3:GetObject", "s3:ListBucket"]"#, BUCKET)
}

fn read_costs() -> String {
    allow(r#"["ce:Get*", "ce:Desc*", "ce:List*"]"#, r#""*""#)
}

#[test]
fn what_digitalex_can_no_longer_read_should_be_told_by_name() {
    let spelled_wider = allow(r#"["ce:Get*", "ce:Desc*", "s3:*"]"#, r#""*""#);
    let narrow = allow(r#"["ce:Get*", "ce:Desc*", "ce:List*", "s3:GetObject"]"#, r#""*""#);
    let told = meanings(&narrow, &spelled_wider);
    let lost_costs = "DigitalEx can no longer read Cost Explorer".to_owned();
    assert!(told.contains(&lost_costs), "the bucket can still be read: {told:?}");
    let both = format!("{}, {}", read_bucket(), read_costs());
    let lost = "DigitalEx can no longer read the CUR bucket acme-cur";
    assert_eq!(meanings(&both, &read_costs()), [lost]);
    assert_eq!(meanings(&both, &read_bucket()), ["DigitalEx can no longer read Cost Explorer"]);
    let without_objects = allow(r#""s3:ListBucket""#, BUCKET);
    assert_eq!(meanings(&read_bucket(), &without_objects), [lost]);
    let elsewhere = allow(r#"["s3:GetObject", "s3:ListBucket"]"#, r#""arn:aws:s3:::other""#);
    let told = meanings(&read_bucket(), &elsewhere);
    assert_eq!(told, ["DigitalEx could read what is in other (S3)", lost]);
    let purchase = allow(r#""ce:StartSavingsPlansPurchaseRecommendationGeneration""#, r#""*""#);
    assert_eq!(
        meanings(&format!("{}, {purchase}", read_costs()), &read_costs()),
        ["DigitalEx can no longer call ce:StartSavingsPlansPurchaseRecommendationGeneration"]
    );
}

#[test]
fn what_digitalex_could_do_beyond_that_should_be_told_by_name() {
    let with = |extra: &str| meanings(&read_costs(), &format!("{}, {extra}", read_costs()));
    let everything = allow(r#""*""#, r#""*""#);
    assert_eq!(with(&everything), ["DigitalEx could do anything in this account"]);
    let iam = allow(r#"["iam:*", "s3:Get*"]"#, r#""*""#);
    let told = "DigitalEx could do anything in the roles, users and policies of IAM and read all buckets (S3)";
    assert_eq!(with(&iam), [told]);
    let one_role = allow(r#""iam:*""#, r#""arn:aws:iam::*:role/a""#);
    let told = "DigitalEx could do anything in the roles, users and policies of IAM (arn:aws:iam::*:role/a)";
    assert_eq!(with(&one_role), [told]);
    let one_thing = allow(r#""*""#, r#""arn:aws:iam::*:role/a""#);
    assert_eq!(with(&one_thing), ["DigitalEx could do anything in arn:aws:iam::*:role/a"]);
    let handed_out = allow(r#"["sts:GetFederationToken", "s3:ListAllMyBuckets"]"#, r#""*""#);
    let told = "DigitalEx could call s3:ListAllMyBuckets, sts:GetFederationToken";
    assert_eq!(with(&handed_out), [told]);
    let pattern = allow(r#""s3:GetObject""#, r#""arn:aws:s3:::acme-*""#);
    assert_eq!(with(&pattern), ["DigitalEx could read what is in acme-* (S3)"]);
    assert_eq!(with(&allow(r#""*:*""#, r#""*""#)), ["DigitalEx could do anything in this account"]);
    let more = allow(r#"["ce:Get*", "ce:Desc*", "ce:List*", "ec2:TerminateInstances"]"#, r#""*""#);
    let told = "DigitalEx could call ec2:TerminateInstances";
    assert_eq!(meanings(&read_costs(), &more), [told]);
}

#[test]
fn denial_should_be_told_as_what_is_lost_and_its_end_as_nothing() {
    let deny = r#"{"Effect": "Deny", "Action": "ce:*", "Resource": "*"}"#;
    let denied = format!("{}, {deny}", read_costs());
    assert_eq!(meanings(&read_costs(), &denied), ["DigitalEx can no longer use Cost Explorer"]);
    assert_eq!(meanings(&denied, &read_costs()), [""; 0]);
    let elsewhere = deny.replace("ce:*", "iam:*");
    assert_eq!(
        meanings(&read_costs(), &format!("{}, {elsewhere}", read_costs())),
        ["it denies nothing that DigitalEx needs"]
    );
    let at_times =
        deny.replace('}', r#", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#);
    assert_eq!(meanings(&read_costs(), &format!("{}, {at_times}", read_costs())), [""; 0]);
}

#[test]
fn whole_policy_should_be_told_by_what_it_allows() {
    let billing = policy(&format!("[{}, {}]", read_bucket(), read_costs()));
    assert_eq!(
        billing.meaning_if_missing([].iter()).as_deref(),
        Some("DigitalEx can no longer read Cost Explorer, the CUR bucket acme-cur")
    );
    let denying = policy(r#"[{"Effect": "Deny", "Action": "*", "Resource": "*"}]"#);
    assert_eq!(denying.meaning_if_extra([].iter()), None);
    let inverse = policy(r#"[{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]"#);
    assert_eq!(inverse.meaning_if_extra([].iter()), None);
}

#[test]
fn policy_under_another_name_should_be_told_as_the_same() {
    let costs = policy(&format!("[{}]", read_costs()));
    let more = policy(&format!("[{}, {}]", read_bucket(), allow(r#""ce:*""#, r#""*""#)));
    let same = Some("another inline policy allows the same");
    assert_eq!(costs.meaning_if_missing([more.clone()].iter()).as_deref(), same);
    let nothing = Some("it allows nothing beyond what is wanted");
    assert_eq!(costs.meaning_if_extra([more.clone()].iter()).as_deref(), nothing);
    assert_ne!(more.meaning_if_extra([costs].iter()).as_deref(), nothing);
}

const ROOT: &str = r#"{"AWS": "arn:aws:iam::911403356698:root"}"#;
const CONDITION: &str = r#", "Condition": {"StringEquals": {"sts:ExternalId": "secret-canary"}}"#;

fn trust(principal: &str, rest: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"{rest}}}"#)
}

#[test]
fn whoever_could_assume_the_role_should_be_named() {
    let wanted = trust(ROOT, CONDITION);
    let also = r#"{"AWS": ["911403356698", "444455556666"]}"#;
    assert_eq!(
        meanings(&wanted, &trust(also, CONDITION)),
        ["account 444455556666 could assume this role"]
    );
    let anyone = "any AWS account could assume this role";
    assert_eq!(meanings(&wanted, &format!("{wanted}, {}", trust(r#""*""#, ""))), [anyone]);
    let deleted = r#"{"AWS": ["911403356698", "AROABSVR3ABIVBVEIKFCV"]}"#;
    assert_eq!(
        meanings(&wanted, &trust(deleted, CONDITION)),
        ["nobody more can assume this role: who was trusted is deleted"]
    );
    let unasked = format!("{wanted}, {}", trust(ROOT, ""));
    let another = "another customer of DigitalEx could have DigitalEx assume this role";
    assert_eq!(meanings(&wanted, &unasked), [another]);
    let denied = trust(r#"{"AWS": "444455556666"}"#, "").replace("Allow", "Deny");
    let told = meanings(&format!("{wanted}, {denied}"), &wanted);
    assert_eq!(told, [""; 0], "what is no longer denied is not thereby allowed");
    let service = trust(r#"{"Service": "ec2.amazonaws.com"}"#, "");
    assert_eq!(
        meanings(&wanted, &format!("{wanted}, {service}")),
        ["ec2.amazonaws.com could assume this role"]
    );
}

#[test]
fn digitalex_that_is_locked_out_and_a_tenant_that_is_not_asked_for_should_be_told() {
    let wanted = trust(ROOT, CONDITION);
    let other = trust(r#"{"AWS": "444455556666"}"#, CONDITION);
    let told = meanings(&wanted, &other);
    assert!(told.contains(&"DigitalEx can no longer assume this role".to_owned()), "{told:?}");
    let another = "another customer of DigitalEx could have DigitalEx assume this role";
    assert_eq!(meanings(&wanted, &trust(ROOT, "")), [another]);
    let others = trust(r#"{"AWS": "444455556666"}"#, "");
    assert!(!meanings(&wanted, &others).contains(&another.to_owned()));
    let changed = trust(ROOT, &CONDITION.replace("secret", "other"));
    assert_eq!(meanings(&wanted, &changed), [another]);
}

#[test]
fn names_in_a_found_policy_should_not_write_over_a_terminal() {
    let extra = allow(r#""ec2:\u001b[2J""#, r#""*""#);
    let told = meanings(&read_costs(), &format!("{}, {extra}", read_costs()));
    assert!(!told.concat().contains('\u{1b}'), "{told:?}");
}
