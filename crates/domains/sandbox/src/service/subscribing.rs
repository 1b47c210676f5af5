//! Subscriptions: begun on a page, renewed by time, ended.

use std::time::Duration;

use db::{ReadTx, Tx};
use kernel::{Money, Timestamp};
use ports::payments::{ObjectKind, PortalRequest, PriceRequest};
use url::Url;

use super::billing::{Bill, Card};
use super::requests::Asked;
use crate::error::SandboxError;
use crate::model::checkout::{Act, Checkout, CheckoutStatus};
use crate::model::event::Fact;
use crate::model::payment::PaymentStatus;
use crate::model::subscription::{InvoiceStatus, Price, Subscription, SubscriptionStatus};
use crate::service::Sandbox;
use crate::store::portals::{self, Portal};
use crate::store::{invoices, prices, subscriptions};

/// How long a customer's page is there.
const PORTAL_LIVES: Duration = Duration::from_hours(1);

const ENDLESS: SandboxError = SandboxError::Refused("a period of that length can't be counted");

impl Sandbox {
    /// Makes a price.
    pub(crate) async fn make_price(&self, request: &PriceRequest) -> Result<String, SandboxError> {
        let (this, request) = (self.clone(), request.clone());
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let id = this.id("price", now);
            let key = (request.idempotency_key.as_str(), "create_price", id.as_str());
            if let Asked::Before(id) = this.ask_in(tx, key, &request, now).await? {
                return Ok(id);
            }
            let interval = request.interval.parse();
            let price = Price {
                id,
                reference: request.reference.clone(),
                name: request.name.clone(),
                amount: request.amount,
                interval: interval
                    .map_err(|_| SandboxError::Refused("day, week, month or year is expected"))?,
                interval_count: request.interval_count.max(1),
            };
            price.end_of_period(now).ok_or(ENDLESS)?;
            prices::insert(tx, &price, now).await?;
            Ok::<_, SandboxError>(price.id)
        };
        self.machinery.db.write(work).await
    }

    /// Begins what a buyer subscribes to on a page.
    pub(super) async fn begin_in(
        &self,
        tx: &mut Tx,
        checkout: &mut Checkout,
        act: Act,
        now: Timestamp,
    ) -> Result<(), SandboxError> {
        let card = match act {
            Act::Pay => Card::Good,
            Act::PaySlowly => Card::Slow(PaymentStatus::Succeeded),
            Act::FailSlowly => Card::Slow(PaymentStatus::Failed),
            // Nothing has begun: the page stays open.
            Act::Decline | Act::Challenge => return Ok(()),
        };
        let found = match &checkout.price {
            Some(id) => prices::find(tx, id).await?,
            None => None,
        };
        let price = found.ok_or(SandboxError::NotFound)?;
        let mut subscription = self.subscription_of(checkout, &price, now)?;
        subscriptions::insert(tx, &subscription).await?;
        checkout.subscription = Some(subscription.id.clone());
        checkout.status = CheckoutStatus::Complete;
        let mut facts = vec![
            Fact::of(
                "checkout.completed",
                ObjectKind::Checkout,
                &checkout.id,
                Some(&checkout.reference),
            ),
            about("subscription.created", &subscription),
        ];
        if subscription.status == SubscriptionStatus::Incomplete {
            let bill = Bill {
                reason: "subscription_create",
                total: checkout.amount,
                description: &checkout.description,
                card,
            };
            let invoice = self.bill_in(tx, &mut subscription, bill, &mut facts).await?;
            checkout.payment = invoice.payment;
            facts.push(about("subscription.updated", &subscription));
            let next_at = subscription.next_at(None);
            subscriptions::update(tx, &subscription, next_at, now).await?;
        }
        self.tell_in(tx, checkout.delivery, &facts).await
    }

    fn subscription_of(
        &self,
        checkout: &Checkout,
        price: &Price,
        now: Timestamp,
    ) -> Result<Subscription, SandboxError> {
        let free = checkout
            .trial_days
            .filter(|days| *days > 0)
            .map(|days| now.plus(Duration::from_hours(24 * u64::from(days))));
        let period_end = free.or_else(|| price.end_of_period(now));
        Ok(Subscription {
            id: self.id("sub", now),
            reference: checkout.reference.clone(),
            customer: checkout.customer.clone(),
            customer_email: checkout.customer_email.clone(),
            price: price.id.clone(),
            quantity: checkout.quantity,
            status: if free.is_some() {
                SubscriptionStatus::Trialing
            } else {
                SubscriptionStatus::Incomplete
            },
            card_fails: false,
            balance: 0,
            delivery: checkout.delivery,
            period_start: now,
            period_end: period_end.ok_or(ENDLESS)?,
            trial_end: free,
            cancel_at: None,
            ended_at: None,
            pause: None,
            resumes_at: None,
            created_at: now,
        })
    }

    /// Lets happen to a subscription what is due, one thing at a time.
    pub(super) async fn advance_in(
        &self,
        tx: &mut Tx,
        subscription: &mut Subscription,
        now: Timestamp,
    ) -> Result<(), SandboxError> {
        let mut facts = Vec::new();
        let mut open = invoices::find_latest(tx, &subscription.id).await?;
        let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if is_due(subscription.cancel_at) {
            subscription.end(now);
            facts.push(about("subscription.ended", subscription));
        } else if is_due(subscription.resumes_at) {
            (subscription.pause, subscription.resumes_at) = (None, None);
            facts.push(about("subscription.updated", subscription));
        } else if subscription.is_running() && subscription.period_end <= now {
            self.renew_in(tx, subscription, &mut facts).await?;
            open = invoices::find_latest(tx, &subscription.id).await?;
        } else if let Some(invoice) = open
            .as_mut()
            .filter(|invoice| invoice.status == InvoiceStatus::Open && is_due(invoice.next_attempt_at))
        {
            self.collect_in(tx, subscription, invoice, &mut facts).await?;
            facts.push(about("subscription.updated", subscription));
        }
        let next_at = subscription.next_at(open.as_ref());
        subscriptions::update(tx, subscription, next_at, now).await?;
        self.tell_in(tx, subscription.delivery, &facts).await
    }

    /// A period ends, and the next one is billed. One that is paused costs nothing.
    async fn renew_in(
        &self,
        tx: &mut Tx,
        subscription: &mut Subscription,
        facts: &mut Vec<Fact>,
    ) -> Result<(), SandboxError> {
        let found = prices::find(tx, &subscription.price).await?;
        let price = found.ok_or(SandboxError::NotFound)?;
        let period_end = price.end_of_period(subscription.period_end).ok_or(ENDLESS)?;
        subscription.period_start = subscription.period_end;
        subscription.period_end = period_end;
        if subscription.pause.is_none() {
            let due = price
                .times(subscription.quantity)
                .and_then(|amount| amount.checked_add(subscription.balance));
            let due = due.ok_or(SandboxError::Refused("that is more than can be counted"))?;
            subscription.balance = due.min(0);
            let bill = Bill {
                reason: "subscription_cycle",
                total: Money::new(due.max(0), price.amount.currency()),
                description: &price.name,
                card: Card::of(subscription),
            };
            self.bill_in(tx, subscription, bill, facts).await?;
        }
        facts.push(about("subscription.updated", subscription));
        Ok(())
    }

    /// A page of a customer.
    pub(crate) async fn open_portal(&self, request: &PortalRequest) -> Result<Url, SandboxError> {
        if !matches!(request.return_url.scheme(), "http" | "https") {
            return Err(SandboxError::Refused("customers come back by http or https"));
        }
        let (this, request) = (self.clone(), request.clone());
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let customer = match (&request.customer, &request.subscription) {
                (Some(customer), _) => Some(customer.clone()),
                (None, Some(id)) => subscriptions::find(tx, id)
                    .await?
                    .map(|subscription| subscription.customer),
                (None, None) => None,
            };
            let portal = Portal {
                customer: customer.ok_or(SandboxError::NotFound)?,
                return_url: request.return_url.to_string(),
            };
            let id = this.id("portal", now);
            portals::insert(tx, &id, &portal, now.plus(PORTAL_LIVES)).await?;
            Ok::<_, SandboxError>(id)
        };
        let id = self.machinery.db.write(work).await?;
        let url = self.machinery.public_url.join(&format!("/sandbox/portal/{id}"));
        url.map_err(|_| SandboxError::Refused("the server's own address can't be extended"))
    }

    /// Whose page it is, and where they come from.
    pub(crate) async fn portal_of(&self, id: &str) -> Result<(String, String), SandboxError> {
        let (id, now) = (id.to_owned(), self.machinery.clock.now());
        let find = async move |tx: &mut ReadTx| {
            let portal = portals::find(tx, &id, now).await?;
            portal.ok_or(SandboxError::NotFound)
        };
        let portal = self.machinery.db.read(find).await?;
        Ok((portal.customer, portal.return_url))
    }
}

pub(super) fn about(event_type: &'static str, subscription: &Subscription) -> Fact {
    Fact::of(
        event_type,
        ObjectKind::Subscription,
        &subscription.id,
        Some(&subscription.reference),
    )
}
