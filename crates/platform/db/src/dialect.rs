//! One SQL text for both engines. The few things that they say differently are tokens in braces,
//! which are replaced before a statement is prepared; each is listed in [`TOKENS`] and tried on both
//! engines by a test.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The engine behind the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The embedded file.
    Sqlite,
    /// The server.
    Postgres,
}

/// Token, what SQLite reads, what PostgreSQL reads.
///
/// `{now}` is the database's clock, which every node shares. The locks are left out on SQLite, where
/// the one writer has the file to itself. The casts are for parameters whose type PostgreSQL can't
/// infer from where they stand.
pub const TOKENS: &[(&str, &str, &str)] = &[
    (
        "{now}",
        "(strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z')",
        "clock_timestamp()",
    ),
    ("{for_update}", "", "FOR UPDATE"),
    ("{for_update_skip_locked}", "", "FOR UPDATE SKIP LOCKED"),
    ("{for_share}", "", "FOR SHARE"),
    ("{timestamptz}", "", "::timestamptz"),
    ("{uuid}", "", "::uuid"),
    ("{jsonb}", "", "::jsonb"),
    ("{text}", "", "::text"),
    ("{bigint}", "", "::bigint"),
    ("{boolean}", "", "::boolean"),
    ("{bytea}", "", "::bytea"),
];

/// The statement as `engine` reads it: tokens replaced, `$1` as `?1` on SQLite.
pub(crate) fn render(engine: Engine, sql: &str) -> String {
    let mut text = sql.to_owned();
    if sql.contains('{') {
        for (token, sqlite, postgres) in TOKENS {
            text = text.replace(
                token,
                if engine == Engine::Sqlite {
                    sqlite
                } else {
                    postgres
                },
            );
        }
        text = replace_calls(engine, &text);
    }
    if engine == Engine::Sqlite {
        renumber(&text)
    } else {
        text
    }
}

/// `$1` as `?1`; the dollar of a JSON path stays.
fn renumber(text: &str) -> String {
    let mut pieces = text.split('$');
    let mut done = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        done.push(if piece.starts_with(|first: char| first.is_ascii_digit()) {
            '?'
        } else {
            '$'
        });
        done.push_str(piece);
    }
    done
}

/// What stands around the argument of a token that takes one.
type Around = (&'static str, &'static str);

/// Token, what SQLite reads around its argument, what PostgreSQL reads.
///
/// `{after:90 seconds}` is the database's clock with so much added, `{after_ms:$1}` the same with
/// milliseconds that are bound. `{in_texts:$1}` and `{in_uuids:$1}` look a column up in a list that
/// is bound as a JSON array of texts. `{each:$1}` are the elements of a bound JSON array as rows, `each.value`,
/// whose fields are read by `->>` (text) and `->` (JSON); `{uuid_of:each.value->>'id'}` makes a field an id,
/// `{bytes_of:each.value->>'hex'}` bytes.
const CALLS: &[(&str, Around, Around)] = &[
    (
        "{after:",
        ("(strftime('%Y-%m-%dT%H:%M:%f', 'now', '", "') || '000Z')"),
        ("(clock_timestamp() + interval '", "')"),
    ),
    (
        "{after_ms:",
        (
            "(strftime('%Y-%m-%dT%H:%M:%f', 'now', (",
            " / 1000.0) || ' seconds') || '000Z')",
        ),
        ("(clock_timestamp() + ", "::bigint * interval '1 millisecond')"),
    ),
    (
        "{in_texts:",
        ("IN (SELECT value FROM json_each(", "))"),
        ("= ANY (ARRAY(SELECT jsonb_array_elements_text(", "::jsonb)))"),
    ),
    (
        "{in_uuids:",
        ("IN (SELECT unhex(replace(value, '-', '')) FROM json_each(", "))"),
        (
            "= ANY (ARRAY(SELECT jsonb_array_elements_text(",
            "::jsonb)::uuid))",
        ),
    ),
    (
        "{each:",
        ("json_each(", ") AS each"),
        ("jsonb_array_elements(", "::jsonb) AS each(value)"),
    ),
    ("{uuid_of:", ("unhex(replace(", ", '-', ''))"), ("(", ")::uuid")),
    ("{bytes_of:", ("unhex(", ")"), ("decode(", ", 'hex')")),
];

fn replace_calls(engine: Engine, text: &str) -> String {
    CALLS
        .iter()
        .fold(text.to_owned(), |text, (token, sqlite, postgres)| {
            let (open, close) = if engine == Engine::Sqlite {
                sqlite
            } else {
                postgres
            };
            let mut pieces = text.split(token);
            let mut done = pieces.next().unwrap_or_default().to_owned();
            for piece in pieces {
                let (argument, rest) = piece.split_once('}').unwrap_or((piece, ""));
                done.extend([open, argument, close, rest]);
            }
            done
        })
}

thread_local! {
    static RENDERED: RefCell<HashMap<(Engine, usize, usize), Rc<str>>> = RefCell::default();
}

/// [`render`] for a literal, remembered by its address: a literal is rendered once on each thread.
pub(crate) fn render_literal(engine: Engine, sql: &'static str) -> Rc<str> {
    let key = (engine, sql.as_ptr().addr(), sql.len());
    RENDERED.with_borrow_mut(|rendered| {
        rendered
            .entry(key)
            .or_insert_with(|| render(engine, sql).into())
            .clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_reads_right_on_both() {
        let sql = "SELECT id FROM jobs WHERE run_at <= {now} AND id = $1{uuid} {for_update_skip_locked}";
        assert_eq!(
            render(Engine::Postgres, sql),
            "SELECT id FROM jobs WHERE run_at <= clock_timestamp() AND id = $1::uuid FOR UPDATE SKIP LOCKED"
        );
        assert_eq!(
            render(Engine::Sqlite, sql),
            "SELECT id FROM jobs WHERE run_at <= (strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z') AND id = ?1 "
        );
        assert_eq!(
            render(Engine::Sqlite, "data ->> '$.a' = $2"),
            "data ->> '$.a' = ?2"
        );
        assert_eq!(
            render(Engine::Postgres, "SELECT {after:45 seconds}"),
            "SELECT (clock_timestamp() + interval '45 seconds')"
        );
        let sql = "SELECT 1 WHERE kind {in_texts:$1} AND run_at < {after_ms:$2}";
        assert_eq!(
            render(Engine::Postgres, sql),
            "SELECT 1 WHERE kind = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb))) \
             AND run_at < (clock_timestamp() + $2::bigint * interval '1 millisecond')"
        );
        assert_eq!(
            render(Engine::Sqlite, sql),
            "SELECT 1 WHERE kind IN (SELECT value FROM json_each(?1)) \
             AND run_at < (strftime('%Y-%m-%dT%H:%M:%f', 'now', (?2 / 1000.0) || ' seconds') || '000Z')"
        );
        let sql = "SELECT {uuid_of:each.value->>'id'}, {bytes_of:each.value->>'hex'} FROM {each:$1}";
        assert_eq!(
            render(Engine::Postgres, sql),
            "SELECT (each.value->>'id')::uuid, decode(each.value->>'hex', 'hex') \
             FROM jsonb_array_elements($1::jsonb) AS each(value)"
        );
        assert_eq!(
            render(Engine::Sqlite, sql),
            "SELECT unhex(replace(each.value->>'id', '-', '')), unhex(each.value->>'hex') FROM json_each(?1) AS each"
        );
    }
}
