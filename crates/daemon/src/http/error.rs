//! Why the daemon cannot listen.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the daemon cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Anyone on the network could come in.
    #[error(
        "{listen} can be reached from other machines, and nobody would be asked who they are: set \
         token_file, or tls_cert_file, tls_key_file and client_ca_file, under [http], or listen on \
         127.0.0.1"
    )]
    OpenToTheNetwork {
        /// The address.
        listen: SocketAddr,
    },
    /// Client certificates are shown over TLS only.
    #[error(
        "client_ca_file under [http] needs TLS: set tls_cert_file and tls_key_file too, or take it out"
    )]
    ClientCaWithoutTls,
    /// The address cannot be had.
    #[error("{listen} cannot be listened on: choose another address or port under [http] listen")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// A certificate or key cannot be used.
    #[error("{path} is no {what} that TLS can use: {reason}", path = .path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        what: &'static str,
        /// What is wrong, and safe to print.
        reason: String,
    },
}
