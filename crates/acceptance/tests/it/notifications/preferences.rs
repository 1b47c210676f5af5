//! `/notifications/preferences`: the nearer choice wins, and what is switched off is not told.

use mainstay_acceptance::{Person, TestApp};
use serde_json::{Value, json};

const PATH: &str = "/notifications/preferences";

/// Whether `person` hears of `category` by `channel` about an organization, as the list says.
async fn hears(person: &Person, organization: Option<&str>, category: &str, channel: &str) -> (bool, bool) {
    let list = person.get(PATH).await.expect(200).json();
    let about = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["organization_id"].as_str() == organization);
    let preferences = about.unwrap()["preferences"].as_array().unwrap();
    let one = preferences
        .iter()
        .find(|one| one["category"] == category && one["channel"] == channel)
        .unwrap_or_else(|| panic!("{category} by {channel} is not in {list}"));
    let field = |name: &str| one[name].as_bool().unwrap();
    (field("is_enabled"), field("is_changeable"))
}

fn choice(organization: Option<&str>, category: &str, channel: &str, is_enabled: Option<bool>) -> Value {
    json!({
        "organization_id": organization, "category": category, "channel": channel, "is_enabled": is_enabled,
    })
}

async fn choose(person: &Person, choices: &[Value]) -> Value {
    let body = json!({ "preferences": choices });
    person.put(PATH, body).await.expect(200).json()
}

#[tokio::test]
async fn the_nearer_choice_wins_and_can_be_forgotten() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "member").await;
    let tell = json!({ "user_ids": [mia.id], "category": "invoice", "title": "Due" });
    let tell = async || {
        let sent = owner
            .post(&format!("/organizations/{acme}/notifications"), tell.clone())
            .await
            .expect(202)
            .json();
        sent["notifications"].as_array().unwrap().len()
    };
    assert_eq!(tell().await, 1);
    assert_eq!(hears(&mia, Some(&acme), "invoice", "in_app").await, (true, true));
    assert_eq!(hears(&mia, None, "security", "email").await, (true, false));
    choose(&mia, &[choice(None, "invoice", "in_app", Some(false))]).await;
    assert_eq!(hears(&mia, Some(&acme), "invoice", "in_app").await, (false, true));
    assert_eq!(tell().await, 0, "nothing is told of what was switched off");
    let now = choose(&mia, &[choice(Some(&acme), "invoice", "in_app", Some(true))]).await;
    assert_eq!(
        now["preferences"],
        json!([{ "organization_id": acme, "category": "invoice", "channel": "in_app", "is_enabled": true, "is_changeable": true }])
    );
    assert_eq!(tell().await, 1, "the choice about the organization comes first");
    let now = choose(&mia, &[choice(Some(&acme), "invoice", "in_app", None)]).await;
    assert_eq!(now["preferences"][0]["is_enabled"], false, "as in general again");
    assert_eq!(tell().await, 0);
    let feed = mia.get("/notifications").await.expect(200).json();
    assert_eq!(feed["data"].as_array().unwrap().len(), 2);
    // The other member chose nothing.
    assert_eq!(
        hears(&owner, Some(&acme), "invoice", "in_app").await,
        (true, true)
    );
}

#[tokio::test]
async fn what_the_product_tells_can_be_switched_off_too() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "viewer").await;
    choose(
        &mia,
        &[choice(Some(&acme), "organization", "in_app", Some(false))],
    )
    .await;
    let path = format!("/organizations/{acme}/members/{}", mia.id);
    owner.put(&path, json!({ "roles": ["member"] })).await.expect(200);
    let feed = mia.get("/notifications").await.expect(200).json();
    assert_eq!(feed["data"], json!([]));
}

