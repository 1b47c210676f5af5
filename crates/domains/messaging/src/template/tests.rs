//! The domain over a database of its own, on the engine that `MAINSTAY_TEST_DATABASE` says.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use crypto::MasterKey;
use db::testing::TestDatabase;
use db::{DbError, Executor as _, ReadTx, Tx, args};
use events::{Envelope, Listener, Publisher, Subscriptions};
use guard::{IdempotencyKeys, Limits, OneTimeTokens};
use jobs::Queue;
use kernel::time::SystemClock;
use kernel::{Failure as _, IdSource, Locale, PageRequest, RequestContext, Timestamp};
use mail::{Delivery, Mail, Mailbox, Mailer, MailerParts, Source, Template};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Machinery, MachineryParts, MessagingError, NewPreview, NewText, Status, TemplateName, TemplateText,
    Templates, TextInLanguage,
};

mod own;

const MAIL: Template = Template::MemberJoined;

struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let moment = u64::try_from(now.unix_milliseconds()).unwrap();
        Uuid::from_u64_pair(
            moment << 16 | 0x7000,
            1 << 63 | self.0.fetch_add(1, Ordering::Relaxed),
        )
    }
}

/// Writes down the names of events once they are durable.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

#[async_trait(?Send)]
impl Listener for Heard {
    async fn on(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        let (heard, name) = (Arc::clone(&self.0), envelope.name.to_string());
        tx.after_commit(move || heard.lock().unwrap().push(name));
        Ok(())
    }
}

struct World {
    templates: Templates,
    mailer: Mailer,
    mailbox: Mailbox,
    heard: Heard,
    ids: Arc<CountingIds>,
    database: TestDatabase,
}

impl World {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let clock = Arc::new(SystemClock);
        let ids = Arc::new(CountingIds(AtomicU64::new(1)));
        let queue = Queue::new(ids.clone(), clock.clone());
        let master = MasterKey::from_bytes([7; 32]);
        let events = Publisher::new(queue.clone(), ids.clone(), clock.clone());
        let mailer = Mailer::new(MailerParts {
            queue,
            sealer: master.sealer("mail"),
            templates: mail::Templates::built_in().unwrap(),
            ids: ids.clone(),
            clock: clock.clone(),
            product_name: "Mainstay".into(),
            host: "app.example.com".into(),
            delivery: Delivery::Mailbox,
            unsubscribe: None,
        });
        let heard = Heard::default();
        events.connect(Subscriptions::new().listen(heard.clone()));
        let machinery = Machinery::new(MachineryParts {
            db: database.db.clone(),
            events,
            idempotency: IdempotencyKeys::new(&master),
            limits: Limits::new(database.db.clone(), 1),
            one_time_tokens: OneTimeTokens::new(&master, ids.clone()),
            clock,
            ids: ids.clone(),
            mailer: mailer.clone(),
        });
        Self {
            templates: Templates::new(machinery),
            mailbox: mailer.mailbox(database.db.clone()),
            mailer,
            heard,
            ids,
            database,
        }
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.0.lock().unwrap())
    }

    async fn create(&self, subject: &str) -> Result<TemplateText, MessagingError> {
        let context = RequestContext::system();
        let shown = self.templates.create(&context, text(subject)).await?;
        Ok(shown.text)
    }

    async fn publish(&self, version: i64) -> Result<TemplateText, MessagingError> {
        let context = RequestContext::system();
        let published = self
            .templates
            .publish(&context, of(MAIL), Locale::ENGLISH, version);
        Ok(published.await?.text)
    }

    async fn reset(&self) {
        let context = RequestContext::system();
        self.templates
            .reset(&context, of(MAIL), Locale::ENGLISH)
            .await
            .unwrap();
    }

    async fn versions(&self) -> Vec<(i64, Status)> {
        let page = PageRequest::new(200, None);
        let page = self
            .templates
            .list_versions(of(MAIL), Locale::ENGLISH, page)
            .await;
        let texts = page.unwrap().items.into_iter();
        texts.map(|text| (text.version, text.status)).collect()
    }

    /// The subject of a mail that is sent now.
    async fn subject(&self) -> String {
        let mailer = self.mailer.clone();
        let to = "ada@example.com".parse().unwrap();
        let work = async move |tx: &mut Tx| {
            let mail = Mail {
                to: &"ada@example.com".parse().unwrap(),
                template: MAIL,
                locale: &Locale::ENGLISH,
                user: None,
                organization: None,
                variables: json!({ "organization": "Ink", "member": "Grace" }),
            };
            mailer.send(tx, mail).await
        };
        let sent = self.database.db.write(work).await;
        sent.unwrap();
        self.mailbox
            .latest_to(&to)
            .await
            .unwrap()
            .unwrap()
            .summary
            .subject
    }
}

