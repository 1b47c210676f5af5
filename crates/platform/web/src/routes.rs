//! A route and its operation are one call, so that neither exists without the other.

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use http::Method;
use serde_json::Value;

use crate::openapi::document::{self, Entry, Tag};
use crate::openapi::operation::Place;
use crate::openapi::schemas::Schemas;
use crate::openapi::{AccessRule, Describe, Info};
use crate::parameters::KnownParameters;
use crate::{conditional, idempotency};

/// The routes of one resource, which share a tag and a service `S`.
pub struct Routes<S> {
    tag: Tag,
    router: Router<S>,
    operations: Vec<Registered>,
}

/// Routes with their services, and the description of them.
pub struct Api {
    router: Router,
    tags: Vec<Tag>,
    operations: Vec<Registered>,
}

/// What an operation is called, for people.
#[derive(Debug, Clone, Copy)]
pub struct Doc {
    summary: &'static str,
    description: &'static str,
}

/// An operation as a test that goes through all of them sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationInfo {
    /// The `operationId`.
    pub id: String,
    /// The method.
    pub method: Method,
    /// The path, parameters in braces.
    pub path: &'static str,
    /// Who may call it.
    pub access: AccessRule,
    /// Whether it asks for a sign-in from the last few minutes.
    pub is_fresh: bool,
    /// Whether keys are let in as well as people.
    pub accepts_keys: bool,
}

struct Registered {
    entry: Entry,
    info: OperationInfo,
    /// The most bytes of a body, where they are more than others may have.
    max_body: Option<usize>,
}

