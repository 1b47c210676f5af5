//! What is changed about a subscription: through the API, and by hand at the provider.

use db::{ReadTx, Tx};
use kernel::{Money, Timestamp};
use ports::payments::{
    CancelMoment, ChangePreview, PauseMode, Proration, SubscriptionChange, SubscriptionTarget,
};

use super::billing::{Bill, Card};
use super::requests::Asked;
use super::subscribing::about;
use crate::error::SandboxError;
use crate::model::event::Fact;
use crate::model::subscription::{Price, Subscription, SubscriptionStatus, Turn, prorated};
use crate::service::Sandbox;
use crate::store::{invoices, prices, subscriptions};

const UNCOUNTABLE: SandboxError = SandboxError::Refused("that is more than can be counted");

/// What is asked for through the API, but for new prices and quantities.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    Cancel(CancelMoment),
    Resume,
    Pause(PauseMode, Option<Timestamp>),
}

/// What a change comes to.
struct Costs {
    price: Price,
    quantity: u32,
    /// For the rest of the period.
    prorated: i64,
    /// In each period from the next one on.
    amount: i64,
}

impl Sandbox {
    /// Ends, resumes or pauses a subscription, once for each key.
    pub(crate) async fn order(
        &self,
        target: &SubscriptionTarget,
        order: Order,
    ) -> Result<Subscription, SandboxError> {
        let (this, target) = (self.clone(), target.clone());
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let id = target.subscription.as_str();
            let mut subscription = living(tx, id).await?;
            let key = (target.idempotency_key.as_str(), "order", id);
            if let Asked::Before(_) = this.ask_in(tx, key, &(id, order), now).await? {
                return Ok(subscription);
            }
            if subscription.is_over() {
                return Err(SandboxError::WrongState("the subscription is over"));
            }
            apply(&mut subscription, order, now);
            let fact = if subscription.is_over() {
                about("subscription.ended", &subscription)
            } else {
                about("subscription.updated", &subscription)
            };
            this.save_in(tx, &subscription, &[fact], now).await?;
            Ok(subscription)
        };
        self.machinery.db.write(work).await
    }

    /// Changes price or quantity, once for each key. With [`Proration::Now`] what it costs is collected, and nothing
    /// changes where that can't be done.
    pub(crate) async fn change(&self, change: &SubscriptionChange) -> Result<Subscription, SandboxError> {
        let (this, change) = (self.clone(), change.clone());
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let id = change.target.subscription.as_str();
            let mut subscription = living(tx, id).await?;
            let key = (change.target.idempotency_key.as_str(), "change", id);
            if let Asked::Before(_) = this.ask_in(tx, key, &change, now).await? {
                return Ok(subscription);
            }
            if subscription.is_over() {
                return Err(SandboxError::WrongState("the subscription is over"));
            }
            let costs = costs(tx, &subscription, &change, now).await?;
            let mut facts = Vec::new();
            subscription.price.clone_from(&costs.price.id);
            subscription.quantity = costs.quantity;
            match change.proration {
                Proration::Now if costs.prorated > 0 => {
                    if subscription.card_fails {
                        return Err(SandboxError::Declined);
                    }
                    let bill = Bill {
                        reason: "subscription_update",
                        total: Money::new(costs.prorated, costs.price.amount.currency()),
                        description: &costs.price.name,
                        card: Card::Good,
                    };
                    this.bill_in(tx, &mut subscription, bill, &mut facts).await?;
                }
                Proration::Now | Proration::NextInvoice => {
                    let balance = subscription.balance.checked_add(costs.prorated);
                    subscription.balance = balance.ok_or(UNCOUNTABLE)?;
                }
                Proration::None => {}
            }
            facts.push(about("subscription.updated", &subscription));
            this.save_in(tx, &subscription, &facts, now).await?;
            Ok(subscription)
        };
        self.machinery.db.write(work).await
    }

    /// What a change would come to.
    pub(crate) async fn preview(&self, change: &SubscriptionChange) -> Result<ChangePreview, SandboxError> {
        let (change, now) = (change.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut ReadTx| {
            let found = subscriptions::find(tx, &change.target.subscription).await?;
            let subscription = found.ok_or(SandboxError::NotFound)?;
            let mut costs = costs(tx, &subscription, &change, now).await?;
            if change.proration == Proration::None {
                costs.prorated = 0;
            }
            let total = costs
                .amount
                .checked_add(subscription.balance)
                .and_then(|total| total.checked_add(costs.prorated));
            let currency = costs.price.amount.currency();
            Ok::<_, SandboxError>(ChangePreview {
                total: Money::new(total.ok_or(UNCOUNTABLE)?, currency),
                prorated: Money::new(costs.prorated, currency),
            })
        };
        self.machinery.db.read(work).await
    }

    /// Does by hand what somebody decided at the provider.
    pub(crate) async fn turn(&self, id: &str, turn: Turn) -> Result<(), SandboxError> {
        let (this, id) = (self.clone(), id.to_owned());
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let mut subscription = living(tx, &id).await?;
            if subscription.is_over() {
                return Err(SandboxError::WrongState("the subscription is over"));
            }
            let order = match turn {
                Turn::RenewNow => return this.renew_now_in(tx, subscription, now).await,
                Turn::MendCard => return this.mend_in(tx, subscription, now).await,
                Turn::BreakCard => None,
                Turn::CancelLater => Some(Order::Cancel(CancelMoment::PeriodEnd)),
                Turn::CancelNow => Some(Order::Cancel(CancelMoment::Now)),
                Turn::Resume => Some(Order::Resume),
            };
            let Some(order) = order else {
                subscription.card_fails = true;
                return this.save_in(tx, &subscription, &[], now).await;
            };
            apply(&mut subscription, order, now);
            let fact = if subscription.is_over() {
                about("subscription.ended", &subscription)
            } else {
                about("subscription.updated", &subscription)
            };
            this.save_in(tx, &subscription, &[fact], now).await
        };
        self.machinery.db.write(work).await
    }

    /// The period ends now, and the next one begins.
    async fn renew_now_in(
        &self,
        tx: &mut Tx,
        mut subscription: Subscription,
        now: Timestamp,
    ) -> Result<(), SandboxError> {
        if !subscription.is_running() {
            return Err(SandboxError::WrongState("there is no period that could end"));
        }
        subscription.period_end = now;
        subscription.trial_end = subscription.trial_end.map(|end| end.min(now));
        subscription.cancel_at = subscription.cancel_at.map(|_| now);
        self.advance_in(tx, &mut subscription, now).await
    }

    /// The card works, and what is owed is paid.
    async fn mend_in(
        &self,
        tx: &mut Tx,
        mut subscription: Subscription,
        now: Timestamp,
    ) -> Result<(), SandboxError> {
        subscription.card_fails = false;
        let mut facts = Vec::new();
        let is_owed = matches!(
            subscription.status,
            SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid
        );
        if let Some(mut invoice) = invoices::find_latest(tx, &subscription.id)
            .await?
            .filter(|_| is_owed)
        {
            self.collect_in(tx, &mut subscription, &mut invoice, &mut facts)
                .await?;
            facts.push(about("subscription.updated", &subscription));
        }
        self.save_in(tx, &subscription, &facts, now).await
    }

    async fn save_in(
        &self,
        tx: &mut Tx,
        subscription: &Subscription,
        facts: &[Fact],
        now: Timestamp,
    ) -> Result<(), SandboxError> {
        let latest = invoices::find_latest(tx, &subscription.id).await?;
        let next_at = subscription.next_at(latest.as_ref());
        subscriptions::update(tx, subscription, next_at, now).await?;
        self.tell_in(tx, subscription.delivery, facts).await
    }
}

