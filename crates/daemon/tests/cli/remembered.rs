//! `status`, `history` and `drift` over the store that an apply left.

use serde_json::Value;

use crate::run::{Outcome, Run, TENANT};

/// A folder in which an apply over a sandbox was run, and its report.
fn applied() -> (Run, Value) {
    let run = Run::new().variable("DIGITALEX_TENANT_ID", TENANT);
    let report = run.run(&["apply", "--sandbox", "30", "--yes", "--output", "json"]).json();
    (run, report)
}

fn items(outcome: &Outcome) -> Vec<Value> {
    outcome.json()["items"].as_array().expect("items").clone()
}

/// The ids of the accounts with this verdict.
fn of_verdict<'a>(report: &'a Value, verdict: &str) -> Vec<&'a str> {
    let accounts = report["accounts"].as_array().expect("accounts").iter();
    let with = accounts.filter(|account| account["verdict"] == verdict);
    with.filter_map(|account| account["id"].as_str()).collect()
}

#[test]
fn status_should_say_what_the_apply_left() {
    let (run, report) = applied();
    let status = run.on_store(&["status", "--output", "json"]);
    assert_eq!(status.code, Some(0), "{}", status.stderr);
    let status = status.json();
    assert_eq!(status["organization"], report["organization"]);
    assert_eq!(status["by_verdict"], report["summary"]["verdicts"]);
    assert_eq!((&status["accounts"], &status["not_yet_visited"]), (&30.into(), &0.into()));
    assert_eq!(status["listing"]["complete"], true);
    assert!(status["last_pass"].is_null() && status["daemon"].is_null(), "{status}");

    let human = run.on_store(&["status"]);
    let converged = of_verdict(&report, "converged").len();
    for says in
        ["no daemon has begun one", "none holds the lease", &format!("{converged} converged")]
    {
        assert!(human.stdout.contains(says), "no {says:?} in {}", human.stdout);
    }
    assert!(!human.stdout.contains("NOT WHOLE"), "{}", human.stdout);
}

#[test]
fn history_should_name_each_change_with_its_calls_and_its_end_newest_first() {
    let (run, report) = applied();
    let history = run.history();
    assert!(history.is_sorted_by_key(|entry| std::cmp::Reverse(entry["seq"].as_i64())));
    for account in of_verdict(&report, "converged") {
        let of_account = run.on_store(&["history", account, "--output", "json"]);
        let entries = items(&of_account);
        let kinds: Vec<&Value> = entries.iter().map(|entry| &entry["kind"]).collect();
        assert_eq!(kinds, ["outcome", "intent"], "{account}");
        assert_eq!(entries[0]["verdict"], "converged");
        assert!(entries.iter().all(|entry| entry["account"] == account), "{entries:?}");
        assert!(entries[1]["calls"].as_array().is_some_and(|calls| !calls.is_empty()));
        assert!(entries.iter().all(|entry| history.contains(entry)));
    }
    let human = run.on_store(&["history", of_verdict(&report, "converged")[0]]);
    assert!(human.stdout.contains("about to: "), "{}", human.stdout);
    assert!(!human.stdout.contains("There is more"), "{}", human.stdout);
    let untouched = run.on_store(&["history", of_verdict(&report, "skipped")[0]]);
    assert_eq!((untouched.code, untouched.stdout.lines().count()), (Some(0), 1));
    assert!(untouched.stdout.contains("Nothing was changed"), "{}", untouched.stdout);
}

#[test]
fn pages_should_add_up_to_the_whole_and_say_how_to_go_on() {
    let (run, _) = applied();
    for command in [&["history"][..], &["drift", "--all"]] {
        let json =
            |more: &[&str]| run.on_store(&[command, &["--output", "json"], more].concat()).json();
        let whole = json(&["--limit", "500"]);
        let mut page = json(&["--limit", "7"]);
        let mut found = Vec::new();
        while let Some(cursor) = page["next"].as_str() {
            assert_eq!(page["items"].as_array().map(Vec::len), Some(7));
            let human = run.on_store(&[command, &["--limit", "1"]].concat());
            assert!(human.stdout.contains("There is more: --cursor "), "{}", human.stdout);
            let next = json(&["--limit", "7", "--cursor", cursor]);
            found.extend(page["items"].as_array().expect("items").clone());
            page = next;
        }
        found.extend(page["items"].as_array().expect("items").clone());
        assert!(found.len() > 7, "{command:?}: one page is no test");
        assert_eq!(Some(&found), whole["items"].as_array(), "{command:?}");
    }
}

