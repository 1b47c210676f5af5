//! A browser without script.

use std::collections::BTreeMap;

use reqwest::Method;

use crate::answer::Answer;
use crate::person::Person;

/// Somebody's browser: it keeps cookies, says which page it comes from, and sends the forms that pages have. It
/// does so itself, since clients keep `Secure` cookies from a server without TLS.
#[derive(Debug, Clone)]
pub struct Browser {
    /// The cookies that it holds, by name.
    pub cookies: BTreeMap<String, String>,
    person: Person,
    language: String,
}

impl Person {
    /// The same person in a browser of their own, not signed in.
    pub fn browser(&self) -> Browser {
        Browser {
            cookies: BTreeMap::new(),
            person: self.without_token(),
            language: "en".into(),
        }
    }
}

impl Browser {
    /// The same browser of somebody who reads `language`.
    pub fn reading(self, language: &str) -> Self {
        Self {
            language: language.into(),
            ..self
        }
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// Sends a form, as a page of ours does.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let base = self.person.base.clone();
        self.send(Method::POST, path, &[("origin", &base)], Some(fields))
            .await
    }

    /// Sends a form with these headers instead of those of a page of ours.
    pub async fn post_from(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Answer {
        self.send(Method::POST, path, headers, Some(fields)).await
    }

    /// Fills in and sends the form of `page` that goes to `action`.
    #[track_caller]
    pub fn submit(
        &mut self,
        page: &Answer,
        action: &'static str,
        fields: &[(&str, &str)],
    ) -> impl Future<Output = Answer> {
        let hidden = hidden_fields(page, action);
        let typed = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let all: Vec<(String, String)> = hidden.into_iter().chain(typed).collect();
        async move {
            let all: Vec<(&str, &str)> = all
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            self.post(action, &all).await
        }
    }

    /// Signs in with the password.
    pub async fn sign_in(&mut self) -> Answer {
        let (email, password) = (self.person.email.clone(), self.person.password.clone());
        let page = self.get("/login").await.expect(200);
        self.submit(&page, "/login", &[("email", &email), ("password", &password)])
            .await
    }

    /// Whether it is signed in.
    pub async fn is_in(&mut self) -> bool {
        self.get("/account").await.status == 200
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        fields: Option<&[(&str, &str)]>,
    ) -> Answer {
        let mut ask = self
            .person
            .ask(method, path)
            .header("accept", "text/html")
            .header("accept-language", &self.language);
        for (name, value) in headers {
            ask = ask.header(name, value);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            ask = ask.header("cookie", &pairs.join("; "));
        }
        let ask = match fields {
            Some(fields) => ask.form(fields),
            None => ask,
        };
        let answer = ask.send().await;
        self.keep_cookies_of(&answer);
        answer
    }

    fn keep_cookies_of(&mut self, answer: &Answer) {
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (pair, attributes) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

#[track_caller]
fn hidden_fields(page: &Answer, action: &str) -> Vec<(String, String)> {
    let text = page.text();
    let mut forms = text.split("<form").skip(1);
    let form = forms.find(|form| {
        let head = form.split('>').next().unwrap_or_default();
        head.contains("method=\"post\"") && head.contains(&format!("action=\"{action}\""))
    });
    let form = form.unwrap_or_else(|| panic!("no form for {action} in {page}"));
    let form = form.split("</form>").next().unwrap_or_default();
    let inputs = form.split("<input type=\"hidden\"").skip(1);
    inputs
        .map(|input| (attribute(input, "name"), attribute(input, "value")))
        .collect()
}

fn attribute(tag: &str, name: &str) -> String {
    let (_, rest) = tag.split_once(&format!(" {name}=\"")).unwrap();
    let mut value = rest.split('"').next().unwrap_or_default().to_owned();
    for (written, letter) in [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
    ] {
        value = value.replace(written, letter);
    }
    value
}
