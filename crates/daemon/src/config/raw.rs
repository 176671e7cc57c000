//! The configuration as it is spelled: everything optional, so that layers can lie on each other.
//!
//! Values are parsed into their types here, so that a wrong one is reported at its place.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};

use digitalex_core::{
    AccountId, BucketName, Description, ExternalId, IdentityName, IdentityPath, PolicyName,
    SessionDuration, TagKey, TagValue,
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::pace_values::{PerSecond, RegionName, Share};
use super::raw_access_keys::{Auth, RawAccessKeys};
use super::raw_service::{RawDaemon, RawHttp, RawNotify, RawStore, RawTelemetry};
use super::values::{AdminRoleEntry, DocumentEntry, OuId, TagEntry};

/// The configuration of digitalex-rollout.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "Configuration of digitalex-rollout")]
pub(crate) struct RawConfig {
    /// The DigitalEx tenant id, a secret.
    #[serde(deserialize_with = "external_id")]
    #[schemars(with = "Option<String>")]
    pub tenant_id: Option<ExternalId>,
    /// A file that holds the DigitalEx tenant id.
    pub tenant_id_file: Option<PathBuf>,
    /// The bucket of the Cost and Usage Report.
    #[schemars(with = "Option<String>")]
    pub bucket: Option<BucketName>,
    /// What DigitalEx comes through.
    pub auth: Option<Auth>,
    /// The profile of member accounts.
    #[schemars(with = "Option<String>")]
    pub profile: Option<Spanned<String>>,
    /// The role's name.
    #[schemars(with = "Option<String>")]
    pub role_name: Option<IdentityName>,
    /// The user's name.
    #[schemars(with = "Option<String>")]
    pub user_name: Option<IdentityName>,
    /// The path of the role or user.
    #[schemars(with = "Option<String>")]
    pub path: Option<IdentityPath>,
    /// The role's description.
    #[schemars(with = "Option<String>")]
    pub description: Option<Description>,
    /// `MaxSessionDuration` in seconds.
    #[schemars(with = "Option<u32>")]
    pub max_session_duration: Option<SessionDuration>,
    /// The permissions boundary: an ARN, or `none`.
    pub permissions_boundary: Option<String>,
    /// Whether a role made by hand may be taken over.
    pub adopt: Option<bool>,
    /// The most policies that one plan may remove.
    pub removals_max: Option<usize>,
    /// Roles to assume in member accounts, tried in order.
    pub admin_roles: Option<Vec<AdminRoleEntry>>,
    /// The customer's own tags.
    #[schemars(with = "BTreeMap<String, String>")]
    pub tags: BTreeMap<TagKey, TagValue>,
    /// Profiles by name.
    pub profiles: BTreeMap<String, RawProfile>,
    /// Which accounts take part.
    pub scope: RawScope,
    /// What is different in some accounts.
    #[serde(rename = "override")]
    #[schemars(with = "Vec<RawOverride>")]
    pub overrides: Vec<Spanned<RawOverride>>,
    /// How hard AWS is worked.
    pub limits: RawLimits,
    /// STS.
    pub sts: RawSts,
    /// Access keys.
    pub access_keys: RawAccessKeys,
    /// The store.
    pub store: RawStore,
    /// The daemon.
    pub daemon: RawDaemon,
    /// The daemon's HTTP server.
    pub http: RawHttp,
    /// Webhooks that are told of events.
    pub notify: Vec<RawNotify>,
    /// Logs and traces of the daemon.
    pub telemetry: RawTelemetry,
}

/// A profile: what the role may do.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawProfile {
    /// Inline policies by name: a JSON file, or the document.
    #[schemars(with = "BTreeMap<String, DocumentEntry>")]
    pub inline: BTreeMap<PolicyName, DocumentEntry>,
    /// ARNs of managed policies.
    pub managed: Vec<String>,
}

/// Which accounts take part.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawScope {
    /// Only these accounts.
    #[schemars(with = "Vec<String>")]
    pub include_accounts: Vec<AccountId>,
    /// Only accounts below these roots or OUs.
    pub include_ous: Vec<OuId>,
    /// Only accounts with one of these tags.
    pub include_tags: Vec<TagEntry>,
    /// Never these accounts.
    #[schemars(with = "Vec<String>")]
    pub exclude_accounts: Vec<AccountId>,
    /// Never accounts below these roots or OUs.
    pub exclude_ous: Vec<OuId>,
    /// Never accounts with one of these tags.
    pub exclude_tags: Vec<TagEntry>,
}

