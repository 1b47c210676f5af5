//! Payments.

use kernel::Money;
use ports::payments::{PaymentSnapshot, PaymentState, RefundSnapshot, RefundState};

use super::invoice::Link;
use super::{Unreadable, at, money, refund};
use crate::api::{self, Charge, CheckoutSession, Expandable, PaymentIntent, Refund};

/// A payment with its refunds, and the invoice that it is for, if it is for one.
pub(crate) fn payment(
    intent: &PaymentIntent,
    refunds: &[Refund],
    link: Option<Link>,
) -> Result<PaymentSnapshot, Unreadable> {
    let charge = intent.latest_charge.as_ref().and_then(Expandable::object);
    let asked = money(intent.amount, &intent.currency)?;
    let state = state(intent);
    let is_paid = state == PaymentState::Succeeded;
    let received = intent.amount_received.filter(|_| is_paid);
    let total = received.map_or(Ok(asked), |amount| money(amount, &intent.currency))?;
    let refunds: Vec<RefundSnapshot> = refunds.iter().map(refund).collect::<Result<_, _>>()?;
    let refunded = match charge {
        Some(charge) => money(charge.amount_refunded, &charge.currency)?,
        None => given_back(&refunds, Money::zero(asked.currency())),
    };
    let link = link.unwrap_or_default();
    // The total of an invoice is what is paid for it, unless the buyer had something left with the seller.
    let taxed = link.total.filter(|total| *total == asked).and(link.tax);
    let amount = taxed.and_then(|tax| asked.checked_sub(tax)).unwrap_or(asked);
    Ok(PaymentSnapshot {
        reference: api::reference(intent.metadata.as_ref()).or(link.reference),
        checkout: None,
        id: Some(intent.id.clone()),
        subscription: link.subscription,
        invoice: link.invoice,
        customer: api::id_of(intent.customer.as_ref()),
        customer_email: email(intent, charge),
        state,
        amount,
        total,
        tax: taxed.filter(|tax| tax.minor() != 0),
        fee: charge.map(fee).transpose()?.flatten(),
        refunded,
        refunds,
        paid_at: at(charge.and_then(|charge| charge.created)).filter(|_| is_paid),
        created_at: at(intent.created),
    })
}

/// The payment of a page. What the page asks for is its subtotal: Stripe may add taxes to it.
pub(super) fn of_checkout(
    session: &CheckoutSession,
    paid: Option<PaymentSnapshot>,
) -> Result<PaymentSnapshot, Unreadable> {
    let currency = session.currency.as_deref();
    let currency = currency.ok_or(Unreadable::Missing("a checkout", "its currency"))?;
    let amount = |amount: Option<i64>| {
        let amount = amount.ok_or(Unreadable::Missing("a checkout", "its amount"))?;
        money(amount, currency)
    };
    let (asked, total) = (amount(session.amount_subtotal)?, amount(session.amount_total)?);
    let status = session.status.as_deref();
    let status = status.ok_or(Unreadable::Missing("a checkout", "its status"))?;
    let state = state_of_checkout(status, session.payment_status.as_deref(), paid.as_ref());
    let tax = session
        .total_details
        .as_ref()
        .and_then(|details| details.amount_tax);
    let tax = tax
        .filter(|tax| *tax != 0)
        .map(|tax| money(tax, currency))
        .transpose()?;
    let details = session.customer_details.as_ref();
    let email = details
        .and_then(|details| details.email.as_ref())
        .or(session.customer_email.as_ref());
    let reference = api::reference(session.metadata.as_ref()).or_else(|| session.client_reference_id.clone());
    let of_paid = |field: fn(&PaymentSnapshot) -> Option<String>| paid.as_ref().and_then(field);
    Ok(PaymentSnapshot {
        reference: reference.or_else(|| of_paid(|paid| paid.reference.clone())),
        checkout: Some(session.id.clone()),
        id: api::id_of(session.payment_intent.as_ref()).or_else(|| of_paid(|paid| paid.id.clone())),
        subscription: api::id_of(session.subscription.as_ref()),
        invoice: api::id_of(session.invoice.as_ref()),
        customer: api::id_of(session.customer.as_ref()).or_else(|| of_paid(|paid| paid.customer.clone())),
        customer_email: email
            .cloned()
            .or_else(|| of_paid(|paid| paid.customer_email.clone())),
        state,
        amount: asked,
        total: paid
            .as_ref()
            .filter(|paid| paid.state == PaymentState::Succeeded)
            .map_or(total, |paid| paid.total),
        tax,
        fee: paid.as_ref().and_then(|paid| paid.fee),
        refunded: paid
            .as_ref()
            .map_or(Money::zero(total.currency()), |paid| paid.refunded),
        paid_at: paid.as_ref().and_then(|paid| paid.paid_at),
        refunds: paid.map(|paid| paid.refunds).unwrap_or_default(),
        created_at: at(session.created),
    })
}

