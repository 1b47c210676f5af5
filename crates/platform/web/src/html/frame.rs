//! What every page has around it: whose it is, and in which language.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Uri, header};
use kernel::Locale;

use crate::Place;
use crate::html::language;
use crate::openapi::{Input, Operation};

/// Whose pages they are.
#[derive(Debug, Clone)]
pub struct Branding {
    /// The product's name.
    pub product_name: String,
    /// Where its terms are.
    pub terms_url: Option<String>,
    /// Where it says what it does with data.
    pub privacy_url: Option<String>,
}

/// An extractor for handlers that answer with a page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Whose page it is.
    pub branding: Arc<Branding>,
    /// The reader's language, one of [`language::LANGUAGES`].
    pub locale: Locale,
    /// Whether the reader chose it just now, so that it is to be remembered.
    pub(crate) is_chosen: bool,
    /// The page's own address without the choice of a language, for the links of the menu.
    pub(crate) address: String,
}

impl Default for Branding {
    fn default() -> Self {
        Self {
            product_name: "Mainstay".into(),
            terms_url: None,
            privacy_url: None,
        }
    }
}

impl Frame {
    /// The frame for a request: a language chosen in the menu counts before the browser's.
    pub(crate) fn of(branding: Arc<Branding>, uri: &Uri, headers: &HeaderMap) -> Self {
        let mut others = url::form_urlencoded::Serializer::new(String::new());
        let mut chosen = None;
        for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            if name == "locale" {
                chosen = language::spoken(&value);
            } else {
                others.append_pair(&name, &value);
            }
        }
        let others = others.finish();
        let separator = if others.is_empty() { "" } else { "&" };
        Self {
            branding,
            is_chosen: chosen.is_some(),
            locale: chosen
                .or_else(|| remembered(headers))
                .unwrap_or_else(|| language::accepted(headers)),
            address: format!("{}?{others}{separator}", uri.path()),
        }
    }
}

fn remembered(headers: &HeaderMap) -> Option<Locale> {
    let lines = headers.get_all(header::COOKIE).iter();
    let mut pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == language::COOKIE)
            .then(|| language::spoken(value))
            .flatten()
    })
}

impl<S: Send + Sync> FromRequestParts<S> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let branding = parts.extensions.get::<Arc<Branding>>().cloned();
        let uri = parts
            .extensions
            .get::<axum::extract::OriginalUri>()
            .map_or(&parts.uri, |uri| &uri.0);
        Ok(Self::of(branding.unwrap_or_default(), uri, &parts.headers))
    }
}

/// The reader's language is theirs to choose; nothing of it belongs into the description of an operation.
impl Input for Frame {
    fn describe(operation: &mut Operation<'_>) {
        let languages = language::LANGUAGES.map(|language| language.tag);
        let schema = serde_json::json!({ "type": "string", "enum": languages });
        operation.parameter(Place::Query, "locale", "The language to read it in.", schema);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(uri: &str, cookie: &str) -> Frame {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, "fr".parse().unwrap());
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        Frame::of(Arc::default(), &uri.parse().unwrap(), &headers)
    }

    #[test]
    fn a_choice_counts_before_memory_and_memory_before_the_browser() {
        assert_eq!(frame("/a", "x=1").locale.as_str(), "fr");
        assert_eq!(frame("/a", "x=1; ms_locale=de").locale.as_str(), "de");
        let chosen = frame("/a?token=1&locale=en", "ms_locale=de");
        assert_eq!(chosen.locale.as_str(), "en");
        assert!(chosen.is_chosen);
        assert_eq!(chosen.address, "/a?token=1&");
        assert_eq!(frame("/a?locale=xx", "").locale.as_str(), "fr");
    }
}
