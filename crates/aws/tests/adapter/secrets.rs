//! The sink over Secrets Manager.

use axum::response::Response;
use digitalex_aws::{SecretsManagerOptions, SecretsManagerSink};
use digitalex_core::{AccessKeyId, IdentityName};
use digitalex_engine::{CallError, CallErrorKind, KeyOwner, KeySink, KeySinkError, NewAccessKey};
use secrecy::ExposeSecret;
use serde_json::{Value, json as value};

use crate::fake_aws::{
    Asked, BASE_KEY, FakeAws, account, json, json_error, session, the_role, xml_error,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const NAME: &str = "digitalex/111111111001/digitalex-finops";
const OLD: &str = "11111111-1111-1111-1111-111111111111";
/// That of the key.
const VERSION: &str = "1a5d44a2-dca1-9669-d72e-df4c4f1c27c4";

fn owner() -> KeyOwner {
    KeyOwner { account: account(1), user: the_role().name }
}

fn id() -> AccessKeyId {
    "AKIAIOSFODNN7EXAMPLE".parse().unwrap()
}

fn key() -> NewAccessKey {
    NewAccessKey { id: id(), secret: SECRET.into() }
}

fn sink(aws: &FakeAws) -> SecretsManagerSink {
    aws.connection.secrets_manager_sink(SecretsManagerOptions::default(), "run1")
}

fn not_found() -> Response {
    json_error("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

/// Versions with their stages.
type Described = &'static [(&'static str, &'static [&'static str])];

/// What `DescribeSecret` says.
fn stages(of: Described) -> Response {
    let stages: Value =
        of.iter().map(|(version, stages)| (version.to_string(), value!(stages))).collect();
    json(&value!({"Name": NAME, "VersionIdsToStages": stages}))
}

fn parameter<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    asked.parameters.get(name).map(String::as_str)
}

#[tokio::test]
async fn first_key_should_be_kept_in_a_new_secret() {
    let aws = FakeAws::start(|asked| match asked.operation.as_str() {
        "PutSecretValue" => not_found(),
        _ => json(&value!({"Name": NAME})),
    })
    .await;
    let options = SecretsManagerOptions {
        kms_key_id: Some("alias/keys".to_owned()),
        ..SecretsManagerOptions::default()
    };
    let sink = aws.connection.secrets_manager_sink(options, "run1");
    sink.keep(&owner(), &key()).await.unwrap();
    let asked = &aws.asked("CreateSecret")[0];
    assert_eq!(parameter(asked, "Name"), Some(NAME));
    assert_eq!(parameter(asked, "ClientRequestToken"), Some(VERSION));
    assert_eq!(parameter(asked, "KmsKeyId"), Some("alias/keys"));
    let tags = r#"[{"Key":"digitalex:managed-by","Value":"digitalex-rollout"}]"#;
    assert_eq!(parameter(asked, "Tags"), Some(tags));
    let text: Value = serde_json::from_str(parameter(asked, "SecretString").unwrap()).unwrap();
    let expected = value!({
        "account_id": "111111111001", "user_name": "digitalex-finops",
        "access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": SECRET,
    });
    assert_eq!(text, expected);
    assert_eq!(asked.access_key, BASE_KEY);
}

