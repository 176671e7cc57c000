//! `history --documents-before`: what a role was before a change, exactly, for its owner only.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::run::Run;

/// The external id of a sandbox, when no tenant id is configured.
const EXTERNAL_ID: &str = "sandbox-tenant";

/// A folder in which an apply over so many accounts was run.
fn applied(accounts: usize) -> Run {
    let run = Run::new();
    run.run(&["apply", "--sandbox", &accounts.to_string(), "--yes", "-q"]);
    run
}

/// The intents of the history whose calls are so.
fn intents(run: &Run, is_so: impl Fn(&str) -> bool) -> Vec<String> {
    let is_intent = |entry: &Value| {
        let calls = entry["calls"].as_array().into_iter().flatten();
        entry["kind"] == "intent" && calls.filter_map(Value::as_str).any(&is_so)
    };
    let history = run.history();
    history.iter().filter(|entry| is_intent(entry)).map(|entry| entry["seq"].to_string()).collect()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[test]
fn documents_before_a_change_should_be_written_whole_and_for_their_owner_only() {
    let run = applied(150);
    let mut held_the_external_id = 0;
    for change in intents(&run, |call| !call.starts_with("CreateRole")) {
        let folder = format!("before-{change}");
        let said = run.on_store(&["history", "--documents-before", &change, "--to", &folder]);
        let path = run.folder().join(&folder);
        if !path.exists() {
            assert!(said.stdout.contains("had no role"), "{}", said.stdout);
            continue;
        }
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert!(!said.stdout.contains(EXTERNAL_ID), "{}", said.stdout);
        assert!(said.stdout.contains("aws iam update-assume-role-policy"), "{}", said.stdout);
        assert_eq!(mode(&path), 0o700);
        let read = |name: &str| -> Value {
            let file = path.join(name);
            assert_eq!(mode(&file), 0o600, "{name}");
            let text = std::fs::read_to_string(&file).expect(name);
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"))
        };
        let trust = read("trust.json");
        held_the_external_id += usize::from(trust.to_string().contains(EXTERNAL_ID));
        assert!(trust["Statement"].is_array() || trust["Statement"].is_object(), "{trust}");
        let role = read("role.json");
        assert!(role["arn"].as_str().is_some_and(|arn| arn.starts_with("arn:aws")), "{role}");
        for entry in std::fs::read_dir(&path).expect("the folder") {
            read(entry.expect("an entry").file_name().to_str().expect("UTF-8"));
        }
        let again = run.on_store(&["history", "--documents-before", &change, "--to", &folder]);
        assert_eq!(again.code, Some(1), "{}", again.stdout);
        assert!(again.stderr.contains("name a folder that is not there yet"), "{}", again.stderr);
    }
    assert!(held_the_external_id > 0, "no role had the external id before");
}

#[test]
fn role_that_was_created_should_have_had_no_documents() {
    let run = applied(30);
    let change = &intents(&run, |call| call.starts_with("CreateRole"))[0];
    let said = run.on_store(&["history", "--documents-before", change, "--to", "before"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("had no role"), "{}", said.stdout);
    let json = ["history", "--documents-before", change, "--to", "before", "--output", "json"];
    assert!(run.on_store(&json).json()["folder"].is_null());
    assert!(!run.folder().join("before").exists());
}

#[test]
fn change_that_is_no_intent_should_be_refused() {
    let run = applied(30);
    let outcome = run.history().into_iter().find(|entry| entry["kind"] == "outcome");
    let outcome = outcome.expect("an outcome")["seq"].to_string();
    for change in [outcome.as_str(), "0", "999999"] {
        let said = run.on_store(&["history", "--documents-before", change, "--to", "before"]);
        assert_eq!(said.code, Some(1), "{}", said.stdout);
        assert!(said.stderr.contains("take the SEQ of an intent"), "{}", said.stderr);
        assert!(!run.folder().join("before").exists());
    }
    let alone = run.on_store(&["history", "--documents-before", "1"]);
    assert_eq!(alone.code, Some(1));
    assert!(alone.stderr.contains("--to <FOLDER>"), "{}", alone.stderr);
}
