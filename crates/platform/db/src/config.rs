//! Where the data is, and how much of it at once.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file on this machine, `sqlite://path/to/file.db`.
    Sqlite(PathBuf),
    /// A server, `postgres://user:password@host:5432/name`.
    Postgres(String),
}

/// The text names no database that is known here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a database URL starts with sqlite:// or postgres://")]
pub struct DatabaseUrlError;

/// How the data door is opened. The defaults are good for one node.
#[derive(Debug, Clone)]
pub struct DbConfig {
    /// Where the data is.
    pub url: DatabaseUrl,
    /// SQLite: connections that read (at least 1). PostgreSQL: none are set apart.
    pub readers: usize,
    /// PostgreSQL: the most connections of this node, at least 2.
    pub max_connections: usize,
    /// The most units of work that may wait; one more is answered [`crate::DbError::Busy`].
    pub queue: usize,
    /// How long a unit of work may wait for its turn before it is answered [`crate::DbError::Busy`].
    pub patience: Duration,
    /// PostgreSQL: keep prepared statements on each connection. Off behind PgBouncer in transaction
    /// mode (before 1.21), where the next statement may meet another server connection.
    pub keep_statements: bool,
    /// PostgreSQL: certificates (PEM file) to trust beside the public ones.
    pub root_certificates: Option<PathBuf>,
}

impl DbConfig {
    /// The defaults for `url`.
    pub fn new(url: DatabaseUrl) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            url,
            readers: (cores * 2).max(4),
            max_connections: (cores * 8).clamp(16, 64),
            queue: 1024,
            patience: Duration::from_secs(2),
            keep_statements: true,
            root_certificates: None,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        if let Some(path) = text.strip_prefix("sqlite://").filter(|path| !path.is_empty()) {
            return Ok(Self::Sqlite(path.into()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(DatabaseUrlError)
    }
}

/// Without the password, which may stand before the host or among the parameters.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
                let rest = rest.split('?').next().unwrap_or_default();
                match rest.rsplit_once('@') {
                    Some((_, place)) => write!(f, "{scheme}://…@{place}"),
                    None => write!(f, "{scheme}://{rest}"),
                }
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_kinds_and_hides_the_password() {
        assert_eq!(
            "sqlite://data/a.db".parse(),
            Ok(DatabaseUrl::Sqlite("data/a.db".into()))
        );
        let url: DatabaseUrl = "postgres://me:pass@word@host:5432/x".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://…@host:5432/x");
        let url: DatabaseUrl = "postgres://host/x?user=me&password=p@ss".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://host/x");
        for text in ["", "sqlite://", "mysql://x", "data/a.db"] {
            assert_eq!(text.parse::<DatabaseUrl>(), Err(DatabaseUrlError), "{text}");
        }
    }
}
