//! The sink over Secrets Manager against a third party's, read with boto3.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use digitalex_aws::{
    AwsConnection, ConnectOptions, SandboxEndpoint, SecretsManagerOptions, SecretsManagerSink,
};
use digitalex_core::{AccessKeyId, IdentityName};
use digitalex_engine::{KeyOwner, KeySink, NewAccessKey};
use digitalex_tests::rigs::unpaced_caller;
use digitalex_tests::{MotoServer, Venv};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLE";
const NAME: &str = "digitalex/111122223333/digitalex-finops";

/// A sink in a moto server.
struct Rig {
    venv: Venv,
    moto: MotoServer,
    sink: SecretsManagerSink,
    owner: KeyOwner,
}

impl Rig {
    async fn start() -> Self {
        let venv = Venv::open().unwrap();
        let moto = MotoServer::start(&venv, &[]).unwrap();
        let endpoint = SandboxEndpoint {
            url: moto.url().to_owned(),
            access_key_id: "testing".to_owned(),
            secret_access_key: "testing".to_owned(),
        };
        let options = ConnectOptions {
            version: "0.0.0-test".to_owned(),
            sts_regions: Vec::new(),
            sandbox: Some(endpoint),
        };
        let connection = AwsConnection::connect(&options, unpaced_caller()).await;
        let sink = connection.secrets_manager_sink(SecretsManagerOptions::default(), "test");
        let user = IdentityName::new("digitalex-finops").unwrap();
        let owner = KeyOwner { account: "111122223333".parse().unwrap(), user };
        Self { venv, moto, sink, owner }
    }

    async fn keep(&self, number: usize) {
        let key = NewAccessKey { id: id(number), secret: secret(number).into() };
        self.sink.keep(&self.owner, &key).await.unwrap();
    }

    async fn promote(&self, number: usize) {
        self.sink.promote(&self.owner, &id(number)).await.unwrap();
    }

    async fn forget(&self, number: usize) {
        self.sink.forget(&self.owner, &id(number)).await.unwrap();
    }

    /// Fails unless boto3 finds these keys at these stages, and no others.
    fn expect(&self, stages: &[(&str, usize)]) {
        let read = self.venv.python("read_secret.py", &self.moto.client_env(), &[NAME]).unwrap();
        let expected: BTreeMap<_, _> =
            stages.iter().map(|(name, key)| (*name, held(*key))).collect();
        assert_eq!(read["stages"], json!(expected));
        assert_eq!(read["tags"], json!({"digitalex:managed-by": "digitalex-rollout"}));
    }
}

fn id(number: usize) -> AccessKeyId {
    format!("AKIAIOSFODNN7EXAM{number:03}").parse().unwrap()
}

fn secret(number: usize) -> String {
    format!("{SECRET}{number:03}")
}

fn held(number: usize) -> Value {
    json!({
        "account_id": "111122223333",
        "user_name": "digitalex-finops",
        "access_key_id": id(number),
        "secret_access_key": secret(number),
    })
}

#[tokio::test]
async fn peer_boto3_should_read_each_key_at_its_stage_through_two_rotations() {
    let rig = Rig::start().await;
    for _ in 0..2 {
        rig.keep(1).await;
        rig.promote(1).await;
        rig.expect(&[("AWSCURRENT", 1)]);
    }
    rig.keep(2).await;
    rig.keep(2).await;
    rig.expect(&[("AWSCURRENT", 1), ("AWSPENDING", 2)]);
    for _ in 0..2 {
        rig.promote(2).await;
        rig.expect(&[("AWSCURRENT", 2), ("AWSPENDING", 2), ("AWSPREVIOUS", 1)]);
    }
    rig.forget(1).await;
    rig.expect(&[("AWSCURRENT", 2), ("AWSPENDING", 2), ("AWSPREVIOUS", 1)]);

    // The third is made and given up again.
    rig.keep(3).await;
    rig.expect(&[("AWSCURRENT", 2), ("AWSPENDING", 3), ("AWSPREVIOUS", 1)]);
    for _ in 0..2 {
        rig.forget(3).await;
        rig.expect(&[("AWSCURRENT", 2), ("AWSPREVIOUS", 1)]);
    }
    for number in [1, 2] {
        let stored = rig.sink.reveal(&rig.owner, &id(number)).await.unwrap();
        assert_eq!(stored.key.secret.expose_secret(), secret(number));
    }
    let error = rig.sink.reveal(&rig.owner, &id(9)).await.unwrap_err();
    assert!(error.what.contains("was not kept there"), "{error}: {:?}", error.source);
}
