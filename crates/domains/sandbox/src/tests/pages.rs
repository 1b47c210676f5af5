use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt as _;

use super::*;
use crate::pages;

impl World {
    async fn ask(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let answer = pages(self.sandbox.clone()).oneshot(request).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, headers, String::from_utf8(body.to_vec()).unwrap())
    }

    pub(super) async fn open(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (status, _, page) = self.ask(request).await;
        (status, page)
    }

    pub(super) async fn press(
        &self,
        path: &str,
        form: &'static str,
        site: &str,
    ) -> (StatusCode, HeaderMap, String) {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .body(Body::from(form));
        self.ask(request.unwrap()).await
    }
}

#[tokio::test]
async fn a_buyer_pays_and_is_sent_back() {
    let world = World::new().await;
    let path = format!("/sandbox/checkout/{}", world.page().await);
    let (status, page) = world.open(&path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        page.contains("19.99 USD") && page.contains("Ten &#60;b&#62;credits"),
        "{page}"
    );
    assert!(page.contains("href=\"https://shop.example/cart\""), "{page}");

    let pay = "act=pay&delivery=normal";
    let (status, ..) = world.press(&path, pay, "cross-site").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _, page) = world
        .press(&path, "act=decline&delivery=twice", "same-origin")
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("declined"), "{page}");
    let (status, _, page) = world
        .press(&path, "act=challenge&delivery=late", "same-origin")
        .await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        page.contains("3-D Secure") && page.contains("value=\"late\" selected"),
        "{page}"
    );
    let (status, headers, _) = world.press(&path, pay, "same-origin").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(headers["location"], "https://shop.example/thanks?a=1&b=2");
    // A second press changes nothing.
    let (status, _, page) = world.press(&path, pay, "same-origin").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("Paid here") && !page.contains("<form"), "{page}");
    for form in ["act=steal&delivery=normal", "act=pay", "act=pay&delivery=pigeon"] {
        let (status, ..) = world.press(&path, form, "same-origin").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{form}");
    }
    assert_eq!(
        world.open("/sandbox/checkout/sb_co_0").await.0,
        StatusCode::NOT_FOUND
    );
}

/// The policy of the form names the shop, because browsers hold the answer to it.
#[tokio::test]
async fn the_form_may_lead_back_to_the_shop_and_nowhere_else() {
    let world = World::new().await;
    let path = format!("/sandbox/checkout/{}", world.page().await);
    let request = Request::get(&path).body(Body::empty()).unwrap();
    let (_, headers, _) = world.ask(request).await;
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' https://shop.example;"),
        "{policy}"
    );
    let mut request = world.request("script");
    request.success_url = "javascript:alert(1)".parse().unwrap();
    assert!(world.sandbox.create_checkout(&request).await.is_err());
}

#[tokio::test]
async fn the_dashboard_gives_money_back_and_disputes() {
    let world = World::new().await;
    let payment = world.paid().await;
    let (_, page) = world.open("/sandbox").await;
    assert!(
        page.contains("value=\"19.99\"") && page.contains("Dispute"),
        "{page}"
    );
    let refund = format!("/sandbox/payments/{payment}/refund");
    for (form, site, expected) in [
        ("amount=9.99", "cross-site", StatusCode::FORBIDDEN),
        ("amount=20", "same-origin", StatusCode::UNPROCESSABLE_ENTITY),
        ("amount=1e1", "same-origin", StatusCode::UNPROCESSABLE_ENTITY),
        ("amount=9.99", "same-origin", StatusCode::SEE_OTHER),
        ("amount=10.01", "same-origin", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (status, ..) = world.press(&refund, form, site).await;
        assert_eq!(status, expected, "{form}");
    }
    assert_eq!(
        world.payment(ObjectKind::Payment, &payment).await.refunded,
        usd(999)
    );
    let dispute = format!("/sandbox/payments/{payment}/dispute");
    assert_eq!(
        world.press(&dispute, "", "same-origin").await.0,
        StatusCode::SEE_OTHER
    );
    let (_, page) = world.open("/sandbox").await;
    let id = page.split("/sandbox/disputes/").nth(1).unwrap();
    let id = id.split('/').next().unwrap();
    let close = format!("/sandbox/disputes/{id}/close");
    assert_eq!(
        world.press(&close, "outcome=won", "same-origin").await.0,
        StatusCode::SEE_OTHER
    );
    let (status, _, page) = world.press(&close, "outcome=lost", "same-origin").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.contains("the bank has decided") && page.contains("disputed, won"),
        "{page}"
    );
}
