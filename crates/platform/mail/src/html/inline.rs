//! Rules into elements.

use std::cell::Cell;
use std::collections::BTreeMap;

use html5gum::{HtmlString, Span, Spanned, Token};
use simplecss::{AttributeOperator, PseudoClass, Selector};

use super::nesting::Nesting;
use super::stylesheet::{Declaration, Sheet, declarations};
use super::tokens;

/// The most steps that looking for the elements of rules may take: some tens of milliseconds.
const MOST_STEPS: usize = 500_000;

/// What is never shown needs no style.
const NOT_SHOWN: [&[u8]; 9] = [
    b"html", b"head", b"meta", b"title", b"style", b"script", b"link", b"base", b"br",
];

type Attributes = BTreeMap<HtmlString, Spanned<HtmlString>>;

struct Element {
    name: Vec<u8>,
    attributes: Attributes,
    span: Span,
    is_self_closing: bool,
    parent: Option<usize>,
    previous: Option<usize>,
}

#[derive(Default)]
struct Document {
    elements: Vec<Element>,
    styles: Vec<Style>,
}

/// A `<style>` element, from its start to its end.
struct Style {
    css: String,
    inside: Span,
    whole: Span,
}

/// A piece of the source, and what takes its place.
struct Edit {
    span: Span,
    text: String,
}

struct Found<'a> {
    selector: Selector<'a>,
    declarations: &'a [Declaration],
}

/// An element as selectors see it. Every look costs a step; without steps left nothing matches any more.
#[derive(Clone, Copy)]
struct Seen<'a> {
    document: &'a Document,
    at: usize,
    steps: &'a Cell<usize>,
}

/// `None` when there is nothing to move, or too much.
pub(super) fn inline(html: &str) -> Option<String> {
    let document = Document::read(html);
    let sheets: Vec<Sheet> = document
        .styles
        .iter()
        .map(|style| Sheet::parse(&style.css))
        .collect();
    let mut found: Vec<Found<'_>> = Vec::new();
    for rule in sheets.iter().flat_map(|sheet| &sheet.rules) {
        for text in &rule.selectors {
            // One that can't be read is passed over, as a browser does.
            if let Some(selector) = Selector::parse(text) {
                found.push(Found {
                    selector,
                    declarations: &rule.declarations,
                });
            }
        }
    }
    if document.styles.is_empty() {
        return None;
    }
    found.sort_by_key(|found| found.selector.specificity());
    let steps = Cell::new(MOST_STEPS);
    // How much longer the mail may become.
    let mut room = html.len() * 2 + 16 * 1024;
    let mut edits: Vec<Edit> = Vec::new();
    for at in 0..document.elements.len() {
        let seen = Seen {
            document: &document,
            at,
            steps: &steps,
        };
        if let Some(edit) = seen.styled(&found) {
            room = room.checked_sub(edit.text.len())?;
            edits.push(edit);
        }
        if steps.get() == 0 {
            return None;
        }
    }
    let kept = document.styles.iter().zip(sheets);
    edits.extend(kept.map(|(style, sheet)| match sheet.kept.as_str() {
        "" => Edit {
            span: style.whole,
            text: String::new(),
        },
        _ => Edit {
            span: style.inside,
            text: format!("\n{}", sheet.kept),
        },
    }));
    edits.sort_by_key(|edit| edit.span.start);
    applied(html, &edits)
}

fn applied(html: &str, edits: &[Edit]) -> Option<String> {
    let mut written = String::with_capacity(html.len() * 2);
    let mut from = 0;
    for edit in edits {
        written.push_str(html.get(from..edit.span.start)?);
        written.push_str(&edit.text);
        from = edit.span.end;
    }
    written.push_str(html.get(from..)?);
    Some(written)
}

