use super::*;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::{Extension, Router};
use crypto::MasterKey;
use http::{Request, StatusCode};
use kernel::permission::{Permission as _, ReadAudit};
use kernel::{PermissionSet, PlatformRole, SessionId};
use serde_json::Value;
use tower::ServiceExt as _;
use web::{Access, ApiError, Authenticate, Authorize, Cursors, Principal, SessionKind};

/// `owner` belongs to organization 1, `staff` to the platform.
struct Doors;

#[async_trait]
impl Authenticate for Doors {
    async fn bearer(&self, token: &str) -> Result<Principal, ApiError> {
        Ok(Principal {
            user: user(1),
            session: SessionId::from_uuid(Uuid::from_u128(1)),
            session_kind: SessionKind::Api,
            platform_role: (token == "staff").then_some(PlatformRole::Admin),
            auth_time: Timestamp::from_unix_seconds(1_800_000_000).unwrap(),
            aal: 1,
            impersonation: None,
            token_expires_at: None,
        })
    }
    async fn cookie(&self, token: &str) -> Result<Principal, ApiError> {
        self.bearer(token).await
    }
}

#[async_trait]
impl Authorize for Doors {
    async fn permissions(
        &self,
        _: &Principal,
        there: OrganizationId,
    ) -> Result<Option<PermissionSet>, ApiError> {
        Ok((there == organization(1)).then_some(ReadAudit::SET))
    }
}

fn api(scene: &Scene) -> Router {
    let doors = Arc::new(Doors);
    let access = Access::new(doors.clone(), doors, Arc::new(Ticking::default()));
    crate::routes(scene.log.clone())
        .into_router()
        .layer(Extension(access))
        .layer(Extension(Cursors::new(&MasterKey::from_bytes([7; 32]))))
}

async fn get(scene: &Scene, who: &str, uri: &str) -> (StatusCode, Value) {
    let request = Request::get(uri)
        .header("authorization", format!("Bearer {who}"))
        .body(Body::empty())
        .unwrap();
    let response = api(scene).oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

async fn actions(scene: &Scene, query: &str) -> Vec<String> {
    let (status, body) = get(scene, "staff", &format!("/activity-logs?{query}")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let data = body["data"].as_array().unwrap();
    data.iter()
        .map(|entry| entry["action"].as_str().unwrap().to_owned())
        .collect()
}

async fn told() -> Scene {
    let scene = Scene::set().await;
    scene.publish_by(from_browser(1), joined(1, 2)).await;
    scene.publish_by(from_browser(2), joined(2, 3)).await;
    scene.publish(registered(4)).await;
    scene
}

#[tokio::test]
async fn an_organization_sees_its_own_and_nothing_else() {
    let scene = told().await;
    scene
        .execute(
            "INSERT INTO users (id, email, email_norm, name, created_at, updated_at)
             SELECT actor_id, 'a@example.com', 'a@example.com', 'Ada', {now}, {now}
             FROM activity_logs WHERE ip IS NOT NULL AND occurred_at = (SELECT MIN(occurred_at) FROM activity_logs)",
        )
        .await;
    let (status, body) = get(
        &scene,
        "owner",
        &format!("/organizations/{}/activity", organization(1)),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["next_cursor"], Value::Null);
    let entries = body["data"].as_array().unwrap();
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!(entry["action"], "member.joined");
    assert_eq!(entry["organization_id"], organization(1).to_string());
    assert_eq!(entry["actor"]["kind"], "user");
    assert_eq!(entry["actor"]["id"], user(1).to_string());
    assert_eq!(entry["actor"]["name"], "Ada");
    assert_eq!(entry["target"]["id"], user(2).to_string());
    assert_eq!(entry["outcome"], "success");
    assert_eq!(entry["data"]["roles"][0], "member");
    assert_eq!(entry["ip"], "192.0.2.7");
    assert_eq!(entry["on_behalf_of"], Value::Null);

    let other = format!("/organizations/{}/activity", organization(2));
    assert_eq!(get(&scene, "owner", &other).await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        get(&scene, "owner", "/activity-logs").await.0,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    let scene = told().await;
    let all = ["user.registered", "member.joined", "member.joined"];
    assert_eq!(actions(&scene, "").await, all);
    for (query, expected) in [
        (format!("actor={}", user(1)), &all[1..2]),
        ("actor=system".into(), &all[..1]),
        ("actor=anonymous".into(), &all[..0]),
        ("action=member.joined".into(), &all[1..]),
        (format!("target={}", user(4)), &all[..1]),
        (format!("target={}", organization(1)), &all[..0]),
        ("ip=192.0.2.7".into(), &all[1..]),
        ("ip=192.0.2.8".into(), &all[..0]),
        ("since=2000-01-01T00:00:00Z".into(), &all[..]),
        ("until=2000-01-01T00:00:00Z".into(), &all[..0]),
        (
            format!("actor={}&action=member.joined&ip=192.0.2.7", user(2)),
            &all[1..2],
        ),
    ] {
        assert_eq!(actions(&scene, &query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_filter_that_can_not_be_read_is_refused() {
    let scene = told().await;
    for query in [
        "actor=me",
        "target=x",
        "since=yesterday",
        "ip=1.2.3",
        "action=",
        "who=ada",
    ] {
        let (status, body) = get(&scene, "staff", &format!("/activity-logs?{query}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {body}");
    }
}

#[tokio::test]
async fn pages_follow_one_another() {
    let scene = Scene::set().await;
    for who in 0..7 {
        scene.publish(registered(who)).await;
    }
    let (mut seen, mut uri) = (Vec::new(), "/activity-logs?limit=3".to_owned());
    loop {
        let (status, body) = get(&scene, "staff", &uri).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let ids = body["data"].as_array().unwrap().iter();
        seen.extend(ids.map(|entry| entry["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = body["next_cursor"].as_str() else {
            break;
        };
        uri = format!("/activity-logs?limit=3&cursor={cursor}");
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.is_sorted_by(|earlier, later| earlier > later));
}
