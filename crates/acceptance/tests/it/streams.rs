//! What happens in a feed, told while it happens.

mod limits;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use mainstay_acceptance::{Person, Setup, TestApp};
use serde_json::{Value, json};

const STREAM: &str = "/notifications/stream";

/// Writes into the feeds of these people.
async fn tell(owner: &Person, organization: &str, users: &[&str], title: &str) {
    let path = format!("/organizations/{organization}/notifications");
    let body = json!({ "user_ids": users, "category": "billing", "title": title });
    owner.post(&path, body).await.expect(202);
}

/// The ids in a person's feed, the oldest first.
async fn feed(person: &Person) -> Vec<String> {
    let (mut ids, mut path) = (Vec::new(), "/notifications?limit=200".to_owned());
    loop {
        let page = person.get(&path).await.expect(200).json();
        for one in page["data"].as_array().unwrap() {
            ids.push(one["id"].as_str().unwrap().to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => path = format!("/notifications?limit=200&cursor={next}"),
            None => break,
        }
    }
    ids.reverse();
    ids
}

#[tokio::test]
async fn what_happens_is_told_while_it_happens() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "member").await;
    let (other, globex) = app.owner("other").await;
    app.join(&mia, &other, &globex, "member").await;
    tell(&owner, &acme, &[&mia.id], "Before").await;
    let mut all = mia.listen(STREAM, None).await.unwrap();
    let path = format!("{STREAM}?organization_id={globex}");
    let mut of_globex = mia.listen(&path, None).await.unwrap();
    let first = all.expect("unread").await;
    assert_eq!(first.data, json!({ "unread": 1, "is_capped": false }));
    assert_eq!(of_globex.expect("unread").await.data["unread"], 0);
    tell(&owner, &acme, &[&mia.id], "Of Acme").await;
    let heard = all.expect("notification").await;
    assert_eq!(heard.data["title"], "Of Acme");
    assert!(heard.id > first.id);
    let list = mia.get("/notifications?limit=1").await.expect(200).json();
    assert_eq!(heard.data, list["data"][0], "the same as in the list");
    assert_eq!(all.expect("unread").await.data["unread"], 2);
    tell(&other, &globex, &[&mia.id, &other.id], "Of Globex").await;
    assert_eq!(of_globex.expect("notification").await.data["title"], "Of Globex");
    assert_eq!(of_globex.expect("unread").await.data["unread"], 1);
    assert_eq!(all.expect("notification").await.data["title"], "Of Globex");
    assert_eq!(all.expect("unread").await.data["unread"], 3);
    let id = heard.data["id"].as_str().unwrap();
    for (step, unread) in [("read", 2), ("unread", 3), ("archive", 2)] {
        mia.post(&format!("/notifications/{id}/{step}"), json!({}))
            .await
            .expect(200);
        assert_eq!(all.expect("unread").await.data["unread"], unread, "{step}");
    }
    mia.post("/notifications/read-all", json!({})).await.expect(200);
    assert_eq!(all.expect("unread").await.data["unread"], 0);
    assert_eq!(of_globex.expect("unread").await.data["unread"], 0);
    // What was told while nobody listened is told to who comes back, and only that.
    drop(all);
    tell(&owner, &acme, &[&mia.id], "Meanwhile").await;
    let mut again = mia.listen(STREAM, Some(heard.id)).await.unwrap();
    assert_eq!(again.expect("notification").await.data["title"], "Of Globex");
    assert_eq!(again.expect("notification").await.data["title"], "Meanwhile");
    assert_eq!(again.expect("unread").await.data["unread"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_however_often_a_client_breaks_off() {
    const WRITERS: usize = 3;
    const EACH: usize = 40;
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "member").await;
    let mut listening = mia.listen(STREAM, None).await.unwrap();
    let mut last = listening.expect("unread").await.id;
    let mut writing = Vec::new();
    for writer in 0..WRITERS {
        let (owner, acme, mia, listener) = (owner.clone(), acme.clone(), mia.id.clone(), mia.clone());
        writing.push(tokio::spawn(async move {
            for number in 0..EACH {
                tell(&owner, &acme, &[&mia], &format!("{writer}/{number}")).await;
                if number % 7 == 0 {
                    listener
                        .post("/notifications/read-all", json!({}))
                        .await
                        .expect(200);
                }
            }
        }));
    }
    // Breaks off after a few events each time, and sometimes at once.
    let (mut seen, mut rounds) = (Vec::<(i64, String)>::new(), 0_usize);
    while seen.len() < WRITERS * EACH {
        rounds += 1;
        let patience = rounds * 7 % 11;
        for _ in 0..patience {
            let heard = listening.next().await.unwrap();
            last = heard.id;
            if heard.name == "notification" {
                seen.push((heard.id, heard.data["id"].as_str().unwrap().to_owned()));
            }
            if seen.len() == WRITERS * EACH {
                break;
            }
        }
        listening = mia.listen(STREAM, Some(last)).await.unwrap();
    }
    for written in writing {
        written.await.unwrap();
    }
    assert!(rounds > 10, "{rounds} rounds are not many");
    let ids: Vec<String> = seen.iter().map(|(_, id)| id.clone()).collect();
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "something was told twice");
    assert!(seen.windows(2).all(|two| two[0].0 < two[1].0), "out of order");
    let feed: BTreeSet<String> = feed(&mia).await.into_iter().collect();
    assert_eq!(distinct.into_iter().cloned().collect::<BTreeSet<_>>(), feed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_writes_those_of_another_hear() {
    let app = TestApp::start().await;
    if app.engine() == db::Engine::Sqlite {
        return;
    }
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "member").await;
    let (other, base) = app.another_node().await;
    let mut there = mia.at_node(&base).listen(STREAM, None).await.unwrap();
    assert_eq!(there.expect("unread").await.data["unread"], 0);
    for number in 0..30 {
        tell(&owner, &acme, &[&mia.id], &format!("{number}")).await;
    }
    let start = Instant::now();
    for number in 0..30 {
        let heard = there.until(|heard| heard.name == "notification").await;
        assert_eq!(heard.data["title"], format!("{number}"));
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    mia.post("/notifications/read-all", json!({})).await.expect(200);
    there.until(|heard| heard.data["unread"] == 0).await;
    // A session that ends on one node is over on the other.
    mia.post("/auth/logout", json!({ "refresh_token": mia.refresh_token }))
        .await
        .expect(204);
    while there.next().await.is_some() {}
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_its_session_and_with_its_token() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let mut elsewhere = ada.clone();
    elsewhere.sign_in().await;
    let mut of_ada = ada.listen(STREAM, None).await.unwrap();
    let mut still_in = elsewhere.listen(STREAM, None).await.unwrap();
    let mut of_bob = bob.listen(STREAM, None).await.unwrap();
    for stream in [&mut of_ada, &mut still_in, &mut of_bob] {
        stream.expect("unread").await;
    }
    ada.post("/auth/logout", json!({ "refresh_token": ada.refresh_token }))
        .await
        .expect(204);
    let start = Instant::now();
    assert!(of_ada.next().await.is_none(), "the session is over");
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
    // A token of ten minutes.
    app.clock.advance(Duration::from_mins(11));
    assert!(of_bob.next().await.is_none(), "the token is over");
    assert!(still_in.next().await.is_none());
}

#[tokio::test]
async fn ids_that_are_none_are_refused_and_those_out_of_reach_ask_for_the_list() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    tell(&owner, &acme, &[&owner.id], "One").await;
    for garbage in ["", "x", "-1", "1.5", "99999999999999999999", "0x1"] {
        let ask = owner
            .ask(reqwest::Method::GET, STREAM)
            .header("last-event-id", garbage);
        ask.send().await.expect_problem(400, "malformed_last_event_id");
    }
    for garbage in ["x", "-1", "1.5", "99999999999999999999"] {
        owner
            .get(&format!("{STREAM}?last_event_id={garbage}"))
            .await
            .expect_field("last_event_id");
    }
    owner
        .get(&format!("{STREAM}?organization_id=x"))
        .await
        .expect_field("organization_id");
    app.nobody()
        .get(STREAM)
        .await
        .expect_problem(401, "unauthenticated");
    // The header counts, since it is what browsers move on.
    let mut zero = owner
        .listen(&format!("{STREAM}?last_event_id=1"), Some(0))
        .await
        .unwrap();
    assert_eq!(zero.expect("notification").await.id, 1);
    // A place that the feed has not come to.
    let mut future = owner.listen(STREAM, Some(7)).await.unwrap();
    assert_eq!(future.expect("reset").await.id, 1);
    assert_eq!(future.expect("unread").await.data["unread"], 1);
    // More than is told again.
    let far: Result<u64, db::DbError> = app
        .app()
        .db()
        .write(async |tx: &mut db::Tx| {
            use db::Executor as _;
            tx.execute("UPDATE notification_feeds SET last_seq = 502", db::args![])
                .await
        })
        .await;
    assert_eq!(far.unwrap(), 1);
    let mut too_late = owner.listen(STREAM, Some(1)).await.unwrap();
    assert_eq!(
        too_late.expect("reset").await.data,
        Value::Object(serde_json::Map::new())
    );
    let mut in_time = owner.listen(STREAM, Some(2)).await.unwrap();
    assert_eq!(in_time.expect("unread").await.id, 502, "what is gone is not told");
}

#[tokio::test]
async fn a_browser_listens_with_its_cookie() {
    let app = TestApp::with(Setup::default()).await;
    let ada = app.person("ada").await;
    let mut browser = ada.browser();
    browser.sign_in().await;
    let cookie: Vec<String> = browser
        .cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut listening = ada
        .without_token()
        .listen_with(STREAM, "cookie", &cookie.join("; "))
        .await
        .unwrap();
    assert_eq!(listening.expect("unread").await.data["unread"], 0);
}
