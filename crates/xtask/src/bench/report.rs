//! All that one benchmark measured, for programs and for people.

use std::fmt::Write;

use serde::Serialize;

use super::fleet::{self, FleetRow};
use super::machine::Machine;
use super::passes::{self, Sample};
use super::peers::{self, PeerRow};

/// The figures of one run on one machine; a part that was not run is empty.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) fleet: Vec<FleetRow>,
    pub(crate) peers: Vec<PeerRow>,
    pub(crate) passes: Vec<Sample>,
    /// As divan prints it.
    pub(crate) micro: String,
}

impl Report {
    /// Markdown, for README.md.
    pub(crate) fn render(&self) -> String {
        let mut text = self.machine_line();
        section(&mut text, FLEET_TEXT, &fleet::render(&self.fleet), self.fleet.is_empty());
        section(&mut text, PEERS_TEXT, &peers::render(&self.peers), self.peers.is_empty());
        section(&mut text, PASSES_TEXT, &passes::render(&self.passes), self.passes.is_empty());
        let micro = format!("```text\n{}```\n", self.micro);
        section(&mut text, MICRO_TEXT, &micro, self.micro.is_empty());
        text
    }

    fn machine_line(&self) -> String {
        let Machine { cpu, cores, kernel, rustc, commit, started_at } = &self.machine;
        let (commit, dirty) = match commit.split_once('-') {
            Some((commit, _)) => (commit, " with changes"),
            None => (commit.as_str(), ""),
        };
        let commit = commit.get(..12).unwrap_or(commit);
        let day = started_at.strftime("%Y-%m-%d");
        format!(
            "Measured on {day} by `cargo xtask bench` on {cores} cores of {cpu}, Linux {kernel}, \
             {rustc}, at commit {commit}{dirty}. Client and sandbox share the cores.\n"
        )
    }
}

const FLEET_TEXT: &str = "\
Over a sandbox of its own for each run, which enforces the rate limits and takes 50 ms a call. The
floor is the time that the rate limits alone take for these calls. `cold` begins with an empty state
folder, `warm` with the one that the run before left.";

const PEERS_TEXT: &str = "\
The same audit by others, over the same kind of sandbox with 1,000 accounts in sync. A failure is an
account that the program could say nothing about.";

const PASSES_TEXT: &str = "\
Audits one after another in one process, 1,000 accounts each, over a sandbox without latency or limits.";

const MICRO_TEXT: &str = "The pure core, for one account:";

fn section(text: &mut String, heading: &str, body: &str, is_empty: bool) {
    if !is_empty {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{heading}\n\n{body}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let machine = Machine {
            cpu: "Some CPU".to_owned(),
            cores: 2,
            kernel: "6.1".to_owned(),
            rustc: "rustc 1.95.0".to_owned(),
            commit: format!("{}-dirty", "0123456789".repeat(4)),
            started_at: "2026-11-23T23:00:00Z".parse().unwrap(),
        };
        let micro = "├─ diff\n".to_owned();
        Report { machine, fleet: vec![], peers: vec![], passes: vec![], micro }
    }

    #[test]
    fn render_should_name_the_machine_and_show_only_what_was_run() {
        let text = report().render();
        let wanted = "Measured on 2026-11-23 by `cargo xtask bench` on 2 cores of Some CPU, Linux 6.1, \
                      rustc 1.95.0, at commit 012345678901 with changes. Client and sandbox share the cores.\n\
                      \nThe pure core, for one account:\n\n```text\n├─ diff\n```\n";
        assert_eq!(text, wanted);
    }

    #[test]
    fn json_should_hold_every_part() {
        let json = serde_json::to_value(report()).unwrap();
        let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["fleet", "machine", "micro", "passes", "peers"]);
        assert_eq!(json["machine"]["started_at"], "2026-11-23T23:00:00Z");
    }
}
