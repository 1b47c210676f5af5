//! `/webhook-event-types`: what endpoints may hear of.

use kernel::event::{EventLevel, EventType, catalogue};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;
use web::{Api, Doc, Json, Public, Routes};

pub(super) fn routes() -> Api {
    Routes::new("webhooks")
        .get(
            "/webhook-event-types",
            list_webhook_event_types,
            Doc::new(
                "List the types of events",
                "Every type of event that endpoints may hear of, with the JSON Schema of its `data`.",
            ),
        )
        .with_state(())
}

/// The types of events.
#[derive(Debug, Serialize, JsonSchema)]
struct WebhookEventTypesBody {
    /// All of them, by name.
    data: Vec<WebhookEventTypeBody>,
}

/// A type of event.
#[derive(Debug, Serialize, JsonSchema)]
struct WebhookEventTypeBody {
    /// Its name.
    #[schemars(extend("example" = "member.joined"))]
    name: &'static str,
    /// What it says.
    #[schemars(extend("example" = "A person joined."))]
    description: String,
    /// Where it happens.
    level: WebhookEventLevel,
    /// The JSON Schema of its `data`.
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    schema: Value,
}

/// Where events of a type happen: endpoints of the platform hear of all of them.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum WebhookEventLevel {
    /// In an organization, whose endpoints hear of it.
    Organization,
    /// On the platform, which organizations hear nothing of.
    Platform,
    /// In the one or the other.
    Either,
}

async fn list_webhook_event_types(_: Public) -> Json<WebhookEventTypesBody> {
    let mut data: Vec<_> = catalogue().map(WebhookEventTypeBody::from).collect();
    data.sort_by_key(|event| event.name);
    Json(WebhookEventTypesBody { data })
}

impl From<&EventType> for WebhookEventTypeBody {
    fn from(event: &EventType) -> Self {
        // Each schema stands alone, so nothing in it leads elsewhere.
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let schema = (event.schema)(&mut settings.into_generator()).to_value();
        let description = schema.get("description").and_then(Value::as_str);
        Self {
            name: event.name,
            description: description.unwrap_or_default().replace('\n', " "),
            level: match event.level {
                EventLevel::Organization => WebhookEventLevel::Organization,
                EventLevel::Platform => WebhookEventLevel::Platform,
                EventLevel::Either => WebhookEventLevel::Either,
            },
            schema,
        }
    }
}
