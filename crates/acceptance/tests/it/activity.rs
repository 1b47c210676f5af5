//! The activity log: every change is in it, and nobody can change it unseen.

use mainstay_acceptance::TestApp;
use serde_json::json;

fn actions(log: &serde_json::Value) -> Vec<&str> {
    let entries = log["data"].as_array().unwrap();
    entries
        .iter()
        .rev()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_whole_story_is_written_down() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.member("bob", &ada, &organization, "member").await;
    ada.put(
        &format!("/organizations/{organization}/members/{}", bob.id),
        json!({ "roles": ["admin"] }),
    )
    .await
    .expect(200);
    let log = bob
        .get(&format!("/organizations/{organization}/activity"))
        .await
        .expect(200)
        .json();
    for action in [
        "organization.created",
        "invite.created",
        "invite.accepted",
        "member.joined",
        "member.roles_changed",
    ] {
        assert!(
            actions(&log).contains(&action),
            "{action} is not in {:?}",
            actions(&log)
        );
    }
    let changed = &log["data"][0];
    assert_eq!(changed["action"], "member.roles_changed");
    assert_eq!(changed["actor"]["id"], ada.id.as_str());
    assert_eq!(changed["target"]["id"], bob.id.as_str());
    assert_eq!(changed["outcome"], "success");
    assert_eq!(changed["ip"], "127.0.0.1");
    let by_bob = bob
        .get(&format!(
            "/organizations/{organization}/activity?actor={}",
            bob.id
        ))
        .await
        .expect(200)
        .json();
    assert!(
        by_bob["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|entry| entry["actor"]["id"] == bob.id.as_str())
    );
    let staff = app.staff("root", "support").await;
    let all = staff.get("/activity-logs?limit=200").await.expect(200).json();
    for action in [
        "user.registered",
        "user.email_verified",
        "auth.signed_in",
        "organization.created",
    ] {
        assert!(
            actions(&all).contains(&action),
            "{action} is not in {:?}",
            actions(&all)
        );
    }
    bob.get("/activity-logs").await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn a_failed_change_leaves_no_entry() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let path = format!("/organizations/{organization}/activity");
    let before = ada.get(&path).await.expect(200).json();
    ada.post(&format!("/organizations/{organization}/leave"), json!({}))
        .await
        .expect(409);
    ada.post(
        &format!("/organizations/{organization}/invites"),
        json!({ "email": "no", "role": "member" }),
    )
    .await
    .expect(422);
    assert_eq!(ada.get(&path).await.expect(200).json(), before);
}
