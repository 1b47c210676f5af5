//! The diagram as an SVG that is the same whenever the schema is. It follows the reader's light or dark.

use std::fmt::Write as _;

use super::layout::{HEAD, Layout, Place, ROW, box_height};
use super::tables::{Column, Table, Tables};

/// Plain colours first, for the many programs that know no more of CSS.
const STYLE: &str = "
text{font-family:ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}
.paper{fill:#F6F5F1}
.box{fill:#FFFFFF;stroke:#D9D4C8}
.head{fill:#E2F0EE}
.page{fill:#16221F;font-size:22px;font-weight:600}
.panel{fill:#0B5C5F;font-size:15px;font-weight:600}
.note{fill:#626D69;font-size:13px}
.name{fill:#16221F;font-size:13px;font-weight:600}
.name,.column,.kind{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:12px}
.column{fill:#16221F}
.kind{fill:#626D69;font-size:11px;text-anchor:end}
.pointer{fill:#0B5C5F;font-weight:600}
.primary{font-weight:700}
.line{fill:none;stroke:#0B5C5F;stroke-width:1.25}
.far{stroke-opacity:.3}
.end{fill:#0B5C5F}
@media (prefers-color-scheme:dark){
.paper{fill:#0C1312}
.box{fill:#111A19;stroke:#2B3A38}
.head{fill:#123534}
.page,.name,.column{fill:#E8EEEB}
.note,.kind{fill:#8B9995}
.panel,.pointer,.end{fill:#4FB8B2}
.line{stroke:#4FB8B2}
}
";

pub(crate) fn draw(tables: &Tables) -> String {
    let layout = Layout::new(tables);
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" aria-labelledby=\"title\">",
        layout.width, layout.height
    );
    let _ = writeln!(
        svg,
        "<title id=\"title\">The tables of Mainstay and what they point to</title>"
    );
    let _ = writeln!(svg, "<style>{STYLE}</style>");
    let _ = writeln!(
        svg,
        "<rect class=\"paper\" width=\"{}\" height=\"{}\"/>",
        layout.width, layout.height
    );
    text(&mut svg, "page", 48, 48, "The tables of Mainstay");
    text(
        &mut svg,
        "note",
        48,
        72,
        "Bold: primary key. Teal: points to another table; the line ends there. A question mark: may be empty.",
    );
    draw_lines(&mut svg, &layout);
    for title in &layout.titles {
        text(&mut svg, "panel", title.x, title.y, title.words);
    }
    for place in layout.boxes.values() {
        draw_box(&mut svg, place, layout.box_width);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Lines lie under the boxes, so that one that has to pass behind a table does.
fn draw_lines(svg: &mut String, layout: &Layout<'_>) {
    for from in layout.boxes.values() {
        for key in &from.table.foreign_keys {
            let row = key.columns.last().and_then(|column| row_of(from.table, column));
            if let (Some(row), Some(to)) = (row, layout.boxes.get(key.table.as_str())) {
                draw_line(svg, from, row, to, layout.box_width);
            }
        }
    }
}

fn draw_line(svg: &mut String, from: &Place<'_>, row: u32, to: &Place<'_>, width: u32) {
    let start_y = from.y + HEAD + ROW * row + ROW / 2;
    let end_y = to.y + HEAD / 2;
    // It leaves on the side where the other table is, and within a column by the left.
    let (start_x, end_x) = match from.column.cmp(&to.column) {
        std::cmp::Ordering::Less => (from.x + width, to.x),
        std::cmp::Ordering::Greater => (from.x, to.x + width),
        std::cmp::Ordering::Equal => (from.x, to.x),
    };
    let is_near = from.column == to.column || from.column.abs_diff(to.column) == 1;
    let reach = if from.column == to.column { 36 } else { 48 };
    let (out, into) = match from.column.cmp(&to.column) {
        std::cmp::Ordering::Less => (start_x + reach, end_x.saturating_sub(reach)),
        std::cmp::Ordering::Greater => (start_x.saturating_sub(reach), end_x + reach),
        std::cmp::Ordering::Equal => (start_x.saturating_sub(reach), end_x.saturating_sub(reach)),
    };
    let class = if is_near { "line" } else { "line far" };
    let _ = writeln!(
        svg,
        "<path class=\"{class}\" d=\"M{start_x} {start_y}C{out} {start_y} {into} {end_y} {end_x} {end_y}\"/><circle class=\"end\" cx=\"{end_x}\" cy=\"{end_y}\" r=\"3\"/>"
    );
}

fn row_of(table: &Table, column: &str) -> Option<u32> {
    let row = table.columns.iter().position(|own| own.name == column)?;
    u32::try_from(row).ok()
}

fn draw_box(svg: &mut String, place: &Place<'_>, width: u32) {
    let (x, y, height) = (place.x, place.y, box_height(place.table));
    let _ = writeln!(
        svg,
        "<g id=\"{}\"><rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>",
        place.table.name
    );
    let (right, below) = (x + width, y + HEAD - 4);
    let _ = writeln!(
        svg,
        "<path class=\"head\" d=\"M{x} {below}V{0}a8 8 0 0 1 8-8H{1}a8 8 0 0 1 8 8V{below}z\"/>",
        y + 8,
        right - 8
    );
    text(svg, "name", x + 12, y + 18, &place.table.name);
    for (row, column) in (0..).zip(&place.table.columns) {
        let line = y + HEAD + ROW * row + 14;
        draw_column(svg, place.table, column, x, right, line);
    }
    svg.push_str("</g>\n");
}

fn draw_column(svg: &mut String, table: &Table, column: &Column, x: u32, right: u32, line: u32) {
    let is_pointer = table.target_of(&column.name).is_some();
    let class = match (column.primary_key, is_pointer) {
        (true, true) => "column primary pointer",
        (true, false) => "column primary",
        (false, true) => "column pointer",
        (false, false) => "column",
    };
    text(svg, class, x + 12, line, &column.name);
    let mark = if column.nullable { "?" } else { "" };
    text(
        svg,
        "kind",
        right - 12,
        line,
        &format!("{}{mark}", column.short_kind()),
    );
}

/// Names of tables, columns and types hold nothing that XML minds; words of ours don't either.
fn text(svg: &mut String, class: &str, x: u32, y: u32, words: &str) {
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{words}</text>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_boxes_and_the_lines_between_them() {
        let json = r#"{"tables": [
            {"name": "users", "foreign_keys": [], "columns": [{"name": "id", "type": "uuid", "nullable": false, "primary_key": true}]},
            {"name": "sessions", "columns": [{"name": "user_id", "type": "uuid", "nullable": true, "primary_key": false}],
             "foreign_keys": [{"columns": ["user_id"], "table": "users", "references": ["id"]}]}
        ]}"#;
        let tables: Tables = serde_json::from_str(json).unwrap();
        let svg = draw(&tables);
        assert_eq!(svg, draw(&tables));
        assert_eq!(svg.matches("<path class=\"line\"").count(), 1);
        assert!(svg.contains("<g id=\"users\">") && svg.contains(">uuid?</text>"));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
}
