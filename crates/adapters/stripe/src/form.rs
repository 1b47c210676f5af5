//! How Stripe takes parameters: `line_items[0][quantity]=2`, in bodies and in queries.

use std::collections::BTreeMap;

use url::form_urlencoded::Serializer;

/// Parameters in the order in which they were set. An empty value takes one away that is set at Stripe.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn set(mut self, name: impl Into<String>, value: &(impl ToString + ?Sized)) -> Self {
        self.0.push((name.into(), value.to_string()));
        self
    }

    /// Sets what is there.
    pub(crate) fn set_some(self, name: impl Into<String>, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.set(name, &value),
            None => self,
        }
    }

    /// `name[key]=value` for each of them.
    pub(crate) fn set_map(self, name: &str, values: &BTreeMap<String, String>) -> Self {
        values.iter().fold(self, |form, (key, value)| {
            form.set(format!("{name}[{key}]"), value)
        })
    }

    /// `expand[0]=…`, which asks for whole objects instead of their ids.
    pub(crate) fn expand(mut self, paths: &[&str]) -> Self {
        let paths = paths.iter().enumerate();
        self.0
            .extend(paths.map(|(place, path)| (format!("expand[{place}]"), (*path).to_owned())));
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn encoded(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_set_reaches_another_parameter() {
        let values = BTreeMap::from([("k".to_owned(), "a&b=c +é{}".to_owned())]);
        let form = Form::new()
            .set("a[0][b]", &1)
            .set("is", &true)
            .set("gone", "")
            .set_some("none", None::<u32>)
            .set_map("metadata", &values)
            .expand(&["x.y", "z"]);
        assert_eq!(
            form.encoded(),
            "a%5B0%5D%5Bb%5D=1&is=true&gone=&metadata%5Bk%5D=a%26b%3Dc+%2B%C3%A9%7B%7D\
             &expand%5B0%5D=x.y&expand%5B1%5D=z"
        );
        assert!(!form.is_empty());
    }
}
