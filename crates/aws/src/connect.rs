//! The connection to AWS: configuration from the environment, one HTTP client, one client of each
//! service.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::meta::region::RegionProviderChain;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::sdk_ua_metadata::FrameworkMetadata;
use digitalex_engine::{Caller, Clock, OrganizationInfo, Purpose};

use crate::access::{ApplyAccess, AuditAccess};
use crate::assume::{RoleAssumer, session_name};
use crate::base_credentials::BaseCredentials;
use crate::cost_reports::{self, AwsCostReports};
use crate::credentials::CredentialSource;
use crate::organizations::AwsOrganization;
use crate::role_session::RoleSession;
use crate::secrets_manager::{SecretCalls, SecretsManagerOptions, SecretsManagerSink};
use crate::sessions::Sessions;
use crate::sts_regions::StsRegions;
use crate::whole_answer::WholeAnswer;

/// Where IAM and Organizations live in the commercial partition; used where neither the
/// environment nor the profile names a Region.
pub(crate) const REGION_DEFAULT: &str = "us-east-1";

/// How to connect. Whatever is not here comes from the environment and the AWS profile.
#[derive(Clone)]
pub struct ConnectOptions {
    /// The program's version, for the user agent.
    pub version: String,
    /// The Regions through whose STS endpoints roles are assumed; where it is empty, the Region of
    /// the environment.
    pub sts_regions: Vec<String>,
    /// A simulated AWS to use in place of the real one.
    pub sandbox: Option<SandboxEndpoint>,
}

/// A simulated AWS. It is reached directly, whatever proxy is set.
#[derive(Clone)]
pub struct SandboxEndpoint {
    /// The URL of all services.
    pub url: String,
    /// The access key id to sign with.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
}

/// A connection to AWS: one client of each service, for the whole process.
pub struct AwsConnection {
    caller: Caller,
    base: Arc<BaseCredentials>,
    organizations: aws_sdk_organizations::Client,
    sts: Arc<StsRegions>,
    iam: aws_sdk_iam::Client,
    /// What every client is made of; it holds no credentials.
    clients: SdkConfig,
}

impl AwsConnection {
    /// Reads the configuration and makes the clients. Nothing is sent, and credentials are looked
    /// for only when the first call needs them.
    pub async fn connect(options: &ConnectOptions, caller: Caller) -> Self {
        Self::over(load(options).await, &options.sts_regions, caller)
    }

    /// Makes the clients. They keep no credentials: each call names its own.
    pub(crate) fn over(config: SdkConfig, regions: &[String], caller: Caller) -> Self {
        let provider = config.credentials_provider();
        let base = Arc::new(BaseCredentials::new(provider, Arc::clone(caller.clock())));
        // Without credentials of their own the clients cannot send an account's call with another's.
        let mut clients = config.into_builder();
        clients.set_credentials_provider(None);
        let clients = clients.build();
        let sts = Arc::new(sts_regions(&clients, regions, caller.clock()));
        let organizations =
            aws_sdk_organizations::config::Builder::from(&clients).interceptor(WholeAnswer::Json);
        let iam = aws_sdk_iam::config::Builder::from(&clients).interceptor(WholeAnswer::Xml);
        Self {
            caller,
            base,
            organizations: aws_sdk_organizations::Client::from_conf(organizations.build()),
            sts,
            iam: aws_sdk_iam::Client::from_conf(iam.build()),
            clients,
        }
    }

    /// The organization of the credentials.
    #[must_use]
    pub fn organization(&self) -> AwsOrganization {
        AwsOrganization::new(
            self.organizations.clone(),
            Arc::clone(&self.sts),
            Arc::clone(&self.base),
            self.caller.clone(),
        )
    }

    /// Read-only access to the accounts; `run` is the run's id, for CloudTrail.
    #[must_use]
    pub fn audit_access(&self, organization: &OrganizationInfo, run: &str) -> AuditAccess {
        AuditAccess::new(self.iam.clone(), self.sessions(organization, run, Purpose::Audit))
    }

    /// Access that may write to DigitalEx roles; `run` is the run's id, for CloudTrail.
    #[must_use]
    pub fn apply_access(&self, organization: &OrganizationInfo, run: &str) -> ApplyAccess {
        ApplyAccess::new(self.iam.clone(), self.sessions(organization, run, Purpose::Apply))
    }

    /// The Cost and Usage Reports of the caller's account; none in a partition that has no such API.
    #[must_use]
    pub fn cost_reports(&self, organization: &OrganizationInfo) -> Option<AwsCostReports> {
        let region = cost_reports::region_of(organization.partition)?;
        let mut config = aws_sdk_costandusagereport::config::Builder::from(&self.clients)
            .interceptor(WholeAnswer::Json);
        config.set_region(Some(Region::from_static(region)));
        Some(AwsCostReports {
            client: aws_sdk_costandusagereport::Client::from_conf(config.build()),
            caller: self.caller.clone(),
            base: Arc::clone(&self.base),
            account: organization.caller,
        })
    }

