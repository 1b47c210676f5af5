//! Bills.

use kernel::Money;
use ports::payments::{ChangePreview, InvoiceSnapshot, InvoiceState};

use super::{Unreadable, at, money};
use crate::api::{self, Invoice, InvoicePayment, Line};

/// What a payment has to do with an invoice.
#[derive(Debug, Clone, Default)]
pub(crate) struct Link {
    pub(crate) invoice: Option<String>,
    pub(crate) subscription: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) total: Option<Money>,
    pub(crate) tax: Option<Money>,
}

impl Link {
    /// What its payments have to do with this invoice.
    pub(crate) fn of(invoice: &Invoice) -> Result<Self, Unreadable> {
        let (total, tax) = (money(invoice.total, &invoice.currency)?, tax(invoice)?);
        Ok(Self {
            invoice: Some(invoice.id.clone()),
            subscription: invoice.subscription_id(),
            reference: invoice.reference(),
            total: Some(total),
            tax: Some(tax),
        })
    }
}

impl Invoice {
    /// The subscription that it is for.
    pub(crate) fn subscription_id(&self) -> Option<String> {
        let details = self
            .parent
            .as_ref()
            .and_then(|parent| parent.subscription_details.as_ref());
        let subscription = details.and_then(|details| details.subscription.as_ref());
        api::id_of(subscription.or(self.subscription.as_ref()))
    }

    /// The payment that settled it; else the one that is meant to.
    pub(crate) fn payment_id(&self) -> Option<String> {
        self.settled_by().or_else(|| {
            let payments = self.payments.iter().flat_map(|payments| &payments.data);
            let next = payments.filter(|payment| payment.status != "canceled");
            let next = next.max_by_key(|payment| payment.is_default == Some(true));
            next.and_then(InvoicePayment::payment_id)
        })
    }

    fn settled_by(&self) -> Option<String> {
        let payments = self.payments.iter().flat_map(|payments| &payments.data);
        let mut paid = payments.filter(|payment| payment.status == "paid");
        let before_basil = self.payment_intent.as_ref();
        paid.find_map(InvoicePayment::payment_id)
            .or_else(|| api::id_of(before_basil))
    }

    /// The id of our subscription, as it was kept with the subscription when the invoice was written.
    fn reference(&self) -> Option<String> {
        let details = self
            .parent
            .as_ref()
            .and_then(|parent| parent.subscription_details.as_ref());
        let details = details.or(self.subscription_details.as_ref());
        api::reference(details.and_then(|details| details.metadata.as_ref()))
    }
}

impl InvoicePayment {
    fn payment_id(&self) -> Option<String> {
        let payment = self.payment.as_ref()?;
        api::id_of(payment.payment_intent.as_ref())
    }
}

/// In our words.
pub(crate) fn invoice(invoice: &Invoice) -> Result<InvoiceSnapshot, Unreadable> {
    let status = invoice.status.as_deref();
    let status = status.ok_or(Unreadable::Missing("an invoice", "its status"))?;
    if invoice.id.is_empty() {
        return Err(Unreadable::Missing("an invoice", "its id"));
    }
    let (total, tax) = (money(invoice.total, &invoice.currency)?, tax(invoice)?);
    let subtotal = total.checked_sub(tax);
    let subtotal = subtotal.ok_or(Unreadable::Missing("an invoice", "amounts that can be counted"))?;
    let state = state(status);
    let (start, end) = period(invoice);
    let transitions = invoice.status_transitions.as_ref();
    Ok(InvoiceSnapshot {
        id: invoice.id.clone(),
        subscription: invoice.subscription_id(),
        payment: invoice.settled_by(),
        number: invoice.number.clone(),
        billing_reason: invoice.billing_reason.clone(),
        subtotal,
        tax,
        total,
        paid: money(invoice.amount_paid, &invoice.currency)?,
        hosted_url: invoice.hosted_invoice_url.clone(),
        pdf_url: invoice.pdf.clone(),
        attempts: invoice.attempt_count,
        next_attempt_at: at(invoice.next_payment_attempt),
        period_start: at(start),
        period_end: at(end),
        created_at: at(invoice.created),
        paid_at: at(transitions.and_then(|transitions| transitions.paid_at)),
        state,
    })
}

/// What a change would cost: an invoice that is never written.
pub(crate) fn preview(invoice: &Invoice) -> Result<ChangePreview, Unreadable> {
    let lines = invoice.lines.as_ref();
    let lines = lines.ok_or(Unreadable::Missing("a preview", "its lines"))?;
    if lines.has_more {
        return Err(Unreadable::TooLong("the lines of a preview"));
    }
    let prorated = lines.data.iter().filter(|line| line.is_proration());
    let prorated = prorated.map(|line| line.amount).try_fold(0_i64, i64::checked_add);
    let prorated = prorated.ok_or(Unreadable::Missing("a preview", "amounts that can be counted"))?;
    Ok(ChangePreview {
        total: money(invoice.total, &invoice.currency)?,
        prorated: money(prorated, &invoice.currency)?,
    })
}

fn tax(invoice: &Invoice) -> Result<Money, Unreadable> {
    let taxes = invoice
        .total_taxes
        .as_ref()
        .or(invoice.total_tax_amounts.as_ref());
    let taxes = taxes.into_iter().flatten().map(|tax| tax.amount);
    let tax = taxes.into_iter().try_fold(0_i64, i64::checked_add);
    money(
        tax.ok_or(Unreadable::Missing("an invoice", "taxes that can be counted"))?,
        &invoice.currency,
    )
}

/// The time that is paid for: that of the lines, for an invoice says of itself when it collected them. What settles
/// the rest of a period counts only where there is nothing else.
fn period(invoice: &Invoice) -> (Option<i64>, Option<i64>) {
    let lines = invoice.lines.iter().flat_map(|lines| &lines.data);
    let (prorated, regular): (Vec<&Line>, Vec<&Line>) = lines.partition(|line| line.is_proration());
    let lines = if regular.is_empty() { prorated } else { regular };
    let periods = || lines.iter().filter_map(|line| line.period.as_ref());
    let start = periods().map(|period| period.start).min();
    let end = periods().map(|period| period.end).max();
    (start.or(invoice.period_start), end.or(invoice.period_end))
}

fn state(status: &str) -> InvoiceState {
    match status {
        "draft" => InvoiceState::Draft,
        "open" => InvoiceState::Open,
        "paid" => InvoiceState::Paid,
        "uncollectible" => InvoiceState::Uncollectible,
        "void" => InvoiceState::Void,
        word => InvoiceState::Unknown(word.to_owned()),
    }
}
