//! The data directory has one owner.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use super::open_reader;
use crate::connection::plain;
use crate::error::DbError;

/// Room that the lock's file takes up, to be given back when a full disk keeps the database from
/// being opened: SQLite needs a little even to read.
const RESERVE: usize = 128 * 1024;

/// Held as long as the process uses the data directory; the system releases it when the process dies.
pub(crate) struct DataLock {
    file: File,
}

impl DataLock {
    /// Takes the directory of the database file.
    pub(crate) fn take(database: &Path) -> Result<Self, DbError> {
        let directory = database
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        create_private(directory).map_err(|error| explain(directory, "can't be made", &error))?;
        let path = database.with_extension("lock");
        let file = create_private_file(&path)?;
        match file.try_lock() {
            Ok(()) => {
                create_private_file(database)?;
                Ok(Self { file })
            }
            Err(TryLockError::WouldBlock) => Err(DbError::internal(io::Error::new(
                io::ErrorKind::ResourceBusy,
                format!(
                    "{} is in use by another mainstay process; stop it, or give this one another MAINSTAY_DATA_DIR",
                    directory.display()
                ),
            ))),
            Err(TryLockError::Error(error)) => Err(explain(&path, "can't be locked", &error)),
        }
    }
}

impl DataLock {
    /// Takes the reserve, as far as there is room for it.
    pub(crate) fn reserve(&self) {
        let has = self.file.metadata().map_or(0, |metadata| metadata.len());
        if has == 0 {
            let _ = (&self.file).write_all(&vec![0; RESERVE]);
        }
    }

    /// Gives the reserve back; says whether there was any.
    pub(crate) fn give_back_reserve(&self) -> bool {
        let has = self.file.metadata().map_or(0, |metadata| metadata.len());
        has > 0 && self.file.set_len(0).is_ok()
    }
}

/// A consistent copy of a database that is in use.
pub(crate) fn copy_file(source: &Path, target: &Path) -> Result<(), DbError> {
    if let Some(directory) = target.parent() {
        create_private(directory).map_err(|error| explain(directory, "can't be made", &error))?;
    }
    create_private_file(target)?;
    let source = open_reader(source)?;
    let mut copy = rusqlite::Connection::open(target).map_err(|error| plain(&error))?;
    rusqlite::backup::Backup::new(&source, &mut copy)
        .and_then(|backup| backup.run_to_completion(1024, Duration::ZERO, None))
        .map_err(|error| plain(&error))
}

/// What keeps the database from being opened, in one line with its path.
pub(crate) fn explain_open(path: &Path, error: &DbError) -> DbError {
    let reason = match error {
        DbError::Unavailable(source) | DbError::Internal(source) => source.to_string(),
        other => other.to_string(),
    };
    explain(path, "can't be opened", &io::Error::other(reason))
}

fn explain(path: &Path, what: &str, error: &io::Error) -> DbError {
    DbError::internal(io::Error::new(
        error.kind(),
        format!("{} {what}: {error}", path.display()),
    ))
}

/// SQLite makes its other files with the mode of this one.
fn create_private_file(path: &Path) -> Result<File, DbError> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| explain(path, "can't be opened", &error))
}

/// What is inside concerns nobody else on the machine: mode 0700 where there are modes.
fn create_private(directory: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
