//! `mainstay serve`.

use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::words;
use crate::app::{self, App, Work};
use crate::config::Config;
use crate::error::StartError;
use crate::machine::Machine;

pub(super) async fn run(config: &Config) -> Result<ExitCode, StartError> {
    let mut signals = Signals::listen()?;
    let app = App::start(config, Machine::real(), Work::InBackground).await?;
    greet(config, &app).await?;
    signals.next().await;
    words::warn("stopping: what is under way is finished first; once more stops at once");
    tokio::select! {
        () = app.stop() => {}
        () = signals.next() => words::warn("stopped at once"),
    }
    Ok(ExitCode::SUCCESS)
}

/// What somebody who just started it wants to know.
async fn greet(config: &Config, app: &App) -> Result<(), StartError> {
    let url = app.public_url();
    words::warn(&format!("Mainstay {} at {url}", env!("CARGO_PKG_VERSION")));
    if app.public_url().port() != Some(app.address().port()) {
        words::warn(&format!("  listening  {}", app.address()));
    }
    words::warn(&format!("  data       {}", app::data_dir_of(config).display()));
    words::warn(&format!("  database   {}", config.database.url));
    words::warn(&match &config.mail.smtp {
        Some(server) => format!("  mail       {server}"),
        None => format!("  mail       is not sent; read it at {url}dev/mailbox"),
    });
    words::warn(&format!("  API        {url}docs"));
    for name in &app.migrated().applied {
        words::warn(&format!("  applied    {name}"));
    }
    if config.is_development() {
        let confirmation = if config.identity.confirm_email {
            ""
        } else {
            "no confirmation by mail, "
        };
        words::warn(&format!(
            "  for development: {confirmation}wide limits; MAINSTAY_ENV=production is strict"
        ));
    }
    if let Some(link) = app.setup_link().await? {
        words::warn("\n  nobody owns this installation yet; make the first account here:");
        words::warn(&format!("  {link}\n"));
    }
    Ok(())
}

/// What asks a process to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, StartError> {
        let listen = |kind| signal(kind).map_err(|error| StartError::part("signals can't be heard", error));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
