//! What others report about mails that were sent: that they came back, or that their readers complained.

use db::{DbError, Tx};
use kernel::{EmailAddress, MessageId, OrganizationId, SuppressionId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{NewEvent, NewSuppression, Reported, SuppressionReason};
use crate::status::{MessageEventKind, MessageStatus};
use crate::store;
use crate::suppression::Suppressions;

/// What is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// There is no such mailbox.
    BounceHard,
    /// It came back, but the next mail may arrive.
    BounceSoft,
    /// Its reader said that it is spam.
    Complaint,
}

/// A report about a mail, or about the latest one to an address.
#[derive(Debug, Clone)]
pub struct Report {
    /// Which mail.
    pub message: Option<MessageId>,
    /// Whom it was to. Of a report that names no mail, the latest one to this address.
    pub recipient: Option<EmailAddress>,
    /// What happened.
    pub kind: ReportKind,
    /// What was said.
    pub detail: String,
    /// When.
    pub occurred_at: Timestamp,
}

/// What came of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The mail that it is about.
    pub message: Option<MessageId>,
    /// Who gets no more mail after this.
    pub suppressed_for: Option<Suppressed>,
    /// Whether it says something new.
    pub is_news: bool,
}

/// An address that a report has put on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    /// For whose mail; `None` for the platform's.
    pub organization: Option<OrganizationId>,
    /// The address.
    pub email: EmailAddress,
}

impl Suppressions {
    /// Records a report: on the time line of the mail, as its status, and on the list of addresses that get no
    /// mail. The same report twice is no news.
    pub async fn record_report_in(&self, tx: &mut Tx, report: &Report) -> Result<Recorded, DbError> {
        let found = match (report.message, &report.recipient) {
            (Some(id), _) => store::find_reported(tx, id).await?,
            (None, Some(recipient)) => store::find_latest_to(tx, recipient).await?,
            (None, None) => None,
        };
        let is_change = match &found {
            Some(reported) => self.record_on(tx, reported, report).await?,
            None => false,
        };
        let to_suppress = match &found {
            Some(reported) => Some(Suppressed {
                organization: reported.organization,
                email: reported.recipient.clone(),
            }),
            // A report about mail of which nothing is known any more.
            None => report.recipient.clone().map(|email| Suppressed {
                organization: None,
                email,
            }),
        };
        let (reason, Some(suppressed)) = (report.kind.reason(), to_suppress) else {
            return Ok(Recorded::nothing());
        };
        let message = found.map(|reported| reported.id);
        let Some(reason) = reason else {
            return Ok(Recorded {
                message,
                suppressed_for: None,
                is_news: is_change,
            });
        };
        let new = NewSuppression {
            organization: suppressed.organization,
            email: suppressed.email.clone(),
            category: None,
            reason,
            detail: report.detail.clone(),
            message,
            created_by: None,
        };
        let id = SuppressionId::new(&*self.parts.ids, report.occurred_at);
        let is_new = store::insert_suppression(tx, id, &new, self.parts.clock.now()).await?;
        Ok(Recorded {
            message,
            suppressed_for: Some(suppressed),
            is_news: is_change || is_new,
        })
    }

    async fn record_on(&self, tx: &mut Tx, reported: &Reported, report: &Report) -> Result<bool, DbError> {
        let kind = match report.kind {
            ReportKind::BounceHard => MessageEventKind::Bounced,
            ReportKind::BounceSoft => MessageEventKind::Deferred,
            ReportKind::Complaint => MessageEventKind::Complained,
        };
        let event = NewEvent {
            reply: Some(report.detail.clone()),
            ..NewEvent::of(&self.parts, reported.id, kind, report.occurred_at)
        };
        let status = match report.kind {
            ReportKind::BounceHard => MessageStatus::Bounced,
            ReportKind::Complaint => MessageStatus::Complained,
            ReportKind::BounceSoft => {
                return store::insert_event_once(tx, &event).await;
            }
        };
        let now = self.parts.clock.now();
        let Some(batch) = store::update_reported(tx, reported.id, status, &report.detail, now).await? else {
            return Ok(false);
        };
        store::insert_events(tx, &[event]).await?;
        store::delete_unneeded_attachments(tx, batch).await?;
        Ok(true)
    }
}

impl ReportKind {
    /// Why an address gets no more mail after this; a mail that came back this once is no reason.
    const fn reason(self) -> Option<SuppressionReason> {
        match self {
            Self::BounceHard => Some(SuppressionReason::Bounce),
            Self::Complaint => Some(SuppressionReason::Complaint),
            Self::BounceSoft => None,
        }
    }
}

impl Recorded {
    const fn nothing() -> Self {
        Self {
            message: None,
            suppressed_for: None,
            is_news: false,
        }
    }
}
