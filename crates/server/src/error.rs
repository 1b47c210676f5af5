//! Why a command did not do what it should: one line for the operator.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crypto::MasterKeyError;
use db::DbError;
use db::migrate::MigrateError;

use crate::config::ConfigError;

/// Why the server can't start, or a command can't go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration can't be used.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The data directory can't be used.
    #[error("{} can't be used: {source}; give mainstay a directory that it may write to, with MAINSTAY_DATA_DIR", path.display())]
    DataDir {
        /// What can't be used.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The master key in the data directory is none.
    #[error("{} holds no master key: {source}; put back the one that was there, or what was sealed with it is lost", path.display())]
    MasterKey {
        /// Where it should be.
        path: PathBuf,
        /// What is wrong with it.
        source: MasterKeyError,
    },
    /// Somebody else listens there, or we may not.
    #[error("{address} can't be listened on: {source}; choose another address with MAINSTAY_BIND")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The database can't be opened or asked.
    #[error("{}", chain(.0))]
    Db(#[from] DbError),
    /// The schema is not what this program needs.
    #[error("{}", chain(.0))]
    Migrate(#[from] MigrateError),
    /// A part of the program can't be put together.
    #[error("{what}: {source}")]
    Part {
        /// Which part.
        what: &'static str,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// What was asked for can't be done.
    #[error("{0}")]
    Refused(String),
}

impl StartError {
    /// A part of the program that can't be put together.
    pub(crate) fn part(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Part {
            what,
            source: source.into(),
        }
    }
}

/// An error with everything that led to it, without saying the same thing twice.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}
