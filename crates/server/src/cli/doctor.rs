//! `mainstay doctor`.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use db::{DatabaseUrl, Db, DbError, migrate};
use smtp::{Sender, Smtp};

use super::words;
use crate::app;
use crate::config::Config;
use crate::data_dir;
use crate::error::StartError;

pub(super) const EXAMPLES: &str = "Example:\n  mainstay doctor --config /etc/mainstay.toml";

/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was found: a thing that was looked at, and what is wrong with it or worth knowing.
struct Finding {
    what: &'static str,
    outcome: Result<String, String>,
}

pub(super) async fn run(config: &Config) -> Result<ExitCode, StartError> {
    let findings = [
        finding("data directory", data_directory(config)),
        finding("master key", master_key(config)),
        finding("database", database(config).await),
        finding("mail", mail(config).await),
        finding("signature", signature(config)),
        finding("address", address(config)),
    ];
    for Finding { what, outcome } in &findings {
        words::say(&match outcome {
            Ok(words) => format!("✓ {what}: {words}"),
            Err(problem) => format!("✗ {what}: {problem}"),
        });
    }
    let is_well = findings.iter().all(|finding| finding.outcome.is_ok());
    Ok(if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn finding(what: &'static str, outcome: Result<String, String>) -> Finding {
    Finding { what, outcome }
}

fn data_directory(config: &Config) -> Result<String, String> {
    data_dir::prepare(&config.data_dir).map_err(|error| error.to_string())?;
    tempfile::tempfile_in(&config.data_dir)
        .map_err(|error| format!("nothing can be written to {}: {error}", config.data_dir.display()))?;
    Ok(app::data_dir_of(config).display().to_string())
}

fn master_key(config: &Config) -> Result<String, String> {
    if config.master_key.is_some() {
        return Ok("set".to_owned());
    }
    let path = config.data_dir.join("keys").join("master.key");
    if !path.exists() {
        return Ok("will be made by the first start".to_owned());
    }
    data_dir::own_master_key(&config.data_dir)
        .map(|_| path.display().to_string())
        .map_err(|error| error.to_string())
}

/// A file that a running server holds is that server's to look at; see `/readyz`.
fn is_held(error: &DbError) -> bool {
    let DbError::Internal(source) = error else {
        return false;
    };
    let io = source.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::ResourceBusy)
}

async fn database(config: &Config) -> Result<String, String> {
    if let DatabaseUrl::Sqlite(path) = &config.database.url
        && !path.exists()
    {
        return Ok("will be made by the first start".to_owned());
    }
    let db = match Db::open(&config.database) {
        Ok(db) => db,
        Err(error) if is_held(&error) => {
            return Ok(format!("{}, in use by a running mainstay", config.database.url));
        }
        Err(error) => return Err(StartError::from(error).to_string()),
    };
    let checked = async {
        db.check()
            .await
            .map_err(|error| StartError::from(error).to_string())?;
        migrate::pending(&db)
            .await
            .map_err(|error| StartError::from(error).to_string())
    };
    let pending = tokio::time::timeout(PATIENCE, checked).await;
    db.close().await;
    let pending = pending.map_err(|_| "no answer".to_owned())??;
    Ok(match pending.len() {
        0 => format!("{}, up to date", config.database.url),
        count => format!("{}, {count} migrations to run", config.database.url),
    })
}

async fn mail(config: &Config) -> Result<String, String> {
    let Some(server) = &config.mail.smtp else {
        return Ok("no mail server, mail goes to the development mailbox".to_owned());
    };
    let sender = config.mail.from.clone().unwrap_or_else(nobody);
    let mut checked = Vec::new();
    for server in std::iter::once(server).chain(&config.mail.fallbacks) {
        let smtp = Smtp::new(server.clone(), sender.clone()).map_err(|error| error.to_string())?;
        let answered = tokio::time::timeout(PATIENCE, smtp.check()).await;
        answered
            .map_err(|_| format!("{server} does not answer"))?
            .map_err(|error| format!("{server}: {error}"))?;
        checked.push(server.to_string());
    }
    Ok(checked.join(", then "))
}

/// DNS is not asked: what it answers here need not be what it answers elsewhere.
fn signature(config: &Config) -> Result<String, String> {
    let Some(dkim) = &config.mail.dkim else {
        return Ok("mail is not signed (DKIM); see docs/mail-delivery.md".to_owned());
    };
    let record = format!(
        "publish a TXT record {} \"{}\"",
        dkim.record_name(),
        dkim.record()
    );
    let from = config.mail.from.as_ref().map(|from| from.address.domain());
    match from.filter(|from| !is_within(from, dkim.domain())) {
        Some(from) => Err(format!(
            "mail is from {from}, which {} can't vouch for (DMARC); {record}",
            dkim.domain()
        )),
        None => Ok(record),
    }
}

/// Whether a signature of `domain` counts for `from`, where DMARC is not asked to be strict.
fn is_within(from: &str, domain: &str) -> bool {
    let is_sub =
        |sub: &str, of: &str| sub == of || sub.strip_suffix(of).is_some_and(|rest| rest.ends_with('.'));
    is_sub(from, domain) || is_sub(domain, from)
}

/// Looking at a server sends nothing, so it does not matter from whom.
#[expect(clippy::expect_used, reason = "a constant that a test parses")]
fn nobody() -> Sender {
    "no-reply@localhost.localdomain".parse().expect("a sender")
}

fn address(config: &Config) -> Result<String, String> {
    let free = std::net::TcpListener::bind(config.bind);
    let public = app::public_url(config, config.bind).map_err(|error| error.to_string())?;
    match free {
        Ok(_) => Ok(format!("{public} ({} is free)", config.bind)),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Ok(in_use(config.bind)),
        Err(error) => Err(format!("{} can't be listened on: {error}", config.bind)),
    }
}

fn in_use(address: SocketAddr) -> String {
    format!("{address} is in use; perhaps by mainstay itself")
}

#[cfg(test)]
mod tests {
    use db::DbConfig;

    use super::*;

    #[test]
    fn nobody_is_a_sender() {
        assert_eq!(nobody().name, "");
    }

    #[test]
    fn a_domain_vouches_for_its_own() {
        for (from, domain) in [
            ("example.com", "example.com"),
            ("mail.example.com", "example.com"),
            ("example.com", "mail.example.com"),
        ] {
            assert!(is_within(from, domain), "{from} {domain}");
        }
        assert!(!is_within("example.org", "example.com"));
        assert!(!is_within("badexample.com", "example.com"));
    }

    #[test]
    fn tells_what_to_publish() {
        let key = std::process::Command::new("openssl")
            .args(["genpkey", "-algorithm", "ed25519"])
            .output()
            .unwrap();
        let key = String::from_utf8(key.stdout).unwrap();
        let config = |from: &str| {
            let flags = [
                ("dkim_domain", "example.com"),
                ("dkim_selector", "s1"),
                ("dkim_key", &*key),
            ];
            let flags = flags.into_iter().chain([("mail_from", from)]);
            let flags = flags.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let sources = crate::config::Sources {
                flags: flags.collect(),
                ..Default::default()
            };
            Config::load(&sources).unwrap()
        };
        let words = signature(&config("hello@news.example.com")).unwrap();
        let prefix = "publish a TXT record s1._domainkey.example.com \"v=DKIM1; k=ed25519; p=";
        assert!(words.starts_with(prefix), "{words}");
        let words = signature(&config("hello@example.org")).unwrap_err();
        assert!(
            words.starts_with("mail is from example.org, which example.com can't"),
            "{words}"
        );
    }

    #[tokio::test]
    async fn a_database_in_use_is_no_fault() {
        let folder = tempfile::tempdir().unwrap();
        let config = DbConfig::new(DatabaseUrl::Sqlite(folder.path().join("mainstay.db")));
        let running = Db::open(&config).unwrap();
        assert!(Db::open(&config).is_err_and(|error| is_held(&error)));
        running.close().await;
    }
}
