//! The text part, from what the HTML says.

use html5gum::{StartTag, Token};

use super::nesting::Nesting;
use super::tokens;

/// How far what comes next is from what was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Line,
    Paragraph,
}

/// What is known of an open element.
struct Shown {
    is_hidden: bool,
    is_verbatim: bool,
    /// Where a link leads, and where its words begin.
    link: Option<(String, usize)>,
    /// The number of the next item, in a list that has numbers.
    next_item: Option<usize>,
}

struct Writer {
    written: String,
    gap: Gap,
    hidden: usize,
    verbatim: usize,
    nesting: Nesting<Shown>,
    /// Of the lists around: the number of their next item, where they have numbers.
    lists: Vec<Option<usize>>,
}

pub(super) fn text(html: &str) -> String {
    let mut writer = Writer {
        written: String::with_capacity(html.len() / 2),
        gap: Gap::None,
        hidden: 0,
        verbatim: 0,
        nesting: Nesting::new(),
        lists: Vec::new(),
    };
    for token in tokens(html) {
        match token {
            Token::StartTag(tag) => writer.begin(&tag),
            Token::EndTag(tag) => {
                for (name, shown) in writer.nesting.end(&tag.name) {
                    writer.ended(&name, shown);
                }
            }
            Token::String(text) => writer.say(&String::from_utf8_lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    let mut written = writer.written;
    written.truncate(written.trim_end().len());
    if !written.is_empty() {
        written.push('\n');
    }
    written
}

fn gap_of(name: &[u8]) -> Gap {
    match name {
        b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"ul" | b"ol" | b"dl" | b"table" | b"pre"
        | b"blockquote" | b"hr" | b"section" | b"article" => Gap::Paragraph,
        b"div" | b"tr" | b"li" | b"dt" | b"dd" | b"body" | b"header" | b"footer" | b"center" | b"caption" => {
            Gap::Line
        }
        b"td" | b"th" => Gap::Space,
        _ => Gap::None,
    }
}

fn attribute(tag: &StartTag<usize>, name: &[u8]) -> Option<String> {
    let value = tag.attributes.get(name)?;
    Some(String::from_utf8_lossy(value).into_owned())
}

fn is_hidden(tag: &StartTag<usize>) -> bool {
    let never = matches!(
        tag.name.as_slice(),
        b"head" | b"title" | b"style" | b"script" | b"template" | b"noscript"
    );
    let style = attribute(tag, b"style").unwrap_or_default().replace(' ', "");
    never
        || tag.attributes.contains_key(&b"hidden"[..])
        || style.to_ascii_lowercase().contains("display:none")
}

impl Writer {
    fn begin(&mut self, tag: &StartTag<usize>) {
        let name = tag.name.as_slice();
        if let Some((name, shown)) = self.nesting.end_before(name) {
            self.ended(&name, shown);
        }
        self.apart(gap_of(name));
        match name {
            b"br" => self.apart(if self.gap >= Gap::Line {
                Gap::Paragraph
            } else {
                Gap::Line
            }),
            b"hr" => {
                self.say("---");
                self.apart(Gap::Paragraph);
            }
            b"img" => self.say(&attribute(tag, b"alt").unwrap_or_default()),
            b"li" => self.say_item(),
            _ => {}
        }
        let shown = Shown {
            is_hidden: is_hidden(tag),
            is_verbatim: name == b"pre",
            link: (name == b"a").then(|| (attribute(tag, b"href").unwrap_or_default(), self.written.len())),
            next_item: (name == b"ol").then_some(1),
        };
        let (is_hidden, is_verbatim, next_item) = (shown.is_hidden, shown.is_verbatim, shown.next_item);
        if !tag.self_closing && self.nesting.begin(name, shown) {
            self.hidden += usize::from(is_hidden);
            self.verbatim += usize::from(is_verbatim);
            if matches!(name, b"ul" | b"ol") {
                self.lists.push(next_item);
            }
        }
    }

    fn ended(&mut self, name: &[u8], shown: Shown) {
        if let Some((url, from)) = shown.link {
            self.say_link(&url, from);
        }
        self.hidden -= usize::from(shown.is_hidden);
        self.verbatim -= usize::from(shown.is_verbatim);
        if matches!(name, b"ul" | b"ol") {
            self.lists.pop();
        }
        self.apart(gap_of(name));
    }

    fn apart(&mut self, gap: Gap) {
        if self.hidden == 0 {
            self.gap = self.gap.max(gap);
        }
    }

    fn say_item(&mut self) {
        let number = self.lists.last_mut().and_then(Option::as_mut);
        let mark = match number {
            Some(number) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            None => "- ".to_owned(),
        };
        self.say(mark.trim_end());
        self.apart(Gap::Space);
    }

    /// Where a link leads, unless its words say so.
    fn say_link(&mut self, url: &str, from: usize) {
        let words = self.written.get(from..).unwrap_or_default().trim();
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        let bare = |text: &str| text.trim_end_matches('/').to_owned();
        let is_said = bare(words) == bare(url)
            || url
                .split_once("://")
                .is_some_and(|(_, rest)| bare(rest) == bare(words));
        if !is_web || is_said {
            return;
        }
        let url = if words.is_empty() {
            url.to_owned()
        } else {
            format!("({url})")
        };
        self.apart(Gap::Space);
        self.say(&url);
    }

    fn say(&mut self, text: &str) {
        if self.hidden > 0 {
            return;
        }
        for letter in text.chars() {
            match letter {
                // What senders put behind the preheader, and where words may be broken.
                '\u{ad}' | '\u{34f}' | '\u{200b}' | '\u{200c}' | '\u{2060}' | '\u{feff}' => {}
                '\n' if self.verbatim > 0 => self.written.push('\n'),
                ' ' if self.verbatim > 0 => self.written.push(' '),
                _ if letter.is_whitespace() || letter.is_control() => self.gap = self.gap.max(Gap::Space),
                _ => {
                    self.close_gap();
                    self.written.push(letter);
                }
            }
        }
    }

    fn close_gap(&mut self) {
        let gap = std::mem::replace(&mut self.gap, Gap::None);
        if self.written.is_empty() {
            return;
        }
        self.written.push_str(match gap {
            Gap::None => "",
            Gap::Space => " ",
            Gap::Line => "\n",
            Gap::Paragraph => "\n\n",
        });
    }
}
