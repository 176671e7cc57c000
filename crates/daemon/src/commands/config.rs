//! `config check`, `config template` and `config schema`.

use std::path::Path;

use clap::{Args, Subcommand};
use digitalex_core::IdentityKind;
use miette::Report;
use serde_json::json;

use crate::Context;
use crate::config::{ConfigFlags, DEFAULT, Settings, VARIABLES, load, schema};
use crate::exit::Exit;
use crate::output::{print, print_json};

/// About the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read all layers and say what they come to, or what is wrong where
    #[command(after_help = "\
Examples:
  digitalex-rollout config check
  digitalex-rollout config check --config digitalex-rollout.toml --bucket example-cur-bucket")]
    Check(Box<CheckArgs>),
    /// Print a configuration file with every key, its meaning and its default
    #[command(after_help = "\
Examples:
  digitalex-rollout config template > digitalex-rollout.toml")]
    Template,
    /// Print the JSON schema of the configuration file, for editors
    #[command(after_help = "\
Examples:
  digitalex-rollout config schema > digitalex-rollout.schema.json")]
    Schema,
}

/// Arguments of `config check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    config: ConfigFlags,
}

/// Runs the command.
pub(crate) fn run(context: &Context, command: &ConfigCommand) -> Result<Exit, Report> {
    match command {
        ConfigCommand::Check(args) => {
            let settings = read_settings(context.global.config.as_deref(), &args.config)?;
            settings.try_out()?;
            if context.is_json() { print_json(&summary(&settings))? } else { show(&settings)? }
        }
        ConfigCommand::Template => print(DEFAULT.trim_end())?,
        ConfigCommand::Schema => print_json(&schema())?,
    }
    Ok(Exit::Done)
}

/// Reads the configuration with the environment of the process.
pub(crate) fn read_settings(file: Option<&Path>, flags: &ConfigFlags) -> Result<Settings, Report> {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("DIGITALEX_") && !VARIABLES.contains(&name.as_ref()) {
            tracing::warn!("the environment variable {name} is not one that is known: ignored");
        }
    }
    let environment = |name: &str| std::env::var(name).ok();
    Ok(load(file, flags, &environment)?)
}

fn summary(settings: &Settings) -> serde_json::Value {
    let identity = &settings.scope.settings.identity;
    let admin_roles = settings.scope.settings.admin_roles.iter().map(ToString::to_string);
    json!({
        "file": settings.file,
        "tenant_id": if settings.external_id.is_some() { "set (hidden)" } else { "not set" },
        "bucket": settings.bucket,
        "profile": identity.profile.name,
        "auth": if identity.kind == IdentityKind::Role { "role" } else { "access_key" },
        "role_name": identity.role_name,
        "user_name": identity.user_name,
        "path": identity.path,
        "permissions_boundary": identity.permissions_boundary,
        "admin_roles": admin_roles.collect::<Vec<_>>(),
        "management_account": settings.scope.management.is_some(),
        "overrides": settings.scope.overrides.len(),
        "concurrency": settings.concurrency,
        "removals_max": settings.scope.settings.limits.removals_max,
        "store": settings.store,
    })
}

fn show(settings: &Settings) -> Result<(), Report> {
    let mut lines = vec!["The configuration is right.".to_owned()];
    if let serde_json::Value::Object(values) = summary(settings) {
        lines.extend(values.iter().map(|(key, value)| match value {
            serde_json::Value::Null => format!("  {key}: not set"),
            serde_json::Value::String(text) => format!("  {key}: {text}"),
            other => format!("  {key}: {other}"),
        }));
    }
    if settings.external_id.is_none() {
        lines.push(
            "Before audit, plan and apply, set DIGITALEX_TENANT_ID or tenant_id_file.".to_owned(),
        );
    }
    print(&lines.join("\n"))
}
