//! What descriptions say, as HTML: their only mark is the backtick around code.

/// `text` escaped, with `<code>` for what stands between backticks.
pub(super) fn prose(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for (number, part) in text.split('`').enumerate() {
        let is_code = number % 2 == 1;
        html.push_str(if is_code { "<code>" } else { "" });
        part.chars().for_each(|letter| push_escaped(&mut html, letter));
        html.push_str(if is_code { "</code>" } else { "" });
    }
    html
}

fn push_escaped(html: &mut String, letter: char) {
    match letter {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '"' => html.push_str("&quot;"),
        '\'' => html.push_str("&#39;"),
        other => html.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_everything_and_marks_code() {
        assert_eq!(prose("a `b<c>` & d"), "a <code>b&lt;c&gt;</code> &amp; d");
        assert_eq!(prose("left `open"), "left <code>open</code>");
    }
}
