use std::sync::Mutex;

use async_trait::async_trait;
use crypto::MasterKey;
use db::testing::TestDatabase;
use db::{Executor as _, args};
use jobs::Queue;
use kernel::time::SystemClock;
use kernel::{IdSource, PageRequest, Timestamp};
use ports::mail::{Accepted, MailError, MailTransport, OutgoingMail};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{CapturedMail, Mailbox, Templates};

struct Ids;

impl IdSource for Ids {
    fn uuid_v7(&self, _: Timestamp) -> Uuid {
        Uuid::from_u128(u128::from(Seven::next()))
    }
}

struct Seven;

impl Seven {
    fn next() -> u64 {
        static NEXT: Mutex<u64> = Mutex::new(0);
        let mut next = NEXT.lock().unwrap();
        *next += 1;
        *next
    }
}

struct Deaf;

#[async_trait]
impl MailTransport for Deaf {
    fn name(&self) -> &'static str {
        "mail.example.com:587"
    }

    async fn send(&self, _: &OutgoingMail) -> Result<Accepted, MailError> {
        Err(MailError::Unreachable {
            reason: "nobody listens".into(),
        })
    }
}

fn mailer(delivery: Delivery) -> Mailer {
    let clock = Arc::new(SystemClock);
    Mailer::new(MailerParts {
        queue: Queue::new(Arc::new(Ids), clock.clone()),
        sealer: MasterKey::from_bytes([7; 32]).sealer("mail"),
        templates: Templates::built_in().unwrap(),
        ids: Arc::new(Ids),
        clock,
        product_name: "Quillwork".into(),
        host: "app.example.com".into(),
        delivery,
        unsubscribe: None,
    })
}

async fn send(db: &Db, mailer: &Mailer, to: &str, locale: &str) -> MessageId {
    let (mailer, to, locale) = (mailer.clone(), to.to_owned(), locale.to_owned());
    let sent = db.write(async move |tx: &mut Tx| {
        let mail = Mail {
            to: &to.parse().unwrap(),
            template: Template::MemberJoined,
            locale: &locale.parse().unwrap(),
            user: None,
            organization: None,
            variables: json!({ "organization": "Ink", "member": "Grace" }),
        };
        mailer.send(tx, mail).await
    });
    sent.await.unwrap()
}

async fn publish(db: &Db, version: i64, locale: &'static str, subject: &'static str) {
    let inserted = db.write(async move |tx: &mut Tx| {
        tx.execute(
            "INSERT INTO email_templates
                (id, key, locale, version, status, name, subject, html, text, variables, created_at, updated_at)
            VALUES ($1, 'member_joined', $2, $3, 'published', 'x', $4, '<b>{{ member }}</b>', 'x', $5, {now}, {now})",
            args![Uuid::from_u128(u128::from(Seven::next())), locale, version, subject, json!([])],
        )
        .await
    });
    assert_eq!(inserted.await.unwrap(), 1);
}

async fn latest(mailbox: &Mailbox, to: &str) -> CapturedMail {
    mailbox.latest_to(&to.parse().unwrap()).await.unwrap().unwrap()
}

#[tokio::test]
async fn without_a_mail_server_mail_is_in_the_mailbox_when_its_transaction_is_done() {
    let database = TestDatabase::new().await;
    let mailer = mailer(Delivery::Mailbox);
    let mailbox = mailer.mailbox(database.db.clone());
    let first = send(&database.db, &mailer, "Ada@example.com", "de-AT").await;
    let second = send(&database.db, &mailer, "grace@example.com", "xx").await;
    let mail = latest(&mailbox, "ada@EXAMPLE.com").await;
    assert_eq!(
        (
            mail.summary.id,
            mail.summary.subject.as_str(),
            mail.summary.locale.as_str()
        ),
        (first, "Grace ist jetzt bei Ink", "de")
    );
    assert!(mail.text.contains("Grace hat die Einladung angenommen") && mail.html.contains("<strong>"));
    assert_eq!(mail.summary.to.as_str(), "Ada@example.com");
    let page = mailbox.list(None, PageRequest::new(1, None)).await.unwrap();
    assert_eq!((page.items.len(), page.items[0].id), (1, second));
    let page = mailbox.list(None, PageRequest::new(1, page.next)).await.unwrap();
    assert_eq!((page.items[0].id, page.next), (first, None));
    assert_eq!(
        mailbox.get(MessageId::from_uuid(Uuid::nil())).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_mail_that_waits_for_a_server_is_nobodys_to_read() {
    let database = TestDatabase::new().await;
    let deaf: Arc<dyn MailTransport> = Arc::new(Deaf);
    let deaf = Arc::new(crate::Relays::new(Arc::new(SystemClock), [deaf]));
    let mailer = mailer(Delivery::Smtp(deaf));
    let id = send(&database.db, &mailer, "ada@example.com", "en").await;
    assert_eq!(mailer.mailbox(database.db.clone()).get(id).await.unwrap(), None);
    let held = database.db.read(async move |tx: &mut db::ReadTx| {
        tx.fetch_one::<Vec<u8>>("SELECT sealed_content FROM messages WHERE id = $1", args![id])
            .await
    });
    let held = String::from_utf8_lossy(&held.await.unwrap()).into_owned();
    assert!(!held.contains("Grace"), "{held}");
}

#[tokio::test]
async fn a_published_text_wins_and_a_broken_one_is_passed_over() {
    let database = TestDatabase::new().await;
    let mailer = mailer(Delivery::Mailbox);
    let mailbox = mailer.mailbox(database.db.clone());
    publish(&database.db, 1, "en", "One {{ member }}").await;
    publish(&database.db, 2, "en", "Two {{ member }}").await;
    send(&database.db, &mailer, "ada@example.com", "en-GB").await;
    let mail = latest(&mailbox, "ada@example.com").await;
    assert_eq!(
        (mail.summary.subject.as_str(), mail.html.as_str()),
        ("Two Grace", "<b>Grace</b>")
    );
    // The reader's language comes before who wrote the text.
    send(&database.db, &mailer, "ada@example.com", "fr").await;
    assert_eq!(
        latest(&mailbox, "ada@example.com").await.summary.subject,
        "Grace a rejoint Ink"
    );
    publish(&database.db, 3, "en", "Three {{ nobody }}").await;
    send(&database.db, &mailer, "ada@example.com", "en").await;
    assert_eq!(
        latest(&mailbox, "ada@example.com").await.summary.subject,
        "Grace joined Ink"
    );
}
