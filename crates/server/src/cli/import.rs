//! `mainstay import users`.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use crypto::FirebaseParameters;
use db::{Db, migrate};
use identity::user_import::{ImportRow, NewUserImport, Progress, RowError, UserImport};
use identity::{IdentityError, ImportMode, UserImports};
use kernel::{Failure as _, RequestContext, Secret, UserImportId};
use serde::Deserialize;

use super::words;
use crate::app;
use crate::config::Config;
use crate::data_dir;
use crate::error::StartError;
use crate::machine::Machine;

/// Rows that are written down at once.
const PIECE: usize = 500;

#[derive(Subcommand)]
pub(super) enum Import {
    /// People, with the hashes of their passwords, from a file with one JSON object a line. With SQLite, stop
    /// the server first; with PostgreSQL it may run
    #[command(
        after_help = "Example:\n  mainstay import users people.ndjson --dry-run\n\nA line of the file:\n  {\"email\":\"ada@example.com\",\"email_verified\":true,\"name\":\"Ada\",\"password_hash\":\"$2b$12$…\"}\n\nWhat is wrong with rows is written to people.ndjson.errors.csv; the exit code is 1 when something is."
    )]
    Users(Users),
}

#[derive(Args)]
pub(super) struct Users {
    /// The file: NDJSON with the fields email, email_verified, name, locale, password_hash, password_salt and
    /// created_at
    file: PathBuf,
    /// Make no accounts; only say what would go wrong
    #[arg(long)]
    dry_run: bool,
    /// A file with the parameters of a Firebase project's password hashes, in JSON: signer_key,
    /// salt_separator, rounds and mem_cost
    #[arg(long, value_name = "PATH")]
    firebase_config: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FirebaseConfig {
    signer_key: Secret<String>,
    salt_separator: String,
    rounds: u32,
    mem_cost: u32,
}

impl Import {
    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, StartError> {
        match self {
            Self::Users(users) => users.run(config).await,
        }
    }
}

impl Users {
    async fn run(self, config: &Config) -> Result<ExitCode, StartError> {
        let firebase = self.firebase_config.as_deref().map(read_firebase).transpose()?;
        data_dir::prepare(&config.data_dir)?;
        let db = Db::open(&config.database)?;
        let outcome = self.import(config, &db, firebase).await;
        db.close().await;
        outcome
    }

    async fn import(
        &self,
        config: &Config,
        db: &Db,
        firebase: Option<FirebaseParameters>,
    ) -> Result<ExitCode, StartError> {
        let machine = Machine::real();
        migrate::run(db, &config.database, machine.clock.now()).await?;
        let public_url = app::public_url(config, config.bind)?;
        let services = app::services(config, machine, db.clone(), public_url)?;
        let imports = &services.accounts.user_imports;
        let mode = if self.dry_run {
            ImportMode::DryRun
        } else {
            ImportMode::Import
        };
        let context = RequestContext::system();
        let new = NewUserImport { mode, firebase };
        let id = imports
            .create(&context, new)
            .await
            .map_err(|error| refused(&error))?
            .id;
        if let Err(error) = self.add_rows(imports, id).await {
            // Hashes of passwords do not stay behind.
            imports
                .delete(&context, id)
                .await
                .map_err(|error| refused(&error))?;
            return Err(error);
        }
        imports
            .start(&context, id)
            .await
            .map_err(|error| refused(&error))?;
        let import = work(imports, id).await?;
        self.report(imports, &import).await
    }

