//! From the layers to what the program runs with.

use std::num::NonZeroU32;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use digitalex_core::{
    AccountId, Adoption, BucketName, ChangeLimits, ExternalId, IdentitySpec, Partition,
};
use digitalex_engine::{
    AccountSettings, AdminRole, Matcher, OrganizationInfo, Rate, Rates, RetryLimits, Scope,
    ScopeSpec, SettingsChange, Way,
};
use sha2::{Digest, Sha256};
use toml::Spanned;

use super::access_keys::{KeySinkSettings, asks_for_keys, key_sink, key_spec};
use super::error::{ConfigError, PlaceError};
use super::flags::ConfigFlags;
use super::layers::{ConfigFile, Environment, merged};
use super::pace_values::RegionName;
use super::profiles::Profiles;
use super::raw::{RawConfig, RawLimits, RawOverride, RawRate, RawScope};
use super::raw_access_keys::Auth;
use super::service::ServiceSettings;
use super::values::{AdminRoleEntry, OuId, TagEntry};

/// The profile of the management account, once there is a bucket for it to read.
const MANAGEMENT_PROFILE: &str = "billing";

/// What the program runs with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which accounts, and what the role is in each.
    pub scope: ScopeSpec,
    /// The customer's tenant id, where there is one.
    pub external_id: Option<ExternalId>,
    /// The bucket of the Cost and Usage Report.
    pub bucket: Option<BucketName>,
    /// Accounts worked on at once.
    pub concurrency: usize,
    /// The rates of AWS's APIs.
    pub rates: Rates,
    /// The Regions through whose STS endpoints roles are assumed; empty for that of the environment.
    pub sts_regions: Vec<String>,
    /// How long one call is retried.
    pub retry: RetryLimits,
    /// Where the store lies.
    pub store: Option<PathBuf>,
    /// How long the store keeps history.
    pub retention: Duration,
    /// What the daemon runs with.
    pub service: ServiceSettings,
    /// Where the account list of the last audit, and what it learned of rates, lie.
    pub state_folder: Option<PathBuf>,
    /// The configuration file, where there is one.
    pub file: Option<PathBuf>,
    /// Where the secrets of access keys go; there is one where accounts are to have keys.
    pub key_sink: Option<KeySinkSettings>,
}

/// Reads all layers and resolves them.
///
/// # Errors
/// A layer cannot be read or is wrong; the error names the place.
pub fn load(
    explicit: Option<&Path>,
    flags: &ConfigFlags,
    environment: Environment<'_>,
) -> Result<Settings, ConfigError> {
    let (raw, file) = merged(explicit, flags, environment)?;
    Resolver { profiles: Profiles::new(&raw.profiles)?, file }.settings(raw, environment)
}

impl Settings {
    /// The tenant id.
    ///
    /// # Errors
    /// There is none.
    pub fn external_id(&self) -> Result<&ExternalId, ConfigError> {
        self.external_id.as_ref().ok_or(ConfigError::TenantMissing)
    }