/// What is different in some accounts: exactly one of account, ou and tag says in which.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawOverride {
    /// One account.
    #[schemars(with = "Option<String>")]
    pub account: Option<AccountId>,
    /// All accounts below a root or an OU.
    pub ou: Option<OuId>,
    /// All accounts with a tag.
    pub tag: Option<TagEntry>,
    /// What DigitalEx comes through.
    pub auth: Option<Auth>,
    /// The profile.
    #[schemars(with = "Option<String>")]
    pub profile: Option<Spanned<String>>,
    /// The role's name.
    #[schemars(with = "Option<String>")]
    pub role_name: Option<IdentityName>,
    /// The user's name.
    #[schemars(with = "Option<String>")]
    pub user_name: Option<IdentityName>,
    /// The role's path.
    #[schemars(with = "Option<String>")]
    pub path: Option<IdentityPath>,
    /// The role's description.
    #[schemars(with = "Option<String>")]
    pub description: Option<Description>,
    /// `MaxSessionDuration` in seconds.
    #[schemars(with = "Option<u32>")]
    pub max_session_duration: Option<SessionDuration>,
    /// The permissions boundary: an ARN, or `none`.
    pub permissions_boundary: Option<String>,
    /// Tags, added to the others.
    #[schemars(with = "BTreeMap<String, String>")]
    pub tags: BTreeMap<TagKey, TagValue>,
    /// Roles to assume, tried in order.
    pub admin_roles: Option<Vec<AdminRoleEntry>>,
    /// Whether a role made by hand may be taken over.
    pub adopt: Option<bool>,
    /// The most policies that one plan may remove.
    pub removals_max: Option<usize>,
}

/// How hard AWS is worked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawLimits {
    /// Accounts worked on at once.
    pub concurrency: Option<NonZeroUsize>,
    /// Attempts for one call, the first included.
    pub attempts_max: Option<NonZeroU32>,
    /// The first wait between attempts, in milliseconds.
    pub delay_base_ms: Option<u64>,
    /// The longest wait between attempts, in milliseconds.
    pub delay_max_ms: Option<u64>,
    /// The longest time for all attempts of one call, in milliseconds.
    pub retry_time_max_ms: Option<u64>,
    /// STS, all calls together, in each Region.
    pub sts: Option<RawRate>,
    /// IAM reads, each account.
    pub iam_read: Option<RawRate>,
    /// IAM writes, each account.
    pub iam_write: Option<RawRate>,
    /// An Organizations API that is not named.
    pub organizations_other: Option<RawRate>,
    /// The share of what AWS allows all callers of the organization together that this program takes
    /// at most.
    pub organizations_share: Option<Share>,
    /// Organizations APIs by name.
    pub organizations: BTreeMap<String, RawOrganizationsRate>,
}

/// STS.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawSts {
    /// The Regions through whose endpoints roles are assumed; that of the environment where empty.
    pub regions: Option<Vec<RegionName>>,
}

/// A sustained rate and a burst.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRate {
    /// Calls per second, sustained.
    pub per_second: PerSecond,
    /// Calls at once.
    pub burst: NonZeroU32,
}

/// The rate of an Organizations API: of this caller, and of all callers of the organization together.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawOrganizationsRate {
    /// Calls per second, sustained.
    pub per_second: PerSecond,
    /// Calls at once.
    pub burst: NonZeroU32,
    /// What all callers of the organization may do, where AWS limits that apart.
    pub all_callers: Option<RawRate>,
}

