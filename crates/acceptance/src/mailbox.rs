//! Mail as its reader sees it.

use serde_json::Value;

/// A mail out of the development mailbox.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Its id.
    pub id: String,
    /// Who it is for.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Which template it was made from.
    pub template: String,
}

impl Mail {
    pub(crate) fn from_json(mail: &Value) -> Self {
        let text = |field: &str| mail[field].as_str().unwrap_or_default().to_owned();
        Self {
            id: text("id"),
            to: text("to"),
            subject: text("subject"),
            text: text("text"),
            html: text("html"),
            template: text("template"),
        }
    }

    /// The code of eight digits in the text.
    #[track_caller]
    pub fn code(&self) -> String {
        let digits = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
        let mut words = self.text.split(|letter: char| !letter.is_ascii_alphanumeric());
        words
            .find(digits)
            .unwrap_or_else(|| panic!("no code in {}", self.text))
            .to_owned()
    }

    /// The first link in the text.
    #[track_caller]
    pub fn link(&self) -> String {
        self.text
            .split_whitespace()
            .find(|word| word.starts_with("http://") || word.starts_with("https://"))
            .unwrap_or_else(|| panic!("no link in {}", self.text))
            .to_owned()
    }

    /// The token in the first link.
    #[track_caller]
    pub fn link_token(&self) -> String {
        let link = self.link();
        let token = link.split_once("token=").map(|(_, rest)| rest);
        let token = token.unwrap_or_else(|| panic!("no token in {link}"));
        token.split('&').next().unwrap_or_default().to_owned()
    }
}
