//! Writing bills down.

use chrono::Datelike as _;
use db::{ReadTx, Tx};
use kernel::event::payment::InvoiceIssued;
use kernel::{
    InvoiceId, Money, OrganizationId, Page, PageRequest, PaymentId, RequestContext, SubscriptionId, Timestamp,
};
use ports::payments::{InvoiceSnapshot, InvoiceState};

use super::model::{
    Content, Invoice, InvoiceFilter, InvoiceKind, InvoiceStatus, Line, NewReceipt, Numbered, Party,
};
use super::store;
use crate::error::BillingError;
use crate::machinery::Machinery;
use crate::source::Source;
use crate::subscription::service::Subscriptions;

/// Bills. Cheap to clone.
#[derive(Clone)]
pub struct Invoices {
    machinery: Machinery,
    subscriptions: Subscriptions,
}

/// Whose a provider's invoice is.
#[derive(Default)]
struct Owner {
    organization: Option<OrganizationId>,
    subscription: Option<SubscriptionId>,
    payment: Option<PaymentId>,
}

impl Invoices {
    /// Bills kept by `machinery`.
    pub(crate) const fn new(machinery: Machinery, subscriptions: Subscriptions) -> Self {
        Self {
            machinery,
            subscriptions,
        }
    }

    /// The newest first.
    pub async fn list(
        &self,
        filter: InvoiceFilter,
        page: PageRequest,
    ) -> Result<Page<Invoice>, BillingError> {
        let work = async move |tx: &mut ReadTx| Ok(store::list(tx, filter, &page).await?);
        self.machinery.db.read(work).await
    }

    /// One, of the organization where one is named.
    pub async fn get(
        &self,
        organization: Option<OrganizationId>,
        id: InvoiceId,
    ) -> Result<Invoice, BillingError> {
        let work = async move |tx: &mut ReadTx| Ok(store::find(tx, organization, id).await?);
        let found: Result<Option<Invoice>, BillingError> = self.machinery.db.read(work).await;
        found?.ok_or(BillingError::NotFound)
    }

    /// A receipt or credit note of our own, with the one that it corrects.
    pub(crate) async fn receipt(
        &self,
        organization: Option<OrganizationId>,
        id: InvoiceId,
    ) -> Result<(Invoice, Option<Invoice>), BillingError> {
        let invoice = self.get(organization, id).await?;
        if invoice.kind == InvoiceKind::Invoice {
            let detail = "the provider wrote this invoice; see hosted_url and pdf_url";
            return Err(BillingError::WrongState(detail));
        }
        let corrected = match invoice.corrects {
            Some(corrected) => Some(self.get(organization, corrected).await?),
            None => None,
        };
        Ok((invoice, corrected))
    }

    /// Makes the invoice that `snapshot` is about say the same. What is nobody's here is left alone.
    pub(crate) async fn apply(
        &self,
        tx: &mut Tx,
        source: &Source,
        snapshot: &InvoiceSnapshot,
    ) -> Result<(), BillingError> {
        let now = self.machinery.clock.now();
        let account = (source.provider, source.account.as_str());
        let owner = self.owner_in(tx, source, snapshot).await?;
        let Some(found) = store::lock_named(tx, account, &snapshot.id).await? else {
            return self.insert_in(tx, source, snapshot, owner).await;
        };
        // What was asked for before the last answer says nothing new.
        if found.synced_at.is_some_and(|synced| source.asked_at < synced) {
            return Ok(());
        }
        let mut next = found.clone();
        next.subscription = found.subscription.or(owner.subscription);
        next.payment = found.payment.or(owner.payment);
        next.number = snapshot.number.clone().or(next.number);
        next.content = content(Some(&found.content), snapshot);
        if found.content.status == InvoiceStatus::Draft {
            next.issued_at = snapshot.created_at.unwrap_or(found.issued_at);
        }
        if next == found {
            return Ok(());
        }
        next.synced_at = Some(source.asked_at);
        if !store::update(tx, &next, now).await? {
            return Err(BillingError::Outdated);
        }
        let is_issued = |status| !matches!(status, InvoiceStatus::Draft | InvoiceStatus::NeedsReview);
        if found.content.status == InvoiceStatus::Draft && is_issued(next.content.status) {
            self.publish(tx, &next).await?;
        }
        Ok(())
    }

