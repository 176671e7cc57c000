//! `keys`: the access keys of the accounts that DigitalEx does not come into through a role.

mod export;
mod retire;
mod rotate;

use clap::Subcommand;
use miette::Report;

use crate::Context;
use crate::exit::Exit;
use crate::interrupt::Stop;

/// About access keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Replace access keys: make the next one, and take over to it once it is in use
    Rotate(Box<rotate::RotateArgs>),
    /// Say which keys there are and where their secrets lie; with --reveal, the secrets themselves
    Export(Box<export::ExportArgs>),
    /// Give up the keys of accounts that have the role now, once the role is verified
    Retire(Box<retire::RetireArgs>),
}

/// Runs the command.
pub(crate) async fn run(
    context: &Context,
    command: &KeysCommand,
    stop: &Stop,
) -> Result<Exit, Report> {
    match command {
        KeysCommand::Rotate(args) => rotate::run(context, args, stop).await,
        KeysCommand::Export(args) => export::run(context, args, stop).await,
        KeysCommand::Retire(args) => retire::run(context, args, stop).await,
    }
}
