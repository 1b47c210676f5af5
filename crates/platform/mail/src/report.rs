//! What others report about mails that were sent: that they came back, or that their readers complained.

use db::{DbError, Tx};
use kernel::{EmailAddress, MessageId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{NewEvent, NewSuppression, Reported, Suppression, SuppressionReason};
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
    /// What it put on the list of addresses that get no mail.
    pub added: Option<Suppression>,
    /// Whether it says something new.
    pub is_news: bool,
}

impl Suppressions {
    /// Records a report: on the time line of the mail, as its status, and on the list of addresses that get no
    /// mail. The same report twice is no news, and one about no mail of ours is none either: an address alone, beside
    /// a mail that was to somebody else or that is not there, could be anybody's.
    pub async fn record_report_in(&self, tx: &mut Tx, report: &Report) -> Result<Recorded, DbError> {
        let found = match (report.message, &report.recipient) {
            (Some(id), _) => store::find_reported(tx, id).await?,
            (None, Some(recipient)) => store::find_latest_to(tx, recipient).await?,
            (None, None) => None,
        };
        let is_meant = |reported: &Reported| {
            report
                .recipient
                .as_ref()
                .is_none_or(|recipient| *recipient == reported.recipient)
        };
        let Some(reported) = found.filter(is_meant) else {
            return Ok(Recorded::nothing());
        };
        let is_change = self.record_on(tx, &reported, report).await?;
        let added = match report.kind.reason() {
            Some(reason) => self.suppress_in(tx, &reported, report, reason).await?,
            None => None,
        };
        Ok(Recorded {
            message: Some(reported.id),
            is_news: is_change || added.is_some(),
            added,
        })
    }

    /// Nothing when the address is there already, or the organization is gone.
    async fn suppress_in(
        &self,
        tx: &mut Tx,
        reported: &Reported,
        report: &Report,
        reason: SuppressionReason,
    ) -> Result<Option<Suppression>, DbError> {
        let new = NewSuppression {
            organization: reported.organization,
            email: reported.recipient.clone(),
            category: None,
            reason,
            detail: report.detail.clone(),
            message: Some(reported.id),
            created_by: None,
        };
        match self.add_in(tx, &new).await {
            Ok(added) => Ok(added.is_new.then_some(added.suppression)),
            Err(DbError::NoRow) => Ok(None),
            Err(error) => Err(error),
        }
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
            added: None,
            is_news: false,
        }
    }
}