impl Document {
    fn read(html: &str) -> Self {
        let mut document = Self::default();
        let mut nesting: Nesting<usize> = Nesting::new();
        let mut last_child: BTreeMap<Option<usize>, usize> = BTreeMap::new();
        let mut style: Option<Span> = None;
        for token in tokens(html) {
            match token {
                Token::StartTag(tag) => {
                    nesting.end_before(&tag.name);
                    let at = document.elements.len();
                    let parent = nesting.innermost().copied();
                    if !tag.self_closing {
                        nesting.begin(&tag.name, at);
                    }
                    style = (tag.name.as_slice() == b"style" && is_for_screens(&tag.attributes))
                        .then_some(tag.span);
                    document.elements.push(Element {
                        name: tag.name.0,
                        attributes: tag.attributes,
                        span: tag.span,
                        is_self_closing: tag.self_closing,
                        parent,
                        previous: last_child.insert(parent, at),
                    });
                }
                Token::EndTag(tag) => {
                    nesting.end(&tag.name);
                    if let Some(start) = style.take().filter(|_| tag.name.as_slice() == b"style") {
                        let inside = Span {
                            start: start.end,
                            end: tag.span.start,
                        };
                        document.styles.push(Style {
                            css: html.get(inside.start..inside.end).unwrap_or_default().to_owned(),
                            inside,
                            whole: Span {
                                start: start.start,
                                end: tag.span.end,
                            },
                        });
                    }
                }
                Token::String(_) | Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        document
    }
}

fn is_for_screens(attributes: &Attributes) -> bool {
    let media = attributes.get(&b"media"[..]);
    media.is_none_or(|media| matches!(media.trim_ascii(), b"" | b"all" | b"screen"))
}

impl<'a> Seen<'a> {
    fn element(&self) -> Option<&'a Element> {
        self.document.elements.get(self.at)
    }

    fn step(&self) -> Option<()> {
        let left = self.steps.get().checked_sub(1)?;
        self.steps.set(left);
        (left > 0).then_some(())
    }

    fn elsewhere(&self, at: Option<usize>) -> Option<Self> {
        self.step()?;
        at.map(|at| Self { at, ..*self })
    }

    fn attribute(&self, name: &str) -> Option<String> {
        let value = self.element()?.attributes.get(name.as_bytes())?;
        Some(String::from_utf8_lossy(value).into_owned())
    }

    /// The element with what rules say of it, when they say anything.
    fn styled(&self, found: &[Found<'_>]) -> Option<Edit> {
        let element = self
            .element()
            .filter(|element| !NOT_SHOWN.contains(&element.name.as_slice()))?;
        let matching = found
            .iter()
            .filter(|found| self.step().is_some() && found.selector.matches(self))
            .flat_map(|found| found.declarations);
        let mut matching = matching.peekable();
        matching.peek()?;
        let own = self.attribute("style").map(|style| declarations(&style));
        let own = own.unwrap_or_default();
        let merged = self.merged(matching.chain(&own))?;
        Some(with_style(element, &merged))
    }

    /// Later ones count, and important ones after all others (CSS Cascade 4 §6.1). What counts is written last, so
    /// that `margin` does not undo a later `margin-top`.
    fn merged<'d>(&self, all: impl Iterator<Item = &'d Declaration>) -> Option<String> {
        let mut merged: Vec<&Declaration> = Vec::new();
        for next in all {
            // As many steps as there are others to compare it with.
            for _ in 0..=merged.len() {
                self.step()?;
            }
            let is_weaker =
                |one: &&Declaration| one.name == next.name && one.is_important && !next.is_important;
            if merged.iter().any(is_weaker) {
                continue;
            }
            merged.retain(|one| one.name != next.name);
            merged.push(next);
        }
        let (important, usual): (Vec<&Declaration>, Vec<&Declaration>) =
            merged.into_iter().partition(|one| one.is_important);
        let written = usual.into_iter().chain(important).map(|one| {
            let mark = if one.is_important { " !important" } else { "" };
            format!("{}:{}{mark}", one.name, one.value)
        });
        Some(written.collect::<Vec<_>>().join(";"))
    }
}

/// The tag with this style. One that had a style is written anew, the others get one.
fn with_style(element: &Element, style: &str) -> Edit {
    let name = String::from_utf8_lossy(&element.name);
    let style = escaped(style);
    if !element.attributes.contains_key(&b"style"[..]) {
        let at = element.span.start + 1 + element.name.len();
        return Edit {
            span: Span { start: at, end: at },
            text: format!(" style=\"{style}\""),
        };
    }
    let attributes = element.attributes.iter().map(|(name, value)| {
        let value = match name.as_slice() {
            b"style" => style.clone(),
            _ => escaped(&String::from_utf8_lossy(value)),
        };
        format!(" {}=\"{value}\"", String::from_utf8_lossy(name))
    });
    let attributes: Vec<String> = attributes.collect();
    let end = if element.is_self_closing { " />" } else { ">" };
    Edit {
        span: element.span,
        text: format!("<{name}{}{end}", attributes.concat()),
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

impl simplecss::Element for Seen<'_> {
    fn parent_element(&self) -> Option<Self> {
        self.elsewhere(self.element()?.parent)
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.elsewhere(self.element()?.previous)
    }

    fn has_local_name(&self, name: &str) -> bool {
        let element = self.element();
        element.is_some_and(|element| element.name.eq_ignore_ascii_case(name.as_bytes()))
    }

    fn attribute_matches(&self, name: &str, operator: AttributeOperator<'_>) -> bool {
        let value = self.attribute(&name.to_ascii_lowercase());
        value.is_some_and(|value| match operator {
            AttributeOperator::Contains(word) => value.split_ascii_whitespace().any(|one| one == word),
            _ => operator.matches(&value),
        })
    }

    /// Those stay rules.
    fn pseudo_class_matches(&self, _: PseudoClass<'_>) -> bool {
        false
    }
}
