use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use garde::Validate;
use kernel::OrganizationId;
use kernel::permission::{ReadOrganization, ReadPlatformMessages, SendPlatformMessages, UpdateOrganization};
use schemars::JsonSchema;
use serde::Deserialize;

use super::keys::KeyBoard;
use super::sample::{self, Answer, Echo, access, info, organization, request, send, user};
use crate::{
    AccessRule, Api, ApiResult, Doc, EveryOrganization, Json, Query, Question, Routes, Scope, Scoped,
};

/// What a shelf is made from.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct CreateShelf {
    /// Whose it is.
    #[garde(skip)]
    organization_id: Option<OrganizationId>,
    /// What is on it.
    #[garde(length(chars, min = 2))]
    label: String,
}

#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ShelfFilter {
    /// What is on it.
    #[garde(length(chars, min = 2))]
    label: Option<String>,
    /// Whose.
    #[garde(skip)]
    organization_id: Option<OrganizationId>,
}

async fn list_shelves(
    _: State<()>,
    scope: Scope<ReadOrganization, ReadPlatformMessages>,
    Query(filter): Query<ShelfFilter>,
) -> ApiResult<Json<Echo>> {
    assert!(filter.organization_id.is_none() || filter.organization_id == scope.organization);
    let key = scope.key().map(|key| key.id);
    let text = format!(
        "{:?} {:?} {key:?} {:?}",
        scope.organization,
        scope.user(),
        filter.label
    );
    Ok(Json(Echo::of(text)))
}

async fn create_shelf(
    _: State<()>,
    shelf: Scoped<UpdateOrganization, SendPlatformMessages, CreateShelf>,
) -> ApiResult<Json<Echo>> {
    let Scoped { scope, context, body } = shelf;
    assert!(body.organization_id.is_none() || body.organization_id == scope.organization);
    assert_eq!(context.user(), scope.user());
    let idempotency = context.idempotency.as_ref();
    let text = match idempotency {
        Some(idempotency) => format!("{} {:?}", idempotency.scope, context.actor),
        None => format!("{:?} {:?} {}", scope.organization, scope.user(), body.label),
    };
    Ok(Json(Echo::of(text)))
}

async fn list_bills(
    _: State<()>,
    scope: Scope<ReadOrganization, ReadPlatformMessages, EveryOrganization>,
    Query(_): Query<ShelfFilter>,
) -> ApiResult<Json<Echo>> {
    Ok(Json(Echo::of(format!("{:?}", scope.organization))))
}

async fn create_bill(
    _: State<()>,
    bill: Scoped<UpdateOrganization, SendPlatformMessages, CreateShelf, EveryOrganization>,
) -> ApiResult<Json<Echo>> {
    let organization = bill.scope.organization;
    assert!(bill.body.organization_id.is_none() || bill.body.organization_id == organization);
    Ok(Json(Echo::of(format!("{organization:?}"))))
}

async fn ask_bill(
    _: State<()>,
    question: Question<ReadOrganization, ReadPlatformMessages, CreateShelf, EveryOrganization>,
) -> ApiResult<Json<Echo>> {
    let organization = question.scope.organization;
    assert!(question.body.organization_id.is_none() || question.body.organization_id == organization);
    Ok(Json(Echo::of(format!(
        "{organization:?} {}",
        question.body.label
    ))))
}

fn api() -> Api {
    let shelves = Routes::new("shelves")
        .about("What stands where.")
        .get("/shelves", list_shelves, Doc::new("List shelves", "All of them."))
        .post("/shelves", create_shelf, Doc::new("Create a shelf", "Makes it."))
        .get("/bills", list_bills, Doc::new("List bills", "All of them."))
        .post("/bills", create_bill, Doc::new("Create a bill", "Writes it."))
        .post("/bills/ask", ask_bill, Doc::new("Ask about bills", "Asks."))
        .with_state(());
    sample::api().merge(shelves)
}

fn app() -> Router {
    let access = access().with_keys(Arc::new(KeyBoard), NonZeroU32::new(600).unwrap());
    api().into_router().layer(axum::Extension(access))
}

async fn list(token: &str, query: &str) -> Answer {
    let path = format!("/shelves{query}");
    send(&app(), request("GET", &path, token).body(Body::empty()).unwrap()).await
}

async fn create(token: &str, body: &str) -> Answer {
    let request = request("POST", "/shelves", token).header("content-type", "application/json");
    send(&app(), request.body(Body::from(body.to_owned())).unwrap()).await
}

