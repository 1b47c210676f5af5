//! The connections that are kept.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use ports::mail::{Accepted, MailError, MailTransport, OutgoingMail};
use tokio::sync::Semaphore;

use crate::config::{Sender, SmtpConfig, SmtpConfigError};
use crate::connection::Connection;
use crate::dkim::Dkim;
use crate::letter::{Letter, LetterError};

/// How long a connection is kept when there is nothing to send; servers hang up after minutes.
const KEEP: Duration = Duration::from_secs(30);

/// A mail server to hand mail to. It keeps a few connections open between mails.
pub struct Smtp {
    /// Host and port.
    name: String,
    config: SmtpConfig,
    sender: Sender,
    dkim: Option<Arc<Dkim>>,
    tls: TlsParameters,
    permits: Semaphore,
    kept: Mutex<Vec<Kept>>,
}

struct Kept {
    connection: Connection,
    since: Instant,
}

impl Smtp {
    /// Does not connect yet; [`Smtp::check`] does.
    pub fn new(config: SmtpConfig, sender: Sender) -> Result<Self, SmtpConfigError> {
        let tls = tls_parameters(&config)?;
        Ok(Self {
            name: format!("{}:{}", config.host, config.port),
            permits: Semaphore::new(config.connections),
            config,
            sender,
            dkim: None,
            tls,
            kept: Mutex::default(),
        })
    }

    /// Signs what is sent.
    pub fn signing(mut self, dkim: Option<Arc<Dkim>>) -> Self {
        self.dkim = dkim;
        self
    }

    /// Connects, signs in and leaves: tells an operator whether the settings are right.
    pub async fn check(&self) -> Result<(), MailError> {
        Connection::open(&self.config, &self.tls).await?.close().await;
        Ok(())
    }

    async fn connection(&self) -> Result<Connection, MailError> {
        while let Some(mut kept) = self.take_kept() {
            if kept.since.elapsed() < KEEP && kept.connection.is_alive().await {
                return Ok(kept.connection);
            }
        }
        Connection::open(&self.config, &self.tls).await
    }

    fn take_kept(&self) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, connection: Connection) {
        let kept = Kept {
            connection,
            since: Instant::now(),
        };
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(kept);
    }
}

#[async_trait]
impl MailTransport for Smtp {
    fn name(&self) -> &str {
        &self.name
    }

    async fn send(&self, mail: &OutgoingMail) -> Result<Accepted, MailError> {
        let letter =
            Letter::new(mail, &self.sender, self.dkim.as_deref()).map_err(|error| not_written(&error))?;
        // Never closed, so there is always one to be had.
        let _permit = self.permits.acquire().await;
        let mut connection = self.connection().await?;
        let outcome = connection.deliver(&letter).await;
        // A server that answered is one to talk to again; of one that did not, nobody knows where it is.
        match &outcome {
            Ok(_)
            | Err(MailError::Deferred { .. } | MailError::Refused { .. } | MailError::NoMailbox { .. }) => {
                self.keep(connection);
            }
            Err(MailError::Unreachable { .. } | MailError::OutcomeUnknown { .. }) => {}
        }
        outcome
    }
}

/// A key that does not sign is wrong with us, and not with the mail.
fn not_written(error: &LetterError) -> MailError {
    let words = error.to_string();
    match error {
        LetterError::Signature(_) => MailError::Unreachable { reason: words },
        LetterError::Address(_)
        | LetterError::Mail(_)
        | LetterError::MediaType(_)
        | LetterError::Unsubscribe => MailError::Refused { reply: words },
    }
}

fn tls_parameters(config: &SmtpConfig) -> Result<TlsParameters, SmtpConfigError> {
    let mut builder = TlsParameters::builder(config.host.clone());
    let unreadable = |path: &std::path::Path| SmtpConfigError::Certificates(path.display().to_string());
    if let Some(path) = &config.root_certificates {
        let pem = std::fs::read(path).map_err(|_| unreadable(path))?;
        let certificate = Certificate::from_pem(&pem).map_err(|_| unreadable(path))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(|_| {
        let path = config.root_certificates.clone().unwrap_or_default();
        unreadable(&path)
    })
}

#[cfg(test)]
mod tests;
