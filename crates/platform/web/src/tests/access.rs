use axum::body::Body;

use super::sample::{app, get, organization, post, projects_of, request, send, user};
use crate::SESSION_COOKIE;

#[tokio::test]
async fn nobody_and_nobody_known_are_told_how_to_sign_in() {
    let answer = get("/who-am-i", "").await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    let answer = get("/who-am-i", "forged").await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "invalid_token"));
    assert_eq!(
        answer.header("www-authenticate"),
        Some(r#"Bearer error="invalid_token""#)
    );
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(get("/who-am-i?access_token=owner", "").await.status, 401);
}

#[tokio::test]
async fn what_is_absent_and_what_is_hidden_are_the_same_to_the_byte() {
    let hidden = get(&projects_of(1), "stranger").await;
    let absent = get(&projects_of(99), "stranger").await;
    let unknown_to_member = get(&projects_of(99), "owner").await;
    assert_eq!(hidden.status, 404);
    assert_eq!(
        (hidden.status, &hidden.text, &hidden.headers),
        (absent.status, &absent.text, &absent.headers)
    );
    assert_eq!(hidden.text, unknown_to_member.text);
    let account = get(&format!("/users/{}", user(1)), "stranger").await;
    let no_account = get(&format!("/users/{}", user(99)), "stranger").await;
    assert_eq!((account.status, &account.text), (404, &hidden.text));
    assert_eq!(account.text, no_account.text);
}

#[tokio::test]
async fn a_member_without_the_permission_is_refused() {
    assert_eq!(get(&projects_of(1), "reader").await.status, 200);
    let answer = post(&projects_of(1), "reader", r#"{"name": "ab"}"#).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"));
}

#[tokio::test]
async fn an_account_is_for_its_owner_and_for_staff() {
    assert_eq!(
        get("/users/me", "reader").await.json()["text"],
        format!("{} true", user(2))
    );
    assert_eq!(get(&format!("/users/{}", user(2)), "reader").await.status, 200);
    let answer = get(&format!("/users/{}", user(2)), "staff").await;
    assert_eq!(answer.json()["text"], format!("{} false", user(2)));
}

#[tokio::test]
async fn staff_without_the_permission_and_others_are_refused() {
    for token in ["staff", "owner"] {
        let answer = post("/jobs/retry", token, "").await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "forbidden"),
            "{token}"
        );
    }
}

#[tokio::test]
async fn a_stale_sign_in_has_to_be_renewed() {
    let path = format!("/organizations/{}/members/{}", organization(1), user(2));
    let answer = send(
        &app(),
        request("DELETE", &path, "stale").body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "step_up_required"));
    assert_eq!(
        answer.header("www-authenticate"),
        Some(r#"Bearer error="insufficient_user_authentication", acr_values="aal2", max_age=600"#)
    );
    let answer = send(
        &app(),
        request("DELETE", &path, "owner").body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
}

#[tokio::test]
async fn what_is_public_still_knows_who_asks_and_refuses_the_forged() {
    assert_eq!(get("/greeting", "").await.json()["text"], "stranger");
    assert_eq!(
        get("/greeting", "owner").await.json()["text"],
        user(1).to_string()
    );
    assert_eq!(get("/greeting", "forged").await.status, 401);
}

#[tokio::test]
async fn a_cookie_lets_a_browser_in() {
    let with_cookie = |method: &str, path: &str| {
        request(method, path, "").header("cookie", format!("{SESSION_COOKIE}=staff"))
    };
    let answer = send(
        &app(),
        with_cookie("GET", "/who-am-i").body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!(answer.json()["text"], user(4).to_string());
    let answer = send(
        &app(),
        with_cookie("POST", "/jobs/retry").body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (403, "cross_site_request")
    );
}

#[tokio::test]
async fn staff_who_act_as_a_person_may_look_and_change_what_was_agreed_on() {
    let made = r#"{"name": "ab"}"#;
    for token in ["acting", "looking"] {
        assert_eq!(get(&projects_of(1), token).await.status, 200, "{token}");
        assert_eq!(
            get("/users/me", token).await.json()["text"],
            format!("{} true", user(1))
        );
    }
    assert_eq!(post(&projects_of(1), "acting", made).await.status, 201);
    let answer = post(&projects_of(1), "looking", made).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (403, "impersonation_read_only")
    );
}

#[tokio::test]
async fn staff_who_act_as_a_person_reach_nothing_that_is_for_the_person_alone_or_for_staff() {
    let path = format!("/organizations/{}/members/{}", organization(1), user(2));
    let fresh = request("DELETE", &path, "acting").body(Body::empty()).unwrap();
    let refused = [
        send(&app(), fresh).await,
        post("/jobs/retry", "acting_as_staff", "").await,
        post("/auth/words", "acting", "").await,
    ];
    for answer in refused {
        let told = (answer.status, answer.code());
        assert_eq!(told, (403, String::from("impersonation_not_allowed")));
    }
    assert_eq!(post("/auth/words", "owner", "").await.status, 204);
    // The account of another is as absent as for anybody, even when the person is staff.
    let other = format!("/users/{}", user(2));
    assert_eq!(get(&other, "staff").await.status, 200);
    assert_eq!(get(&other, "acting_as_staff").await.status, 404);
}

#[tokio::test]
async fn who_acts_and_as_whom_is_recorded() {
    let answer = post("/words", "acting", "").await;
    let expected = format!("{:?} for {:?}", kernel::Actor::User(user(9)), Some(user(1)));
    assert_eq!(answer.json()["text"], expected);
}