fn source(subject: &str) -> Source {
    Source {
        subject: subject.to_owned(),
        preheader: String::new(),
        text: "{{ member }}".into(),
        html: "{% extends \"layout.html\" %}{% block content %}<p>{{ member }}</p>{% endblock %}".into(),
    }
}

fn of(template: Template) -> TemplateName {
    TemplateName {
        organization: None,
        key: template.key().to_owned(),
    }
}

fn text(subject: &str) -> NewText {
    NewText {
        of: of(MAIL),
        locale: Locale::ENGLISH,
        name: Some("Warmer".into()),
        category: None,
        variables: None,
        source: source(subject),
    }
}

/// The pointer and the code of a refusal.
fn fault<T>(result: Result<T, MessagingError>) -> (String, &'static str) {
    let error = result.err().unwrap();
    let fields = error.fields();
    fields.first().map_or((String::new(), error.code()), |field| {
        (field.pointer.to_string(), field.code)
    })
}

#[tokio::test]
async fn a_text_is_used_once_it_is_published_and_until_it_is_taken_back() {
    let world = World::new().await;
    assert_eq!(world.subject().await, "Grace joined Ink");
    let first = world.create("One {{ member }}").await.unwrap();
    assert_eq!((first.version, first.status), (1, Status::Draft));
    assert_eq!(world.subject().await, "Grace joined Ink");
    assert_eq!(world.publish(1).await.unwrap().status, Status::Published);
    assert_eq!(world.subject().await, "One Grace");
    assert_eq!(world.create("Two {{ member }}").await.unwrap().version, 2);
    world.publish(2).await.unwrap();
    assert_eq!(world.subject().await, "Two Grace");
    assert_eq!(world.heard(), ["template.published", "template.published"]);
    // Again changes nothing, and is no event.
    world.publish(2).await.unwrap();
    assert_eq!(world.heard(), [""; 0]);
    assert_eq!(
        world.versions().await,
        [(2, Status::Published), (1, Status::Archived)]
    );
    // Back to the one before.
    world.publish(1).await.unwrap();
    assert_eq!(world.subject().await, "One Grace");
    assert_eq!(
        world.versions().await,
        [(2, Status::Archived), (1, Status::Published)]
    );
    world.reset().await;
    world.reset().await;
    assert_eq!(world.subject().await, "Grace joined Ink");
    assert_eq!(world.heard(), ["template.published", "template.reset"]);
    assert_eq!(fault(world.publish(3).await), (String::new(), "not_found"));
}

#[tokio::test]
async fn what_is_used_is_told_and_what_there_is() {
    let world = World::new().await;
    let get = async |locale: &str| {
        let shown = world.templates.get(of(MAIL), &locale.parse().unwrap()).await;
        shown.unwrap().text
    };
    let built_in = get("de-AT").await;
    assert_eq!((built_in.version, built_in.status), (0, Status::BuiltIn));
    assert_eq!((built_in.locale.as_str(), built_in.id), ("de", None));
    assert_eq!(get("xx").await.locale.as_str(), "en");
    world.create("One").await.unwrap();
    world.create("Two").await.unwrap();
    world.publish(1).await.unwrap();
    assert_eq!(
        (get("en-GB").await.subject.as_str(), get("xx").await.version),
        ("One", 1)
    );
    let list = world.templates.list(None, PageRequest::default()).await.unwrap();
    assert_eq!((list.items.len(), list.next), (Template::ALL.len(), None));
    let of_mail = list.items.iter().find(|one| one.of == of(MAIL)).unwrap();
    assert_eq!(of_mail.languages.len(), 3);
    assert_eq!(
        of_mail.languages[1],
        TextInLanguage {
            locale: "en".into(),
            is_built_in: true,
            published_version: Some(1),
            draft_version: Some(2),
        }
    );
    let first = world
        .templates
        .list(None, PageRequest::new(20, None))
        .await
        .unwrap();
    let second = world
        .templates
        .list(None, PageRequest::new(20, first.next))
        .await
        .unwrap();
    assert_eq!(
        (first.items.len(), second.items.len(), second.next),
        (20, Template::ALL.len() - 20, None)
    );
    let page = |after| {
        world
            .templates
            .list_versions(of(MAIL), Locale::ENGLISH, PageRequest::new(1, after))
    };
    let first = page(None).await.unwrap();
    let second = page(first.next).await.unwrap();
    assert_eq!(
        (first.items[0].version, second.items[0].version, second.next),
        (2, 1, None)
    );
}

