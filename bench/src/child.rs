//! A process pinned to a core, and what it has used.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

/// The core that servers run on.
pub(crate) const SERVER_CORE: &str = "0";
/// The core that the generator runs on.
pub(crate) const GENERATOR_CORE: &str = "1";

/// A server that is asked to end when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

/// A command that runs on `core` only.
pub(crate) fn pinned(core: &str, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.arg("-c").arg(core).arg(program);
    command
}

impl Server {
    /// Starts it and waits until it listens on `port`.
    pub(crate) fn start(mut command: Command, port: u16) -> Outcome<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut server = Self { child, port };
        let started = Instant::now();
        while started.elapsed() < Duration::from_mins(1) {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                server.drain_words();
                return Ok(server);
            }
            if server.child.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let words = server
            .child
            .stderr
            .take()
            .map(|errors| std::io::read_to_string(errors).unwrap_or_default());
        Err(format!("a server did not start: {}", words.unwrap_or_default()).into())
    }

    /// User and system time so far.
    pub(crate) fn cpu(&self) -> Outcome<Duration> {
        cpu_of(&self.child.id().to_string())
    }

    /// Resident memory in MiB.
    pub(crate) fn memory(&self) -> Outcome<u64> {
        Ok(self.memory_kib()? / 1024)
    }

    /// Resident memory in KiB.
    pub(crate) fn memory_kib(&self) -> Outcome<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        Ok(kib.unwrap_or_default())
    }

    /// Nobody reads what it says from here on, and it must not wait for that.
    fn drain_words(&mut self) {
        if let Some(errors) = self.child.stderr.take() {
            std::thread::spawn(move || BufReader::new(errors).lines().for_each(drop));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .arg("-TERM")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}

/// User and system time of a process, `self` for this one.
pub(crate) fn cpu_of(process: &str) -> Outcome<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Fields 14 and 15 of proc(5), counted after the name, which may hold spaces; hundredths of a second.
    let fields = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    let ticks: u64 = fields
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> Outcome<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port())
}
