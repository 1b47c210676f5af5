//! Somebody who listens to a stream of events.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::answer::Answer;
use crate::person::{Ask, Person};

/// How long an event may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A stream that is being read. It is hung up when this is dropped.
pub struct Listening {
    response: reqwest::Response,
    text: String,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What it is called.
    pub name: String,
    /// Its id.
    pub id: i64,
    /// What it says.
    pub data: Value,
}

impl Person {
    /// Opens a stream, after the event of that id, or is told why not.
    pub async fn listen(&self, path: &str, last_event_id: Option<i64>) -> Result<Listening, Answer> {
        let ask = self.ask(Method::GET, path);
        listen(match last_event_id {
            Some(id) => ask.header("last-event-id", &id.to_string()),
            None => ask,
        })
        .await
    }

    /// The same with a header.
    pub async fn listen_with(&self, path: &str, name: &str, value: &str) -> Result<Listening, Answer> {
        listen(self.ask(Method::GET, path).header(name, value)).await
    }

    /// The same person at another node.
    pub fn at_node(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.clone()
        }
    }
}

async fn listen(ask: Ask) -> Result<Listening, Answer> {
    let (asked, response) = ask.open().await;
    if response.status() != 200 {
        return Err(Answer::read(asked, response).await);
    }
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = String::new();
    Ok(Listening { response, text })
}

impl Listening {
    /// The next event; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (heard, rest) = (heard(block), rest.to_owned());
                self.text = rest;
                if heard.is_some() {
                    return heard;
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.unwrap_or_else(|_| panic!("nothing came; {:?} had", self.text));
            // A connection that breaks is an end as well.
            let chunk = chunk.ok().flatten()?;
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    /// The next event, which must be called `name`.
    pub async fn expect(&mut self, name: &str) -> Told {
        let heard = self.next().await;
        let heard = heard.unwrap_or_else(|| panic!("{name} was expected, but the stream has ended"));
        assert_eq!(heard.name, name, "{heard:?}");
        heard
    }

    /// Hears on until an event that `is_it`.
    pub async fn until(&mut self, is_it: impl Fn(&Told) -> bool) -> Told {
        loop {
            let heard = self.next().await;
            let heard = heard.unwrap_or_else(|| panic!("the stream has ended before"));
            if is_it(&heard) {
                return heard;
            }
        }
    }
}

/// Comments and times to come back are no events.
fn heard(block: &str) -> Option<Told> {
    let field = |name: &str| {
        let mut lines = block.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    Some(Told {
        name: field("event")?.to_owned(),
        id: field("id")?.parse().unwrap(),
        data: serde_json::from_str(field("data")?).unwrap(),
    })
}
