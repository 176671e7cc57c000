//! The webhooks of the configuration: who puts notifications into the store's outbox, and who delivers
//! them.

use std::sync::{Arc, Mutex};

use digitalex_engine::Clock;
use digitalex_store::SqliteStore;
use miette::Report;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio_util::sync::CancellationToken;

use crate::config::WebhookSettings;
use crate::connection::Connection;
use crate::exit::Failure;
use crate::http::Shared;
use crate::notify::{
    Delivered, Delivery, HmacSecret, Notifier, NotifyTarget, SecretFileError, Unmarked, WebhookUrl,
    client,
};

/// The webhooks.
pub(crate) struct Webhooks {
    targets: Vec<NotifyTarget>,
    notifier: Arc<Notifier>,
    store: SqliteStore,
    clock: Arc<dyn Clock>,
    http: reqwest::Client,
}

impl Webhooks {
    /// Reads the files with their URLs and secrets.
    pub(crate) fn new(
        settings: &[WebhookSettings],
        connection: &Connection,
        store: &SqliteStore,
    ) -> Result<Self, Report> {
        let targets: Vec<_> = settings.iter().map(target).collect::<Result<_, _>>().map_err(
            |error: SecretFileError| {
                Failure::caused("a webhook cannot be used", "correct [[notify]]", error)
            },
        )?;
        let outbox = Arc::new(store.clone());
        let organization = connection.info.id.clone();
        let http = client().map_err(|error| {
            Failure::caused("webhooks cannot be called", "see this machine's certificates", error)
        })?;
        Ok(Self {
            notifier: Arc::new(Notifier::new(organization, targets.clone(), outbox)),
            targets,
            store: store.clone(),
            clock: Arc::clone(connection.caller.clock()),
            http,
        })
    }

    pub(crate) fn notifier(&self) -> Arc<Notifier> {
        Arc::clone(&self.notifier)
    }

    /// Delivers until `stop`.
    pub(crate) async fn deliver(&self, shared: &Arc<Shared>, stop: &CancellationToken) {
        let counted = Arc::clone(shared);
        let delivery = Delivery {
            outbox: Arc::new(self.store.clone()),
            http: self.http.clone(),
            clock: Arc::clone(&self.clock),
            jitter: Mutex::new(SmallRng::from_os_rng()),
            on_delivered: Arc::new(move |delivered| {
                counted.metrics.on_notification(delivered == Delivered::Sent);
            }),
            unmarked: Unmarked::default(),
        };
        delivery.run(&self.targets, &self.notifier.news(), stop).await;
    }
}

fn target(settings: &WebhookSettings) -> Result<NotifyTarget, SecretFileError> {
    Ok(NotifyTarget {
        name: settings.name.clone(),
        url: WebhookUrl::read(&settings.url_file)?,
        format: settings.format,
        secret: settings.secret_file.as_deref().map(HmacSecret::read).transpose()?,
        events: settings.events.clone(),
    })
}
