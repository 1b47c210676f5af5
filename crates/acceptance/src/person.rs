//! People who use the product.

use reqwest::Method;
use serde_json::Value;

use crate::answer::Answer;

/// Somebody with an account, signed in or not.
#[derive(Debug, Clone)]
pub struct Person {
    /// The address they sign in with.
    pub email: String,
    /// Their password.
    pub password: String,
    /// Their id, once they have an account.
    pub id: String,
    /// What they show with each request.
    pub access_token: Option<String>,
    /// What they get a new one with.
    pub refresh_token: String,
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
}

/// A request that is being put together.
pub struct Ask {
    request: reqwest::RequestBuilder,
    asked: String,
}

impl Person {
    /// `ada` is ada@example.com with a good password, without an account yet.
    pub(crate) fn new(base: &str, http: &reqwest::Client, name: &str) -> Self {
        Self {
            email: format!("{name}@example.com"),
            password: format!("{name} rides a violet tandem to Porto"),
            id: String::new(),
            access_token: None,
            refresh_token: String::new(),
            base: base.to_owned(),
            http: http.clone(),
        }
    }

    /// Starts a request.
    #[expect(clippy::needless_pass_by_value, reason = "a literal at every call")]
    pub fn ask(&self, method: Method, path: &str) -> Ask {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = &self.access_token {
            request = request.bearer_auth(token);
        }
        Ask {
            request,
            asked: format!("{method} {path}"),
        }
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).send().await
    }

    /// `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path).json(body).send().await
    }

    /// `PUT path` with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::PUT, path).json(body).send().await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path).send().await
    }

    /// Takes over what a sign-in answered.
    pub fn take_tokens(&mut self, answer: &Answer) {
        self.access_token = Some(answer.at("/access_token"));
        self.refresh_token = answer.at("/refresh_token");
        self.id = answer.at("/user/id");
    }

    /// Signs in with the password, as another device would.
    pub async fn sign_in(&mut self) {
        let body = serde_json::json!({ "email": self.email, "password": self.password });
        let answer = self.without_token().post("/auth/login", body).await.expect(200);
        self.take_tokens(&answer);
    }

    /// The same person on a device that is not signed in.
    pub fn without_token(&self) -> Self {
        Self {
            access_token: None,
            ..self.clone()
        }
    }

    /// The same person in a browser that keeps cookies, not signed in.
    pub fn in_a_browser(&self) -> Self {
        let http = reqwest::Client::builder().cookie_store(true);
        let http = http.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self {
            http,
            ..self.without_token()
        }
    }

    /// The same person on another machine: `127.0.0.2` and so on.
    pub fn at_address(&self, address: &str) -> Self {
        let http = reqwest::Client::builder().local_address(Some(address.parse().unwrap()));
        let http = http.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, ..self.clone() }
    }

    /// The same person with another access token.
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            access_token: Some(token.into()),
            ..self.clone()
        }
    }
}

impl Ask {
    /// With a JSON body.
    #[expect(clippy::needless_pass_by_value, reason = "a literal at every call")]
    pub fn json(mut self, body: Value) -> Self {
        self.request = self.request.json(&body);
        self
    }

    /// With a body as it is.
    pub fn body(mut self, content_type: &str, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.header("content-type", content_type).body(body);
        self
    }

    /// With a form, as a page without script sends it.
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        self.request = self.request.form(fields);
        self
    }

    /// With a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Sends it.
    pub async fn send(self) -> Answer {
        let (asked, response) = self.open().await;
        Answer::read(asked, response).await
    }

    /// Sends it and leaves the body of the answer to be read.
    pub(crate) async fn open(self) -> (String, reqwest::Response) {
        let response = self
            .request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", self.asked));
        (self.asked, response)
    }
}