fn of(number: u128) -> String {
    format!("?organization_id={}", organization(number))
}

fn body_of(number: u128) -> String {
    format!(
        r#"{{"organization_id": "{}", "label": "ink"}}"#,
        organization(number)
    )
}

const PLATFORM: &str = r#"{"label": "ink"}"#;

#[track_caller]
fn told(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["text"].as_str().unwrap().to_owned()
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (status, code),
        "{}",
        answer.text
    );
}

#[track_caller]
fn at_fault(answer: &Answer, pointer: &str, code: &str) {
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())]);
}

#[tokio::test]
async fn nobody_is_let_in_before_anything_is_read() {
    for query in ["", &of(1), "?organization_id=nonsense", "?no_such=1"] {
        refused(&list("", query).await, 401, "unauthenticated");
        refused(&list("forged", query).await, 401, "invalid_token");
        refused(&list("key_forged", query).await, 401, "invalid_token");
    }
    for body in [&body_of(1), PLATFORM, "", "{", "[]", "\"\u{fffd}"] {
        refused(&create("", body).await, 401, "unauthenticated");
        refused(&create("key_forged", body).await, 401, "invalid_token");
    }
    // A body that never comes is not waited for.
    let endless = Body::from_stream(futures_util::stream::pending::<
        Result<bytes::Bytes, std::io::Error>,
    >());
    let request = request("POST", "/shelves", "").header("content-type", "application/json");
    refused(
        &send(&app(), request.body(endless).unwrap()).await,
        401,
        "unauthenticated",
    );
}

#[tokio::test]
async fn members_see_what_is_their_organizations_if_they_may() {
    let organization = Some(organization(1));
    for (token, number) in [("owner", 1), ("reader", 2)] {
        let text = told(&list(token, &of(1)).await);
        assert_eq!(
            text,
            format!("{organization:?} {:?} None None", Some(user(number)))
        );
    }
    let filtered = told(&list("reader", &format!("{}&label=ink", of(1))).await);
    assert!(filtered.ends_with("Some(\"ink\")"), "{filtered}");
    let made = told(&create("owner", &body_of(1)).await);
    assert_eq!(made, format!("{organization:?} {:?} ink", Some(user(1))));
    refused(&create("reader", &body_of(1)).await, 403, "forbidden");
}

#[tokio::test]
async fn an_organization_of_others_and_none_at_all_are_the_same_to_the_byte() {
    for token in ["stranger", "staff", "admin", "key_all", "key_of_person"] {
        let is_inside = token.starts_with("key_");
        let (hidden, absent) = if is_inside { (2, 99) } else { (1, 99) };
        let pairs = [
            (list(token, &of(hidden)).await, list(token, &of(absent)).await),
            (
                create(token, &body_of(hidden)).await,
                create(token, &body_of(absent)).await,
            ),
        ];
        for (hidden, absent) in pairs {
            refused(&hidden, 404, "not_found");
            assert_eq!(
                (&hidden.text, &hidden.headers),
                (&absent.text, &absent.headers),
                "{token}"
            );
        }
    }
    // Staff have no say in an organization that they are no member of, whatever they may for the platform.
    let told_why = create(
        "admin",
        r#"{"organization_id": "org_00000000000000000000000001"}"#,
    )
    .await;
    refused(&told_why, 404, "not_found");
}

