//! What was accepted is delivered, however the mail server behaves; what can't be is seen.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use db::{DbError, Executor as _, ReadTx, Tx, args};
use kernel::PageRequest;
use mainstay_acceptance::{MailServer, Person, Setup, TestApp};
use serde_json::{Value, json};
use server::Work;

async fn app(server: &MailServer, work: Work) -> TestApp {
    let setup = Setup {
        work,
        ..Setup::default()
    };
    TestApp::with(
        setup
            .set("smtp_url", &server.url())
            .set("mail_from", "Quillwork <hello@example.com>")
            // These are all of one domain; `pace` is about many.
            .set("smtp_domain_rate", "10000")
            .set("smtp_domain_connections", "1000"),
    )
    .await
}

async fn sign_up(app: &TestApp, email: &str) -> Person {
    let mut person = app.nobody();
    email.clone_into(&mut person.email);
    let body = json!({ "email": email, "password": person.password });
    person.post("/auth/signup", body).await.expect(202);
    person
}

/// What waits for its next try need not wait any longer.
async fn hurry(app: &TestApp) {
    let hurried: Result<u64, DbError> = app
        .app()
        .db()
        .write(async |tx: &mut Tx| {
            tx.execute("UPDATE jobs SET run_at = {now} WHERE run_at > {now}", args![])
                .await
        })
        .await;
    hurried.unwrap();
}

/// How a mail stands, and what the server said last.
async fn standing(app: &TestApp, email: &str) -> (String, Option<String>) {
    let email = email.to_owned();
    let read = async move |tx: &mut ReadTx| -> Result<(String, Option<String>), DbError> {
        let email = email.as_str();
        let status = tx
            .fetch_one("SELECT status FROM messages WHERE recipient = $1", args![email])
            .await?;
        let reply = tx
            .fetch_one(
                "SELECT last_reply FROM messages WHERE recipient = $1",
                args![email],
            )
            .await?;
        Ok((status, reply))
    };
    app.app().db().read(read).await.unwrap()
}

async fn dead(app: &TestApp) -> Vec<String> {
    let services = app.app().services();
    let dead = services
        .queue
        .list_dead(&services.db, PageRequest::new(50, None))
        .await
        .unwrap();
    dead.items.into_iter().map(|job| job.last_error).collect()
}

