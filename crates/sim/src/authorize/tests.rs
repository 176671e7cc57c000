use std::collections::BTreeMap;

use super::{Decision, DeniedBy, Document, Policies, Request, authorize, authorize_assume_role};

const ADMIN: &str = "arn:aws:sts::111122223333:assumed-role/Admin/session";
const USER: &str = "arn:aws:iam::111122223333:user/ops/jo";
const ROLE: &str = "arn:aws:iam::111122223333:role/digitalex-finops";
const ROLE_ELSEWHERE: &str = "arn:aws:iam::444455556666:role/digitalex-finops";
const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const DENY_ALL: &str = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
const READ_ONLY: &str =
    r#"{"Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"}]}"#;

type Context<'a> = &'a [(&'a str, &'a [&'a str])];

fn document(text: &str) -> Document {
    Document::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn documents(texts: &[&str]) -> Vec<Document> {
    texts.iter().map(|text| document(text)).collect()
}

fn context(entries: Context<'_>) -> BTreeMap<String, Vec<String>> {
    let values = |values: &[&str]| values.iter().map(ToString::to_string).collect();
    entries.iter().map(|(key, list)| ((*key).to_owned(), values(list))).collect()
}

#[derive(Default, Clone, Copy)]
struct Given<'a> {
    identity: &'a [&'a str],
    boundary: Option<&'a str>,
    session: &'a [&'a str],
    service_control: &'a [&'a [&'a str]],
    is_root: bool,
}

fn decide(
    principal: &str,
    action: &str,
    resource: &str,
    trust: Option<&str>,
    given: Given<'_>,
    entries: Context<'_>,
) -> Decision {
    let context = context(entries);
    let request = Request {
        principal_arn: principal,
        principal_account: "111122223333".parse().expect("an account id"),
        action,
        resource,
        context: &context,
    };
    let boundary = given.boundary.map(document);
    let levels: Vec<_> = given.service_control.iter().map(|level| documents(level)).collect();
    let policies = Policies {
        identity: &documents(given.identity),
        boundary: boundary.as_ref(),
        session: &documents(given.session),
        service_control: &levels,
        is_root: given.is_root,
    };
    match trust {
        Some(trust) => authorize_assume_role(&request, &document(trust), &policies),
        None => authorize(&request, &policies),
    }
}

/// Whether a single identity policy with this statement allows `iam:CreateRole` on [`ROLE`].
fn allows(statement: &str, entries: Context<'_>) -> bool {
    let text =
        format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{statement}}}}}"#);
    let given = Given { identity: &[&text], ..Given::default() };
    decide(ADMIN, "iam:CreateRole", ROLE, None, given, entries) == Decision::Allowed
}

