use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use kernel::SessionId;
use tower::ServiceExt as _;
use web::{Access, ApiError, Authenticate, Principal, SessionKind};

use super::*;
use crate::invite_pages;

/// Whose cookie is whose.
struct Cookies(UserId, Timestamp);

#[async_trait]
impl Authenticate for Cookies {
    async fn bearer(&self, _: &str) -> Result<Principal, ApiError> {
        Err(ApiError::unauthenticated("invalid_token", "no"))
    }

    async fn cookie(&self, token: &str) -> Result<Principal, ApiError> {
        if token != "good" {
            return self.bearer(token).await;
        }
        Ok(Principal {
            user: self.0,
            session: SessionId::from_uuid(Uuid::nil()),
            session_kind: SessionKind::Browser,
            platform_role: None,
            auth_time: self.1,
            aal: 1,
            impersonation: None,
            token_expires_at: None,
        })
    }
}

impl World {
    async fn page(&self, user: UserId, request: Request<Body>) -> (StatusCode, String) {
        let (parts, body) = request.into_parts();
        let mut request = Request::from_parts(parts, body);
        let authorizer = Arc::new(self.services.authorizer());
        let access = Access::new(
            Arc::new(Cookies(user, self.now())),
            authorizer,
            self.clock.clone(),
        );
        request.extensions_mut().insert(access);
        let answer = invite_pages(self.services.invites.clone())
            .oneshot(request)
            .await
            .unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn open(&self, user: UserId, token: &Secret<String>, cookie: &str) -> String {
        let address = format!("/accept-invite?token={}", token.expose());
        let request = Request::get(address).header("cookie", format!("__Host-ms_session={cookie}"));
        let (status, page) = self.page(user, request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        page
    }

    async fn press(&self, user: UserId, token: &Secret<String>, site: &str) -> (StatusCode, String) {
        let request = Request::post("/accept-invite")
            .header("cookie", "__Host-ms_session=good")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .body(Body::from(format!("token={}", token.expose())));
        self.page(user, request.unwrap()).await
    }
}

#[tokio::test]
async fn the_page_consumes_nothing_and_its_button_joins() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    world
        .execute("UPDATE users SET name = 'Ada <b>' WHERE id = $1", args![ada])
        .await;
    let acme = world.organization(ada, "Acme & Sons").await;
    let grace = world.person("Grace").await;
    world
        .invite(ada, acme, "grace@example.com", "member")
        .await
        .unwrap();
    let token = world.token("grace@example.com").await;
    for _ in 0..3 {
        let page = world.open(grace, &token, "good").await;
        assert!(
            page.contains("Join Acme &#38; Sons") && page.contains("Ada &#60;b&#62; invites you"),
            "{page}"
        );
        assert!(page.contains("<button class=\"go\">"));
    }
    // Who is not signed in, or not any more, is shown the way in.
    let page = world.open(grace, &token, "old").await;
    assert!(
        page.contains("/signup?invite_token=ms_inv_") && page.contains("/login?return_to=%2Faccept-invite")
    );
    assert!(!page.contains("<form") && page.contains("g•••@example.com"));

    assert_eq!(
        world.press(grace, &token, "cross-site").await.0,
        StatusCode::FORBIDDEN
    );
    let (status, page) = world.press(grace, &token, "same-origin").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("You are in"));
    assert_eq!(world.roles_of(acme, grace).await, ["member"]);
    let (status, page) = world.press(grace, &token, "same-origin").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("You are a member already"));
    assert!(
        world
            .open(grace, &token, "good")
            .await
            .contains("does not hold any more")
    );
}

#[tokio::test]
async fn somebody_else_is_told_whose_invite_it_is() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let eve = world.person("Eve").await;
    world
        .invite(ada, acme, "grace@example.com", "member")
        .await
        .unwrap();
    let token = world.token("grace@example.com").await;
    let page = world.open(eve, &token, "good").await;
    assert!(page.contains("g•••@example.com") && page.contains("eve@example.com") && !page.contains("<form"));
    let (status, page) = world.press(eve, &token, "same-origin").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("g•••@example.com"));
    for text in ["", "x", "ms_inv_x"] {
        let page = world.open(eve, &Secret::new(text.into()), "good").await;
        assert!(page.contains("does not hold any more"), "{text}");
    }
}

#[tokio::test]
async fn every_operation_is_described_and_says_who_may_call_it() {
    let world = World::new().await;
    let api = world.services.api();
    let info = web::Info {
        title: "Mainstay".into(),
        version: "1".into(),
        description: String::new(),
        contact: (String::new(), String::new()),
        server_url: "/".into(),
    };
    let document = api.document(&info);
    assert!(document["paths"]["/organizations/{orgId}/members/{userId}"]["put"].is_object());
    assert_eq!(api.operations().len(), 31);
}
