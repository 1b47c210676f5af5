//! Which of our languages a reader gets.

use http::{HeaderMap, header};
use kernel::Locale;

/// A language that the pages speak, and how it calls itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// Its tag.
    pub tag: &'static str,
    /// Its name in itself.
    pub name: &'static str,
}

/// The languages of the hosted pages; the first is spoken when none fits.
pub const LANGUAGES: [Language; 3] = [
    Language {
        tag: "en",
        name: "English",
    },
    Language {
        tag: "de",
        name: "Deutsch",
    },
    Language {
        tag: "fr",
        name: "Français",
    },
];

/// Where a choice made by the reader is kept.
pub(crate) const COOKIE: &str = "ms_locale";

/// The best of our languages for what `Accept-Language` says (RFC 9110 §12.5.4).
pub fn accepted(headers: &HeaderMap) -> Locale {
    let lines = headers.get_all(header::ACCEPT_LANGUAGE).iter();
    let mut wishes: Vec<(&str, f32)> = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(wish)
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    // Stable: of two with the same weight the reader named the better one first.
    wishes.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let known = wishes.iter().find_map(|(tag, _)| spoken(tag));
    known.unwrap_or_default()
}

/// Our language for `tag`, or for a broader one of which it is a kind.
pub fn spoken(tag: &str) -> Option<Locale> {
    let locale: Locale = tag.trim().parse().ok()?;
    let own = locale.as_str();
    let language = LANGUAGES.iter().find(|language| {
        let rest = own.strip_prefix(language.tag);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })?;
    language.tag.parse().ok()
}

fn wish(item: &str) -> (&str, f32) {
    let mut parts = item.split(';');
    let tag = parts.next().unwrap_or_default().trim();
    let weight = parts.find_map(|part| part.trim().strip_prefix("q="));
    (
        tag,
        weight.map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_language_that_the_reader_likes_best_of_ours() {
        for (wishes, tag) in [
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("pt-BR, fr;q=0.5, en;q=0.4", "fr"),
            ("en;q=0.4, fr;q=0.5", "fr"),
            ("fr;q=0, en", "en"),
            ("*", "en"),
            ("xx, ;;;q=9, \u{7f}", "en"),
            ("", "en"),
            ("den", "en"),
        ] {
            let mut headers = HeaderMap::new();
            if let Ok(value) = wishes.parse() {
                headers.insert(header::ACCEPT_LANGUAGE, value);
            }
            assert_eq!(accepted(&headers).as_str(), tag, "{wishes}");
        }
    }
}
