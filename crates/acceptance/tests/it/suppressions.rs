//! Who gets no mail: the list, readers who want no more, what others report, and what is deleted in time.

mod list;
mod reports;
mod retention;
mod unsubscribe;

use ::mail::{Category, MessageStatus, NewLetter, Post, Posted};
use db::{DbError, Executor as _, Tx, args};
use kernel::OrganizationId;
use mainstay_acceptance::{Person, TestApp};
use serde_json::json;

const NEWS: &str = "product_news";

/// Posts a mail of this category to each of these, and says what becomes of them.
async fn post(app: &TestApp, organization: Option<&str>, category: &str, to: &[&str]) -> Vec<Posted> {
    let letters = to.iter().map(|to| NewLetter {
        to: to.parse().unwrap(),
        user: None,
        locale: "en".parse().unwrap(),
        template_version: None,
        subject: "News".into(),
        text: "There are news.".into(),
        html: String::new(),
        metadata: json!({}),
    });
    let post = Post {
        organization: organization.map(|organization| organization.parse::<OrganizationId>().unwrap()),
        created_by: None,
        api_key: None,
        category: category.parse().unwrap(),
        template: None,
        from: None,
        reply_to: None,
        send_at: None,
        attachments: Vec::new(),
        letters: letters.collect(),
    };
    let mailer = app.app().services().mailer.clone();
    let work = async move |tx: &mut Tx| mailer.post(tx, &post).await;
    let posted: Result<_, DbError> = app.app().db().write(work).await;
    posted.unwrap()
}

/// Whether mail of this category reaches the address.
async fn reaches(app: &TestApp, organization: Option<&str>, category: &str, to: &str) -> bool {
    let posted = post(app, organization, category, &[to]).await;
    posted[0].status != MessageStatus::Suppressed
}

/// The link at which the reader of a mail says that they want no more.
fn link(app: &TestApp, organization: Option<&str>, category: &str, to: &str) -> String {
    let organization = organization.map(|organization| organization.parse().unwrap());
    let category: Category = category.parse().unwrap();
    let mailer = &app.app().services().mailer;
    let link = mailer.unsubscribe_link(organization, &to.parse().unwrap(), &category);
    app.path_of(&link.unwrap())
}

/// What stands on the list, as `address category reason`.
async fn listed(owner: &Person, organization: &str) -> Vec<String> {
    let list = owner
        .get(&format!("/suppressions?organization_id={organization}"))
        .await
        .expect(200)
        .json();
    let lines = list["data"].as_array().unwrap().iter();
    lines
        .map(|line| {
            let category = line["category"].as_str().unwrap_or("all");
            format!(
                "{} {category} {}",
                line["email"].as_str().unwrap(),
                line["reason"].as_str().unwrap()
            )
        })
        .collect()
}

/// How often these happened in an organization.
async fn happened(owner: &Person, organization: &str, event: &str) -> usize {
    let log = owner
        .get(&format!("/organizations/{organization}/activity?limit=200"))
        .await
        .expect(200)
        .json();
    let entries = log["data"].as_array().unwrap().iter();
    entries.filter(|entry| entry["action"] == event).count()
}

/// As if a mail server had taken everything that was posted.
async fn take_all(app: &TestApp) {
    let taken: Result<u64, DbError> = app
        .app()
        .db()
        .write(async |tx: &mut Tx| {
            let sql = "UPDATE messages SET status = 'sent', sent_at = {now} WHERE status = 'mailbox'";
            tx.execute(sql, args![]).await
        })
        .await;
    taken.unwrap();
}
