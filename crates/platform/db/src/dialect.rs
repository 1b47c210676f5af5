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
        text = replace_after(engine, &text);
    }
    if engine == Engine::Sqlite {
        text.replace('$', "?")
    } else {
        text
    }
}

/// `{after:90 seconds}` is the database's clock with so many seconds added.
fn replace_after(engine: Engine, text: &str) -> String {
    let mut rest = text;
    let mut done = String::with_capacity(text.len());
    while let Some((head, tail)) = rest.split_once("{after:") {
        let (span, tail) = tail.split_once('}').unwrap_or((tail, ""));
        done.push_str(head);
        let (open, close) = match engine {
            Engine::Sqlite => ("(strftime('%Y-%m-%dT%H:%M:%f', 'now', '", "') || '000Z')"),
            Engine::Postgres => ("(clock_timestamp() + interval '", "')"),
        };
        done.extend([open, span, close]);
        rest = tail;
    }
    done.push_str(rest);
    done
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
            render(Engine::Postgres, "SELECT {after:45 seconds}"),
            "SELECT (clock_timestamp() + interval '45 seconds')"
        );
    }
}
