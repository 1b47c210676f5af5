//! The form in which a mail is signed: `relaxed/relaxed` (RFC 6376 §3.4.2, §3.4.4), which survives servers that
//! fold lines and trim spaces.

const LINE_END: &[u8] = b"\r\n";

/// One header as it is on the wire, folds and all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
}

impl Field<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.trim_ascii_end().eq_ignore_ascii_case(name.as_bytes())
    }

    /// Without a line end.
    pub(super) fn canonical(&self) -> Vec<u8> {
        let mut line = self.name.trim_ascii_end().to_ascii_lowercase();
        line.push(b':');
        let value: Vec<u8> = lines(self.value).flatten().copied().collect();
        let mut value = single_spaced(&value);
        if value.first() == Some(&b' ') {
            value.remove(0);
        }
        line.extend(value);
        line
    }
}

/// Head and body; the empty line between them belongs to neither.
pub(super) fn split(mail: &[u8]) -> (&[u8], &[u8]) {
    let mut windows = mail.windows(4);
    let Some(end) = windows.position(|window| window == b"\r\n\r\n") else {
        return (mail, b"");
    };
    let (head, rest) = mail.split_at(end + 2);
    (head, rest.get(2..).unwrap_or_default())
}

/// In the order in which they are there.
pub(super) fn fields(head: &[u8]) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    let mut rest = head;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(end_of_field(rest));
        if let Some(colon) = line.iter().position(|byte| *byte == b':') {
            let (name, value) = line.split_at(colon);
            let value = value.get(1..).unwrap_or_default();
            let value = value.strip_suffix(LINE_END).unwrap_or(value);
            fields.push(Field { name, value });
        }
        rest = after;
    }
    fields
}

/// Up to and with the first line end that no space follows.
fn end_of_field(text: &[u8]) -> usize {
    let mut from = 0;
    while let Some(found) = find_line_end(text.get(from..).unwrap_or_default()) {
        from += found + 2;
        if !matches!(text.get(from), Some(b' ' | b'\t')) {
            return from;
        }
    }
    text.len()
}

fn find_line_end(text: &[u8]) -> Option<usize> {
    text.windows(2).position(|window| window == LINE_END)
}

/// Spaces at line ends go, those within become one; empty lines at the end go; what remains ends its last line.
pub(super) fn body(body: &[u8]) -> Vec<u8> {
    let mut canonical = Vec::with_capacity(body.len() + 2);
    let mut empty_lines = 0;
    for line in lines(body) {
        let line = single_spaced(line);
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        for _ in 0..empty_lines {
            canonical.extend(LINE_END);
        }
        empty_lines = 0;
        canonical.extend(line);
        canonical.extend(LINE_END);
    }
    canonical
}

/// What is between the line ends. A carriage return or a line feed alone is no line end.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = find_line_end(text) else {
            rest = None;
            return Some(text);
        };
        let (line, after) = text.split_at(end);
        rest = after.get(2..);
        Some(line)
    })
}

