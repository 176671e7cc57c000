//! A file that is there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file that is written beside its place, and only its owner may read. Dropped before
/// [`keep`](Self::keep), it is gone, and what stood at its place still stands.
pub(crate) struct WholeFile {
    file: BufWriter<File>,
    partial: Partial,
    path: PathBuf,
}

/// The unfinished file; deleted when dropped.
struct Partial(PathBuf);

impl WholeFile {
    /// A file that will stand at `path`; `run` makes the name of its unfinished part one of a kind.
    ///
    /// # Errors
    ///
    /// Where something other than a file stands at the path, or the folder cannot be written to.
    pub(crate) fn create(path: &Path, run: &str) -> io::Result<Self> {
        // A link stays, and what it leads to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if path.exists() && !path.is_file() {
            return Err(io::Error::other("it is there, and is not a regular file"));
        }
        let name = path.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
        let partial = path.with_file_name(format!(".{}.{run}.partial", name.to_string_lossy()));
        let file = File::options().write(true).create_new(true).mode(0o600).open(&partial)?;
        Ok(Self { file: BufWriter::new(file), partial: Partial(partial), path })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    ///
    /// Where it cannot be written to the end; then it is gone.
    pub(crate) fn keep(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.partial.0, &self.path)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // After the rename there is nothing of that name.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().display().to_string()).collect()
    }

    #[test]
    fn file_should_not_be_there_before_it_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plan.json");
        for before in [None, Some("what stood here")] {
            if let Some(text) = before {
                fs::write(&path, text).expect("a file");
            }
            let mut file = WholeFile::create(&path, "run").expect("a file");
            file.write_all(b"half").expect("room");
            file.flush().expect("room");
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), before);
            drop(file);
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), before);
            assert_eq!(names(folder.path()).len(), usize::from(before.is_some()));
        }
    }

    #[test]
    fn whole_file_should_take_its_place_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, link) = (folder.path().join("plan.json"), folder.path().join("link.json"));
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        for (written_to, text) in [(&path, "first"), (&path, "second"), (&link, "third")] {
            let mut file = WholeFile::create(written_to, "run").expect("a file");
            file.write_all(text.as_bytes()).expect("room");
            file.keep().expect("a place");
            assert_eq!(fs::read_to_string(&path).expect("text"), text);
            let mode = fs::metadata(&path).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(link.is_symlink());
        assert_eq!(names(folder.path()).len(), 2);
    }

    #[test]
    fn something_other_than_a_file_should_be_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        for path in [folder.path(), Path::new("/dev/null"), Path::new("/")] {
            assert!(WholeFile::create(path, "run").is_err(), "{}", path.display());
        }
        assert!(names(folder.path()).is_empty());
    }
}
