//! Other people's AWS clients, unmodified, against the product's sandbox.

use anyhow::Result;
use digitalex_tests::{Sandbox, Venv};
use serde_json::Value;

/// What a client saw of a sandbox of 60 accounts, after it made a role there.
fn looked_at(by: impl Fn(&Venv, &[(&str, &str)]) -> Result<Value>) -> Result<Value> {
    let sandbox = Sandbox::start(&["--accounts", "60"])?;
    let env = sandbox.client_env();
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    by(&Venv::open()?, &env)
}

#[test]
fn peer_boto3_should_list_assume_and_create_in_the_sandbox() -> Result<()> {
    let seen = looked_at(|venv, env| venv.python("sandbox_boto3.py", env, &[]))?;
    assert_eq!(seen["accounts"], 60);
    Ok(())
}

#[test]
fn peer_aws_cli_should_list_assume_and_create_in_the_sandbox() -> Result<()> {
    let seen = looked_at(|venv, env| venv.bash("sandbox_awscli.sh", env, &[]))?;
    assert_eq!(seen["accounts"], 60);
    Ok(())
}

#[test]
fn peer_aws_cli_should_list_the_payers_reports_of_the_sandbox() -> Result<()> {
    let seen = looked_at(|venv, env| venv.bash("sandbox_reports.sh", env, &[]))?;
    assert_eq!(seen["reports"], 4);
    Ok(())
}

#[test]
fn peer_boto3_should_call_as_a_user_with_that_users_secret_alone() -> Result<()> {
    let seen = looked_at(|venv, env| venv.python("sandbox_access_key.py", env, &[]))?;
    assert_eq!(seen["caller"], seen["user"]);
    assert_eq!(seen["stranger"], "SignatureDoesNotMatch");
    assert_eq!(seen["used"], "sts");
    Ok(())
}
