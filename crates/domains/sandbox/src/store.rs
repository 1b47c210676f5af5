//! The SQL of the provider.

pub(crate) mod checkouts;
pub(crate) mod disputes;
pub(crate) mod events;
pub(crate) mod invoices;
pub(crate) mod payments;
pub(crate) mod portals;
pub(crate) mod prices;
pub(crate) mod refunds;
pub(crate) mod requests;
pub(crate) mod subscriptions;

use db::{DbError, Row};
use kernel::Money;

/// An amount and then its currency.
fn money(row: &mut Row<'_>) -> Result<Money, DbError> {
    Ok(Money::new(row.column()?, row.parsed()?))
}

/// A word that may be absent.
fn word<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &mut Row<'_>,
) -> Result<Option<T>, DbError> {
    let text: Option<String> = row.column()?;
    text.map(|text| text.parse().map_err(DbError::internal))
        .transpose()
}
