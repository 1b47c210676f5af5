//! The documents say what is so: links and paths lead somewhere, every code of an error is explained, the
//! table of permissions is the program's.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mainstay_acceptance::TestApp;

/// What makes a problem with a code of its own, beside `Failure::code`.
const MAKERS: [&str; 6] = [
    "malformed(",
    "forbidden(",
    "unauthenticated(",
    "conflict(",
    "too_many_requests(",
    "unavailable(",
];

#[test]
fn links_and_paths_lead_somewhere() {
    let mut astray = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let folder = page.parent().unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let links = links.filter(|link| !link.contains("://") && !link.starts_with('#'));
        let links = links.map(|link| folder.join(link.split('#').next().unwrap()));
        let paths = text.split('`').skip(1).step_by(2).filter(|path| is_path(path));
        let all = links.chain(paths.map(|path| root().join(path)));
        astray.extend(
            all.filter(|place| !place.exists())
                .map(|place| format!("{}: {}", page.display(), place.display())),
        );
    }
    assert!(astray.is_empty(), "\n{}\n", astray.join("\n"));
}

#[test]
fn every_code_is_explained_and_no_other() {
    let page = std::fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let (page, _) = page.split_once("## Codes of fields").unwrap();
    let cells = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = cells.filter_map(|row| row.split(" |").next());
    let explained: BTreeSet<&str> = cells
        .flat_map(|cell| cell.split(['`', ',', ' ']))
        .filter(|code| !code.is_empty())
        .collect();
    let mut said = BTreeSet::new();
    for source in sources(&root().join("crates")) {
        said.extend(codes(&std::fs::read_to_string(source).unwrap()));
    }
    let said: BTreeSet<&str> = said.iter().map(String::as_str).collect();
    // One body for all that is absent: this refusal is told as `not_found`.
    let hidden = "invite_invalid";
    let missing: Vec<_> = said
        .difference(&explained)
        .filter(|code| **code != hidden)
        .collect();
    let stale: Vec<_> = explained.difference(&said).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "docs/errors.md lacks {missing:?}; nobody says {stale:?}"
    );
}

#[tokio::test]
async fn the_table_of_permissions_is_the_programs() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("ada").await;
    let roles = owner.get(&format!("/organizations/{organization}/roles")).await;
    let roles = roles.expect(200).json();
    let roles = roles["data"].as_array().unwrap();
    let permits = |role: &serde_json::Value| -> Vec<String> {
        serde_json::from_value(role["permissions"].clone()).unwrap()
    };
    let keys = roles.iter().map(|role| role["key"].as_str().unwrap());
    let mut table = format!("| permission | {} |\n", keys.collect::<Vec<_>>().join(" | "));
    table.push_str("|---|---|---|---|---|---|\n");
    for permission in permits(&roles[0]) {
        let marks = roles.iter().map(|role| {
            let may = permits(role).contains(&permission);
            if may { "✓" } else { "–" }
        });
        let marks: Vec<&str> = marks.collect();
        writeln!(table, "| `{permission}` | {} |", marks.join(" | ")).unwrap();
    }
    let page = std::fs::read_to_string(root().join("docs/permissions.md")).unwrap();
    assert!(page.contains(&table), "docs/permissions.md should hold\n{table}");
}

#[test]
fn the_table_of_events_is_the_programs() {
    use kernel::event::{EventLevel, catalogue};
    let mut events: Vec<_> = catalogue().collect();
    events.sort_by_key(|event| event.name);
    let mut table = String::from("| event | where | what happened | `data` |\n|---|---|---|---|\n");
    for event in events {
        let level = match event.level {
            EventLevel::Organization => "organization",
            EventLevel::Platform => "platform",
            EventLevel::Either => "either",
        };
        let schema = (event.schema)(&mut schemars::SchemaGenerator::default()).to_value();
        let said = schema["description"].as_str().unwrap().replace('\n', " ");
        let fields: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        let fields = fields
            .iter()
            .map(|field| format!("`{field}`"))
            .collect::<Vec<_>>()
            .join(", ");
        writeln!(table, "| `{}` | {level} | {said} | {fields} |", event.name).unwrap();
    }
    let page = std::fs::read_to_string(root().join("docs/events.md")).unwrap();
    assert!(page.contains(&table), "docs/events.md should hold\n{table}");
}

/// The literals that a source gives as codes.
fn codes(source: &str) -> BTreeSet<String> {
    let shipped = source.split("\nmod tests {").next().unwrap();
    let mut found = BTreeSet::new();
    for body in shipped.split("fn code(&self) -> &'static str {").skip(1) {
        let body = body.split("\n    }\n").next().unwrap();
        found.extend(literals(body));
    }
    let calls = MAKERS.iter().flat_map(|maker| shipped.split(maker).skip(1));
    found.extend(calls.filter_map(first_literal));
    // `Self::new(StatusCode::…, "code", …)`, and the codes of ids.
    let statuses = shipped.split("Self::new(").skip(1);
    let statuses = statuses.filter(|rest| rest.trim_start().starts_with("StatusCode::"));
    found.extend(statuses.filter_map(|rest| first_literal(rest.split_once(',')?.1)));
    let named = shipped.split("_ID_TYPE: &str =").skip(1);
    let named = named.chain(shipped.split("MALFORMED_ID: &str =").skip(1));
    found.extend(named.filter_map(first_literal));
    found
}

/// The text at the start of an argument list; none where it is no literal.
fn first_literal(rest: &str) -> Option<String> {
    let literal = rest.trim_start().strip_prefix('"')?.split('"').next()?;
    is_code(literal).then(|| literal.to_owned())
}

fn literals(text: &str) -> impl Iterator<Item = String> {
    let texts = text.split('"').skip(1).step_by(2);
    texts.filter(|text| is_code(text)).map(str::to_owned)
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn is_path(text: &str) -> bool {
    let folders = ["crates/", "docs/", "migrations/", "contrib/", "bench/"];
    folders.iter().any(|folder| text.starts_with(folder)) && !text.contains(['<', '{', '*', '…', ' '])
}

/// Every page of Markdown that people read.
fn pages() -> Vec<PathBuf> {
    let folders = [root().to_owned(), root().join("docs")];
    let files = folders.iter().flat_map(|folder| {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path())
    });
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// Every source file of the product.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap_or_default();
        let is_other = ["tests", "acceptance", "xtask", "target", "testing"];
        if is_other.iter().any(|other| name == *other) {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
