use std::collections::VecDeque;
use std::sync::Mutex;

use crypto::MasterKey;
use db::testing::TestDatabase;
use db::{Executor as _, ReadTx, args};
use jobs::{Drained, Queue, Registry, drain};
use kernel::{Clock, IdSource, Locale};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{Mail, Mailer, Template, Templates};

struct Ids;

impl IdSource for Ids {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        static NEXT: Mutex<u128> = Mutex::new(0);
        let mut next = NEXT.lock().unwrap();
        *next += 1;
        let milliseconds = u128::try_from(now.unix_milliseconds()).unwrap();
        Uuid::from_u128((milliseconds << 80) | *next)
    }
}

/// A mail server that says what it is told to, and `250` when it was told nothing.
#[derive(Default)]
struct Server {
    answers: Mutex<VecDeque<MailError>>,
    seen: Mutex<Vec<OutgoingMail>>,
}

#[async_trait]
impl MailTransport for Server {
    async fn send(&self, mail: &OutgoingMail) -> Result<Accepted, MailError> {
        self.seen.lock().unwrap().push(mail.clone());
        match self.answers.lock().unwrap().pop_front() {
            Some(error) => Err(error),
            None => Ok(Accepted {
                reply: "250 OK".into(),
            }),
        }
    }
}

struct Post {
    database: TestDatabase,
    queue: Queue,
    registry: Registry,
    server: Arc<Server>,
    mailer: Mailer,
}

#[derive(Debug, PartialEq, Eq)]
struct Line {
    status: String,
    attempts: i64,
    last_reply: Option<String>,
    is_wiped: bool,
}

impl Post {
    async fn new(answers: impl IntoIterator<Item = MailError>) -> Self {
        let database = TestDatabase::new().await;
        let clock: Arc<dyn Clock> = Arc::new(kernel::time::SystemClock);
        let queue = Queue::new(Arc::new(Ids), Arc::clone(&clock));
        let server = Arc::new(Server {
            answers: Mutex::new(answers.into_iter().collect()),
            ..Server::default()
        });
        let mailer = Mailer::new(MailerParts {
            queue: queue.clone(),
            sealer: MasterKey::from_bytes([7; 32]).sealer("mail"),
            templates: Templates::built_in().unwrap(),
            ids: Arc::new(Ids),
            clock,
            product_name: "Quillwork".into(),
            host: "app.example.com".into(),
            delivery: Delivery::Smtp(server.clone()),
        });
        let mut registry = Registry::new();
        registry.on::<SendMail>(mailer.handler(database.db.clone()));
        Self {
            database,
            queue,
            registry,
            server,
            mailer,
        }
    }

    async fn send(&self) -> MessageId {
        let mailer = self.mailer.clone();
        let sent = self.database.db.write(async move |tx: &mut Tx| {
            let mail = Mail {
                to: &"ada@example.com".parse().unwrap(),
                template: Template::ResetPassword,
                locale: &Locale::ENGLISH,
                user: None,
                organization: None,
                variables: json!({ "link": "https://app.example.com/r?t=1", "expires_in": 1800 }),
            };
            mailer.send(tx, mail).await
        });
        sent.await.unwrap()
    }

    /// Runs what is due after all waits are over.
    async fn drain(&self) -> Drained {
        self.database
            .db
            .write(async |tx: &mut Tx| {
                tx.execute("UPDATE jobs SET run_at = {now} WHERE run_at > {now}", args![])
                    .await
            })
            .await
            .unwrap();
        drain(&self.database.db, &self.queue, &self.registry)
            .await
            .unwrap()
    }

    async fn line(&self, id: MessageId) -> Line {
        let found = self.database.db.read(async move |tx: &mut ReadTx| {
            let (status, attempts, last_reply, content): (String, i64, Option<String>, Option<Vec<u8>>) = tx
                .fetch_one(
                    "SELECT status, attempts, last_reply, sealed_content FROM messages WHERE id = $1",
                    args![id],
                )
                .await?;
            Ok::<_, DbError>(Line {
                status,
                attempts,
                last_reply,
                is_wiped: content.is_none(),
            })
        });
        found.await.unwrap()
    }

    fn seen(&self) -> Vec<OutgoingMail> {
        self.server.seen.lock().unwrap().clone()
    }
}

fn line(status: &str, attempts: i64, last_reply: &str, is_wiped: bool) -> Line {
    Line {
        status: status.into(),
        attempts,
        last_reply: Some(last_reply.into()),
        is_wiped,
    }
}

fn deferred() -> MailError {
    MailError::Deferred {
        reply: "451 later".into(),
    }
}

