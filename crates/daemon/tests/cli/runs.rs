//! audit, plan, apply and accounts against the embedded sandbox.

use std::collections::BTreeSet;

use digitalex_rollout::output::schema::Report;

use crate::run::{Outcome, Run, TENANT};

/// How many accounts have this verdict.
fn count(outcome: &Outcome, verdict: &str) -> usize {
    let report = outcome.json();
    let accounts = report["accounts"].as_array().expect("accounts").iter();
    accounts.filter(|account| account["verdict"] == verdict).count()
}

/// The report for people, but for its first line, which names the run.
fn summary(outcome: &Outcome) -> Vec<&str> {
    outcome.stdout.lines().skip(1).collect()
}

#[test]
fn audit_should_exit_3_where_an_account_cannot_be_read_and_name_it() {
    let outcome = Run::new().run(&["audit", "--sandbox", "60"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("unreachable ("), "{}", outcome.stdout);
    assert!(
        outcome.stdout.contains("next step: see that the admin role is there"),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome.stdout.contains("the management account is left out until"),
        "{}",
        outcome.stdout
    );
    assert!(outcome.stderr.contains("60 of 60 accounts read"), "{}", outcome.stderr);
}

#[test]
fn audit_of_one_account_should_exit_2_where_it_drifted_and_0_where_it_is_in_sync() {
    let run = Run::new();
    let report = run.run(&["audit", "--sandbox", "60", "--output", "json"]).json();
    let accounts = report["accounts"].as_array().expect("accounts");
    for (verdict, code) in [("drifted", 2), ("in_sync", 0), ("unreachable", 3), ("held", 2)] {
        let found = accounts.iter().find(|account| account["verdict"] == verdict);
        let id = found.and_then(|account| account["id"].as_str()).expect(verdict);
        let outcome = run.run(&["audit", "--sandbox", "60", "--account", id]);
        assert_eq!(outcome.code, Some(code), "{verdict}: {}", outcome.stdout);
    }
}

#[test]
fn json_report_should_keep_to_its_schema_and_add_up() {
    for command in [&["audit"][..], &["apply", "--yes"], &["plan"]] {
        let run = Run::new().variable("DIGITALEX_TENANT_ID", TENANT);
        let flags = ["--sandbox", "120", "--output", "json", "--adopt", "--bucket", "example-cur"];
        let outcome = run.run(&[command, &flags].concat());
        let report: Report = serde_json::from_str(&outcome.stdout).expect("the schema's shape");
        assert_eq!(serde_json::to_value(&report).expect("JSON"), outcome.json());
        assert_eq!(report.command, command[0]);
        assert_eq!(report.summary.total, 120);
        assert_eq!(report.accounts.len(), 120);
        assert_eq!(report.summary.verdicts.values().sum::<usize>(), 120);
        assert!(report.listing_complete);
        let ids: BTreeSet<_> = report.accounts.iter().map(|account| &account.id).collect();
        assert_eq!(ids.len(), 120);
        assert!(report.calls["ListAccounts"] >= 6);
    }
}

#[test]
fn apply_should_converge_what_can_be_and_journal_it() {
    let run = Run::new();
    let outcome = run.run(&["apply", "--sandbox", "60", "--yes", "--output", "json"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    assert!(count(&outcome, "converged") > 40);
    let history = run.history();
    let of_kind = |kind: &str| history.iter().filter(|entry| entry["kind"] == kind).count();
    assert_eq!(of_kind("intent"), count(&outcome, "converged") + count(&outcome, "failed"));
    assert_eq!(of_kind("outcome"), of_kind("intent"));
}

#[cfg(target_os = "linux")]
#[test]
fn apply_should_go_on_to_the_end_where_its_report_cannot_be_written() {
    let run = Run::new();
    let full = std::fs::File::create("/dev/full").expect("a full device");
    let arguments = ["apply", "--sandbox", "60", "--yes", "--output", "json"];
    let outcome = run.run_into(&arguments, full.into());
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("the result could not be written"), "{}", outcome.stderr);
    let converged = |entry: &serde_json::Value| entry["verdict"] == "converged";
    assert!(run.history().iter().filter(|entry| converged(entry)).count() > 40);
}

#[test]
fn apply_should_refuse_to_go_on_where_nobody_can_be_asked() {
    let outcome = Run::new().run(&["apply", "--sandbox", "10"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("there is no terminal to ask on"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("add --yes"), "{}", outcome.stderr);
}

#[test]
fn apply_should_do_what_a_plan_file_says() {
    let run = Run::new().variable("DIGITALEX_TENANT_ID", TENANT);
    let planned = run.run(&["plan", "--sandbox", "40", "--output", "json"]);
    assert!(planned.stderr.contains("digitalex-rollout apply plan.json"), "{}", planned.stderr);
    let text = std::fs::read_to_string(run.folder().join("plan.json")).expect("a plan");
    assert!(!text.contains(TENANT), "the plan file shows the tenant id");
    let applied = run.run(&["apply", "plan.json", "--sandbox", "40", "--output", "json"]);
    let (drifted, failed) = (count(&planned, "drifted"), count(&applied, "failed"));
    assert_eq!(count(&applied, "converged") + failed, drifted, "{}", applied.stderr);
}

#[test]
fn apply_should_refuse_a_plan_that_was_made_for_something_else() {
    let run = Run::new().variable("DIGITALEX_TENANT_ID", TENANT);
    run.run(&["plan", "--sandbox", "10"]);
    let path = run.folder().join("plan.json");
    let text = std::fs::read_to_string(&path).expect("a plan");
    let run = run.file("broken.json", "{ \"plan_version\": 1,").file(
        "version.json",
        &text.replace(
            &format!("\"tool_version\": \"{}\"", env!("CARGO_PKG_VERSION")),
            "\"tool_version\": \"0.0.1\"",
        ),
    );
    let refused = |run: &Run, arguments: &[&str], says: &str| {
        let outcome = run.run(&[&["apply"], arguments].concat());
        assert_eq!(outcome.code, Some(1), "{says}: {}", outcome.stdout);
        assert!(outcome.stderr.contains(says), "no {says:?} in {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{says}");
    };
    refused(&run, &["plan.json", "--sandbox", "10", "--seed", "2"], "is for organization o-");
    refused(&run, &["plan.json", "--sandbox", "10", "--adopt"], "the configuration is not the one");
    refused(&run, &["broken.json", "--sandbox", "10"], "broken.json is not a plan file");
    refused(&run, &["version.json", "--sandbox", "10"], "was written by version 0.0.1");
    refused(&run, &["none.json", "--sandbox", "10"], "none.json cannot be read");
    let run = run.variable("DIGITALEX_TENANT_ID", "another-tenant");
    refused(&run, &["plan.json", "--sandbox", "10"], "another DigitalEx tenant id");
}

#[test]
fn apply_should_say_where_a_plan_was_made_over_less_or_by_someone_else() {
    let run = Run::new();
    run.run(&["plan", "--sandbox", "10"]);
    let text = std::fs::read_to_string(run.folder().join("plan.json")).expect("a plan");
    let plain = run.run(&["apply", "plan.json", "--sandbox", "10"]);
    assert!(!plain.stderr.contains("the plan was made"), "{}", plain.stderr);
    let mut plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    plan["listing_complete"] = false.into();
    plan["caller"] = "444455556666".into();
    let run = run.file("plan.json", &plan.to_string());
    let outcome = run.run(&["apply", "plan.json", "--sandbox", "10"]);
    for says in ["a list of accounts that was not whole", "made from account 444455556666"] {
        assert!(outcome.stderr.contains(says), "no {says:?} in {}", outcome.stderr);
    }
    assert_eq!((outcome.code, summary(&outcome)), (plain.code, summary(&plain)));
}

#[test]
fn plan_that_cannot_be_written_should_be_told_before_any_account_is_read() {
    let run = Run::new();
    for path in ["nowhere/plan.json", "/dev/null", "."] {
        let outcome = run.run(&["plan", "--sandbox", "10", "--out", path]);
        assert_eq!(outcome.code, Some(1), "{path}: {}", outcome.stderr);
        let says = format!("the plan file {path} cannot be written");
        assert!(outcome.stderr.contains(&says), "{path}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("accounts read"), "{path}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{path}");
    }
}

#[test]
fn apply_should_leave_alone_what_a_plan_file_does_not_approve() {
    let run = Run::new();
    run.run(&["plan", "--sandbox", "10"]);
    let path = run.folder().join("plan.json");
    let text = std::fs::read_to_string(&path).expect("a plan");
    let mut plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    plan["accounts"] = serde_json::json!({});
    let run = run.file("plan.json", &plan.to_string());
    let outcome = run.run(&["apply", "plan.json", "--sandbox", "10", "--output", "json"]);
    assert_eq!(outcome.code, Some(3));
    assert_eq!(count(&outcome, "converged"), 0);
    assert!(outcome.stdout.contains("plan_changed"), "{}", outcome.stdout);
    assert!(!outcome.json()["calls"].as_object().expect("calls").contains_key("CreateRole"));
}

#[test]
fn accounts_should_list_every_account_with_its_reason() {
    let outcome = Run::new().run(&["accounts", "--sandbox", "30", "--output", "json"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let report = outcome.json();
    let accounts = report["accounts"].as_array().expect("accounts");
    assert_eq!(accounts.len(), 30);
    for account in accounts {
        assert_eq!(account["selected"] == true, account["reason"].is_null(), "{account}");
    }
    let human = Run::new().run(&["accounts", "--sandbox", "30"]);
    assert!(human.stdout.contains("30 accounts, "), "{}", human.stdout);
}

#[test]
fn missing_tenant_id_should_be_told_with_the_next_step() {
    for command in ["audit", "plan", "apply"] {
        let arguments = if command == "apply" { &["apply", "--yes"][..] } else { &[command] };
        let outcome = Run::new().run(arguments);
        assert_eq!(outcome.code, Some(1));
        assert!(outcome.stderr.contains("there is no DigitalEx tenant id"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("set DIGITALEX_TENANT_ID"), "{}", outcome.stderr);
    }
}

#[test]
fn unreachable_endpoint_should_give_one_clear_message() {
    let run = Run::new()
        .file("digitalex-rollout.toml", "[limits]\nattempts_max = 2\ndelay_base_ms = 1\n")
        .variable("DIGITALEX_TENANT_ID", TENANT)
        .variable("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .variable("AWS_REGION", "us-east-1")
        .variable("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .variable("AWS_SECRET_ACCESS_KEY", "never-shown");
    let outcome = run.run(&["audit", "-vvv"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("the organization cannot be read"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("check the network"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("never-shown"), "{}", outcome.stderr);
}

#[test]
fn missing_credentials_should_be_told_with_the_next_step() {
    let run = Run::new()
        .variable("DIGITALEX_TENANT_ID", TENANT)
        .variable("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .variable("AWS_REGION", "us-east-1")
        .variable("AWS_EC2_METADATA_DISABLED", "true");
    let outcome = run.run(&["audit"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("AWS credentials: none were found"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("set AWS_PROFILE"), "{}", outcome.stderr);
}

#[test]
fn wrong_admin_role_should_leave_every_member_unreachable() {
    let outcome = Run::new().run(&["audit", "--sandbox", "20", "--admin-role", "Nobody"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("name the right one under admin_roles"), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("drifted"), "{}", outcome.stdout);
}

#[test]
fn calls_should_be_explained_before_and_after_the_run() {
    let outcome = Run::new().run(&["audit", "--sandbox", "40", "--explain-calls"]);
    let (before, after) = outcome.stderr.split_once("Calls made:").expect("both");
    assert!(before.contains("Calls to come, for each 1000 accounts"), "{before}");
    assert!(before.contains("ListAccounts is what is waited for"), "{before}");
    let row = |text: &str| {
        let line = text.lines().find(|line| line.contains("ListAccounts ")).unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(row(before), ["ListAccounts", "50"]);
    assert_eq!(row(after), ["ListAccounts", "2", "0", "throttled"]);
    assert!(after.contains("over the floor of"), "{after}");
    assert!(outcome.stdout.starts_with("audit of organization"), "the report stays apart");
}

#[test]
fn json_report_should_say_how_fast_the_run_was() {
    let outcome = Run::new().run(&["audit", "--sandbox", "40", "--output", "json"]);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let pace = &report["pace"];
    assert!(pace["elapsed_seconds"].as_f64() > pace["floor_seconds"].as_f64(), "{pace}");
    assert_eq!(pace["throttled"], serde_json::json!({}));
}
