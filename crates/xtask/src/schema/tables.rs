//! What `mainstay schema --json` prints.

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Tables {
    pub(crate) tables: Vec<Table>,
}

#[derive(Deserialize)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
}

#[derive(Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) nullable: bool,
    pub(crate) primary_key: bool,
}

#[derive(Deserialize)]
pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<String>,
    pub(crate) table: String,
}

impl Table {
    /// The table that a column points to.
    pub(crate) fn target_of(&self, column: &str) -> Option<&str> {
        self.foreign_keys
            .iter()
            .find(|key| key.columns.iter().any(|own| own == column))
            .map(|key| key.table.as_str())
    }

    /// Whether a key may point at nothing.
    pub(crate) fn is_optional(&self, key: &ForeignKey) -> bool {
        self.columns
            .iter()
            .any(|column| column.nullable && key.columns.contains(&column.name))
    }
}

impl Column {
    /// The type in one short word.
    pub(crate) fn short_kind(&self) -> &str {
        match self.kind.as_str() {
            "timestamp with time zone" => "timestamptz",
            "double precision" => "float8",
            kind => kind,
        }
    }
}
