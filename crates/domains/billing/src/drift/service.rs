//! Writing down what does not agree, and settling it.

mod comparing;

use db::{DbError, ReadTx, Tx};
use kernel::event::payment::{PaymentDriftFound, PaymentDriftResolved};
use kernel::{Page, PageRequest, PaymentDriftId, RequestContext, UserId};

pub(crate) use self::comparing::Comparisons;
use super::model::{Drift, DriftStatus, NewDrift};
use super::store;
use crate::error::BillingError;
use crate::machinery::Machinery;

/// What does not agree. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Drifts {
    machinery: Machinery,
}

impl Drifts {
    pub(crate) fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Writes down what was found. What is open already is only seen once more.
    pub(crate) async fn record(&self, tx: &mut Tx, drift: &NewDrift) -> Result<(), BillingError> {
        let now = self.machinery.clock.now();
        let id = PaymentDriftId::new(&*self.machinery.ids, now);
        if store::insert(tx, id, drift, now).await? != id {
            return Ok(());
        }
        let (kind, subject, detail) = (drift.kind.as_str(), drift.subject.clone(), drift.detail.clone());
        let found = PaymentDriftFound {
            payment_drift_id: id,
            kind: kind.to_owned(),
            subject: subject.clone(),
            detail: detail.clone(),
        };
        let context = RequestContext::system();
        self.machinery.events.publish(tx, &context, &found).await?;
        tx.after_commit(move || {
            metrics::counter!("mainstay_payments_drifts_total", "kind" => kind).increment(1);
            tracing::warn!(drift.id = %id, kind, subject, detail, "payments do not agree; somebody has to look");
        });
        Ok(())
    }

    /// Writes down all that was found.
    pub(crate) async fn record_all(&self, drifts: Vec<NewDrift>) -> Result<(), BillingError> {
        if drifts.is_empty() {
            return Ok(());
        }
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            for drift in &drifts {
                this.record(tx, drift).await?;
            }
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// What was found, the newest first.
    pub(crate) async fn list(
        &self,
        status: Option<DriftStatus>,
        page: PageRequest,
    ) -> Result<Page<Drift>, BillingError> {
        let work = async move |tx: &mut ReadTx| store::list(tx, status, &page).await;
        let listed: Result<_, DbError> = self.machinery.db.read(work).await;
        Ok(listed?)
    }

    /// Settles one, once per idempotency key. Should it still be there, it is found anew.
    pub(crate) async fn resolve(
        &self,
        context: &RequestContext,
        id: PaymentDriftId,
        by: UserId,
    ) -> Result<(), BillingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let resolve = async |tx: &mut Tx| {
                let is_resolved = store::update_resolved(tx, id, by, now).await?;
                let drift = store::find(tx, id).await?.ok_or(BillingError::NotFound)?;
                if !is_resolved {
                    return Err(BillingError::WrongState("somebody has settled this already"));
                }
                let resolved = PaymentDriftResolved {
                    payment_drift_id: id,
                    kind: drift.kind.as_str().to_owned(),
                    subject: drift.subject,
                };
                this.machinery.events.publish(tx, &context, &resolved).await?;
                Ok(())
            };
            this.machinery.idempotency.once(tx, &context, now, resolve).await
        };
        self.machinery.db.write(work).await
    }
}
