//! What happened lately: transactions, by the days on which they were made. The first day is listed in whole: what was
//! begun before may have ended since.

use ports::payments::{ObjectKind, ObjectRef, ProviderError, ProviderEvent, RecentPage, RecentRequest};

use crate::api::{Line, is_number};
use crate::ask::Api;
use crate::transaction::day;

/// One page of transactions.
pub(crate) async fn list(api: &Api, request: &RecentRequest) -> Result<RecentPage, ProviderError> {
    let page = match &request.cursor {
        None => 1,
        Some(cursor) => cursor
            .parse()
            .ok()
            .filter(|page| *page > 0 && is_number(cursor))
            .ok_or_else(|| ProviderError::refused("cursor", "this is no cursor of ours".to_owned()))?,
    };
    let query = [("from", day(request.since))];
    let listing = api.page::<Line>(&["transactions"], &query, page).await?;
    Ok(RecentPage {
        events: listing.data.iter().map(event).collect(),
        next_cursor: listing.has_more.then(|| page.saturating_add(1).to_string()),
    })
}

/// The key is another one when the status is.
fn event(line: &Line) -> ProviderEvent {
    let status: String = line.status.chars().take(24).collect();
    ProviderEvent {
        key: format!("transaction:{}:{status}", line.id.0),
        event_type: "transaction.listed".to_owned(),
        object: Some(ObjectRef {
            kind: ObjectKind::Payment,
            id: line.id.0.clone(),
        }),
        reference: None,
        occurred_at: line.created_at,
    }
}
