//! A simulated organization in a process of its own.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use wait4::Wait4;

/// The tenant that the simulated roles trust.
pub(crate) const TENANT: &str = "sandbox-tenant";

/// How long the sandbox may take to answer a question about itself.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// What the simulated organization is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fleet {
    /// Each member account has the role as wanted.
    InSync,
    /// No member account has it.
    Untouched,
}

/// How the simulated AWS answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// As AWS does: 50 ms a call, and calls past its limits throttled.
    LikeAws,
    /// At once, without limits.
    Unbounded,
}

/// A running sandbox; it ends when this is dropped.
pub(crate) struct Sandbox {
    child: Option<Child>,
    /// Kept open, so that the sandbox can go on writing.
    output: BufReader<ChildStdout>,
    address: String,
    environment: BTreeMap<String, String>,
}

/// The calls that reached a sandbox, by operation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Traffic {
    arrived: BTreeMap<String, u64>,
    throttled: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct Announcement {
    endpoint: String,
    environment: BTreeMap<String, String>,
}

impl Sandbox {
    /// Starts one; the same size and fleet make the same organization. `program` is the command of
    /// the product, without arguments.
    ///
    /// # Errors
    /// It does not start, or does not say where it serves.
    pub(crate) fn start(
        mut program: Command,
        accounts: usize,
        fleet: Fleet,
        service: Service,
    ) -> Result<Self> {
        program.args(["sandbox", "--output", "json", "--port", "0"]);
        program.args(["--accounts", &accounts.to_string(), "--fleet", fleet.name()]);
        if service == Service::LikeAws {
            program.args(["--enforce-limits", "--latency-ms", "50"]);
        }
        program.env("DIGITALEX_TENANT_ID", TENANT).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = program.spawn().context("cannot start the sandbox")?;
        let output = child.stdout.take().context("the sandbox has no output")?;
        let mut sandbox = Self {
            child: Some(child),
            output: BufReader::new(output),
            address: String::new(),
            environment: BTreeMap::new(),
        };
        let said = serde_json::Deserializer::from_reader(&mut sandbox.output)
            .into_iter::<Announcement>()
            .next()
            .context("the sandbox ended before it served")?
            .context("the sandbox does not say where it serves")?;
        let address = said.endpoint.strip_prefix("http://").map(ToOwned::to_owned);
        sandbox.address = address.with_context(|| format!("{} is not HTTP", said.endpoint))?;
        sandbox.environment = said.environment;
        Ok(sandbox)
    }

    /// The variables that lead an AWS client to it.
    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// The calls so far.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) fn traffic(&self) -> Result<Traffic> {
        let body = get(&self.address, "/_sandbox/calls").context("the sandbox does not answer")?;
        serde_json::from_str(&body).with_context(|| format!("not a count of calls: {body}"))
    }

    /// Ends it; the CPU time that it took.
    ///
    /// # Errors
    /// It cannot be ended, or has ended before.
    pub(crate) fn stop(mut self) -> Result<Duration> {
        let mut child = self.child.take().context("the sandbox was stopped before")?;
        child.kill().context("cannot stop the sandbox")?;
        let end = child.wait4().context("cannot wait for the sandbox")?;
        Ok(end.rusage.utime + end.rusage.stime)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended by itself; then there is nothing to end.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Traffic {
    /// All calls, the throttled ones too.
    pub(crate) fn calls(&self) -> u64 {
        self.arrived.values().sum()
    }

    /// The calls that were turned away.
    pub(crate) fn throttled(&self) -> u64 {
        self.throttled.values().sum()
    }
}

impl Fleet {
    fn name(self) -> &'static str {
        match self {
            Self::InSync => "in-sync",
            Self::Untouched => "none",
        }
    }
}

/// The body of a page. HTTP/1.0, so that the answer is neither chunked nor kept open.
fn get(address: &str, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without a body")?;
    let status = head.lines().next().unwrap_or_default();
    ensure!(status.split(' ').nth(1) == Some("200"), "it answered {status}");
    Ok(body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_should_sum_over_operations() {
        let text = r#"{"arrived": {"GetRole": 5, "AssumeRole": 3}, "throttled": {"GetRole": 2}}"#;
        let traffic: Traffic = serde_json::from_str(text).unwrap();
        assert_eq!((traffic.calls(), traffic.throttled()), (8, 2));
    }

    #[test]
    fn sandbox_that_ends_before_it_serves_should_be_an_error() {
        let program = Command::new("true");
        let error = Sandbox::start(program, 10, Fleet::InSync, Service::Unbounded).err().unwrap();
        assert!(error.to_string().contains("ended before it served"), "{error}");
    }
}
