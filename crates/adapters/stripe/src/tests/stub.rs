//! A Stripe that answers what it is told to, and remembers what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kernel::{Clock, Secret, Timestamp};
use ports::http::{HttpClient, HttpError, HttpMethod, HttpRequest, HttpResponse};
use serde_json::Value;
use url::form_urlencoded;

use crate::{Stripe, StripeConfig};

pub(crate) const KEY: &str = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";
pub(crate) const SECRET: &str = "whsec_ours";
/// 2026-01-01T00:00:00Z.
pub(crate) const NOW: i64 = 1_767_225_600;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds).unwrap()
}

pub(crate) struct At(pub(crate) i64);

impl Clock for At {
    fn now(&self) -> Timestamp {
        at(self.0)
    }
}

pub(crate) fn config() -> StripeConfig {
    StripeConfig {
        secret_key: Secret::new(KEY.to_owned()),
        webhook_secrets: vec![Secret::new(SECRET.to_owned())],
        account: "main".to_owned(),
        base_url: Some("http://127.0.0.1:9".parse().unwrap()),
    }
}

pub(crate) fn stripe(http: Arc<dyn HttpClient>) -> Stripe {
    Stripe::new(config(), http, Arc::new(At(NOW))).unwrap()
}

/// What was asked, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: HttpMethod,
    pub(crate) path: String,
    pub(crate) params: BTreeMap<String, String>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) timeout: std::time::Duration,
}

impl Asked {
    pub(crate) fn read(request: &HttpRequest) -> Self {
        let pairs = match request.method {
            HttpMethod::Post => request.body.clone(),
            _ => request.url.query().unwrap_or_default().as_bytes().to_vec(),
        };
        let headers = request.headers.iter();
        Self {
            method: request.method,
            path: request.url.path().to_owned(),
            params: params(&pairs),
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            timeout: request.timeout,
        }
    }

    /// `GET /v1/refunds`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", format!("{:?}", self.method).to_uppercase(), self.path)
    }

    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }
}

/// Form parameters; none may be there twice.
pub(crate) fn params(form: &[u8]) -> BTreeMap<String, String> {
    let mut params = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(form).into_owned() {
        assert!(
            params.insert(name.clone(), value).is_none(),
            "{name} is there twice"
        );
    }
    params
}

pub(crate) fn answer(status: u16, body: &Value) -> HttpResponse {
    HttpResponse {
        status,
        content_type: Some("application/json".to_owned()),
        max_age: None,
        headers: vec![("request-id".to_owned(), "req_1".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

/// Answers in the order in which they were given.
#[derive(Default)]
pub(crate) struct Stub {
    answers: Mutex<VecDeque<Result<HttpResponse, HttpError>>>,
    asked: Mutex<Vec<Asked>>,
}

impl Stub {
    pub(crate) fn new(answers: impl IntoIterator<Item = Result<HttpResponse, HttpError>>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Mutex::default(),
        })
    }

    /// Answers of 200.
    pub(crate) fn of(bodies: impl IntoIterator<Item = Value>) -> Arc<Self> {
        Self::new(bodies.into_iter().map(|body| Ok(answer(200, &body))))
    }

    pub(crate) fn stripe(self: &Arc<Self>) -> Stripe {
        stripe(self.clone())
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().iter().map(Asked::line).collect()
    }
}

#[async_trait]
impl HttpClient for Stub {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.asked.lock().unwrap().push(Asked::read(&request));
        let next = self.answers.lock().unwrap().pop_front();
        next.unwrap_or_else(|| panic!("nothing is left to answer {request:?}"))
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(
                self.answers.get_mut().unwrap().is_empty(),
                "not everything was asked"
            );
        }
    }
}
