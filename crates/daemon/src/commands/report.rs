//! `report`: about reports that are there.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use digitalex_core::AccountId;
use miette::Report as Error;

use crate::Context;
use crate::cli::OutputFormat;
use crate::exit::{Exit, Failure};
use crate::output::{print, print_json, schema, tell, written};
use crate::report::compare::Comparison;
use crate::report::{Format, Report, admin_role, sign};

/// About reports.
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// Check that a file is as it was signed
    Verify(VerifyArgs),
    /// Say what became of each account between two JSON reports
    Diff(DiffArgs),
    /// Write a JSON report in the format of --output
    Convert(ConvertArgs),
    /// Print a CloudFormation template of the admin role, for the owner of an account that has none
    AdminRole(AdminRoleArgs),
    /// Print the JSON schema of what audit, plan and apply write with --output json
    #[command(after_help = "\
Examples:
  digitalex-rollout report schema > report.schema.json")]
    Schema,
}

/// Arguments of `report verify`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 it is as it was signed, 1 it is not, or cannot be read.

Examples:
  openssl genpkey -algorithm ed25519 -out key.pem
  openssl pkey -in key.pem -pubout -out key.pub.pem
  digitalex-rollout audit --report audit.json --sign key.pem
  digitalex-rollout report verify audit.json --key key.pub.pem")]
pub struct VerifyArgs {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The public key of who signed it (PEM)
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// The signature [default: FILE.sig]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
}

/// Arguments of `report diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 nothing changed, 2 something did, 1 error.

Examples:
  digitalex-rollout report diff monday.json tuesday.json
  digitalex-rollout report diff monday.json tuesday.json --output json")]
pub struct DiffArgs {
    /// The earlier report
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The later report
    #[arg(value_name = "NEW")]
    new: PathBuf,
}

/// Arguments of `report convert`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  digitalex-rollout report convert audit.json --output html > audit.html
  digitalex-rollout report convert audit.json --output markdown")]
pub struct ConvertArgs {
    /// The report
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Arguments of `report admin-role`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  digitalex-rollout report admin-role --trusts 111122223333 > digitalex-admin-role.json
  digitalex-rollout report admin-role --trusts 111122223333 \\
    --template-url https://bucket.s3.amazonaws.com/digitalex-admin-role.json")]
pub struct AdminRoleArgs {
    /// The account whose credentials this program runs with
    #[arg(long, value_name = "ID")]
    trusts: AccountId,
    /// The role's name, as under admin_roles
    #[arg(long, value_name = "NAME", default_value = "OrganizationAccountAccessRole")]
    role: String,
    /// Where the template lies in S3: print the link that opens it in the console, filled in
    #[arg(long, value_name = "URL")]
    template_url: Option<String>,
}

/// Runs the command.
pub(crate) fn run(context: &Context, command: &ReportCommand) -> Result<Exit, Error> {
    match command {
        ReportCommand::Verify(args) => verify(args),
        ReportCommand::Diff(args) => diff(context, args),
        ReportCommand::Convert(args) => convert(context, args),
        ReportCommand::AdminRole(args) => {
            let trusted = args.trusts.to_string();
            match &args.template_url {
                Some(url) => print(&admin_role::quick_create_link(url, &trusted))?,
                None => print(admin_role::document(&trusted, &args.role).text.trim_end())?,
            }
            Ok(Exit::Done)
        }
        ReportCommand::Schema => {
            print_json(&schema::report_schema())?;
            Ok(Exit::Done)
        }
    }
}

fn verify(args: &VerifyArgs) -> Result<Exit, Error> {
    let signature = args.signature.clone().unwrap_or_else(|| sign::beside(&args.file));
    let read = |path: &PathBuf| {
        fs::read(path).map_err(|error| {
            let message = format!("{} cannot be read", path.display());
            Failure::caused(message, "name the file and its signature (FILE.sig)", error)
        })
    };
    let (bytes, signature) = (read(&args.file)?, read(&signature)?);
    if !sign::is_signed(&args.key, &bytes, &signature)? {
        let message = format!("{} is not what was signed with this key", args.file.display());
        let next_step = "ask for the file and its signature again; trust nothing that it says";
        return Err(Failure::new(message, next_step).into());
    }
    tell(&format!("{} is as it was signed", args.file.display()));
    Ok(Exit::Done)
}

fn diff(context: &Context, args: &DiffArgs) -> Result<Exit, Error> {
    let (old, new) = (Report::read(&args.old)?, Report::read(&args.new)?);
    if old.organization != new.organization {
        let message =
            format!("{} and {} are two organizations", old.organization, new.organization);
        return Err(Failure::new(message, "compare reports of one organization").into());
    }
    let comparison = Comparison::of(&old, &new);
    if context.is_json() {
        print_json(&comparison)?
    } else {
        print(&comparison.render())?
    }
    Ok(if comparison.is_empty() { Exit::Done } else { Exit::Drift })
}

fn convert(context: &Context, args: &ConvertArgs) -> Result<Exit, Error> {
    let report = Report::read(&args.file)?;
    let format = match context.global.output {
        OutputFormat::Human | OutputFormat::Markdown => Format::Markdown,
        OutputFormat::Json => Format::Json,
        OutputFormat::Html => Format::Html,
        OutputFormat::Csv => Format::Csv,
        OutputFormat::Junit => Format::Junit,
        OutputFormat::Sarif => Format::Sarif,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    written(format.write(&report, &mut out).and_then(|()| out.flush()))?;
    Ok(Exit::Done)
}
