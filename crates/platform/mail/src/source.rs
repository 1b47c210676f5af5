//! A text as its file or row holds it, and whose it is.

/// Whose text it is, which says what it may take in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The platform's: the pages around it are those of the product's own mails.
    Platform,
    /// An organization's: nothing around it says whose product sends it.
    Organization,
}

/// One mail in one language, before it is told anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What it is about.
    pub subject: String,
    /// What mail programs show beside the subject.
    pub preheader: String,
    /// For readers of plain text.
    pub text: String,
    /// For the others.
    pub html: String,
}

/// The head of a text file can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SourceError {
    #[error("it has to begin with `subject: …`, perhaps `preheader: …`, and a line of three dashes")]
    NoHead,
    #[error("`{0}` is no line of the head; `subject` and `preheader` are")]
    UnknownLine(String),
    #[error("it has no subject")]
    NoSubject,
}

impl Source {
    /// Reads the text file, whose head holds subject and preheader, and takes the HTML file as it is.
    pub(crate) fn parse(text: &str, html: &str) -> Result<Self, SourceError> {
        let text = text.replace("\r\n", "\n");
        let (head, body) = text.split_once("\n---\n").ok_or(SourceError::NoHead)?;
        let mut source = Self {
            subject: String::new(),
            preheader: String::new(),
            text: body.to_owned(),
            html: html.to_owned(),
        };
        for line in head.lines().filter(|line| !line.trim().is_empty()) {
            match line.split_once(':') {
                Some(("subject", value)) => value.trim().clone_into(&mut source.subject),
                Some(("preheader", value)) => value.trim().clone_into(&mut source.preheader),
                _ => return Err(SourceError::UnknownLine(line.to_owned())),
            }
        }
        if source.subject.is_empty() {
            return Err(SourceError::NoSubject);
        }
        Ok(source)
    }

    /// What is rendered under a name like `invite.de.html`.
    pub(crate) fn part(&self, part: &str) -> &str {
        match part {
            "subject" => &self.subject,
            "preheader" => &self.preheader,
            "txt" => &self.text,
            _ => &self.html,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_head_and_leaves_the_body_alone() {
        let source = Source::parse(
            "subject: A: b\r\npreheader: c\r\n---\r\nHello\n---\nthere\n",
            "<p>",
        )
        .unwrap();
        assert_eq!(
            (source.subject.as_str(), source.preheader.as_str()),
            ("A: b", "c")
        );
        assert_eq!(
            (source.text.as_str(), source.html.as_str()),
            ("Hello\n---\nthere\n", "<p>")
        );
    }

    #[test]
    fn says_what_is_wrong_with_a_head() {
        assert_eq!(Source::parse("Hello", ""), Err(SourceError::NoHead));
        assert_eq!(
            Source::parse("preheader: x\n---\n", ""),
            Err(SourceError::NoSubject)
        );
        assert_eq!(
            Source::parse("from: x\n---\n", ""),
            Err(SourceError::UnknownLine("from: x".into()))
        );
    }
}
