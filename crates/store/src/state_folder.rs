//! What one run leaves for the next, in the state folder: the accounts that were listed, and what was
//! learned of rates. It saves time; nothing depends on it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use digitalex_engine::{Account, LearnedRates};

/// The state of one organization.
#[derive(Debug, Clone)]
pub struct StateFolder {
    folder: PathBuf,
    organization: String,
}

/// Writes the accounts down while they are being listed.
#[derive(Debug)]
pub struct AccountListWriter {
    file: File,
    partial: PathBuf,
    whole: PathBuf,
}

impl StateFolder {
    /// The state of the organization with this id (`o-…`) in `folder`, which need not be there yet.
    #[must_use]
    pub fn new(folder: &Path, organization: &str) -> Self {
        let legal = |character: &char| character.is_ascii_alphanumeric() || *character == '-';
        let organization = organization.chars().filter(legal).collect();
        Self { folder: folder.to_owned(), organization }
    }

    /// The accounts of the last listing; of one that was cut short where there is no whole one. Lines
    /// that cannot be read are left out: the fresh listing names their accounts.
    ///
    /// # Errors
    /// The file is there, and cannot be read.
    pub fn accounts(&self) -> io::Result<Vec<Account>> {
        let file = match File::open(self.path("accounts", "jsonl")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                File::open(self.path("accounts", "partial.jsonl"))
            }
            file => file,
        };
        let file = match file {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file?,
        };
        let mut accounts = Vec::new();
        for line in BufReader::new(file).split(b'\n') {
            accounts.extend(serde_json::from_slice::<Account>(&line?).ok());
        }
        Ok(accounts)
    }

    /// Begins to write down a listing. The last one stays until this one is whole.
    ///
    /// # Errors
    /// The folder or the file cannot be made.
    pub fn write_accounts(&self) -> io::Result<AccountListWriter> {
        fs::create_dir_all(&self.folder)?;
        let (partial, whole) =
            (self.path("accounts", "partial.jsonl"), self.path("accounts", "jsonl"));
        Ok(AccountListWriter { file: create(&partial)?, partial, whole })
    }

    /// What the last run learned of rates.
    ///
    /// # Errors
    /// The file is there, and cannot be read or understood.
    pub fn learned_rates(&self) -> io::Result<LearnedRates> {
        match fs::read(self.path("learned-rates", "json")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(LearnedRates::default()),
            text => Ok(serde_json::from_slice(&text?)?),
        }
    }

    /// Keeps what this run learned of rates.
    ///
    /// # Errors
    /// The folder or the file cannot be made.
    pub fn keep_learned_rates(&self, rates: &LearnedRates) -> io::Result<()> {
        let (path, new) = (self.path("learned-rates", "json"), self.path("learned-rates", "new"));
        if rates.is_empty() {
            return match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        fs::create_dir_all(&self.folder)?;
        create(&new)?.write_all(&serde_json::to_vec(rates)?)?;
        fs::rename(new, path)
    }

    fn path(&self, what: &str, extension: &str) -> PathBuf {
        self.folder.join(format!("{what}-{}.{extension}", self.organization))
    }
}

impl AccountListWriter {
    /// Writes an account down.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&mut self, account: &Account) -> io::Result<()> {
        let mut line = serde_json::to_vec(account)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }

    /// All accounts are written down: this listing takes the place of the last one.
    ///
    /// # Errors
    /// The file cannot be renamed.
    pub fn complete(self) -> io::Result<()> {
        fs::rename(self.partial, self.whole)
    }
}

/// Account names, tags and OUs are the owner's business only.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.create(true).write(true).truncate(true).open(path)
}

#[cfg(test)]
mod tests {
    use digitalex_core::AccountId;
    use digitalex_engine::AccountState;

    use super::*;

    fn account(number: u64) -> Account {
        Account {
            id: AccountId::from_number(number).unwrap(),
            name: format!("Zoë {number}\n"),
            state: AccountState::Active,
            invited: false,
            ou_path: None,
            tags: None,
        }
    }

    fn listed(state: &StateFolder, numbers: std::ops::Range<u64>) -> AccountListWriter {
        let mut writer = state.write_accounts().unwrap();
        numbers.for_each(|number| writer.add(&account(number)).unwrap());
        writer
    }

    #[test]
    fn accounts_should_be_those_of_the_last_whole_listing() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(&folder.path().join("new"), "o-abcdefghij");
        assert_eq!(state.accounts().unwrap(), []);
        listed(&state, 1..4).complete().unwrap();
        drop(listed(&state, 1..2));
        assert_eq!(state.accounts().unwrap(), [account(1), account(2), account(3)]);
    }

    #[test]
    fn a_run_that_was_killed_should_leave_what_it_had_listed() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path(), "o-abcdefghij");
        let mut writer = listed(&state, 1..3);
        writer.file.write_all(b"{\"id\":\"0000000").unwrap();
        assert_eq!(state.accounts().unwrap(), [account(1), account(2)]);
    }

    #[test]
    fn organizations_should_be_kept_apart_and_never_lead_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path(), "o-../../x");
        assert_eq!(state.path("accounts", "jsonl"), folder.path().join("accounts-o-x.jsonl"));
    }

    #[test]
    fn learned_rates_should_be_kept_until_there_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path(), "o-abcdefghij");
        let rates: LearnedRates =
            serde_json::from_str(r#"{"accounts":{"111122223333":{"read":2.5}}}"#).unwrap();
        state.keep_learned_rates(&rates).unwrap();
        assert_eq!(state.learned_rates().unwrap(), rates);
        state.keep_learned_rates(&LearnedRates::default()).unwrap();
        assert!(state.learned_rates().unwrap().is_empty());
    }
}
