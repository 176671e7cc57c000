//! Where the daemon listens, and who may come in.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::http::{BearerToken, HttpError};

/// Where the daemon listens, and who may come in.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// The address and port.
    pub listen: SocketAddr,
    /// What clients show in the `Authorization` header.
    pub token: Option<BearerToken>,
    /// The daemon's own certificate; plain HTTP where there is none.
    pub tls: Option<TlsOptions>,
    /// The authorities (PEM) whose client certificates are taken. With a token too, either is enough.
    pub client_ca: Option<PathBuf>,
}

/// The daemon's own certificate.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// The certificate and those between it and the authority (PEM).
    pub cert: PathBuf,
    /// Its private key (PEM).
    pub key: PathBuf,
}

impl HttpOptions {
    /// Refuses what would leave the daemon open: off loopback, everyone shows who they are.
    ///
    /// # Errors
    /// Off loopback with neither a token nor a client authority; a client authority without TLS.
    pub fn check(&self) -> Result<(), HttpError> {
        if self.client_ca.is_some() && self.tls.is_none() {
            return Err(HttpError::ClientCaWithoutTls);
        }
        if !self.is_loopback() && self.is_open() {
            return Err(HttpError::OpenToTheNetwork { listen: self.listen });
        }
        if !self.is_loopback() && self.tls.is_none() {
            tracing::warn!(
                listen = %self.listen,
                "the bearer token goes over the network in clear text: set tls_cert_file and \
                 tls_key_file under [http], or let a proxy on this machine speak TLS"
            );
        }
        Ok(())
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }

    /// Whether nobody is asked who they are.
    pub(crate) fn is_open(&self) -> bool {
        self.token.is_none() && self.client_ca.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_should_be_refused_where_they_leave_the_daemon_open_to_the_network() {
        let token = || Some(BearerToken::new("0123456789abcdef").expect("a token"));
        let tls = || Some(TlsOptions { cert: "cert.pem".into(), key: "key.pem".into() });
        let ca = || Some(PathBuf::from("ca.pem"));
        let cases = [
            ("127.0.0.1:0", None, None, None, true),
            ("127.8.0.1:0", None, None, None, true),
            ("[::1]:0", None, None, None, true),
            ("[::ffff:127.0.0.1]:0", None, None, None, true),
            ("0.0.0.0:0", None, None, None, false),
            ("[::]:0", None, None, None, false),
            ("192.0.2.1:0", None, None, None, false),
            ("192.0.2.1:0", None, tls(), None, false),
            ("192.0.2.1:0", None, None, ca(), false),
            ("127.0.0.1:0", None, None, ca(), false),
            ("192.0.2.1:0", token(), None, None, true),
            ("192.0.2.1:0", None, tls(), ca(), true),
            ("[::]:0", token(), tls(), ca(), true),
        ];
        for (listen, token, tls, client_ca, taken) in cases {
            let listen = listen.parse().expect("an address");
            let options = HttpOptions { listen, token, tls, client_ca };
            assert_eq!(options.check().is_ok(), taken, "{options:?}");
        }
    }
}
