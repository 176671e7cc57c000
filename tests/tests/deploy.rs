//! What deploy/ holds is what the tools of each kind accept. A tool that is not on the machine is said on
//! standard error, and its test passes.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]
#![allow(clippy::print_stderr, reason = "a check that was left out is to be seen")]

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use digitalex_tests::daemon::DaemonHome;
use digitalex_tests::rigs::ServedSandbox;
use digitalex_tests::rollout::TENANT_ID;
use digitalex_tests::{CleanEnv, Venv, product};
use serde_json::Value;

/// The most that `systemd-analyze security` may find exposed, in tenths of its figure.
const EXPOSURE_MAX: &str = "12";
const UNITS: [&str; 2] = ["digitalex-rollout.service", "digitalex-rollout-audit.service"];

#[test]
fn systemd_units_should_be_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = UNITS.into_iter().chain(["digitalex-rollout-audit.timer"]);
    let units = names.map(|name| {
        // The program is not installed on the machine that tests.
        let text = text(&format!("systemd/{name}"));
        let path = folder.path().join(name);
        let installed = text.replace("/usr/local/bin/digitalex-rollout", "/bin/true");
        fs::write(&path, installed).expect("a copy");
        path
    });
    let units: Vec<PathBuf> = units.collect();
    let said =
        should_pass(Command::new("systemd-analyze").args(["verify", "--man=no"]).args(units));
    // It passes units in which it ignores a line.
    assert_eq!(said, "");
}

#[test]
fn systemd_units_should_leave_little_exposed() {
    for name in UNITS {
        let unit = deploy().join("systemd").join(name).canonicalize().expect("the unit");
        should_pass(
            Command::new("systemd-analyze")
                .args(["security", "--offline=true", "--no-pager"])
                .arg(format!("--threshold={EXPOSURE_MAX}"))
                .arg(unit),
        );
    }
}

#[test]
fn daemon_should_be_given_longer_to_stop_than_it_takes() {
    let deadline = |config: &str| number_after(config, "shutdown_deadline = \"");
    let by_default = deadline(include_str!("../../config/default.toml"));
    let unit = number_after(&text("systemd/digitalex-rollout.service"), "TimeoutStopSec=");
    assert!(unit > by_default, "systemd kills it after {unit} s, it stops within {by_default} s");
    let in_pod = deadline(&text("kubernetes/config.toml"));
    let pod =
        number_after(&text("kubernetes/stateful-set.yaml"), "terminationGracePeriodSeconds: ");
    assert!(pod > in_pod, "Kubernetes kills it after {pod} s, it stops within {in_pod} s");
}

#[test]
fn kubernetes_configuration_should_be_taken_by_the_program() {
    let environment = CleanEnv::new().expect("an environment");
    let home = environment.home();
    fs::write(home.join("tenant-id"), TENANT_ID).expect("a file");
    fs::write(home.join("http-token"), "0123456789abcdef0123456789abcdef").expect("a file");
    let config = text("kubernetes/config.toml");
    let config = config.replace("/run/secrets/digitalex-rollout", home.to_str().expect("UTF-8"));
    fs::write(home.join("config.toml"), config).expect("a file");
    let program = product().expect("the product");
    let check = ["config", "check", "--config", "config.toml"];
    should_pass(environment.command(program).args(check));
}

#[test]
fn container_should_run_as_a_number_that_is_not_root_on_named_versions() {
    let file = text("container/Containerfile");
    let argument = |line: &str| line.split_once(' ').map(|(_, rest)| rest.to_owned());
    let of = |word: &str| -> Vec<String> {
        file.lines().filter(|line| line.starts_with(word)).filter_map(argument).collect()
    };
    assert_eq!(of("USER "), ["65532:65532"]);
    for base in of("ARG ") {
        let tag = base.split_once(':').map(|(_, tag)| tag.to_owned()).unwrap_or_default();
        assert!(!tag.is_empty() && !tag.contains("latest"), "{base} is any version");
    }
    assert!(of("FROM ").iter().all(|base| base.starts_with("${")), "another base");
}