    async fn insert_in(
        &self,
        tx: &mut Tx,
        source: &Source,
        snapshot: &InvoiceSnapshot,
        owner: Owner,
    ) -> Result<(), BillingError> {
        let now = self.machinery.clock.now();
        let Some(organization) = owner.organization else {
            tracing::debug!(
                provider = source.provider,
                invoice = snapshot.id,
                "an invoice at the provider is none of ours"
            );
            return Ok(());
        };
        let name = self.machinery.organizations.name_in(tx, organization).await?;
        let invoice = Invoice {
            id: InvoiceId::new(&*self.machinery.ids, now),
            kind: InvoiceKind::Invoice,
            corrects: None,
            organization,
            subscription: owner.subscription,
            payment: owner.payment,
            provider: source.provider.to_owned(),
            account: source.account.clone(),
            reference: Some(snapshot.id.clone()),
            number: snapshot.number.clone(),
            content: content(None, snapshot),
            lines: Vec::new(),
            billed_to: Party {
                name,
                ..Party::default()
            },
            seller: Party::default(),
            issued_at: snapshot.created_at.unwrap_or(now),
            version: 1,
            synced_at: Some(source.asked_at),
            created_at: now,
            updated_at: now,
        };
        if !store::insert(tx, &invoice, None).await? {
            // Somebody else was faster by a moment; what they wrote may be older.
            return Err(BillingError::Outdated);
        }
        if invoice.content.status == InvoiceStatus::Draft {
            return Ok(());
        }
        self.publish(tx, &invoice).await
    }

    async fn owner_in(
        &self,
        tx: &mut Tx,
        source: &Source,
        snapshot: &InvoiceSnapshot,
    ) -> Result<Owner, BillingError> {
        let mut owner = Owner::default();
        if let Some(reference) = &snapshot.subscription
            && let Some(known) = self.subscriptions.known(tx, source, reference).await?
        {
            owner.organization = Some(known.organization_id);
            owner.subscription = Some(known.id);
        }
        if let Some(reference) = &snapshot.payment {
            let account = (source.provider, source.account.as_str());
            if let Some(paid) = store::find_payment(tx, account, reference).await? {
                owner.organization = owner.organization.or(Some(paid.organization));
                owner.subscription = owner.subscription.or(paid.subscription);
                owner.payment = Some(paid.payment);
            }
        }
        Ok(owner)
    }

    /// Writes the receipt for a payment, in the transaction that the money is written down in. There is one for each
    /// payment, and it is never changed.
    pub(crate) async fn write_receipt(&self, tx: &mut Tx, new: &NewReceipt) -> Result<(), BillingError> {
        if store::lock_receipt(tx, new.payment).await?.is_some() {
            return Ok(());
        }
        let now = self.machinery.clock.now();
        let name = self.machinery.organizations.name_in(tx, new.organization).await?;
        let total = new.total.minor();
        let product = self.machinery.product_name.clone();
        let invoice = Invoice {
            id: InvoiceId::new(&*self.machinery.ids, now),
            kind: InvoiceKind::Receipt,
            corrects: None,
            organization: new.organization,
            subscription: new.subscription,
            payment: Some(new.payment),
            provider: new.provider.clone(),
            account: new.account.clone(),
            reference: None,
            number: None,
            content: own_content(total, new.tax, new.total.currency(), new.paid_at),
            lines: vec![Line {
                description: new.description.clone().unwrap_or(product),
                quantity: new.quantity,
                amount: total - new.tax,
            }],
            billed_to: Party {
                name,
                email: new.customer_email.clone(),
                ..Party::default()
            },
            seller: self.seller(),
            issued_at: now,
            version: 1,
            synced_at: None,
            created_at: now,
            updated_at: now,
        };
        self.write_own(tx, invoice, "").await
    }

