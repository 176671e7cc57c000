//! Reports in files: their totals, causes and signatures, and what `report` makes of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::run::Run;

const FILES: [&str; 6] = ["a.json", "a.html", "a.md", "a.csv", "a.xml", "a.sarif"];

/// A run that leaves all of these reports.
fn reported(arguments: &[&str]) -> Run {
    let run = Run::new();
    let flags = FILES.iter().flat_map(|file| ["--report", file]);
    let arguments: Vec<_> = arguments.iter().copied().chain(flags).collect();
    let outcome = run.run(&arguments);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    run
}

fn read(run: &Run, name: &str) -> String {
    fs::read_to_string(run.folder().join(name)).expect(name)
}

fn json(run: &Run, name: &str) -> Value {
    serde_json::from_str(&read(run, name)).expect("JSON")
}

fn verdicts(report: &Value) -> BTreeMap<String, u64> {
    serde_json::from_value(report["summary"]["verdicts"].clone()).expect("counts")
}

/// What the page is given.
fn page_data(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"report\">").expect("data");
    serde_json::from_str(rest.split_once("</script>").expect("its end").0).expect("JSON")
}

#[test]
fn one_audit_of_2000_accounts_should_give_every_format_with_the_same_totals() {
    let run = reported(&["audit", "--sandbox", "2000", "--output", "csv", "-q"]);
    let report = json(&run, "a.json");
    let expected = verdicts(&report);
    assert_eq!((report["summary"]["total"].as_u64(), expected.values().sum()), (Some(2000), 2000));

    let mut reader = csv::Reader::from_path(run.folder().join("a.csv")).expect("a sheet");
    let mut counted: BTreeMap<String, u64> = BTreeMap::new();
    for row in reader.records() {
        *counted.entry(row.expect("a row")[3].to_owned()).or_default() += 1;
    }
    assert_eq!(counted, expected);

    let data = page_data(&read(&run, "a.html"));
    let shown: BTreeMap<String, u64> =
        serde_json::from_value::<Vec<(String, u64)>>(data["verdicts"].clone())
            .expect("counts")
            .into_iter()
            .collect();
    assert_eq!(shown, expected);
    assert_eq!(data["accounts"].as_array().expect("accounts").len(), 2000);
    assert!(
        data["units"]
            .as_array()
            .expect("units")
            .iter()
            .any(|unit| unit == "Root / Workloads / Prod")
    );

    let ticket = read(&run, "a.md");
    for (verdict, count) in &expected {
        let row = format!("| {count} | {} |", verdict.replace('_', " "));
        assert!(ticket.contains(&row), "{row} is not in\n{ticket}");
    }

    let of = |names: &[&str]| names.iter().filter_map(|name| expected.get(*name)).sum::<u64>();
    let counts = format!(
        "tests=\"2000\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
        of(&["drifted", "held"]),
        of(&["failed", "unreachable", "not_visited"]),
        of(&["skipped"]),
    );
    assert!(read(&run, "a.xml").contains(&counts), "{counts}");
    assert_eq!(json(&run, "a.sarif")["runs"][0]["properties"]["summary"], report["summary"]);
}

/// The causes of a report, with their remedies.
fn causes(report: &Value) -> BTreeMap<String, String> {
    let causes = report["causes"].as_array().expect("causes").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    causes.map(|cause| (text(&cause["code"]), text(&cause["remedy"]))).collect()
}

#[test]
fn each_cause_should_be_told_with_what_helps() {
    let run = reported(&["apply", "--sandbox", "200", "--yes", "-q"]);
    let report = json(&run, "a.json");
    let causes = causes(&report);
    let expected = [
        ("admin_role_missing", "invited"),
        ("admin_role_not_assumable", "its trust policy names the calling account"),
        ("account_suspended", "AWS Support"),
        ("account_closing", "nothing is to be done"),
        ("account_closed", "nothing is to be done"),
        ("account_not_ready", "run again"),
        ("quota_reached", "the account's quota RolesPerAccount"),
        ("denied_by_scp", "), which denies iam:CreateRole"),
        (
            "boundary_demanded",
            "the permissions boundary arn:aws:iam::<ACCOUNT_ID>:policy/org-boundary (permissions_boundary",
        ),
        ("undeclared_boundary", "permissions_boundary"),
        ("foreign_role", "another role_name"),
        ("path_conflict", "set path"),
        ("adoption_refused", "adopt = true"),
    ];
    for (code, remedy) in expected {
        let told = causes.get(code).unwrap_or_else(|| panic!("{code} is not in {causes:?}"));
        assert!(told.contains(remedy), "{code}: {told}");
    }
    let all = report["causes"].as_array().expect("causes");
    let missing = all.iter().find(|cause| cause["code"] == "admin_role_missing").expect("a cause");
    assert!(
        missing["documents"][0]["text"].as_str().expect("a template").contains("AWS::IAM::Role")
    );
    assert!(
        missing["link"].as_str().expect("a link").starts_with("https://console.aws.amazon.com/")
    );
}

fn openssl(folder: &Path, arguments: &[&str]) -> bool {
    let status = Command::new("openssl").args(arguments).current_dir(folder).status();
    status.is_ok_and(|status| status.success())
}

