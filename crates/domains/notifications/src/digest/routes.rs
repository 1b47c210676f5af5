//! `/notifications/digest`: how often a person gets a mail that sums up.

use axum::extract::State;
use garde::Validate;
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Doc, Json, Principal, Routes};

use super::model::{Digest, Frequency, Rhythm};
use super::service::Digests;
use crate::error::NotificationError;

/// The hour of who does not say: when people begin to work in Europe.
const MORNING: u8 = 8;

/// The routes of digests.
pub fn routes(digests: Digests) -> Api {
    const PATH: &str = "/notifications/digest";
    Routes::new("notifications")
        .get(
            PATH,
            get_notification_digest,
            Doc::new("Get your digest", "How often you get a mail that sums up what you have not read, and when the next is due."),
        )
        .put(
            PATH,
            update_notification_digest,
            Doc::new(
                "Change your digest",
                "The first sums up what comes from now on; each names the 20 newest that you have not read. When there is nothing new, there is no mail.",
            ),
        )
        .with_state(digests)
}

/// How often.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DigestFrequency {
    /// Never.
    Off,
    /// Every day.
    Daily,
    /// Every Monday.
    Weekly,
}

/// How often you want a digest.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct UpdateNotificationDigest {
    /// How often.
    #[garde(skip)]
    frequency: DigestFrequency,
    /// At which hour (UTC); 8 when absent.
    #[serde(default)]
    #[garde(inner(range(max = 23)))]
    #[schemars(extend("example" = 7))]
    hour: Option<u8>,
}

/// How often you get a digest.
#[derive(Debug, Serialize, JsonSchema)]
struct NotificationDigestBody {
    /// How often.
    frequency: DigestFrequency,
    /// At which hour (UTC); null while there are none.
    #[schemars(extend("example" = 7))]
    hour: Option<u8>,
    /// When the next is due; null while there are none.
    next_at: Option<Timestamp>,
}

impl UpdateNotificationDigest {
    fn rhythm(&self) -> Result<Option<Rhythm>, NotificationError> {
        let frequency = match self.frequency {
            DigestFrequency::Off => return Ok(None),
            DigestFrequency::Daily => Frequency::Daily,
            DigestFrequency::Weekly => Frequency::Weekly,
        };
        Rhythm::new(frequency, self.hour.unwrap_or(MORNING)).map(Some)
    }
}

impl From<Option<Digest>> for NotificationDigestBody {
    fn from(digest: Option<Digest>) -> Self {
        let frequency = digest.map_or(DigestFrequency::Off, |digest| match digest.rhythm.frequency {
            Frequency::Daily => DigestFrequency::Daily,
            Frequency::Weekly => DigestFrequency::Weekly,
        });
        Self {
            frequency,
            hour: digest.map(|digest| digest.rhythm.hour()),
            next_at: digest.map(|digest| digest.next_at),
        }
    }
}

async fn get_notification_digest(
    State(digests): State<Digests>,
    principal: Principal,
) -> ApiResult<Json<NotificationDigestBody>> {
    Ok(Json(digests.get(principal.user).await?.into()))
}

async fn update_notification_digest(
    State(digests): State<Digests>,
    principal: Principal,
    Json(body): Json<UpdateNotificationDigest>,
) -> ApiResult<Json<NotificationDigestBody>> {
    let digest = digests.set(principal.user, body.rhythm()?).await?;
    Ok(Json(digest.into()))
}
