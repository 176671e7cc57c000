//! A journal of JSON lines, appended to and synced before a write to AWS is made.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex as StdMutex, PoisonError};

use async_trait::async_trait;
use digitalex_engine::{Journal, JournalEntry, JournalError};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::sync::Mutex;

/// The journal in one file, created on first use and only ever appended to.
///
/// Entries that come while the disk is busy are written and synced together: with hundreds of
/// accounts at once, one sync for each entry would be what they all wait for.
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    waiting: StdMutex<Waiting>,
    file: Mutex<Synced>,
}

/// What is to be written next.
#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    /// How many batches were begun before this one.
    batch: u64,
}

/// What is on disk.
#[derive(Debug)]
struct Synced {
    file: File,
    /// The batches before this one are written, or lost.
    batch: u64,
    /// The first failure: what a file holds after one is not known, and so it is written to no more.
    failure: Option<(io::ErrorKind, String)>,
}

impl FileJournal {
    /// Opens the journal, and creates it and its folder where they are not there.
    ///
    /// # Errors
    /// The file or its folder cannot be created or opened for writing.
    pub async fn open(path: &Path) -> Result<Self, JournalError> {
        let file = open(path).await.map_err(|source| failed(path, source))?;
        let file = Mutex::new(Synced { file, batch: 0, failure: None });
        Ok(Self { path: path.to_owned(), waiting: StdMutex::default(), file })
    }

    /// Puts the entry's line to those that are written next, and says in which batch.
    fn enqueue(&self, entry: &JournalEntry) -> io::Result<u64> {
        let line = serde_json::to_vec(entry)?;
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.lines.extend(line);
        waiting.lines.push(b'\n');
        Ok(waiting.batch)
    }

    /// Comes back when the batch is on disk: whoever gets at the file first writes it for all.
    async fn sync(&self, batch: u64) -> io::Result<()> {
        let mut synced = self.file.lock().await;
        if synced.batch <= batch && synced.failure.is_none() {
            let lines = {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.batch += 1;
                synced.batch = waiting.batch;
                std::mem::take(&mut waiting.lines)
            };
            // Stands if this is dropped halfway.
            synced.failure = Some((io::ErrorKind::Interrupted, "left while writing".to_owned()));
            let written = append(&mut synced.file, &lines).await;
            synced.failure = written.err().map(|error| (error.kind(), error.to_string()));
        }
        match &synced.failure {
            Some((kind, message)) => Err(io::Error::new(*kind, message.clone())),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Journal for FileJournal {
    async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError> {
        let written = match self.enqueue(entry) {
            Ok(batch) => self.sync(batch).await,
            Err(error) => Err(error),
        };
        written.map_err(|source| failed(&self.path, source))
    }

    async fn check(&self) -> Result<(), JournalError> {
        let synced = self.file.lock().await;
        let checked = match &synced.failure {
            Some((kind, message)) => Err(io::Error::new(*kind, message.clone())),
            None => synced.file.sync_data().await,
        };
        checked.map_err(|source| failed(&self.path, source))
    }
}

async fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.create(true).append(true).read(true).open(path).await?;
    if ends_within_a_line(&mut file).await? {
        append(&mut file, b"\n").await?;
    }
    Ok(file)
}

/// A run that was killed may have left half a line, to which the next entry must not be glued.
async fn ends_within_a_line(file: &mut File) -> io::Result<bool> {
    if !file.metadata().await?.is_file() || file.seek(SeekFrom::End(0)).await? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1)).await?;
    Ok(file.read_u8().await? != b'\n')
}

async fn append(file: &mut File, lines: &[u8]) -> io::Result<()> {
    file.write_all(lines).await?;
    // Only this says what became of the write, which goes on in the background.
    file.flush().await?;
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
    async fn entries_that_come_together_should_each_be_written_once_and_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.jsonl");
        let journal = FileJournal::open(&path).await.expect("opens");
        let entries: Vec<_> = (0..200).map(|run| outcome(&run.to_string())).collect();
        let appends = entries.iter().map(|entry| journal.append(entry));
        futures::future::try_join_all(appends).await.expect("appends");
        let text = std::fs::read_to_string(&path).expect("is there");
        let mut runs: Vec<usize> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
            .map(|entry| entry["run"].as_str().unwrap_or_default().parse().expect("a number"))
            .collect();
        runs.sort_unstable();
        assert_eq!(runs, (0..200).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn half_a_line_of_a_killed_run_should_spoil_no_later_entry() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.jsonl");
        std::fs::write(&path, "{\"entry\":\"int").expect("a file");
        let journal = FileJournal::open(&path).await.expect("opens");
        journal.append(&outcome("next")).await.expect("appends");
        let text = std::fs::read_to_string(&path).expect("is there");
        let last = text.lines().last().expect("a line");
        let entry: serde_json::Value = serde_json::from_str(last).expect("JSON");
        assert_eq!((entry["run"].as_str(), text.lines().count()), (Some("next"), 2));
    }

    #[tokio::test]
    async fn journal_should_name_its_file_when_it_cannot_be_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = FileJournal::open(folder.path()).await.expect_err("a folder is no file");
        assert!(error.to_string().contains(&folder.path().display().to_string()));
    }
}