    /// A sink for the secrets of access keys; `run` is the run's id, for CloudTrail.
    #[must_use]
    pub fn secrets_manager_sink(
        &self,
        options: SecretsManagerOptions,
        run: &str,
    ) -> SecretsManagerSink {
        let mut config = aws_sdk_secretsmanager::config::Builder::from(&self.clients)
            .interceptor(WholeAnswer::Json);
        let region = options.region.clone().map(Region::new);
        let region = region.or_else(|| self.clients.region().cloned());
        let region_name = region.as_ref().map_or(REGION_DEFAULT, Region::as_ref).to_owned();
        config.set_region(region);
        let client = aws_sdk_secretsmanager::Client::from_conf(config.build());
        let credentials: Arc<dyn CredentialSource> = match &options.role_arn {
            None => Arc::clone(&self.base) as _,
            Some(role_arn) => Arc::new(RoleSession::new(
                role_arn.clone(),
                session_name(run),
                Arc::clone(&self.sts),
                self.caller.clone(),
                Arc::clone(&self.base),
            )),
        };
        let calls = SecretCalls { client, caller: self.caller.clone(), credentials };
        SecretsManagerSink::new(calls, region_name, options)
    }

    fn sessions(&self, organization: &OrganizationInfo, run: &str, purpose: Purpose) -> Sessions {
        let assumer = RoleAssumer {
            sts: Arc::clone(&self.sts),
            caller: self.caller.clone(),
            base: Arc::clone(&self.base),
            partition: organization.partition,
            session_name: session_name(run),
            purpose,
            last_worked: Mutex::default(),
        };
        Sessions::new(organization.caller, assumer)
    }
}

fn sts_regions(clients: &SdkConfig, regions: &[String], clock: &Arc<dyn Clock>) -> StsRegions {
    let client = |region: Option<&String>| {
        let mut config = aws_sdk_sts::config::Builder::from(clients).interceptor(WholeAnswer::Xml);
        if let Some(region) = region {
            config.set_region(Some(Region::new(region.clone())));
        }
        aws_sdk_sts::Client::from_conf(config.build())
    };
    let others = regions.iter().skip(1).map(|region| client(Some(region))).collect();
    StsRegions::new(client(regions.first()), others, Arc::clone(clock))
}

async fn load(options: &ConnectOptions) -> SdkConfig {
    let proxy = match options.sandbox {
        Some(_) => ProxyConfig::disabled(),
        None => ProxyConfig::from_env(),
    };
    let loader = aws_config::defaults(behavior())
        .http_client(http_client(proxy))
        .region(RegionProviderChain::default_provider().or_else(REGION_DEFAULT))
        .retry_config(retries())
        .timeout_config(timeouts())
        .identity_cache(IdentityCache::no_cache());
    with_sandbox(with_user_agent(loader, &options.version), options.sandbox.as_ref()).load().await
}

/// One HTTP client for all services: without it each would keep connections of its own.
fn http_client(proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.set_proxy_config(Some(proxy.clone()));
        connector.build()
    })
}

/// The SDK's defaults are those of this day, whatever its version.
pub(crate) fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// The engine's `Caller` owns retries; the SDK's share one token bucket among all accounts.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig::disabled()
}

/// The same for every client, since connections are pooled per settings.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(20))
        .operation_attempt_timeout(Duration::from_secs(30))
        .build()
}

/// `lib/digitalex-rollout/VERSION`: an application name cannot hold a slash, and stays the user's
/// own (`AWS_SDK_UA_APP_ID`).
fn with_user_agent(loader: ConfigLoader, version: &str) -> ConfigLoader {
    match FrameworkMetadata::new("digitalex-rollout", Some(version.to_owned())) {
        Ok(metadata) => loader.framework_metadata(metadata),
        Err(error) => {
            tracing::warn!(%error, version, "the user agent will not name the version");
            loader
        }
    }
}

fn with_sandbox(loader: ConfigLoader, sandbox: Option<&SandboxEndpoint>) -> ConfigLoader {
    let Some(SandboxEndpoint { url, access_key_id, secret_access_key }) = sandbox else {
        return loader;
    };
    let keys = Credentials::new(access_key_id, secret_access_key, None, None, "sandbox");
    // A Region of its own, so that nothing is asked of the machine's surroundings.
    let region = Region::from_static(REGION_DEFAULT);
    loader.region(region).endpoint_url(url).credentials_provider(keys)
}