async fn living(tx: &mut Tx, id: &str) -> Result<Subscription, SandboxError> {
    let found = subscriptions::lock(tx, id).await?;
    found.ok_or(SandboxError::NotFound)
}

fn apply(subscription: &mut Subscription, order: Order, now: Timestamp) {
    match order {
        Order::Cancel(CancelMoment::PeriodEnd) => subscription.cancel_at = Some(subscription.period_end),
        Order::Cancel(CancelMoment::Now) => subscription.end(now),
        Order::Resume => {
            subscription.cancel_at = None;
            (subscription.pause, subscription.resumes_at) = (None, None);
        }
        Order::Pause(mode, until) => (subscription.pause, subscription.resumes_at) = (Some(mode), until),
    }
}

async fn costs(
    tx: &mut impl db::Executor,
    subscription: &Subscription,
    change: &SubscriptionChange,
    now: Timestamp,
) -> Result<Costs, SandboxError> {
    let old = prices::find(tx, &subscription.price).await?;
    let old = old.ok_or(SandboxError::NotFound)?;
    let price = match &change.price {
        Some(id) => prices::find(tx, id)
            .await?
            .ok_or(SandboxError::Refused("there is no such price"))?,
        None => old.clone(),
    };
    if price.amount.currency() != old.amount.currency() {
        return Err(SandboxError::Refused("a subscription keeps its currency"));
    }
    let quantity = change.quantity.unwrap_or(subscription.quantity);
    if quantity == 0 {
        return Err(SandboxError::Refused("at least one is expected"));
    }
    let before = old.times(subscription.quantity).ok_or(UNCOUNTABLE)?;
    let amount = price.times(quantity).ok_or(UNCOUNTABLE)?;
    // Days that cost nothing are worth nothing.
    let rest = match subscription.status {
        SubscriptionStatus::Trialing => Some(0),
        _ => prorated(
            (before, amount),
            (subscription.period_start, subscription.period_end),
            now,
        ),
    };
    Ok(Costs {
        price,
        quantity,
        prorated: rest.ok_or(UNCOUNTABLE)?,
        amount,
    })
}
