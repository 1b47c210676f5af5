//! Mail to one domain goes at its own pace, and holds up no other.

use std::time::{Duration, Instant};

use db::{DbError, Executor as _, ReadTx, Tx, args};
use kernel::{EmailAddress, Locale};
use mail::{Mail, Template};
use mainstay_acceptance::{MailServer, Setup, TestApp};
use serde_json::json;
use server::Work;

async fn send(app: &TestApp, addresses: Vec<String>) {
    let mailer = app.app().services().mailer.clone();
    let sent: Result<(), DbError> = app
        .app()
        .db()
        .write(async move |tx: &mut Tx| {
            for address in &addresses {
                let to: EmailAddress = address.parse().unwrap();
                let mail = Mail {
                    to: &to,
                    template: Template::ResetPassword,
                    locale: &Locale::ENGLISH,
                    user: None,
                    organization: None,
                    variables: json!({ "link": "https://app.example.com/r?t=1", "expires_in": 1800 }),
                };
                mailer.send(tx, mail).await?;
            }
            Ok(())
        })
        .await;
    sent.unwrap();
}

/// Mails that wait and that no server was asked about.
async fn untried(app: &TestApp) -> usize {
    let read = async |tx: &mut ReadTx| -> Result<Vec<String>, DbError> {
        tx.fetch_all(
            "SELECT recipient FROM messages WHERE status = 'queued' AND attempts = 0",
            args![],
        )
        .await
    };
    app.app().db().read(read).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_hangs_holds_up_no_other() {
    let Some(server) = MailServer::start() else { return };
    let setup = Setup {
        work: Work::InBackground,
        ..Setup::default()
    };
    let setup = setup
        .set("smtp_url", &server.url())
        .set("mail_from", "Quillwork <hello@example.com>");
    let app = TestApp::with(setup).await;
    // Each keeps a connection for a second: at eight connections they would keep others waiting for twelve.
    let hanging = (0..100).map(|number| format!("hang+{number}@slow.example"));
    send(&app, hanging.collect()).await;
    let begun = Instant::now();
    send(&app, vec!["ada@quick.example".into()]).await;
    while server.mails_to("ada@quick.example").is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(6), "the other domain waits");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let untried = untried(&app).await;
    assert!(untried > 50, "{untried}");
    Box::pin(app.stop()).await;
}
