//! Which calls show an object and what hangs on it.

use ports::payments::{Effect, ObjectKind, ObjectRef, PaymentSnapshot, ProviderError, Snapshot};

use crate::api::{
    Charge, CheckoutSession, Dispute, Expandable, Invoice, InvoicePayment, List, PaymentIntent, Refund,
    Subscription, id_of, reference,
};
use crate::client::{Call, Client};
use crate::form::Form;
use crate::snapshot::{self, Link, Unreadable};

/// How many pages of refunds are read of one payment.
const PAGES: u32 = 10;

/// How many there are on a page.
const PAGE: u32 = 100;

/// What an object is now, and what hangs on it.
pub(crate) async fn object(client: &Client, object: &ObjectRef) -> Result<Vec<Snapshot>, ProviderError> {
    let id = object.id.as_str();
    match object.kind {
        ObjectKind::Checkout => checkout(client, id).await,
        ObjectKind::Payment if is_charge(id) => payment_of_charge(client, id).await,
        ObjectKind::Payment => Ok(vec![Snapshot::Payment(payment(client, id, None).await?)]),
        ObjectKind::Refund => refund(client, id).await,
        ObjectKind::Dispute => dispute(client, id).await,
        ObjectKind::Subscription => Ok(vec![subscription(client, id).await?]),
        ObjectKind::Invoice if id.starts_with("inpay_") => invoice_of_payment(client, id).await,
        ObjectKind::Invoice => invoice(client, id).await,
        // Stripe's search shows what was made only after a while, and a miss would be taken for a fact.
        ObjectKind::Reference => Err(ProviderError::NotFound),
    }
}

/// A subscription in Stripe's words.
pub(crate) async fn raw_subscription(client: &Client, id: &str) -> Result<Subscription, ProviderError> {
    let query = Form::new().expand(&["customer"]);
    client.send(Call::get(&["subscriptions", id], query)).await
}

async fn checkout(client: &Client, id: &str) -> Result<Vec<Snapshot>, ProviderError> {
    let query = Form::new().expand(&["payment_intent.latest_charge.balance_transaction"]);
    let session: CheckoutSession = client
        .send(Call::get(&["checkout", "sessions", id], query))
        .await?;
    let mut found = match &session.invoice {
        Some(invoice) => self::invoice(client, invoice.id()).await?,
        None => Vec::new(),
    };
    let paid = match session.payment_intent.as_ref() {
        Some(Expandable::Object(intent)) => Some(with_refunds(client, intent, None).await?),
        Some(Expandable::Id(intent)) => Some(payment(client, intent, None).await?),
        None => taken_payment(&mut found),
    };
    let payment = snapshot::checkout(&session, paid).map_err(|error| unreadable(&error))?;
    let has_subscription = found
        .iter()
        .any(|found| matches!(found, Snapshot::Subscription(_)));
    if let Some(subscription) = session.subscription.filter(|_| !has_subscription) {
        found.push(self::subscription(client, subscription.id()).await?);
    }
    found.insert(0, Snapshot::Payment(payment));
    Ok(found)
}

/// Takes the payment out of what was found.
fn taken_payment(found: &mut Vec<Snapshot>) -> Option<PaymentSnapshot> {
    let place = found
        .iter()
        .position(|found| matches!(found, Snapshot::Payment(_)))?;
    match found.remove(place) {
        Snapshot::Payment(payment) => Some(payment),
        _ => None,
    }
}

/// A payment by its own id, and the invoice that it is for where that is not known yet.
async fn payment(client: &Client, id: &str, link: Option<Link>) -> Result<PaymentSnapshot, ProviderError> {
    let query = Form::new().expand(&["latest_charge.balance_transaction"]);
    let intent: PaymentIntent = client.send(Call::get(&["payment_intents", id], query)).await?;
    let link = match link {
        Some(link) => Some(link),
        // What was made by a checkout of ours says so, and is for no invoice.
        None if reference(intent.metadata.as_ref()).is_some() => None,
        None => self::link(client, &intent).await?,
    };
    with_refunds(client, &intent, link).await
}

async fn with_refunds(
    client: &Client,
    intent: &PaymentIntent,
    link: Option<Link>,
) -> Result<PaymentSnapshot, ProviderError> {
    let refunds = match &intent.latest_charge {
        Some(_) => refunds(client, &intent.id).await?,
        None => Vec::new(),
    };
    snapshot::payment(intent, &refunds, link).map_err(|error| unreadable(&error))
}

/// All of them: one that failed is counted nowhere else.
async fn refunds(client: &Client, payment: &str) -> Result<Vec<Refund>, ProviderError> {
    let mut refunds: Vec<Refund> = Vec::new();
    for _ in 0..PAGES {
        let query = Form::new()
            .set("payment_intent", payment)
            .set("limit", &PAGE)
            .set_some("starting_after", refunds.last().map(|refund| refund.id.clone()));
        let page: List<Refund> = client.send(Call::get(&["refunds"], query)).await?;
        let is_last = !page.has_more || page.data.is_empty();
        refunds.extend(page.data);
        if is_last {
            return Ok(refunds);
        }
    }
    Err(unreadable(&Unreadable::TooLong("the refunds of a payment")))
}

