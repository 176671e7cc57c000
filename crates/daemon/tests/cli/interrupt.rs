//! Ctrl-C during a run, and the `sandbox` command that the run works against.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::run::TENANT;

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    fn interrupt(&self) {
        let sent = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }
}

fn binary(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_digitalex-rollout"));
    command.env_clear().env("HOME", folder.path()).current_dir(folder.path()).stdin(Stdio::null());
    command
}

/// A slow sandbox, and the variables that it prints.
fn sandbox(folder: &tempfile::TempDir) -> (Process, Vec<(String, String)>) {
    let arguments = ["sandbox", "--accounts", "30", "--latency-ms", "100"];
    let mut child =
        binary(folder).args(arguments).stdout(Stdio::piped()).spawn().expect("the sandbox starts");
    let lines = BufReader::new(child.stdout.take().expect("output")).lines();
    let exports = lines.map_while(Result::ok).filter_map(|line| {
        let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    (Process(child), exports.take(4).collect())
}

/// A run over it, one account after the other, that has read some accounts.
fn under_way(
    folder: &tempfile::TempDir,
    variables: Vec<(String, String)>,
    arguments: &[&str],
) -> (Process, Lines<BufReader<ChildStderr>>) {
    let mut child = binary(folder)
        .args(arguments)
        .args(["--concurrency", "1"])
        .envs(variables)
        .env("DIGITALEX_TENANT_ID", TENANT)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the run starts");
    let mut lines = BufReader::new(child.stderr.take().expect("errors")).lines();
    let first = lines.next().expect("a line").expect("text");
    assert!(first.contains("accounts read"), "{first}");
    (Process(child), lines)
}

#[test]
fn first_ctrl_c_should_report_the_rest_as_not_visited_and_exit_3() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_sandbox, variables) = sandbox(&folder);
    let (mut audit, lines) = under_way(&folder, variables, &["audit"]);
    audit.interrupt();
    let said = lines.map_while(Result::ok).collect::<Vec<_>>().join("\n");
    assert!(said.contains("stopping"), "{said}");
    let output = std::io::read_to_string(audit.0.stdout.take().expect("output")).expect("text");
    assert_eq!(audit.0.wait().expect("an end").code(), Some(3));
    assert!(output.contains("not visited ("), "{output}");
    assert!(output.contains("30  accounts"), "{output}");
}

#[test]
fn second_ctrl_c_should_exit_at_once_with_130() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_sandbox, variables) = sandbox(&folder);
    let (mut audit, mut lines) = under_way(&folder, variables, &["audit"]);
    audit.interrupt();
    assert!(lines.any(|line| line.is_ok_and(|line| line.contains("stopping"))));
    audit.interrupt();
    assert_eq!(audit.0.wait().expect("an end").code(), Some(130));
}

#[test]
fn run_that_is_stopped_at_once_should_leave_nothing_that_looks_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_sandbox, variables) = sandbox(&folder);
    let arguments = ["plan", "--output", "json"];
    let (mut plan, mut lines) = under_way(&folder, variables, &arguments);
    plan.interrupt();
    assert!(lines.any(|line| line.is_ok_and(|line| line.contains("stopping"))));
    plan.interrupt();
    assert_eq!(plan.0.wait().expect("an end").code(), Some(130));
    let output = std::io::read_to_string(plan.0.stdout.take().expect("output")).expect("text");
    assert!(output.contains("\"accounts\": [\n    {\"id\":"), "{output}");
    assert!(serde_json::from_str::<serde_json::Value>(&output).is_err(), "{output}");
    assert!(!folder.path().join("plan.json").exists());
}

#[test]
fn sandbox_should_end_on_ctrl_c_with_0() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut sandbox, variables) = sandbox(&folder);
    assert!(variables.iter().any(|(name, _)| name == "AWS_ENDPOINT_URL"), "{variables:?}");
    sandbox.interrupt();
    assert_eq!(sandbox.0.wait().expect("an end").code(), Some(0));
}
