//! Keys of programs, and what other services ask about tokens.

mod example;
mod introspection;
mod rights;
mod rotation;

use mainstay_acceptance::Person;
use serde_json::{Value, json};

/// A key of an organization with these scopes: its id, and a program that uses it.
async fn key_of(owner: &Person, organization: &str, scopes: &[&str]) -> (String, Person) {
    let path = format!("/organizations/{organization}/api-keys");
    let body = json!({ "name": "Program", "scopes": scopes });
    issued(owner, &owner.post(&path, body).await.expect(201).json())
}

/// A person's own key.
async fn own_key(person: &Person, body: Value) -> (String, Person) {
    issued(person, &person.post("/api-keys", body).await.expect(201).json())
}

fn issued(person: &Person, body: &Value) -> (String, Person) {
    let text = |pointer: &str| body.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    (text("/api_key/id"), person.with_token(&text("/token")))
}
