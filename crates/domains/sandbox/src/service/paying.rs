//! What buyers do on a page, and what comes of it.

use std::time::Duration;

use db::Tx;
use kernel::{Money, Timestamp};
use ports::payments::ObjectKind;

use super::billing::{follow, invoice_stands};
use super::standing::{SLOW, stands};
use super::subscribing::about;
use crate::error::SandboxError;
use crate::model::checkout::{Act, Checkout, CheckoutStatus};
use crate::model::event::{Delivery, Fact};
use crate::model::payment::{Payment, PaymentStatus};
use crate::service::Sandbox;
use crate::store::{checkouts, invoices, payments, subscriptions};
use crate::work::Tick;

impl Sandbox {
    /// Does on a page what its buyer decided; events from here on are told as `delivery` says.
    pub(crate) async fn act(&self, id: &str, act: Act, delivery: Delivery) -> Result<Checkout, SandboxError> {
        let (this, id) = (self.clone(), id.to_owned());
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let mut checkout = checkouts::lock(tx, &id).await?.ok_or(SandboxError::NotFound)?;
            if !checkout.is_open(now) {
                return Err(SandboxError::WrongState("nobody can pay here any more"));
            }
            checkout.delivery = delivery;
            if checkout.price.is_some() {
                this.begin_in(tx, &mut checkout, act, now).await?;
            } else {
                this.act_in(tx, &mut checkout, act, now).await?;
            }
            checkouts::update(tx, &checkout, now).await?;
            Ok(checkout)
        };
        self.machinery.db.write(work).await
    }

    async fn act_in(
        &self,
        tx: &mut Tx,
        checkout: &mut Checkout,
        act: Act,
        now: Timestamp,
    ) -> Result<(), SandboxError> {
        let before = match &checkout.payment {
            Some(id) => payments::lock(tx, id).await?,
            None => None,
        };
        let is_new = before.is_none();
        let mut payment = before.unwrap_or_else(|| self.payment_of(checkout, now));
        payment.delivery = checkout.delivery;
        apply(&mut payment, act, now);
        if is_new {
            payments::insert(tx, &payment).await?;
        } else {
            payments::update(tx, &payment, now).await?;
        }
        if let Some((at, _)) = payment.settles {
            let at = at.plus(Duration::from_secs(1));
            self.machinery.queue.enqueue_at(tx, &Tick {}, at).await?;
        }
        checkout.payment = Some(payment.id.clone());
        let mut facts = Vec::new();
        if matches!(
            payment.status,
            PaymentStatus::Succeeded | PaymentStatus::Processing
        ) {
            checkout.status = CheckoutStatus::Complete;
            facts.push(Fact::of(
                "checkout.completed",
                ObjectKind::Checkout,
                &checkout.id,
                Some(&checkout.reference),
            ));
        }
        facts.push(stands(&payment));
        self.tell_in(tx, checkout.delivery, &facts).await
    }

    fn payment_of(&self, checkout: &Checkout, now: Timestamp) -> Payment {
        Payment {
            id: self.id("pay", now),
            checkout: Some(checkout.id.clone()),
            reference: Some(checkout.reference.clone()),
            subscription: None,
            invoice: None,
            customer: checkout.customer.clone(),
            customer_email: checkout.customer_email.clone(),
            description: checkout.description.clone(),
            amount: checkout.amount,
            refunded: Money::zero(checkout.amount.currency()),
            status: PaymentStatus::Failed,
            failure_code: None,
            delivery: checkout.delivery,
            settles: None,
            paid_at: None,
            created_at: now,
        }
    }

    /// Lets money arrive that was on its way, or fail to. Nothing happens twice: what has settled does not any more.
    pub(super) async fn settle_in(&self, tx: &mut Tx, id: &str, now: Timestamp) -> Result<(), SandboxError> {
        let Some(mut payment) = payments::lock(tx, id).await? else {
            return Ok(());
        };
        let Some((_, status)) = payment.settles.take_if(|(at, _)| *at <= now) else {
            return Ok(());
        };
        payment.status = status;
        match status {
            PaymentStatus::Succeeded => payment.paid_at = Some(now),
            _ => payment.failure_code = Some("insufficient_funds".to_owned()),
        }
        payments::update(tx, &payment, now).await?;
        let mut facts = vec![stands(&payment)];
        self.settle_invoice_in(tx, &payment, &mut facts, now).await?;
        self.tell_in(tx, payment.delivery, &facts).await
    }
}

impl Sandbox {
    /// What money that has arrived means for the bill that it is for.
    async fn settle_invoice_in(
        &self,
        tx: &mut Tx,
        payment: &Payment,
        facts: &mut Vec<Fact>,
        now: Timestamp,
    ) -> Result<(), SandboxError> {
        let (Some(subscription), Some(invoice)) = (&payment.subscription, &payment.invoice) else {
            return Ok(());
        };
        let subscription = subscriptions::lock(tx, subscription).await?;
        let invoice = invoices::find(tx, invoice).await?;
        let (Some(mut subscription), Some(mut invoice)) = (subscription, invoice) else {
            return Ok(());
        };
        follow(&mut subscription, &mut invoice, payment.status, now);
        invoices::update(tx, &invoice).await?;
        let next_at = subscription.next_at(Some(&invoice));
        subscriptions::update(tx, &subscription, next_at, now).await?;
        facts.push(invoice_stands(&subscription, &invoice));
        facts.push(about("subscription.updated", &subscription));
        Ok(())
    }
}

fn apply(payment: &mut Payment, act: Act, now: Timestamp) {
    payment.failure_code = None;
    match act {
        Act::Pay => {
            payment.status = PaymentStatus::Succeeded;
            payment.paid_at = Some(now);
        }
        Act::Decline => {
            payment.status = PaymentStatus::Failed;
            payment.failure_code = Some("card_declined".to_owned());
        }
        Act::Challenge => payment.status = PaymentStatus::RequiresAction,
        Act::PaySlowly => {
            payment.status = PaymentStatus::Processing;
            payment.settles = Some((now.plus(SLOW), PaymentStatus::Succeeded));
        }
        Act::FailSlowly => {
            payment.status = PaymentStatus::Processing;
            payment.settles = Some((now.plus(SLOW), PaymentStatus::Failed));
        }
    }
}
