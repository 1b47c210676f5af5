//! docs/walkthrough.md, run as a newcomer runs it: every `sh` block, in order, in one shell, and what each
//! block answers compared with the `output` below it.

use std::process::{Command, Output};

use mainstay_acceptance::TestApp;

const PAGE: &str = include_str!("../../../../docs/walkthrough.md");

/// Ends what a block said; no answer holds it.
const END: &str = "\u{1e}";

/// A block of commands, and what it is said to answer.
#[derive(Default)]
struct Step {
    line: usize,
    commands: String,
    output: Option<String>,
}

#[tokio::test]
async fn the_walkthrough_works_as_it_is_written() {
    let app = TestApp::start().await;
    let steps = steps(PAGE);
    assert!(steps.len() > 10, "the page holds {} steps", steps.len());
    let (script, base) = (script(&steps), app.base.clone());
    let ran = tokio::task::spawn_blocking(move || run(&script, &base));
    let ran = ran.await.unwrap();
    let (said, complaints) = (text(&ran.stdout), text(&ran.stderr));
    let mut parts = said.split(END);
    for step in &steps {
        let said = parts.next().unwrap_or_default().trim_matches('\n');
        let expected = step.output.as_deref().unwrap_or_default().trim_matches('\n');
        assert!(
            fits(expected, said),
            "docs/walkthrough.md, line {}\nexpected:\n{expected}\nsaid:\n{said}\n{complaints}",
            step.line
        );
    }
    assert!(ran.status.success(), "{complaints}");
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut fence = None;
    for (line, text) in (1..).zip(page.lines()) {
        match (fence, text.strip_prefix("```")) {
            (None, Some("sh")) => {
                steps.push(Step {
                    line,
                    ..Step::default()
                });
                fence = Some("sh");
            }
            (None, Some(language)) => fence = Some(language),
            (Some(_), Some(_)) => fence = None,
            (Some("sh"), None) => add(&mut steps.last_mut().unwrap().commands, text),
            (Some("output"), None) => {
                add(steps.last_mut().unwrap().output.get_or_insert_default(), text);
            }
            _ => {}
        }
    }
    steps
}

fn add(block: &mut String, line: &str) {
    block.push_str(line);
    block.push('\n');
}

fn script(steps: &[Step]) -> String {
    let blocks = steps
        .iter()
        .map(|step| format!("{}printf '{END}'\n", step.commands));
    blocks.collect()
}

fn run(script: &str, base: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-euc", script])
        .env("BASE", base)
        .current_dir(folder.path());
    // A proxy would not reach this machine's own address.
    shell.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    shell.output().unwrap()
}

/// Header lines end in a carriage return, which nobody sees on a page.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\r', "")
}

/// Whether `said` is `expected`, where each `…` stands for anything inside its line.
fn fits(expected: &str, said: &str) -> bool {
    let (mut expected, mut said) = (expected.lines(), said.lines());
    loop {
        match (expected.next(), said.next()) {
            (None, None) => return true,
            (Some(pattern), Some(line)) if line_fits(pattern, line) => {}
            _ => return false,
        }
    }
}

fn line_fits(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn dots_stand_for_anything_inside_a_line() {
    assert!(fits("a\nb", "a\nb"));
    assert!(fits("{…,\"b\":…}", "{\"a\":1,\"b\":2}"));
    assert!(!fits("a…", "a\nb"));
    assert!(!fits("a…c", "ab"));
    assert!(!fits("", "a"));
}
