//! `/webhooks/mail`.

use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use garde::Validate;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};
use kernel::{Secret, Timestamp};
use mail::ReportKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Context, Doc, Json, Public, RawBody, Routes};

use super::model::{MailReport, Proof, ReportOutcome, message_of, shortened};
use super::service::MailReports;

/// The media type of a mail as it is.
const MAIL: &str = "message/rfc822";

/// The route of reports.
pub fn report_routes(reports: MailReports) -> Api {
    Routes::new("messages")
        .post(
            "/webhooks/mail",
            receive_mail_reports,
            Doc::new(
                "Report what became of mails",
                "For mail servers and providers, which show that they know the secret of the setting \
                 `mail_webhook_secret`: by a signature (Standard Webhooks), as a bearer token, or as the password of \
                 basic authentication. Takes events as JSON, or as `message/rfc822` a mail that came \
                 back as it is (RFC 3464, RFC 5965). \
                 Each event is applied once; reporting it again is harmless.",
            ),
        )
        .with_state(reports)
}

/// What became of mails.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ReportMails")]
pub(crate) struct ReportMails {
    /// In order, at most 100.
    #[garde(length(min = 1, max = 100), dive)]
    events: Vec<MailEventBody>,
}

/// What became of a mail.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MailReport")]
pub(crate) struct MailEventBody {
    /// What happened.
    #[serde(rename = "type")]
    #[garde(skip)]
    kind: MailEventType,
    /// Which mail: its id, or its `Message-ID`.
    #[garde(length(chars, max = 1000))]
    message_id: Option<String>,
    /// Whom it was to. With a mail named it has to be its recipient; without one it means the latest mail to that
    /// address.
    #[garde(length(chars, max = 1000))]
    recipient: Option<String>,
    /// Of a bounce: whether the mailbox is not there (`hard`), or the next mail may arrive (`soft`, which is what
    /// counts when nothing is said).
    #[garde(skip)]
    bounce_type: Option<BounceType>,
    /// What the mail server said.
    #[garde(length(chars, max = 10_000))]
    diagnostic: Option<String>,
    /// When it happened; now when nothing is said.
    #[garde(skip)]
    occurred_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailEventType {
    /// It came back.
    Bounce,
    /// Its reader said that it is spam.
    Complaint,
    /// It arrived; nothing changes by that.
    Delivered,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BounceType {
    /// There is no such mailbox.
    Hard,
    /// The next mail may arrive.
    Soft,
}

/// What came of a report.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReportOutcomeBody {
    /// How many events said something new.
    applied: u32,
    /// How many were known.
    repeated: u32,
    /// How many are about no mail of ours, or change nothing.
    ignored: u32,
}

impl MailEventBody {
    /// What can't be read as an address or an id names nothing here, and is no reason to refuse the others.
    fn into_report(self) -> MailReport {
        let named = self.message_id.as_deref();
        let message = named.and_then(message_of);
        let kind = match (self.kind, self.bounce_type) {
            (MailEventType::Bounce, Some(BounceType::Hard)) => Some(ReportKind::BounceHard),
            (MailEventType::Bounce, _) => Some(ReportKind::BounceSoft),
            (MailEventType::Complaint, _) => Some(ReportKind::Complaint),
            (MailEventType::Delivered, _) => None,
        };
        // Of a mail that is none of ours its recipient says nothing.
        let is_foreign = named.is_some() && message.is_none();
        MailReport {
            kind: kind.filter(|_| !is_foreign),
            message,
            recipient: self.recipient.and_then(|recipient| recipient.parse().ok()),
            detail: shortened(self.diagnostic.as_deref().unwrap_or_default()),
            occurred_at: self.occurred_at,
        }
    }
}

impl From<ReportOutcome> for ReportOutcomeBody {
    fn from(outcome: ReportOutcome) -> Self {
        Self {
            applied: outcome.applied,
            repeated: outcome.repeated,
            ignored: outcome.ignored,
        }
    }
}

async fn receive_mail_reports(
    State(reports): State<MailReports>,
    _: Public,
    context: Context,
    body: RawBody<ReportMails>,
) -> ApiResult<Json<ReportOutcomeBody>> {
    reports.require(&proof(&body.headers), &body.bytes)?;
    let outcome = if body.media_type() == MAIL {
        reports.receive_mail(&context, &body.bytes).await?
    } else {
        let events = body.json()?.events.into_iter();
        let events = events.map(MailEventBody::into_report).collect();
        reports.receive(&context, events).await?
    };
    Ok(Json(outcome.into()))
}

/// A signature counts before a password: who sends both means the stronger one.
fn proof(headers: &HeaderMap) -> Proof {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let signed = |name| text(HeaderName::from_static(name)).map(str::to_owned);
    if let (Some(id), Some(timestamp), Some(signature)) = (
        signed("webhook-id"),
        signed("webhook-timestamp"),
        signed("webhook-signature"),
    ) {
        return Proof::Signature {
            id,
            timestamp,
            signature,
        };
    }
    let password = text(AUTHORIZATION).and_then(password);
    password.map_or(Proof::Missing, |password| Proof::Password(Secret::new(password)))
}

/// Of `Bearer` (RFC 6750) the token, of `Basic` (RFC 7617) the password, whoever it is of.
fn password(authorization: &str) -> Option<String> {
    let (scheme, rest) = authorization.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    let pair = is_basic.then(|| STANDARD.decode(rest.trim()).ok()).flatten()?;
    let pair = String::from_utf8(pair).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_cannot_sign_show_the_secret() {
        for (header, expected) in [
            ("Bearer whsec_a", Some("whsec_a")),
            ("basic bWFpbDp3aHNlY19hOmI=", Some("whsec_a:b")),
            ("Basic bWFpbA==", None),
            ("Basic !", None),
            ("Digest whsec_a", None),
            ("whsec_a", None),
        ] {
            assert_eq!(password(header).as_deref(), expected, "{header}");
        }
    }
}
