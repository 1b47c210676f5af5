//! What Lemon Squeezy's objects are for us.

use kernel::{Money, Timestamp};
use ports::payments::{
    InvoiceSnapshot, InvoiceState, Pause, PauseMode, PaymentSnapshot, PaymentState, ProviderError,
    SubscriptionSnapshot, SubscriptionState,
};

use crate::amount::Amounts;
use crate::api::{Invoice, Number, Order, Resource, Subscription, Sum};

/// What an order or an invoice comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Totals {
    amounts: Amounts,
    asked: Money,
    tax: Money,
    total: Money,
    refunded: Money,
}

/// A payment by its kind and number: both have numbers of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PaymentId<'a> {
    Order(&'a str),
    Invoice(&'a str),
}

const ORDER: &str = "order:";
const INVOICE: &str = "subscription_invoice:";

impl<'a> PaymentId<'a> {
    /// Reads `order:1` or `subscription_invoice:1`.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        if let Some(number) = text.strip_prefix(ORDER) {
            return is_number(number).then_some(Self::Order(number));
        }
        let number = text.strip_prefix(INVOICE)?;
        is_number(number).then_some(Self::Invoice(number))
    }

    /// As it is told to others.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Order(number) => format!("{ORDER}{number}"),
            Self::Invoice(number) => format!("{INVOICE}{number}"),
        }
    }
}

/// What the numbers of things look like.
pub(crate) fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn unclear(what: &str) -> ProviderError {
    ProviderError::Unavailable(format!("an answer that doesn't say {what}"))
}

impl Totals {
    fn of(sum: &Sum) -> Result<Self, ProviderError> {
        let money = || -> Option<Self> {
            let amounts = Amounts::of(&sum.currency, sum.total, sum.total_formatted.as_deref())?;
            let total = amounts.money(sum.total)?;
            let tax = amounts.money(sum.tax)?;
            // What was asked for is a price before discounts. Taxes are in it or come on top, as the store is set
            // up. It is worked out from the total, which is what was really paid: subtotals are rounded by
            // themselves, and whether setup fees are in them is not documented.
            let asked = total.checked_add(amounts.money(sum.discount_total)?)?;
            let asked = match sum.tax_inclusive {
                Some(true) => asked,
                Some(false) | None => asked.checked_sub(tax)?,
            };
            let refunded = Money::zero(total.currency());
            Some(Self {
                amounts,
                asked,
                tax,
                total,
                refunded,
            })
        };
        let totals = money().ok_or_else(|| unclear("how much money it is about"))?;
        Ok(Self {
            refunded: totals.refunded(sum)?,
            ..totals
        })
    }

    fn refunded(&self, sum: &Sum) -> Result<Money, ProviderError> {
        let amount = match sum.refunded_amount {
            Some(amount) => self.amounts.money(amount),
            None => Some(Money::zero(self.total.currency())),
        };
        let amount = amount.ok_or_else(|| unclear("how much was given back"))?;
        if amount.minor() > 0 {
            return Ok(amount);
        }
        // Older answers have the word without the amount.
        if sum.status.starts_with("partial_refund") {
            return Err(unclear("how much was given back"));
        }
        let is_all = sum.status == "refunded" || sum.refunded == Some(true);
        Ok(if is_all { self.total } else { amount })
    }
}

/// An order that is a payment: one that began no subscription.
pub(crate) fn order(order: &Resource<Order>) -> Result<PaymentSnapshot, ProviderError> {
    let Order {
        customer_id,
        user_email,
        created_at,
        sum,
        ..
    } = &order.attributes;
    let totals = Totals::of(sum)?;
    let state = payment_state(&sum.status);
    Ok(PaymentSnapshot {
        reference: None,
        checkout: None,
        id: Some(PaymentId::Order(&order.id).text()),
        subscription: None,
        invoice: None,
        customer: text(customer_id.as_ref()),
        customer_email: user_email.clone(),
        paid_at: created_at.filter(|_| state == PaymentState::Succeeded),
        state,
        amount: totals.asked,
        total: totals.total,
        tax: Some(totals.tax),
        fee: None,
        refunded: totals.refunded,
        refunds: Vec::new(),
        created_at: *created_at,
    })
}

/// What was given back of an order.
pub(crate) fn order_refunded(order: &Resource<Order>) -> Result<Money, ProviderError> {
    Totals::of(&order.attributes.sum).map(|totals| totals.refunded)
}

/// What was given back of an invoice.
pub(crate) fn invoice_refunded(invoice: &Resource<Invoice>) -> Result<Money, ProviderError> {
    Totals::of(&invoice.attributes.sum).map(|totals| totals.refunded)
}

/// An invoice.
pub(crate) fn invoice(invoice: &Resource<Invoice>) -> Result<InvoiceSnapshot, ProviderError> {
    let Invoice {
        subscription_id,
        billing_reason,
        subtotal,
        urls,
        created_at,
        sum,
        ..
    } = &invoice.attributes;
    let totals = Totals::of(sum)?;
    let state = invoice_state(&sum.status);
    let is_paid = matches!(state, InvoiceState::Paid | InvoiceState::Refunded);
    let id = PaymentId::Invoice(&invoice.id).text();
    Ok(InvoiceSnapshot {
        subscription: Some(subscription_id.0.clone()),
        payment: (totals.total.minor() > 0).then(|| id.clone()),
        id,
        number: None,
        state,
        billing_reason: billing_reason.clone(),
        subtotal: totals
            .amounts
            .money(*subtotal)
            .ok_or_else(|| unclear("how much money it is about"))?,
        tax: totals.tax,
        total: totals.total,
        paid: if is_paid {
            totals.total
        } else {
            Money::zero(totals.total.currency())
        },
        hosted_url: urls.as_ref().and_then(|urls| urls.invoice_url.clone()),
        pdf_url: None,
        attempts: None,
        next_attempt_at: None,
        period_start: None,
        period_end: None,
        created_at: *created_at,
        paid_at: None,
    })
}