    /// A digest of what decides on plans: the scope with its documents, and the bucket. The tenant id
    /// is left out. Digests of one version of the program can be compared.
    #[must_use]
    pub fn digest(&self) -> String {
        let text = format!("{:?} {:?}", self.scope, self.bucket);
        Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Tries the settings out on an organization that is made up, so that every policy, tag and ARN
    /// is looked at.
    ///
    /// # Errors
    /// They cannot become a role.
    pub fn try_out(&self) -> Result<(), ConfigError> {
        let sample = ExternalId::new("sample-tenant").map_err(|_| ConfigError::TenantMissing)?;
        let account =
            |number| AccountId::from_number(number).unwrap_or(digitalex_core::DIGITALEX_ACCOUNT);
        let organization = OrganizationInfo {
            id: "o-sample".to_owned(),
            management_account: account(111_122_223_333),
            caller: account(111_122_223_333),
            caller_arn: "arn:aws:iam::111122223333:root".to_owned(),
            partition: Partition::Aws,
        };
        let external_id = self.external_id.clone().unwrap_or(sample);
        Scope::new(self.scope.clone(), organization, external_id, self.bucket.clone())?;
        Ok(())
    }
}

/// Resolves one configuration; the file serves to point at places.
struct Resolver {
    profiles: Profiles,
    file: Option<ConfigFile>,
}

impl Resolver {
    fn settings(
        &self,
        mut raw: RawConfig,
        environment: Environment<'_>,
    ) -> Result<Settings, ConfigError> {
        let service = ServiceSettings::new(&mut raw)?;
        let external_id = match &raw.tenant_id_file {
            Some(path) => Some(read_tenant(path)?),
            None => raw.tenant_id.clone(),
        };
        let limits = &raw.limits;
        let state_folder = state_folder(environment);
        let in_state_folder = |name| state_folder.as_ref().map(|folder| folder.join(name));
        let mut sts_regions: Vec<String> = Vec::new();
        for region in raw.sts.regions.iter().flatten().map(RegionName::as_str) {
            // Named twice, its quota would be used twice.
            if !sts_regions.iter().any(|known| known == region) {
                sts_regions.push(region.to_owned());
            }
        }
        let key_sink = key_sink(&raw.access_keys)?;
        let settings = Settings {
            external_id,
            bucket: raw.bucket.clone(),
            concurrency: set(limits.concurrency, "limits.concurrency")?.get(),
            rates: rates(limits, sts_regions.len())?,
            sts_regions,
            retry: retry(limits)?,
            store: raw.store.path.clone().or_else(|| in_state_folder("store.sqlite")),
            retention: set(raw.store.retention, "store.retention")?.get(),
            service,
            state_folder,
            file: self.file.as_ref().map(|file| file.path.clone()),
            key_sink,
            scope: self.scope(raw)?,
        };
        if settings.key_sink.is_none() && asks_for_keys(&settings.scope) {
            return Err(ConfigError::NoKeySink);
        }
        Ok(settings)
    }

    fn scope(&self, raw: RawConfig) -> Result<ScopeSpec, ConfigError> {
        let overrides = raw.overrides.into_iter().map(|entry| self.change(entry));
        let management = match &raw.bucket {
            Some(_) => Some(SettingsChange {
                profile: Some(self.profiles.get(MANAGEMENT_PROFILE)?),
                ..SettingsChange::default()
            }),
            None => None,
        };
        let (include, exclude) = matchers(raw.scope);
        Ok(ScopeSpec {
            overrides: overrides.collect::<Result<_, _>>()?,
            settings: AccountSettings {
                identity: IdentitySpec {
                    kind: set(raw.auth, "auth")?.kind(),
                    role_name: set(raw.role_name, "role_name")?,
                    user_name: set(raw.user_name, "user_name")?,
                    path: set(raw.path, "path")?,
                    description: set(raw.description, "description")?,
                    max_session_duration: set(raw.max_session_duration, "max_session_duration")?,
                    permissions_boundary: raw.permissions_boundary,
                    tags: raw.tags,
                    profile: self.profile(&set(raw.profile, "profile")?)?,
                    keys: key_spec(&raw.access_keys)?,
                },
                admin_roles: roles(set(raw.admin_roles, "admin_roles")?),
                adoption: adoption(set(raw.adopt, "adopt")?),
                limits: ChangeLimits { removals_max: set(raw.removals_max, "removals_max")? },
            },
            way: Way::Either,
            management,
            include,
            exclude,
        })
    }

    fn change(
        &self,
        entry: Spanned<RawOverride>,
    ) -> Result<(Matcher, SettingsChange), ConfigError> {
        let span = entry.span();
        let raw = entry.into_inner();
        let account = raw.account.map(Matcher::Account);
        let named = [account, raw.ou.map(of_ou), raw.tag.map(of_tag)];
        let mut named = named.into_iter().flatten();
        let (Some(matcher), None) = (named.next(), named.next()) else {
            let message = "an override needs exactly one of account, ou and tag";
            return Err(self.at(span, message.to_owned()));
        };
        let change = SettingsChange {
            profile: raw.profile.map(|name| self.profile(&name)).transpose()?,
            kind: raw.auth.map(Auth::kind),
            role_name: raw.role_name,
            user_name: raw.user_name,
            path: raw.path,
            description: raw.description,
            max_session_duration: raw.max_session_duration,
            permissions_boundary: raw.permissions_boundary,
            tags: raw.tags,
            admin_roles: raw.admin_roles.map(roles),
            adoption: raw.adopt.map(adoption),
            limits: raw.removals_max.map(|removals_max| ChangeLimits { removals_max }),
        };
        Ok((matcher, change))
    }