    /// Writes a credit note for what was given back of a payment until now, as far as there is none: what a buyer's
    /// books need beside the receipt, which stays as it is. A payment without a receipt of ours needs none.
    pub(crate) async fn write_credit_note(
        &self,
        tx: &mut Tx,
        payment: PaymentId,
        refunded: i64,
    ) -> Result<(), BillingError> {
        let Some(receipt) = store::lock_receipt(tx, payment).await? else {
            return Ok(());
        };
        let credited = store::get_credited(tx, receipt.id).await?;
        let total = refunded.min(receipt.content.total) - credited.total;
        if total <= 0 {
            return Ok(());
        }
        let now = self.machinery.clock.now();
        // The part of the taxes that belongs to it, rounded down; the last note takes what is left.
        let tax = if credited.total + total == receipt.content.total {
            receipt.content.tax - credited.tax
        } else {
            share(receipt.content.tax, total, receipt.content.total)
        };
        let invoice = Invoice {
            id: InvoiceId::new(&*self.machinery.ids, now),
            kind: InvoiceKind::CreditNote,
            corrects: Some(receipt.id),
            number: None,
            content: own_content(total, tax, receipt.content.currency, now),
            lines: vec![Line {
                description: receipt.number.clone().unwrap_or_default(),
                quantity: 1,
                amount: total - tax,
            }],
            issued_at: now,
            version: 1,
            created_at: now,
            updated_at: now,
            ..receipt
        };
        self.write_own(tx, invoice, "-C").await
    }

    async fn write_own(&self, tx: &mut Tx, mut invoice: Invoice, suffix: &str) -> Result<(), BillingError> {
        let year = invoice.issued_at.date_time().year();
        let series = format!("{year}{suffix}");
        let numbered = Numbered {
            sequence: store::increment(tx, &series).await?,
            series,
        };
        invoice.number = Some(numbered.text());
        if !store::insert(tx, &invoice, Some(&numbered)).await? {
            // The number goes back with the transaction.
            return Err(BillingError::Outdated);
        }
        self.publish(tx, &invoice).await
    }

    fn seller(&self) -> Party {
        let seller = &self.machinery.config.seller;
        Party {
            name: seller
                .name
                .clone()
                .or_else(|| Some(self.machinery.product_name.clone())),
            address: seller.address.clone(),
            tax_id: seller.tax_id.clone(),
            email: None,
        }
    }

    async fn publish(&self, tx: &mut Tx, invoice: &Invoice) -> Result<(), BillingError> {
        let event = InvoiceIssued {
            invoice_id: invoice.id,
            organization_id: invoice.organization,
            subscription_id: invoice.subscription,
            total: match invoice.kind {
                InvoiceKind::CreditNote => -invoice.content.total,
                InvoiceKind::Invoice | InvoiceKind::Receipt => invoice.content.total,
            },
            currency: invoice.content.currency,
        };
        let context = RequestContext::system();
        Ok(self.machinery.events.publish(tx, &context, &event).await?)
    }
}

/// `part` of `whole`, of `amount`: exact in 128 bits, rounded down.
fn share(amount: i64, part: i64, whole: i64) -> i64 {
    if whole == 0 {
        return 0;
    }
    let exact = i128::from(amount) * i128::from(part) / i128::from(whole);
    i64::try_from(exact).unwrap_or_default()
}

fn own_content(total: i64, tax: i64, currency: kernel::Currency, paid_at: Timestamp) -> Content {
    Content {
        status: InvoiceStatus::Paid,
        billing_reason: None,
        subtotal: total - tax,
        tax,
        total,
        paid: total,
        currency,
        hosted_url: None,
        pdf_url: None,
        attempts: None,
        next_attempt_at: None,
        period_start: None,
        period_end: None,
        paid_at: Some(paid_at),
    }
}

/// What a provider's invoice says from now on.
fn content(before: Option<&Content>, snapshot: &InvoiceSnapshot) -> Content {
    let state: &InvoiceState = &snapshot.state;
    let was = before.map_or(InvoiceStatus::NeedsReview, |content| content.status);
    let minor = |money: Money| money.minor();
    Content {
        status: was.after(state),
        billing_reason: snapshot.billing_reason.clone(),
        subtotal: minor(snapshot.subtotal),
        tax: minor(snapshot.tax),
        total: minor(snapshot.total),
        paid: minor(snapshot.paid),
        currency: snapshot.total.currency(),
        hosted_url: snapshot.hosted_url.clone(),
        pdf_url: snapshot.pdf_url.clone(),
        attempts: snapshot.attempts.map(i64::from),
        next_attempt_at: snapshot.next_attempt_at,
        period_start: snapshot.period_start,
        period_end: snapshot.period_end,
        paid_at: snapshot.paid_at,
    }
}
