//! Several mail servers: the next one stands in while nobody has the mail, and never otherwise.

use mainstay_acceptance::{MailServer, Setup, TestApp};
use serde_json::json;
use server::Work;

async fn app(first: &MailServer, second: &MailServer) -> TestApp {
    let setup = Setup {
        work: Work::ByHand,
        ..Setup::default()
    };
    TestApp::with(
        setup
            .set("smtp_url", &first.url())
            .set("smtp_fallback_urls", &second.url())
            .set("mail_from", "Quillwork <hello@example.com>"),
    )
    .await
}

async fn sign_up(app: &TestApp, email: &str) {
    let mut person = app.nobody();
    email.clone_into(&mut person.email);
    let body = json!({ "email": email, "password": person.password });
    person.post("/auth/signup", body).await.expect(202);
    app.work().await;
}

#[tokio::test]
async fn the_second_server_stands_in_for_one_that_is_away() {
    let (Some(first), Some(second)) = (MailServer::start(), MailServer::start()) else {
        return;
    };
    let app = app(&first, &second).await;
    sign_up(&app, "ada@example.com").await;
    assert_eq!(first.mails_to("ada@example.com").len(), 1);
    assert!(second.mails().is_empty(), "the first one had it");
    drop(first);
    for name in ["bob", "cleo", "dora"] {
        let email = format!("{name}@example.com");
        sign_up(&app, &email).await;
        assert_eq!(second.mails_to(&email).len(), 1, "{email}");
    }
}

#[tokio::test]
async fn nobody_else_is_asked_once_a_server_has_decided_or_may_have_the_mail() {
    let (Some(first), Some(second)) = (MailServer::start(), MailServer::start()) else {
        return;
    };
    let app = app(&first, &second).await;
    for email in [
        "refuse-rcpt@example.com",
        "lose-answer@example.com",
        "close@example.com",
    ] {
        sign_up(&app, email).await;
    }
    assert!(second.mails().is_empty(), "{:?}", second.mails());
    assert_eq!(first.mails_to("lose-answer@example.com").len(), 1);
    assert_eq!(first.mails_to("close@example.com").len(), 1);
}
