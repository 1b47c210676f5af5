//! Handing a message over to a push service, and what its answer means (RFC 8030, section 5 and 7).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use db::{ReadTx, Tx};
use jobs::JobError;
use kernel::{JobId, Timestamp};
use ports::http::{HttpError, HttpMethod, HttpRequest, HttpResponse, Overlong};

use super::{PushSubscriptions, WAITING};
use crate::push::model::{Address, PushMessage, SendPush};
use crate::push::store::{self, SealedSubscription};

/// How long a push service keeps a message for a device that is off: what was told three days ago is in the feed.
const KEPT: Duration = Duration::from_hours(3 * 24);
/// How long it may believe that it is us. The standard allows a day.
const BELIEVED: Duration = Duration::from_hours(12);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much of the answer is of interest.
const ANSWER: usize = 1024;
/// The longest that we let a push service make us wait.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// What becomes of a message.
enum Outcome {
    Delivered,
    /// The browser is subscribed no more, or nobody may be reached there.
    Gone,
    Failed(JobError),
}

impl PushSubscriptions {
    /// One attempt. A subscription that is gone takes its messages along.
    pub(crate) async fn deliver(&self, job: &SendPush, id: JobId) -> Result<(), JobError> {
        let subscription = job.subscription;
        let find = async move |tx: &mut ReadTx| store::find(tx, subscription).await;
        let found: Option<SealedSubscription> = self.machinery.db.read(find).await?;
        let Some(kept) = found else {
            return Ok(());
        };
        let request = self.request(job, &kept, id).await?;
        let outcome = match self.machinery.http.send(request).await {
            Ok(response) => outcome(&response, self.machinery.clock.now()),
            Err(HttpError::PrivateAddress(_)) => Outcome::Gone,
            Err(error) => Outcome::Failed(JobError::retry(error)),
        };
        let (now, created_at) = (self.machinery.clock.now(), kept.created_at);
        let note: u64 = match outcome {
            Outcome::Failed(error) => return Err(error),
            Outcome::Delivered => {
                let work = async move |tx: &mut Tx| store::update_used(tx, subscription, now).await;
                self.machinery.db.write_soft(work).await?
            }
            Outcome::Gone => {
                let work = async move |tx: &mut Tx| store::delete_gone(tx, subscription, created_at).await;
                self.machinery.db.write(work).await?
            }
        };
        tracing::debug!(rows = note, "a push message is done with");
        Ok(())
    }

    async fn request(
        &self,
        job: &SendPush,
        kept: &SealedSubscription,
        id: JobId,
    ) -> Result<HttpRequest, JobError> {
        let unreadable = |_| JobError::dead("it was sealed under another master key");
        let address: Address = self.address(kept).map_err(unreadable)?;
        let sealed = STANDARD.decode(&job.sealed_message).ok();
        let message = sealed.and_then(|sealed| self.messages.open(&sealed, WAITING));
        let message = message.and_then(|plain| serde_json::from_slice::<PushMessage>(&plain).ok());
        let message = message.ok_or_else(|| JobError::dead("the message can't be read"))?;
        let receiver = address.receiver().map_err(JobError::dead)?;
        let body = receiver.encrypt(&message.payload(job.notification));
        let key = self.sender.key().await.map_err(JobError::retry)?;
        let audience = address.endpoint.origin().ascii_serialization();
        let until = self.machinery.clock.now().plus(BELIEVED);
        let authorization = key.authorization(&audience, self.machinery.public_url.as_str(), until);
        let urgency = if job.is_urgent { "high" } else { "normal" };
        let headers = vec![
            ("authorization", authorization.map_err(JobError::dead)?),
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("ttl", KEPT.as_secs().to_string()),
            ("urgency", urgency.to_owned()),
            // At most 32 characters of base64url. The job is the same when it is tried again.
            ("topic", id.uuid().simple().to_string()),
        ];
        Ok(HttpRequest {
            method: HttpMethod::Post,
            url: address.endpoint,
            headers,
            body: body.map_err(JobError::dead)?,
            timeout: PATIENCE,
            max_bytes: ANSWER,
            overlong: Overlong::Cut,
        })
    }
}

fn outcome(response: &HttpResponse, now: Timestamp) -> Outcome {
    let status = response.status;
    let reason = format!("the push service answered {status}");
    match status {
        200..=299 => Outcome::Delivered,
        404 | 410 => Outcome::Gone,
        408 | 429 | 500..=599 => Outcome::Failed(match response.retry_after(now) {
            Some(after) => JobError::RetryAfter {
                reason,
                after: after.min(LONGEST_WAIT),
            },
            None => JobError::retry(reason),
        }),
        _ => Outcome::Failed(JobError::dead(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, retry_after: Option<&str>) -> Outcome {
        let response = HttpResponse {
            status,
            content_type: None,
            max_age: None,
            headers: retry_after
                .map(|value| ("retry-after".to_owned(), value.to_owned()))
                .into_iter()
                .collect(),
            body: Vec::new(),
        };
        outcome(&response, "1994-11-06T08:49:00Z".parse().unwrap())
    }

    #[test]
    fn every_answer_means_something() {
        for status in [200, 201, 202, 204] {
            assert!(matches!(answered(status, None), Outcome::Delivered), "{status}");
        }
        for status in [404, 410] {
            assert!(matches!(answered(status, None), Outcome::Gone), "{status}");
        }
        for status in [301, 307, 400, 401, 403, 413, 418] {
            let outcome = answered(status, None);
            assert!(
                matches!(outcome, Outcome::Failed(JobError::Dead { .. })),
                "{status}"
            );
        }
        for (status, header, seconds) in [
            (429, Some("120"), Some(120)),
            (503, Some("Sun, 06 Nov 1994 08:49:37 GMT"), Some(37)),
            (503, Some("18446744073709551615"), Some(86_400)),
            (500, Some("soon"), None),
            (429, None, None),
        ] {
            let after = match answered(status, header) {
                Outcome::Failed(JobError::RetryAfter { after, .. }) => Some(after.as_secs()),
                Outcome::Failed(JobError::Retry { .. }) => None,
                _ => panic!("{status} is tried again"),
            };
            assert_eq!(after, seconds, "{status} {header:?}");
        }
    }
}
