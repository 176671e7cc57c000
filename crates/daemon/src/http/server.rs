//! The listener: accepts connections, speaks TLS where it is to, and ends them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use digitalex_engine::Clock;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::http::guard::{Access, Peer};
use crate::http::{HttpError, HttpOptions, Shared, publisher, router, tls};

/// Connections at once; more of them wait to be accepted.
const CONNECTIONS_MAX: usize = 256;
/// From the first byte of a request to the end of its headers, and between two requests.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(15);
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long requests that are being answered may take once the daemon stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// The wait after the machine refuses a connection, for example because no file descriptor is left.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_secs(1);
/// Request line and headers together.
const HEADER_BYTES_MAX: usize = 32 * 1024;
const HEADERS_MAX: usize = 64;

/// A server that listens, but does not answer yet.
#[derive(Debug)]
pub struct HttpServer {
    listener: TcpListener,
    tls: Option<Acceptor>,
    access: Access,
}

struct Acceptor(TlsAcceptor);

/// Listens, and serves until `stop`. See [`HttpServer`] where the two are to stand apart.
///
/// # Errors
/// The options leave the daemon open, a certificate cannot be used, or the address cannot be had.
pub async fn serve(
    options: HttpOptions,
    shared: Arc<Shared>,
    stop: CancellationToken,
) -> Result<(), HttpError> {
    HttpServer::bind(options).await?.serve(shared, stop).await;
    Ok(())
}

impl HttpServer {
    /// Checks the options, reads the certificates, and listens.
    ///
    /// # Errors
    /// The options leave the daemon open, a certificate cannot be used, or the address cannot be had.
    pub async fn bind(options: HttpOptions) -> Result<Self, HttpError> {
        options.check()?;
        let tls = tls::acceptor(&options)?.map(Acceptor);
        let listen = options.listen;
        let listener = TcpListener::bind(listen).await;
        let listener = listener.map_err(|source| HttpError::Listen { listen, source })?;
        Ok(Self { listener, tls, access: Access::of(options) })
    }

    /// The address, with the port that the machine chose where 0 was asked for.
    ///
    /// # Errors
    /// The machine does not say.
    pub fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop`; then ends the event streams and lets other answers be sent to their end.
    pub async fn serve(self, shared: Arc<Shared>, stop: CancellationToken) {
        let clock = Arc::clone(&shared.clock);
        let mut tasks = JoinSet::new();
        tasks.spawn(publisher::run(Arc::clone(&shared), stop.clone()));
        let connection = Connection {
            router: router::router(shared, self.access, stop.clone()),
            tls: self.tls.map(|acceptor| acceptor.0),
            stop: stop.clone(),
        };
        let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        while let Some(stream) =
            accept(&self.listener, clock.as_ref(), &stop, &mut tasks, &slots).await
        {
            let (stream, slot) = stream;
            let connection = connection.clone();
            tasks.spawn(async move {
                connection.run(stream).await;
                drop(slot);
            });
        }
        drop(self.listener);
        let drained = async { while tasks.join_next().await.is_some() {} };
        if timeout(DRAIN_TIMEOUT, drained).await.is_err() {
            tracing::info!("connections that did not end in time are cut");
        }
    }
}

type Accepted = (TcpStream, tokio::sync::OwnedSemaphorePermit);

/// The next connection that there is room for; `None` once the daemon stops.
async fn accept(
    listener: &TcpListener,
    clock: &dyn Clock,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
    slots: &Arc<Semaphore>,
) -> Option<Accepted> {
    let next = async {
        // The semaphore is never closed.
        let slot = Arc::clone(slots).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return Some((stream, slot)),
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    clock.sleep(ACCEPT_RETRY_DELAY).await;
                }
            }
        }
    };
    tokio::pin!(next);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            Some(ended) = tasks.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a connection's task failed");
                }
            }
            accepted = &mut next => return accepted,
        }
    }
}

/// What every connection is served with.
#[derive(Clone)]
struct Connection {
    router: Router,
    tls: Option<TlsAcceptor>,
    stop: CancellationToken,
}

impl Connection {
    async fn run(self, stream: TcpStream) {
        // Answers are small; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let Some(acceptor) = self.tls.clone() else {
            return self.answer(stream, Peer { certified: false }).await;
        };
        match timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                let certified = stream.get_ref().1.peer_certificates().is_some();
                self.answer(stream, Peer { certified }).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    async fn answer<S>(self, stream: S, peer: Peer)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = TowerToHyperService::new(self.router);
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(peer);
            router.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_READ_TIMEOUT)
            .max_buf_size(HEADER_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Acceptor")
    }
}
