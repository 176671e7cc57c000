//! Reads the configuration again while the daemon runs.

use std::sync::{Arc, Mutex, PoisonError};

use digitalex_core::ExternalId;
use digitalex_engine::{KeepCommand, KeepSettings, OrganizationInfo, Scope};
use miette::Report;
use tokio::sync::mpsc::{Sender, UnboundedSender};

use super::assignments::Assignments;
use super::recorder::Noted;
use crate::config::{ConfigError, Settings};
use crate::http::{ReloadRefused, Reloaded};

/// Reads the configuration again, and keeps the old one where the new one is wrong.
pub(crate) struct Reloader {
    pub(crate) read: Box<dyn Fn() -> Result<Settings, Report> + Send + Sync>,
    pub(crate) info: OrganizationInfo,
    /// What holds where the configuration names no tenant: that of a made-up organization.
    pub(crate) external_id: ExternalId,
    /// What the parts run with that are not changed by a reload.
    pub(crate) started_with: Settings,
    pub(crate) current: Mutex<Settings>,
    pub(crate) assignments: Arc<Assignments>,
    pub(crate) commands: Sender<KeepCommand>,
    pub(crate) noted: UnboundedSender<Noted>,
}

impl Reloader {
    /// Reads the configuration, tries it out, and hands it to the loop.
    pub(crate) fn reload(&self) -> Result<Reloaded, ReloadRefused> {
        // Held to the end: what is current is what the loop was told last.
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = (self.read)().map_err(|report| refused(&report))?;
        let keep = self.keep_settings(&settings).map_err(|error| refused(&error.into()))?;
        let scope = self.scope(&settings).map_err(|error| refused(&error.into()))?;
        let correction = settings.service.correction.clone();
        // One that waits for a daemon on standby is enough: it begins with what is current then.
        let permit = self.commands.try_reserve().map_err(|_| ReloadRefused {
            message: "too many commands wait already".to_owned(),
            remedy: Some("try again in some seconds".to_owned()),
        })?;
        let needs_restart = needs_restart(&self.started_with, &settings);
        *current = settings;
        self.assignments.set_scope(scope);
        // The task that records is gone where the daemon is stopping.
        let _ = self.noted.send(Noted::Reconfigured(correction));
        permit.send(KeepCommand::Reconfigure(Box::new(keep)));
        tracing::info!(?needs_restart, "the new configuration is in force");
        Ok(Reloaded { needs_restart })
    }

    /// What the loop begins with.
    pub(crate) fn present(&self) -> Result<KeepSettings, ConfigError> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        self.keep_settings(&current)
    }

    fn keep_settings(&self, settings: &Settings) -> Result<KeepSettings, ConfigError> {
        Ok(KeepSettings {
            scope: self.scope(settings)?,
            external_id: self.external_id(settings),
            concurrency: settings.concurrency,
            timing: settings.service.timing,
            correction: settings.service.correction.clone(),
        })
    }

    fn scope(&self, settings: &Settings) -> Result<Scope, ConfigError> {
        let (spec, bucket) = (settings.scope.clone(), settings.bucket.clone());
        Ok(Scope::new(spec, self.info.clone(), self.external_id(settings), bucket)?)
    }

    fn external_id(&self, settings: &Settings) -> ExternalId {
        settings.external_id.clone().unwrap_or_else(|| self.external_id.clone())
    }
}

/// The sections that differ and are read at the start alone.
fn needs_restart(old: &Settings, new: &Settings) -> Vec<String> {
    let changed = [
        ("[limits]", old.rates != new.rates || old.retry != new.retry),
        ("[sts]", old.sts_regions != new.sts_regions),
        ("[store]", old.store != new.store || old.retention != new.retention),
        ("[http]", old.service.http != new.service.http),
        ("[[notify]]", old.service.webhooks != new.service.webhooks),
        ("[telemetry]", old.service.telemetry != new.service.telemetry),
    ];
    changed.iter().filter(|(_, changed)| *changed).map(|(name, _)| (*name).to_owned()).collect()
}

fn refused(report: &Report) -> ReloadRefused {
    tracing::warn!(error = %report, "the new configuration is wrong: the old one stays");
    ReloadRefused {
        message: report.to_string(),
        remedy: report.help().map(|help| help.to_string()),
    }
}
