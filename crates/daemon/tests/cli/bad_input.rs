//! Whatever is wrong with what people give it, the program says it once, with the place and the
//! next step, and exits with 1.

use crate::run::{Run, TENANT};

struct Case {
    name: &'static str,
    file: &'static str,
    variables: &'static [(&'static str, &'static str)],
    arguments: &'static [&'static str],
    says: &'static [&'static str],
}

const CHECK: &[&str] = &["config", "check"];

const CASES: &[Case] = &[
    Case {
        name: "an unknown key",
        file: "bucket = \"example-cur\"\nrole_nam = \"digitalex-a\"\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:2:1: unknown field `role_nam`", "config template"],
    },
    Case {
        name: "an unknown key in a table",
        file: "[scope]\ninclude = []\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:2:1: unknown field `include`"],
    },
    Case {
        name: "a role name without the prefix",
        file: "role_name = \"finops\"\n",
        variables: &[],
        arguments: CHECK,
        says: &[
            "digitalex-rollout.toml:1:13:",
            "must begin with \"digitalex-\"",
            "role_name = \"finops\"",
        ],
    },
    Case {
        name: "a role name without the prefix in the environment",
        file: "",
        variables: &[("DIGITALEX_ROLE_NAME", "finops")],
        arguments: CHECK,
        says: &["DIGITALEX_ROLE_NAME", "must begin with \"digitalex-\"", "correct it"],
    },
    Case {
        name: "a role name without the prefix as a flag",
        file: "",
        variables: &[],
        arguments: &["config", "check", "--role-name", "finops"],
        says: &["--role-name", "must begin with \"digitalex-\""],
    },
    Case {
        name: "an empty tenant id in the file",
        file: "tenant_id = \"\"\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:1:13: the DigitalEx tenant id is empty"],
    },
    Case {
        name: "an empty tenant id in the environment",
        file: "",
        variables: &[("DIGITALEX_TENANT_ID", " ")],
        arguments: CHECK,
        says: &["DIGITALEX_TENANT_ID", "the DigitalEx tenant id is empty"],
    },
    Case {
        name: "a tenant id file that is not there",
        file: "tenant_id_file = \"nowhere\"\n",
        variables: &[],
        arguments: CHECK,
        says: &["the tenant id file", "nowhere", "cannot be read", "No such file"],
    },
    Case {
        name: "a tenant id of another type, which is not shown",
        file: "tenant_id = [\"tenant-7f3a-never-shown\"]\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:1:13: the tenant id must be a string"],
    },
    Case {
        name: "a tenant id under a wrong key, which is not shown",
        file: "tennant = \"tenant-7f3a-never-shown\"\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:1:1: unknown field `tennant`"],
    },
    Case {
        name: "a tenant id without quotes, which is not shown",
        file: "tenant_id = tenant-7f3a-never-shown\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:1:13: the tenant id must be a string"],
    },
    Case {
        name: "a tenant id given twice",
        file: "tenant_id = \"tenant-7f3a-never-shown\"\ntenant_id_file = \"a\"\n",
        variables: &[],
        arguments: CHECK,
        says: &["twice", "leave one of the two out"],
    },
    Case {
        name: "a syntax error",
        file: "bucket = \"a\nadopt = true\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:1:"],
    },
    Case {
        name: "an unknown profile",
        file: "\nprofile = \"payer\"\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:2:11: there is no profile \"payer\""],
    },
    Case {
        name: "an unknown profile in the environment",
        file: "profile = \"member\"\n",
        variables: &[("DIGITALEX_PROFILE", "payer")],
        arguments: CHECK,
        says: &["there is no profile \"payer\""],
    },
    Case {
        name: "an override of nothing",
        file: "[[override]]\nadopt = true\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:1:1: an override needs exactly one of account, ou and tag"],
    },
    Case {
        name: "an override of two things",
        file: "[[override]]\naccount = \"111122223333\"\nou = \"r-ab12\"\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:1:1: an override needs exactly one of account, ou and tag"],
    },
    Case {
        name: "an account id that is a number",
        file: "[scope]\ninclude_accounts = [111122223333]\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:2:21:", "expected a string"],
    },
    Case {
        name: "a profile whose document is not there",
        file: "[profiles.own]\ninline.a = \"missing.json\"\n",
        variables: &[],
        arguments: CHECK,
        says: &["the policy document", "missing.json", "cannot be read"],
    },
    Case {
        name: "the billing profile without a bucket",
        file: "profile = \"billing\"\n",
        variables: &[],
        arguments: CHECK,
        says: &["set bucket (or DIGITALEX_BUCKET)"],
    },
    Case {
        name: "a boundary that is no ARN",
        file: "permissions_boundary = \"boundary\"\n",
        variables: &[],
        arguments: CHECK,
        says: &["\"boundary\" is not an ARN"],
    },
    Case {
        name: "a configuration file that is not there",
        file: "",
        variables: &[],
        arguments: &["config", "check", "--config", "elsewhere.toml"],
        says: &["the configuration file elsewhere.toml cannot be read", "check the path"],
    },
    Case {
        name: "a policy with a syntax error",
        file: "{ \"Version\": \"2012-10-17\", \"Statement\": [ }",
        variables: &[],
        arguments: &["policy", "compare", "digitalex-rollout.toml", "digitalex-rollout.toml"],
        says: &["digitalex-rollout.toml is not a policy document", "policy check"],
    },
    Case {
        name: "a policy that is not there",
        file: "",
        variables: &[],
        arguments: &["policy", "check", "nowhere.json"],
        says: &["nowhere.json cannot be read", "check the path"],
    },
    Case {
        name: "a number that is too small",
        file: "[limits]\nconcurrency = 0\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:2:15:", "integer `0`, expected a whole number, 1 or more"],
    },
    Case {
        name: "a number that is text",
        file: "removals_max = \"few\"\n",
        variables: &[],
        arguments: CHECK,
        says: &["digitalex-rollout.toml:1:16:", "expected a whole number, 0 or more"],
    },
    Case {
        name: "an unknown command",
        file: "",
        variables: &[],
        arguments: &["audti"],
        says: &["audti", "--help"],
    },
];

