use super::*;

#[tokio::test]
async fn staff_grant_and_deny_on_the_record() {
    let app = app().await;
    let (ada, organization) = subscribed(&app, "ada", &[("api_calls", limited(10))]).await;
    let staff = app.staff("sam", "admin").await;
    let path = format!("/entitlements/overrides/{organization}/api_calls");
    let body = json!({ "is_enabled": true, "limit": 500, "reason": "Agreed with sales" });
    let kept = staff.put(&path, body).await.expect(200);
    assert_eq!(kept.json()["created_by"], json!(staff.id));
    assert_eq!(
        told(
            &check(&ada, &organization, "api_calls", 500).await,
            ["reason", "limit"]
        ),
        [json!("granted_by_override"), json!(500)]
    );
    let body = json!({ "is_enabled": false, "reason": "Abuse" });
    staff.put(&path, body).await.expect(200);
    assert_eq!(
        told(
            &check(&ada, &organization, "api_calls", 1).await,
            ["reason", "remaining"]
        ),
        [json!("denied_by_override"), json!(0)]
    );
    let list = format!("/entitlements/overrides?organization_id={organization}");
    let listed = staff.get(&list).await.expect(200).json();
    assert_eq!(listed["data"][0]["reason"], "Abuse");
    staff.delete(&path).await.expect(204);
    staff.delete(&path).await.expect_problem(404, "not_found");
    let log = format!("/organizations/{organization}/activity");
    let log = ada.get(&log).await.expect(200).text();
    for event in ["entitlement.overridden", "entitlement.override_removed"] {
        assert!(log.contains(event), "{event}");
    }
    let nowhere = "/entitlements/overrides/org_01h455vb4pex5vsknk084sn02q/api_calls";
    let body = json!({ "is_enabled": true, "reason": "?" });
    staff.put(nowhere, body).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn overrides_and_flags_are_judged_field_by_field() {
    let app = app().await;
    let (_, organization) = app.owner("ada").await;
    let staff = app.staff("sam", "admin").await;
    let path = format!("/entitlements/overrides/{organization}/api_calls");
    for (body, pointer) in [
        (json!({ "is_enabled": true }), "/reason"),
        (json!({ "is_enabled": true, "reason": "" }), "/reason"),
        (
            json!({ "is_enabled": true, "reason": "x", "limit": -1 }),
            "/limit",
        ),
        (
            json!({ "is_enabled": true, "reason": "x", "period": "week" }),
            "/period",
        ),
        (
            json!({ "is_enabled": true, "reason": "x", "expires_at": "2020-01-01T00:00:00Z" }),
            "/expires_at",
        ),
    ] {
        staff.put(&path, body).await.expect_field(pointer);
    }
    for (body, pointer) in [
        (json!({}), "/is_enabled"),
        (
            json!({ "is_enabled": true, "rollout_percent": 101 }),
            "/rollout_percent",
        ),
        (
            json!({ "is_enabled": true, "rollout_percent": -1 }),
            "/rollout_percent",
        ),
        (
            json!({ "is_enabled": true, "organization_ids": ["org_01h455vb4pex5vsknk084sn02q"] }),
            "/organization_ids",
        ),
    ] {
        staff
            .put("/entitlements/flags/search", body)
            .await
            .expect_field(pointer);
    }
    let odd = format!("/entitlements/overrides/{organization}/Not-a-name");
    let body = json!({ "is_enabled": true, "reason": "x" });
    assert_eq!(staff.put(&odd, body).await.status, 400);
}

#[tokio::test]
async fn a_feature_is_rolled_out() {
    let app = app().await;
    let (ada, organization) = app.owner("ada").await;
    let (eve, elsewhere) = app.owner("eve").await;
    let staff = app.staff("sam", "admin").await;
    let flag = "/entitlements/flags/search";
    let body = json!({ "is_enabled": true, "rollout_percent": 0, "organization_ids": [organization] });
    let put = staff.put(flag, body).await.expect(200).json();
    assert_eq!(put["organization_ids"], json!([organization]));
    assert_eq!(
        told(
            &check(&ada, &organization, "search", 1).await,
            ["allowed", "limit"]
        ),
        [json!(true), Value::Null]
    );
    assert_eq!(
        told(&check(&eve, &elsewhere, "search", 1).await, ["allowed", "reason"]),
        [json!(false), json!("flag_off")]
    );
    staff.put(flag, json!({ "is_enabled": true })).await.expect(200);
    assert_eq!(
        told(&check(&eve, &elsewhere, "search", 1).await, ["allowed"]),
        [json!(true)]
    );
    let listed = staff.get("/entitlements/flags").await.expect(200).json();
    assert_eq!(listed["data"][0]["rollout_percent"], 100);
    staff.delete(flag).await.expect(204);
    assert_eq!(
        told(&check(&ada, &organization, "search", 1).await, ["reason"]),
        [json!("not_in_plan")]
    );
}
