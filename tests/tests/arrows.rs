//! The arrows between the crates, and what `core` may depend on.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

const LIBRARIES: [&str; 5] =
    ["digitalex-core", "digitalex-engine", "digitalex-aws", "digitalex-store", "digitalex-sim"];
const PRODUCT: &str = "digitalex-rollout";
const TESTS: &str = "digitalex-tests";
/// Has targets in every crate, and in the product's reading of its configuration.
const FUZZ: &str = "digitalex-fuzz";

/// Which crates of ours each may depend on: all arrows there are.
fn arrows() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("digitalex-core", &[] as &[_]),
        ("digitalex-engine", &["digitalex-core"]),
        ("digitalex-aws", &["digitalex-engine", "digitalex-core"]),
        ("digitalex-store", &["digitalex-engine", "digitalex-core"]),
        ("digitalex-sim", &["digitalex-engine", "digitalex-core"]),
        (PRODUCT, &LIBRARIES),
        (TESTS, &LIBRARIES),
        (FUZZ, &["digitalex-core", "digitalex-engine", "digitalex-aws", PRODUCT]),
        ("xtask", &LIBRARIES),
    ])
}

fn metadata() -> Metadata {
    MetadataCommand::new().exec().unwrap()
}

#[test]
fn crates_should_depend_on_each_other_only_along_the_arrows() {
    let arrows = arrows();
    let metadata = metadata();
    let ours: BTreeSet<&str> =
        metadata.workspace_packages().iter().map(|package| package.name.as_str()).collect();
    assert_eq!(ours, arrows.keys().copied().collect(), "a crate without arrows, or gone");

    for package in metadata.workspace_packages() {
        let allowed = arrows[package.name.as_str()];
        for dependency in &package.dependencies {
            let target = dependency.name.as_str();
            let is_test_fixture = target == TESTS && dependency.kind == DependencyKind::Development;
            if ours.contains(target) && !is_test_fixture {
                assert!(allowed.contains(&target), "{} must not depend on {target}", package.name);
            }
        }
    }
}

#[test]
fn only_the_aws_crate_should_depend_on_the_aws_sdk() {
    for package in metadata().workspace_packages() {
        for dependency in &package.dependencies {
            // Cryptography, which speaks to nobody.
            let is_sdk = dependency.name.starts_with("aws-") && dependency.name != "aws-lc-rs";
            assert!(
                package.name == "digitalex-aws" || !is_sdk,
                "{} must not depend on {}: AWS is reached through the ports",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn core_should_depend_only_on_its_allow_list() {
    let allowed = ["percent-encoding", "serde", "serde_json", "sha2", "thiserror", "zeroize"];
    let metadata = metadata();
    let core = package_of(&metadata, "digitalex-core");
    for dependency in &core.dependencies {
        assert!(
            dependency.kind == DependencyKind::Development
                || allowed.contains(&dependency.name.as_str()),
            "core must not depend on {}",
            dependency.name
        );
    }
}

#[test]
fn core_should_reach_no_async_runtime_clock_randomness_or_network() {
    let banned = [
        "async",
        "chrono",
        "fastrand",
        "futures",
        "getrandom",
        "hyper",
        "jiff",
        "mio",
        "rand",
        "reqwest",
        "smol",
        "socket2",
        "time",
        "tokio",
        "ureq",
    ];
    for name in normal_dependencies("digitalex-core") {
        let family = name.split(['-', '_']).next().unwrap();
        assert!(!banned.contains(&family), "core reaches {name}");
    }
}

fn package_of<'a>(metadata: &'a Metadata, name: &str) -> &'a cargo_metadata::Package {
    metadata.packages.iter().find(|package| package.name == name).unwrap()
}

/// The names of all that is linked with a package where it is built by itself, on whatever platform. The
/// metadata would tell what others ask of its dependencies, too.
fn normal_dependencies(name: &str) -> BTreeSet<String> {
    let tree = ["tree", "--package", name, "--edges", "normal", "--target", "all"];
    let output = Command::new("cargo").args(tree).args(["--prefix", "none"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let names: BTreeSet<String> =
        lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    assert!(names.contains(name), "the tree has another form");
    names
}
