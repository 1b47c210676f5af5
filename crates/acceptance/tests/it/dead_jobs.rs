//! Work that was given up: staff see why, and let it run again, once.

use db::{DbError, Executor as _, Tx, args};
use kernel::{Clock as _, JobId, MessageId};
use mainstay_acceptance::TestApp;
use serde_json::{Value, json};

/// A mail that a server refused for good, as the queue leaves it.
async fn give_up(app: &TestApp) -> JobId {
    let now = kernel::time::SystemClock.now();
    let ids = server::Machine::real().ids;
    let id = JobId::from_uuid(ids.uuid_v7(now));
    let payload = json!({ "message": MessageId::from_uuid(ids.uuid_v7(now)) });
    let given_up: Result<u64, DbError> = app
        .app()
        .db()
        .write(async move |tx: &mut Tx| {
            tx.execute(
                "INSERT INTO dead_jobs (id, kind, payload, attempts, last_error, created_at, died_at)
                 VALUES ($1, 'mail.send', $2, 1, 'the mail server refused: 550 5.1.1 no such user here', $3, $3)",
                args![id, payload.clone(), now],
            )
            .await
        })
        .await;
    assert_eq!(given_up.unwrap(), 1);
    id
}

#[tokio::test]
async fn staff_see_what_was_given_up_and_let_it_run_again_once() {
    let app = TestApp::start().await;
    let (support, admin) = (
        app.staff("support", "support").await,
        app.staff("admin", "admin").await,
    );
    let (first, second) = (give_up(&app).await, give_up(&app).await);
    let listed = support.get("/dead-jobs?limit=1").await.expect(200).json();
    assert_eq!(listed["data"][0]["id"], second.to_string());
    assert_eq!(listed["data"][0]["kind"], "mail.send");
    assert!(
        listed["data"][0]["last_error"]
            .as_str()
            .unwrap()
            .contains("550 5.1.1")
    );
    assert_eq!(
        listed["data"][0].get("payload"),
        None,
        "what it was to do is nobody's business"
    );
    let next = format!(
        "/dead-jobs?limit=1&cursor={}",
        listed["next_cursor"].as_str().unwrap()
    );
    let listed = support.get(&next).await.expect(200).json();
    assert_eq!(listed["data"][0]["id"], first.to_string());
    assert_eq!(listed["next_cursor"], Value::Null);
    let path = format!("/dead-jobs/{second}/retry");
    support.post(&path, json!({})).await.expect(403);
    let done = app
        .at_once(20, |_| {
            let (admin, path) = (admin.clone(), path.clone());
            async move { admin.post(&path, json!({})).await.status }
        })
        .await;
    assert_eq!(
        done.iter().filter(|status| **status == 204).count(),
        1,
        "{done:?}"
    );
    assert_eq!(
        done.iter().filter(|status| **status == 404).count(),
        19,
        "{done:?}"
    );
    let listed = admin.get("/dead-jobs").await.expect(200).json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{listed}");
    let log = admin
        .get("/activity-logs?action=job.retried")
        .await
        .expect(200)
        .json();
    assert_eq!(log["data"].as_array().unwrap().len(), 1, "{log}");
    assert_eq!(log["data"][0]["target"]["id"], second.to_string());
    app.work().await;
    let listed = admin.get("/dead-jobs").await.expect(200).json();
    assert_eq!(
        listed["data"].as_array().unwrap().len(),
        1,
        "it ran, and was not given up again: {listed}"
    );
}
