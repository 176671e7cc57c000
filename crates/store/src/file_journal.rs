//! A journal of JSON lines, appended to and synced before a write to AWS is made.

use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use digitalex_engine::{Journal, JournalEntry, JournalError};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

/// The journal in one file, created on first use and only ever appended to.
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    file: Mutex<File>,
}

impl FileJournal {
    /// Opens the journal, and creates it and its folder where they are not there.
    ///
    /// # Errors
    /// The file or its folder cannot be created or opened for writing.
    pub async fn open(path: &Path) -> Result<Self, JournalError> {
        let file = open(path).await.map_err(|source| failed(path, source))?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file) })
    }
}

#[async_trait]
impl Journal for FileJournal {
    async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError> {
        let mut file = self.file.lock().await;
        append(&mut file, entry).await.map_err(|source| failed(&self.path, source))
    }
}

async fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    options.mode(0o600);
    options.create(true).append(true).open(path).await
}

async fn append(file: &mut File, entry: &JournalEntry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line).await?;
    file.sync_data().await
}

fn failed(path: &Path, source: io::Error) -> JournalError {
    JournalError { place: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use digitalex_core::{Observation, Verdict};

    use super::*;

    fn outcome(run: &str) -> JournalEntry {
        JournalEntry::Outcome {
            at: "2026-01-02T03:04:05Z".parse().expect("a time"),
            run: run.to_owned(),
            account: "111122223333".parse().expect("an id"),
            observation: Observation::Absent.fingerprint(),
            verdict: Verdict::Converged,
        }
    }

    #[tokio::test]
    async fn journal_should_keep_what_earlier_runs_wrote() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state/journal.jsonl");
        for run in ["first", "second"] {
            let journal = FileJournal::open(&path).await.expect("opens");
            journal.append(&outcome(run)).await.expect("appends");
        }
        let text = std::fs::read_to_string(&path).expect("is there");
        let runs: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
            .map(|entry| entry["run"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(runs, ["first", "second"]);
    }

    #[tokio::test]
    async fn journal_should_name_its_file_when_it_cannot_be_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = FileJournal::open(folder.path()).await.expect_err("a folder is no file");
        assert!(error.to_string().contains(&folder.path().display().to_string()));
    }
}
