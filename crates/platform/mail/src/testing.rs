//! What the tests of this crate have in common.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use crypto::MasterKey;
use db::testing::TestDatabase;
use db::{DbError, Executor as _, ReadTx, Tx, args};
use jobs::{Drained, Queue, Registry, drain};
use kernel::{Clock, EmailAddress, IdSource, Locale, MessageId, OrganizationId, Timestamp};
use ports::mail::{Accepted, MailError, MailTransport, OutgoingMail};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Category, Delivery, Mail, Mailer, MailerParts, MessageHistory, PaceConfig, Post, Posted, Relays,
    Template, Templates, UnsubscribeLinks,
};

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
pub(crate) struct Server {
    answers: Mutex<VecDeque<MailError>>,
    seen: Mutex<Vec<OutgoingMail>>,
}

impl Server {
    /// How many mails it was asked to take.
    pub(crate) fn seen(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

struct Links;

impl UnsubscribeLinks for Links {
    fn link(
        &self,
        organization: Option<OrganizationId>,
        email: &EmailAddress,
        category: &Category,
    ) -> String {
        let whose = organization.map_or_else(|| "platform".to_owned(), |id| id.to_string());
        format!("https://app.example.com/unsubscribe/{whose}/{email}/{category}")
    }
}

#[async_trait]
impl MailTransport for Server {
    fn name(&self) -> &'static str {
        "mail.example.com:587"
    }

    async fn send(&self, mail: &OutgoingMail) -> Result<Accepted, MailError> {
        assert!(
            !mail.to.as_str().starts_with("poison"),
            "this mail breaks everything"
        );
        self.seen.lock().unwrap().push(mail.clone());
        match self.answers.lock().unwrap().pop_front() {
            Some(error) => Err(error),
            None => Ok(Accepted {
                reply: "250 OK".into(),
            }),
        }
    }
}

pub(crate) struct World {
    pub(crate) database: TestDatabase,
    pub(crate) queue: Queue,
    pub(crate) registry: Registry,
    pub(crate) server: Arc<Server>,
    pub(crate) mailer: Mailer,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) status: String,
    pub(crate) attempts: i64,
    pub(crate) last_reply: Option<String>,
    pub(crate) is_wiped: bool,
}

impl World {
    /// With a pace that nobody feels.
    pub(crate) async fn new(answers: impl IntoIterator<Item = MailError>) -> Self {
        Self::paced([10_000, 1_000], answers).await
    }

    pub(crate) async fn paced(
        [per_second, at_once]: [u32; 2],
        answers: impl IntoIterator<Item = MailError>,
    ) -> Self {
        let pace = PaceConfig {
            per_second: NonZeroU32::new(per_second).unwrap(),
            at_once: NonZeroU32::new(at_once).unwrap(),
        };
        let database = TestDatabase::new().await;
        let clock: Arc<dyn Clock> = Arc::new(kernel::time::SystemClock);
        let queue = Queue::new(Arc::new(Ids), Arc::clone(&clock));
        let server = Arc::new(Server {
            answers: Mutex::new(answers.into_iter().collect()),
            ..Server::default()
        });
        let transport: Arc<dyn MailTransport> = server.clone();
        let mailer = Mailer::new(MailerParts {
            queue: queue.clone(),
            sealer: MasterKey::from_bytes([7; 32]).sealer("mail"),
            templates: Templates::built_in().unwrap(),
            ids: Arc::new(Ids),
            clock: Arc::clone(&clock),
            product_name: "Quillwork".into(),
            host: "app.example.com".into(),
            delivery: Delivery::Smtp(Arc::new(Relays::new(clock, [transport]).paced(pace))),
            unsubscribe: Some(Arc::new(Links)),
        });
        let mut registry = Registry::new();
        registry.on(mailer.handler(database.db.clone()));
        Self {
            database,
            queue,
            registry,
            server,
            mailer,
        }
    }

    pub(crate) async fn send(&self) -> MessageId {
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
    pub(crate) async fn drain(&self) -> Drained {
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

    pub(crate) async fn line(&self, id: MessageId) -> Line {
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

    pub(crate) async fn post(&self, post: Post) -> Vec<Posted> {
        let mailer = self.mailer.clone();
        let posted = self
            .database
            .db
            .write(async move |tx: &mut Tx| mailer.post(tx, &post).await);
        posted.await.unwrap()
    }

    /// An organization that somebody made.
    pub(crate) async fn organization(&self) -> OrganizationId {
        let id = OrganizationId::new(&Ids, kernel::time::SystemClock.now());
        let made = self.database.db.write(async move |tx: &mut Tx| {
            tx.execute(
                "INSERT INTO organizations (id, name, slug, settings, created_at, updated_at) VALUES ($1, 'Ink', $2, '{}', {now}, {now})",
                args![id, id.to_string()],
            )
            .await
        });
        assert_eq!(made.await.unwrap(), 1);
        id
    }

    /// How many rows of a kind there are.
    pub(crate) async fn count(&self, sql: &'static str) -> usize {
        let rows = self
            .database
            .db
            .read(async move |tx: &mut ReadTx| tx.fetch_all::<i64>(sql, args![]).await);
        rows.await.unwrap().len()
    }

    pub(crate) async fn history(
        &self,
        id: MessageId,
        organization: Option<OrganizationId>,
    ) -> MessageHistory {
        let messages = self.mailer.messages(self.database.db.clone());
        messages.find(id, organization).await.unwrap().unwrap()
    }

    /// The steps of a mail, with what was said.
    pub(crate) async fn steps(&self, id: MessageId, organization: Option<OrganizationId>) -> Vec<String> {
        let history = self.history(id, organization).await;
        let steps = history.events.into_iter().map(|event| match event.reply {
            Some(reply) => format!("{}: {reply}", event.kind),
            None => event.kind.to_string(),
        });
        steps.collect()
    }

    pub(crate) fn seen(&self) -> Vec<OutgoingMail> {
        self.server.seen.lock().unwrap().clone()
    }
}

/// A letter to somebody.
pub(crate) fn letter(to: &str) -> crate::NewLetter {
    crate::NewLetter {
        to: to.parse().unwrap(),
        user: None,
        locale: Locale::ENGLISH,
        template_version: None,
        subject: "News".into(),
        text: format!("To {to}"),
        html: format!("<p>To {to}</p>"),
        metadata: json!({ "order": to }),
    }
}

/// Letters of one kind, to be sent at once.
pub(crate) fn post_of(
    organization: Option<OrganizationId>,
    category: &str,
    letters: Vec<crate::NewLetter>,
) -> Post {
    Post {
        organization,
        created_by: None,
        api_key: None,
        category: category.parse().unwrap(),
        template: None,
        from: None,
        reply_to: None,
        send_at: None,
        attachments: Vec::new(),
        letters,
    }
}
