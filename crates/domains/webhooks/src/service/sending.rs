//! Sending what is due to an endpoint, in order.

mod asking;

use std::time::{Duration, Instant};

use db::{DbError, Tx};
use jobs::JobError;
use kernel::{RequestContext, Timestamp};
use serde_json::Value;

use self::asking::{Answer, Asked};
use crate::error::WebhookError;
use crate::model::delivery::Attempt;
use crate::model::endpoint::{DisabledReason, EndpointStatus};
use crate::pace;
use crate::service::Webhooks;
use crate::store::endpoints::Worker;
use crate::store::{attempts, deliveries, endpoints};
use crate::work::DeliverWebhooks;

/// For how long a job works for an endpoint before others have their turn.
const TURN: Duration = Duration::from_secs(10);

/// An attempt that failed after so long ends the turn: others wait.
const SLOW: Duration = Duration::from_secs(3);

/// How many deliveries are given up in one unit of work.
const BATCH: u32 = 200;

/// What a worker finds to do.
enum Step {
    /// This is to be sent.
    Send(Box<Asked>),
    /// The endpoint is disabled, and some of what it was to hear was given up.
    GaveUp,
    /// There is nothing to do now.
    Nothing,
}

/// Whether more is sent in this turn.
#[derive(PartialEq, Eq)]
enum Turn {
    GoesOn,
    IsOver,
}

impl Webhooks {
    /// Sends what is due to an endpoint, one after the other, unless somebody does already: whoever does looks
    /// again after they have let it go, so that nothing is left lying.
    pub(crate) async fn deliver(
        &self,
        job: DeliverWebhooks,
        delivery: &jobs::Delivery,
    ) -> Result<(), JobError> {
        let worker = Worker {
            job: delivery.id,
            attempt: delivery.attempt,
        };
        let take = async move |tx: &mut Tx| endpoints::update_worker(tx, job.endpoint, worker).await;
        let is_taken: Result<bool, DbError> = self.machinery.db.write_soft(take).await;
        if !is_taken? {
            return Ok(());
        }
        let began = Instant::now();
        while began.elapsed() < TURN {
            match self.next_step(job, worker).await? {
                Step::Send(asked) => {
                    let answer = self.ask(&asked).await;
                    if self.record(job, *asked, answer).await? == Turn::IsOver {
                        break;
                    }
                }
                Step::GaveUp => {}
                Step::Nothing => break,
            }
        }
        Ok(self.end_turn(job, worker, delivery).await?)
    }

    /// Writes the next attempt down, before it is made: what was sent is in the log even if nobody lives to tell
    /// what came of it.
    async fn next_step(&self, job: DeliverWebhooks, worker: Worker) -> Result<Step, DbError> {
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let Some(endpoint) = endpoints::find_worked(tx, job.endpoint, worker).await? else {
                return Ok(Step::Nothing);
            };
            if endpoint.status == EndpointStatus::Disabled {
                let given_up = deliveries::update_given_up(tx, endpoint.id, now, BATCH).await?;
                return Ok(if given_up > 0 { Step::GaveUp } else { Step::Nothing });
            }
            if endpoint.paused_until.is_some_and(|until| now < until) {
                return Ok(Step::Nothing);
            }
            let Some(due) = deliveries::find_due(tx, endpoint.id, now).await? else {
                return Ok(Step::Nothing);
            };
            let id = due.event.to_string();
            let signature = this.sign_in(tx, endpoint.id, (&id, &due.body), now).await?;
            let asked = Asked {
                delivery: due.id,
                attempt: due.attempts + 1,
                url: endpoint.url,
                headers: asking::headers(id, signature, now),
                body: due.body,
                at: now,
            };
            deliveries::update_begun(tx, due.id, now).await?;
            attempts::insert(tx, (due.id, asked.attempt), asked.headers_as_json(), now).await?;
            Ok(Step::Send(Box::new(asked)))
        };
        self.machinery.db.write_soft(work).await
    }

    /// Writes down what came of an attempt. Nothing here asks who works for the endpoint: what was answered was
    /// answered, and an attempt that was overtaken changes no delivery that is on its way.
    async fn record(&self, job: DeliverWebhooks, asked: Asked, answer: Answer) -> Result<Turn, JobError> {
        let was_slow = answer.took > SLOW;
        metrics::counter!("mainstay_webhooks_attempts_total", "outcome" => answer.outcome()).increment(1);
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            attempts::update(tx, asked.delivery, &made(&asked, &answer)).await?;
            if answer.is_success() {
                deliveries::update_succeeded(tx, asked.delivery, now).await?;
                endpoints::update_healthy(tx, job.endpoint).await?;
                return Ok(Turn::GoesOn);
            }
            this.fail_in(tx, job, (&asked, &answer), now).await?;
            Ok(if was_slow { Turn::IsOver } else { Turn::GoesOn })
        };
        let recorded: Result<Turn, WebhookError> = self.machinery.db.write(work).await;
        recorded.map_err(JobError::retry)
    }

    async fn fail_in(
        &self,
        tx: &mut Tx,
        job: DeliverWebhooks,
        (asked, answer): (&Asked, &Answer),
        now: Timestamp,
    ) -> Result<(), WebhookError> {
        let dice = self.machinery.ids.uuid_v7(now).as_u64_pair().1;
        let wait = pace::after_attempt(asked.attempt, answer.retry_after, dice);
        let next = wait.map(|wait| now.plus(wait));
        deliveries::update_failed(tx, (asked.delivery, asked.attempt), next, now).await?;
        let Some(endpoint) = endpoints::update_failing(tx, job.endpoint, now).await? else {
            return Ok(());
        };
        if let Some(pause) = pace::pause(endpoint.failures, answer.retry_after, dice) {
            endpoints::update_pause(tx, endpoint.id, Some(now.plus(pause))).await?;
        }
        let reason = if answer.is_gone() {
            DisabledReason::Gone
        } else if endpoint.failing_for(now) >= pace::DISABLED_AFTER {
            DisabledReason::Failing
        } else {
            return Ok(());
        };
        self.disable_in(tx, &RequestContext::system(), &endpoint, reason, now)
            .await
    }

    /// Lets the endpoint go, and then looks whether there is more to come: what was written down before somebody
    /// found it taken is seen here, what is written down later finds it free.
    async fn end_turn(
        &self,
        job: DeliverWebhooks,
        worker: Worker,
        delivery: &jobs::Delivery,
    ) -> Result<(), DbError> {
        let (this, delivery) = (self.clone(), delivery.clone());
        let work = async move |tx: &mut Tx| {
            if endpoints::update_no_worker(tx, job.endpoint, worker).await?
                && let Some(turn) = deliveries::find_next_turn(tx, job.endpoint).await?
            {
                let endpoint = endpoints::find_any(tx, job.endpoint).await?;
                let paused_until = endpoint.and_then(|endpoint| endpoint.paused_until);
                let turn = paused_until.map_or(turn, |until| until.max(turn));
                let queue = &this.machinery.queue;
                queue.enqueue_unique_at(tx, &job.key(), &job, turn).await?;
            }
            delivery.finish(tx).await
        };
        self.machinery.db.write_soft(work).await
    }
}

fn made(asked: &Asked, answer: &Answer) -> Attempt {
    Attempt {
        attempt: asked.attempt,
        status_code: answer.status.map(i64::from),
        error: answer.error.clone(),
        request_headers: Value::Null,
        response_headers: answer.headers.clone(),
        response_body: answer.body.clone(),
        duration_ms: Some(i64::try_from(answer.took.as_millis()).unwrap_or(i64::MAX)),
        occurred_at: asked.at,
    }
}
