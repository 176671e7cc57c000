//! `completions` and `man`: made from the command line itself.

use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use miette::Report;

use crate::cli::Cli;
use crate::exit::{Exit, Failure};

const NAME: &str = "digitalex-rollout";

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  digitalex-rollout completions bash > /etc/bash_completion.d/digitalex-rollout
  digitalex-rollout completions zsh > ~/.zfunc/_digitalex-rollout")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  digitalex-rollout man --out /usr/local/share/man/man1")]
pub struct ManArgs {
    /// The folder that they go to, one file a command
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Runs `completions`.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<Exit, Report> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), NAME, &mut script);
    crate::output::print(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Done)
}

/// Runs `man`.
pub(crate) fn man(args: &ManArgs) -> Result<Exit, Report> {
    let written = std::fs::create_dir_all(&args.out)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), &args.out));
    written.map_err(|error: io::Error| {
        let message = format!("the man pages cannot be written to {}", args.out.display());
        Failure::caused(message, "name a folder that you may write to", error)
    })?;
    Ok(Exit::Done)
}
