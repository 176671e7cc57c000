//! A third party's AWS emulator, moto, as a server process.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::Venv;

const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A running moto server, killed on drop.
///
/// It asks for no permission: any role can be assumed in any account, whether it is there or not,
/// and session policies, trust policies and SCPs have no effect. It checks inline policies but not
/// trust policies, leaves `Paths` out of accounts, and shows a member an organization without accounts.
#[derive(Debug)]
pub struct MotoServer {
    process: Child,
    url: String,
}

impl MotoServer {
    /// Starts one on a free port of loopback, and waits until it listens. AWS's managed policies
    /// exist only with `MOTO_IAM_LOAD_MANAGED_POLICIES=true` in `env`, at seconds and 70 MB an
    /// account.
    ///
    /// # Errors
    /// It ends, or does not listen within a minute.
    pub fn start(venv: &Venv, env: &[(&str, &str)]) -> Result<Self> {
        let mut process = venv
            .command("moto_server")?
            .args(["--host", "127.0.0.1", "--port", "0"])
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start moto_server")?;
        let log = process.stderr.take().context("moto_server has no log")?;
        // From here on the process is killed on every way out.
        let mut server = Self { process, url: String::new() };

        let (sender, receiver) = channel();
        thread::spawn(move || follow(log, &sender));
        server.url = receiver
            .recv_timeout(START_TIMEOUT)
            .context("moto_server did not start; try `target/venv/bin/moto_server` by hand")?;
        Ok(server)
    }

    /// Where it answers, as `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What points an AWS client at it, as the management account's user.
    #[must_use]
    pub fn client_env(&self) -> [(&str, &str); 4] {
        [
            ("AWS_ENDPOINT_URL", &self.url),
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_REGION", "us-east-1"),
        ]
    }
}

impl Drop for MotoServer {
    fn drop(&mut self) {
        // It is gone already where either fails.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends the address that the server says it listens on, and drains the rest of its log, so that it
/// never blocks on a full pipe.
fn follow(log: impl Read, sender: &Sender<String>) {
    for line in BufReader::new(log).lines().map_while(Result::ok) {
        if let Some((_, url)) = line.split_once("Running on ") {
            let _ = sender.send(url.trim().to_owned());
        }
    }
}
