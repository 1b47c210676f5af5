//! The diagram as Mermaid's source.

use std::fmt::Write as _;

use super::tables::{Column, ForeignKey, Table, Tables};

pub(crate) fn write(tables: &Tables) -> String {
    let mut text = String::from("erDiagram\n");
    for table in &tables.tables {
        for key in &table.foreign_keys {
            let _ = writeln!(text, "    {}", relation(table, key));
        }
    }
    for table in &tables.tables {
        let _ = writeln!(text, "    {} {{", table.name);
        for column in &table.columns {
            let _ = writeln!(text, "        {}", attribute(table, column));
        }
        text.push_str("    }\n");
    }
    text
}

/// `users ||--o{ sessions : user_id`; a key that may be empty begins with a ring.
fn relation(table: &Table, key: &ForeignKey) -> String {
    let one = if table.is_optional(key) { "|o" } else { "||" };
    format!(
        "{} {one}--o{{ {} : \"{}\"",
        key.table,
        table.name,
        key.columns.join(", ")
    )
}

fn attribute(table: &Table, column: &Column) -> String {
    let kind: String = column
        .short_kind()
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let mut keys = Vec::new();
    if column.primary_key {
        keys.push("PK");
    }
    if table.target_of(&column.name).is_some() {
        keys.push("FK");
    }
    let mut line = format!("{kind} {}", column.name);
    if !keys.is_empty() {
        let _ = write!(line, " {}", keys.join(", "));
    }
    if column.nullable {
        line.push_str(" \"nullable\"");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_tables_and_what_they_point_to() {
        let json = r#"{"tables": [{
            "name": "sessions",
            "columns": [
                {"name": "id", "type": "uuid", "nullable": false, "primary_key": true},
                {"name": "user_id", "type": "uuid", "nullable": true, "primary_key": false},
                {"name": "at", "type": "timestamp with time zone", "nullable": false, "primary_key": false}
            ],
            "foreign_keys": [{"columns": ["user_id"], "table": "users", "references": ["id"]}]
        }]}"#;
        let tables: Tables = serde_json::from_str(json).unwrap();
        assert_eq!(
            write(&tables),
            "erDiagram
    users |o--o{ sessions : \"user_id\"
    sessions {
        uuid id PK
        uuid user_id FK \"nullable\"
        timestamptz at
    }
"
        );
    }
}