#[test]
fn alert_rules_should_be_valid_and_fire_when_they_should() {
    let folder = deploy().join("prometheus");
    let promtool = |action: &str, file: &str| {
        should_pass(Command::new("promtool").args([action, "rules", file]).current_dir(&folder));
    };
    promtool("check", "alerts.yaml");
    promtool("test", "alerts_test.yaml");

    let (rules, tests) = (text("prometheus/alerts.yaml"), text("prometheus/alerts_test.yaml"));
    for alert in rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(tests.contains(&format!("alertname: {alert}\n")), "{alert} is not tested");
    }
}

#[test]
fn prometheus_rule_should_hold_the_alert_rules() {
    let rules = text("prometheus/alerts.yaml");
    let (_, groups) = rules.split_once("groups:\n").expect("groups");
    let manifest = text("kubernetes/monitoring/prometheus-rule.yaml");
    let (_, spec) = manifest.split_once("spec:\n  groups:\n").expect("a spec");
    let unindented: Vec<&str> =
        spec.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
    assert_eq!(unindented, groups.lines().collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_and_dashboard_should_name_what_the_daemon_serves_and_show_all() {
    let served = served_metrics().await;
    let known = metrics_in(&served);
    let dashboard = text("grafana/dashboard.json").replace("\\\"", "\"");
    assert_eq!(metrics_in(&dashboard), known, "the dashboard shows other metrics than there are");
    let alerts = text("prometheus/alerts.yaml");
    let unknown: Vec<_> = metrics_in(&alerts).difference(&known).cloned().collect();
    assert!(unknown.is_empty(), "alerts on no metric: {unknown:?}");

    let there: BTreeSet<Selected> = selected_in(&served).collect();
    for selected in selected_in(&alerts).chain(selected_in(&dashboard)) {
        let of_scrape = ["job", "instance"].contains(&selected.label.as_str());
        assert!(of_scrape || there.contains(&selected), "the daemon serves no {selected:?}");
    }
}

/// What a daemon serves at /metrics once it has put an organization right.
async fn served_metrics() -> String {
    let sandbox = ServedSandbox::start(5).await;
    let home = DaemonHome::new(&sandbox.url).expect("a home");
    home.configure("[daemon]\nmode = \"correct\"\n").expect("a configuration");
    let daemon = home.start().expect("it starts");
    let mut events = daemon.events().expect("a stream");
    let ended = events.find(|(event, status)| event == "status" && status["last_pass"].is_object());
    assert!(ended.is_some(), "{}", daemon.log());
    daemon.get("/metrics").expect("metrics").body
}

#[test]
fn dashboard_should_ask_the_chosen_data_source_alone() {
    let dashboard: Value = serde_json::from_str(&text("grafana/dashboard.json")).expect("JSON");
    assert_eq!(dashboard["uid"], "digitalex-rollout");
    let variables = dashboard["templating"]["list"].as_array().expect("variables");
    let names: Vec<&Value> = variables.iter().map(|variable| &variable["name"]).collect();
    assert_eq!(names, ["datasource", "job", "instance"]);
    let panels = dashboard["panels"].as_array().expect("panels");
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len(), "two panels have one id");
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        let targets = panel["targets"].as_array().expect("targets");
        assert!(!targets.is_empty(), "{} shows nothing", panel["title"]);
        for source in targets.iter().chain([panel]).map(|part| &part["datasource"]) {
            assert_eq!(source["uid"], "${datasource}", "{}", panel["title"]);
        }
        for target in targets {
            let query = target["expr"].as_str().expect("a query");
            let chosen = r#"{job=~"$job", instance=~"$instance""#;
            assert_eq!(query.matches('{').count(), query.matches(chosen).count(), "{query}");
        }
    }
}

#[test]
fn kustomizations_should_build() {
    for folder in ["kubernetes", "kubernetes/monitoring"] {
        should_pass(Command::new("kubectl").arg("kustomize").arg(deploy().join(folder)));
    }
}

#[test]
fn terraform_should_be_formatted() {
    let folder = deploy().join("hub-role/terraform");
    should_pass(Command::new("terraform").args(["fmt", "-check", "-diff"]).arg(folder));
}