fn code(mail: &Value) -> String {
    let text = mail["text"].as_str().unwrap();
    let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    words
        .find(|word| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap()
        .to_owned()
}

fn id(mail: &Value) -> &str {
    mail["headers"]["message-id"].as_str().unwrap()
}

#[tokio::test]
async fn people_get_what_they_need_to_come_in() {
    let Some(server) = MailServer::start() else { return };
    let app = app(&server, Work::ByHand).await;
    let mut ada = sign_up(&app, "ada@example.com").await;
    app.work().await;
    let mails = server.mails_to("ada@example.com");
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    assert_eq!(mail["headers"]["from"], "Quillwork <hello@example.com>");
    assert_eq!(mail["headers"]["subject"], "Confirm your email address");
    assert!(mail["text"].as_str().unwrap().contains(&app.base), "{mail}");
    assert!(
        id(mail).starts_with("<msg_") && id(mail).ends_with("@127.0.0.1>"),
        "{}",
        id(mail)
    );
    assert_eq!(
        standing(&app, "ada@example.com").await,
        ("sent".into(), Some("250 2.0.0 OK queued as 1".into()))
    );
    let body = json!({ "email": ada.email, "code": code(mail) });
    ada.post("/auth/verify-email", body).await.expect(204);
    ada.sign_in().await;
    let made = ada
        .post("/organizations", json!({ "name": "Ödegård" }))
        .await
        .expect(201);
    let invite = json!({ "email": "bob@example.com", "role": "member" });
    ada.post(&format!("/organizations/{}/invites", made.at("/id")), invite)
        .await
        .expect(201);
    app.work().await;
    let mails = server.mails_to("bob@example.com");
    assert_eq!(mails.len(), 1);
    assert!(
        mails[0]["headers"]["subject"]
            .as_str()
            .unwrap()
            .contains("Ödegård"),
        "{mails:?}"
    );
    app.nobody().get("/dev/mailbox").await.expect(404);
}

#[tokio::test]
async fn what_is_put_off_is_sent_again_under_the_same_name() {
    let Some(server) = MailServer::start() else { return };
    let app = app(&server, Work::ByHand).await;
    for email in ["drop-once@example.com", "lose-answer@example.com"] {
        sign_up(&app, email).await;
    }
    for _ in 0..3 {
        app.work().await;
        hurry(&app).await;
    }
    assert_eq!(server.mails_to("drop-once@example.com").len(), 1);
    assert_eq!(standing(&app, "drop-once@example.com").await.0, "sent");
    // Nobody knows whether it arrived, so it comes again: as the same mail.
    let copies = server.mails_to("lose-answer@example.com");
    assert!((2..=4).contains(&copies.len()), "{}", copies.len());
    assert_eq!(copies.iter().map(id).collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(
        copies
            .iter()
            .map(|copy| &copy["headers"]["date"])
            .collect::<Vec<_>>()
            .windows(2)
            .filter(|two| two[0] != two[1])
            .count(),
        0
    );
}

/// Alone, because a line that goes just after an answer may take the answer of the next mail with it.
#[tokio::test]
async fn an_answer_counts_though_the_line_goes() {
    let Some(server) = MailServer::start() else { return };
    let app = app(&server, Work::ByHand).await;
    sign_up(&app, "close@example.com").await;
    for _ in 0..3 {
        app.work().await;
        hurry(&app).await;
    }
    assert_eq!(server.mails_to("close@example.com").len(), 1, "two clean answers");
}

#[tokio::test]
async fn a_no_for_now_is_none_for_good() {
    let Some(server) = MailServer::start() else { return };
    let app = app(&server, Work::ByHand).await;
    for email in [
        "defer-rcpt@example.com",
        "defer-data@example.com",
        "hang@example.com",
        "drop@example.com",
    ] {
        sign_up(&app, email).await;
        for _ in 0..2 {
            app.work().await;
            hurry(&app).await;
        }
        let (status, reply) = standing(&app, email).await;
        assert_eq!(status, "queued", "{email}");
        assert!(reply.is_some_and(|reply| !reply.is_empty()), "{email}");
    }
    assert!(server.mails().is_empty());
    assert!(dead(&app).await.is_empty());
}

#[tokio::test]
async fn a_no_for_good_is_seen_and_not_tried_again() {
    let Some(server) = MailServer::start() else { return };
    let app = app(&server, Work::ByHand).await;
    for email in ["refuse-rcpt@example.com", "refuse-data@example.com"] {
        sign_up(&app, email).await;
    }
    app.work().await;
    let (status, reply) = standing(&app, "refuse-rcpt@example.com").await;
    assert_eq!(status, "bounced");
    assert!(reply.unwrap().contains("550 5.1.1 no such user here"));
    assert_eq!(standing(&app, "refuse-data@example.com").await.0, "failed");
    // Where there is no mailbox, there is nothing to try again.
    let dead = dead(&app).await;
    assert!(
        matches!(&dead[..], [reason] if reason.contains("554")),
        "{dead:?}"
    );
    for reason in &dead {
        assert!(!reason.contains("token="), "{reason}");
    }
    hurry(&app).await;
    app.work().await;
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_server_that_was_away_gets_everything_later() {
    let Some(server) = MailServer::start() else { return };
    let mut app = app(&server, Work::ByHand).await;
    let url = server.url();
    let port: u16 = url.split([':', '?']).nth(2).unwrap().parse().unwrap();
    drop(server);
    for number in 0..20 {
        sign_up(&app, &format!("person{number}@example.com")).await;
    }
    app.work().await;
    app.restart().await;
    let server = MailServer::at_port(port).unwrap();
    hurry(&app).await;
    app.work().await;
    let mails = server.mails();
    assert_eq!(mails.len(), 20);
    assert_eq!(mails.iter().map(id).collect::<BTreeSet<_>>().len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poison_holds_nothing_up() {
    let Some(server) = MailServer::start() else { return };
    let app = app(&server, Work::InBackground).await;
    for number in 0..20 {
        let fault = ["defer-rcpt", "drop", "refuse-data", "hang"][number % 4];
        sign_up(&app, &format!("{fault}+{number}@example.com")).await;
    }
    let start = Instant::now();
    sign_up(&app, "ada@example.com").await;
    while server.mails_to("ada@example.com").is_empty() {
        assert!(start.elapsed() < Duration::from_secs(5), "the next mail waits");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.mails().len(), 1);
    Box::pin(app.stop()).await;
}