impl RawConfig {
    /// This layer with `over` on top: single values and lists replace, tables join by key. A layer
    /// that includes any account replaces all that was included; excluded accounts add up, since
    /// leaving one out is the careful side.
    pub(crate) fn overlaid_by(mut self, over: Self) -> Self {
        if over.tenant_id.is_some() || over.tenant_id_file.is_some() {
            (self.tenant_id, self.tenant_id_file) = (over.tenant_id, over.tenant_id_file);
        }
        replace(&mut self.bucket, over.bucket);
        replace(&mut self.auth, over.auth);
        replace(&mut self.profile, over.profile);
        replace(&mut self.user_name, over.user_name);
        replace(&mut self.role_name, over.role_name);
        replace(&mut self.path, over.path);
        replace(&mut self.description, over.description);
        replace(&mut self.max_session_duration, over.max_session_duration);
        replace(&mut self.permissions_boundary, over.permissions_boundary);
        replace(&mut self.adopt, over.adopt);
        replace(&mut self.removals_max, over.removals_max);
        replace(&mut self.admin_roles, over.admin_roles);
        self.tags.extend(over.tags);
        self.profiles.extend(over.profiles);
        self.overrides.extend(over.overrides);
        self.scope.overlay(over.scope);
        self.limits.overlay(over.limits);
        replace(&mut self.sts.regions, over.sts.regions);
        self.access_keys.overlay(over.access_keys);
        self.store.overlay(over.store);
        self.daemon.overlay(over.daemon);
        self.http.overlay(over.http);
        self.notify.extend(over.notify);
        self.telemetry.overlay(over.telemetry);
        self
    }

    /// Makes the paths in a file's layer relative to the file's folder.
    pub(crate) fn anchor(&mut self, folder: &Path) {
        let documents = self.profiles.values_mut().flat_map(|profile| profile.inline.values_mut());
        let documents = documents.filter_map(DocumentEntry::path_mut);
        for path in documents.chain(&mut self.tenant_id_file).chain(&mut self.store.path) {
            *path = folder.join(&*path);
        }
        self.access_keys.anchor(folder);
        self.http.anchor(folder);
        self.notify.iter_mut().for_each(|webhook| webhook.anchor(folder));
    }
}

impl RawScope {
    fn overlay(&mut self, over: Self) {
        let includes = !over.include_accounts.is_empty()
            || !over.include_ous.is_empty()
            || !over.include_tags.is_empty();
        if includes {
            self.include_accounts = over.include_accounts;
            self.include_ous = over.include_ous;
            self.include_tags = over.include_tags;
        }
        self.exclude_accounts.extend(over.exclude_accounts);
        self.exclude_ous.extend(over.exclude_ous);
        self.exclude_tags.extend(over.exclude_tags);
    }
}

impl RawLimits {
    fn overlay(&mut self, over: Self) {
        replace(&mut self.concurrency, over.concurrency);
        replace(&mut self.attempts_max, over.attempts_max);
        replace(&mut self.delay_base_ms, over.delay_base_ms);
        replace(&mut self.delay_max_ms, over.delay_max_ms);
        replace(&mut self.retry_time_max_ms, over.retry_time_max_ms);
        replace(&mut self.sts, over.sts);
        replace(&mut self.iam_read, over.iam_read);
        replace(&mut self.iam_write, over.iam_write);
        replace(&mut self.organizations_other, over.organizations_other);
        replace(&mut self.organizations_share, over.organizations_share);
        self.organizations.extend(over.organizations);
    }
}

pub(super) fn replace<T>(value: &mut Option<T>, over: Option<T>) {
    if over.is_some() {
        *value = over;
    }
}

fn external_id<'de, D: Deserializer<'de>>(source: D) -> Result<Option<ExternalId>, D::Error> {
    let text = String::deserialize(source)?;
    ExternalId::new(&text).map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(text: &str) -> RawConfig {
        toml::from_str(text).expect("a layer")
    }

    #[test]
    fn a_layer_that_includes_should_replace_all_includes_and_excludes_should_add_up() {
        let file = layer(
            "[scope]\ninclude_ous = [\"r-ab12\"]\ninclude_tags = [{ key = \"a\", value = \"b\" }]\n\
             exclude_accounts = [\"111122223333\"]",
        );
        let flags = layer(
            "[scope]\ninclude_accounts = [\"444455556666\"]\nexclude_accounts = [\"777788889999\"]",
        );
        let RawScope { include_accounts, include_ous, include_tags, exclude_accounts, .. } =
            file.overlaid_by(flags).scope;
        assert_eq!(include_accounts.len(), 1);
        assert!(include_ous.is_empty() && include_tags.is_empty());
        assert_eq!(exclude_accounts.len(), 2);
    }

    #[test]
    fn a_tenant_id_of_a_later_layer_should_replace_a_file_of_an_earlier_one() {
        let merged = layer("tenant_id_file = \"a\"").overlaid_by(layer("tenant_id = \"tenant\""));
        assert!(merged.tenant_id.is_some() && merged.tenant_id_file.is_none());
    }
}
