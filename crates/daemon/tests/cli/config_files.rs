//! The files under config/ say what the program does.

use std::path::{Path, PathBuf};

use crate::run::Run;
use digitalex_engine::{Rates, RetryLimits};
use digitalex_rollout::config::{ConfigFlags, DEFAULT, load};

fn config_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

/// Every key of the schema, with those of nested tables.
fn keys(schema: &serde_json::Value, into: &mut Vec<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        into.extend(properties.keys().cloned());
    }
    match schema {
        serde_json::Value::Object(map) => map.values().for_each(|value| keys(value, into)),
        serde_json::Value::Array(list) => list.iter().for_each(|value| keys(value, into)),
        _ => {}
    }
}

#[test]
fn checked_in_schemas_should_be_current() {
    for (file, command) in
        [("report.schema.json", ["report", "schema"]), ("config.schema.json", ["config", "schema"])]
    {
        let printed = Run::new().run(&command).stdout;
        let checked_in = std::fs::read_to_string(config_folder().join(file)).unwrap_or_default();
        let again = format!("digitalex-rollout {} > config/{file}", command.join(" "));
        assert!(checked_in == printed, "config/{file} is not current; write it again: {again}");
    }
}

#[test]
fn default_file_should_document_every_key() {
    let mut all = Vec::new();
    keys(&digitalex_rollout::config::schema(), &mut all);
    assert!(all.len() > 40, "{all:?}");
    for key in all {
        assert!(DEFAULT.contains(&key), "config/default.toml does not mention {key}");
    }
}

#[test]
fn default_file_should_hold_with_its_examples_uncommented() {
    let uncommented = |line: &str| {
        let example = line.strip_prefix('#').filter(|rest| !rest.starts_with(' '));
        // Of these the file says: set one of the two.
        let other = line.starts_with("#tenant_id_file") || line.starts_with("#secrets_manager");
        if other { String::new() } else { example.unwrap_or(line).to_owned() }
    };
    let text = DEFAULT.lines().map(uncommented).collect::<Vec<_>>().join("\n");
    let run = Run::new().file("digitalex-rollout.toml", &text);
    std::fs::create_dir(run.folder().join("policies")).expect("a folder");
    let run = run.file("policies/audited.json", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ce:Get*","Resource":"*"}]}"#);
    let outcome = run.run(&["config", "check"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("overrides: 3"), "{}", outcome.stdout);
}

#[test]
fn default_rates_should_be_those_of_the_engine() {
    let settings = load(None, &ConfigFlags::default(), &|_| None).expect("the defaults");
    assert_eq!(settings.rates, Rates::default());
    assert_eq!(settings.retry, RetryLimits::default());
}

#[test]
fn example_should_be_a_right_configuration() {
    let text = std::fs::read_to_string(config_folder().join("example-org.toml")).expect("a file");
    let text = text.replace("/etc/digitalex/tenant-id", "tenant-id");
    let run = Run::new().file("example.toml", &text).file("tenant-id", crate::run::TENANT);
    let outcome = run.run(&["config", "check", "--config", "example.toml", "--output", "json"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.json()["path"], "/finops/");
    assert_eq!(outcome.json()["overrides"], 3);
}
