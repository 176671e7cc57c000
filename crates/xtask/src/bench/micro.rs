//! The micro-benchmarks of the pure core: canonicalise, diff, plan.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::repository::Repository;

/// What divan draws its table with; everything else comes from cargo.
const TABLE_MARKS: [char; 3] = ['│', '├', '╰'];

/// Runs them; their table as printed.
///
/// # Errors
/// They do not build, fail, or print no table.
pub(crate) fn measure(repository: &Repository) -> Result<String> {
    println!("== micro-benchmarks");
    let output = repository
        .command("cargo")
        .args(["bench", "--package", "digitalex-core"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(
        output.status.success(),
        "`cargo bench -p digitalex-core` ended with {}",
        output.status
    );
    let table = table(&String::from_utf8_lossy(&output.stdout));
    ensure!(!table.is_empty(), "`cargo bench -p digitalex-core` printed no table");
    Ok(table)
}

fn table(output: &str) -> String {
    let is_of_table = |line: &&str| line.contains(TABLE_MARKS);
    output.lines().filter(is_of_table).map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_should_be_taken_out_of_what_cargo_prints_around_it() {
        let output = "
running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

Timer precision: 20 ns
plan            fastest       │ slowest       │ median        │ mean          │ samples
├─ diff         8.1 µs        │ 20 µs         │ 8.5 µs        │ 8.7 µs        │ 100
╰─ plan         1.1 µs        │ 3 µs          │ 1.2 µs        │ 1.3 µs        │ 100

";
        let table = table(output);
        let starts: Vec<_> = table.lines().filter_map(|line| line.split(' ').nth(1)).collect();
        assert_eq!((table.lines().count(), &starts[1..]), (3, &["diff", "plan"][..]));
    }
}
