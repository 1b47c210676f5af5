//! Taking reports in.

use crypto::WebhookSecret;
use db::Tx;
use kernel::RequestContext;
use mail::{Report, Suppressions};

use super::model::{MailReport, Proof, ReportOutcome};
use super::returned;
use crate::error::MessagingError;
use crate::machinery::Machinery;
use crate::suppression::service::publish_added;

/// What others report about mails. Cheap to clone.
#[derive(Clone)]
pub struct MailReports {
    machinery: Machinery,
    suppressions: Suppressions,
    secret: Option<WebhookSecret>,
}

impl MailReports {
    /// Reports from those who know `secret`; without one from nobody.
    pub fn new(machinery: Machinery, secret: Option<WebhookSecret>) -> Self {
        let suppressions = machinery.mailer.suppressions(machinery.db.clone());
        Self {
            machinery,
            suppressions,
            secret,
        }
    }

    /// Lets in who knows the secret.
    pub(crate) fn require(&self, proof: &Proof, body: &[u8]) -> Result<(), MessagingError> {
        // As if there were no such place.
        let secret = self.secret.as_ref().ok_or(MessagingError::NotFound)?;
        let is_known = match (proof.signed(), proof) {
            (Some(headers), _) => secret.verify(headers, body, self.machinery.clock.now()),
            (None, Proof::Password(password)) => secret.is(password.expose()),
            (None, _) => false,
        };
        if is_known {
            Ok(())
        } else {
            Err(MessagingError::ReportUnproven)
        }
    }

    /// Applies what a mail reports.
    pub(crate) async fn receive_mail(
        &self,
        context: &RequestContext,
        mail: &[u8],
    ) -> Result<ReportOutcome, MessagingError> {
        let reports = returned::read(mail);
        if reports.is_empty() {
            return Ok(ReportOutcome {
                ignored: 1,
                ..ReportOutcome::default()
            });
        }
        self.receive(context, reports).await
    }

    /// Applies each report once; one that is known changes nothing.
    pub async fn receive(
        &self,
        context: &RequestContext,
        reports: Vec<MailReport>,
    ) -> Result<ReportOutcome, MessagingError> {
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let mut outcome = ReportOutcome::default();
            for report in &reports {
                this.apply_in(tx, &context, report, &mut outcome).await?;
            }
            Ok(outcome)
        };
        self.machinery.db.write(work).await
    }

    async fn apply_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        report: &MailReport,
        outcome: &mut ReportOutcome,
    ) -> Result<(), MessagingError> {
        let Some(kind) = report.kind else {
            outcome.ignored += 1;
            return Ok(());
        };
        let now = self.machinery.clock.now();
        let report = Report {
            message: report.message,
            recipient: report.recipient.clone(),
            kind,
            detail: report.detail.clone(),
            occurred_at: report.occurred_at.map_or(now, |occurred_at| occurred_at.min(now)),
        };
        let recorded = self.suppressions.record_report_in(tx, &report).await?;
        if let Some(added) = &recorded.added {
            publish_added(&self.machinery, tx, context, added).await?;
        }
        match (recorded.message, recorded.is_news) {
            (None, _) => outcome.ignored += 1,
            (Some(_), true) => outcome.applied += 1,
            (Some(_), false) => outcome.repeated += 1,
        }
        Ok(())
    }
}