/// The payment of an invoice of `subscription`; none where nothing is to be paid: a trial begins so, and a change
/// that costs nothing.
pub(crate) fn invoice_payment(
    invoice: &Resource<Invoice>,
    subscription: &Resource<Subscription>,
) -> Result<Option<PaymentSnapshot>, ProviderError> {
    let Invoice {
        subscription_id,
        customer_id,
        user_email,
        created_at,
        sum,
        ..
    } = &invoice.attributes;
    let totals = Totals::of(sum)?;
    if totals.total.minor() <= 0 {
        return Ok(None);
    }
    // An invoice stays pending while a payment that failed is tried again: only the subscription tells.
    let has_failed = matches!(subscription.attributes.status.as_str(), "past_due" | "unpaid");
    let state = match payment_state(&sum.status) {
        PaymentState::Processing if has_failed => PaymentState::Failed {
            code: subscription.attributes.status.clone(),
        },
        state => state,
    };
    let id = PaymentId::Invoice(&invoice.id).text();
    Ok(Some(PaymentSnapshot {
        reference: None,
        checkout: None,
        id: Some(id.clone()),
        subscription: Some(subscription_id.0.clone()),
        invoice: Some(id),
        customer: text(customer_id.as_ref()),
        customer_email: user_email.clone(),
        state,
        amount: totals.asked,
        total: totals.total,
        tax: Some(totals.tax),
        fee: None,
        refunded: totals.refunded,
        refunds: Vec::new(),
        paid_at: None,
        created_at: *created_at,
    }))
}

/// A subscription.
pub(crate) fn subscription(
    subscription: &Resource<Subscription>,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let said = &subscription.attributes;
    let state = subscription_state(&said.status);
    let has_ended = state == SubscriptionState::Canceled;
    let is_cancelled = said.status == "cancelled" || said.cancelled == Some(true);
    // Without the end, a subscription that was cancelled would seem to go on for ever.
    if is_cancelled && said.ends_at.is_none() && !has_ended {
        return Err(unclear("when a cancelled subscription ends"));
    }
    let item = said.first_subscription_item.as_ref();
    Ok(SubscriptionSnapshot {
        id: subscription.id.clone(),
        reference: None,
        customer: text(said.customer_id.as_ref()),
        customer_email: said.user_email.clone(),
        item: item.map(|item| item.id.0.clone()),
        // The price that the item names may be the one before a change, for some seconds; the variant never is.
        price: Some(said.variant_id.0.clone()),
        quantity: item.and_then(|item| item.quantity),
        current_period_start: None,
        current_period_end: period_end(said, is_cancelled || has_ended),
        trial_end: said.trial_ends_at,
        cancel_at: said.ends_at.filter(|_| is_cancelled && !has_ended),
        ended_at: said.ends_at.filter(|_| has_ended),
        pause: said.pause.as_ref().map(|pause| Pause {
            // A word that is not known stops the service: what is given away can't be taken back.
            mode: match pause.mode.as_deref() {
                Some("free") => PauseMode::Free,
                Some(_) | None => PauseMode::Void,
            },
            resumes_at: pause.resumes_at,
        }),
        state,
    })
}

/// What is cancelled keeps the day on which it would have been renewed.
fn period_end(said: &Subscription, is_ending: bool) -> Option<Timestamp> {
    said.ends_at.filter(|_| is_ending).or(said.renews_at)
}

fn payment_state(status: &str) -> PaymentState {
    match status {
        "paid" | "refunded" => PaymentState::Succeeded,
        // Written `partial_refund` and `partial_refunded`.
        _ if status.starts_with("partial_refund") => PaymentState::Succeeded,
        "pending" => PaymentState::Processing,
        "failed" => PaymentState::Failed {
            code: status.to_owned(),
        },
        "void" => PaymentState::Canceled,
        "fraudulent" => PaymentState::Suspicious {
            reason: status.to_owned(),
        },
        _ => PaymentState::Unknown(crate::ask::plain(status)),
    }
}

fn invoice_state(status: &str) -> InvoiceState {
    match status {
        "pending" => InvoiceState::Open,
        "paid" => InvoiceState::Paid,
        "void" => InvoiceState::Void,
        "refunded" => InvoiceState::Refunded,
        _ if status.starts_with("partial_refund") => InvoiceState::Refunded,
        _ => InvoiceState::Unknown(crate::ask::plain(status)),
    }
}

fn subscription_state(status: &str) -> SubscriptionState {
    match status {
        "on_trial" => SubscriptionState::Trialing,
        // Paid for until it ends, and that is told beside it.
        "active" | "cancelled" => SubscriptionState::Active,
        "paused" => SubscriptionState::Paused,
        "past_due" => SubscriptionState::PastDue,
        "unpaid" => SubscriptionState::Unpaid,
        "expired" => SubscriptionState::Canceled,
        _ => SubscriptionState::Unknown(crate::ask::plain(status)),
    }
}

fn text(number: Option<&Number>) -> Option<String> {
    number.map(|number| number.0.clone())
}
