//! Events: written down with what happened, told over HTTP until somebody takes them, and listed.

use std::time::Duration;

use db::{DbError, ReadTx, Tx};
use jobs::JobError;
use kernel::Timestamp;
use ports::http::{HttpMethod, HttpRequest, Overlong};
use ports::payments::{ProviderEvent, RecentPage, RecentRequest};

use crate::error::SandboxError;
use crate::model::event::{Delivery, Fact, SandboxEvent};
use crate::service::Sandbox;
use crate::signature;
use crate::store::events;
use crate::work::DeliverEvent;

/// How long who is told may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How many events are listed on a page.
const PAGE: u32 = 100;

impl Sandbox {
    /// Writes down what happened, and has it told as often and as late as `delivery` says.
    pub(super) async fn tell_in(
        &self,
        tx: &mut Tx,
        delivery: Delivery,
        facts: &[Fact],
    ) -> Result<(), SandboxError> {
        let now = self.machinery.clock.now();
        for (place, fact) in facts.iter().enumerate() {
            let event = SandboxEvent {
                id: self.id("evt", now),
                event_type: fact.event_type.to_owned(),
                object: fact.object.clone(),
                reference: fact.reference.clone(),
                delivery,
                attempts: 0,
                last_error: None,
                delivered_at: None,
                created_at: now,
            };
            events::insert(tx, &event).await?;
            for wait in delivery.waits(place, facts.len()) {
                let job = DeliverEvent {
                    event: event.id.clone(),
                };
                let queue = &self.machinery.queue;
                queue.enqueue_at(tx, &job, now.plus(wait)).await?;
            }
        }
        Ok(())
    }

    /// One attempt at telling an event. What is not taken is told again after 5 seconds, then 25, and so on.
    pub(crate) async fn deliver(&self, id: &str, delivery: &jobs::Delivery) -> Result<(), JobError> {
        let wanted = id.to_owned();
        let find = async move |tx: &mut ReadTx| events::find(tx, &wanted).await;
        let found: Result<Option<SandboxEvent>, DbError> = self.machinery.db.read(find).await;
        let Some(event) = found? else {
            return Ok(());
        };
        let error = self.send(&event).await.err();
        let (this, id, said) = (self.clone(), event.id, error.clone());
        let record = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            events::update_attempted(tx, &id, said.as_deref(), now).await
        };
        let recorded: Result<(), DbError> = self.machinery.db.write_soft(record).await;
        recorded?;
        match error {
            None => Ok(()),
            Some(reason) if delivery.attempt < delivery.max_attempts => {
                let after = Duration::from_secs(5_u64.saturating_pow(delivery.attempt));
                Err(JobError::RetryAfter { reason, after })
            }
            Some(error) => {
                tracing::warn!(%error, "nobody takes an event of the payment sandbox");
                Ok(())
            }
        }
    }

    async fn send(&self, event: &SandboxEvent) -> Result<(), String> {
        let body = event.body().to_string().into_bytes();
        let signature = signature::sign(&self.machinery.mac, &body, self.machinery.clock.now());
        let url = self.machinery.public_url.join("/webhooks/sandbox");
        let request = HttpRequest {
            method: HttpMethod::Post,
            url: url.map_err(|error| error.to_string())?,
            headers: vec![
                ("content-type", "application/json".to_owned()),
                (signature::HEADER, signature),
            ],
            body,
            timeout: TIMEOUT,
            max_bytes: 1024,
            overlong: Overlong::Cut,
        };
        let answer = self.machinery.http.send(request).await;
        let status = answer.map_err(|error| error.to_string())?.status;
        if (200..300).contains(&status) {
            return Ok(());
        }
        Err(format!("it answered {status}"))
    }

    /// Everything that happened since a time, told or not, page by page.
    pub(crate) async fn recent(&self, request: &RecentRequest) -> Result<RecentPage, SandboxError> {
        let after = match &request.cursor {
            None => (request.since, String::new()),
            Some(cursor) => read_cursor(cursor).ok_or(SandboxError::Refused("there is no such cursor"))?,
        };
        let list =
            async move |tx: &mut ReadTx| events::list_after(tx, (after.0, after.1.as_str()), PAGE).await;
        let listed: Result<Vec<SandboxEvent>, DbError> = self.machinery.db.read(list).await;
        let listed = listed?;
        let is_full = u32::try_from(listed.len()).is_ok_and(|count| count == PAGE);
        let end = listed.last().filter(|_| is_full);
        Ok(RecentPage {
            next_cursor: end.map(|event| format!("{} {}", event.created_at.to_micros_text(), event.id)),
            events: listed.into_iter().map(as_told).collect(),
        })
    }
}

fn read_cursor(cursor: &str) -> Option<(Timestamp, String)> {
    let (at, id) = cursor.split_once(' ')?;
    Some((at.parse().ok()?, id.to_owned()))
}

/// As its webhook says it, to the second.
fn as_told(event: SandboxEvent) -> ProviderEvent {
    ProviderEvent {
        occurred_at: Timestamp::from_unix_seconds(event.created_at.unix_seconds()),
        key: event.id,
        event_type: event.event_type,
        object: Some(event.object),
        reference: event.reference,
    }
}
