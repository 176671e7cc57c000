//! The tree keeps its own rules.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

const LINES_MAX: usize = 500;

/// A text file of the tree; its path is relative to the root.
struct File {
    path: String,
    text: String,
}

impl File {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// All text files that are, or could be, tracked.
fn files() -> Vec<File> {
    let root = root();
    let mut files = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if [".git", "target", "__pycache__"].contains(&name) {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                files.push(File { path, text });
            }
        }
    }
    assert!(files.iter().any(|file| file.path == "Cargo.toml"), "the walk misses the root");
    files
}

/// Fails with every line of the files that `is_wrong`.
fn no_line(files: &[File], rule: &str, is_wrong: impl Fn(&str) -> bool) {
    let wrong: Vec<String> = files
        .iter()
        .flat_map(|file| {
            file.text.lines().enumerate().map(move |(index, line)| (file, index + 1, line))
        })
        .filter(|(_, _, line)| is_wrong(line))
        .map(|(file, number, line)| format!("{}:{number}: {}", file.path, line.trim()))
        .collect();
    assert!(wrong.is_empty(), "{rule}:\n{}", wrong.join("\n"));
}

#[test]
fn rust_files_should_be_short() {
    for file in files().iter().filter(|file| file.is_rust() && !file.is_test()) {
        let code = file.text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = code.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines; split it by job", file.path);
    }
}

#[test]
fn crates_should_say_what_they_are() {
    let files = files();
    let roots = files
        .iter()
        .filter(|file| file.path.ends_with("/src/lib.rs") || file.path.ends_with("/src/main.rs"));
    for file in roots {
        assert!(file.text.starts_with("//! "), "{} begins without a doc comment", file.path);
    }
}

#[test]
fn modules_should_be_named_for_their_job() {
    let vague = ["util", "utils", "helper", "helpers", "common", "manager", "misc"];
    for file in files() {
        let is_vague = file.path.split(['/', '.']).any(|part| vague.contains(&part));
        assert!(!is_vague, "{}: name it for its job", file.path);
    }
}

#[test]
fn files_should_hold_no_unfinished_work() {
    let marks = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"]].map(|parts| parts.concat());
    let debug = ["dbg", "!("].concat();
    no_line(&files(), "finish it, or open an issue", |line| {
        line.contains(&debug)
            || line
                .split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
                .any(|word| marks.iter().any(|mark| mark == word))
    });
}

#[test]
fn files_should_name_no_place_of_one_machine() {
    // In parts, so that this file passes.
    let places = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["/Us", "ers/"],
        ["index", "-url"],
        ["--in", "dex"],
        ["replace", "-with"],
        ["sparse", "+http"],
        ["[regis", "tries"],
    ]
    .map(|parts| parts.concat());
    no_line(&files(), "it holds on one machine only", |line| {
        places.iter().any(|place| line.contains(place))
    });

    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let crates_io = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    for source in lock.lines().filter(|line| line.starts_with("source = ")) {
        assert_eq!(source, crates_io, "Cargo.lock");
    }
}

#[test]
fn architecture_should_name_a_test_for_every_invariant() {
    let files = files();
    let text = &files.iter().find(|file| file.path == "ARCHITECTURE.md").unwrap().text;
    let (_, section) = text.split_once("## Invariants").unwrap();
    let rows: Vec<Vec<&str>> = section
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with("| "))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|row| row[0].chars().all(|character| character.is_ascii_digit()))
        .collect();
    let numbers: Vec<&str> = rows.iter().map(|row| row[0]).filter(|it| !it.is_empty()).collect();
    let counted: Vec<String> = (1..=15).map(|number| number.to_string()).collect();
    assert_eq!(numbers, counted);

    for row in rows {
        let tests: Vec<&str> =
            row[2].split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
        assert!(!tests.is_empty(), "no test holds: {}", row[1]);
        for test in tests {
            assert!(has_test(&files, test), "{}: there is no test {test}", row[1]);
        }
    }
}

/// Is there a function of that name (`crate-or-file::test_name`) in that crate or file?
fn has_test(files: &[File], test: &str) -> bool {
    let (place, name) = test.rsplit_once("::").unwrap();
    let place = place.split("::").next().unwrap();
    let directory = match place.strip_prefix("digitalex-") {
        Some("tests") => "tests/".to_owned(),
        Some("rollout") => "crates/daemon/".to_owned(),
        Some(name) => format!("crates/{name}/"),
        None => place.to_owned(),
    };
    let signature = format!("fn {name}(");
    files.iter().any(|file| {
        file.is_rust() && file.path.starts_with(&directory) && file.text.contains(&signature)
    })
}
