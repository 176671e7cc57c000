//! The hub: a principal of the management account that holds the policy of deploy/hub-role and
//! nothing else, in a simulated organization, which enforces it.

use std::fs;
use std::path::Path;

use axum::body::{Body, to_bytes};
use axum::middleware::map_response;
use axum::response::Response;
use digitalex_core::AccountId;
use serde_json::{Value, json};

use crate::rigs::{MANAGEMENT, SdkRig, ServedSandbox};

/// A policy of the caller, to be read and to have parts taken away.
#[derive(Debug, Clone)]
pub struct CallerPolicy(Value);

/// A part of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// What may be done.
    Action,
    /// To what.
    Resource,
}

/// An organization, and a user of its management account with one policy.
pub struct Hub {
    /// The organization. Its answers lack `Account.Paths`, as an endpoint's may.
    pub sandbox: ServedSandbox,
    /// The OU that the first member stands in.
    pub ou: String,
    access_key_id: String,
    secret_access_key: String,
}

/// The tag of [`Hub::tagged`].
pub const TAG: (&str, &str) = ("cost-center", "4711");

impl CallerPolicy {
    /// `deploy/hub-role/<name>`.
    ///
    /// # Panics
    /// It is not there, or not JSON.
    #[must_use]
    pub fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/hub-role");
        let text = fs::read_to_string(folder.join(name)).expect("the policy is there");
        Self(serde_json::from_str(&text).expect("the policy is JSON"))
    }

    /// The values of an element by statement: (`Sid`, value).
    #[must_use]
    pub fn all(&self, element: Element) -> Vec<(String, String)> {
        let of = |statement: &Value| {
            let sid = statement["Sid"].as_str().expect("a Sid").to_owned();
            let values = listed(&statement[element.name()]);
            values.into_iter().map(|value| (sid.clone(), value)).collect::<Vec<_>>()
        };
        self.statements().iter().flat_map(of).collect()
    }

    /// Without one value of an element of the statement `sid`.
    #[must_use]
    pub fn without(&self, element: Element, sid: &str, value: &str) -> Self {
        let mut statements = self.statements().clone();
        for statement in statements.iter_mut().filter(|statement| statement["Sid"] == sid) {
            let mut values = listed(&statement[element.name()]);
            values.retain(|other| other != value);
            // A list must not be empty; this names nothing that there is.
            statement[element.name()] = match (values.is_empty(), element) {
                (false, _) => json!(values),
                (true, Element::Action) => json!("none:None"),
                (true, Element::Resource) => json!("arn:aws:iam::000000000000:role/none"),
            };
        }
        Self(json!({"Version": self.0["Version"], "Statement": statements}))
    }

    /// Without the statement `sid`.
    #[must_use]
    pub fn without_statement(&self, sid: &str) -> Self {
        let mut statements = self.statements().clone();
        statements.retain(|statement| statement["Sid"] != sid);
        Self(json!({"Version": self.0["Version"], "Statement": statements}))
    }

    /// The document.
    #[must_use]
    pub const fn document(&self) -> &Value {
        &self.0
    }

    fn statements(&self) -> &Vec<Value> {
        self.0["Statement"].as_array().expect("a list of statements")
    }
}

impl Element {
    const fn name(self) -> &'static str {
        match self {
            Self::Action => "Action",
            Self::Resource => "Resource",
        }
    }
}

