//! The planted bugs: each is somewhere in the product, and no product has any.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use digitalex_core::planted::{Place, PlantedBug};

const FEATURE: &str = "planted-bugs";

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").canonicalize().unwrap()
}

/// The sources of one crate, without the list of the bugs itself and without tests.
fn sources(of: &str) -> Vec<String> {
    let (mut sources, mut open) = (Vec::new(), vec![crates().join(of).join("src")]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.file_name().unwrap().to_str().unwrap() {
                "planted.rs" | "tests" | "tests.rs" => {}
                _ if path.is_dir() => open.push(path),
                _ => sources.push(fs::read_to_string(path).unwrap()),
            }
        }
    }
    sources
}

/// What cargo would build of a package, with the features that it turns on.
fn features_in_build_of(package: &str, features: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--prefix", "none", "--edges", "normal,build"])
        .args(["--format", "{p} {f}"])
        .args(["--package", package])
        .args(features)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn planted_bugs_should_each_sit_in_the_crate_that_they_name() {
    let of = |place| match place {
        Place::Core => "core",
        Place::Engine => "engine",
        Place::Aws => "aws",
        Place::Store => "store",
    };
    for place in [Place::Core, Place::Engine, Place::Aws, Place::Store] {
        let sources = sources(of(place));
        for bug in PlantedBug::ALL.iter().filter(|bug| bug.place() == place) {
            let hook = format!("is_planted(PlantedBug::{bug:?})");
            let hooked = sources.iter().any(|source| source.contains(&hook));
            assert!(hooked, "{} is nowhere in {}", bug.name(), of(place));
        }
    }
}

#[test]
fn product_should_have_no_feature_that_plants_bugs() {
    for features in [&[] as &[_], &["--all-features"]] {
        let product = features_in_build_of("digitalex-rollout", features);
        assert!(product.contains("digitalex-core"), "{product}");
        let planted: Vec<_> = product.lines().filter(|line| line.contains(FEATURE)).collect();
        assert!(planted.is_empty(), "{features:?}: {planted:?}");
    }
    let tests = features_in_build_of("digitalex-tests", &["--features", FEATURE]);
    let core = |line: &str| line.starts_with("digitalex-core ") && line.contains(FEATURE);
    assert!(tests.lines().any(core), "cargo would not tell: {tests}");
    assert!(!features_in_build_of("digitalex-tests", &[]).contains(FEATURE), "it is no default");
}
