//! Other people in the accounts of a rig: they make calls that the product never makes, read what is there
//! without the product, and use its keys.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use digitalex_core::{AccessKeyId, AccountId};
use digitalex_sim::Credentials;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::rigs::{SdkRig, ServedSandbox, SimulatedPorts};
use crate::{MotoServer, Venv};

/// A call of IAM: its name and its parameters, as AWS spells them.
pub type IamCall = (&'static str, Value);

/// Other people.
#[async_trait]
pub trait Others: Send + Sync {
    /// Makes these calls in `account` as its administrator, one after the other, and gives the answers.
    fn call(&self, account: AccountId, calls: &[IamCall]) -> Vec<Value>;

    /// Makes a call with this key of a user.
    async fn use_key(&self, id: &AccessKeyId, secret: &str);

    /// Whether a user can have a permissions boundary here.
    fn can_bound_users(&self) -> bool {
        true
    }
}

/// A moto server, and what calls it.
#[derive(Debug)]
pub struct MotoOthers<'a> {
    /// Runs boto3.
    pub venv: &'a Venv,
    /// The server.
    pub moto: &'a MotoServer,
}

/// A user, read without the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenUser {
    /// Its path.
    pub path: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its keys, and whether each works.
    pub keys: BTreeMap<AccessKeyId, bool>,
    /// Its inline policies by name.
    pub inline: BTreeMap<String, Value>,
    /// The ARNs of its managed policies.
    pub managed: BTreeSet<String>,
}

impl SeenUser {
    /// Reads it.
    ///
    /// # Panics
    /// There is no such user.
    #[must_use]
    pub fn read(others: &dyn Others, account: AccountId, user: &str) -> Self {
        let of_user = || json!({ "UserName": user });
        let reads = ["GetUser", "ListUserTags", "ListAccessKeys", "ListUserPolicies"];
        let reads = reads.into_iter().chain(["ListAttachedUserPolicies"]);
        let calls: Vec<IamCall> = reads.map(|name| (name, of_user())).collect();
        let answers = others.call(account, &calls);
        let [found, tags, keys, inline, managed] = answers.as_slice() else {
            panic!("an answer to each call: {answers:?}")
        };
        let names: Vec<&str> = list(&inline["PolicyNames"]).filter_map(Value::as_str).collect();
        let of_policy = |name: &&str| json!({ "UserName": user, "PolicyName": name });
        let calls: Vec<IamCall> =
            names.iter().map(|name| ("GetUserPolicy", of_policy(name))).collect();
        let documents = others.call(account, &calls);
        let documents = documents.iter().map(|answer| parsed(&answer["PolicyDocument"]));
        Self {
            path: text(&found["User"]["Path"]),
            tags: list(&tags["Tags"]).map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect(),
            keys: list(&keys["AccessKeyMetadata"])
                .map(|key| (id(&key["AccessKeyId"]), key["Status"] == "Active"))
                .collect(),
            inline: names.into_iter().map(str::to_owned).zip(documents).collect(),
            managed: list(&managed["AttachedPolicies"])
                .map(|policy| text(&policy["PolicyArn"]))
                .collect(),
        }
    }

    /// Its keys that work.
    pub fn active(&self) -> impl Iterator<Item = &AccessKeyId> {
        self.keys.iter().filter(|(_, active)| **active).map(|(id, _)| id)
    }
}

/// The id of an access key in an answer.
///
/// # Panics
/// It is none.
#[must_use]
pub fn id(value: &Value) -> AccessKeyId {
    text(value).parse().expect("the id of an access key")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

/// A document, which IAM tells percent-encoded; boto3 decodes it.
fn parsed(document: &Value) -> Value {
    match document.as_str() {
        Some(text) => {
            let text = percent_decode_str(text).decode_utf8().expect("UTF-8");
            serde_json::from_str(&text).expect("a document")
        }
        None => document.clone(),
    }
}

#[async_trait]
impl Others for SimulatedPorts {
    fn call(&self, account: AccountId, calls: &[IamCall]) -> Vec<Value> {
        let keys = Credentials::root_of(account);
        self.sandbox().with_world(|world| {
            let answers = calls.iter().map(|(name, request)| {
                let answer = world.call(&keys, "iam", name, request.clone());
                answer.unwrap_or_else(|error| panic!("{name} {request}: {error}"))
            });
            answers.collect()
        })
    }

    async fn use_key(&self, id: &AccessKeyId, _: &str) {
        let keys = Credentials::new(id.as_str(), None);
        let called = self
            .sandbox()
            .with_world(|world| world.call(&keys, "sts", "GetCallerIdentity", json!({})));
        called.expect("the key works");
    }
}

#[async_trait]
impl Others for ServedSandbox {
    fn call(&self, account: AccountId, calls: &[IamCall]) -> Vec<Value> {
        let calls = calls.iter();
        calls.map(|(name, request)| self.call(account, "iam", name, request.clone())).collect()
    }

    async fn use_key(&self, id: &AccessKeyId, secret: &str) {
        SdkRig::try_connect_as(&self.url, id.as_str(), secret).await.expect("the key works");
    }
}

#[async_trait]
impl Others for MotoOthers<'_> {
    fn call(&self, account: AccountId, calls: &[IamCall]) -> Vec<Value> {
        let calls = json!(calls).to_string();
        let arguments = [&account.to_string(), calls.as_str()];
        let answers = self.venv.python("iam_calls.py", &self.moto.client_env(), &arguments);
        match answers.expect("the calls are accepted") {
            Value::Array(answers) => answers,
            other => panic!("no list: {other}"),
        }
    }

    async fn use_key(&self, id: &AccessKeyId, secret: &str) {
        // moto may show a member no organization; that it was asked with this key is all that matters.
        drop(SdkRig::try_connect_as(self.moto.url(), id.as_str(), secret).await);
    }

    fn can_bound_users(&self) -> bool {
        false
    }
}