#[test]
fn bad_input_should_give_one_clear_message_and_exit_1() {
    for case in CASES {
        let mut run = Run::new().file("digitalex-rollout.toml", case.file);
        for (name, value) in case.variables {
            run = run.variable(name, value);
        }
        let outcome = run.run(case.arguments);
        assert_eq!(outcome.code, Some(1), "{}: {}", case.name, outcome.stderr);
        assert_eq!(outcome.stdout, "", "{}", case.name);
        for part in case.says {
            assert!(
                outcome.stderr.contains(part),
                "{}: no {part:?} in {}",
                case.name,
                outcome.stderr
            );
        }
    }
}

#[test]
fn tenant_id_in_a_wrong_place_should_never_be_shown() {
    // `run` looks for the tenant id in what is said.
    for before in [&[][..], &["audit"], &["audit", "--"], &["config"], &["plan"], &["apply", "a"]] {
        let outcome = Run::new().run(&[before, &[TENANT]].concat());
        assert_eq!(outcome.code, Some(1), "{before:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("(not shown)"), "{before:?}: {}", outcome.stderr);
    }
    let outcome = Run::new().run(&["audit", "--tenant-id", TENANT]);
    assert!(outcome.stderr.contains("'--tenant-id'"), "{}", outcome.stderr);
}

#[test]
fn tenant_id_should_never_be_shown_by_config_check() {
    for level in ["off", "info", "trace"] {
        let run = Run::new().file("digitalex-rollout.toml", &format!("tenant_id = \"{TENANT}\"\n"));
        let outcome = run.run(&["config", "check", "--log-level", level]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert!(outcome.stdout.contains("set (hidden)"), "{}", outcome.stdout);
    }
}

#[test]
fn help_and_version_should_exit_0() {
    for arguments in [&["--help"][..], &["--version"], &["help"], &["config", "--help"]] {
        assert_eq!(Run::new().run(arguments).code, Some(0), "{arguments:?}");
    }
}
