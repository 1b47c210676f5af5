//! `mainstay admin`.

use std::io::Read as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use db::{Db, migrate};
use identity::NewOwner;
use kernel::{EmailAddress, Failure as _, Locale, RequestContext, Secret};

use super::words;
use crate::app;
use crate::config::Config;
use crate::data_dir;
use crate::error::StartError;
use crate::machine::Machine;

/// The most bytes of a password that are read.
const MAX_PASSWORD: u64 = 4096;

#[derive(Subcommand)]
pub(super) enum Admin {
    /// Make an owner of the platform; somebody who has an account gets the password and the role
    #[command(
        after_help = "Example:\n  openssl rand -base64 24 | tee password.txt | mainstay admin create --email ada@example.com --password-stdin"
    )]
    Create(Create),
}

#[derive(Args)]
pub(super) struct Create {
    /// Their address
    #[arg(long)]
    email: EmailAddress,
    /// Read their password from standard input, up to the end of its first line
    #[arg(long, required = true)]
    password_stdin: bool,
}

impl Admin {
    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, StartError> {
        match self {
            Self::Create(create) => create.run(config).await,
        }
    }
}

impl Create {
    async fn run(self, config: &Config) -> Result<ExitCode, StartError> {
        let password = read_password()?;
        data_dir::prepare(&config.data_dir)?;
        let db = Db::open(&config.database)?;
        let outcome = self.create(config, &db, password).await;
        db.close().await;
        outcome.map(|()| ExitCode::SUCCESS)
    }

    async fn create(self, config: &Config, db: &Db, password: Secret<String>) -> Result<(), StartError> {
        let machine = Machine::real();
        migrate::run(db, &config.database, machine.clock.now()).await?;
        let public_url = app::public_url(config, config.bind)?;
        let services = app::services(config, machine, db.clone(), public_url)?;
        let new = NewOwner {
            email: self.email.clone(),
            password,
            locale: Locale::ENGLISH,
        };
        let created = services
            .accounts
            .staff
            .create_owner(&RequestContext::system(), new)
            .await;
        let owner = created.map_err(|error| {
            let details: Vec<&str> = error.fields().iter().map(|fault| &*fault.detail).collect();
            StartError::Refused(match details.as_slice() {
                [] => error.to_string(),
                details => format!("the password is not taken: {}", details.join("; ")),
            })
        })?;
        words::say(&format!("{} owns this installation ({owner})", self.email));
        Ok(())
    }
}

fn read_password() -> Result<Secret<String>, StartError> {
    let mut text = String::new();
    std::io::stdin()
        .take(MAX_PASSWORD)
        .read_to_string(&mut text)
        .map_err(|error| StartError::part("no password can be read from standard input", error))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(StartError::Refused("standard input holds no password".to_owned()));
    }
    Ok(Secret::new(line.to_owned()))
}
