//! docs/schema.sqlite.sql, docs/schema.postgres.sql and the diagram of their tables: read back from migrated
//! databases, so that they say what is and not what was meant.

mod drawing;
mod layout;
mod mermaid;
mod tables;

use crate::binary::Binary;
use crate::documents::{self, Mode};
use crate::postgres::Cluster;
use crate::stop::{Outcome, While};

use tables::Tables;

pub(crate) fn run(binary: &Binary, mode: Mode) -> Outcome {
    let settle = |path: &str, content: &str| documents::settle(path, content, mode, "schema");
    let [sql, _] = read(binary, &[])?;
    settle("docs/schema.sqlite.sql", &sql)?;
    let cluster = Cluster::start()?;
    let [sql, json] = read(binary, &[("MAINSTAY_DATABASE_URL", &cluster.url())])?;
    settle("docs/schema.postgres.sql", &sql)?;
    let tables: Tables =
        serde_json::from_str(&json).while_doing(|| "read what `mainstay schema --json` prints".into())?;
    settle("docs/erd.mmd", &mermaid::write(&tables))?;
    settle("docs/erd.svg", &drawing::draw(&tables))
}

/// The schema as statements and as JSON, after the migrations.
fn read(binary: &Binary, settings: &[(&str, &str)]) -> Outcome<[String; 2]> {
    let mut said = binary.run_all(
        &[
            &["migrate"],
            &["schema", "--live"],
            &["schema", "--live", "--json"],
        ],
        settings,
    )?;
    let json = said.pop().unwrap_or_default();
    let sql = said.pop().unwrap_or_default();
    Ok([sql, json])
}
