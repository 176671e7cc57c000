//! The one writer. What comes together is committed together, and acknowledged only after that.

use std::path::Path;
use std::sync::Arc;

use futures::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::failure::failed;
use crate::StoreError;

/// Most writes that are committed together.
const TOGETHER_MAX: usize = 1024;

/// Hands writes to the task that makes them.
#[derive(Clone)]
pub(super) struct Writer {
    path: Arc<Path>,
    queue: mpsc::Sender<Box<dyn Write>>,
}

/// One write that waits for its commit.
trait Write: Send {
    /// Makes it, within a transaction; again, where the first transaction was rolled back.
    fn make<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> BoxFuture<'c, sqlx::Result<()>>;

    /// Tells who asked for it what became of the transaction.
    fn acknowledge(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Waiting<T, F> {
    work: F,
    output: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Write for Waiting<T, F>
where
    T: Send,
    F: for<'c> FnMut(&'c mut SqliteConnection) -> BoxFuture<'c, sqlx::Result<T>> + Send,
{
    fn make<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> BoxFuture<'c, sqlx::Result<()>> {
        Box::pin(async {
            self.output = Some((self.work)(connection).await?);
            Ok(())
        })
    }

    fn acknowledge(self: Box<Self>, committed: Result<(), StoreError>) {
        let output = match (committed, self.output) {
            (Ok(()), Some(output)) => Ok(output),
            (Err(error), _) => Err(error),
            // Unreachable: what is committed was made. Dropping the reply says that it was not.
            (Ok(()), None) => return,
        };
        // Whoever asked may have gone.
        let _ = self.reply.send(output);
    }
}

impl Writer {
    /// Starts the task, which makes its later connections with `options`; it ends when the last handle
    /// is dropped.
    pub(super) fn start(
        path: &Path,
        options: SqliteConnectOptions,
        connection: SqliteConnection,
    ) -> Self {
        let path: Arc<Path> = path.into();
        let (queue, waiting) = mpsc::channel(TOGETHER_MAX);
        let task = Task { path: Arc::clone(&path), options, connection: Some(connection) };
        tokio::spawn(task.run(waiting));
        Self { path, queue }
    }

    /// Makes a write, and comes back when it is durable. Where it was not seen to be, an error.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnMut(&'c mut SqliteConnection) -> BoxFuture<'c, sqlx::Result<T>>
            + Send
            + 'static,
    {
        let closed = || StoreError::Closed { path: self.path.to_path_buf() };
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { work, output: None, reply };
        self.queue.send(Box::new(waiting)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

struct Task {
    path: Arc<Path>,
    options: SqliteConnectOptions,
    /// None after a failure: what a connection holds after one is not known.
    connection: Option<SqliteConnection>,
}

/// Where a transaction failed.
enum Failure {
    /// Before its commit: nothing of it is there.
    Before(sqlx::Error),
    /// In its commit: whether it is there is not known.
    InCommit(sqlx::Error),
}

impl Task {
    async fn run(mut self, mut queue: mpsc::Receiver<Box<dyn Write>>) {
        let mut waiting = Vec::new();
        while queue.recv_many(&mut waiting, TOGETHER_MAX).await > 0 {
            let mut together = std::mem::take(&mut waiting);
            match self.commit(&mut together).await {
                // One that cannot be written must not take the others with it.
                Err(Failure::Before(_)) if together.len() > 1 => {
                    for write in together {
                        let mut alone = [write];
                        let committed = self.commit(&mut alone).await;
                        self.acknowledge(alone, committed);
                    }
                }
                committed => self.acknowledge(together, committed),
            }
        }
        if let Some(connection) = self.connection {
            // All is committed; the next to open the file reads what is left in the WAL.
            let _ = connection.close().await;
        }
    }

    fn acknowledge(
        &self,
        writes: impl IntoIterator<Item = Box<dyn Write>>,
        committed: Result<(), Failure>,
    ) {
        let committed = committed.map_err(|failure| match failure {
            Failure::Before(error) | Failure::InCommit(error) => Arc::new(error),
        });
        for write in writes {
            let committed = committed.as_ref().copied();
            write.acknowledge(
                committed.map_err(|error| failed(&self.path, "written", Arc::clone(error))),
            );
        }
    }

    /// After a failure the connection is closed, which rolls back, and made anew for what comes next.
    async fn commit(&mut self, writes: &mut [Box<dyn Write>]) -> Result<(), Failure> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await.map_err(Failure::Before)?,
        };
        let made = make_all(&mut connection, writes).await;
        if made.is_ok() {
            self.connection = Some(connection);
        } else {
            // Only its being gone counts.
            let _ = connection.close().await;
        }
        made
    }
}

async fn make_all(
    connection: &mut SqliteConnection,
    writes: &mut [Box<dyn Write>],
) -> Result<(), Failure> {
    let mut transaction =
        connection.begin_with("BEGIN IMMEDIATE").await.map_err(Failure::Before)?;
    for write in writes {
        write.make(&mut transaction).await.map_err(Failure::Before)?;
    }
    transaction.commit().await.map_err(Failure::InCommit)
}