#[test]
fn authorize_should_name_the_layer_that_denies() {
    use Decision::{Allowed, Denied};
    use DeniedBy::{IdentityPolicy, PermissionsBoundary, ServiceControlPolicy, SessionPolicy};
    let admin = Given { identity: &[ALLOW_ALL], ..Given::default() };
    let cases: &[(&str, Given<'_>, Decision)] = &[
        ("admin", admin, Allowed),
        ("nothing", Given::default(), Denied(IdentityPolicy { explicit: false })),
        (
            "own deny",
            Given { identity: &[ALLOW_ALL, DENY_ALL], ..admin },
            Denied(IdentityPolicy { explicit: true }),
        ),
        (
            "audit session",
            Given { session: &[READ_ONLY], ..admin },
            Denied(SessionPolicy { explicit: false }),
        ),
        ("two session policies", Given { session: &[READ_ONLY, ALLOW_ALL], ..admin }, Allowed),
        (
            "session deny",
            Given { session: &[ALLOW_ALL, DENY_ALL], ..admin },
            Denied(SessionPolicy { explicit: true }),
        ),
        (
            "session alone",
            Given { session: &[ALLOW_ALL], ..Given::default() },
            Denied(IdentityPolicy { explicit: false }),
        ),
        (
            "boundary",
            Given { boundary: Some(READ_ONLY), ..admin },
            Denied(PermissionsBoundary { explicit: false }),
        ),
        (
            "boundary deny",
            Given { boundary: Some(DENY_ALL), ..admin },
            Denied(PermissionsBoundary { explicit: true }),
        ),
        (
            "SCPs allow",
            Given { service_control: &[&[ALLOW_ALL], &[READ_ONLY, ALLOW_ALL]], ..admin },
            Allowed,
        ),
        (
            "SCP of one level silent",
            Given { service_control: &[&[ALLOW_ALL], &[READ_ONLY], &[ALLOW_ALL]], ..admin },
            Denied(ServiceControlPolicy { explicit: false }),
        ),
        (
            "level without SCP",
            Given { service_control: &[&[ALLOW_ALL], &[]], ..admin },
            Denied(ServiceControlPolicy { explicit: false }),
        ),
        (
            "SCP deny beside silence",
            Given { service_control: &[&[], &[ALLOW_ALL, DENY_ALL]], ..admin },
            Denied(ServiceControlPolicy { explicit: true }),
        ),
        (
            "SCP allows, identity silent",
            Given { service_control: &[&[ALLOW_ALL]], ..Given::default() },
            Denied(IdentityPolicy { explicit: false }),
        ),
        (
            "explicit deny before implicit",
            Given { service_control: &[&[]], session: &[DENY_ALL], ..admin },
            Denied(SessionPolicy { explicit: true }),
        ),
        ("root", Given { is_root: true, boundary: Some(DENY_ALL), ..Given::default() }, Allowed),
        (
            "root under an SCP",
            Given { is_root: true, service_control: &[&[ALLOW_ALL, DENY_ALL]], ..Given::default() },
            Denied(ServiceControlPolicy { explicit: true }),
        ),
    ];
    for (name, given, wanted) in cases {
        assert_eq!(decide(ADMIN, "iam:CreateRole", ROLE, None, *given, &[]), *wanted, "{name}");
    }
}

#[test]
fn statement_should_match_actions_and_resources_as_iam_does() {
    let cases = [
        (r#""Action":"IAM:createrole","Resource":"*""#, true),
        (r#""Action":"iam:Create?ole","Resource":"*""#, true),
        (r#""Action":"iam:C*R*e","Resource":"*""#, true),
        (r#""Action":"iam:Create","Resource":"*""#, false),
        (r#""Action":["s3:*","iam:Get*"],"Resource":"*""#, false),
        (r#""NotAction":"iam:Delete*","Resource":"*""#, true),
        (r#""NotAction":["iam:*"],"Resource":"*""#, false),
        (r#""Action":"*","Resource":"arn:aws:iam::*:role/digitalex-*""#, true),
        (r#""Action":"*","Resource":"arn:aws:iam::*:role/DIGITALEX-*""#, false),
        (r#""Action":"*","Resource":"arn:aws:iam::111122223333:role/digitalex-finop""#, false),
        (r#""Action":"*","NotResource":"arn:aws:iam::*:role/digitalex-*""#, false),
        (r#""Action":"*","NotResource":"arn:aws:iam::*:role/other-*""#, true),
        (r#""Action":"*","Resource":"arn:aws:iam::${aws:PrincipalAccount}:role/*""#, true),
        (r#""Action":"*","Resource":"arn:aws:iam::${aws:Missing}:role/*""#, false),
        (
            r#""Action":"*","Resource":"arn:aws:iam::*:role/${aws:Missing, 'digitalex'}-finops""#,
            true,
        ),
        (r#""Action":"*","Resource":"arn:aws:iam::111122223333:role/${*}""#, false),
        (r#""Resource":"*","Action":[]"#, false),
    ];
    for (statement, wanted) in cases {
        assert_eq!(allows(statement, &[]), wanted, "{statement}");
    }
}

#[test]
fn policy_variable_should_be_plain_text_in_the_older_version() {
    let old = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::${aws:PrincipalAccount}:*"}}"#;
    let given = Given { identity: &[old], ..Given::default() };
    let decision = decide(ADMIN, "iam:CreateRole", ROLE, None, given, &[]);
    assert_eq!(decision, Decision::Denied(DeniedBy::IdentityPolicy { explicit: false }));
}

#[test]
fn condition_should_hold_as_iam_documents() {
    let team: Context<'_> = &[
        ("aws:requesttag/team", &["FinOps"]),
        ("aws:tagkeys", &["team", "env"]),
        ("aws:principaltag/team", &["FinOps"]),
        ("iam:permissionsboundary", &["arn:aws:iam::111122223333:policy/b:1"]),
        ("aws:currenttime", &["2026-11-23T12:00:00Z"]),
        ("aws:multifactorauthage", &["120"]),
        ("aws:sourceip", &["10.1.2.3"]),
        ("aws:securetransport", &["true"]),
    ];
    let cases = [
        (r#"{"StringEquals":{"AWS:RequestTag/Team":"FinOps"}}"#, true),
        (r#"{"StringEquals":{"aws:RequestTag/team":["x","FinOps"]}}"#, true),
        (r#"{"StringEquals":{"aws:RequestTag/team":"finops"}}"#, false),
        (r#"{"StringEquals":{"aws:RequestTag/team":"Fin*"}}"#, false),
        (r#"{"StringEquals":{"aws:RequestTag/team":"${aws:PrincipalTag/team}"}}"#, true),
        (r#"{"StringEqualsIgnoreCase":{"aws:RequestTag/team":"finops"}}"#, true),
        (r#"{"StringEqualsIgnoreCase":{"aws:RequestTag/team":"${aws:PrincipalTag/team}"}}"#, true),
        (r#"{"StringNotEqualsIgnoreCase":{"aws:RequestTag/team":"finops"}}"#, false),
        (r#"{"StringLike":{"aws:RequestTag/team":"Fin?p*"}}"#, true),
        (r#"{"StringNotLike":{"aws:RequestTag/team":"Fin*"}}"#, false),
        (r#"{"StringNotEquals":{"aws:RequestTag/team":["x","FinOps"]}}"#, false),
        (r#"{"StringEquals":{"missing":"a"}}"#, false),
        (r#"{"StringNotEquals":{"missing":"a"}}"#, true),
        (r#"{"StringEqualsIfExists":{"missing":"a"}}"#, true),
        (r#"{"StringEqualsIfExists":{"aws:RequestTag/team":"a"}}"#, false),
        (r#"{"Null":{"missing":"true"}}"#, true),
        (r#"{"Null":{"missing":false}}"#, false),
        (r#"{"Null":{"aws:RequestTag/team":"false"}}"#, true),
        (r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["team","env","x"]}}"#, true),
        (r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}"#, false),
        (r#"{"ForAllValues:StringEquals":{"missing":"a"}}"#, true),
        (r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":["team"]}}"#, true),
        (r#"{"ForAnyValue:StringEquals":{"missing":"a"}}"#, false),
        (r#"{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["team"]}}"#, true),
        (r#"{"StringNotEquals":{"aws:TagKeys":["team"]}}"#, false),
        (r#"{"ArnLike":{"iam:PermissionsBoundary":"arn:aws:iam::*:policy/b*"}}"#, true),
        (r#"{"ArnEquals":{"iam:PermissionsBoundary":"arn:aws:iam::*"}}"#, false),
        (r#"{"ArnNotLike":{"iam:PermissionsBoundary":"arn:aws:iam::*:policy/c"}}"#, true),
        (r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:sts::*:assumed-role/Admin/*"}}"#, false),
        (r#"{"Bool":{"aws:SecureTransport":true}}"#, true),
        (r#"{"Bool":{"aws:SecureTransport":"false"}}"#, false),
        (r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#, true),
        (r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":121}}"#, true),
        (r#"{"NumericLessThanEquals":{"aws:MultiFactorAuthAge":"119.5"}}"#, false),
        (r#"{"NumericNotEquals":{"aws:MultiFactorAuthAge":"120"}}"#, false),
        (r#"{"DateGreaterThan":{"aws:CurrentTime":"2026-11-23"}}"#, true),
        (r#"{"DateLessThan":{"aws:CurrentTime":"2026-11-23T11:00:00Z"}}"#, false),
        (r#"{"DateLessThan":{"aws:CurrentTime":"1893456000"}}"#, true),
        (r#"{"IpAddress":{"aws:SourceIp":["192.168.0.0/16","10.0.0.0/8"]}}"#, true),
        (r#"{"NotIpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#, false),
        (r#"{"IpAddress":{"aws:SourceIp":"10.1.2.4"}}"#, false),
        (r#"{"StringEquals":{"aws:RequestTag/team":"FinOps","aws:RequestTag/x":"y"}}"#, false),
    ];
    for (condition, wanted) in cases {
        let statement = format!(r#""Action":"*","Resource":"*","Condition":{condition}"#);
        assert_eq!(allows(&statement, team), wanted, "{condition}");
    }
}

/// A trust policy whose statement has this effect and principal element.
fn trust(effect: &str, principal: &str) -> String {
    format!(r#"{{"Effect":"{effect}","Action":"sts:AssumeRole",{principal}}}"#)
}

fn trusts(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

#[test]
fn trust_should_cover_each_form_of_principal() {
    let session: Context<'_> = &[("aws:userid", &["AROAEXAMPLE:session"])];
    let cases = [
        (r#""Principal":"*""#, true),
        (r#""Principal":{"AWS":"*"}"#, true),
        (r#""Principal":{"AWS":"111122223333"}"#, true),
        (r#""Principal":{"AWS":["444455556666","arn:aws:iam::111122223333:root"]}"#, true),
        (r#""Principal":{"AWS":"444455556666"}"#, false),
        (r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/Admin"}"#, true),
        (r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/a/path/Admin"}"#, true),
        (r#""Principal":{"AWS":"arn:aws:iam::444455556666:role/Admin"}"#, false),
        (r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/Adm"}"#, false),
        (r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/Admin"}"#, false),
        (r#""Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/Admin/session"}"#, true),
        (r#""Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/Admin/other"}"#, false),
        (r#""Principal":{"AWS":"AROAEXAMPLE"}"#, true),
        (r#""Principal":{"AWS":"AROAOTHER"}"#, false),
        (r#""Principal":{"Service":"ec2.amazonaws.com"}"#, false),
        (r#""Principal":{"Federated":"*"}"#, false),
        (r#""NotPrincipal":{"AWS":"444455556666"}"#, true),
        (r#""NotPrincipal":{"AWS":"111122223333"}"#, false),
    ];
    let given = Given { identity: &[ALLOW_ALL], ..Given::default() };
    for (principal, wanted) in cases {
        let trust = trusts(&[trust("Allow", principal)]);
        let decision =
            decide(ADMIN, "sts:AssumeRole", ROLE_ELSEWHERE, Some(&trust), given, session);
        let wanted =
            if wanted { Decision::Allowed } else { Decision::Denied(DeniedBy::TrustPolicy) };
        assert_eq!(decision, wanted, "{principal}");
    }
}

#[test]
fn assume_role_should_need_the_callers_policies_by_how_far_the_trust_reaches() {
    use Decision::{Allowed, Denied};
    use DeniedBy::{IdentityPolicy, PermissionsBoundary, ServiceControlPolicy, TrustPolicy};
    let account = r#""Principal":{"AWS":"111122223333"}"#;
    let user = r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/ops/jo"}"#;
    let role = r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/Admin"}"#;
    let nobody = r#""Principal":{"AWS":"999999999999"}"#;
    let none = Given::default();
    let admin = Given { identity: &[ALLOW_ALL], ..none };
    let bounded = Given { boundary: Some(READ_ONLY), ..none };
    let silent = Denied(IdentityPolicy { explicit: false });
    let cases: &[(&str, &str, &str, Given<'_>, Decision)] = &[
        (USER, ROLE_ELSEWHERE, user, none, silent),
        (USER, ROLE_ELSEWHERE, user, admin, Allowed),
        (USER, ROLE_ELSEWHERE, nobody, admin, Denied(TrustPolicy)),
        (USER, ROLE, nobody, admin, Denied(TrustPolicy)),
        (USER, ROLE, account, none, silent),
        (USER, ROLE, account, admin, Allowed),
        (USER, ROLE, user, none, Allowed),
        (USER, ROLE, user, bounded, Allowed),
        (ADMIN, ROLE, role, none, Allowed),
        (ADMIN, ROLE, role, bounded, Denied(PermissionsBoundary { explicit: false })),
        (
            USER,
            ROLE,
            user,
            Given { identity: &[DENY_ALL], ..none },
            Denied(IdentityPolicy { explicit: true }),
        ),
        (
            USER,
            ROLE,
            user,
            Given { service_control: &[&[]], ..none },
            Denied(ServiceControlPolicy { explicit: false }),
        ),
        (
            "ec2.amazonaws.com",
            ROLE,
            r#""Principal":{"Service":"ec2.amazonaws.com"}"#,
            none,
            Allowed,
        ),
        ("ec2.amazonaws.com", ROLE, account, none, Denied(TrustPolicy)),
        (
            "arn:aws:iam::111122223333:root",
            ROLE_ELSEWHERE,
            account,
            Given { is_root: true, ..none },
            Allowed,
        ),
    ];
    for (caller, role, principal, given, wanted) in cases {
        let trust = trusts(&[trust("Allow", principal)]);
        let decision = decide(caller, "sts:AssumeRole", role, Some(&trust), *given, &[]);
        assert_eq!(decision, *wanted, "{caller} → {role} with {principal}");
    }
}

#[test]
fn trust_should_deny_what_a_statement_denies_though_another_allows() {
    let anyone = trust("Allow", r#""Principal":"*""#);
    let denies = [
        (r#""Principal":{"AWS":"111122223333"}"#, false),
        (r#""Principal":{"AWS":"444455556666"}"#, true),
        (r#""NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/Admin"}"#, true),
        (r#""NotPrincipal":{"AWS":"444455556666"}"#, false),
    ];
    let given = Given { identity: &[ALLOW_ALL], ..Given::default() };
    for (principal, wanted) in denies {
        let trust = trusts(&[anyone.clone(), trust("Deny", principal)]);
        let decision = decide(ADMIN, "sts:AssumeRole", ROLE_ELSEWHERE, Some(&trust), given, &[]);
        assert_eq!(decision == Decision::Allowed, wanted, "{principal}");
    }
}

#[test]
fn trust_should_demand_the_external_id() {
    let principal = r#""Principal":{"AWS":"111122223333"},"Condition":{"StringEquals":{"sts:ExternalId":"tenant-1"}}"#;
    let trust = trusts(&[trust("Allow", principal)]);
    let given = Given { identity: &[ALLOW_ALL], ..Given::default() };
    let cases: [(Context<'_>, bool); 3] = [
        (&[("sts:externalid", &["tenant-1"])], true),
        (&[("sts:externalid", &["tenant-2"])], false),
        (&[], false),
    ];
    for (context, wanted) in cases {
        let decision =
            decide(ADMIN, "sts:AssumeRole", ROLE_ELSEWHERE, Some(&trust), given, context);
        assert_eq!(decision == Decision::Allowed, wanted, "{context:?}");
    }
}

#[test]
fn document_should_refuse_what_is_no_policy() {
    let texts = [
        "",
        "[]",
        "{}",
        r#"{"Version":"2012-10-18","Statement":[]}"#,
        r#"{"Statement":{"Effect":"Permit","Action":"*","Resource":"*"}}"#,
        r#"{"Statement":{"Action":"*","Resource":"*"}}"#,
        r#"{"Statement":{"Effect":"Allow","Actions":"*","Resource":"*"}}"#,
        r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringIs":{"a":"b"}}}}"#,
        r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NullIfExists":{"a":"true"}}}}"#,
    ];
    for text in texts {
        assert!(Document::parse(text).is_err(), "{text} was read");
    }
}