#[tokio::test]
async fn key_should_be_the_pending_version_of_a_secret_that_is_there() {
    let aws = FakeAws::start(|_| json(&value!({"Name": NAME}))).await;
    sink(&aws).keep(&owner(), &key()).await.unwrap();
    let asked = &aws.asked("PutSecretValue")[0];
    assert_eq!(parameter(asked, "SecretId"), Some(NAME));
    assert_eq!(parameter(asked, "VersionStages"), Some(r#"["AWSPENDING"]"#));
    assert_eq!(parameter(asked, "ClientRequestToken"), Some(VERSION));
    assert_eq!(aws.counts(), [("PutSecretValue".to_owned(), 1)].into());
}

#[tokio::test]
async fn key_should_be_put_into_a_secret_that_came_to_be_in_between() {
    let aws = FakeAws::start(|asked| match (asked.operation.as_str(), asked.before) {
        ("PutSecretValue", 0) => not_found(),
        ("CreateSecret", _) => json_error("ResourceExistsException", "already exists"),
        _ => json(&value!({"Name": NAME})),
    })
    .await;
    sink(&aws).keep(&owner(), &key()).await.unwrap();
    assert_eq!(aws.counts()["PutSecretValue"], 2);
}

#[tokio::test]
async fn lost_answers_should_be_made_up_for_under_the_same_token() {
    let aws = FakeAws::start(|asked| match asked.before {
        0 => xml_error(500, "InternalServiceError", "x"),
        1 => json_error("ThrottlingException", "slow down"),
        _ => json(&value!({"Name": NAME})),
    })
    .await;
    sink(&aws).keep(&owner(), &key()).await.unwrap();
    let asked = aws.asked("PutSecretValue");
    let tokens: Vec<_> = asked.iter().map(|it| parameter(it, "ClientRequestToken")).collect();
    assert_eq!(tokens, [Some(VERSION); 3]);
}

#[tokio::test]
async fn promoted_key_should_become_the_current_version() {
    let cases: [(Described, Option<Option<&str>>); 3] = [
        (&[(OLD, &["AWSCURRENT"]), (VERSION, &["AWSPENDING"])], Some(Some(OLD))),
        (&[(VERSION, &["AWSPENDING"])], Some(None)),
        (&[(VERSION, &["AWSCURRENT", "AWSPENDING"])], None),
    ];
    for (described, moved_from) in cases {
        let aws = FakeAws::start(move |asked| match asked.operation.as_str() {
            "DescribeSecret" => stages(described),
            _ => json(&value!({"Name": NAME})),
        })
        .await;
        sink(&aws).promote(&owner(), &id()).await.unwrap();
        let asked = aws.asked("UpdateSecretVersionStage");
        let moved: Vec<_> = asked
            .iter()
            .map(|it| {
                ["VersionStage", "MoveToVersionId", "RemoveFromVersionId"]
                    .map(|name| parameter(it, name))
            })
            .collect();
        let expected = moved_from.map(|from| [Some("AWSCURRENT"), Some(VERSION), from]);
        assert_eq!(moved, Vec::from_iter(expected));
    }
}

#[tokio::test]
async fn promotion_whose_answer_was_lost_should_be_found_done() {
    let aws = FakeAws::start(|asked| match (asked.operation.as_str(), asked.before) {
        ("DescribeSecret", 0) => stages(&[(OLD, &["AWSCURRENT"])]),
        ("DescribeSecret", _) => stages(&[(OLD, &["AWSPREVIOUS"]), (VERSION, &["AWSCURRENT"])]),
        (_, 0) => xml_error(500, "InternalServiceError", "x"),
        _ => json_error("InvalidParameterException", "the stage is not there"),
    })
    .await;
    sink(&aws).promote(&owner(), &id()).await.unwrap();
    assert_eq!(aws.counts()["UpdateSecretVersionStage"], 2);
}

#[tokio::test]
async fn forgotten_key_should_no_longer_be_pending_and_its_secret_stay() {
    let cases: [(Described, usize); 2] = [
        (&[(OLD, &["AWSCURRENT"]), (VERSION, &["AWSPENDING"])], 1),
        (&[(VERSION, &["AWSCURRENT"]), (OLD, &["AWSPENDING"])], 0),
    ];
    for (described, calls) in cases {
        let aws = FakeAws::start(move |asked| match asked.operation.as_str() {
            "DescribeSecret" => stages(described),
            _ => json(&value!({"Name": NAME})),
        })
        .await;
        sink(&aws).forget(&owner(), &id()).await.unwrap();
        let asked = aws.asked("UpdateSecretVersionStage");
        assert_eq!(asked.len(), calls);
        for asked in asked {
            assert_eq!(parameter(&asked, "VersionStage"), Some("AWSPENDING"));
            assert_eq!(parameter(&asked, "RemoveFromVersionId"), Some(VERSION));
            assert_eq!(parameter(&asked, "MoveToVersionId"), None);
        }
        assert_eq!(aws.counts().len(), 1 + calls, "nothing else is asked");
    }
    let aws = FakeAws::start(|_| not_found()).await;
    sink(&aws).forget(&owner(), &id()).await.unwrap();
}

#[tokio::test]
async fn key_should_be_read_back_by_its_version() {
    let text = value!({
        "account_id": "111111111001", "user_name": "digitalex-finops",
        "access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": SECRET,
    });
    let aws = FakeAws::start(move |_| json(&value!({"SecretString": text.to_string()}))).await;
    let stored = sink(&aws).reveal(&owner(), &id()).await.unwrap();
    assert_eq!(stored.key.secret.expose_secret(), SECRET);
    assert_eq!(parameter(&aws.asked("GetSecretValue")[0], "VersionId"), Some(VERSION));
    let other = "AKIAIOSFODNN7ANOTHER".parse().unwrap();
    let error = sink(&aws).reveal(&owner(), &other).await.unwrap_err();
    assert!(!told(&error).contains(SECRET), "{}", told(&error));
}

/// All that an error says, to people and in a log.
fn told(error: &KeySinkError) -> String {
    let source = error.source.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{error}: {source} {error:?}")
}

#[tokio::test]
async fn failure_should_tell_place_operation_and_next_step_and_never_the_secret() {
    let quoting = format!("Value '{SECRET}' at 'secretString' failed to satisfy constraint");
    let cases = [
        ("AccessDeniedException", "no".to_owned(), "allow secretsmanager:PutSecretValue"),
        (
            "InvalidRequestException",
            "marked for deletion".to_owned(),
            "restore-secret --region us-east-1",
        ),
        ("ValidationException", quoting, "Value (hidden)"),
        ("ResourceExistsException", "another value".to_owned(), "holds something else"),
        ("EncryptionFailure", "KMS".to_owned(), "try again"),
    ];
    for (code, message, expected) in cases {
        let aws = FakeAws::start(move |_| json_error(code, &message)).await;
        let error = sink(&aws).keep(&owner(), &key()).await.unwrap_err();
        let told = told(&error);
        for part in [expected, code, "PutSecretValue", &format!("secretsmanager:us-east-1:{NAME}")]
        {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains(SECRET), "{told}");
        assert!(error.source.unwrap().is::<CallError>());
    }
}

#[tokio::test]
async fn secrets_should_be_reached_by_the_role_and_in_the_region_that_are_set() {
    const ROLE: &str = "arn:aws:iam::222222222222:role/secrets";
    let aws = FakeAws::start(|asked| match (asked.operation.as_str(), asked.before) {
        ("AssumeRole", _) => session(asked),
        (_, 1) => json_error("ExpiredTokenException", "expired"),
        _ => json(&value!({"Name": NAME})),
    })
    .await;
    let options = SecretsManagerOptions {
        region: Some("eu-central-1".to_owned()),
        role_arn: Some(ROLE.to_owned()),
        prefix: "keys/".parse().unwrap(),
        ..SecretsManagerOptions::default()
    };
    let sink = aws.connection.secrets_manager_sink(options, "run1");
    let place = "secretsmanager:eu-central-1:keys/111111111001/digitalex-finops";
    assert_eq!(sink.place(&owner(), &id()), place);
    for _ in 0..3 {
        sink.keep(&owner(), &key()).await.unwrap();
    }
    let asked = aws.asked("AssumeRole");
    assert_eq!(asked.len(), 2, "once, and once more when it had expired");
    assert_eq!(parameter(&asked[0], "RoleArn"), Some(ROLE));
    assert_eq!(parameter(&asked[0], "RoleSessionName"), Some("digitalex-rollout-run1"));
    let keys: Vec<_> =
        aws.asked("PutSecretValue").into_iter().map(|it| (it.access_key, it.region)).collect();
    let by = |session| (format!("ASIA222222222222N{session}"), "eu-central-1".to_owned());
    assert_eq!(keys, [by(0), by(0), by(1), by(1)]);
}

#[tokio::test]
async fn role_that_cannot_be_assumed_should_be_named() {
    let aws = FakeAws::start(|_| xml_error(403, "AccessDenied", "not authorized")).await;
    let role_arn = Some("arn:aws:iam::222222222222:role/secrets".to_owned());
    let options = SecretsManagerOptions { role_arn, ..SecretsManagerOptions::default() };
    let sink = aws.connection.secrets_manager_sink(options, "run1");
    let error = sink.keep(&owner(), &key()).await.unwrap_err();
    assert!(told(&error).contains("let arn:aws:iam::222222222222:role/secrets be assumed"));
    let cause = error.source.unwrap().downcast::<CallError>().unwrap();
    assert!(matches!(cause.kind, CallErrorKind::Denied(_)));
}

#[tokio::test]
async fn name_of_a_secret_should_be_legal_and_its_users_alone() {
    let aws = FakeAws::start(|_| not_found()).await;
    let user = IdentityName::new("digitalex-a,b_+=.@-").unwrap();
    let place = sink(&aws).place(&KeyOwner { user, ..owner() }, &id());
    assert_eq!(place, "secretsmanager:us-east-1:digitalex/111111111001/digitalex-a/b_+=.@-");
}
