//! The provider over a database of its own, on the engine that `MAINSTAY_TEST_DATABASE` says, heard by a server that
//! takes what it likes.

mod pages;
mod paying;
mod subscribing;
mod telling;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crypto::MasterKey;
use db::testing::TestDatabase;
use db::{Args, DbError, Executor as _, Tx, args};
use jobs::{Drained, Queue, Registry};
use kernel::{Clock, IdSource, Money, Timestamp};
use ports::http::{HttpClient, HttpError, HttpRequest, HttpResponse};
use ports::payments::{
    Buyer, CheckoutRequest, InboundWebhook, ObjectKind, ObjectRef, PaymentProvider as _, PaymentSnapshot,
    ProviderEvent, Purpose, RecentRequest, RefundRequest, Snapshot,
};
use uuid::Uuid;

use crate::model::checkout::Act;
use crate::model::event::Delivery;
use crate::{DeliverEventHandler, Machinery, MachineryParts, Sandbox, TickHandler};

struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let moment = u64::try_from(now.unix_milliseconds()).unwrap();
        Uuid::from_u64_pair(
            moment << 16 | 0x7000,
            1 << 63 | self.0.fetch_add(1, Ordering::Relaxed),
        )
    }
}

/// Who is told, and answers with the next of these statuses, and then with 200.
#[derive(Default)]
struct Hearer {
    answers: Mutex<Vec<u16>>,
    heard: Mutex<Vec<HttpRequest>>,
}

#[async_trait]
impl HttpClient for Hearer {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.heard.lock().unwrap().push(request);
        let mut answers = self.answers.lock().unwrap();
        let status = if answers.is_empty() {
            200
        } else {
            answers.remove(0)
        };
        Ok(HttpResponse {
            status,
            content_type: None,
            max_age: None,
            headers: Vec::new(),
            body: Vec::new(),
        })
    }
}

struct World {
    sandbox: Sandbox,
    clock: Arc<TestClock>,
    hearer: Arc<Hearer>,
    queue: Queue,
    registry: Registry,
    database: TestDatabase,
}

impl World {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let clock = Arc::new(TestClock(Mutex::new("2026-03-05T17:30:00Z".parse().unwrap())));
        let ids = Arc::new(CountingIds(AtomicU64::new(1)));
        let queue = Queue::new(ids.clone(), clock.clone());
        let hearer = Arc::new(Hearer::default());
        let sandbox = Sandbox::new(Machinery::new(MachineryParts {
            db: database.db.clone(),
            clock: clock.clone(),
            ids,
            queue: queue.clone(),
            http: hearer.clone(),
            mac: MasterKey::from_bytes([7; 32]).mac("payment sandbox"),
            public_url: "http://127.0.0.1:8080".parse().unwrap(),
        }));
        let mut registry = Registry::new();
        registry.on(DeliverEventHandler(sandbox.clone()));
        registry.on(TickHandler(sandbox.clone()));
        Self {
            sandbox,
            clock,
            hearer,
            queue,
            registry,
            database,
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn pass(&self, time: Duration) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus(time);
    }

    fn request(&self, key: &str) -> CheckoutRequest {
        CheckoutRequest {
            reference: "pay_1".to_owned(),
            attempt: 1,
            purpose: Purpose::Payment {
                amount: usd(1999),
                description: "Ten <b>credits</b>".to_owned(),
            },
            buyer: Buyer {
                customer: None,
                email: Some("ada@example.com".parse().unwrap()),
                name: None,
            },
            organization: "org_1".to_owned(),
            success_url: "https://shop.example/thanks?a=1&b=2".parse().unwrap(),
            cancel_url: "https://shop.example/cart".parse().unwrap(),
            expires_at: self.now().plus(Duration::from_hours(1)),
            metadata: BTreeMap::new(),
            idempotency_key: key.to_owned(),
        }
    }

    /// A page where 19.99 USD are asked for.
    async fn page(&self) -> String {
        let made = self.sandbox.create_checkout(&self.request("key-1")).await;
        made.unwrap().id.unwrap()
    }

    /// A payment that was made.
    async fn paid(&self) -> String {
        let page = self.page().await;
        self.sandbox.act(&page, Act::Pay, Delivery::Normal).await.unwrap();
        self.payment(ObjectKind::Checkout, &page).await.id.unwrap()
    }

    async fn fetch(&self, kind: ObjectKind, id: &str) -> Vec<Snapshot> {
        let id = id.to_owned();
        self.sandbox.fetch(&ObjectRef { kind, id }).await.unwrap()
    }

    async fn payment(&self, kind: ObjectKind, id: &str) -> PaymentSnapshot {
        let found = self.fetch(kind, id).await.into_iter();
        let mut found = found.filter_map(|snapshot| match snapshot {
            Snapshot::Payment(payment) => Some(payment),
            _ => None,
        });
        found.next().unwrap()
    }

    async fn refund(&self, payment: &str, minor: i64, key: &str) -> Result<(), String> {
        let request = RefundRequest {
            reference: format!("rfd_{key}"),
            payment: payment.to_owned(),
            amount: usd(minor),
            is_rest: false,
            idempotency_key: key.to_owned(),
        };
        let done = self.sandbox.refund(&request).await;
        done.map(drop).map_err(|error| error.to_string())
    }

    async fn work(&self) -> Drained {
        jobs::drain(&self.database.db, &self.queue, &self.registry)
            .await
            .unwrap()
    }

    /// What was heard since this was asked, as who hears it reads it.
    fn heard(&self) -> Vec<ProviderEvent> {
        let heard = std::mem::take(&mut *self.hearer.heard.lock().unwrap());
        let read = heard.iter().map(|request| {
            assert_eq!(request.url.as_str(), "http://127.0.0.1:8080/webhooks/sandbox");
            let headers: Vec<(String, String)> = request
                .headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            let webhook = InboundWebhook {
                headers: &headers,
                body: &request.body,
            };
            self.sandbox.verify_webhook(&webhook, self.now()).unwrap()
        });
        read.collect()
    }

    fn heard_types(&self) -> Vec<String> {
        self.heard().into_iter().map(|event| event.event_type).collect()
    }

    async fn listed(&self) -> Vec<ProviderEvent> {
        let (mut listed, mut cursor) = (Vec::new(), None);
        loop {
            let since = "2026-03-05T00:00:00Z".parse().unwrap();
            let page = self.sandbox.list_recent(&RecentRequest { since, cursor }).await;
            let page = page.unwrap();
            listed.extend(page.events);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return listed;
            }
        }
    }

    async fn execute(&self, sql: &'static str, args: Args) {
        let work = async move |tx: &mut Tx| tx.execute(sql, args.clone()).await;
        self.database.db.write::<_, DbError>(work).await.unwrap();
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let work = async move |tx: &mut Tx| tx.fetch_one::<i64>(sql, args![]).await;
        self.database.db.write::<_, DbError>(work).await.unwrap()
    }
}

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().unwrap())
}
