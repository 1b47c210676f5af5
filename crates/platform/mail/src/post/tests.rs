use ports::mail::MailError;

use super::*;
use crate::testing::{World, letter, post_of};
use crate::{Change, MessageFilter, NewSuppression, Report, ReportKind, SuppressionFilter};
use db::{Executor as _, ReadTx};
use kernel::PageRequest;
use serde_json::json;

const NEWS: &str = "product_news";

fn file() -> Attachment {
    Attachment {
        filename: "invoice.pdf".into(),
        content_type: "application/pdf".into(),
        content: b"%PDF-1.7".to_vec(),
    }
}

async fn suppress(
    world: &World,
    organization: Option<OrganizationId>,
    to: &str,
    category: Option<&str>,
    reason: SuppressionReason,
) -> bool {
    let suppressions = world.mailer.suppressions(world.database.db.clone());
    let new = NewSuppression {
        organization,
        email: to.parse().unwrap(),
        category: category.map(|category| category.parse().unwrap()),
        reason,
        detail: String::new(),
        message: None,
        created_by: None,
    };
    let added = world
        .database
        .db
        .write(async move |tx: &mut Tx| suppressions.add_in(tx, &new).await);
    added.await.unwrap().is_new
}

fn statuses(posted: &[Posted]) -> Vec<&'static str> {
    posted.iter().map(|one| one.status.as_str()).collect()
}

#[tokio::test]
async fn each_letter_goes_out_as_it_was_posted_and_then_nothing_of_it_is_left() {
    let world = World::new([]).await;
    let organization = Some(world.organization().await);
    let ada = NewLetter {
        template_version: Some(3),
        ..letter("ada@example.com")
    };
    let posted = world
        .post(Post {
            template: Some("launch".into()),
            from: Some(Mailbox {
                name: "Ink & Quill".into(),
                address: "hello@ink.example".parse().unwrap(),
            }),
            reply_to: Some("desk@ink.example".parse().unwrap()),
            attachments: vec![file()],
            ..post_of(organization, NEWS, vec![ada, letter("Grace@example.com")])
        })
        .await;
    assert_eq!(statuses(&posted), ["queued", "queued"]);
    assert_eq!(posted[1].to.as_str(), "Grace@example.com");
    let held = "SELECT position FROM mail_attachments";
    assert_eq!(world.count(held).await, 1);
    let plain = world.database.db.read(async |tx: &mut ReadTx| {
        tx.fetch_one::<Vec<u8>>("SELECT sealed_content FROM mail_attachments", db::args![])
            .await
    });
    assert!(!String::from_utf8_lossy(&plain.await.unwrap()).contains("PDF"));
    assert_eq!(world.drain().await.completed, 2);
    assert_eq!(world.count(held).await, 0, "no mail needs the file any more");
    let seen = world.seen();
    let ada = seen
        .iter()
        .find(|mail| mail.to.as_str() == "ada@example.com")
        .unwrap();
    assert_eq!(ada.from.as_ref().unwrap().name, "Ink & Quill");
    assert_eq!(ada.reply_to.as_ref().unwrap().as_str(), "desk@ink.example");
    assert_eq!(ada.attachments[..], [file()]);
    assert_eq!(
        (ada.text.as_str(), ada.html.as_str()),
        ("To ada@example.com", "<p>To ada@example.com</p>")
    );
    let link = ada.unsubscribe.as_ref().unwrap();
    assert!(
        link.ends_with("/ada@example.com/product_news") && link.contains("org_"),
        "{link}"
    );
    assert_eq!(
        world.steps(posted[0].id, organization).await,
        ["queued", "sent: 250 OK"]
    );
    assert!(world.line(posted[0].id).await.is_wiped);
    let message = world.history(posted[0].id, organization).await.message;
    assert_eq!(
        (message.template.as_deref(), message.template_version),
        (Some("launch"), Some(3))
    );
    assert_eq!(message.transport.as_deref(), Some("mail.example.com:587"));
    assert_eq!(message.metadata, json!({ "order": "ada@example.com" }));
    let messages = world.mailer.messages(world.database.db.clone());
    assert_eq!(
        messages.find(posted[0].id, None).await.unwrap(),
        None,
        "it is not the platform's"
    );
}

