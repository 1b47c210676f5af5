//! Projects of organizations: one operation of each sort.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use garde::Validate;
use http::{HeaderMap, Request};
use kernel::permission::{ReadOrganization, ReadUsers, UpdateOrganization, WriteJobs};
use kernel::{
    Clock, OrganizationId, Page, Permission, PermissionSet, PlatformRole, Position, SessionId, Timestamp,
    UserId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::{
    Accepted, Access, Account, Api, ApiError, ApiResult, Authenticate, Authorize, Context, Created, Cursors,
    Doc, Fresh, IfMatch, Impersonation, Info, Json, Member, NoContent, Operator, PageBody, Paging, Path,
    Principal, Public, Query, Routes, SessionKind, Tagged,
};

#[derive(Clone, Default)]
pub(super) struct Projects {
    made: Arc<AtomicU32>,
}

/// What a project is made from.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateProject {
    /// What it is called.
    #[garde(length(chars, min = 2, max = 20))]
    name: String,
    /// How it is counted.
    #[garde(range(min = 1, max = 9))]
    #[serde(default = "one")]
    weight: u32,
    /// Who is asked.
    #[garde(skip)]
    owner: Option<UserId>,
    #[garde(length(max = 2), inner(length(chars, min = 1)))]
    #[serde(default)]
    labels: Vec<String>,
    #[garde(skip)]
    #[serde(default)]
    place: Option<Place>,
}

const fn one() -> u32 {
    1
}

/// A project.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct ProjectBody {
    /// What it is called.
    #[schemars(example = "Ship it")]
    name: String,
    stage: Stage,
    last_stage: Option<Stage>,
    place: Option<Place>,
    score: (i64, i64),
    review: Review,
    made_at: Timestamp,
}

/// How far it is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Nobody has begun.
    Planned,
    /// It is there.
    Done,
}

/// Read and written alike, but for what may be left out.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    city: String,
    street: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Review {
    /// Nobody has looked yet.
    Open,
    SignedOff {
        by: UserId,
    },
}

