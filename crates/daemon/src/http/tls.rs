//! TLS: the daemon's certificate, and those of its clients.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::http::{HttpError, HttpOptions, TlsOptions};

/// Reads the certificates; `None` where the options speak of none.
pub(super) fn acceptor(options: &HttpOptions) -> Result<Option<TlsAcceptor>, HttpError> {
    let Some(tls) = &options.tls else { return Ok(None) };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = match &options.client_ca {
        Some(path) => client_verifier(&provider, path, options.token.is_some())?,
        None => WebPkiClientVerifier::no_client_auth(),
    };
    let (chain, key) = (certificates(&tls.cert)?, private_key(tls)?);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&tls.cert, "certificate", error))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(|error| unusable(&tls.cert, "certificate of the key", error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

/// Where a token is enough as well, a client without a certificate is let in to show it.
fn client_verifier(
    provider: &Arc<CryptoProvider>,
    path: &Path,
    token_too: bool,
) -> Result<Arc<dyn ClientCertVerifier>, HttpError> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(path)? {
        roots.add(authority).map_err(|error| unusable(path, "certificate authority", error))?;
    }
    let builder =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let builder = if token_too { builder.allow_unauthenticated() } else { builder };
    builder.build().map_err(|error| unusable(path, "certificate authority", error))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, HttpError> {
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).and_then(|certificates| certificates.collect());
    match found {
        Ok(found) if found.is_empty() => {
            Err(unusable(path, "certificate", "no CERTIFICATE stands in it"))
        }
        found => found.map_err(|error| unusable(path, "certificate", error)),
    }
}

fn private_key(tls: &TlsOptions) -> Result<PrivateKeyDer<'static>, HttpError> {
    // The parser's errors name the place, and never what stands there.
    PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| unusable(&tls.key, "private key", error))
}

fn unusable(path: &Path, what: &'static str, reason: impl ToString) -> HttpError {
    HttpError::Tls { path: path.to_owned(), what, reason: reason.to_string() }
}