fn single_spaced(line: &[u8]) -> Vec<u8> {
    let mut spaced = Vec::with_capacity(line.len());
    for byte in line {
        let is_space = matches!(byte, b' ' | b'\t');
        match (is_space, spaced.last()) {
            (true, Some(b' ')) => {}
            (true, _) => spaced.push(b' '),
            (false, _) => spaced.push(*byte),
        }
    }
    if spaced.last() == Some(&b' ') {
        spaced.pop();
    }
    spaced
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical_head(head: &[u8]) -> String {
        let lines = fields(head).into_iter().map(|field| field.canonical());
        let lines = lines.map(|line| String::from_utf8(line).unwrap() + "\r\n");
        lines.collect()
    }

    /// RFC 6376 §3.4.5, example 1.
    #[test]
    fn reads_as_the_rfc_does() {
        let mail = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
        let (head, text) = split(mail);
        assert_eq!(canonical_head(head), "a:X\r\nb:Y Z\r\n");
        assert_eq!(body(text), b" C\r\nD E\r\n");
    }

    #[test]
    fn edges() {
        for (text, canonical) in [
            ("", ""),
            ("\r\n", ""),
            ("\r\n\r\n \t\r\n", ""),
            ("a", "a\r\n"),
            ("a\r\n", "a\r\n"),
            ("a \r\n \r\n\t\r\nb", "a\r\n\r\n\r\nb\r\n"),
            ("\t a\tb\t", " a b\r\n"),
            ("\r\n\r\na", "\r\n\r\na\r\n"),
            ("a\rb\nc", "a\rb\nc\r\n"),
            ("a\r\r\nb", "a\r\r\nb\r\n"),
        ] {
            assert_eq!(body(text.as_bytes()), canonical.as_bytes(), "{text:?}");
        }
        assert_eq!(split(b"A: b\r\n\r\n"), (&b"A: b\r\n"[..], &b""[..]));
        assert_eq!(split(b"A: b"), (&b"A: b"[..], &b""[..]));
        assert_eq!(
            canonical_head(b"SUBJect:\r\n  a\r\n\tb \r\nno header\r\nX:\r\n"),
            "subject:a b\r\nx:\r\n"
        );
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"\r\n".to_vec()),
            Just(b" ".to_vec()),
            Just(b"\t".to_vec()),
            Just(b"\r".to_vec()),
            Just(b"\n".to_vec()),
            "[a-c:]{1,3}".prop_map(String::into_bytes),
            any::<u8>().prop_map(|byte| vec![byte]),
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    /// The same, written as plainly as can be.
    fn slow_body(text: &[u8]) -> Vec<u8> {
        let text: String = text.iter().map(|byte| char::from(*byte)).collect();
        let lines = text.split("\r\n").map(|line| {
            let words = line.replace('\t', " ");
            let mut single = words.clone();
            while single.contains("  ") {
                single = single.replace("  ", " ");
            }
            single.strip_suffix(' ').map(str::to_owned).unwrap_or(single)
        });
        let mut lines: Vec<String> = lines.collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines.push(String::new());
        let text = if lines.len() == 1 {
            String::new()
        } else {
            lines.join("\r\n")
        };
        text.chars()
            .map(|letter| u8::try_from(u32::from(letter)).unwrap())
            .collect()
    }

    proptest! {
        #[test]
        fn a_body_is_what_the_slow_way_makes_of_it(text in text()) {
            prop_assert_eq!(body(&text), slow_body(&text));
        }

        #[test]
        fn twice_is_once(text in text()) {
            let once = body(&text);
            prop_assert_eq!(body(&once), once);
        }

        #[test]
        fn servers_may_trim_and_pad_and_end_lines(text in text(), padding in "[ \t]{0,3}(\r\n[ \t]{0,2}){0,3}") {
            // At a line's end, or the padding would make one of a carriage return that stands alone.
            let whole = [&text[..], b"\r\n"].concat();
            let padded = [&whole[..], padding.as_bytes(), b"\r\n"].concat();
            prop_assert_eq!(body(&padded), body(&whole));
        }

        #[test]
        fn a_header_may_be_folded_anywhere_at_a_space(words in prop::collection::vec("[!-9;-~]{1,6}", 1..8)) {
            let plain = format!("Subject: {}\r\n", words.join(" "));
            let folded: Vec<String> = words.iter().map(|word| format!("\r\n \t{word} ")).collect();
            let folded = format!("subject :{}\r\n", folded.concat());
            prop_assert_eq!(canonical_head(plain.as_bytes()), canonical_head(folded.as_bytes()));
        }

        #[test]
        fn no_text_is_too_odd(text in text()) {
            let (head, rest) = split(&text);
            for field in fields(head) {
                prop_assert!(!field.canonical().ends_with(b" "));
            }
            body(rest);
        }
    }
}