#[test]
fn drift_should_list_what_is_open_and_exit_2_for_it_whatever_the_page_shows() {
    let (run, _) = applied();
    let open = run.on_store(&["drift", "--output", "json", "--limit", "500"]);
    assert_eq!(open.code, Some(2), "{}", open.stderr);
    let open = items(&open);
    assert!(!open.is_empty() && open.iter().all(|event| event["ended_at"].is_null()));
    let all = items(&run.on_store(&["drift", "--all", "--output", "json", "--limit", "500"]));
    assert!(open.iter().all(|event| all.contains(event)));
    let gone: Vec<&Value> = all.iter().filter(|event| !open.contains(event)).collect();
    assert!(gone.iter().all(|event| event["ended_by"] == "corrected"), "{gone:?}");

    // A page of what is gone only does not say that nothing is open.
    let first_gone =
        all.iter().position(|event| !event["ended_at"].is_null()).expect("some is gone");
    if first_gone == 0 {
        let page = run.on_store(&["drift", "--all", "--limit", "1", "--output", "json"]);
        assert_eq!((items(&page)[0]["ended_by"].as_str(), page.code), (Some("corrected"), Some(2)));
    }

    let account = open[0]["account"].as_str().expect("an id");
    let human = run.on_store(&["drift", "--account", account]);
    assert_eq!(human.code, Some(2));
    assert!(human.stdout.contains(account) && human.stdout.contains("open"), "{}", human.stdout);
    let right = gone.iter().filter_map(|event| event["account"].as_str());
    let right: Vec<&str> =
        right.filter(|id| open.iter().all(|event| event["account"] != *id)).collect();
    let human = run.on_store(&["drift", "--account", right[0]]);
    assert_eq!((human.code, human.stdout.as_str()), (Some(0), "No drift is open.\n"));
    let human = run.on_store(&["drift", "--all", "--account", right[0]]);
    assert_eq!(human.code, Some(0));
    assert!(human.stdout.contains("corrected"), "{}", human.stdout);
}

#[test]
fn file_that_cannot_be_read_should_be_told_with_the_next_step() {
    let run = Run::new().file("text.sqlite", "not a store").file("empty.sqlite", "");
    for command in ["status", "history", "drift"] {
        for (file, says) in [
            ("none.sqlite", "there is no store at none.sqlite"),
            ("text.sqlite", "text.sqlite"),
            ("empty.sqlite", "empty.sqlite is not a store of digitalex-rollout"),
        ] {
            let outcome = run.run(&[command, "--store", file]);
            assert_eq!(outcome.code, Some(1), "{command} {file}: {}", outcome.stdout);
            assert_eq!(outcome.stdout, "", "{command} {file}");
            for says in [says, "`digitalex-rollout audit` needs no store"] {
                assert!(
                    outcome.stderr.contains(says),
                    "{command}: no {says:?} in {}",
                    outcome.stderr
                );
            }
        }
    }
    assert!(!run.folder().join("none.sqlite").exists(), "a reader makes no store");
}

#[test]
fn store_of_a_newer_version_should_be_refused() {
    let run = Run::new();
    let path = run.folder().join("newer.sqlite");
    let bytes = empty_store(9_999);
    std::fs::write(&path, &bytes).expect("a file");
    for command in ["status", "history", "drift"] {
        let outcome = run.run(&[command, "--store", "newer.sqlite"]);
        assert_eq!(outcome.code, Some(1), "{}", outcome.stdout);
        assert!(outcome.stderr.contains("has version 9999"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("run the newer program"), "{}", outcome.stderr);
    }
    assert_eq!(std::fs::read(&path).expect("the file"), bytes, "it was written to");
}

/// A database without tables that says it is a store of this version (sqlite.org/fileformat.html).
fn empty_store(version: u32) -> Vec<u8> {
    let mut page = vec![0; 4096];
    let mut put =
        |offset: usize, bytes: &[u8]| page[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(0, b"SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20");
    for (offset, number) in [(24, 1), (28, 1), (44, 4), (56, 1), (60, version), (92, 1)] {
        put(offset, &number.to_be_bytes());
    }
    put(68, b"DXro");
    // A leaf of a table that has no cells.
    put(100, b"\x0d\0\0\0\0\x10\0\0");
    page
}

#[test]
fn wrong_cursor_or_limit_should_be_refused() {
    let (run, _) = applied();
    for command in ["history", "drift"] {
        let outcome = run.on_store(&[command, "--cursor", "nonsense"]);
        assert_eq!(outcome.code, Some(1), "{}", outcome.stdout);
        assert!(outcome.stderr.contains("as `next`"), "{}", outcome.stderr);
        for limit in ["0", "501", "x"] {
            let outcome = run.on_store(&[command, "--limit", limit]);
            assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""), "{limit}");
        }
    }
}

#[test]
fn missing_store_should_point_at_what_a_sandbox_run_left() {
    let (run, _) = applied();
    let outcome = run.run(&["status"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("there is no store at"), "{}", outcome.stderr);
    let store = format!("--store {}", run.store().display());
    assert!(outcome.stderr.contains(&store), "no {store:?} in {}", outcome.stderr);
}
