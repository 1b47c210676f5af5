//! What an object is now, and what hangs on it.

use ports::payments::{Capability, ObjectKind, ObjectRef, PaymentSnapshot, ProviderError, Snapshot};

use crate::api::{Checkout, Invoice, Number, Order, Price, Resource, Subscription};
use crate::ask::Api;
use crate::config::Account;
use crate::snapshot::{self, PaymentId, is_number};

/// How many of a list are asked for: as many as there may be.
const PAGE: &str = "100";

/// Why the first invoice of a subscription was written.
const INITIAL: &str = "initial";

/// Finds `object`.
pub(crate) async fn object(
    api: &Api,
    account: &Account,
    object: &ObjectRef,
) -> Result<Vec<Snapshot>, ProviderError> {
    let id = object.id.as_str();
    match object.kind {
        ObjectKind::Payment | ObjectKind::Invoice => match PaymentId::read(id) {
            Some(PaymentId::Order(number)) => order(api, account, number).await,
            Some(PaymentId::Invoice(number)) => invoice(api, account, number).await,
            None => Err(ProviderError::NotFound),
        },
        ObjectKind::Subscription if is_number(id) => {
            let found = subscription(api, account, id).await?;
            Ok(vec![Snapshot::Subscription(snapshot::subscription(&found)?)])
        }
        ObjectKind::Checkout => checkout(api, account, id).await,
        ObjectKind::Dispute => Err(ProviderError::Unsupported(Capability::Disputes)),
        // Refunds have no numbers, and nothing can be found by what we called it: that comes with webhooks alone.
        ObjectKind::Subscription | ObjectKind::Refund | ObjectKind::Reference => Err(ProviderError::NotFound),
    }
}

/// A page does not tell whether somebody has paid there: the webhook of the order does.
async fn checkout(api: &Api, account: &Account, id: &str) -> Result<Vec<Snapshot>, ProviderError> {
    if id.is_empty()
        || id.len() > 64
        || !id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(ProviderError::NotFound);
    }
    let found = api.get::<Checkout>(id).await?.attributes;
    account.belongs(found.test_mode, found.store_id.as_ref())?;
    Ok(Vec::new())
}

async fn order(api: &Api, account: &Account, number: &str) -> Result<Vec<Snapshot>, ProviderError> {
    let order = api.get::<Order>(number).await?;
    let said = &order.attributes;
    account.belongs(said.test_mode, said.store_id.as_ref())?;
    let item = said.first_order_item.as_ref();
    let variant = item.and_then(|item| item.variant_id.as_ref());
    if let (Some(variant), Some(ours)) = (variant, account.payment_variant)
        && variant.is(ours)
    {
        return Ok(vec![Snapshot::Payment(snapshot::order(&order)?)]);
    }
    let query = [
        ("filter[order_id]", number.to_owned()),
        ("page[size]", PAGE.to_owned()),
    ];
    let mut begun = api.list::<Subscription>(&query).await?.data;
    begun.retain(|begun| begun.attributes.order_id.0 == order.id);
    if begun.is_empty() {
        let price = item.and_then(|item| item.price_id.as_ref());
        if sells_subscriptions(api, price).await? {
            // The subscription comes seconds after the order: taken for a payment, it would be counted twice.
            return Err(ProviderError::NotFound);
        }
        return Ok(vec![Snapshot::Payment(snapshot::order(&order)?)]);
    }
    let mut found = Vec::new();
    let is_single = begun.len() == 1;
    for subscription in &begun {
        found.push(Snapshot::Subscription(snapshot::subscription(subscription)?));
        let Some(invoice) = first_invoice(api, subscription).await? else {
            continue;
        };
        found.push(Snapshot::Invoice(snapshot::invoice(&invoice)?));
        let Some(payment) = snapshot::invoice_payment(&invoice, subscription)? else {
            continue;
        };
        found.push(Snapshot::Payment(if is_single {
            with_refunds_of(&order, payment)?
        } else {
            payment
        }));
    }
    Ok(found)
}

async fn sells_subscriptions(api: &Api, price: Option<&Number>) -> Result<bool, ProviderError> {
    let price = price
        .filter(|price| is_number(&price.0))
        .ok_or_else(|| ProviderError::Unavailable("an order that doesn't say what was sold".to_owned()))?;
    let price = api.get::<Price>(&price.0).await?;
    Ok(price.attributes.category == "subscription")
}

async fn first_invoice(
    api: &Api,
    subscription: &Resource<Subscription>,
) -> Result<Option<Resource<Invoice>>, ProviderError> {
    let query = [
        ("filter[subscription_id]", subscription.id.clone()),
        ("page[size]", PAGE.to_owned()),
    ];
    let invoices = api.list::<Invoice>(&query).await?.data;
    Ok(invoices.into_iter().find(|invoice| {
        let said = &invoice.attributes;
        said.subscription_id.0 == subscription.id && said.billing_reason.as_deref() == Some(INITIAL)
    }))
}

/// What was given back of the order was given back of the first invoice: it is the same money.
fn with_refunds_of(
    order: &Resource<Order>,
    payment: PaymentSnapshot,
) -> Result<PaymentSnapshot, ProviderError> {
    let refunded = snapshot::order_refunded(order)?;
    let is_more =
        refunded.currency() == payment.refunded.currency() && refunded.minor() > payment.refunded.minor();
    Ok(PaymentSnapshot {
        refunded: if is_more { refunded } else { payment.refunded },
        ..payment
    })
}

async fn invoice(api: &Api, account: &Account, number: &str) -> Result<Vec<Snapshot>, ProviderError> {
    let invoice = api.get::<Invoice>(number).await?;
    let said = &invoice.attributes;
    account.belongs(said.test_mode, said.store_id.as_ref())?;
    let subscription = subscription(api, account, &said.subscription_id.0).await?;
    let mut found = vec![
        Snapshot::Subscription(snapshot::subscription(&subscription)?),
        Snapshot::Invoice(snapshot::invoice(&invoice)?),
    ];
    let payment = snapshot::invoice_payment(&invoice, &subscription)?;
    found.extend(payment.map(Snapshot::Payment));
    Ok(found)
}

/// The subscription of this number.
pub(crate) async fn subscription(
    api: &Api,
    account: &Account,
    number: &str,
) -> Result<Resource<Subscription>, ProviderError> {
    let found = api.get::<Subscription>(number).await?;
    account.belongs(found.attributes.test_mode, found.attributes.store_id.as_ref())?;
    Ok(found)
}