#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct ProjectFilter {
    /// Only those at this stage.
    #[garde(skip)]
    stage: Option<FilterStage>,
    /// Part of the name.
    #[garde(length(chars, min = 1, max = 10))]
    q: Option<String>,
    #[garde(range(max = 5))]
    weight: Option<u8>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FilterStage {
    Planned,
    Done,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProjectPath {
    /// The number of the project.
    project_number: u32,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberPath {
    /// The member.
    member_id: UserId,
}

/// What the context said.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Echo {
    text: String,
}

impl Echo {
    pub(super) const fn of(text: String) -> Self {
        Self { text }
    }
}

pub(super) fn project(name: &str) -> ProjectBody {
    ProjectBody {
        name: name.into(),
        stage: Stage::Planned,
        last_stage: None,
        place: None,
        score: (1, 2),
        review: Review::Open,
        made_at: now(),
    }
}

async fn list_projects(
    _: State<Projects>,
    member: Member<ReadOrganization>,
    Query(filter): Query<ProjectFilter>,
    paging: Paging,
) -> ApiResult<PageBody<ProjectBody>> {
    assert!(member.permissions.contains(ReadOrganization::SET));
    let start = paging
        .request()
        .after
        .as_ref()
        .map_or(0, |after| after.id.as_u128());
    let end = start + u128::from(paging.request().limit());
    let name = format!("{:?}{:?}{:?}", filter.stage, filter.q, filter.weight);
    let next = (end < 5).then(|| Position {
        key: end.to_string(),
        id: Uuid::from_u128(end),
    });
    let items = (start..end.min(5)).map(|_| project(&name)).collect();
    Ok(paging.page(Page { items, next }))
}

async fn create_project(
    State(projects): State<Projects>,
    member: Member<UpdateOrganization>,
    context: Context,
    Json(new): Json<CreateProject>,
) -> ApiResult<Created<ProjectBody>> {
    let made = projects.made.fetch_add(1, Ordering::Relaxed) + 1;
    if let Some(key) = context.idempotency.as_ref().filter(|_| made > 1) {
        key.mark_replayed();
    }
    let _ = (new.weight, new.owner, new.labels, new.place);
    Ok(Created::at(
        format!("/organizations/{}/projects/{made}", member.organization),
        project(&new.name),
    ))
}

async fn get_project(
    _: State<Projects>,
    _: Member<ReadOrganization>,
    Path(path): Path<ProjectPath>,
) -> ApiResult<Tagged<ProjectBody>> {
    let body = ProjectBody {
        stage: Stage::Done,
        review: Review::SignedOff { by: user(1) },
        ..project(&path.project_number.to_string())
    };
    Ok(Tagged::new(7, body))
}

async fn update_project(
    _: State<Projects>,
    _: Member<UpdateOrganization>,
    _: Path<ProjectPath>,
    IfMatch(version): IfMatch,
    Json(new): Json<CreateProject>,
) -> ApiResult<Tagged<ProjectBody>> {
    if version.is_some_and(|version| version != 7) {
        return Err(ApiError::outdated());
    }
    Ok(Tagged::new(8, project(&new.name)))
}

async fn remove_member(
    _: State<Projects>,
    _: Fresh<Member<UpdateOrganization>>,
    Path(path): Path<MemberPath>,
) -> ApiResult<NoContent> {
    assert_ne!(path.member_id, user(0));
    Ok(NoContent)
}

async fn get_user(_: State<Projects>, account: Account<ReadUsers>) -> ApiResult<Json<Echo>> {
    Ok(Json(Echo {
        text: format!("{} {}", account.user, account.is_self),
    }))
}

async fn retry_jobs(_: State<Projects>, _: Operator<WriteJobs>, context: Context) -> ApiResult<Json<Echo>> {
    Ok(Json(Echo {
        text: format!("{:?}", context.actor),
    }))
}

async fn who_am_i(_: State<Projects>, principal: Principal) -> ApiResult<Json<Echo>> {
    Ok(Json(Echo {
        text: principal.user.to_string(),
    }))
}

async fn say(_: State<Projects>, _: Principal, context: Context) -> Json<Echo> {
    Json(Echo {
        text: format!("{:?} for {:?}", context.actor, context.on_behalf_of),
    })
}

async fn change_words(_: State<Projects>, _: Principal) -> NoContent {
    NoContent
}

async fn create_note(_: State<Projects>, _: Principal, context: Context) -> ApiResult<Accepted<Echo>> {
    let agent = context.user_agent.as_deref().unwrap_or_default();
    let scope = context
        .idempotency
        .as_ref()
        .map(|key| format!("{} {}", key.scope, key.key));
    Ok(Accepted(Echo {
        text: format!("{} {}", scope.unwrap_or_default(), agent.len()),
    }))
}

async fn greet(_: State<Projects>, _: Public, principal: Option<Principal>) -> ApiResult<Json<Echo>> {
    let text = principal.map_or_else(|| "stranger".into(), |principal| principal.user.to_string());
    Ok(Json(Echo { text }))
}

async fn sign_up(
    _: State<Projects>,
    _: Public,
    context: Context,
    Json(new): Json<CreateProject>,
) -> ApiResult<Json<Echo>> {
    let scope = context
        .idempotency
        .as_ref()
        .map(|key| format!("{} {}", key.scope, key.key));
    Ok(Json(Echo {
        text: scope.unwrap_or(new.name),
    }))
}

pub(super) fn api() -> Api {
    let projects = Routes::new("projects")
        .about("Projects of organizations.")
        .get(
            "/organizations/{orgId}/projects",
            list_projects,
            Doc::new("List projects", "All of them, by age."),
        )
        .post(
            "/organizations/{orgId}/projects",
            create_project,
            Doc::new("Create a project", "Makes it."),
        )
        .get(
            "/organizations/{orgId}/projects/{projectNumber}",
            get_project,
            Doc::new("Get a project", "Shows it."),
        )
        .put(
            "/organizations/{orgId}/projects/{projectNumber}",
            update_project,
            Doc::new("Update a project", "Replaces it."),
        )
        .delete(
            "/organizations/{orgId}/members/{memberId}",
            remove_member,
            Doc::new("Remove a member", "For good."),
        )
        .with_state(Projects::default());
    let people = Routes::new("users")
        .about("Accounts.")
        .get(
            "/users/{userId}",
            get_user,
            Doc::new("Get a user", "Shows an account."),
        )
        .get(
            "/who-am-i",
            who_am_i,
            Doc::new("Tell who I am", "Shows the caller."),
        )
        .get("/greeting", greet, Doc::new("Greet", "Says hello."))
        .post("/sign-up", sign_up, Doc::new("Sign up", "Lets a stranger in."))
        .post("/notes", create_note, Doc::new("Create a note", "Keeps it."))
        .post("/words", say, Doc::new("Say something", "Tells who says it."))
        .post(
            "/auth/words",
            change_words,
            Doc::new("Change words", "The ones to get in by."),
        )
        .post("/jobs/retry", retry_jobs, Doc::new("Retry jobs", "Tries again."))
        .with_state(Projects::default());
    projects.merge(people)
}

pub(super) fn info() -> Info {
    Info {
        title: "Sample".into(),
        version: "1.0.0".into(),
        description: "An API for tests.".into(),
        contact: ("Sample".into(), "https://example.com".into()),
        server_url: "/".into(),
    }
}

pub(super) fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

pub(super) fn organization(number: u128) -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(number))
}

