use db::{Executor as _, args};
use kernel::{Locale, PageRequest};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::testing::{Line, World, letter, post_of};
use crate::{Change, Mail, Template};

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
    let post = World::new([]).await;
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
async fn what_goes_too_fast_waits_and_counts_no_attempt() {
    let post = World::paced([1, 1], []).await;
    let (first, second) = (post.send().await, post.send().await);
    let drained = post.drain().await;
    assert_eq!((drained.completed, drained.failed.len()), (1, 1));
    let reason = &drained.failed[0].2;
    assert_eq!(reason, "mail to this domain goes as fast as it may");
    let mut lines = [post.line(first).await, post.line(second).await];
    lines.sort_by_key(|line| line.attempts);
    let waiting = Line {
        status: "queued".into(),
        attempts: 0,
        last_reply: None,
        is_wiped: false,
    };
    assert_eq!(lines, [waiting, line("sent", 1, "250 OK", true)]);
    let begun = std::time::Instant::now();
    while post.drain().await.completed == 0 {
        assert!(begun.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for id in [first, second] {
        assert_eq!(post.line(id).await, line("sent", 1, "250 OK", true));
    }
    assert_eq!(post.seen().len(), 2);
}

#[tokio::test]
async fn running_the_job_twice_sends_one_mail() {
    let post = World::new([]).await;
    let id = post.send().await;
    let queue = post.queue.clone();
    let again = post.database.db.write(async move |tx: &mut Tx| {
        queue
            .enqueue(
                tx,
                &SendMail {
                    message: id,
                    is_bulk: false,
                },
            )
            .await
    });
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
    let post = World::new([deferred(), unreachable, lost]).await;
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
        reply: "554 spam".into(),
    };
    let post = World::new([refused]).await;
    let id = post.send().await;
    let drained = post.drain().await;
    assert_eq!(drained.failed[0].2, "the mail server refused: 554 spam");
    assert_eq!(
        post.line(id).await,
        line("failed", 1, "the mail server refused: 554 spam", false)
    );
    assert_eq!(post.drain().await.failed.len(), 0);
    let dead = post.queue.list_dead(&post.database.db, PageRequest::new(2, None));
    let [dead] = &dead.await.unwrap().items[..] else {
        panic!()
    };
    let (queue, dead) = (post.queue.clone(), dead.id);
    let again = post
        .database
        .db
        .write(async move |tx: &mut Tx| queue.retry_dead(tx, dead).await);
    assert_eq!(again.await.unwrap().as_deref(), Some("mail.send"));
    assert_eq!(post.drain().await.completed, 1);
    assert_eq!(post.line(id).await, line("sent", 2, "250 OK", true));
}

#[tokio::test]
async fn a_server_that_never_recovers_is_given_up() {
    let post = World::new((0..SendMail::MAX_ATTEMPTS).map(|_| deferred())).await;
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
    let post = World::new([]).await;
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

/// Mails that break whoever handles them, or that nobody can open.
#[tokio::test]
async fn poison_holds_no_other_mail_up_and_can_be_tried_again_when_the_cause_is_gone() {
    let world = World::new([]).await;
    let poison: Vec<_> = (0..20)
        .map(|number| letter(&format!("poison{number}@example.com")))
        .collect();
    let broken = world.post(post_of(None, "transactional", poison)).await;
    let sealed = world
        .post(post_of(None, "transactional", vec![letter("joan@example.com")]))
        .await[0]
        .id;
    let spoiled = world.database.db.write(async move |tx: &mut Tx| {
        tx.execute(
            "UPDATE messages SET sealed_content = $2 WHERE id = $1",
            args![sealed, [7_u8; 40]],
        )
        .await
    });
    assert_eq!(spoiled.await.unwrap(), 1);
    let well = world
        .post(post_of(None, "transactional", vec![letter("ada@example.com")]))
        .await[0]
        .id;
    let drained = world.drain().await;
    assert_eq!((drained.completed, drained.failed.len()), (1, 21));
    assert_eq!(world.line(well).await.status, "sent");
    assert_eq!(
        world.steps(sealed, None).await,
        ["queued", "failed: the mail was sealed under another master key"]
    );
    let last = world.database.db.write(async |tx: &mut Tx| {
        tx.execute("UPDATE jobs SET max_attempts = attempt + 1", args![])
            .await
    });
    assert_eq!(last.await.unwrap(), 20);
    assert_eq!(world.drain().await.failed.len(), 20);
    assert_eq!(world.drain().await.failed.len(), 0, "it is given up");
    let id = broken[0].id;
    assert_eq!(world.line(id).await.status, "failed");
    let stumbled = "the program stumbled over it";
    let steps = [
        String::from("queued"),
        format!("deferred: {stumbled}"),
        format!("failed: {stumbled}"),
    ];
    assert_eq!(world.steps(id, None).await, steps);
    let messages = world.mailer.messages(world.database.db.clone());
    assert_eq!(messages.retry(id, None).await.unwrap(), Change::Done);
    assert_eq!(world.drain().await.failed.len(), 1);
    assert_eq!(world.line(id).await.status, "queued");
}

/// What the queue does with a job whose process was killed over it each time.
#[tokio::test]
async fn a_mail_whose_job_died_without_a_word_can_be_tried_again() {
    let world = World::new([]).await;
    let id = world.send().await;
    let died = world.database.db.write(async |tx: &mut Tx| {
        tx.execute(
            "INSERT INTO dead_jobs (id, kind, payload, attempts, last_error, created_at, died_at)
            SELECT id, kind, payload, 26, 'the process went away', created_at, {now} FROM jobs",
            args![],
        )
        .await?;
        tx.execute("DELETE FROM jobs", args![]).await
    });
    assert_eq!(died.await.unwrap(), 1);
    let messages = world.mailer.messages(world.database.db.clone());
    assert_eq!(messages.retry(id, None).await.unwrap(), Change::Done);
    assert_eq!(
        messages.retry(id, None).await.unwrap(),
        Change::Refused(MessageStatus::Queued)
    );
    assert_eq!(world.drain().await.completed, 1);
    assert_eq!(world.line(id).await.status, "sent");
}

#[tokio::test]
async fn a_dead_job_that_another_took_over_from_sends_nothing() {
    let refused = MailError::Refused {
        reply: "554 spam".into(),
    };
    let world = World::new([refused]).await;
    let id = world.send().await;
    let stale = SendMail {
        message: id,
        is_bulk: false,
    };
    let queue = world.queue.clone();
    let again = world
        .database
        .db
        .write(async move |tx: &mut Tx| queue.enqueue(tx, &stale).await);
    again.await.unwrap();
    let drained = world.drain().await;
    assert_eq!((drained.completed, drained.failed.len()), (1, 1));
    assert_eq!(world.seen().len(), 1);
    assert_eq!(world.line(id).await.attempts, 1);
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
