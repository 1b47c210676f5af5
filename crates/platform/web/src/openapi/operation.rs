//! One operation while it is being described.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use crate::openapi::schemas::{Field, Schemas};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccessRule {
    /// Everybody.
    Public,
    /// Whoever is signed in.
    Authenticated,
    /// Members of the organization in the path who have this permission there.
    Member(&'static str),
    /// Staff of the platform who have this permission.
    Operator(&'static str),
    /// The owner of the account in the path, and staff who have this permission.
    Account(&'static str),
    /// Members of the organization that the request names, who have the first permission there; where it names
    /// none, staff of the platform who have the second.
    Scope(&'static str, &'static str),
    /// Keys that have this scope, and no person.
    Key(&'static str),
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// Behind the question mark.
    Query,
    /// Among the headers.
    Header,
}

/// One operation while it is being described by the types in its handler's signature.
pub struct Operation<'a> {
    pub(crate) schemas: &'a mut Schemas,
    method: Method,
    pub(crate) access: Option<AccessRule>,
    pub(crate) is_fresh: bool,
    pub(crate) accepts_credentials: bool,
    pub(crate) accepts_keys: bool,
    pub(crate) parameters: Vec<Value>,
    pub(crate) body: Option<Value>,
    pub(crate) answers: BTreeMap<u16, Value>,
    answer_headers: Map<String, Value>,
}

impl AccessRule {
    /// The permission that the rule names; `public` and `authenticated` for those that name none.
    pub const fn permission(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Authenticated => "authenticated",
            Self::Member(permission)
            | Self::Operator(permission)
            | Self::Account(permission)
            | Self::Scope(permission, _)
            | Self::Key(permission) => permission,
        }
    }
}

impl<'a> Operation<'a> {
    pub(crate) fn new(schemas: &'a mut Schemas, method: Method) -> Self {
        Self {
            schemas,
            method,
            access: None,
            is_fresh: false,
            accepts_credentials: false,
            accepts_keys: false,
            parameters: Vec::new(),
            body: None,
            answers: BTreeMap::new(),
            answer_headers: Map::new(),
        }
    }

    /// The method that it is called with.
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// Says who may call it.
    ///
    /// # Panics
    /// When the signature has said so before: an operation has one rule.
    pub fn allow(&mut self, rule: AccessRule) {
        let before = self.access.replace(rule);
        assert!(before.is_none(), "two access rules: {before:?} and {rule:?}");
    }

    /// Asks for a sign-in from the last few minutes.
    pub const fn require_fresh(&mut self) {
        self.is_fresh = true;
    }

    /// Credentials are looked at when they are given, though nobody has to give any.
    pub const fn accept_credentials(&mut self) {
        self.accepts_credentials = true;
    }

    /// Keys are let in as well as people.
    pub const fn accept_keys(&mut self) {
        self.accepts_keys = true;
    }

    /// Whether the access rule is known yet: some parameters only make sense behind it.
    pub const fn has_access(&self) -> bool {
        self.access.is_some()
    }

    /// Adds each field of `T` as a parameter.
    pub fn parameters<T: JsonSchema>(&mut self, place: Place) {
        for mut field in self.schemas.fields::<T>() {
            // There is no null in a path or a query; what is not required may be left out.
            let object = field.schema.as_object_mut();
            let (is_nullable, description) = object.map_or((None, None), |object| {
                (object.remove("nullable"), object.remove("description"))
            });
            let only = field.schema.get("allOf").and_then(|sides| sides.get(0));
            if let Some(only) = only.filter(|_| is_nullable.is_some()).cloned() {
                field.schema = only;
            }
            let description = description.as_ref().and_then(Value::as_str);
            self.add(place, &field, description.unwrap_or_default());
        }
    }

    /// Adds one parameter, unless it is there: two extractors may read the same. In the path it has to be
    /// given, elsewhere it may be.
    pub fn parameter(&mut self, place: Place, name: &str, description: &str, schema: Value) {
        let field = Field {
            name: name.to_owned(),
            schema,
            is_required: false,
        };
        self.add(place, &field, description);
    }

    fn add(&mut self, place: Place, field: &Field, description: &str) {
        if self.names(place).contains(field.name.as_str()) {
            return;
        }
        let mut parameter = json!({
            "name": field.name,
            "in": place.as_str(),
            "required": field.is_required || place == Place::Path,
            "schema": field.schema,
        });
        if let Some(parameter) = parameter.as_object_mut().filter(|_| !description.is_empty()) {
            parameter.insert("description".into(), json!(description));
        }
        self.parameters.push(parameter);
    }

    /// The schema of a value that is read.
    pub fn input_schema<T: JsonSchema>(&mut self) -> Value {
        self.schemas.read::<T>()
    }

    /// The names of the parameters described so far.
    pub(crate) fn names(&self, place: Place) -> BTreeSet<&str> {
        let here = self
            .parameters
            .iter()
            .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some(place.as_str()));
        here.filter_map(|parameter| parameter.get("name")?.as_str())
            .collect()
    }

    /// The JSON body that it reads.
    pub fn json_body<T: JsonSchema>(&mut self) {
        let schema = self.schemas.read::<T>();
        let content = json!({ "application/json": { "schema": schema } });
        self.body = Some(json!({ "required": true, "content": content }));
    }

    /// The form that it reads, where a standard asks for one.
    pub fn form_body<T: JsonSchema>(&mut self) {
        let schema = self.schemas.read::<T>();
        let content = json!({ "application/x-www-form-urlencoded": { "schema": schema } });
        self.body = Some(json!({ "required": true, "content": content }));
    }

    /// A success answer with a JSON body.
    pub fn json_answer<T: JsonSchema>(&mut self, status: u16, description: &str) {
        let schema = self.schemas.written::<T>();
        let content = json!({ "application/json": { "schema": schema } });
        self.answers
            .insert(status, json!({ "description": description, "content": content }));
    }

    /// A success answer that is a file of this media type.
    pub fn file_answer(&mut self, status: u16, media_type: &str, description: &str) {
        let content = json!({ media_type: { "schema": { "type": "string" } } });
        self.answers
            .insert(status, json!({ "description": description, "content": content }));
    }

    /// A success answer without a body.
    pub fn empty_answer(&mut self, status: u16, description: &str) {
        self.answers.insert(status, json!({ "description": description }));
    }

    /// A header of the success answer.
    pub fn answer_header(&mut self, name: &str, description: &str, schema: &Value) {
        let header = json!({ "description": description, "schema": schema });
        self.answer_headers.insert(name.to_owned(), header);
    }

    pub(crate) fn take_answer_headers(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.answer_headers)
    }
}

impl Place {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}
