//! What `cargo xtask test` runs.

use crate::stage::{Action, Stage};
use crate::{deny, fuzz, simulate, venv};

/// Tests that need the Python environment have this in their names.
const ALL_TESTS: &str = "cargo test --workspace --no-fail-fast";
const TESTS_WITHOUT_PEERS: &str = "cargo test --workspace -- --skip peer_";

/// The stages in order; the fast ones need nothing but Rust.
pub(crate) fn stages(fast: bool) -> Vec<Stage> {
    let command = |title, repeat| Stage { title, repeat, action: Action::Command };
    let mut stages = vec![
        command("format", "cargo fmt --check"),
        command("lints", "cargo clippy --workspace --all-targets -- -D warnings"),
    ];
    if !fast {
        stages.push(Stage {
            title: "dependencies",
            repeat: "cargo xtask deny",
            action: Action::Function(deny::check_offline),
        });
        stages.push(Stage {
            title: "peers",
            repeat: "cargo xtask setup",
            action: Action::Function(venv::prepare),
        });
    }
    // With its own features alone: in the build of the tests those of all members come together.
    stages.push(command("product", "cargo check --package digitalex-rollout"));
    stages.push(command("tests", if fast { TESTS_WITHOUT_PEERS } else { ALL_TESTS }));
    stages.push(Stage {
        title: "simulation",
        repeat: "cargo xtask simulate --dev --seeds 1000",
        action: Action::Function(simulate::run_tested),
    });
    stages.push(Stage {
        title: "fuzzing",
        repeat: "cargo xtask fuzz --seconds 6 --seed 1",
        action: Action::Function(fuzz::run_shortly),
    });
    stages
}
