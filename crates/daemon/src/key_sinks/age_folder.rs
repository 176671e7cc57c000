//! A folder of encrypted files, one for each key.

use std::error::Error;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use digitalex_core::AccessKeyId;
use digitalex_engine::{KeyOwner, KeySink, KeySinkError, NewAccessKey, StoredKey};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::sealed::{Recipients, identities, unseal};
use crate::whole_file::WholeFile;

/// Writes each secret to a file of its own, `<account>-<user>-<access key id>.age`, which only the holders
/// of the recipients' identities can read: this program cannot.
pub struct AgeFolder {
    recipients: Recipients,
    folder: PathBuf,
    run: String,
}

impl AgeFolder {
    /// A sink over this folder, which need not be there yet; `run` is the run's id, which makes the name
    /// of an unfinished file one of a kind.
    #[must_use]
    pub fn new(recipients: Recipients, folder: PathBuf, run: &str) -> Self {
        Self { recipients, folder, run: run.to_owned() }
    }

    /// Reads a kept key back, with an identity file as `age-keygen` writes it.
    ///
    /// # Errors
    /// The key was not kept here, its file holds something else, or this identity cannot read it.
    pub async fn reveal(
        &self,
        identity_file: &Path,
        owner: &KeyOwner,
        id: &AccessKeyId,
    ) -> Result<StoredKey, KeySinkError> {
        let path = self.path(owner, id);
        let what = "cannot be read: look whether the key was kept there, and who may read it";
        let sealed = read(path.clone()).await.map_err(failed(&path, what))?;
        let what =
            unreadable_with(identity_file, "as `age-keygen` writes it, without a passphrase");
        let file = read(identity_file.to_owned()).await.map_err(failed(&path, &what))?;
        let identities = identities(&file).map_err(failed(&path, &what))?;
        let what = unreadable_with(identity_file, "of one of its recipients");
        let text = unseal(&sealed, identities).map_err(failed(&path, &what))?;
        let what = "holds something else: look at who wrote it";
        StoredKey::parse(&text, owner, id).map_err(failed(&path, what))
    }

    fn path(&self, owner: &KeyOwner, id: &AccessKeyId) -> PathBuf {
        self.folder.join(format!("{}-{}-{id}.age", owner.account, owner.user))
    }
}

#[async_trait]
impl KeySink for AgeFolder {
    async fn keep(&self, owner: &KeyOwner, key: &NewAccessKey) -> Result<(), KeySinkError> {
        let path = self.path(owner, &key.id);
        let what = "cannot be given this key: have a new one made";
        let text = StoredKey::to_json(owner, key).map_err(failed(&path, what))?;
        let sealed = self.recipients.seal(text.as_bytes()).map_err(failed(&path, what))?;
        let (folder, run) = (self.folder.clone(), self.run.clone());
        let written = blocking({
            let path = path.clone();
            move || {
                make_folder(&folder)?;
                write_durably(&path, &run, &sealed)
            }
        });
        let what = "cannot be written: check its folder, the permissions and the room there";
        written.await.map_err(failed(&path, what))
    }

    /// All keys are handed out alike: by their files.
    async fn promote(&self, _: &KeyOwner, _: &AccessKeyId) -> Result<(), KeySinkError> {
        Ok(())
    }

    async fn forget(&self, owner: &KeyOwner, id: &AccessKeyId) -> Result<(), KeySinkError> {
        let path = self.path(owner, id);
        let gone = path.clone();
        match blocking(move || fs::remove_file(gone)).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result.map_err(failed(&path, "cannot be deleted: check its permissions")),
        }
    }

    fn place(&self, owner: &KeyOwner, id: &AccessKeyId) -> String {
        self.path(owner, id).display().to_string()
    }
}

/// Makes the folder for its owner alone, durably, where it is not there.
fn make_folder(folder: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    missing.into_iter().filter_map(Path::parent).try_for_each(sync_folder)
}

/// When it returns, the file is there whole, and stays so through a power cut.
fn write_durably(path: &Path, run: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path, run)?;
    file.write_all(bytes)?;
    file.keep()?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Where a folder's own entries become durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // The parent of a bare name is the working folder.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

fn unreadable_with(identity_file: &Path, needed: &str) -> String {
    format!("cannot be read with {}: name an identity file {needed}", identity_file.display())
}

async fn read(path: PathBuf) -> io::Result<Zeroizing<Vec<u8>>> {
    blocking(move || fs::read(path).map(Zeroizing::new)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await?
}

fn failed<E>(place: &Path, what: &str) -> impl FnOnce(E) -> KeySinkError
where
    E: Error + Send + Sync + 'static,
{
    let (place, what) = (place.display().to_string(), what.to_owned());
    move |error| KeySinkError { place, what, source: Some(error.into()) }
}