fn now() -> Timestamp {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

/// Tokens are named after their holders. Organization 1 has user 1 as its owner and user 2 as one who may
/// read; nobody else is in it, and there is no other.
struct Doorkeeper;

#[async_trait]
impl Authenticate for Doorkeeper {
    async fn bearer(&self, token: &str) -> Result<Principal, ApiError> {
        let (number, platform_role, age) = match token {
            "owner" | "acting" | "looking" => (1, None, 0),
            "reader" => (2, None, 0),
            "stranger" => (3, None, 0),
            "staff" | "acting_as_staff" => (4, Some(PlatformRole::Support), 0),
            "admin" => (5, Some(PlatformRole::Admin), 0),
            "stale" => (1, None, 601),
            _ => {
                return Err(ApiError::unauthenticated(
                    "invalid_token",
                    "the access token does not hold",
                ));
            }
        };
        Ok(Principal {
            user: user(number),
            session: SessionId::from_uuid(Uuid::from_u128(number)),
            session_kind: SessionKind::Api,
            platform_role,
            auth_time: now().minus(std::time::Duration::from_secs(age)),
            aal: 1,
            impersonation: matches!(token, "acting" | "looking" | "acting_as_staff").then(|| Impersonation {
                by: user(9),
                is_read_only: token == "looking",
            }),
            token_expires_at: None,
        })
    }

    async fn cookie(&self, token: &str) -> Result<Principal, ApiError> {
        self.bearer(token).await
    }
}

#[async_trait]
impl Authorize for Doorkeeper {
    async fn permissions(
        &self,
        principal: &Principal,
        asked: OrganizationId,
    ) -> Result<Option<PermissionSet>, ApiError> {
        let held = match principal.user {
            member if member == user(1) => Some(ReadOrganization::SET.union(UpdateOrganization::SET)),
            member if member == user(2) => Some(ReadOrganization::SET),
            _ => None,
        };
        Ok(held.filter(|_| asked == organization(1)))
    }
}

pub(super) fn access() -> Access {
    Access::new(Arc::new(Doorkeeper), Arc::new(Doorkeeper), Arc::new(FixedClock))
}

pub(super) fn app() -> Router {
    let access = access();
    let cursors = Cursors::new(&crypto::MasterKey::from_bytes([7; 32]));
    api()
        .into_router()
        .layer(axum::Extension(access))
        .layer(axum::Extension(cursors))
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(super) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap().to_owned()
    }

    /// Pointer and code of each field at fault.
    pub(super) fn faults(&self) -> Vec<(String, String)> {
        let errors = self.json()["errors"].as_array().unwrap().clone();
        let text = |fault: &Value, key: &str| fault[key].as_str().unwrap().to_owned();
        errors
            .iter()
            .map(|fault| (text(fault, "pointer"), text(fault, "code")))
            .collect()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(super) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// A request by `token`, to be sent with [`send`].
pub(super) fn request(method: &str, path: &str, token: &str) -> http::request::Builder {
    let request = Request::builder().method(method).uri(path);
    if token.is_empty() {
        request
    } else {
        request.header("authorization", format!("Bearer {token}"))
    }
}

pub(super) async fn get(path: &str, token: &str) -> Answer {
    send(&app(), request("GET", path, token).body(Body::empty()).unwrap()).await
}

pub(super) async fn post(path: &str, token: &str, body: impl Into<Body>) -> Answer {
    let request = request("POST", path, token).header("content-type", "application/json");
    send(&app(), request.body(body.into()).unwrap()).await
}

pub(super) fn projects_of(number: u128) -> String {
    format!("/organizations/{}/projects", organization(number))
}