#[tokio::test]
async fn a_text_of_which_no_mail_can_be_made_is_not_kept() {
    let world = World::new().await;
    for (pointer, code, content) in [
        ("/subject", "undeclared_variable", "{{ nobody }}"),
        ("/preheader", "template_error", "{% if %}"),
        ("/text", "template_error", "{{ 'x' * 99999999 }}"),
        ("/html", "template_error", "{% include '/etc/passwd' %}"),
        ("/html", "too_long", &"x".repeat(102_401)),
        ("/subject", "too_long", &"x".repeat(501)),
        ("/text", "too_short", " \n"),
    ] {
        let mut new = text("x");
        let place = match pointer {
            "/subject" => &mut new.source.subject,
            "/preheader" => &mut new.source.preheader,
            "/text" => &mut new.source.text,
            _ => &mut new.source.html,
        };
        content.clone_into(place);
        let refused = world.templates.create(&RequestContext::system(), new).await;
        assert_eq!(fault(refused), (pointer.to_owned(), code));
    }
    assert_eq!(world.versions().await, []);
    for key in ["", "Nobody", "a-b", "1a", &"x".repeat(64)] {
        let refused = TemplateName::to_write(None, key);
        assert_eq!(fault(refused), ("/key".into(), "invalid_value"), "{key}");
    }
}

#[tokio::test]
async fn a_text_that_was_good_once_is_tried_again() {
    let world = World::new().await;
    world.create("One").await.unwrap();
    let work = async move |tx: &mut Tx| {
        tx.execute("UPDATE email_templates SET html = $1", args!["{{ nobody }}"])
            .await
    };
    let changed: Result<u64, DbError> = world.database.db.write(work).await;
    assert_eq!(changed.unwrap(), 1);
    assert_eq!(
        fault(world.publish(1).await),
        ("/html".into(), "undeclared_variable")
    );
    assert_eq!(world.versions().await, [(1, Status::Draft)]);
}

#[tokio::test]
async fn a_preview_is_told_what_the_mail_is_told() {
    let world = World::new().await;
    let preview = async |variables: serde_json::Value| {
        let new = NewPreview {
            of: of(MAIL),
            locale: None,
            version: None,
            source: Some(source("{{ member }} {{ organization }}")),
            declarations: None,
            variables: variables.as_object().unwrap().clone(),
        };
        world.templates.preview(new).await
    };
    let shown = preview(json!({ "member": "<b>\r\n{{ 1 }}" })).await.unwrap();
    assert_eq!(shown.subject, "<b> {{ 1 }} Ink & Quill");
    assert!(shown.html.contains("&lt;b&gt;") && shown.html.contains("Mainstay"));
    assert_eq!(
        fault(preview(json!({ "a/b": 1 })).await),
        ("/variables/a~1b".into(), "unknown_field")
    );
    assert_eq!(
        fault(preview(json!({ "member": [1] })).await),
        ("/variables/member".into(), "invalid_value")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_at_once_write_and_publish_one_after_the_other() {
    let world = Arc::new(World::new().await);
    let mut creating = Vec::new();
    for _ in 0..20 {
        let world = Arc::clone(&world);
        creating.push(tokio::spawn(async move { world.create("x").await }));
    }
    let mut versions = BTreeSet::new();
    for task in creating {
        match task.await.unwrap() {
            Ok(text) => assert!(versions.insert(text.version), "each version is given once"),
            Err(error) => assert!(matches!(error, MessagingError::Db(DbError::Busy)), "{error}"),
        }
    }
    let mut publishing = Vec::new();
    for version in versions.clone() {
        let world = Arc::clone(&world);
        publishing.push(tokio::spawn(async move { world.publish(version).await }));
    }
    for task in publishing {
        task.await.unwrap().unwrap();
    }
    let work = async move |tx: &mut ReadTx| {
        let sql = "SELECT count(*) FROM email_templates WHERE status = 'published'";
        tx.fetch_one::<i64>(sql, args![]).await
    };
    let published: Result<i64, DbError> = world.database.db.read(work).await;
    assert_eq!(published.unwrap(), 1);
    assert_eq!(world.heard().len(), versions.len());
}

#[tokio::test]
async fn the_routes_are_described() {
    let world = World::new().await;
    let operations = crate::routes(world.templates.clone()).operations();
    assert_eq!(operations.len(), 12);
}