#[test]
fn report_verify_should_refuse_a_report_with_one_byte_changed() {
    let run = Run::new();
    let made = openssl(run.folder(), &["genpkey", "-algorithm", "ed25519", "-out", "key.pem"])
        && openssl(run.folder(), &["pkey", "-in", "key.pem", "-pubout", "-out", "key.pub.pem"]);
    if !made {
        return;
    }
    let flags = ["--report", "a.json", "--report", "a.html", "--sign", "key.pem"];
    run.run(&[&["audit", "--sandbox", "20", "-q"][..], &flags].concat());
    for name in ["a.json", "a.html"] {
        let verify = ["report", "verify", name, "--key", "key.pub.pem"];
        assert_eq!(run.run(&verify).code, Some(0), "{name}");
        let path = run.folder().join(name);
        let mut bytes = fs::read(&path).expect(name);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).expect(name);
        let outcome = run.run(&verify);
        assert_eq!(outcome.code, Some(1), "{name}");
        assert!(
            outcome.stderr.contains("is not what was signed with this key"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn report_should_name_who_made_it_with_which_configuration_and_calls() {
    let run = Run::new();
    run.run(&["audit", "--sandbox", "20", "-q", "--report", "a.json"]);
    run.run(&[
        "audit",
        "--sandbox",
        "20",
        "-q",
        "--report",
        "b.json",
        "--role-name",
        "digitalex-b",
    ]);
    let (one, other) = (json(&run, "a.json"), json(&run, "b.json"));
    assert!(one["caller_arn"].as_str().expect("an ARN").starts_with("arn:aws:"), "{one}");
    assert_ne!(one["config_digest"], other["config_digest"]);
    assert!(one["calls"]["AssumeRole"].as_u64() > Some(0));
}

#[test]
fn report_diff_should_tell_what_was_corrected() {
    let run = Run::new();
    run.run(&["audit", "--sandbox", "60", "-q", "--report", "old.json"]);
    run.run(&["apply", "--sandbox", "60", "-q", "--yes", "--report", "new.json"]);
    let outcome = run.run(&["report", "diff", "old.json", "new.json", "--output", "json"]);
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    let corrected = outcome.json()["changes"]["corrected"].as_array().expect("accounts").len();
    assert_eq!(Some(corrected as u64), verdicts(&json(&run, "new.json")).get("converged").copied());
    assert_eq!(run.run(&["report", "diff", "old.json", "old.json"]).code, Some(0));
}

#[test]
fn report_should_be_converted_to_what_the_run_would_have_written() {
    let run = reported(&["audit", "--sandbox", "20", "-q"]);
    for (format, file) in
        [("html", "a.html"), ("csv", "a.csv"), ("junit", "a.xml"), ("sarif", "a.sarif")]
    {
        let made = run.run(&["report", "convert", "a.json", "--output", format]);
        let lines =
            |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        let (made, written) = (lines(&made.stdout), lines(&read(&run, file)));
        // Accounts stand in the order of their ids, or as they were done.
        assert_eq!(made.len(), written.len(), "{format}");
    }
}

#[test]
fn report_of_another_version_should_be_refused_and_nothing_else_be_taken_for_a_report() {
    let run = Run::new().file("old.json", "{\"schema_version\": 2}").file("no.json", "[]");
    let cases =
        [("old.json", "of another version"), ("no.json", "is no report"), ("none", "is no report")];
    for (file, says) in cases {
        let outcome = run.run(&["report", "diff", file, file]);
        assert_eq!(outcome.code, Some(1), "{file}");
        assert!(outcome.stderr.contains(says), "{file}: {}", outcome.stderr);
    }
}

#[test]
fn wrong_paths_keys_and_formats_should_cost_no_pass() {
    let run = Run::new().file("not-a-key.pem", "text");
    let cases: [(&[&str], &str); 4] = [
        (&["audit", "--sandbox", "20", "--report", "a.pdf"], "end its name with .html"),
        (
            &["audit", "--sandbox", "20", "--report", "nowhere/a.html"],
            "a folder that you may write to",
        ),
        (
            &["audit", "--sandbox", "20", "--report", "a.html", "--sign", "not-a-key.pem"],
            "openssl genpkey",
        ),
        (&["accounts", "--sandbox", "20", "--output", "html"], "use --output human or json"),
    ];
    for (arguments, says) in cases {
        let outcome = run.run(arguments);
        assert_eq!(outcome.code, Some(1), "{arguments:?}");
        let told = outcome.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(says), "{arguments:?}: {told}");
    }
}

#[test]
fn completions_and_man_pages_should_be_written() {
    let run = Run::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = run.run(&["completions", shell]);
        assert_eq!(outcome.code, Some(0), "{shell}");
        assert!(outcome.stdout.contains("verify"), "{shell}");
    }
    assert_eq!(run.run(&["man", "--out", "man"]).code, Some(0));
    let page = read(&run, "man/digitalex-rollout-report-verify.1");
    assert!(page.contains("key.pub.pem"), "{page}");
}
