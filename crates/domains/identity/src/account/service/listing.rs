//! Lists of accounts.

use db::{DbError, ReadTx};
use kernel::{Page, PageRequest, Position, UserId};

use super::super::model::{AccountFilter, Found, Search};
use super::super::store::{self, Range};
use super::Accounts;
use crate::user::model::User;

impl Accounts {
    /// Everybody's accounts: by time, or those found, by what was found of them.
    pub async fn list(&self, filter: AccountFilter, page: PageRequest) -> Result<Page<User>, DbError> {
        let db = &self.machinery.db;
        if let Some(search) = filter.search.clone() {
            let work = async move |tx: &mut ReadTx| found(tx, &filter, &search, &page).await;
            db.read_aside(work).await
        } else {
            let work = async move |tx: &mut ReadTx| by_time(tx, &filter, &page).await;
            db.read(work).await
        }
    }
}

async fn by_time(tx: &mut ReadTx, filter: &AccountFilter, page: &PageRequest) -> Result<Page<User>, DbError> {
    let rows = store::list(tx, filter, page).await?;
    Ok(Page::from_fetched(rows, page, |user| Position {
        key: user.created_at.to_micros_text(),
        id: user.id.uuid(),
    }))
}

/// Addresses and names in one order, each along its index. Somebody whose address and name were both found
/// stands in the list where their address does; leaving them out where their name does makes a page shorter
/// than it might be, and its cost independent of how many there are.
async fn found(
    tx: &mut ReadTx,
    filter: &AccountFilter,
    search: &Search,
    page: &PageRequest,
) -> Result<Page<User>, DbError> {
    let end = search.end();
    let range = Range {
        start: search.as_str(),
        end: end.as_deref(),
    };
    let mut rows = store::list_by_email(tx, filter, &range, page).await?;
    rows.extend(store::list_by_name(tx, filter, &range, page).await?);
    rows.sort_by(|one, other| place(one).cmp(&place(other)));
    rows.dedup_by(|one, other| place(one) == place(other));
    let page = Page::from_fetched(rows, page, |found| Position {
        key: found.key.clone(),
        id: found.user.id.uuid(),
    });
    let is_in_place = |found: &Found| {
        let email = found.user.email.normalized();
        found.key == email || !search.finds(email)
    };
    let items = page.items.into_iter().filter(is_in_place);
    Ok(Page {
        items: items.map(|found| found.user).collect(),
        next: page.next,
    })
}

fn place(found: &Found) -> (&str, UserId) {
    (&found.key, found.user.id)
}