#[tokio::test]
async fn settings_count_where_nothing_is_chosen() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let path = format!("/users/{}/settings", ada.id);
    let settings = json!({ "notifications": { "news": { "email": false } } });
    ada.put(&path, settings).await.expect(200);
    assert_eq!(hears(&ada, None, "news", "email").await, (false, true));
    assert_eq!(hears(&ada, None, "news", "in_app").await, (true, true));
    choose(&ada, &[choice(None, "news", "email", Some(true))]).await;
    assert_eq!(hears(&ada, None, "news", "email").await, (true, true));
}

#[tokio::test]
async fn wrong_choices_are_named_and_none_is_made() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let (_, foreign) = app.owner("owner").await;
    let refused = async |choices: Value| {
        let refused = ada.put(PATH, json!({ "preferences": choices })).await.expect(422);
        let faults = refused.json()["errors"].clone();
        let faults = faults.as_array().unwrap().iter();
        let words = |fault: &Value| format!("{} {}", fault["pointer"], fault["code"]).replace('"', "");
        faults.map(words).collect::<Vec<_>>()
    };
    let fine = choice(None, "news", "email", Some(false));
    assert_eq!(
        refused(json!([
            fine,
            choice(Some(&foreign), "news", "email", Some(false))
        ]))
        .await,
        ["/preferences/1/organization_id not_a_member"]
    );
    assert_eq!(
        refused(json!([fine, choice(None, "security", "push", Some(false))])).await,
        ["/preferences/1/is_enabled category_mandatory"]
    );
    assert_eq!(
        refused(json!([
            fine,
            choice(None, "No", "push", Some(true)),
            choice(None, "ä", "push", None)
        ]))
        .await,
        [
            "/preferences/1/category invalid_format",
            "/preferences/2/category invalid_format"
        ]
    );
    refused(json!([])).await;
    refused(json!([choice(None, "news", "pigeon", None)])).await;
    refused(json!(vec![fine.clone(); 101])).await;
    let list = ada.get(PATH).await.expect(200);
    assert!(!list.text().contains("news"), "{list}");
}

#[tokio::test]
async fn a_thousand_choices_are_the_most() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for hundred in 0..10 {
        let choices: Vec<_> = (0..100)
            .map(|one| choice(None, &format!("c{hundred}_{one}"), "email", Some(false)))
            .collect();
        choose(&ada, &choices).await;
    }
    let more = json!({ "preferences": [choice(None, "one_more", "email", Some(false))] });
    let refused = ada.put(PATH, more).await.expect(409);
    assert_eq!(refused.json()["code"], "too_many_preferences");
    choose(&ada, &[choice(None, "c0_0", "email", Some(true))]).await;
    choose(
        &ada,
        &[
            choice(None, "c0_0", "email", None),
            choice(None, "c0_0", "push", Some(false)),
        ],
    )
    .await;
}

#[tokio::test]
async fn organizations_come_page_by_page_with_the_categories_that_they_use() {
    let app = TestApp::start().await;
    let (ada, first) = app.owner("ada").await;
    let second = ada
        .post("/organizations", json!({ "name": "Second" }))
        .await
        .expect(201)
        .at("/id");
    let tell = json!({ "user_ids": [ada.id], "category": "harvest", "title": "Ripe" });
    ada.post(&format!("/organizations/{second}/notifications"), tell)
        .await
        .expect(202);
    let (mut seen, mut path) = (Vec::new(), format!("{PATH}?limit=1"));
    loop {
        let page = ada.get(&path).await.expect(200).json();
        assert_eq!(page["data"].as_array().unwrap().len(), 1);
        let one = &page["data"][0];
        let has_harvest = one["preferences"].to_string().contains("harvest");
        seen.push((one["organization_id"].as_str().map(str::to_owned), has_harvest));
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("{PATH}?limit=1&cursor={next}");
    }
    let mut organizations = vec![first.clone(), second.clone()];
    organizations.sort();
    let mut expected = vec![(None, false)];
    expected.extend(
        organizations
            .into_iter()
            .map(|one| (Some(one.clone()), one == second)),
    );
    assert_eq!(seen, expected);
}
