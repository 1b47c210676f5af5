//! The rules of a `<style>` element, and what has to stay there.

/// One property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declaration {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) is_important: bool,
}

/// Selectors that can be looked for in a mail, and what they set.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) selectors: Vec<String>,
    pub(super) declarations: Vec<Declaration>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) rules: Vec<Rule>,
    /// What no element can hold: `@media`, `@font-face`, `:hover`.
    pub(super) kept: String,
}

/// Compound selectors in one: more are told apart by nobody, and each multiplies the search.
const MOST_COMPOUNDS: usize = 4;

impl Sheet {
    pub(super) fn parse(css: &str) -> Self {
        let css = without_comments(css);
        let mut sheet = Self::default();
        let mut rest = css.as_str();
        while let Some(end) = find(rest, &['{', ';', '}']) {
            let (prelude, after) = rest.split_at(end);
            let prelude = prelude.trim();
            let after_sign = after.get(1..).unwrap_or_default();
            if !after.starts_with('{') {
                if prelude.starts_with('@') {
                    sheet.keep(&format!("{prelude};"));
                }
                rest = after_sign;
                continue;
            }
            let (block, next) = after_sign.split_at(block_end(after_sign));
            rest = next.get(1..).unwrap_or_default();
            sheet.add(prelude, block);
        }
        sheet
    }

    fn add(&mut self, prelude: &str, block: &str) {
        if prelude.starts_with('@') {
            return self.keep(&format!("{prelude}{{{block}}}"));
        }
        let (findable, others): (Vec<&str>, Vec<&str>) = pieces(prelude, ',')
            .map(str::trim)
            .filter(|selector| !selector.is_empty())
            .partition(|selector| is_findable(selector));
        if !others.is_empty() {
            self.keep(&format!("{}{{{block}}}", others.join(",")));
        }
        if !findable.is_empty() {
            self.rules.push(Rule {
                selectors: findable.into_iter().map(str::to_owned).collect(),
                declarations: declarations(block),
            });
        }
    }

    fn keep(&mut self, text: &str) {
        self.kept.push_str(text);
        self.kept.push('\n');
    }
}

/// What a `style` attribute, or a rule between its braces, says.
pub(super) fn declarations(block: &str) -> Vec<Declaration> {
    let declarations = pieces(block, ';').filter_map(|text| {
        let (name, value) = text.split_once(':')?;
        let value = value.trim();
        let (value, is_important) = match value.rsplit_once('!') {
            Some((value, word)) if word.trim().eq_ignore_ascii_case("important") => (value.trim(), true),
            _ => (value, false),
        };
        let name = name.trim().to_ascii_lowercase();
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (is_name && !value.is_empty()).then(|| Declaration {
            name,
            value: value.to_owned(),
            is_important,
        })
    });
    declarations.collect()
}

/// Pseudo-classes and pseudo-elements depend on more than the mail.
fn is_findable(selector: &str) -> bool {
    let compounds = selector.split([' ', '\t', '\r', '\n', '\u{c}', '>', '+', '~']);
    let compounds = compounds.filter(|part| !part.is_empty()).count();
    let begins_well =
        selector.starts_with(|first: char| first.is_ascii_alphabetic() || "*.#[".contains(first));
    begins_well && compounds <= MOST_COMPOUNDS && !selector.contains([':', '\\'])
}

fn block_end(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut from = 0;
    while let Some(found) = find(text.get(from..).unwrap_or_default(), &['{', '}']) {
        let at = from + found;
        match (text.as_bytes().get(at), depth) {
            (Some(b'{'), _) => depth += 1,
            (_, 0) => return at,
            _ => depth -= 1,
        }
        from = at + 1;
    }
    text.len()
}

fn pieces(text: &str, sign: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = find(text, &[sign]) else {
            rest = None;
            return Some(text);
        };
        let (piece, after) = text.split_at(end);
        rest = after.get(1..);
        Some(piece)
    })
}

/// Where the first of these is that stands neither in quotes nor in brackets.
fn find(text: &str, signs: &[char]) -> Option<usize> {
    let mut quote = None;
    let mut brackets = 0_usize;
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match (quote, letter) {
            (_, '\\') => drop(letters.next()),
            (Some(open), _) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(' | '[') => brackets += 1,
            (None, ')' | ']') => brackets = brackets.saturating_sub(1),
            (None, _) if brackets == 0 && signs.contains(&letter) => return Some(at),
            _ => {}
        }
    }
    None
}

/// Neither with the brackets that once hid rules from browsers without CSS.
fn without_comments(css: &str) -> String {
    let mut kept = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        kept.push(' ');
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept.replace("<!--", " ").replace("-->", " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(css: &str) -> (Vec<String>, String) {
        let sheet = Sheet::parse(css);
        let rules = sheet.rules.iter().map(|rule| {
            let declarations = rule.declarations.iter();
            let declarations: Vec<String> = declarations
                .map(|one| {
                    format!(
                        "{}:{}{}",
                        one.name,
                        one.value,
                        if one.is_important { "!" } else { "" }
                    )
                })
                .collect();
            format!("{} => {}", rule.selectors.join("|"), declarations.join("; "))
        });
        (rules.collect(), sheet.kept)
    }

    #[test]
    fn reads_rules() {
        let (rules, kept) = all(
            "<!-- /* a { } */ p, td.x > a[href='a,b'] { font: 16px/1.5 \"A;}B\", Arial; COLOR : Red ! important;; \
             background: url(data:image/png;base64,AA==) } -->",
        );
        assert_eq!(
            rules,
            [
                "p|td.x > a[href='a,b'] => font:16px/1.5 \"A;}B\", Arial; color:Red!; background:url(data:image/png;base64,AA==)"
            ]
        );
        assert_eq!(kept, "");
    }

    #[test]
    fn keeps_what_no_element_can_hold() {
        let (rules, kept) = all(
            "@import url(x.css); @media (max-width: 600px) { p { color: red } td { color: blue } }\n\
             a:hover, a { color: green } a b c d e { color: red } p{}",
        );
        assert_eq!(rules, ["a => color:green", "p => "]);
        assert_eq!(
            kept,
            "@import url(x.css);\n@media (max-width: 600px){ p { color: red } td { color: blue } }\n\
             a:hover{ color: green }\na b c d e{ color: red }\n"
        );
    }

    #[test]
    fn broken_css_is_read_as_far_as_it_goes() {
        for css in [
            "",
            "}",
            "{",
            "p",
            "p{",
            "p{a",
            "p{a:b",
            "'",
            "/*",
            "@",
            "@media{",
            "p{a:b}}}p{c:d}",
            ";;;",
        ] {
            Sheet::parse(css);
        }
        assert_eq!(all("p{a:b}}}td{c:d").0, ["p => a:b", "td => c:d"]);
    }
}
