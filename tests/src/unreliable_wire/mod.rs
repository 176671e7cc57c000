//! A wire between the product and a sandbox on which some requests go wrong: a TCP proxy that knows
//! HTTP/1.1 well enough to tell one request from the next.

mod message;
mod mishap;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use digitalex_engine::{Clock, TokioClock};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use message::Message;
pub use mishap::Mishap;

/// A dripped answer comes in so many pieces, so far apart.
const DRIPS: usize = 8;
const DRIP_PAUSE: Duration = Duration::from_millis(25);

/// The wire, until it is dropped. It begins whole.
pub struct UnreliableWire {
    /// What the product is to take for AWS.
    pub url: String,
    wire: Arc<Wire>,
    _stop: DropGuard,
}

struct Wire {
    far_end: SocketAddr,
    clock: TokioClock,
    luck: Mutex<Luck>,
    /// How many requests came.
    came: watch::Sender<usize>,
}

struct Luck {
    rng: SmallRng,
    /// The share of the requests that go wrong.
    share: f64,
    befell: BTreeMap<Mishap, usize>,
}

impl UnreliableWire {
    /// A wire to the HTTP server at `url`, whose mishaps are drawn from `seed`.
    ///
    /// # Panics
    /// There is no free port, or `url` is none of an address.
    pub async fn to(url: &str, seed: u64) -> Self {
        let far_end = url.trim_start_matches("http://").parse().expect("an address");
        let rng = SmallRng::seed_from_u64(seed);
        let luck = Mutex::new(Luck { rng, share: 0.0, befell: BTreeMap::new() });
        let came = watch::Sender::new(0);
        let wire = Arc::new(Wire { far_end, clock: TokioClock::start(), luck, came });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(accept(listener, Arc::clone(&wire))));
        Self { url, wire, _stop: stop.drop_guard() }
    }

    /// From now on this share of the requests go wrong; none at 0.
    pub fn spoil(&self, share: f64) {
        self.wire.luck().share = share;
    }

    /// Comes back when so many more requests came.
    pub async fn comes(&self, requests: usize) {
        let mut came = self.wire.came.subscribe();
        let then = *came.borrow_and_update() + requests;
        // The sender is this wire's own, and there as long as it is.
        let _ = came.wait_for(|came| *came >= then).await;
    }

    /// How often which mishap befell a request.
    #[must_use]
    pub fn befell(&self) -> BTreeMap<Mishap, usize> {
        self.wire.luck().befell.clone()
    }
}

/// What a client has at its end after a request.
enum Left {
    Open(BufReader<TcpStream>),
    Closed,
}

async fn accept(listener: TcpListener, wire: Arc<Wire>) {
    while let Ok((near_end, _)) = listener.accept().await {
        let wire = Arc::clone(&wire);
        // A connection fails when the product is killed; that is no news.
        tokio::spawn(async move { wire.carry(near_end).await });
    }
}

impl Wire {
    fn luck(&self) -> MutexGuard<'_, Luck> {
        self.luck.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn carry(&self, near_end: TcpStream) -> io::Result<()> {
        near_end.set_nodelay(true)?;
        let far_end = TcpStream::connect(self.far_end).await?;
        far_end.set_nodelay(true)?;
        let (mut client, mut server) = (BufReader::new(near_end), BufReader::new(far_end));
        while let Some(request) = Message::read(&mut client).await? {
            self.came.send_modify(|came| *came += 1);
            let mishap = self.luck().draw();
            let answer = match mishap {
                Some(mishap) if !mishap.is_served() => None,
                _ => Some(ask(&mut server, &request).await?),
            };
            client = match self.answer(client, &request, answer, mishap).await? {
                Left::Open(client) => client,
                Left::Closed => return Ok(()),
            };
        }
        Ok(())
    }

    /// Gives the client what is left of the `answer` of the far end.
    async fn answer(
        &self,
        mut client: BufReader<TcpStream>,
        request: &Message,
        answer: Option<Message>,
        mishap: Option<Mishap>,
    ) -> io::Result<Left> {
        let whole = answer.unwrap_or_default();
        match mishap {
            None => client.write_all(&whole.bytes()).await?,
            Some(Mishap::ResetUnserved | Mishap::ResetServed) => {
                // Closing then sends a reset.
                client.into_inner().set_zero_linger()?;
                return Ok(Left::Closed);
            }
            Some(Mishap::BrokenOff) => {
                let bytes = whole.bytes();
                client.write_all(&bytes[..bytes.len() - whole.body.len().div_ceil(2)]).await?;
                client.shutdown().await?;
                return Ok(Left::Closed);
            }
            Some(Mishap::CutShort) => client.write_all(&whole.cut_short().bytes()).await?,
            Some(Mishap::Dripped) => self.drip(&mut client, &whole.bytes()).await?,
            Some(Mishap::BadGatewayUnserved | Mishap::BadGatewayServed) => {
                client.write_all(&mishap::bad_gateway().bytes()).await?;
            }
            Some(Mishap::Throttled) => {
                client.write_all(&mishap::throttled(request).bytes()).await?;
            }
        }
        Ok(Left::Open(client))
    }

    async fn drip(&self, client: &mut BufReader<TcpStream>, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(bytes.len().div_ceil(DRIPS).max(1)) {
            client.write_all(piece).await?;
            client.flush().await?;
            self.clock.sleep(DRIP_PAUSE).await;
        }
        Ok(())
    }
}

impl Luck {
    fn draw(&mut self) -> Option<Mishap> {
        if !self.rng.random_bool(self.share) {
            return None;
        }
        let mishap = *Mishap::ALL.choose(&mut self.rng)?;
        *self.befell.entry(mishap).or_default() += 1;
        Some(mishap)
    }
}

async fn ask(server: &mut BufReader<TcpStream>, request: &Message) -> io::Result<Message> {
    server.write_all(&request.bytes()).await?;
    Message::read(server).await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