#[test]
fn peer_kubernetes_manifests_should_fit_their_schemas() {
    manifests("kubernetes/monitoring");
    let documents = manifests("kubernetes");
    assert!(documents.iter().all(|document| document["kind"] != "Secret"), "a secret in a file");
    let of_kind = |kind: &str| {
        documents.iter().find(|document| document["kind"] == kind).expect("a manifest")
    };
    let set = &of_kind("StatefulSet")["spec"];
    assert_eq!(set["replicas"], 1, "the store is one file");
    let pod = &set["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(pod["automountServiceAccountToken"], false);
    let daemon = &pod["containers"][0];
    assert_eq!(daemon["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(daemon["securityContext"]["allowPrivilegeEscalation"], false);
    assert_eq!(daemon["securityContext"]["capabilities"]["drop"][0], "ALL");
    assert_eq!(daemon["livenessProbe"]["httpGet"]["path"], "/healthz");
    assert_eq!(daemon["readinessProbe"]["httpGet"]["path"], "/readyz");
    assert_eq!(of_kind("Service")["spec"]["selector"], set["selector"]["matchLabels"]);
}

#[test]
fn peer_cloudformation_template_should_pass_cfn_lint() {
    let venv = Venv::open().expect("the Python environment");
    let template = deploy().join("hub-role/hub-role.cloudformation.yaml");
    should_pass(venv.command("cfn-lint").expect("cfn-lint").arg(template));
}

#[test]
fn peer_template_of_the_admin_role_should_pass_cfn_lint() {
    let venv = Venv::open().expect("the Python environment");
    let mut command = Command::new(product().expect("the product"));
    command.args(["report", "admin-role", "--trusts", "111122223333"]);
    let printed = command.output().expect("a template");
    let folder = tempfile::tempdir().expect("a folder");
    let template = folder.path().join("admin-role.json");
    std::fs::write(&template, printed.stdout).expect("a file");
    should_pass(venv.command("cfn-lint").expect("cfn-lint").arg(template));
}

/// The manifests of a folder of deploy/, all of which fit their schemas.
fn manifests(folder: &str) -> Vec<Value> {
    let venv = Venv::open().expect("the Python environment");
    let path = deploy().join(folder);
    let path = path.to_str().expect("a path in UTF-8");
    let checked = venv.python("kubernetes_manifests.py", &[], &[path]).expect("they are read");
    assert_eq!(checked["problems"], serde_json::json!([]));
    checked["documents"].as_array().expect("documents").clone()
}

/// Runs a check, and gives its standard error; says so where the tool is missing.
fn should_pass(command: &mut Command) -> String {
    let output = match command.output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("NOT CHECKED: {:?} is not on this machine", command.get_program());
            return String::new();
        }
        output => output.expect("the tool starts"),
    };
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{out}\n{err}");
    err.into_owned()
}

/// A value of a metric's label.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Selected {
    metric: String,
    label: String,
    value: String,
}

/// All values of labels in a text of samples or of queries, where `=~` names several.
fn selected_in(text: &str) -> impl Iterator<Item = Selected> + '_ {
    text.match_indices("digitalex_rollout_").flat_map(|(start, _)| {
        let rest = &text[start..];
        let end =
            rest.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        let (metric, rest) = rest.split_at(end.unwrap_or(rest.len()));
        let inside = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let pairs = inside.map(|(inside, _)| inside).unwrap_or_default().split("\",");
        pairs.filter_map(|pair| pair.split_once('=')).flat_map(move |(label, value)| {
            let label = label.trim().trim_end_matches('!');
            let values = value.trim_start_matches('~').trim_matches('"').split('|');
            values.map(move |value| Selected {
                metric: metric.to_owned(),
                label: label.to_owned(),
                value: value.to_owned(),
            })
        })
    })
}

/// The names of the daemon's metrics in a text, without `digitalex_rollout_` where they have it; of a
/// histogram its base name.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words =
        text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    let name = |word: &str| match word.strip_prefix("digitalex_rollout_") {
        Some(name) => {
            let base = ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end));
            Some(base.unwrap_or(name).to_owned())
        }
        None => word.starts_with("process_").then(|| word.to_owned()),
    };
    words.filter_map(name).collect()
}

fn number_after(text: &str, start: &str) -> u64 {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no {start:?}"));
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

fn text(file: &str) -> String {
    fs::read_to_string(deploy().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}
