//! The program itself, as an operator starts it and a machine kills it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use db::testing::Place;
use db::{DatabaseUrl, DbConfig};

use crate::tls;

/// How long a start and a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the program is to be started: on a data directory and a database of its own.
pub struct Program {
    binary: PathBuf,
    settings: Vec<(String, String)>,
    folder: tempfile::TempDir,
    /// The server's database, where the tests run on one; it goes with this.
    place: Option<Place>,
}

/// A server that runs; dropping it kills it.
pub struct Running {
    /// `http://127.0.0.1:…`, without a slash at the end.
    pub base: String,
    /// How long it took until it answered.
    pub started_in: Duration,
    process: Child,
    said: Arc<Mutex<String>>,
}

impl Program {
    /// `binary` is `env!("CARGO_BIN_EXE_program")`.
    pub async fn new(binary: &str) -> Self {
        tls::provide();
        let place = Place::migrated().await;
        let mut settings = vec![("MAINSTAY_REQUESTS_PER_MINUTE".to_owned(), "1000000".to_owned())];
        let place = match &place.config.url {
            // A place of its own inside the data directory does as well.
            DatabaseUrl::Sqlite(_) => None,
            DatabaseUrl::Postgres(url) => {
                settings.push(("MAINSTAY_DATABASE_URL".to_owned(), url.clone()));
                Some(place)
            }
        };
        Self {
            binary: binary.into(),
            settings,
            folder: tempfile::tempdir().unwrap(),
            place,
        }
    }

    /// With a setting more: `MAINSTAY_…`.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Its data directory.
    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// Whether everything is in the data directory.
    pub const fn is_embedded(&self) -> bool {
        self.place.is_none()
    }

    /// How its database is opened while it does not run.
    pub fn database(&self) -> DbConfig {
        match &self.place {
            None => DbConfig::new(DatabaseUrl::Sqlite(self.data_dir().join("mainstay.db"))),
            Some(place) => place.config.clone(),
        }
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(0).args(args).output().unwrap()
    }

    /// Starts the server at `port` and waits until it answers; 0 is any port.
    pub async fn serve(&self, port: u16) -> Running {
        let start = Instant::now();
        let mut process = self.command(port).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let said = Arc::new(Mutex::new(String::new()));
        let (tell, told) = tokio::sync::oneshot::channel();
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            let mut tell = Some(tell);
            for line in lines.map_while(Result::ok) {
                if let (Some(at), true) = (line.rfind(" at http://"), tell.is_some()) {
                    let _ = tell
                        .take()
                        .unwrap()
                        .send(line[at + 4..].trim_end_matches('/').to_owned());
                }
                let mut heard = heard.lock().unwrap();
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        let base = tokio::time::timeout(PATIENCE, told).await.unwrap();
        let base = base.unwrap_or_else(|_| panic!("it does not start: {}", said.lock().unwrap()));
        Running {
            base,
            started_in: start.elapsed(),
            process,
            said,
        }
    }

    fn command(&self, port: u16) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .env_clear()
            .env("MAINSTAY_DATA_DIR", self.data_dir())
            .env("MAINSTAY_BIND", format!("127.0.0.1:{port}"))
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .current_dir(self.data_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        command
    }
}

impl Running {
    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.base.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// What it has said.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// How much memory it has, in bytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kilobytes * 1024
    }

    /// Kills it as a machine does: at once and without a word (SIGKILL).
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to stop (SIGTERM), and goes on.
    pub fn terminate(&self) {
        let pid = self.process.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not stop: {}", self.said());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