#[tokio::test]
async fn a_thousand_letters_are_posted_at_once_and_listed_page_by_page() {
    let world = World::new([]).await;
    let organization = Some(world.organization().await);
    let letters: Vec<NewLetter> = (0..1000)
        .map(|number| letter(&format!("p{number}@example.com")))
        .collect();
    let posted = world.post(post_of(organization, "transactional", letters)).await;
    assert!(
        posted
            .iter()
            .enumerate()
            .all(|(number, one)| one.to.as_str() == format!("p{number}@example.com"))
    );
    assert_eq!(
        world.count("SELECT priority FROM jobs WHERE priority = 10").await,
        1000
    );
    let messages = world.mailer.messages(world.database.db.clone());
    let (mut next, mut listed) = (None, 0);
    loop {
        let page = PageRequest::new(200, next);
        let page = messages
            .list(organization, MessageFilter::default(), page)
            .await
            .unwrap();
        listed += page.items.len();
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(listed, 1000);
    let one = MessageFilter {
        recipient: Some("P7@example.com".parse().unwrap()),
        status: Some(MessageStatus::Queued),
        ..MessageFilter::default()
    };
    let found = messages
        .list(organization, one, PageRequest::new(5, None))
        .await
        .unwrap()
        .items;
    assert_eq!((found.len(), found[0].id), (1, posted[7].id));
    assert!(found[0].batch.is_some());
}

#[tokio::test]
async fn who_gets_no_mail_gets_none_but_the_products_own() {
    let world = World::new([]).await;
    let organization = Some(world.organization().await);
    assert!(
        suppress(
            &world,
            organization,
            "ADA@example.com",
            None,
            SuppressionReason::Manual
        )
        .await
    );
    assert!(
        !suppress(
            &world,
            organization,
            "ada@example.com",
            None,
            SuppressionReason::Bounce
        )
        .await
    );
    suppress(
        &world,
        organization,
        "grace@example.com",
        Some(NEWS),
        SuppressionReason::Unsubscribe,
    )
    .await;
    suppress(
        &world,
        organization,
        "joan@example.com",
        None,
        SuppressionReason::Unsubscribe,
    )
    .await;
    let to_all = || {
        ["ada", "grace", "joan"]
            .map(|name| letter(&format!("{name}@example.com")))
            .to_vec()
    };
    let news = world
        .post(Post {
            attachments: vec![file()],
            ..post_of(organization, NEWS, to_all())
        })
        .await;
    assert_eq!(statuses(&news), ["suppressed", "suppressed", "suppressed"]);
    assert_eq!(world.count("SELECT position FROM mail_attachments").await, 0);
    let receipts = world.post(post_of(organization, "transactional", to_all())).await;
    assert_eq!(statuses(&receipts), ["suppressed", "queued", "queued"]);
    let others = world.post(post_of(None, NEWS, to_all())).await;
    assert_eq!(statuses(&others), ["queued", "queued", "queued"]);
    assert_eq!(
        world.steps(news[1].id, organization).await,
        ["suppressed: unsubscribe"]
    );
    assert!(world.line(news[1].id).await.is_wiped);
    let own = world.send().await;
    world.drain().await;
    assert_eq!(world.line(own).await.status, "sent");
    assert_eq!(world.seen().len(), 6);
}

#[tokio::test]
async fn who_unsubscribes_while_a_mail_waits_does_not_get_it() {
    let world = World::new([]).await;
    let organization = Some(world.organization().await);
    let both = vec![letter("ada@example.com"), letter("grace@example.com")];
    let posted = world
        .post(Post {
            attachments: vec![file()],
            ..post_of(organization, NEWS, both)
        })
        .await;
    suppress(
        &world,
        organization,
        "ada@example.com",
        Some(NEWS),
        SuppressionReason::Unsubscribe,
    )
    .await;
    assert_eq!(world.drain().await.completed, 2);
    assert_eq!(
        world.steps(posted[0].id, organization).await,
        ["queued", "suppressed: unsubscribe"]
    );
    let line = world.line(posted[0].id).await;
    assert_eq!((line.attempts, line.is_wiped), (0, true));
    assert_eq!(world.seen().len(), 1);
    assert_eq!(world.count("SELECT position FROM mail_attachments").await, 0);
}

#[tokio::test]
async fn a_mail_for_later_waits_and_can_be_taken_back() {
    let world = World::new([]).await;
    let later = world
        .mailer
        .parts()
        .clock
        .now()
        .plus(std::time::Duration::from_hours(2));
    let two = vec![letter("ada@example.com"), letter("grace@example.com")];
    let posted = world
        .post(Post {
            send_at: Some(later),
            ..post_of(None, NEWS, two)
        })
        .await;
    assert_eq!(statuses(&posted), ["scheduled", "scheduled"]);
    let drained = jobs::drain(&world.database.db, &world.queue, &world.registry)
        .await
        .unwrap();
    assert_eq!(drained.completed, 0);
    let messages = world.mailer.messages(world.database.db.clone());
    assert_eq!(
        messages
            .cancel(posted[0].id, Some(world.organization().await))
            .await
            .unwrap(),
        Change::NotFound
    );
    assert_eq!(messages.cancel(posted[0].id, None).await.unwrap(), Change::Done);
    let again = messages.cancel(posted[0].id, None).await.unwrap();
    assert_eq!(again, Change::Refused(MessageStatus::Cancelled));
    assert_eq!(world.drain().await.completed, 2);
    assert_eq!(world.steps(posted[0].id, None).await, ["scheduled", "cancelled"]);
    assert_eq!(
        world.steps(posted[1].id, None).await,
        ["scheduled", "sent: 250 OK"]
    );
    assert_eq!(
        messages.cancel(posted[1].id, None).await.unwrap(),
        Change::Refused(MessageStatus::Sent)
    );
    assert_eq!(world.seen().len(), 1);
}

#[tokio::test]
async fn what_failed_is_tried_again_by_one_job() {
    let refused = MailError::Refused {
        reply: "554 spam".into(),
    };
    let world = World::new([refused]).await;
    let posted = world
        .post(post_of(None, NEWS, vec![letter("ada@example.com")]))
        .await;
    let messages = world.mailer.messages(world.database.db.clone());
    let id = posted[0].id;
    assert_eq!(
        messages.retry(id, None).await.unwrap(),
        Change::Refused(MessageStatus::Queued)
    );
    world.drain().await;
    assert_eq!(world.line(id).await.status, "failed");
    assert!(!world.line(id).await.is_wiped);
    let (one, two) = tokio::join!(messages.retry(id, None), messages.retry(id, None));
    let changes = [one.unwrap(), two.unwrap()];
    assert_eq!(
        changes.iter().filter(|change| **change == Change::Done).count(),
        1,
        "{changes:?}"
    );
    assert_eq!(world.count("SELECT attempt FROM jobs").await, 1);
    assert_eq!(world.count("SELECT attempts FROM dead_jobs").await, 0);
    world.drain().await;
    let refusal = "failed: the mail server refused: 554 spam";
    assert_eq!(
        world.steps(id, None).await,
        ["queued", refusal, "queued", "sent: 250 OK"]
    );
    assert_eq!(
        messages.retry(id, None).await.unwrap(),
        Change::Refused(MessageStatus::Sent)
    );
    assert_eq!(world.seen().len(), 2);
}

#[tokio::test]
async fn an_address_without_a_mailbox_gets_no_more_of_those_who_wrote_there() {
    let gone = || MailError::NoMailbox {
        reply: "550 5.1.1 no such user".into(),
    };
    let world = World::new([gone(), gone()]).await;
    let organization = Some(world.organization().await);
    let posted = world
        .post(post_of(
            organization,
            "transactional",
            vec![letter("ada@example.com")],
        ))
        .await;
    let own = world.send().await;
    assert_eq!(
        world.drain().await.completed,
        2,
        "there is nothing to be tried again"
    );
    for (id, whose) in [(posted[0].id, organization), (own, None)] {
        let line = world.line(id).await;
        assert_eq!((line.status.as_str(), line.is_wiped), ("bounced", true));
        let suppressions = world.mailer.suppressions(world.database.db.clone());
        let listed = suppressions
            .list(whose, SuppressionFilter::default(), PageRequest::new(5, None))
            .await
            .unwrap()
            .items;
        assert_eq!(
            (listed.len(), listed[0].reason, listed[0].message),
            (1, SuppressionReason::Bounce, Some(id))
        );
        assert!(listed[0].detail.contains("5.1.1"));
    }
    let again = world
        .post(post_of(
            organization,
            "transactional",
            vec![letter("ada@example.com")],
        ))
        .await;
    assert_eq!(statuses(&again), ["suppressed"]);
    world.send().await;
    world.drain().await;
    assert_eq!(
        world.seen().len(),
        3,
        "the product's own mail is tried all the same"
    );
}

#[tokio::test]
async fn a_report_counts_once() {
    let world = World::new([]).await;
    let organization = Some(world.organization().await);
    let posted = world
        .post(post_of(
            organization,
            NEWS,
            vec![letter("ada@example.com"), letter("joan@example.com")],
        ))
        .await;
    world.drain().await;
    let report = |message, recipient: Option<&str>, kind| Report {
        message,
        recipient: recipient.map(|recipient| recipient.parse().unwrap()),
        kind,
        detail: "said so".into(),
        occurred_at: "2026-11-25T09:00:00Z".parse().unwrap(),
    };
    let record = async |report: Report| {
        let suppressions = world.mailer.suppressions(world.database.db.clone());
        let recorded = world
            .database
            .db
            .write(async move |tx: &mut Tx| suppressions.record_report_in(tx, &report).await);
        recorded.await.unwrap()
    };
    let soft = report(Some(posted[0].id), None, ReportKind::BounceSoft);
    assert!(record(soft.clone()).await.is_news);
    assert!(!record(soft).await.is_news);
    assert_eq!(world.line(posted[0].id).await.status, "sent");
    let complaint = report(None, Some("ada@example.com"), ReportKind::Complaint);
    let recorded = record(complaint.clone()).await;
    assert_eq!((recorded.is_news, recorded.message), (true, Some(posted[0].id)));
    assert_eq!(recorded.added.unwrap().organization, organization);
    assert!(!record(complaint).await.is_news);
    let bounce = report(Some(posted[1].id), None, ReportKind::BounceHard);
    assert!(record(bounce).await.is_news);
    assert_eq!(world.line(posted[1].id).await.status, "bounced");
    let steps = world.steps(posted[0].id, organization).await;
    assert_eq!(
        steps.iter().filter(|step| *step == "complained: said so").count(),
        1,
        "{steps:?}"
    );
    let again = world
        .post(post_of(
            organization,
            NEWS,
            vec![letter("ada@example.com"), letter("joan@example.com")],
        ))
        .await;
    assert_eq!(statuses(&again), ["suppressed", "suppressed"]);
}

/// Two that end at the same time must not both leave the files to the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_of_many_that_end_at_once_takes_the_files_along() {
    let world = World::new([]).await;
    for _ in 0..10 {
        let letters = (0..8).map(|number| letter(&format!("p{number}@example.com")));
        let letters = letters.collect();
        world
            .post(Post {
                attachments: vec![file()],
                ..post_of(None, NEWS, letters)
            })
            .await;
    }
    let World {
        database,
        queue,
        registry,
        server,
        mailer,
    } = world;
    let worker = jobs::Worker::start(
        database.db.clone(),
        queue,
        registry,
        Vec::new(),
        jobs::WorkerConfig::default(),
    );
    let messages = mailer.messages(database.db.clone());
    let start = std::time::Instant::now();
    loop {
        let waiting = MessageFilter {
            status: Some(MessageStatus::Queued),
            ..MessageFilter::default()
        };
        let waiting = messages
            .list(None, waiting, PageRequest::new(1, None))
            .await
            .unwrap();
        if waiting.items.is_empty() {
            break;
        }
        assert!(start.elapsed() < std::time::Duration::from_secs(30));
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    worker.stop(std::time::Duration::from_secs(5)).await;
    assert_eq!(server.seen(), 80);
    let left = database.db.read(async |tx: &mut ReadTx| {
        tx.fetch_all::<i64>("SELECT position FROM mail_attachments", db::args![])
            .await
    });
    assert_eq!(left.await.unwrap().len(), 0);
}
