//! The corpus, input by input and with deterministic mutations: what was found once stays tested, with
//! and without a C++ compiler.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use digitalex_fuzz::{TARGETS, Target};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// Of each input.
const MUTATIONS: u64 = 200;
/// Of each input of a target that makes calls, each of which takes the SDK a millisecond.
const MUTATIONS_WITH_CALLS: u64 = 20;

/// What parsers stumble over.
const PIECES: [&[u8]; 12] = [
    b"\0",
    b"\"",
    b"'''",
    b"\"\"\"\n",
    b"\\ud800",
    b"[[",
    b"{\"\":",
    b"%C3",
    b"\xff\xfe",
    b"-1e999",
    b"</member>",
    b"<![CDATA[",
];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The inputs of one target by file name.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(corpus().join(target)).unwrap().map(|entry| entry.unwrap());
    let mut inputs: Vec<_> = files
        .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn every_target_should_have_a_corpus_and_a_program() {
    let folders = fs::read_dir(corpus()).unwrap();
    let folders: BTreeSet<String> =
        folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(folders, targets);
    for target in targets {
        let program = format!("examples/fuzz_{target}.rs");
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(&program).exists(), "no {program}");
    }
}

#[test]
fn policy_should_keep_its_canonical_form_in_every_spelling() {
    run("policy", MUTATIONS);
}

#[test]
fn policy_pair_should_differ_in_both_directions_or_in_neither() {
    run("policy_pair", MUTATIONS);
}

#[test]
fn config_should_be_settings_or_an_error_and_never_show_the_tenant_id() {
    run("config", MUTATIONS);
}

#[test]
fn page_tokens_should_end_and_never_make_a_part_the_whole() {
    run("page_tokens", MUTATIONS_WITH_CALLS);
}

#[test]
fn aws_answer_should_never_be_absent_or_shorter_where_it_cannot_be_read() {
    run("aws_answer", MUTATIONS_WITH_CALLS);
}

fn run(name: &str, mutations: u64) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let inputs = inputs(name);
    for (file, input) in &inputs {
        attempt(*target, input, &format!("{name}/{file}"));
        for seed in 0..mutations {
            let mutated = mutated(input, &inputs, seed);
            attempt(*target, &mutated, &format!("{name}/{file}, mutation {seed}"));
        }
    }
}

fn attempt(target: Target, input: &[u8], what: &str) {
    let outcome = catch_unwind(AssertUnwindSafe(|| target(input)));
    assert!(outcome.is_ok(), "{what}: {}", input.escape_ascii());
}

/// The input with up to four changes: the seed decides which.
fn mutated(input: &[u8], others: &[(String, Vec<u8>)], seed: u64) -> Vec<u8> {
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut mutated = input.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        let at = rng.random_range(0..=mutated.len());
        let end = rng.random_range(at..=mutated.len().min(at + 16));
        match rng.random_range(0..6) {
            0 => drop(mutated.drain(at..end)),
            1 => mutated.truncate(at),
            2 if at < mutated.len() => mutated[at] ^= 1 << rng.random_range(0..8),
            3 => mutated.extend_from_within(at..end),
            4 => {
                let (_, other) = others.choose(&mut rng).unwrap();
                mutated.truncate(at);
                mutated.extend(&other[at.min(other.len())..]);
            }
            _ => {
                let piece = PIECES.choose(&mut rng).unwrap();
                drop(mutated.splice(at..end, piece.iter().copied()));
            }
        }
    }
    mutated
}