fn state(intent: &PaymentIntent) -> PaymentState {
    match (intent.status.as_str(), &intent.last_payment_error) {
        ("succeeded", _) => PaymentState::Succeeded,
        ("processing" | "requires_capture", _) => PaymentState::Processing,
        ("requires_action" | "requires_confirmation", _) => PaymentState::RequiresAction,
        ("requires_payment_method", None) => PaymentState::Open,
        ("requires_payment_method", Some(error)) => {
            let code = [&error.decline_code, &error.code, &error.kind];
            let code = code.into_iter().flatten().find(|code| *code != "generic_decline");
            PaymentState::Failed {
                code: code.cloned().unwrap_or_default(),
            }
        }
        ("canceled", _) => PaymentState::Canceled,
        (word, _) => PaymentState::Unknown(word.to_owned()),
    }
}

/// A page that says that it is paid is believed only as far as the payment says so too, where there is one.
fn state_of_checkout(status: &str, payment: Option<&str>, paid: Option<&PaymentSnapshot>) -> PaymentState {
    let of_payment = paid.map(|paid| paid.state.clone());
    match (status, payment) {
        // A payment that was tried in vain leaves the page open; one that was given up leaves it, too.
        ("open", _) => of_payment
            .filter(|state| *state != PaymentState::Canceled)
            .unwrap_or(PaymentState::Open),
        ("expired", _) => PaymentState::Expired,
        ("complete", Some("paid" | "no_payment_required")) => of_payment.unwrap_or(PaymentState::Succeeded),
        ("complete", Some("unpaid")) => of_payment.unwrap_or(PaymentState::Processing),
        ("complete", word) => PaymentState::Unknown(word.unwrap_or_default().to_owned()),
        (word, _) => PaymentState::Unknown(word.to_owned()),
    }
}

fn email(intent: &PaymentIntent, charge: Option<&Charge>) -> Option<String> {
    let customer = intent.customer.as_ref().and_then(Expandable::object);
    let given = charge.and_then(|charge| charge.billing_details.as_ref());
    let given = given.and_then(|details| details.email.clone());
    let known = customer.and_then(|customer| customer.email.clone());
    given.or_else(|| intent.receipt_email.clone()).or(known)
}

fn fee(charge: &Charge) -> Result<Option<Money>, Unreadable> {
    let transaction = charge.balance_transaction.as_ref().and_then(Expandable::object);
    let fee = transaction.and_then(|transaction| Some((transaction.fee?, &transaction.currency)));
    fee.map(|(fee, currency)| money(fee, currency)).transpose()
}

/// What the refunds come to that have not failed.
fn given_back(refunds: &[RefundSnapshot], none: Money) -> Money {
    let counted = refunds
        .iter()
        .filter(|refund| matches!(refund.state, RefundState::Pending | RefundState::Succeeded));
    counted.fold(none, |sum, refund| sum.checked_add(refund.amount).unwrap_or(sum))
}
