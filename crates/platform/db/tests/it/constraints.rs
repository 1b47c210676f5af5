//! Constraints go by their names.

use db::{DbError, Executor as _, Tx, args};

use crate::with_notes;

const TABLES: [&str; 3] = [
    "CREATE TABLE teams (id bigint NOT NULL, slug text NOT NULL, area text, place bigint, name text, is_gone boolean NOT NULL DEFAULT false,
     CONSTRAINT teams_pkey PRIMARY KEY (id), CONSTRAINT teams_slug_key UNIQUE (slug),
     CONSTRAINT teams_place_key UNIQUE (area, place), CONSTRAINT teams_slug_check CHECK (length(slug) < 9))",
    "CREATE UNIQUE INDEX teams_open_key ON teams (place) WHERE NOT is_gone",
    "CREATE UNIQUE INDEX teams_lower_key ON teams (lower(name)) WHERE name IS NOT NULL",
];

async fn refusal(statements: &'static [&'static str]) -> DbError {
    let database = with_notes().await;
    let create = async |tx: &mut Tx| {
        for sql in TABLES {
            tx.execute(sql, args![]).await?;
        }
        // The shape of most tables: on SQLite the key is the table.
        let members = match tx.engine() {
            db::Engine::Sqlite => {
                "CREATE TABLE members (team_id INTEGER NOT NULL, name TEXT NOT NULL, CONSTRAINT members_pkey PRIMARY KEY (team_id, name),
                 CONSTRAINT members_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams (id)) STRICT, WITHOUT ROWID"
            }
            db::Engine::Postgres => {
                "CREATE TABLE members (team_id bigint NOT NULL, name text NOT NULL, CONSTRAINT members_pkey PRIMARY KEY (team_id, name),
                 CONSTRAINT members_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams (id))"
            }
        };
        tx.execute(members, args![]).await?;
        tx.execute(
            "INSERT INTO teams (id, slug, area, place, name) VALUES (1, 'one', 'north', 1, 'First')",
            args![],
        )
        .await?;
        tx.execute("INSERT INTO members (team_id, name) VALUES (1, 'ann')", args![])
            .await
    };
    database.db.write(create).await.unwrap();
    let broken = database.db.write(async move |tx: &mut Tx| {
        for sql in statements {
            tx.execute(sql, args![]).await?;
        }
        Ok(())
    });
    broken.await.unwrap_err()
}

#[tokio::test]
async fn unique_ones_by_name() {
    for (name, sql) in [
        (
            "teams_pkey",
            &["INSERT INTO teams (id, slug) VALUES (1, 'two')"][..],
        ),
        (
            "members_pkey",
            &["INSERT INTO members (team_id, name) VALUES (1, 'ann')"],
        ),
        (
            "teams_slug_key",
            &["INSERT INTO teams (id, slug) VALUES (2, 'one')"],
        ),
        (
            "teams_open_key",
            &["INSERT INTO teams (id, slug, place) VALUES (2, 'two', 1)"],
        ),
        (
            "teams_lower_key",
            &["INSERT INTO teams (id, slug, name) VALUES (2, 'two', 'FIRST')"],
        ),
        (
            "teams_place_key",
            &["INSERT INTO teams (id, slug, area, place, is_gone) VALUES (2, 'two', 'north', 1, true)"],
        ),
        (
            "teams_slug_key",
            &[
                "INSERT INTO teams (id, slug) VALUES (2, 'two')",
                "UPDATE teams SET slug = 'one' WHERE id = 2",
            ],
        ),
    ] {
        let error = refusal(sql).await;
        assert!(error.is_unique(name), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn the_others_by_kind() {
    let error = refusal(&["INSERT INTO teams (id, slug) VALUES (2, 'a long one')"]).await;
    assert!(
        matches!(&error, DbError::Check(name) if name == "teams_slug_check"),
        "{error:?}"
    );
    let error = refusal(&["INSERT INTO teams (id) VALUES (2)"]).await;
    assert!(
        matches!(&error, DbError::Check(name) if name == "teams.slug is required"),
        "{error:?}"
    );
    let error = refusal(&["INSERT INTO members (team_id, name) VALUES (7, 'bob')"]).await;
    assert!(matches!(&error, DbError::ForeignKey(_)), "{error:?}");
    let error = refusal(&["DELETE FROM teams WHERE id = 1"]).await;
    assert!(matches!(&error, DbError::ForeignKey(_)), "{error:?}");
    let error = refusal(&["INSERT INTO nowhere (id) VALUES (7)"]).await;
    assert!(matches!(&error, DbError::Internal(_)), "{error:?}");
}
