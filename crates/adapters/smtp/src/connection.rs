//! One connection, and what its troubles mean.

use std::future::Future;
use std::time::Duration;

use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use ports::mail::{Accepted, MailError, is_no_mailbox};

use crate::config::{Security, SmtpConfig};
use crate::letter::Letter;

/// The longest reply that is kept, in characters.
const LONGEST_REPLY: usize = 500;

/// An open connection, greeted and signed in.
pub(crate) struct Connection {
    line: AsyncSmtpConnection,
    timeout: Duration,
}

/// A step went wrong.
enum Trouble {
    /// The server said no.
    Reply { is_final: bool, reply: String },
    /// The server said nothing, or nothing that makes sense.
    Line(String),
}

impl Connection {
    /// Connects, protects the line, signs in. What goes wrong here is wrong with the server or with our
    /// settings, not with the mail: a changed password must not turn into bounced mail.
    pub(crate) async fn open(config: &SmtpConfig, tls: &TlsParameters) -> Result<Self, MailError> {
        let unreachable = |trouble: Trouble| MailError::Unreachable {
            reason: trouble.into_words(),
        };
        let hello = ClientId::default();
        let at_once = (config.security == Security::Tls).then(|| tls.clone());
        let address = (config.host.as_str(), config.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(address, Some(config.timeout), &hello, at_once, None);
        let line = within(config.timeout, connecting).await.map_err(unreachable)?;
        let mut connection = Self {
            line,
            timeout: config.timeout,
        };
        connection
            .protect(config.security, tls, &hello)
            .await
            .map_err(unreachable)?;
        if let Some(credentials) = &config.credentials {
            let credentials =
                Credentials::new(credentials.user.clone(), credentials.password.expose().clone());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let signing_in = connection.line.auth(&mechanisms, &credentials);
            within(config.timeout, signing_in).await.map_err(unreachable)?;
        }
        Ok(connection)
    }

    async fn protect(
        &mut self,
        security: Security,
        tls: &TlsParameters,
        hello: &ClientId,
    ) -> Result<(), Trouble> {
        let starts_tls = match security {
            Security::Tls | Security::Plain => false,
            Security::StartTls => true,
            Security::StartTlsIfOffered => self.line.can_starttls(),
        };
        if starts_tls {
            within(self.timeout, self.line.starttls(tls.clone(), hello)).await?;
        }
        Ok(())
    }

    /// Whether a connection that was kept can be used again; forgets what was left undone on it.
    pub(crate) async fn is_alive(&mut self) -> bool {
        within(self.timeout.min(Duration::from_secs(5)), self.line.command(Rset))
            .await
            .is_ok()
    }

    /// Hands one mail over.
    pub(crate) async fn deliver(&mut self, letter: &Letter) -> Result<Accepted, MailError> {
        self.begin(letter).await?;
        // From here on the server may have taken the mail even if we never hear of it. RFC 5321 §4.5.3.2.6
        // tells to be patient exactly here, so as not to send a second copy.
        let sending = self.line.message(&letter.content);
        let answer = within(self.timeout.saturating_mul(4), sending).await;
        answer
            .map(|response| accepted(&response))
            .map_err(|trouble| match trouble {
                Trouble::Line(reason) => MailError::OutcomeUnknown { reason },
                refused @ Trouble::Reply { .. } => refused.before_the_end(),
            })
    }

    /// Sender, recipient, `DATA`: nothing has been handed over yet.
    async fn begin(&mut self, letter: &Letter) -> Result<(), MailError> {
        let mail = Mail::new(Some(letter.from.clone()), self.parameters(letter)?);
        let rcpt = Rcpt::new(letter.to.clone(), Vec::new());
        within(self.timeout, self.line.command(mail))
            .await
            .map_err(Trouble::before_the_end)?;
        within(self.timeout, self.line.command(rcpt))
            .await
            .map_err(Trouble::at_the_mailbox)?;
        within(self.timeout, self.line.command(Data))
            .await
            .map_err(Trouble::before_the_end)?;
        Ok(())
    }

    fn parameters(&self, letter: &Letter) -> Result<Vec<MailParameter>, MailError> {
        let offered = self.line.server_info();
        let mut parameters = Vec::new();
        if letter.needs_utf8() {
            if !offered.supports_feature(Extension::SmtpUtfEight) {
                let reply = "it takes no addresses beyond ASCII (SMTPUTF8)".into();
                return Err(MailError::Refused { reply });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !letter.content.is_ascii() && offered.supports_feature(Extension::EightBitMime) {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        Ok(parameters)
    }

    /// Says good-bye; the server may not listen any more.
    pub(crate) async fn close(mut self) {
        let _ = within(Duration::from_secs(2), self.line.command(Quit)).await;
    }
}

impl Trouble {
    fn into_words(self) -> String {
        match self {
            Self::Reply { reply, .. } => reply,
            Self::Line(reason) => reason,
        }
    }

    /// What it means for a mail whose recipient was named just now: a plain no is about the mailbox.
    fn at_the_mailbox(self) -> MailError {
        match self {
            Self::Reply {
                is_final: true,
                reply,
            } if is_plain_no_to_a_mailbox(&reply) => MailError::NoMailbox { reply },
            other => other.before_the_end(),
        }
    }

    /// What it means for a mail that has not been handed over.
    fn before_the_end(self) -> MailError {
        match self {
            Self::Reply {
                is_final: true,
                reply,
            } if is_about_the_mailbox(&reply) => MailError::NoMailbox { reply },
            Self::Reply {
                is_final: true,
                reply,
            } => MailError::Refused { reply },
            Self::Reply {
                is_final: false,
                reply,
            } => MailError::Deferred { reply },
            Self::Line(reason) => MailError::Unreachable { reason },
        }
    }
}

impl From<smtp::Error> for Trouble {
    fn from(error: smtp::Error) -> Self {
        let Some(code) = error.status() else {
            return Self::Line(in_one_line(&error.to_string()));
        };
        let words = std::error::Error::source(&error)
            .map(ToString::to_string)
            .unwrap_or_default();
        let code = code.to_string();
        // RFC 4954 §6: these complain about how we signed in, not about the mail.
        let is_about_us = matches!(code.as_str(), "530" | "534" | "535" | "538");
        Self::Reply {
            is_final: error.is_permanent() && !is_about_us,
            reply: in_one_line(&format!("{code} {words}")),
        }
    }
}

fn is_about_the_mailbox(reply: &str) -> bool {
    enhanced_status(reply).is_some_and(is_no_mailbox)
}

/// A server that gives no enhanced status: 550, 551 and 553 to `RCPT` are about the mailbox (RFC 5321 §4.2.3).
fn is_plain_no_to_a_mailbox(reply: &str) -> bool {
    let is_plain = enhanced_status(reply).is_none();
    is_plain && ["550", "551", "553"].iter().any(|code| reply.starts_with(code))
}

/// The second word when it is one: `5.1.1` of `550 5.1.1 no such user`.
fn enhanced_status(reply: &str) -> Option<&str> {
    let word = reply.split([' ', '-']).nth(1)?;
    let mut numbers = word.split('.');
    let is_number =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_status = numbers.by_ref().take(3).filter(|part| is_number(part)).count() == 3;
    (is_status && numbers.next().is_none()).then_some(word)
}

async fn within<T>(
    limit: Duration,
    step: impl Future<Output = Result<T, smtp::Error>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, step).await {
        Ok(outcome) => outcome.map_err(Trouble::from),
        Err(_) => Err(Trouble::Line(format!("no answer within {} s", limit.as_secs()))),
    }
}

fn accepted(response: &Response) -> Accepted {
    let words: Vec<&str> = response.message().collect();
    Accepted {
        reply: in_one_line(&format!("{} {}", response.code(), words.join(" "))),
    }
}

/// What a server says ends up in a column and on a page.
fn in_one_line(reply: &str) -> String {
    let words: Vec<&str> = reply.split_whitespace().collect();
    words
        .join(" ")
        .chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST_REPLY)
        .collect()
}