#[tokio::test]
async fn what_is_the_platforms_is_for_staff() {
    for (token, number) in [("staff", 4), ("admin", 5)] {
        let text = told(&list(token, "").await);
        assert_eq!(text, format!("None {:?} None None", Some(user(number))));
    }
    assert_eq!(
        told(&create("admin", PLATFORM).await),
        format!("None {:?} ink", Some(user(5)))
    );
    let named_null = create("admin", r#"{"organization_id": null, "label": "ink"}"#).await;
    assert_eq!(told(&named_null), format!("None {:?} ink", Some(user(5))));
    refused(&create("staff", PLATFORM).await, 403, "forbidden");
    for token in ["owner", "reader", "stranger"] {
        refused(&list(token, "").await, 403, "forbidden");
        refused(&create(token, PLATFORM).await, 403, "forbidden");
    }
}

async fn bills(token: &str, query: &str) -> Answer {
    let path = format!("/bills{query}");
    send(&app(), request("GET", &path, token).body(Body::empty()).unwrap()).await
}

async fn bill(token: &str, body: &str) -> Answer {
    let request = request("POST", "/bills", token).header("content-type", "application/json");
    send(&app(), request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn staff_reach_every_organization_where_that_is_said() {
    let named = |number| format!("{:?}", Some(organization(number)));
    for number in [1, 2, 99] {
        assert_eq!(told(&bills("staff", &of(number)).await), named(number));
        assert_eq!(told(&bill("admin", &body_of(number)).await), named(number));
    }
    assert_eq!(told(&bills("staff", "").await), "None");
    assert_eq!(told(&bill("admin", PLATFORM).await), "None");
    // Staff without the permission are as everybody else is.
    refused(&bill("staff", &body_of(1)).await, 404, "not_found");
    refused(&bill("staff", PLATFORM).await, 403, "forbidden");
}

#[tokio::test]
async fn others_reach_no_further_for_it() {
    let own = format!("{:?}", Some(organization(1)));
    for token in ["owner", "reader", "acting", "key_all"] {
        assert_eq!(told(&bills(token, &of(1)).await), own, "{token}");
    }
    assert_eq!(told(&bill("owner", &body_of(1)).await), own);
    refused(&bill("reader", &body_of(1)).await, 403, "forbidden");
    for token in [
        "owner",
        "reader",
        "stranger",
        "acting",
        "key_all",
        "acting_as_staff",
    ] {
        refused(&bills(token, &of(99)).await, 404, "not_found");
    }
    refused(&bills("stranger", &of(1)).await, 404, "not_found");
    refused(&bill("key_reads", &body_of(1)).await, 403, "scope_missing");
    refused(&bills("owner", "").await, 403, "forbidden");
    refused(
        &bills("acting_as_staff", "").await,
        403,
        "impersonation_not_allowed",
    );
    assert_eq!(told(&bills("key_all", "").await), own);
}

#[tokio::test]
async fn a_question_lets_in_the_same_and_takes_no_key_that_makes_it_happen_once() {
    let ask = async |token: &str, body: &str| {
        let request = request("POST", "/bills/ask", token).header("content-type", "application/json");
        send(&app(), request.body(Body::from(body.to_owned())).unwrap()).await
    };
    let own = format!("{:?} ink", Some(organization(1)));
    for token in ["owner", "reader", "staff", "key_all"] {
        assert_eq!(told(&ask(token, &body_of(1)).await), own, "{token}");
    }
    assert_eq!(told(&ask("key_all", PLATFORM).await), own);
    refused(&ask("stranger", &body_of(1)).await, 404, "not_found");
    refused(&ask("", "{").await, 401, "unauthenticated");
    refused(&ask("owner", "{").await, 400, "malformed_json");
    let document = api().document(&info());
    let asked = &document["paths"]["/bills/ask"]["post"];
    assert!(asked["parameters"].is_null(), "{asked}");
    assert_eq!(asked["x-permission"], "organization:read");
}

#[tokio::test]
async fn a_key_means_its_own_organization_when_it_names_none() {
    let own = format!("{:?}", Some(organization(1)));
    for query in [String::new(), of(1)] {
        let text = told(&list("key_all", &query).await);
        assert!(text.starts_with(&own) && text.contains("key_"), "{text}");
        let text = told(&list("key_reads", &query).await);
        assert!(text.contains(&user(1).to_string()), "{text}");
    }
    assert_eq!(
        told(&create("key_all", PLATFORM).await),
        format!("{own} None ink")
    );
    refused(&list("key_asks", "").await, 403, "scope_missing");
    refused(&create("key_reads", PLATFORM).await, 403, "scope_missing");
    refused(&create("key_reads", &body_of(1)).await, 403, "scope_missing");
}

#[tokio::test]
async fn a_key_of_no_organization_says_which() {
    at_fault(&list("key_of_person", "").await, "organization_id", "required");
    at_fault(
        &create("key_of_person", PLATFORM).await,
        "/organization_id",
        "required",
    );
    let text = told(&list("key_of_person", &of(1)).await);
    assert!(
        text.starts_with(&format!("{:?}", Some(organization(1)))),
        "{text}"
    );
}

#[tokio::test]
async fn staff_who_act_as_somebody_have_their_standing_and_none_of_their_own() {
    for token in ["acting", "looking"] {
        told(&list(token, &of(1)).await);
        refused(&list(token, "").await, 403, "impersonation_not_allowed");
    }
    told(&create("acting", &body_of(1)).await);
    refused(
        &create("looking", &body_of(1)).await,
        403,
        "impersonation_read_only",
    );
    // Whoever acts as a member of the staff does not get that member's standing.
    for answer in [
        list("acting_as_staff", "").await,
        create("acting_as_staff", PLATFORM).await,
    ] {
        refused(&answer, 403, "impersonation_not_allowed");
    }
}

#[tokio::test]
async fn an_organization_is_named_once_and_by_an_id() {
    let twice = format!("{}&organization_id={}", of(1), organization(2));
    at_fault(&list("owner", &twice).await, "organization_id", "duplicate_field");
    for (query, code) in [
        ("?organization_id=", "invalid_value"),
        ("?organization_id=nonsense", "invalid_value"),
        ("?organization_id=usr_00000000000000000000000001", "invalid_value"),
    ] {
        at_fault(&list("owner", query).await, "organization_id", code);
    }
    at_fault(
        &list("owner", &format!("{}&no_such=1", of(1))).await,
        "no_such",
        "unknown_field",
    );
    let first = organization(1);
    for second in [first, organization(2)] {
        let body =
            format!(r#"{{"organization_id": "{first}", "label": "ink", "organization_id": "{second}"}}"#);
        refused(&create("owner", &body).await, 400, "duplicate_field");
    }
    for value in ["\"nonsense\"", "\"usr_00000000000000000000000001\"", "7", "{}"] {
        let answer = create(
            "owner",
            &format!(r#"{{"organization_id": {value}, "label": "ink"}}"#),
        )
        .await;
        assert_eq!((answer.status, answer.faults().len()), (422, 1), "{value}");
        assert_eq!(answer.faults()[0].0, "/organization_id", "{}", answer.text);
    }
}

#[tokio::test]
async fn a_body_is_judged_once_its_sender_may_send_it() {
    let wrong = |number| {
        format!(
            r#"{{"organization_id": "{}", "label": "x", "more": 1}}"#,
            organization(number)
        )
    };
    refused(&create("stranger", &wrong(1)).await, 404, "not_found");
    refused(&create("reader", &wrong(1)).await, 403, "forbidden");
    at_fault(&create("owner", &wrong(1)).await, "/more", "unknown_field");
    let short = format!(r#"{{"organization_id": "{}", "label": "x"}}"#, organization(1));
    at_fault(&create("owner", &short).await, "/label", "too_short");
    // A list of the values is no object, and names nobody.
    let list = format!(r#"["{}", "ink"]"#, organization(1));
    assert_eq!(create("owner", &list).await.status, 422);
    assert_eq!(create("stranger", &list).await.status, 422);
    refused(&create("owner", "").await, 400, "body_required");
    refused(&create("owner", "{").await, 400, "malformed_json");
    let request = request("POST", "/shelves", "owner").header("content-type", "text/plain");
    let answer = send(&app(), request.body(Body::from(body_of(1))).unwrap()).await;
    refused(&answer, 415, "unsupported_media_type");
}

#[tokio::test]
async fn a_change_is_recorded_as_the_senders_and_made_once_under_a_key_of_theirs() {
    for (token, actor) in [
        ("owner", format!("{:?}", kernel::Actor::User(user(1)))),
        ("acting", format!("{:?}", kernel::Actor::User(user(9)))),
        (
            "key_all",
            format!(
                "{:?}",
                kernel::Actor::ApiKey(kernel::ApiKeyId::from_uuid(uuid::Uuid::from_u128(3)))
            ),
        ),
    ] {
        let request = request("POST", "/shelves", token)
            .header("content-type", "application/json")
            .header("idempotency-key", "once");
        let answer = send(&app(), request.body(Body::from(body_of(1))).unwrap()).await;
        let text = told(&answer);
        assert!(text.ends_with(&actor) && text.contains("POST /shelves"), "{text}");
    }
}

#[tokio::test]
async fn the_document_says_how_to_name_an_organization() {
    let api = api();
    let document = api.document(&info());
    let operation = &document["paths"]["/shelves"]["get"];
    let parameters = operation["parameters"].as_array().unwrap();
    let named: Vec<_> = parameters.iter().map(|one| &one["name"]).collect();
    assert!(named.contains(&&"organization_id".into()), "{named:?}");
    assert_eq!(
        operation["security"],
        serde_json::json!([{ "bearer": [] }, { "cookie": [] }, { "api_key": [] }])
    );
    let made = &document["paths"]["/shelves"]["post"]["parameters"];
    assert_eq!(made[0]["name"], "Idempotency-Key", "{made}");
    let operations = api.operations();
    for id in ["listShelves", "createShelf"] {
        let one = operations.iter().find(|known| known.id == id).unwrap();
        assert!(
            matches!(one.access, AccessRule::Scope(_, _)) && one.accepts_keys,
            "{id}"
        );
    }
}
