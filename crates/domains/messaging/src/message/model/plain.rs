//! What readers of plain text get of a page for which nobody wrote a text.

/// Tags after which a new line begins.
const BLOCKS: [&str; 22] = [
    "address",
    "article",
    "blockquote",
    "br",
    "div",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "section",
    "table",
    "td",
    "tr",
    "ul",
];

/// Tags whose content nobody reads.
const UNREAD: [&str; 4] = ["head", "script", "style", "template"];

/// The words of a page, a block a line. It need not be well-formed.
pub(crate) fn of_html(html: &str) -> String {
    let mut words = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some((before, tag_on)) = rest.split_once('<') {
        words.push_str(before);
        if let Some(comment) = tag_on.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = tag_on.split_once('>') else {
            // A lone sign is a word, as browsers see it.
            words.push('<');
            rest = tag_on;
            break;
        };
        let name = name_of(tag);
        rest = after;
        if UNREAD.contains(&name.as_str()) && !tag.starts_with('/') {
            rest = after_end(after, &name);
        } else if BLOCKS.contains(&name.as_str()) {
            words.push('\n');
        }
    }
    words.push_str(rest);
    tidy(&without_references(&words))
}

fn name_of(tag: &str) -> String {
    let letters = tag.trim_start_matches('/').chars();
    let letters = letters.take_while(char::is_ascii_alphanumeric).take(16);
    letters.collect::<String>().to_ascii_lowercase()
}

/// What follows the end tag of this name.
fn after_end<'a>(content: &'a str, name: &str) -> &'a str {
    let mut rest = content;
    while let Some((_, tag_on)) = rest.split_once("</") {
        if name_of(tag_on) == name {
            return tag_on.split_once('>').map_or("", |(_, after)| after);
        }
        rest = tag_on;
    }
    ""
}

/// The references that every writer of pages uses. An ampersand comes last, so that nothing is read twice.
fn without_references(words: &str) -> String {
    let known = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    let replace = |text: String, (reference, letter): (&str, &str)| text.replace(reference, letter);
    known.into_iter().fold(words.to_owned(), replace)
}

/// Blanks are one, and so are empty lines.
fn tidy(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for line in words.lines() {
        let line: Vec<&str> = line.split_whitespace().collect();
        if !line.is_empty() {
            text.push_str(&line.join(" "));
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_and_tags_go() {
        let html = "<html><head><title>x</title><style>p{}</style></head><body><h1>Hello  Ada</h1>\n\n\
                    <p>1 &lt; 2 &amp;amp; <b>bold</b><br/>next</p><!-- a > b --><script>if (a<b) {}</script>\
                    <table><tr><td>a</td><td>b</td></tr></table></body></html>";
        assert_eq!(of_html(html), "Hello Ada\n1 < 2 &amp; bold\nnext\na\nb\n");
    }

    #[test]
    fn what_is_broken_is_read_as_well() {
        for (html, text) in [
            ("", ""),
            ("plain", "plain\n"),
            ("a <b", "a <b\n"),
            ("<p>a<!-- never ends", "a\n"),
            ("<script>never ends", ""),
            ("<style>a</STYLE >b", "b\n"),
            ("<>x</>y", "xy\n"),
        ] {
            assert_eq!(of_html(html), text, "{html}");
        }
    }
}
