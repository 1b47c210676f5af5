use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::{Extension, routing};
use futures_util::stream;
use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;

use super::sample::{Answer, Echo, access, request, send};
use crate::layers::{LayerConfig, Layers};
use crate::{Api, ApiResult, Context, Doc, Json, Principal, Routes};

const USUAL: usize = 64;
const LARGE: usize = 256;

#[derive(Debug, Deserialize, JsonSchema, Validate)]
struct CreateParcel {
    /// What is in it.
    #[garde(skip)]
    content: String,
}

async fn create_parcel(
    _: State<()>,
    _: Principal,
    _: Context,
    Json(new): Json<CreateParcel>,
) -> ApiResult<Json<Echo>> {
    Ok(Json(Echo::of(new.content.len().to_string())))
}

async fn create_note(
    _: State<()>,
    _: Principal,
    _: Context,
    Json(new): Json<CreateParcel>,
) -> ApiResult<Json<Echo>> {
    Ok(Json(Echo::of(new.content.len().to_string())))
}

fn api() -> Api {
    Routes::new("parcels")
        .about("What is sent.")
        .post_up_to(
            LARGE,
            "/parcels",
            create_parcel,
            Doc::new("Create a parcel", "Sends it."),
        )
        .post("/notes", create_note, Doc::new("Create a note", "Keeps it."))
        .with_state(())
}

fn app() -> Router {
    let api = api();
    let config = LayerConfig {
        max_body: USUAL,
        larger_bodies: api.larger_bodies(),
        ..LayerConfig::default()
    };
    let waits = routing::post(async |_: String| "done");
    let router = api
        .into_router()
        .route("/waits", waits)
        .layer(Extension(access()));
    Layers::new(config).apply(router)
}

/// A JSON body of this many bytes.
fn body(length: usize) -> String {
    let frame = r#"{"content":""}"#.len();
    format!(r#"{{"content":"{}"}}"#, "x".repeat(length - frame))
}

async fn ask(app: &Router, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
    let mut request = request("POST", path, "owner")
        .header("host", "localhost")
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(app, request.body(body).unwrap()).await
}

#[tokio::test]
async fn a_route_takes_more_than_others_when_it_says_so() {
    let app = app();
    for headers in [&[][..], &[("idempotency-key", "one")]] {
        for (path, length, status) in [
            ("/parcels", LARGE, 200),
            ("/parcels", LARGE + 1, 413),
            ("/notes", USUAL, 200),
            ("/notes", USUAL + 1, 413),
            ("/nowhere", USUAL + 1, 413),
        ] {
            let text = body(length);
            let announced = text.len().to_string();
            let headers = [headers, &[("content-length", announced.as_str())]].concat();
            let whole = ask(&app, path, &headers, text.clone().into()).await;
            assert_eq!(whole.status, status, "{path} {length} {}", whole.text);
        }
        for (path, length, status) in [
            ("/parcels", LARGE, 200),
            ("/parcels", LARGE + 1, 413),
            ("/notes", USUAL + 1, 413),
        ] {
            let text = body(length);
            let (first, second) = text.split_at(length / 2);
            let pieces = [first.to_owned(), second.to_owned()].map(Ok::<_, std::io::Error>);
            let unannounced = Body::from_stream(stream::iter(pieces));
            let answer = ask(&app, path, headers, unannounced).await;
            assert_eq!(answer.status, status, "unannounced {path} {length}");
        }
    }
}

#[tokio::test]
async fn only_a_few_large_bodies_are_read_at_once() {
    let app = app();
    let length = LARGE.to_string();
    let mut reading = Vec::new();
    for _ in 0..16 {
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let late = stream::once(async move {
            receiver.await.unwrap();
            Ok::<_, std::io::Error>(body(LARGE))
        });
        let (app, length) = (app.clone(), length.clone());
        let task = tokio::spawn(async move {
            let headers = [("content-length", length.as_str())];
            ask(&app, "/parcels", &headers, Body::from_stream(late)).await
        });
        reading.push((sender, task));
    }
    while reading.iter().any(|(sender, _)| sender.is_closed()) {
        tokio::task::yield_now().await;
    }
    tokio::task::yield_now().await;
    let headers = [("content-length", length.as_str())];
    let refused = ask(&app, "/parcels", &headers, body(LARGE).into()).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "overloaded"));
    assert_eq!(
        ask(&app, "/parcels", &[("content-length", "64")], body(USUAL).into())
            .await
            .status,
        200
    );
    for (sender, task) in reading {
        sender.send(()).unwrap();
        assert_eq!(task.await.unwrap().status, 200);
    }
    let after = ask(&app, "/parcels", &headers, body(LARGE).into()).await;
    assert_eq!(after.status, 200);
}