    async fn add_rows(&self, imports: &UserImports, id: UserImportId) -> Result<(), StartError> {
        let file = File::open(&self.file).map_err(|error| file_error(&self.file, &error))?;
        let mut rows = Vec::new();
        for (number, line) in (1_usize..).zip(BufReader::new(file).lines()) {
            let line = line.map_err(|error| file_error(&self.file, &error))?;
            // The reason may quote the line, and with it a hash.
            let row = serde_json::from_str::<ImportRow>(&line).map_err(|error| {
                let (file, column) = (self.file.display(), error.column());
                StartError::Refused(format!(
                    "{file}, line {number}, column {column}: a JSON object with the fields of a row is expected; \
                     nothing was imported"
                ))
            })?;
            rows.push(row);
            if rows.len() == PIECE {
                add(imports, id, &mut rows).await?;
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        add(imports, id, &mut rows).await
    }

    async fn report(&self, imports: &UserImports, import: &UserImport) -> Result<ExitCode, StartError> {
        let (created, failed) = (import.rows_created, import.rows_failed);
        let good = import.rows_done - failed;
        words::say(&match import.mode {
            ImportMode::Import => format!("{created} accounts made, {failed} rows with errors"),
            ImportMode::DryRun => format!("{good} accounts could be made, {failed} rows with errors"),
        });
        if failed == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        let mut path = self.file.clone().into_os_string();
        path.push(".errors.csv");
        let path = PathBuf::from(path);
        write_errors(imports, import.id, &path).await?;
        words::warn(&format!("what is wrong with them is in {}", path.display()));
        Ok(ExitCode::FAILURE)
    }
}

async fn add(imports: &UserImports, id: UserImportId, rows: &mut Vec<ImportRow>) -> Result<(), StartError> {
    let rows = std::mem::take(rows);
    let added = imports.add_rows(&RequestContext::system(), id, rows).await;
    let total = added.map_err(|error| refused(&error))?.rows_total;
    words::warn(&format!("{total} rows read"));
    Ok(())
}

/// Works on the rows here; a server beside may help.
async fn work(imports: &UserImports, id: UserImportId) -> Result<UserImport, StartError> {
    while imports.run_batch(id).await.map_err(|error| refused(&error))? == Progress::More {
        let import = imports.get(id).await.map_err(|error| refused(&error))?;
        words::warn(&format!(
            "{} of {} rows done",
            import.rows_done, import.rows_total
        ));
    }
    imports.clear(id).await?;
    imports.get(id).await.map_err(|error| refused(&error))
}

async fn write_errors(imports: &UserImports, id: UserImportId, path: &Path) -> Result<(), StartError> {
    let failed = |error: std::io::Error| file_error(path, &error);
    let mut file = File::create(path).map_err(failed)?;
    let head = web::csv::line(&RowError::COLUMNS);
    file.write_all(head.as_bytes()).map_err(failed)?;
    let mut after = 0;
    loop {
        let errors = imports.errors_behind(id, after, 1000).await?;
        let Some(last) = errors.last() else {
            return file.sync_all().map_err(failed);
        };
        after = last.position;
        let lines: String = errors.iter().map(RowError::line).collect();
        file.write_all(lines.as_bytes()).map_err(failed)?;
    }
}

fn read_firebase(path: &Path) -> Result<FirebaseParameters, StartError> {
    let text = std::fs::read_to_string(path).map_err(|error| file_error(path, &error))?;
    let config: FirebaseConfig = serde_json::from_str(&text).map_err(|_| {
        StartError::Refused(format!(
            "{}: a JSON object with signer_key, salt_separator, rounds and mem_cost is expected",
            path.display()
        ))
    })?;
    Ok(FirebaseParameters {
        signer_key: config.signer_key,
        salt_separator: config.salt_separator,
        rounds: config.rounds,
        mem_cost: config.mem_cost,
    })
}

fn file_error(path: &Path, error: &std::io::Error) -> StartError {
    StartError::Refused(format!("{}: {error}", path.display()))
}

fn refused(error: &IdentityError) -> StartError {
    let details: Vec<String> = error
        .fields()
        .iter()
        .map(|fault| format!("{}: {}", fault.pointer, fault.detail))
        .collect();
    StartError::Refused(if details.is_empty() {
        error.to_string()
    } else {
        details.join("; ")
    })
}
