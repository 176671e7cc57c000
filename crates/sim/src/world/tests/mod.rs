//! The world, through its operations as any client calls them.

mod cost_reports;
mod denials;
mod iam;
mod limits;
mod organizations;
mod sessions;
mod users;

use digitalex_core::AccountId;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{AwsError, Credentials, World};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::911403356698:root"},"Action":"sts:AssumeRole"}]}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

/// A world, and who calls.
struct Fixture {
    world: World,
    credentials: Credentials,
}

impl Fixture {
    /// The management account's root, without an organization.
    fn new() -> Self {
        let management: AccountId = "111111111111".parse().unwrap();
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let world = World::new(management, 1, now);
        Self { world, credentials: Credentials::management_root() }
    }

    /// An organization with so many members, whose ids are given too.
    fn organization(members: usize) -> (Self, Vec<String>) {
        let mut fixture = Self::new();
        fixture.ok("organizations", "CreateOrganization", json!({"FeatureSet": "ALL"}));
        let create = |number| {
            let email = format!("account{number}@example.com");
            let input = json!({"Email": email, "AccountName": format!("account {number}")});
            let status = fixture.ok("organizations", "CreateAccount", input);
            status["CreateAccountStatus"]["AccountId"].as_str().unwrap().to_owned()
        };
        let ids = (0..members).map(create).collect();
        (fixture, ids)
    }

    fn call(&mut self, service: &str, operation: &str, input: Value) -> Result<Value, AwsError> {
        self.world.call(&self.credentials, service, operation, input)
    }

    fn ok(&mut self, service: &str, operation: &str, input: Value) -> Value {
        self.call(service, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    /// The code with which the call is refused; nothing may have changed.
    fn refused(&mut self, service: &str, operation: &str, input: Value) -> &'static str {
        let before = self.world.state_hash();
        let code = match self.call(service, operation, input) {
            Ok(output) => panic!("{operation} was served: {output}"),
            Err(error) => error.code,
        };
        assert_eq!(
            before,
            self.world.state_hash(),
            "{operation} was refused and changed something"
        );
        code
    }

    fn create_role(&mut self, name: &str) -> Value {
        let input = json!({"RoleName": name, "AssumeRolePolicyDocument": TRUST});
        self.ok("iam", "CreateRole", input)
    }

    fn pass(&mut self, seconds: i64) {
        let now = self.world.now().as_second() + seconds;
        self.world.set_now(Timestamp::from_second(now).unwrap());
    }
}
