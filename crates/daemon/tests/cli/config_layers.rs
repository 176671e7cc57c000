//! The layers of the configuration: default, file, environment, flags.

use crate::run::{Run, TENANT};
use serde_json::json;

fn check(run: &Run, flags: &[&str]) -> serde_json::Value {
    let arguments = [&["config", "check", "--output", "json"], flags].concat();
    let outcome = run.run(&arguments);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome.json()
}

#[test]
fn a_later_layer_should_win() {
    let run = Run::new();
    assert_eq!(check(&run, &[])["role_name"], "digitalex-finops");
    let run = run.file("digitalex-rollout.toml", "role_name = \"digitalex-file\"\nadopt = true\n");
    assert_eq!(check(&run, &[])["role_name"], "digitalex-file");
    let run = run.variable("DIGITALEX_ROLE_NAME", "digitalex-variable");
    assert_eq!(check(&run, &[])["role_name"], "digitalex-variable");
    let flag = ["--role-name", "digitalex-flag"];
    assert_eq!(check(&run, &flag)["role_name"], "digitalex-flag");
}

#[test]
fn the_file_should_be_found_by_flag_then_variable_then_folder_then_home() {
    let role = |name: &str| format!("role_name = \"digitalex-{name}\"\n");
    let run = Run::new();
    let home = run.folder().join(".config/digitalex-rollout");
    std::fs::create_dir_all(&home).expect("a folder");
    std::fs::write(home.join("config.toml"), role("home")).expect("a file");
    assert_eq!(check(&run, &[])["role_name"], "digitalex-home");
    let run = run.file("digitalex-rollout.toml", &role("folder"));
    assert_eq!(check(&run, &[])["role_name"], "digitalex-folder");
    let run = run.file("v.toml", &role("variable")).variable("DIGITALEX_CONFIG", "v.toml");
    assert_eq!(check(&run, &[])["role_name"], "digitalex-variable");
    let run = run.file("f.toml", &role("flag"));
    assert_eq!(check(&run, &["--config", "f.toml"])["role_name"], "digitalex-flag");
}

#[test]
fn environment_should_set_what_it_documents() {
    let run = Run::new()
        .variable("DIGITALEX_TENANT_ID", TENANT)
        .variable("DIGITALEX_PROFILE", "billing")
        .variable("DIGITALEX_BUCKET", "example-cur")
        .variable("DIGITALEX_ADMIN_ROLE", "first, hub > second")
        .variable("DIGITALEX_REMOVALS_MAX", "3")
        .variable("DIGITALEX_CONCURRENCY", "5");
    let found = check(&run, &[]);
    assert_eq!(found["tenant_id"], "set (hidden)");
    assert_eq!(found["profile"], "billing");
    assert_eq!(found["bucket"], "example-cur");
    assert_eq!(found["admin_roles"], json!(["first", "hub > second"]));
    assert_eq!(found["removals_max"], 3);
    assert_eq!(found["concurrency"], 5);
    assert_eq!(found["management_account"], true);
}

#[test]
fn management_account_should_take_part_once_there_is_a_bucket() {
    let run = Run::new();
    assert_eq!(check(&run, &[])["management_account"], false);
    assert_eq!(check(&run, &["--bucket", "example-cur"])["management_account"], true);
}

#[test]
fn paths_in_a_file_should_be_relative_to_it() {
    let run = Run::new();
    let folder = run.folder().join("etc");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("tenant"), format!("{TENANT}\n")).expect("a file");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ce:Get*","Resource":"*"}]}"#;
    std::fs::write(folder.join("own.json"), policy).expect("a file");
    let text = "tenant_id_file = \"tenant\"\nprofile = \"own\"\n\
                [profiles.own]\ninline.digitalex-own = \"own.json\"\n";
    std::fs::write(folder.join("a.toml"), text).expect("a file");
    let found = check(&run, &["--config", "etc/a.toml"]);
    assert_eq!(found["tenant_id"], "set (hidden)");
    assert_eq!(found["profile"], "own");
}

#[test]
fn unknown_variable_should_be_warned_of() {
    let outcome = Run::new().variable("DIGITALEX_PROFIL", "x").run(&["config", "check"]);
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.stderr.contains("DIGITALEX_PROFIL"), "{}", outcome.stderr);
}

#[test]
fn template_should_be_a_right_configuration() {
    let template = Run::new().run(&["config", "template"]);
    let run = Run::new().file("digitalex-rollout.toml", &template.stdout);
    assert_eq!(check(&run, &[])["role_name"], "digitalex-finops");
}