impl Hub {
    /// A new organization whose caller holds `policy`: of its members the first stands in an OU, the
    /// second has a tag, and the third was made by Control Tower.
    ///
    /// # Panics
    /// It cannot be made.
    pub async fn holding(policy: &CallerPolicy) -> Self {
        let without_paths = |face: axum::Router| face.layer(map_response(without_paths));
        let sandbox = ServedSandbox::start_behind(5, without_paths).await;
        let as_root =
            |service, operation, request| sandbox.call(MANAGEMENT, service, operation, request);
        let roots = as_root("organizations", "ListRoots", json!({}));
        let root = &roots["Roots"][0]["Id"];
        let unit = json!({"ParentId": root, "Name": "Workloads"});
        let unit = as_root("organizations", "CreateOrganizationalUnit", unit);
        let ou = &unit["OrganizationalUnit"]["Id"];
        let move_in = json!({"AccountId": sandbox.members[0], "SourceParentId": root, "DestinationParentId": ou});
        as_root("organizations", "MoveAccount", move_in);
        let tag =
            json!({"ResourceId": sandbox.members[1], "Tags": [{"Key": TAG.0, "Value": TAG.1}]});
        as_root("organizations", "TagResource", tag);
        hand_to_control_tower(&sandbox, sandbox.members[2]);

        as_root("iam", "CreateUser", json!({"UserName": "hub"}));
        let document = policy.0.to_string();
        let policy = json!({"UserName": "hub", "PolicyName": "caller", "PolicyDocument": document});
        as_root("iam", "PutUserPolicy", policy);
        let key = as_root("iam", "CreateAccessKey", json!({"UserName": "hub"}));
        let of_key = |member| key["AccessKey"][member].as_str().expect("a key").to_owned();
        let ou = ou.as_str().expect("an OU").to_owned();
        let access_key_id = of_key("AccessKeyId");
        Self { sandbox, ou, access_key_id, secret_access_key: of_key("SecretAccessKey") }
    }

    /// The real adapter with the hub's credentials.
    ///
    /// # Errors
    /// The organization cannot be described.
    pub async fn rig(&self) -> Result<SdkRig, digitalex_engine::CallError> {
        let Self { sandbox, access_key_id, secret_access_key, .. } = self;
        SdkRig::try_connect_as(&sandbox.url, access_key_id, secret_access_key).await
    }

    /// The real adapter as the root user of the management account.
    pub async fn root(&self) -> SdkRig {
        SdkRig::connect(&self.sandbox.url).await
    }

    /// The member in the OU.
    #[must_use]
    pub fn in_ou(&self) -> AccountId {
        self.sandbox.members[0]
    }

    /// The member with the tag.
    #[must_use]
    pub fn tagged(&self) -> AccountId {
        self.sandbox.members[1]
    }

    /// The member that Control Tower made.
    #[must_use]
    pub fn of_control_tower(&self) -> AccountId {
        self.sandbox.members[2]
    }
}

/// Its role in place of that of AWS Organizations.
fn hand_to_control_tower(sandbox: &ServedSandbox, member: AccountId) {
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    let iam = |operation, request| sandbox.call(member, "iam", operation, request);
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": MANAGEMENT}, "Action": "sts:AssumeRole"
    }]});
    let role = "AWSControlTowerExecution";
    iam("CreateRole", json!({"RoleName": role, "AssumeRolePolicyDocument": trust.to_string()}));
    iam("AttachRolePolicy", json!({"RoleName": role, "PolicyArn": administrator}));
    let role = "OrganizationAccountAccessRole";
    let held = iam("ListAttachedRolePolicies", json!({"RoleName": role}));
    for policy in held["AttachedPolicies"].as_array().into_iter().flatten() {
        iam("DetachRolePolicy", json!({"RoleName": role, "PolicyArn": policy["PolicyArn"]}));
    }
    let held = iam("ListRolePolicies", json!({"RoleName": role}));
    for name in held["PolicyNames"].as_array().into_iter().flatten() {
        iam("DeleteRolePolicy", json!({"RoleName": role, "PolicyName": name}));
    }
    iam("DeleteRole", json!({"RoleName": role}));
}

/// The answer without `Account.Paths`.
async fn without_paths(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("an answer in memory");
    let Ok(mut value) = serde_json::from_slice::<Value>(&body) else {
        return Response::from_parts(head, Body::from(body));
    };
    let listed = value.get_mut("Accounts").and_then(Value::as_array_mut).into_iter().flatten();
    for account in listed {
        account.as_object_mut().expect("an account").remove("Paths");
    }
    if let Some(account) = value.get_mut("Account").and_then(Value::as_object_mut) {
        account.remove("Paths");
    }
    head.headers.remove("content-length");
    Response::from_parts(head, Body::from(value.to_string()))
}

fn listed(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        one => vec![text(one)],
    }
}