    fn profile(&self, name: &Spanned<String>) -> Result<digitalex_core::Profile, ConfigError> {
        self.profiles.get(name.get_ref()).map_err(|error| {
            // Variables and flags have no place in a file, and so an empty span.
            if name.span().is_empty() { error } else { self.at(name.span(), error.to_string()) }
        })
    }

    fn at(&self, span: Range<usize>, message: String) -> ConfigError {
        let (path, text) = match &self.file {
            Some(file) => (file.path.as_path(), file.text.as_str()),
            None => (Path::new("config/default.toml"), super::layers::DEFAULT),
        };
        ConfigError::Place(Box::new(PlaceError::new(path, text, span, &message)))
    }
}

fn read_tenant(path: &Path) -> Result<ExternalId, ConfigError> {
    let path = path.to_owned();
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            ExternalId::new(&text).map_err(|source| ConfigError::TenantFile { path, source })
        }
        Err(source) => Err(ConfigError::Unreadable { what: "tenant id file", path, source }),
    }
}

pub(super) fn set<T>(value: Option<T>, key: &'static str) -> Result<T, ConfigError> {
    value.ok_or(ConfigError::Missing(key))
}

fn roles(entries: Vec<AdminRoleEntry>) -> Vec<AdminRole> {
    entries.into_iter().map(AdminRoleEntry::into_role).collect()
}

fn adoption(allowed: bool) -> Adoption {
    if allowed { Adoption::Allowed } else { Adoption::Refused }
}

fn matchers(raw: RawScope) -> (Vec<Matcher>, Vec<Matcher>) {
    let join = |accounts: Vec<AccountId>, ous: Vec<OuId>, tags: Vec<TagEntry>| {
        let accounts = accounts.into_iter().map(Matcher::Account);
        accounts.chain(ous.into_iter().map(of_ou)).chain(tags.into_iter().map(of_tag)).collect()
    };
    (
        join(raw.include_accounts, raw.include_ous, raw.include_tags),
        join(raw.exclude_accounts, raw.exclude_ous, raw.exclude_tags),
    )
}

fn of_ou(ou: OuId) -> Matcher {
    Matcher::Ou(ou.as_str().to_owned())
}

fn of_tag(tag: TagEntry) -> Matcher {
    Matcher::Tag(tag.key, tag.value)
}

fn rates(raw: &RawLimits, sts_regions: usize) -> Result<Rates, ConfigError> {
    let share = set(raw.organizations_share, "limits.organizations_share")?.get();
    let named = raw.organizations.iter().map(|(operation, limit)| {
        let own = Rate::new(limit.per_second.get(), limit.burst.get());
        let all_callers = limit.all_callers.map(|limit| rate(limit).share(share));
        (operation.clone(), all_callers.map_or(own, |all_callers| own.at_most(all_callers)))
    });
    let sts_regions = u32::try_from(sts_regions).ok().and_then(NonZeroU32::new);
    Ok(Rates {
        organizations: named.collect(),
        organizations_other: rate(set(raw.organizations_other, "limits.organizations_other")?),
        sts: rate(set(raw.sts, "limits.sts")?),
        sts_regions: sts_regions.unwrap_or(NonZeroU32::MIN),
        iam_read: rate(set(raw.iam_read, "limits.iam_read")?),
        iam_write: rate(set(raw.iam_write, "limits.iam_write")?),
    })
}

fn rate(raw: RawRate) -> Rate {
    Rate::new(raw.per_second.get(), raw.burst.get())
}

fn retry(raw: &RawLimits) -> Result<RetryLimits, ConfigError> {
    Ok(RetryLimits {
        attempts_max: set(raw.attempts_max, "limits.attempts_max")?.get(),
        delay_base: Duration::from_millis(set(raw.delay_base_ms, "limits.delay_base_ms")?),
        delay_max: Duration::from_millis(set(raw.delay_max_ms, "limits.delay_max_ms")?),
        time_max: Duration::from_millis(set(raw.retry_time_max_ms, "limits.retry_time_max_ms")?),
    })
}

/// XDG Base Directory Specification: `$XDG_STATE_HOME`, else `~/.local/state`.
fn state_folder(environment: Environment<'_>) -> Option<PathBuf> {
    let state = environment("XDG_STATE_HOME").map(PathBuf::from);
    let state =
        state.or_else(|| environment("HOME").map(|home| Path::new(&home).join(".local/state")));
    state.map(|folder| folder.join("digitalex-rollout"))
}