#[tokio::test]
async fn a_mail_is_handed_over_once_and_then_wiped() {
    let post = Post::new([]).await;
    let id = post.send().await;
    assert_eq!(post.drain().await.completed, 1);
    assert_eq!(post.line(id).await, line("sent", 1, "250 OK", true));
    let seen = post.seen();
    assert_eq!(
        (seen.len(), seen[0].message_id.clone()),
        (1, format!("{id}@app.example.com"))
    );
    assert!(seen[0].text.contains("https://app.example.com/r?t=1"));
}

#[tokio::test]
async fn running_the_job_twice_sends_one_mail() {
    let post = Post::new([]).await;
    let id = post.send().await;
    let queue = post.queue.clone();
    let again = post
        .database
        .db
        .write(async move |tx: &mut Tx| queue.enqueue(tx, &SendMail { message: id }).await);
    again.await.unwrap();
    assert_eq!(post.drain().await.completed, 2);
    assert_eq!(post.seen().len(), 1);
}

#[tokio::test]
async fn what_may_pass_is_tried_again_under_the_same_name() {
    let unreachable = MailError::Unreachable {
        reason: "refused".into(),
    };
    let lost = MailError::OutcomeUnknown { reason: "cut".into() };
    let post = Post::new([deferred(), unreachable, lost]).await;
    let id = post.send().await;
    assert_eq!(post.drain().await.failed.len(), 1);
    assert_eq!(
        post.line(id).await,
        line("queued", 1, "the mail server said: 451 later", false)
    );
    post.drain().await;
    post.drain().await;
    assert_eq!(
        post.line(id).await,
        line("queued", 3, "the mail server's answer was lost: cut", false)
    );
    assert_eq!(post.drain().await.completed, 1);
    assert_eq!(post.line(id).await, line("sent", 4, "250 OK", true));
    let seen = post.seen();
    assert!(
        seen.iter()
            .all(|mail| mail.message_id == seen[0].message_id && mail.composed_at == seen[0].composed_at)
    );
}

#[tokio::test]
async fn what_is_refused_is_given_up_at_once_and_can_be_revived() {
    let refused = MailError::Refused {
        reply: "550 no such user".into(),
    };
    let post = Post::new([refused]).await;
    let id = post.send().await;
    let drained = post.drain().await;
    assert_eq!(drained.failed[0].2, "the mail server refused: 550 no such user");
    assert_eq!(
        post.line(id).await,
        line("failed", 1, "the mail server refused: 550 no such user", false)
    );
    assert_eq!(post.drain().await.failed.len(), 0);
    let queue = post.queue.clone();
    let again = post
        .database
        .db
        .write(async move |tx: &mut Tx| queue.enqueue(tx, &SendMail { message: id }).await);
    again.await.unwrap();
    assert_eq!(post.drain().await.completed, 1);
    assert_eq!(post.line(id).await, line("sent", 2, "250 OK", true));
}

#[tokio::test]
async fn a_server_that_never_recovers_is_given_up() {
    let post = Post::new((0..SendMail::MAX_ATTEMPTS).map(|_| deferred())).await;
    let id = post.send().await;
    for _ in 0..SendMail::MAX_ATTEMPTS {
        assert_eq!(post.drain().await.failed.len(), 1);
    }
    let attempts = i64::from(SendMail::MAX_ATTEMPTS);
    assert_eq!(
        post.line(id).await,
        line("failed", attempts, "the mail server said: 451 later", false)
    );
    assert_eq!(post.drain().await.failed.len(), 0);
}

#[tokio::test]
async fn a_mail_of_a_transaction_that_failed_is_never_sent() {
    let post = Post::new([]).await;
    let mailer = post.mailer.clone();
    let failed = post.database.db.write(async move |tx: &mut Tx| {
        let mail = Mail {
            to: &"ada@example.com".parse().unwrap(),
            template: Template::PasswordChanged,
            locale: &Locale::ENGLISH,
            user: None,
            organization: None,
            variables: json!({ "when": "2026-01-31T12:00:00Z" }),
        };
        mailer.send(tx, mail).await?;
        Err::<(), _>(DbError::NoRow)
    });
    assert!(failed.await.is_err());
    assert_eq!(post.drain().await.completed, 0);
    assert!(post.seen().is_empty());
}

#[test]
fn waits_grow_and_differ_and_end() {
    let id = |low: u128| MessageId::from_uuid(Uuid::from_u128(low));
    let mut total = Duration::ZERO;
    for attempt in 1..SendMail::MAX_ATTEMPTS {
        let [least, most] = [id(0), id(255)].map(|id| pause_after(attempt, id));
        assert!(least >= Duration::from_secs(12) && most <= Duration::from_mins(144));
        total += pause_after(attempt, id(128));
    }
    assert_ne!(pause_after(1, id(0)), pause_after(1, id(100)));
    assert!(total > Duration::from_hours(24) && total < Duration::from_hours(48));
}
