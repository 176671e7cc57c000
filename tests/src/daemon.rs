//! The product's daemon as a process, over a sandbox.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::rollout::TENANT_ID;
use crate::{CleanEnv, product};

/// Where daemons run one after the other: a home with its store, and what they find in the environment.
#[derive(Debug)]
pub struct DaemonHome {
    environment: CleanEnv,
    endpoint: String,
}

/// A running daemon, killed on drop.
#[derive(Debug)]
pub struct Daemon {
    process: Child,
    address: String,
    log: PathBuf,
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    /// The body.
    pub body: String,
}

/// The daemon's event stream.
#[derive(Debug)]
pub struct Events(BufReader<TcpStream>);

impl DaemonHome {
    /// One over the sandbox at `endpoint`.
    ///
    /// # Errors
    /// No temporary directory can be made.
    pub fn new(endpoint: &str) -> Result<Self> {
        Ok(Self { environment: CleanEnv::new()?, endpoint: endpoint.to_owned() })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.environment.home()
    }

    /// The store, where the configuration does not say otherwise.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.folder().join(".local/state/digitalex-rollout/store.sqlite")
    }

    /// Writes the configuration file, which listens on a free port, and returns its path.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn configure(&self, text: &str) -> Result<PathBuf> {
        let path = self.folder().join("digitalex-rollout.toml");
        let text = match text.contains("[http]") {
            true => text.to_owned(),
            false => format!("{text}\n[http]\nlisten = \"127.0.0.1:0\"\n"),
        };
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// The product with these arguments, as the management account's root and with the tests' tenant id.
    ///
    /// # Errors
    /// It cannot be built.
    pub fn command(&self, args: &[&str]) -> Result<Command> {
        let mut command = self.environment.command(product()?);
        command
            .args(args)
            .env("DIGITALEX_TENANT_ID", TENANT_ID)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", "AKIASANDBOX")
            .env("AWS_SECRET_ACCESS_KEY", "sandbox-canary-secret-key")
            .env("AWS_REGION", "us-east-1")
            .stdin(Stdio::null());
        Ok(command)
    }

    /// Starts a daemon, and comes back when it serves.
    ///
    /// # Errors
    /// It does not start; the error holds its log.
    pub fn start(&self) -> Result<Daemon> {
        self.run(self.command(&["daemon", "-v"])?)
    }

    /// As [`Self::start`], by another program, which `wrap` makes from the daemon's command.
    ///
    /// # Errors
    /// It does not start; the error holds its log.
    pub fn start_with(&self, wrap: impl FnOnce(&Command) -> Command) -> Result<Daemon> {
        let command = self.command(&["daemon", "-v"])?;
        let mut wrapped = wrap(&command);
        wrapped.current_dir(self.folder()).stdin(Stdio::null());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(name, value),
                None => wrapped.env_remove(name),
            };
        }
        self.run(wrapped)
    }

    fn run(&self, mut command: Command) -> Result<Daemon> {
        let log = self.folder().join("daemon.log");
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&log)?)
            .spawn()
            .context("cannot start the daemon")?;
        let stdout = process.stdout.take().context("the daemon has no output")?;
        let mut daemon = Daemon { process, address: String::new(), log };
        let mut lines = BufReader::new(stdout).lines();
        let announced = lines.by_ref().map_while(Result::ok).find_map(|line| address(&line));
        let Some(address) = announced else {
            bail!("the daemon does not serve:\n{}", daemon.log());
        };
        daemon.address = address;
        std::thread::spawn(move || lines.for_each(drop));
        Ok(daemon)
    }
}

impl Daemon {
    /// Where it serves: `http://127.0.0.1:…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it logged, and those before it in the same home.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Asks for `path`.
    ///
    /// # Errors
    /// It does not answer.
    pub fn get(&self, path: &str) -> Result<Answer> {
        self.request(&format!("GET {path} HTTP/1.1\r\n{}\r\n", self.headers()))
    }

    /// Asks for JSON at `path`.
    ///
    /// # Errors
    /// It does not answer 200 with JSON.
    pub fn json(&self, path: &str) -> Result<Value> {
        let answer = self.get(path)?;
        ensure!(answer.status == 200, "{path}: {answer:?}");
        Ok(serde_json::from_str(&answer.body)?)
    }

    /// Posts nothing to `path`.
    ///
    /// # Errors
    /// It does not answer.
    pub fn post(&self, path: &str) -> Result<Answer> {
        let headers = self.headers();
        self.request(&format!("POST {path} HTTP/1.1\r\n{headers}Content-Length: 0\r\n\r\n"))
    }

    /// Sends these bytes, and reads what comes until the connection ends.
    ///
    /// # Errors
    /// It does not answer.
    pub fn request(&self, text: &str) -> Result<Answer> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.write_all(text.as_bytes())?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        Answer::parse(&String::from_utf8_lossy(&bytes))
    }

    /// The event stream.
    ///
    /// # Errors
    /// It is refused.
    pub fn events(&self) -> Result<Events> {
        let mut stream = TcpStream::connect(&self.address)?;
        let host = &self.address;
        write!(stream, "GET /api/v1/events HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
        let mut reader = BufReader::new(stream);
        let mut status = String::new();
        reader.read_line(&mut status)?;
        ensure!(status.contains(" 200 "), "the event stream: {status}");
        Ok(Events(reader))
    }

    /// Sends a signal: `TERM`, `HUP`, `KILL`, `STOP`, …
    ///
    /// # Errors
    /// The process is gone.
    pub fn signal(&self, name: &str) -> Result<()> {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        ensure!(sent?.success(), "the signal {name} cannot be sent");
        Ok(())
    }

    /// Comes back when it has ended.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.process.wait()?)
    }

    /// Its resident memory in KiB.
    ///
    /// # Errors
    /// The process is gone.
    pub fn memory_kib(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.context("no VmRSS")?.parse().context("VmRSS is no number")
    }

    fn headers(&self) -> String {
        format!("Host: {}\r\nConnection: close\r\n", self.address)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It is gone already where either fails.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Answer {
    fn parse(text: &str) -> Result<Self> {
        let (head, body) =
            text.split_once("\r\n\r\n").with_context(|| format!("no HTTP: {text:?}"))?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        let body = if chunked { unchunked(body) } else { body.to_owned() };
        Ok(Self { status: status.context("no status")?, head: head.to_owned(), body })
    }
}

impl Iterator for Events {
    type Item = (String, Value);

    /// The next event; none when the stream ends.
    fn next(&mut self) -> Option<Self::Item> {
        let mut name = String::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(event) = line.strip_prefix("event:") {
                event.trim().clone_into(&mut name);
            } else if let Some(data) = line.strip_prefix("data:") {
                return Some((name, serde_json::from_str(data.trim()).ok()?));
            }
        }
    }
}

fn unchunked(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or_default();
        text.push_str(rest.get(..size).unwrap_or_default());
        body = rest.get(size + 2..).unwrap_or_default();
    }
    text
}

fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("http://")?;
    let end = rest.find(|character: char| !character.is_ascii_digit() && !".:".contains(character));
    Some(rest[..end.unwrap_or(rest.len())].to_owned())
}
