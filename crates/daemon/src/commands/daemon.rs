//! `daemon`.

use std::time::Duration;

use clap::Args;
use miette::Report;

use crate::Context;
use crate::commands::config::read_settings;
use crate::config::{LogFormat, Settings};
use crate::connection::{Connection, RunFlags, Tenant};
use crate::daemon::{Daemon, ReloadSignal};
use crate::exit::{Exit, Failure};
use crate::http::{BearerToken, HttpError, HttpOptions, HttpServer, TlsOptions, TokenError};
use crate::interrupt::Stop;
use crate::telemetry::SpanExport;

/// How long the end of the daemon waits for the last spans to be exported.
const SPANS_DEADLINE: Duration = Duration::from_secs(5);

/// Arguments of `daemon`.
#[derive(Debug, Args)]
#[command(after_help = "\
Visits every account once an interval, and sooner what drifted or failed. It only reports differences until
[daemon] mode is \"correct\". The status page, the API and the metrics are served where [http] listen says.
SIGTERM finishes what is in flight and ends it; SIGHUP reads the configuration again.

Exit codes: 0 stopped, 1 error (also where another daemon took the lease).

Examples:
  digitalex-rollout daemon --sandbox 200
  DIGITALEX_TENANT_ID=… digitalex-rollout daemon --config digitalex-rollout.toml
  curl -X POST http://127.0.0.1:8473/api/v1/passes")]
pub struct DaemonArgs {
    #[command(flatten)]
    run: RunFlags,
}

/// Runs the command.
pub(crate) async fn run(context: &Context, args: &DaemonArgs, stop: &Stop) -> Result<Exit, Report> {
    let hangups = ReloadSignal::listen().map_err(|error| {
        Failure::caused("SIGHUP cannot be listened to", "check the limits of this machine", error)
    })?;
    let settings = read_settings(context.global.config.as_deref(), &args.run.config)?;
    let spans = start_telemetry(context, &settings)?;
    let server = HttpServer::bind(http_options(&settings)?).await.map_err(unserved)?;
    let connection = Connection::open(context, &args.run, Tenant::Needed, stop).await?;
    let (global, flags) = (context.global.config.clone(), args.run.config.clone());
    let read = Box::new(move || {
        let settings = read_settings(global.as_deref(), &flags)?;
        settings.try_out()?;
        Ok(settings)
    });
    let done = Daemon::new(connection, read).await?.run(context, server, hangups).await;
    if let Some(spans) = spans {
        spans.finish(SPANS_DEADLINE).await;
    }
    done
}

fn start_telemetry(context: &Context, settings: &Settings) -> Result<Option<SpanExport>, Report> {
    let settings = &settings.service.telemetry;
    if settings.log_format == LogFormat::Json {
        context.telemetry.log_json();
    }
    let Some(endpoint) = &settings.otlp_endpoint else { return Ok(None) };
    let spans =
        SpanExport::start(endpoint, tokio::runtime::Handle::current()).map_err(|error| {
            Failure::new(error.to_string(), "or leave otlp_endpoint out: logs need no collector")
        })?;
    context.telemetry.export_spans(&spans);
    Ok(Some(spans))
}

fn http_options(settings: &Settings) -> Result<HttpOptions, Report> {
    let http = &settings.service.http;
    let token = http.token_file.as_deref().map(BearerToken::read).transpose();
    let tls = match (&http.tls_cert_file, &http.tls_key_file) {
        (Some(cert), Some(key)) => Some(TlsOptions { cert: cert.clone(), key: key.clone() }),
        (None, None) => None,
        _ => {
            let next_step = "set both, or neither";
            return Err(
                Failure::new("[http] needs tls_cert_file and tls_key_file", next_step).into()
            );
        }
    };
    let token = token.map_err(|error: TokenError| {
        Failure::new(error.to_string(), "see [http] in the configuration")
    })?;
    Ok(HttpOptions { listen: http.listen, token, tls, client_ca: http.client_ca_file.clone() })
}

fn unserved(error: HttpError) -> Report {
    Failure::caused("the daemon cannot serve", "correct [http] in the configuration", error).into()
}
