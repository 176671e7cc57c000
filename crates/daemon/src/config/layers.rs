//! The layers of the configuration: the built-in defaults, a file, the environment, flags.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use digitalex_core::{ExternalId, IdentityName};
use toml::Spanned;

use super::error::{ConfigError, PlaceError};
use super::flags::ConfigFlags;
use super::raw::RawConfig;

/// The defaults, which are also the template.
pub const DEFAULT: &str = include_str!("../../../../config/default.toml");

const FILE_NAME: &str = "digitalex-rollout.toml";

/// The variables that the program understands; another one that begins alike is probably a mistake.
pub(crate) const VARIABLES: [&str; 10] = [
    "DIGITALEX_CONFIG",
    "DIGITALEX_TENANT_ID",
    "DIGITALEX_TENANT_ID_FILE",
    "DIGITALEX_PROFILE",
    "DIGITALEX_BUCKET",
    "DIGITALEX_ROLE_NAME",
    "DIGITALEX_ADMIN_ROLE",
    "DIGITALEX_ADOPT",
    "DIGITALEX_CONCURRENCY",
    "DIGITALEX_REMOVALS_MAX",
];

/// Reads an environment variable; injected for tests.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A configuration file that was read.
#[derive(Debug, Clone)]
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// All layers on each other, and the file among them.
pub(crate) fn merged(
    explicit: Option<&Path>,
    flags: &ConfigFlags,
    environment: Environment<'_>,
) -> Result<(RawConfig, Option<ConfigFile>), ConfigError> {
    let mut merged = parse(Path::new("config/default.toml"), DEFAULT)?;
    let file = find_file(explicit, environment).map(read_file).transpose()?;
    if let Some(file) = &file {
        let mut layer = parse(&file.path, &file.text)?;
        layer.anchor(file.path.parent().unwrap_or(Path::new("")));
        merged = merged.overlaid_by(one_tenant(layer, &file.path.display().to_string())?);
    }
    let variables = one_tenant(from_environment(environment)?, "the environment")?;
    let merged = merged.overlaid_by(variables).overlaid_by(flags.to_layer());
    Ok((merged, file))
}

fn find_file(explicit: Option<&Path>, environment: Environment<'_>) -> Option<PathBuf> {
    let named =
        explicit.map(Path::to_owned).or_else(|| environment("DIGITALEX_CONFIG").map(PathBuf::from));
    let config_home = environment("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| environment("HOME").map(|home| Path::new(&home).join(".config")));
    let usual = [
        Some(PathBuf::from(FILE_NAME)),
        config_home.map(|home| home.join("digitalex-rollout").join("config.toml")),
    ];
    named.or_else(|| usual.into_iter().flatten().find(|path| path.exists()))
}

fn read_file(path: PathBuf) -> Result<ConfigFile, ConfigError> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(ConfigFile { path, text }),
        Err(source) => Err(ConfigError::Unreadable { what: "configuration file", path, source }),
    }
}

fn parse(path: &Path, text: &str) -> Result<RawConfig, ConfigError> {
    toml::from_str(text).map_err(|error| {
        // The error's own Display shows the line, secrets and all: only its message may be used.
        let span = error.span().unwrap_or_default();
        ConfigError::Place(Box::new(PlaceError::new(path, text, span, error.message())))
    })
}

fn one_tenant(layer: RawConfig, place: &str) -> Result<RawConfig, ConfigError> {
    if layer.tenant_id.is_some() && layer.tenant_id_file.is_some() {
        return Err(ConfigError::TenantTwice { place: place.to_owned() });
    }
    Ok(layer)
}

fn from_environment(environment: Environment<'_>) -> Result<RawConfig, ConfigError> {
    let mut layer = RawConfig {
        tenant_id_file: environment("DIGITALEX_TENANT_ID_FILE").map(PathBuf::from),
        profile: environment("DIGITALEX_PROFILE").map(|name| Spanned::new(0..0, name)),
        bucket: variable(environment, "DIGITALEX_BUCKET")?,
        role_name: variable::<IdentityName>(environment, "DIGITALEX_ROLE_NAME")?,
        adopt: variable(environment, "DIGITALEX_ADOPT")?,
        removals_max: variable(environment, "DIGITALEX_REMOVALS_MAX")?,
        ..RawConfig::default()
    };
    layer.limits.concurrency = variable(environment, "DIGITALEX_CONCURRENCY")?;
    if let Some(text) = environment("DIGITALEX_TENANT_ID") {
        layer.tenant_id = Some(ExternalId::new(&text).map_err(wrong("DIGITALEX_TENANT_ID"))?);
    }
    if let Some(text) = environment("DIGITALEX_ADMIN_ROLE") {
        let roles = text.split(',').map(|role| role.trim().parse());
        layer.admin_roles =
            Some(roles.collect::<Result<_, _>>().map_err(wrong("DIGITALEX_ADMIN_ROLE"))?);
    }
    Ok(layer)
}

fn variable<T: FromStr<Err: std::fmt::Display>>(
    environment: Environment<'_>,
    name: &'static str,
) -> Result<Option<T>, ConfigError> {
    environment(name).map(|text| text.trim().parse().map_err(wrong(name))).transpose()
}

fn wrong<E: std::fmt::Display>(name: &'static str) -> impl Fn(E) -> ConfigError {
    move |error| ConfigError::Variable { name, message: error.to_string() }
}
