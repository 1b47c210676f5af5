//! Comparing what a provider says with what is written here, after it was applied.

use db::Tx;
use kernel::{PaymentId, SubscriptionId};
use ports::payments::{PaymentSnapshot, PaymentState, Snapshot};

use super::Drifts;
use crate::drift::model::known::Known;
use crate::drift::model::{DriftKind, NewDrift};
use crate::drift::store::known as store;
use crate::error::BillingError;
use crate::source::Source;

/// Compares. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Comparisons {
    drifts: Drifts,
}

impl Comparisons {
    pub(crate) fn new(drifts: Drifts) -> Self {
        Self { drifts }
    }

    /// Writes down in what an answer that was just applied still says something else.
    pub(crate) async fn compare_in(
        &self,
        tx: &mut Tx,
        source: &Source,
        snapshots: &[Snapshot],
    ) -> Result<(), BillingError> {
        for snapshot in snapshots {
            if let Snapshot::Payment(payment) = snapshot {
                self.compare_payment_in(tx, source, payment).await?;
            }
        }
        Ok(())
    }

    async fn compare_payment_in(
        &self,
        tx: &mut Tx,
        source: &Source,
        told: &PaymentSnapshot,
    ) -> Result<(), BillingError> {
        let Some(known) = find(tx, source, told).await? else {
            return self.missing_in(tx, source, told).await;
        };
        // Somebody asked later than this was, and was answered before.
        if known
            .synced_at
            .is_some_and(|synced_at| source.asked_at < synced_at)
        {
            return Ok(());
        }
        let Some(detail) = known.difference(told) else {
            return Ok(());
        };
        let drift = NewDrift {
            kind: DriftKind::PaymentDiffers,
            account: Some((source.provider.to_owned(), source.account.clone())),
            subject: known.id.to_string(),
            detail,
        };
        self.drifts.record(tx, &drift).await
    }

    /// An account may take payments for others too: only what was made for us is missed.
    async fn missing_in(
        &self,
        tx: &mut Tx,
        source: &Source,
        told: &PaymentSnapshot,
    ) -> Result<(), BillingError> {
        let account = (source.provider, source.account.as_str());
        let references = [told.reference.as_deref(), source.reference.as_deref()];
        let mut names_us = references.into_iter().flatten().any(|reference| {
            reference.parse::<PaymentId>().is_ok() || reference.parse::<SubscriptionId>().is_ok()
        });
        if let Some(subscription) = &told.subscription {
            names_us |= store::find_subscription(tx, account, subscription)
                .await?
                .is_some();
        }
        if !names_us || told.state != PaymentState::Succeeded {
            return Ok(());
        }
        let id = told.id.as_ref().or(told.checkout.as_ref());
        let drift = NewDrift {
            kind: DriftKind::PaymentMissing,
            account: Some((source.provider.to_owned(), source.account.clone())),
            subject: id.cloned().unwrap_or_default(),
            detail: format!(
                "{} were paid at the provider, and no payment here is about it",
                told.total
            ),
        };
        self.drifts.record(tx, &drift).await
    }
}

async fn find(tx: &mut Tx, source: &Source, told: &PaymentSnapshot) -> Result<Option<Known>, BillingError> {
    let account = (source.provider, source.account.as_str());
    let (id, page) = (told.id.as_deref(), told.checkout.as_deref());
    if let Some(known) = store::find_known(tx, account, id, page).await? {
        return Ok(Some(known));
    }
    for reference in [told.reference.as_deref(), source.reference.as_deref()] {
        let Some(id) = reference.and_then(|reference| reference.parse().ok()) else {
            continue;
        };
        if let Some(known) = store::find_known_by_id(tx, account, id).await? {
            return Ok(Some(known));
        }
    }
    Ok(None)
}
