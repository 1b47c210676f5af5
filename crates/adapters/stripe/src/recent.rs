//! What happened lately: Stripe keeps its events for thirty days.

use ports::payments::{Effect, ProviderError, RecentPage, RecentRequest};

use crate::api::List;
use crate::client::{Call, Client};
use crate::event::{EVENT_TYPES, Event};
use crate::form::Form;

/// How many events there are on a page.
const PAGE: u32 = 100;

/// Events of the types that mean something here, the newest first: half of the types after the other.
pub(crate) async fn list(client: &Client, request: &RecentRequest) -> Result<RecentPage, ProviderError> {
    let place = Place::read(request.cursor.as_deref())
        .ok_or_else(|| ProviderError::refused("invalid_cursor", "this cursor is none of Stripe's events"))?;
    let types = place.types.iter().enumerate();
    let query = Form::new()
        .set("created[gte]", &request.since.unix_seconds())
        .set("limit", &PAGE)
        .set_some("starting_after", place.after.as_ref());
    let query = types.fold(query, |form, (at, name)| form.set(format!("types[{at}]"), name));
    let page: List<Event> = client.send(Call::get(&["events"], query)).await?;
    let last = page
        .data
        .last()
        .map(|event| event.id.clone())
        .filter(|_| page.has_more);
    let mode = client.account.mode;
    let events = page
        .data
        .into_iter()
        .map(|event| event.told(mode))
        .collect::<Result<_, _>>();
    Ok(RecentPage {
        events: events
            .map_err(|error| Effect::None.unclear(format!("an event of Stripe's list: {error}")))?,
        next_cursor: place.next(last),
    })
}

/// Where a page begins: in which part of the types, and after which event.
struct Place {
    part: usize,
    types: &'static [&'static str],
    after: Option<String>,
}

impl Place {
    fn read(cursor: Option<&str>) -> Option<Self> {
        let (part, after) = cursor.unwrap_or("0:").split_once(':')?;
        let part = part.parse().ok()?;
        Some(Self {
            part,
            types: EVENT_TYPES.get(part)?,
            after: (!after.is_empty()).then(|| after.to_owned()),
        })
    }

    fn next(&self, last: Option<String>) -> Option<String> {
        let part = match last {
            Some(last) => return Some(format!("{}:{last}", self.part)),
            None => self.part + 1,
        };
        EVENT_TYPES.get(part).map(|_| format!("{part}:"))
    }
}
