//! A PostgreSQL that is thrown away: its own folder, its own port, as a user that is not root.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use crate::held::{Held, User};
use crate::place;
use crate::program::Program;
use crate::say;
use crate::stop::{Outcome, Stop, While};

/// The oldest major version that is supported.
const OLDEST: u32 = 14;

/// Folders where packagers put the server's programs, which are often not on the search path.
const USUAL_FOLDERS: [&str; 4] = [
    "/usr/lib/postgresql",
    "/usr",
    "/opt/homebrew/opt",
    "/usr/local/opt",
];

/// A running server.
pub(crate) struct Cluster {
    _server: Held,
    port: u16,
}

impl Cluster {
    /// Makes one and waits until it answers.
    pub(crate) fn start() -> Outcome<Self> {
        let programs = programs().ok_or_else(missing)?;
        let folder = tempfile::Builder::new()
            .prefix("mainstay-postgres-")
            .tempdir()
            .while_doing(|| "make a folder".into())?;
        let user = user_for(folder.path())?;
        if let Some(user) = user {
            chown(folder.path(), Some(user.uid), Some(user.gid))
                .while_doing(|| "give the folder away".into())?;
        }
        let data = folder.path().join("data");
        initialize(&programs, &data, user)?;
        let port = free_port()?;
        // The keeper removes the folder from here on.
        let folder = folder.keep();
        let server = server(&programs, &data, port);
        let mut server = Held::start(&server, "INT", &folder, user, &[])?;
        server.wait("PostgreSQL", &folder, || {
            let probe = Program::new(programs.join("pg_isready"));
            probe
                .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
                .attempt()
                .is_ok_and(|(is_ready, _)| is_ready)
        })?;
        Ok(Self {
            _server: server,
            port,
        })
    }

    /// What a client connects to: a superuser, who may make databases.
    pub(crate) fn url(&self) -> String {
        format!("postgres://mainstay@127.0.0.1:{}/postgres", self.port)
    }
}

/// Runs one until Ctrl-C, or until somebody else stops this process.
pub(crate) fn run() -> Outcome {
    let cluster = Cluster::start()?;
    say::line(&cluster.url());
    loop {
        std::thread::park();
    }
}

/// The folder of `initdb`, `postgres` and `pg_isready`, when there is one of a supported version.
pub(crate) fn programs() -> Option<PathBuf> {
    let usual = USUAL_FOLDERS
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .flatten();
    let usual = usual.map(|entry| entry.path().join("bin/initdb"));
    // Some packagers link only a few of the programs into the search path.
    let real = place::on_path("initdb")
        .into_iter()
        .chain(usual)
        .filter_map(|program| program.canonicalize().ok());
    let folders = real.filter_map(|program| program.parent().map(Path::to_path_buf));
    let found = folders.filter_map(|folder| Some((version(&folder)?, folder)));
    found
        .filter(|(version, _)| *version >= OLDEST)
        .max_by_key(|(version, _)| *version)
        .map(|(_, folder)| folder)
}

/// What to tell a person whose machine has none and can't get one.
pub(crate) fn missing() -> Stop {
    Stop::because(format!(
        "PostgreSQL {OLDEST} or newer is needed for the tests: `apt-get install postgresql` or `brew install postgresql`"
    ))
}

fn version(folder: &Path) -> Option<u32> {
    let server = folder.join("postgres");
    if !server.is_file() || !folder.join("pg_isready").is_file() {
        return None;
    }
    let (_, words) = Program::new(server).arg("--version").attempt().ok()?;
    // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
    let number = words
        .split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    number
        .split(|letter: char| !letter.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

/// PostgreSQL refuses to run as root.
fn user_for(folder: &Path) -> Outcome<Option<User>> {
    let owner = std::fs::metadata(folder)
        .while_doing(|| "look at the folder".into())?
        .uid();
    if owner != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").while_doing(|| "read /etc/passwd".into())?;
    let user = ["postgres", "nobody"]
        .iter()
        .find_map(|name| find_user(&users, name));
    user.map(Some).ok_or_else(|| {
        Stop::because("PostgreSQL does not run as root, and there is no user postgres or nobody")
    })
}

fn find_user(users: &str, name: &str) -> Option<User> {
    let mut fields = users
        .lines()
        .map(|line| line.split(':'))
        .find(|fields| fields.clone().next() == Some(name))?
        .skip(2);
    Some(User {
        uid: fields.next()?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
    })
}

fn initialize(programs: &Path, data: &Path, user: Option<User>) -> Outcome {
    let program = Program::new(programs.join("initdb")).arg("-D").arg(data);
    let program = program.args([
        "-U",
        "mainstay",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]);
    program
        .folder(data.parent().unwrap_or(data))
        .with(|command| {
            use std::os::unix::process::CommandExt;
            if let Some(user) = user {
                command.uid(user.uid).gid(user.gid);
            }
        })
        .quiet()
}

/// Nothing here has to survive a crash, so nothing waits for the disk.
fn server(programs: &Path, data: &Path, port: u16) -> Vec<String> {
    let settings = [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=300",
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "autovacuum=off",
        "log_min_messages=fatal",
    ];
    let [server, data] =
        [programs.join("postgres"), data.to_path_buf()].map(|path| path.to_string_lossy().into_owned());
    let start = [server, "-D".into(), data, "-p".into(), port.to_string()];
    start
        .into_iter()
        .chain(
            settings
                .iter()
                .flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]),
        )
        .collect()
}

/// A port that nobody listens on at this moment.
pub(crate) fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    listener
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .while_doing(|| "find a free port".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_user_by_its_whole_name() {
        let users = "root:x:0:0:root:/root:/bin/bash\npostgres2:x:9:9::/:/bin/sh\npostgres:x:101:104:admin:/var/lib/postgresql:/bin/bash\n";
        let user = find_user(users, "postgres").unwrap();
        assert_eq!((user.uid, user.gid), (101, 104));
        assert!(find_user(users, "nobody").is_none());
    }
}