async fn link(client: &Client, intent: &PaymentIntent) -> Result<Option<Link>, ProviderError> {
    if let Some(invoice) = &intent.invoice {
        let invoice: Invoice = client
            .send(Call::get(&["invoices", invoice.id()], Form::new()))
            .await?;
        return Link::of(&invoice).map(Some).map_err(|error| unreadable(&error));
    }
    let query = Form::new()
        .set("payment[type]", "payment_intent")
        .set("payment[payment_intent]", &intent.id)
        .expand(&["data.invoice"]);
    let payments: List<InvoicePayment> = client.send(Call::get(&["invoice_payments"], query)).await?;
    let invoice = payments.data.iter().find_map(|payment| payment.invoice.as_ref());
    let link = match invoice {
        Some(Expandable::Object(invoice)) => Some(Link::of(invoice).map_err(|error| unreadable(&error))?),
        Some(Expandable::Id(id)) => {
            let invoice: Invoice = client.send(Call::get(&["invoices", id], Form::new())).await?;
            Some(Link::of(&invoice).map_err(|error| unreadable(&error))?)
        }
        None => None,
    };
    Ok(link)
}

fn is_charge(id: &str) -> bool {
    id.starts_with("ch_") || id.starts_with("py_")
}

async fn payment_of_charge(client: &Client, charge: &str) -> Result<Vec<Snapshot>, ProviderError> {
    let payment = payment_id(client, charge).await?;
    Ok(vec![Snapshot::Payment(
        self::payment(client, &payment, None).await?,
    )])
}

/// Charges without a payment were made by other means than ours.
async fn payment_id(client: &Client, charge: &str) -> Result<String, ProviderError> {
    let charge: Charge = client.send(Call::get(&["charges", charge], Form::new())).await?;
    id_of(charge.payment_intent.as_ref()).ok_or(ProviderError::NotFound)
}

async fn refund(client: &Client, id: &str) -> Result<Vec<Snapshot>, ProviderError> {
    let refund: Refund = client.send(Call::get(&["refunds", id], Form::new())).await?;
    let payment = match (&refund.payment_intent, &refund.charge) {
        (Some(payment), _) => payment.id().to_owned(),
        (None, Some(charge)) => payment_id(client, charge.id()).await?,
        (None, None) => return Err(ProviderError::NotFound),
    };
    Ok(vec![Snapshot::Payment(
        self::payment(client, &payment, None).await?,
    )])
}

async fn dispute(client: &Client, id: &str) -> Result<Vec<Snapshot>, ProviderError> {
    let dispute: Dispute = client.send(Call::get(&["disputes", id], Form::new())).await?;
    let payment = match (&dispute.payment_intent, &dispute.charge) {
        (Some(payment), _) => Some(payment.id().to_owned()),
        (None, Some(charge)) => payment_id(client, charge.id())
            .await
            .map_or_else(missing, |id| Ok(Some(id)))?,
        (None, None) => None,
    };
    let told = snapshot::dispute(&dispute, payment.clone()).map_err(|error| unreadable(&error))?;
    let mut found = vec![Snapshot::Dispute(told)];
    if let Some(payment) = payment {
        found.push(Snapshot::Payment(self::payment(client, &payment, None).await?));
    }
    Ok(found)
}

/// A dispute is told even where its payment is none of ours.
fn missing(error: ProviderError) -> Result<Option<String>, ProviderError> {
    match error {
        ProviderError::NotFound => Ok(None),
        error => Err(error),
    }
}

async fn subscription(client: &Client, id: &str) -> Result<Snapshot, ProviderError> {
    let subscription = raw_subscription(client, id).await?;
    let subscription = snapshot::subscription(&subscription).map_err(|error| unreadable(&error))?;
    Ok(Snapshot::Subscription(subscription))
}

async fn invoice_of_payment(client: &Client, id: &str) -> Result<Vec<Snapshot>, ProviderError> {
    let payment: InvoicePayment = client
        .send(Call::get(&["invoice_payments", id], Form::new()))
        .await?;
    match payment.invoice {
        Some(invoice) => self::invoice(client, invoice.id()).await,
        None => Err(ProviderError::NotFound),
    }
}

async fn invoice(client: &Client, id: &str) -> Result<Vec<Snapshot>, ProviderError> {
    let query = Form::new().expand(&["payments"]);
    let invoice: Invoice = client.send(Call::get(&["invoices", id], query)).await?;
    let told = snapshot::invoice(&invoice).map_err(|error| unreadable(&error))?;
    let mut found = vec![Snapshot::Invoice(told)];
    if let Some(payment) = invoice.payment_id() {
        let link = Link::of(&invoice).map_err(|error| unreadable(&error))?;
        let payment = self::payment(client, &payment, Some(link)).await?;
        found.push(Snapshot::Payment(payment));
    }
    if let Some(subscription) = invoice.subscription_id() {
        found.push(self::subscription(client, &subscription).await?);
    }
    Ok(found)
}

fn unreadable(error: &Unreadable) -> ProviderError {
    Effect::None.unclear(error.to_string())
}
