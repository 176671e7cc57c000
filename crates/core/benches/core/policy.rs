//! Policy documents: to their canonical form, and compared.

use digitalex_core::{DesiredIdentity, PolicyDocument};
use divan::Bencher;

use crate::fixture::{Answer, desired, encoded, large_policy};

fn inline(desired: &DesiredIdentity) -> PolicyDocument {
    desired.inline.values().next().unwrap().clone()
}

#[divan::bench]
fn canonicalise_trust(bencher: Bencher<'_, '_>) {
    let answer = Answer::of(&desired());
    bencher.bench(|| PolicyDocument::parse(&answer.trust).unwrap());
}

#[divan::bench]
fn canonicalise_inline(bencher: Bencher<'_, '_>) {
    let text = encoded(&inline(&desired()).to_json());
    bencher.bench(|| PolicyDocument::parse(&text).unwrap());
}

#[divan::bench]
fn canonicalise_large(bencher: Bencher<'_, '_>) {
    let text = encoded(&large_policy("s3:GetObject"));
    bencher.bench(|| PolicyDocument::parse(&text).unwrap());
}

#[divan::bench]
fn compare_equal(bencher: Bencher<'_, '_>) {
    let wanted = desired().trust().unwrap().clone();
    let found = PolicyDocument::parse(&wanted.to_json()).unwrap();
    bencher.bench(|| wanted.compare(&found));
}

#[divan::bench]
fn compare_large_equal(bencher: Bencher<'_, '_>) {
    let [wanted, found] =
        ["s3:GetObject"; 2].map(|action| PolicyDocument::parse(&large_policy(action)).unwrap());
    bencher.bench(|| wanted.compare(&found));
}

#[divan::bench]
fn compare_large_different(bencher: Bencher<'_, '_>) {
    let [wanted, found] = ["s3:GetObject", "s3:Get*"]
        .map(|action| PolicyDocument::parse(&large_policy(action)).unwrap());
    bencher.bench(|| wanted.compare(&found));
}
