//! The product's own simulated organization, as a server process, and the product run against it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Output, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::rollout::TENANT_ID;
use crate::{CleanEnv, product};

/// A running sandbox, killed on drop.
#[derive(Debug)]
pub struct Sandbox {
    process: Child,
    address: String,
    environment: CleanEnv,
}

/// What one run of the product gave.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Sandbox {
    /// Starts one with these arguments and the tests' tenant id on a free port.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(args: &[&str]) -> Result<Self> {
        let environment = CleanEnv::new()?;
        let mut process = environment
            .command(product()?)
            .args(["sandbox", "--port", "0"])
            .args(args)
            .env("DIGITALEX_TENANT_ID", TENANT_ID)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start the sandbox")?;
        let stdout = process.stdout.take().context("the sandbox has no output")?;
        let mut sandbox = Self { process, address: String::new(), environment };
        let mut lines = BufReader::new(stdout).lines();
        let printed = lines.by_ref().map_while(Result::ok).find_map(|line| endpoint(&line));
        sandbox.address = printed.context("the sandbox printed no endpoint")?;
        // Whatever else it prints is drained, so that it never blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(sandbox)
    }

    /// What points an AWS client at it, as the management account's root.
    #[must_use]
    pub fn client_env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_ACCESS_KEY_ID", "AKIASANDBOX".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "sandbox-canary-secret-key".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
    }

    /// Runs the product against it, with the tests' tenant id.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run(&self, args: &[&str]) -> Result<Run> {
        let mut command = self.environment.command(product()?);
        command.args(args).envs(self.client_env()).env("DIGITALEX_TENANT_ID", TENANT_ID);
        Run::of(command.stdin(Stdio::null()).output().context("cannot start the product")?)
    }

    /// A digest of all that stands in the organization.
    ///
    /// # Errors
    /// It does not answer.
    pub fn state_hash(&self) -> Result<String> {
        self.get("/_sandbox/state-hash")
    }

    /// The calls that it answered, by operation.
    ///
    /// # Errors
    /// It does not answer.
    pub fn calls(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.get("/_sandbox/calls")?)?)
    }

    fn get(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: sandbox\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP answer")?;
        ensure!(head.contains(" 200 "), "{path}: {head}");
        Ok(body.to_owned())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It is gone already where either fails.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Run {
    /// What a finished process gave.
    ///
    /// # Errors
    /// It was ended by a signal.
    pub fn of(output: Output) -> Result<Self> {
        Ok(Self {
            code: output.status.code().context("ended by a signal")?,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// It is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn endpoint(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("http://")?;
    let end = rest.find(|character: char| !character.is_ascii_digit() && !".:".contains(character));
    Some(rest[..end.unwrap_or(rest.len())].to_owned())
}
