//! `policy compare` and `policy check` through the binary; the rules themselves are tested in core.

use crate::run::{Run, TENANT};

const ONE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ce:Get*","Resource":"*"}]}"#;
const SAME: &str = r#"{"Statement":{"Resource":["*"],"Action":["CE:Get*"],"Effect":"Allow"},"Version":"2012-10-17"}"#;
const MORE: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn files() -> Run {
    Run::new().file("one", ONE).file("same", SAME).file("more", MORE).file("none", "[1]")
}

#[test]
fn compare_should_exit_0_equivalent_2_different_1_not_a_policy() {
    for (a, b, code) in
        [("one", "same", 0), ("one", "more", 2), ("more", "one", 2), ("one", "none", 1)]
    {
        for format in ["human", "json"] {
            let outcome = files().run(&["policy", "compare", "--output", format, a, b]);
            assert_eq!(outcome.code, Some(code), "{a} {b}: {}{}", outcome.stdout, outcome.stderr);
        }
    }
}

#[test]
fn compare_should_say_what_the_second_does_differently() {
    let outcome = files().run(&["policy", "compare", "one", "more"]);
    assert!(
        outcome.stdout.starts_with("different: more allows or trusts more than one"),
        "{}",
        outcome.stdout
    );
    let outcome = files().run(&["policy", "compare", "--output", "json", "one", "more"]);
    assert_eq!(outcome.json()["comparison"]["effect"], "widens");
}

#[test]
fn compare_should_hide_external_ids() {
    let trust = |id: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"911403356698"}},
            "Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"sts:ExternalId":"{id}"}}}}}}]}}"#
        )
    };
    let run = Run::new().file("a", &trust(TENANT)).file("b", &trust("other"));
    for format in ["human", "json"] {
        assert_eq!(run.run(&["policy", "compare", "--output", format, "a", "b"]).code, Some(2));
    }
}

#[test]
fn check_should_exit_0_where_iam_would_accept_and_1_where_it_would_not() {
    let run = files().file("bad", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}"#);
    assert_eq!(run.run(&["policy", "check", "one"]).code, Some(0));
    let outcome = run.run(&["policy", "check", "bad"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stdout.contains("IAM would refuse bad"), "{}", outcome.stdout);
}
