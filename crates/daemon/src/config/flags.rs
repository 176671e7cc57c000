//! The flags that change the configuration.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use digitalex_core::{AccountId, BucketName, IdentityName};
use toml::Spanned;

use super::raw::{RawConfig, RawLimits, RawScope};
use super::raw_access_keys::Auth;
use super::values::{AdminRoleEntry, OuId};

/// Flags that change the configuration; they win over the file and the environment.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Configuration")]
pub struct ConfigFlags {
    /// A file that holds your DigitalEx tenant id
    #[arg(long, value_name = "FILE")]
    pub tenant_id_file: Option<PathBuf>,
    /// The profile of member accounts: member, billing, or one of your own
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// The S3 bucket of the Cost and Usage Report; includes the management account
    #[arg(long, value_name = "BUCKET")]
    pub bucket: Option<BucketName>,
    /// What DigitalEx comes through: a role, or a user with an access key
    #[arg(long, value_enum, value_name = "WAY")]
    pub auth: Option<Auth>,
    /// The user's name, beginning with "digitalex-", where it comes through access keys
    #[arg(long, value_name = "NAME")]
    pub user_name: Option<IdentityName>,
    /// The role's name, beginning with "digitalex-"
    #[arg(long, value_name = "NAME")]
    pub role_name: Option<IdentityName>,
    /// A role to assume in member accounts, or a chain "hub > spoke"; repeat it to try several in order
    #[arg(long = "admin-role", value_name = "ROLE")]
    pub admin_roles: Vec<AdminRoleEntry>,
    /// Take over roles that were made by hand and trust DigitalEx
    #[arg(long)]
    pub adopt: bool,
    /// Only this account (repeatable); replaces what the configuration includes
    #[arg(long = "account", value_name = "ID")]
    pub accounts: Vec<AccountId>,
    /// Only accounts below this OU or root (repeatable); replaces what the configuration includes
    #[arg(long = "ou", value_name = "ID")]
    pub ous: Vec<OuId>,
    /// Never this account (repeatable); added to what the configuration excludes
    #[arg(long = "exclude-account", value_name = "ID")]
    pub exclude_accounts: Vec<AccountId>,
    /// Never accounts below this OU (repeatable); added to what the configuration excludes
    #[arg(long = "exclude-ou", value_name = "ID")]
    pub exclude_ous: Vec<OuId>,
    /// Accounts worked on at once
    #[arg(long, value_name = "N")]
    pub concurrency: Option<NonZeroUsize>,
    /// The most policies that one plan may remove from one role
    #[arg(long, value_name = "N")]
    pub removals_max: Option<usize>,
}

impl ConfigFlags {
    /// The flags as a layer of the configuration.
    pub(crate) fn to_layer(&self) -> RawConfig {
        let flags = self.clone();
        RawConfig {
            tenant_id_file: flags.tenant_id_file,
            profile: flags.profile.map(|name| Spanned::new(0..0, name)),
            bucket: flags.bucket,
            auth: flags.auth,
            user_name: flags.user_name,
            role_name: flags.role_name,
            admin_roles: (!flags.admin_roles.is_empty()).then_some(flags.admin_roles),
            adopt: flags.adopt.then_some(true),
            removals_max: flags.removals_max,
            scope: RawScope {
                include_accounts: flags.accounts,
                include_ous: flags.ous,
                exclude_accounts: flags.exclude_accounts,
                exclude_ous: flags.exclude_ous,
                ..RawScope::default()
            },
            limits: RawLimits { concurrency: flags.concurrency, ..RawLimits::default() },
            ..RawConfig::default()
        }
    }
}
