//! TLS, with and without client certificates.

use std::path::PathBuf;
use std::sync::Arc;

use digitalex_rollout::http::{HttpOptions, HttpServer, TlsOptions};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::client::{Answer, request, send_over};
use crate::daemon::{Daemon, Setup};

const TOKEN: &str = "canary-token-0123456789";

/// An authority, and what it signed.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    folder: TempDir,
}

type Identity = (CertificateDer<'static>, PrivateKeyDer<'static>);

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate");
        let folder = TempDir::new().expect("a folder");
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).expect("written");
        let certificate = certificate.der().clone();
        Self { issuer: Issuer::new(params, key), certificate, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tls(&self) -> TlsOptions {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        std::fs::write(self.path("cert.pem"), certificate.pem()).expect("written");
        std::fs::write(self.path("key.pem"), key.serialize_pem()).expect("written");
        TlsOptions { cert: self.path("cert.pem"), key: self.path("key.pem") }
    }

    fn client(&self) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["client".to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        (certificate.der().clone(), PrivatePkcs8KeyDer::from(key.serialize_der()).into())
    }

    async fn connect(
        &self,
        daemon: &Daemon,
        identity: Option<Identity>,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("an authority");
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots);
        let config = match identity {
            Some((certificate, key)) => {
                config.with_client_auth_cert(vec![certificate], key).expect("an identity")
            }
            None => config.with_no_client_auth(),
        };
        let stream = TcpStream::connect(daemon.address).await?;
        let name = "localhost".try_into().expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// The answer; without a status where the daemon hung up.
    async fn get(&self, daemon: &Daemon, identity: Option<Identity>, headers: &str) -> Answer {
        let stream = self.connect(daemon, identity).await.expect("a handshake");
        send_over(stream, request("GET", "/api/v1/status", headers)).await
    }
}

#[tokio::test]
async fn a_client_authority_should_let_in_only_who_shows_a_certificate_of_it() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let client_ca = Some(authority.path("ca.pem"));
    let daemon =
        Daemon::start_with(Setup { tls: Some(authority.tls()), client_ca, token: None }).await;
    assert_eq!(authority.get(&daemon, Some(authority.client()), "").await.status, 200);
    assert_eq!(authority.get(&daemon, None, "").await.status, 0);
    assert_eq!(authority.get(&daemon, Some(stranger.client()), "").await.status, 0);
}

#[tokio::test]
async fn a_token_or_a_certificate_should_be_enough_where_both_are_configured() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let client_ca = Some(authority.path("ca.pem"));
    let setup = Setup { tls: Some(authority.tls()), client_ca, token: Some(TOKEN) };
    let daemon = Daemon::start_with(setup).await;
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    assert_eq!(authority.get(&daemon, Some(authority.client()), "").await.status, 200);
    assert_eq!(authority.get(&daemon, None, &bearer).await.status, 200);
    assert_eq!(authority.get(&daemon, None, "").await.status, 401);
    assert_eq!(authority.get(&daemon, Some(stranger.client()), &bearer).await.status, 0);
}

#[tokio::test]
async fn a_handshake_that_does_not_go_on_should_hold_up_nobody() {
    let authority = Authority::new();
    let setup = Setup { tls: Some(authority.tls()), token: Some(TOKEN), client_ca: None };
    let daemon = Daemon::start_with(setup).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(daemon.address).await.expect("a connection"));
    }
    assert_eq!(authority.get(&daemon, None, "").await.status, 401);
    drop(silent);
    let plain = crate::client::get(daemon.address, "/healthz").await;
    assert_eq!(plain.status, 0, "plain HTTP was answered where TLS is configured");
}

#[tokio::test]
async fn certificates_that_cannot_be_used_should_be_refused_by_their_file() {
    let authority = Authority::new();
    let tls = authority.tls();
    std::fs::write(authority.path("empty.pem"), "").expect("written");
    let other = Authority::new();
    let of = |cert: &PathBuf, key: &PathBuf| TlsOptions { cert: cert.clone(), key: key.clone() };
    let (empty, absent) = (authority.path("empty.pem"), authority.path("absent.pem"));
    for (tls, client_ca, named) in [
        (of(&absent, &tls.key), None, "absent.pem"),
        (of(&empty, &tls.key), None, "empty.pem"),
        (of(&tls.cert, &empty), None, "empty.pem"),
        (of(&tls.cert, &tls.cert), None, "cert.pem"),
        (of(&tls.cert, &other.tls().key), None, "cert.pem"),
        (of(&tls.cert, &tls.key), Some(empty.clone()), "empty.pem"),
    ] {
        let listen = "127.0.0.1:0".parse().expect("an address");
        let options = HttpOptions { listen, token: None, tls: Some(tls), client_ca };
        let error = HttpServer::bind(options).await.expect_err("it was taken").to_string();
        assert!(error.contains(named), "{error}");
        assert!(!error.contains("BEGIN"), "{error}");
    }
}
