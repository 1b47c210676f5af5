//! A server that lives as long as the command that started it, however that command ends.
//!
//! A small keeper process (`xtask hold`) starts the server and waits on a pipe from us. When the pipe closes,
//! because we are done, were interrupted or were killed, the keeper stops the server and removes its folder.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::program::Program;
use crate::stop::{Outcome, Stop, While};

/// How long a server may take to stop before it is killed.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the keeper is told: which server, how to stop it, what to clean up.
#[derive(clap::Args)]
pub(crate) struct Hold {
    /// The signal that asks the server to stop
    #[arg(long)]
    signal: String,
    /// A folder to remove afterwards
    #[arg(long)]
    remove: PathBuf,
    /// Run the server as this user and group
    #[arg(long, num_args = 2, value_names = ["UID", "GID"])]
    user: Option<Vec<u32>>,
    /// The server and its arguments
    #[arg(last = true, required = true)]
    server: Vec<String>,
}

/// A server that is running; it stops when this is dropped.
pub(crate) struct Held {
    keeper: Child,
}

/// The user that a server runs as when we are root and it refuses to be.
#[derive(Clone, Copy)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Held {
    /// Starts `server`; what it prints goes to `log` inside `folder`, and `folder` is removed at the end.
    pub(crate) fn start(
        server: &[String],
        signal: &str,
        folder: &Path,
        user: Option<User>,
        variables: &[(&str, String)],
    ) -> Outcome<Self> {
        let itself = std::env::current_exe().while_doing(|| "find this program".into())?;
        let log = std::fs::File::create(log_of(folder)).while_doing(|| "write the server's log".into())?;
        let errors = log.try_clone().while_doing(|| "write the server's log".into())?;
        let mut command = Command::new(itself);
        command
            .arg("hold")
            .args(["--signal", signal])
            .arg("--remove")
            .arg(folder);
        if let Some(user) = user {
            command.args(["--user", &user.uid.to_string(), &user.gid.to_string()]);
        }
        command
            .arg("--")
            .args(server)
            .envs(variables.iter().map(|(name, value)| (name, value)));
        // A group of its own: Ctrl-C in the terminal is for us, and the keeper then stops the server in good order.
        command
            .current_dir(folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors);
        Ok(Self {
            keeper: command
                .spawn()
                .while_doing(|| "start the keeper of a server".into())?,
        })
    }

    /// Waits until `is_ready` says yes; stops with the server's own words when it ended before.
    pub(crate) fn wait(&mut self, name: &str, folder: &Path, mut is_ready: impl FnMut() -> bool) -> Outcome {
        let start = Instant::now();
        while start.elapsed() < Duration::from_mins(1) {
            if is_ready() {
                return Ok(());
            }
            if self.keeper.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let words = std::fs::read_to_string(log_of(folder)).unwrap_or_default();
        Err(Stop::because(format!("{name} did not start.\n{words}")))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Where a held server's output goes: beside its folder, to be read when it ended by itself.
pub(crate) fn log_of(folder: &Path) -> PathBuf {
    folder.with_extension("log")
}

/// The keeper's whole life.
pub(crate) fn hold(hold: &Hold) -> Outcome {
    let outcome = serve(hold);
    let _ = std::fs::remove_dir_all(&hold.remove);
    if outcome.is_ok() {
        let _ = std::fs::remove_file(log_of(&hold.remove));
    }
    outcome
}

fn serve(hold: &Hold) -> Outcome {
    let (program, args) = hold
        .server
        .split_first()
        .ok_or_else(|| Stop::because("no server was named"))?;
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null());
    if let Some([uid, gid]) = hold.user.as_deref() {
        command.uid(*uid).gid(*gid);
    }
    let mut server = command.spawn().while_doing(|| format!("start {program}"))?;
    let (sender, closed) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = sender.send(());
    });
    loop {
        if let Some(status) = ended(&mut server)? {
            return Err(Stop::because(format!("{program} ended by itself ({status})")));
        }
        if closed.recv_timeout(Duration::from_millis(100)).is_ok() {
            return stop(&mut server, &hold.signal);
        }
    }
}

fn stop(server: &mut Child, signal: &str) -> Outcome {
    let _ = Program::new("kill")
        .args([format!("-{signal}"), server.id().to_string()])
        .attempt();
    let asked = Instant::now();
    while ended(server)?.is_none() {
        if asked.elapsed() > PATIENCE {
            return server
                .kill()
                .and_then(|()| server.wait())
                .map(drop)
                .while_doing(|| "kill the server".into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn ended(server: &mut Child) -> Outcome<Option<ExitStatus>> {
    server.try_wait().while_doing(|| "watch the server".into())
}
