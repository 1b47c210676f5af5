//! Mails are kept so long as is set.

use std::time::Duration;

use db::{DbError, Executor as _, ReadTx, Tx, args};
use mainstay_acceptance::{Setup, TestApp};
use messaging::DeleteOldMessages;

use super::{NEWS, post};

const DAY: Duration = Duration::from_hours(24);

/// How many mails and how many steps of their time lines there are.
async fn rows(app: &TestApp) -> (i64, i64) {
    let count = async |tx: &mut ReadTx| -> Result<(i64, i64), DbError> {
        let messages = tx.fetch_one("SELECT count(*) FROM messages", args![]).await?;
        let events = tx
            .fetch_one("SELECT count(*) FROM message_events", args![])
            .await?;
        Ok((messages, events))
    };
    app.app().db().read(count).await.unwrap()
}

async fn clean_up(app: &TestApp) {
    let queue = app.app().services().queue.clone();
    let work = async move |tx: &mut Tx| queue.enqueue(tx, &DeleteOldMessages {}).await.map(drop);
    let queued: Result<(), DbError> = app.app().db().write(work).await;
    queued.unwrap();
    app.work().await;
}

#[tokio::test]
async fn old_mails_are_deleted_but_for_those_that_wait() {
    let app = TestApp::with(Setup::default().set("message_retention_days", "30")).await;
    let to: Vec<String> = (0..1100)
        .map(|number| format!("reader{number}@example.com"))
        .collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    post(&app, None, NEWS, &to).await;
    let waiting = post(&app, None, NEWS, &["late@example.com"]).await[0].id;
    let wait: Result<u64, DbError> = app
        .app()
        .db()
        .write(async move |tx: &mut Tx| {
            let sql = "UPDATE messages SET status = 'scheduled' WHERE id = $1";
            tx.execute(sql, args![waiting]).await
        })
        .await;
    assert_eq!(wait.unwrap(), 1);
    app.clock.advance(DAY * 29);
    post(&app, None, NEWS, &["new@example.com"]).await;
    clean_up(&app).await;
    assert_eq!(rows(&app).await.0, 1102);
    app.clock.advance(DAY + Duration::from_secs(1));
    for _ in 0..2 {
        clean_up(&app).await;
        assert_eq!(rows(&app).await, (2, 2), "the new one and the one that waits");
    }
}
