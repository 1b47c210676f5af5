//! What a router refuses to be built with.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::permission::ReadOrganization;

use super::sample::api;
use crate::{
    Accepted, ApiResult, Context, Created, Doc, Json, Member, NoContent, Operation, Output, Principal,
    Public, Routes,
};

const DOC: Doc = Doc::new("Do it", "Does it.");

async fn silent(_: State<()>) -> ApiResult<NoContent> {
    Ok(NoContent)
}

async fn open(_: State<()>, _: Public) -> ApiResult<NoContent> {
    Ok(NoContent)
}

async fn member_only(_: State<()>, _: Member<ReadOrganization>) -> ApiResult<NoContent> {
    Ok(NoContent)
}

async fn two_minds(_: State<()>, _: Public, _: Principal) -> ApiResult<NoContent> {
    Ok(NoContent)
}

async fn nobodys_change(_: State<()>, _: Context, _: Principal) -> ApiResult<NoContent> {
    Ok(NoContent)
}

async fn who_am_i(_: State<()>, _: Principal) -> ApiResult<Json<String>> {
    Ok(Json(String::new()))
}

/// 201 or 202 with the same body.
struct Sooner;

impl IntoResponse for Sooner {
    fn into_response(self) -> Response {
        Accepted("later").into_response()
    }
}

impl Output for Sooner {
    fn describe(operation: &mut Operation<'_>) {
        Created::<String>::describe(operation);
        Accepted::<String>::describe(operation);
    }
}

async fn sooner(_: State<()>, _: Public) -> ApiResult<Sooner> {
    Ok(Sooner)
}

/// 201 with a body or 204 without.
struct Unsure;

impl IntoResponse for Unsure {
    fn into_response(self) -> Response {
        NoContent.into_response()
    }
}

impl Output for Unsure {
    fn describe(operation: &mut Operation<'_>) {
        Created::<String>::describe(operation);
        NoContent::describe(operation);
    }
}

async fn unsure(_: State<()>, _: Public) -> ApiResult<Unsure> {
    Ok(Unsure)
}

#[test]
fn one_answer_may_come_under_two_statuses() {
    let operations = Routes::new("x")
        .post("/x", sooner, DOC)
        .with_state(())
        .operations();
    assert_eq!(operations[0].id, "sooner");
}

#[test]
#[should_panic(expected = "unsure must have one success answer")]
fn two_answers() {
    Routes::new("x").post("/x", unsure, DOC);
}

#[test]
#[should_panic(expected = "silent does not say who may call it")]
fn a_handler_that_does_not_say_who_may_call_it() {
    Routes::new("x").get("/x", silent, DOC);
}

#[test]
#[should_panic(expected = "path parameters of open")]
fn a_path_parameter_that_is_not_read() {
    Routes::new("x").get("/x/{id}", open, DOC);
}

#[test]
#[should_panic(expected = "path parameters of memberOnly")]
fn a_parameter_that_is_not_in_the_path() {
    Routes::new("x").get("/x", member_only, DOC);
}

#[test]
#[should_panic(expected = "two access rules")]
fn a_handler_of_two_minds() {
    Routes::new("x").get("/x", two_minds, DOC);
}

#[test]
#[should_panic(expected = "Context must stand behind")]
fn a_context_that_would_know_nobody() {
    Routes::new("x").post("/x", nobodys_change, DOC);
}

#[test]
#[should_panic(expected = "two operations are called open")]
fn the_same_handler_twice() {
    Routes::new("x").get("/x", open, DOC).get("/y", open, DOC);
}

#[test]
#[should_panic(expected = "two operations are called whoAmI")]
fn the_same_name_in_two_domains() {
    api().merge(Routes::new("x").get("/x", who_am_i, DOC).with_state(()));
}

#[test]
#[should_panic(expected = "routes take functions, not closures")]
fn a_handler_without_a_name() {
    Routes::<()>::new("x").get("/x", |_: Public| async { NoContent }, DOC);
}

#[test]
#[should_panic(expected = "must be explained")]
fn a_route_without_words() {
    Routes::new("x").get("/x", open, Doc::new("Open", ""));
}
