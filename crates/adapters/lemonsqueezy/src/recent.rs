//! What happened lately: lists are the newest first, so they are read until what is older than asked for. A list
//! grows at its beginning meanwhile, which repeats some on the next page; their keys are the same then.

use kernel::Timestamp;
use ports::payments::{ObjectKind, ObjectRef, ProviderError, ProviderEvent, RecentPage, RecentRequest};

use crate::api::{Attributes, Invoice, Order, Resource, Sum};
use crate::ask::Api;
use crate::config::Account;
use crate::snapshot::PaymentId;

/// How many are on a page: as many as there may be.
const PAGE: &str = "100";

/// Which list, and which page of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Orders(u64),
    Invoices(u64),
}

/// One page of orders or of invoices; the orders come first.
pub(crate) async fn list(
    api: &Api,
    account: &Account,
    request: &RecentRequest,
) -> Result<RecentPage, ProviderError> {
    let place = match &request.cursor {
        None => Place::Orders(1),
        Some(cursor) => Place::read(cursor)
            .ok_or_else(|| ProviderError::refused("cursor", "this is no cursor of ours".to_owned()))?,
    };
    let (events, next) = match place {
        Place::Orders(number) => {
            let (orders, has_more) = page::<Order>(api, account, number, request.since).await?;
            let next = if has_more {
                Place::Orders(number.saturating_add(1))
            } else {
                Place::Invoices(1)
            };
            (orders.iter().map(order).collect(), Some(next))
        }
        Place::Invoices(number) => {
            let (invoices, has_more) = page::<Invoice>(api, account, number, request.since).await?;
            let next = has_more.then_some(Place::Invoices(number.saturating_add(1)));
            (invoices.iter().map(invoice).collect(), next)
        }
    };
    Ok(RecentPage {
        events,
        next_cursor: next.map(Place::text),
    })
}

/// What has a time at which it was made, and is of one mode.
trait Dated: Attributes {
    fn created_at(&self) -> Option<Timestamp>;
    fn test_mode(&self) -> Option<bool>;
}

/// The part of a page that is not too old, and whether the next page may have more of it.
async fn page<A: Dated>(
    api: &Api,
    account: &Account,
    number: u64,
    since: Timestamp,
) -> Result<(Vec<Resource<A>>, bool), ProviderError> {
    let query = [
        ("filter[store_id]", account.store.to_string()),
        ("page[number]", number.to_string()),
        ("page[size]", PAGE.to_owned()),
    ];
    let listing = api.list::<A>(&query).await?;
    let unclear = |what: &str| ProviderError::Unavailable(format!("a list that doesn't say {what}"));
    let last_page = listing.last_page.ok_or_else(|| unclear("how long it is"))?;
    let mut recent = Vec::new();
    let mut reaches_back = false;
    for resource in listing.data {
        let created_at = resource.attributes.created_at();
        let created_at = created_at.ok_or_else(|| unclear("when things were made"))?;
        reaches_back |= created_at < since;
        let is_ours = resource
            .attributes
            .test_mode()
            .is_none_or(|test_mode| test_mode == account.is_test_mode);
        if created_at >= since && is_ours {
            recent.push(resource);
        }
    }
    Ok((recent, number < last_page && !reaches_back))
}

fn order(order: &Resource<Order>) -> ProviderEvent {
    let id = PaymentId::Order(&order.id).text();
    event(
        ObjectKind::Payment,
        id,
        "order.listed",
        &order.attributes.sum,
        order.attributes.created_at,
    )
}

fn invoice(invoice: &Resource<Invoice>) -> ProviderEvent {
    let id = PaymentId::Invoice(&invoice.id).text();
    let said = &invoice.attributes;
    event(
        ObjectKind::Invoice,
        id,
        "subscription_invoice.listed",
        &said.sum,
        said.created_at,
    )
}

/// The key is another one when the status is, or the sum that was given back.
fn event(
    kind: ObjectKind,
    id: String,
    event_type: &str,
    sum: &Sum,
    created_at: Option<Timestamp>,
) -> ProviderEvent {
    let status: String = sum.status.chars().take(24).collect();
    let refunded = sum.refunded_amount.unwrap_or_default();
    ProviderEvent {
        key: format!("{id}:{status}:{refunded}"),
        event_type: event_type.to_owned(),
        object: Some(ObjectRef { kind, id }),
        reference: None,
        occurred_at: created_at,
    }
}

impl Dated for Order {
    fn created_at(&self) -> Option<Timestamp> {
        self.created_at
    }
    fn test_mode(&self) -> Option<bool> {
        self.test_mode
    }
}

impl Dated for Invoice {
    fn created_at(&self) -> Option<Timestamp> {
        self.created_at
    }
    fn test_mode(&self) -> Option<bool> {
        self.test_mode
    }
}

impl Place {
    fn read(cursor: &str) -> Option<Self> {
        let (list, page) = cursor.split_once(' ')?;
        let page = page.parse().ok().filter(|page| *page > 0)?;
        match list {
            Order::KIND => Some(Self::Orders(page)),
            Invoice::KIND => Some(Self::Invoices(page)),
            _ => None,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Orders(page) => format!("{} {page}", Order::KIND),
            Self::Invoices(page) => format!("{} {page}", Invoice::KIND),
        }
    }
}