impl Doc {
    /// A line for lists, and a sentence or more for those who want to know.
    pub const fn new(summary: &'static str, description: &'static str) -> Self {
        Self { summary, description }
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes yet, under `tag`.
    pub fn new(tag: &'static str) -> Self {
        Self {
            tag: Tag {
                name: tag,
                description: "",
            },
            router: Router::new(),
            operations: Vec::new(),
        }
    }

    /// Says what the operations under this tag are about.
    pub fn about(mut self, description: &'static str) -> Self {
        self.tag.description = description;
        self
    }

    /// A route for `GET`, and `HEAD` with it.
    ///
    /// # Panics
    /// Like every method here: when the handler's signature and the route disagree, when the signature does
    /// not say who may call it, or when the name is taken. Building the router in a test finds that.
    pub fn get<H, T, M>(self, path: &'static str, handler: H, doc: Doc) -> Self
    where
        H: Handler<T, S> + Describe<M>,
        T: 'static,
    {
        self.route(Method::GET, path, None, handler, doc)
    }

    /// A route for `POST`. With a [`crate::Context`] in the signature it takes an `Idempotency-Key`.
    ///
    /// # Panics
    /// See [`Self::get`].
    pub fn post<H, T, M>(self, path: &'static str, handler: H, doc: Doc) -> Self
    where
        H: Handler<T, S> + Describe<M>,
        T: 'static,
    {
        self.route(Method::POST, path, None, handler, doc)
    }

    /// A route for `POST` whose body may have up to `max_body` bytes, where those of others have no more than
    /// [`crate::layers::LayerConfig::max_body`]. The server has to hand [`Api::larger_bodies`] to the layers.
    ///
    /// # Panics
    /// See [`Self::get`].
    pub fn post_up_to<H, T, M>(self, max_body: usize, path: &'static str, handler: H, doc: Doc) -> Self
    where
        H: Handler<T, S> + Describe<M>,
        T: 'static,
    {
        self.route(Method::POST, path, Some(max_body), handler, doc)
    }

    /// A route for `PUT`.
    ///
    /// # Panics
    /// See [`Self::get`].
    pub fn put<H, T, M>(self, path: &'static str, handler: H, doc: Doc) -> Self
    where
        H: Handler<T, S> + Describe<M>,
        T: 'static,
    {
        self.route(Method::PUT, path, None, handler, doc)
    }

    /// A route for `PATCH`. With a [`crate::Context`] in the signature it takes an `Idempotency-Key`.
    ///
    /// # Panics
    /// See [`Self::get`].
    pub fn patch<H, T, M>(self, path: &'static str, handler: H, doc: Doc) -> Self
    where
        H: Handler<T, S> + Describe<M>,
        T: 'static,
    {
        self.route(Method::PATCH, path, None, handler, doc)
    }

    /// A route for `DELETE`.
    ///
    /// # Panics
    /// See [`Self::get`].
    pub fn delete<H, T, M>(self, path: &'static str, handler: H, doc: Doc) -> Self
    where
        H: Handler<T, S> + Describe<M>,
        T: 'static,
    {
        self.route(Method::DELETE, path, None, handler, doc)
    }

    /// Gives the routes the service that they call.
    pub fn with_state(self, service: S) -> Api {
        Api {
            router: self.router.with_state(service),
            tags: vec![self.tag],
            operations: self.operations,
        }
    }

    fn route<H, T, M>(
        mut self,
        method: Method,
        path: &'static str,
        max_body: Option<usize>,
        handler: H,
        doc: Doc,
    ) -> Self
    where
        H: Handler<T, S> + Describe<M>,
        T: 'static,
    {
        let entry = Entry {
            id: operation_id(type_name::<H>()),
            method,
            path,
            tag: self.tag.name,
            summary: doc.summary,
            description: doc.description,
            describe: <H as Describe<M>>::describe,
        };
        let (mut registered, known) = Registered::new(entry);
        registered.max_body = max_body;
        let filter = MethodFilter::try_from(registered.entry.method.clone());
        let filter = filter.unwrap_or(MethodFilter::GET);
        let serve = from_fn(move |request, next| serve(known.clone(), request, next));
        let mut served = on(filter, handler).route_layer(serve);
        if let Some(max_body) = max_body {
            // Around what reads the body for an idempotency key.
            served = served.route_layer(DefaultBodyLimit::max(max_body));
        }
        self.router = self.router.route(path, served);
        self.operations.push(registered);
        assert_distinct(&self.operations);
        self
    }
}

impl Registered {
    fn new(entry: Entry) -> (Self, KnownParameters) {
        let mut schemas = Schemas::new();
        let operation = entry.describe(&mut schemas);
        let info = OperationInfo {
            id: entry.id.clone(),
            method: entry.method.clone(),
            path: entry.path,
            access: operation.access.unwrap_or(AccessRule::Authenticated),
            is_fresh: operation.is_fresh,
            accepts_keys: operation.accepts_keys,
        };
        let known = operation
            .names(Place::Query)
            .into_iter()
            .map(str::to_owned)
            .collect();
        let max_body = None;
        let registered = Self {
            entry,
            info,
            max_body,
        };
        (registered, KnownParameters(Arc::new(known)))
    }
}

impl Api {
    /// Both, as one.
    ///
    /// # Panics
    /// When both have an operation of the same name.
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        for tag in other.tags {
            match self.tags.iter_mut().find(|known| known.name == tag.name) {
                Some(known) if known.description.is_empty() => known.description = tag.description,
                Some(_) => {}
                None => self.tags.push(tag),
            }
        }
        self.operations.extend(other.operations);
        assert_distinct(&self.operations);
        self
    }

    /// The OpenAPI 3.0.3 document.
    ///
    /// # Panics
    /// When the description and the routes disagree, which registering them would have found before.
    pub fn document(&self, info: &Info) -> Value {
        let entries: Vec<Entry> = self
            .operations
            .iter()
            .map(|operation| operation.entry.clone())
            .collect();
        document::document(info, &self.tags, &entries)
    }

    /// Every operation, so that a test can hold something about all of them.
    pub fn operations(&self) -> Vec<OperationInfo> {
        self.operations
            .iter()
            .map(|operation| operation.info.clone())
            .collect()
    }

    /// The routes whose bodies may have more bytes than others, for [`crate::layers::LayerConfig::larger_bodies`].
    pub fn larger_bodies(&self) -> BTreeMap<&'static str, usize> {
        let larger = self.operations.iter();
        larger
            .filter_map(|operation| Some((operation.entry.path, operation.max_body?)))
            .collect()
    }

    /// The routes, for the server. It has to add [`crate::Access`] and [`crate::Cursors`] as extensions.
    pub fn into_router(self) -> Router {
        self.router
    }
}

/// `organizations::routes::list_organizations` is `listOrganizations`.
fn operation_id(path: &str) -> String {
    let name = path.rsplit("::").next().unwrap_or_default();
    let is_plain = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    assert!(
        is_plain && !name.is_empty(),
        "{path} has no name: routes take functions, not closures"
    );
    let mut words = name.split('_');
    let mut id = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.extend(letters);
    }
    id
}

fn assert_distinct(operations: &[Registered]) {
    let mut seen = BTreeSet::new();
    for operation in operations {
        assert!(
            seen.insert(&operation.entry.id),
            "two operations are called {}",
            operation.entry.id
        );
    }
}

/// What every operation has around its handler.
async fn serve(known: KnownParameters, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(known);
    if request.method() == Method::GET || request.method() == Method::HEAD {
        conditional::answer(request, next).await
    } else if idempotency::takes_key(request.method()) {
        idempotency::answer(request, next).await
    } else {
        next.run(request).await
    }
}
