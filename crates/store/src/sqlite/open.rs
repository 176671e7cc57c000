//! Opening the file: making it, seeing that it is ours, and bringing it up to date.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::failure::failed;
use super::migrate::{FileKind, VERSION, file_kind, migrate};
use crate::StoreError;

/// How long one process waits for another that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What each connection holds in memory at most: negative, KiB (sqlite.org/pragma.html#pragma_cache_size).
const CACHE_KIB: &str = "-8000";

/// How a connection that writes is made: an acknowledged commit survives a loss of power.
pub(super) fn to_write(path: &Path) -> SqliteConnectOptions {
    to_connect(path)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", "16777216")
}

/// How a connection that only reads is made.
pub(super) fn to_read(path: &Path) -> SqliteConnectOptions {
    to_connect(path).read_only(true)
}

/// Statements are not logged: what is in a store is not for logs.
fn to_connect(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", CACHE_KIB)
        .disable_statement_logging()
}

/// Opens the store of `organization` for writing; makes it where there is none.
pub(super) async fn open_writer(
    path: &Path,
    organization: &str,
) -> Result<SqliteConnection, StoreError> {
    create(path).map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
    let fail = |error| failed(path, "written", error);
    match kind_of(path).await? {
        FileKind::Other => return Err(StoreError::NotAStore { path: path.to_owned() }),
        FileKind::Store(found) if found > VERSION => {
            return Err(StoreError::Newer { path: path.to_owned(), found, known: VERSION });
        }
        FileKind::Store(_) | FileKind::Empty => {}
    }
    let mut connection = to_write(path).connect().await.map_err(fail)?;
    migrate(&mut connection).await.map_err(fail)?;
    sqlx::query("INSERT OR IGNORE INTO store (id, organization) VALUES (1, ?)")
        .bind(organization)
        .execute(&mut connection)
        .await
        .map_err(fail)?;
    let found = organization_of(path, &mut connection).await?;
    if found == organization {
        return Ok(connection);
    }
    let wanted = organization.to_owned();
    Err(StoreError::OtherOrganization { path: path.to_owned(), found, wanted })
}

/// The organization of a store that is there and of this version. Writes nothing.
pub(super) async fn organization_to_read(path: &Path) -> Result<String, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    let known = VERSION;
    match kind_of(path).await? {
        FileKind::Empty | FileKind::Other => {
            return Err(StoreError::NotAStore { path: path.to_owned() });
        }
        FileKind::Store(found) if found > known => {
            return Err(StoreError::Newer { path: path.to_owned(), found, known });
        }
        FileKind::Store(found) if found < known => {
            return Err(StoreError::Older { path: path.to_owned(), found, known });
        }
        FileKind::Store(_) => {}
    }
    let fail = |error| failed(path, "read", error);
    let mut connection = to_read(path).connect().await.map_err(fail)?;
    organization_of(path, &mut connection).await
}

async fn kind_of(path: &Path) -> Result<FileKind, StoreError> {
    let fail = |error| failed(path, "read", error);
    let mut connection = to_read(path).connect().await.map_err(fail)?;
    let kind = file_kind(&mut connection).await.map_err(fail)?;
    connection.close().await.map_err(fail)?;
    Ok(kind)
}

async fn organization_of(
    path: &Path,
    connection: &mut SqliteConnection,
) -> Result<String, StoreError> {
    sqlx::query_scalar("SELECT organization FROM store")
        .fetch_one(connection)
        .await
        .map_err(|error| failed(path, "read", error))
}

/// Makes the file and its folder where they are not there.
fn create(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder)?;
    }
    open_private(path)?;
    Ok(())
}

/// Opens a file for its owner only; makes it where it is not there. Account names, tags and documents
/// are the owner's business only; SQLite gives the -wal and -shm files the mode of the file.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.create(true).append(true).open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata()?.permissions().mode();
        if mode & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}
