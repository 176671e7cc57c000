//! Scripts with golden output, one file each, under tests/scenarios.
//! `TRYCMD=overwrite cargo test --package digitalex-tests --test scenarios` writes them anew.

use anyhow::Result;
use digitalex_tests::{CleanEnv, product};

#[test]
fn scenarios_should_print_what_they_say() -> Result<()> {
    let environment = CleanEnv::new()?;
    let home = environment.home().display().to_string();
    trycmd::TestCases::new()
        .register_bin("digitalex-rollout", product()?)
        .env("HOME", home.clone())
        .env("XDG_CONFIG_HOME", home.clone())
        .env("XDG_STATE_HOME", home)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .case("scenarios/*.trycmd")
        .run();
    Ok(())
}
