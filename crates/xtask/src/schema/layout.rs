//! Where each table goes: tables that belong together stand in one panel, and the panels fill columns from the
//! shortest on.

use std::collections::BTreeMap;

use super::tables::{Table, Tables};

/// The panels, in reading order. What is named nowhere comes last, under [`REST`].
const PANELS: [(&str, &[&str]); 8] = [
    (
        "People",
        &[
            "users",
            "password_credentials",
            "social_accounts",
            "user_settings",
            "user_data",
        ],
    ),
    (
        "Signing in",
        &[
            "sessions",
            "one_time_tokens",
            "email_changes",
            "login_failures",
            "known_devices",
            "signing_keys",
        ],
    ),
    (
        "Organizations",
        &["organizations", "user_org", "roles", "user_role", "invites"],
    ),
    ("Messages", &["messages", "email_templates", "notifications"]),
    ("Money", &["payments"]),
    (
        "Content and growth",
        &["content_pages", "blog_posts", "waitlist_entries"],
    ),
    ("The record", &["activity_logs", "activity_chains"]),
    (
        "Work and limits",
        &[
            "jobs",
            "dead_jobs",
            "schedule_ticks",
            "rate_counters",
            "idempotency_keys",
        ],
    ),
];

const REST: &str = "Housekeeping";

/// How many columns the page has.
const COLUMNS: usize = 5;

pub(crate) const ROW: u32 = 20;
pub(crate) const HEAD: u32 = 30;
/// Below the last row of a table.
pub(crate) const FOOT: u32 = 8;
/// The title of a panel.
const TITLE: u32 = 34;
const GAP: u32 = 18;
/// Between the columns of the page, where the lines run.
const AISLE: u32 = 64;
const MARGIN: u32 = 48;
/// The title of the page.
const TOP: u32 = 96;
/// A letter of the monospaced type.
const LETTER: u32 = 7;

/// The drawing, measured.
pub(crate) struct Layout<'a> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) box_width: u32,
    pub(crate) titles: Vec<Title>,
    pub(crate) boxes: BTreeMap<&'a str, Place<'a>>,
}

pub(crate) struct Title {
    pub(crate) words: &'static str,
    pub(crate) x: u32,
    pub(crate) y: u32,
}

pub(crate) struct Place<'a> {
    pub(crate) table: &'a Table,
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) column: usize,
}

impl<'a> Layout<'a> {
    pub(crate) fn new(tables: &'a Tables) -> Self {
        let box_width = box_width(tables);
        let mut heights = [TOP; COLUMNS];
        let mut layout = Self {
            width: 0,
            height: 0,
            box_width,
            titles: Vec::new(),
            boxes: BTreeMap::new(),
        };
        for (words, members) in panels(tables) {
            let shortest = (0..COLUMNS).min_by_key(|column| heights.get(*column));
            let Some((column, height)) = shortest.and_then(|column| Some((column, heights.get_mut(column)?)))
            else {
                continue;
            };
            let x = MARGIN + u32::try_from(column).unwrap_or_default() * (box_width + AISLE);
            layout.titles.push(Title {
                words,
                x,
                y: *height + TITLE - 14,
            });
            *height += TITLE;
            for table in members {
                let place = Place {
                    table,
                    x,
                    y: *height,
                    column,
                };
                layout.boxes.insert(&table.name, place);
                *height += box_height(table) + GAP;
            }
            *height += GAP;
        }
        let used = u32::try_from(heights.iter().filter(|height| **height > TOP).count()).unwrap_or(1);
        layout.width = 2 * MARGIN + used * box_width + used.saturating_sub(1) * AISLE;
        layout.height = heights.iter().max().copied().unwrap_or(TOP) + MARGIN - 2 * GAP;
        layout
    }
}

pub(crate) fn box_height(table: &Table) -> u32 {
    HEAD + ROW * u32::try_from(table.columns.len()).unwrap_or_default() + FOOT
}

/// As wide as the widest line of any table: all boxes are the same.
fn box_width(tables: &Tables) -> u32 {
    let lines = tables.tables.iter().flat_map(|table| &table.columns);
    let longest = lines
        .map(|column| column.name.len() + column.short_kind().len())
        .max();
    u32::try_from(longest.unwrap_or_default()).unwrap_or_default() * LETTER + 64
}

fn panels(tables: &Tables) -> Vec<(&'static str, Vec<&Table>)> {
    let mut panels: Vec<(&'static str, Vec<&Table>)> = Vec::new();
    for (words, names) in PANELS {
        let members = names
            .iter()
            .filter_map(|name| tables.tables.iter().find(|table| table.name == *name));
        panels.push((words, members.collect()));
    }
    let is_placed = |table: &&Table| {
        PANELS
            .iter()
            .any(|(_, names)| names.contains(&table.name.as_str()))
    };
    let rest = tables.tables.iter().filter(|table| !is_placed(table)).collect();
    panels.push((REST, rest));
    panels.retain(|(_, members)| !members.is_empty());
    panels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_a_place_of_its_own() {
        let table = |name: &str| {
            format!(
                r#"{{"name": "{name}", "foreign_keys": [], "columns": [{{"name": "id", "type": "uuid", "nullable": false, "primary_key": true}}]}}"#
            )
        };
        let names = ["users", "unheard_of", "jobs", "sessions"];
        let json = format!("{{\"tables\": [{}]}}", names.map(table).join(","));
        let tables: Tables = serde_json::from_str(&json).unwrap();
        let layout = Layout::new(&tables);
        assert_eq!(layout.boxes.len(), 4);
        let mut places: Vec<(u32, u32)> = layout.boxes.values().map(|place| (place.x, place.y)).collect();
        places.dedup();
        assert_eq!(places.len(), 4);
        assert_eq!(layout.titles.last().unwrap().words, REST);
    }
}
