//! `policy compare` and `policy check`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use digitalex_core::{Effect, PolicyDocument, PolicyKind, validate};
use miette::Report;
use serde_json::json;

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{print, print_json, safe};

/// About policy documents.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Say whether two policy documents mean the same to IAM, and what the second does differently
    #[command(after_help = "\
Exit codes: 0 equivalent, 2 different, 1 not a policy.

Examples:
  digitalex-rollout policy compare wanted.json found.json
  digitalex-rollout policy compare --output json a.json b.json")]
    Compare(CompareArgs),
    /// Say whether IAM would accept a policy document, and what is wrong where
    #[command(after_help = "\
Exit codes: 0 IAM would accept it, 1 it would not.

Examples:
  digitalex-rollout policy check policy.json
  digitalex-rollout policy check --kind trust trust.json")]
    Check(CheckArgs),
}

/// Arguments of `policy compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The policy document to compare with (JSON, percent-encoded or plain)
    #[arg(value_name = "A")]
    wanted: PathBuf,
    /// The policy document that is compared
    #[arg(value_name = "B")]
    found: PathBuf,
}

/// Arguments of `policy check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The policy document
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the document is for
    #[arg(long, value_enum, default_value_t)]
    kind: Kind,
}

/// What a policy document is for.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum Kind {
    /// An inline or managed policy, or a permissions boundary.
    #[default]
    Identity,
    /// A role's trust policy.
    Trust,
    /// A service control policy.
    Scp,
}

/// Runs the command.
pub(crate) fn run(context: &Context, command: &PolicyCommand) -> Result<Exit, Report> {
    match command {
        PolicyCommand::Compare(args) => compare(context, args),
        PolicyCommand::Check(args) => check(context, args),
    }
}

fn compare(context: &Context, args: &CompareArgs) -> Result<Exit, Report> {
    let comparison = parse(&args.wanted)?.compare(&parse(&args.found)?);
    if context.is_json() {
        print_json(&json!({ "equivalent": comparison.is_none(), "comparison": comparison }))?;
    } else if let Some(comparison) = &comparison {
        let (a, b) = (args.wanted.display(), args.found.display());
        let mut lines = vec![format!("different: {b} {} {a}", effect_text(comparison.effect))];
        let statements = comparison.statements.iter();
        lines.extend(statements.map(|statement| {
            format!("  {}: {}", effect_word(statement.effect), safe(&statement.explanation))
        }));
        print(&lines.join("\n"))?;
    } else {
        print("equivalent")?;
    }
    Ok(if comparison.is_none() { Exit::Done } else { Exit::Drift })
}

fn check(context: &Context, args: &CheckArgs) -> Result<Exit, Report> {
    let kind = match args.kind {
        Kind::Identity => PolicyKind::Identity,
        Kind::Trust => PolicyKind::Trust,
        Kind::Scp => PolicyKind::ServiceControl,
    };
    let findings = validate(&read(&args.file)?, kind);
    if context.is_json() {
        print_json(&json!({ "valid": findings.is_empty(), "findings": findings }))?;
    } else if findings.is_empty() {
        print("valid")?;
    } else {
        let lines = findings.iter().map(|finding| format!("  {}", safe(&finding.to_string())));
        let lines = lines.collect::<Vec<_>>().join("\n");
        print(&format!("IAM would refuse {}:\n{lines}", args.file.display()))?;
    }
    Ok(if findings.is_empty() { Exit::Done } else { Exit::Error })
}

fn parse(path: &Path) -> Result<PolicyDocument, Report> {
    PolicyDocument::parse(&read(path)?).map_err(|error| {
        let message = format!("{} is not a policy document", path.display());
        let next_step =
            format!("`digitalex-rollout policy check {}` looks at it closely", path.display());
        Failure::caused(message, next_step, error).into()
    })
}

fn read(path: &Path) -> Result<String, Report> {
    std::fs::read_to_string(path).map_err(|error| {
        let message = format!("{} cannot be read", path.display());
        Failure::caused(message, "check the path and its permissions", error).into()
    })
}

fn effect_text(effect: Effect) -> &'static str {
    match effect {
        Effect::Widens => "allows or trusts more than",
        Effect::Narrows => "allows less than",
        Effect::Cosmetic => "is written otherwise, with no effect on access, than",
    }
}

fn effect_word(effect: Effect) -> &'static str {
    match effect {
        Effect::Widens => "more",
        Effect::Narrows => "less",
        Effect::Cosmetic => "cosmetic",
    }
}
