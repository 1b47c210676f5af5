//! The events in the words of the description of the API (OpenAPI 3.0 has no webhooks, so they are an extension).

use kernel::event::{EventType, catalogue};
use kernel::id::EventId;
use kernel::{OrganizationId, Timestamp};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use web::openapi::standalone;

/// What the schema that all events share is called.
const SHARED: &str = "WebhookEvent";

/// Adds `x-webhooks`, with one operation for each type of event, and the schema that they share.
pub fn describe_events(document: &mut Value) {
    let events: Map<String, Value> = catalogue()
        .map(|event| (event.name.to_owned(), described(event)))
        .collect();
    if let Some(document) = document.as_object_mut() {
        document.insert("x-webhooks".to_owned(), Value::Object(events));
    }
    let schemas = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut);
    if let Some(schemas) = schemas {
        schemas.insert(SHARED.to_owned(), shared());
    }
}

fn described(event: &EventType) -> Value {
    let data = standalone(event.schema);
    let said = data
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or(event.name);
    json!({
        "post": {
            "operationId": operation_id(event.name),
            "tags": ["webhooks"],
            "summary": event.name,
            "description": said.replace('\n', " "),
            "security": [],
            "requestBody": {
                "required": true,
                "content": { "application/json": { "schema": {
                    "allOf": [
                        { "$ref": format!("#/components/schemas/{SHARED}") },
                        {
                            "type": "object",
                            "properties": {
                                "type": { "type": "string", "enum": [event.name] },
                                "data": data,
                            },
                            "required": ["type", "data"],
                        },
                    ],
                } } },
            },
            "responses": {
                "2XX": { "description": "It was taken." },
                "4XX": { "description": "It was not taken, and is sent again; with 410 the endpoint is disabled." },
            },
        },
    })
}

/// What every event says.
fn shared() -> Value {
    json!({
        "type": "object",
        "description": "What happened: the body of a webhook.",
        "properties": {
            "type": { "type": "string", "description": "What happened.", "example": "member.joined" },
            "timestamp": standalone(Timestamp::json_schema),
            "id": standalone(EventId::json_schema),
            "organization_id": standalone(Option::<OrganizationId>::json_schema),
            "actor": {
                "type": "object",
                "description": "Who acted.",
                "properties": {
                    "kind": { "type": "string", "description": "`user`, `api_key`, `system` or `anonymous`.", "example": "user" },
                    "id": { "type": "string", "description": "Whose id, when there is one.", "example": "usr_01k9q3v8x4f0r9y7t2m5n6p8w1" },
                },
                "required": ["kind"],
            },
            "on_behalf_of": { "type": "string", "description": "The person as whom staff acted, when it did.", "example": "usr_01k9q3v8x4f0r9y7t2m5n6p8w1" },
            "data": { "type": "object", "description": "The event's own fields.", "additionalProperties": true },
        },
        "required": ["type", "timestamp", "id", "organization_id", "actor", "data"],
    })
}

/// `member.joined` is `onMemberJoined`.
fn operation_id(name: &str) -> String {
    let mut id = String::from("on");
    for word in name.split(['.', '_']) {
        let mut letters = word.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.extend(letters);
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_an_operation_in_words_of_openapi_3() {
        let mut document = json!({ "components": { "schemas": {} } });
        describe_events(&mut document);
        let events = document["x-webhooks"].as_object().unwrap();
        assert_eq!(events.len(), catalogue().count());
        let joined = &events["member.joined"]["post"];
        assert_eq!(
            (&joined["operationId"], &joined["description"]),
            (&json!("onMemberJoined"), &json!("A person joined."))
        );
        let text = document.to_string();
        for later in ["$defs", "\"const\"", "\"null\"]", "$schema"] {
            assert!(!text.contains(later), "{later} is of a later OpenAPI");
        }
        let key = &events["api_key.created"]["post"]["requestBody"]["content"]["application/json"]["schema"]
            ["allOf"][1];
        assert_eq!(
            key["properties"]["data"]["properties"]["user_id"]["nullable"],
            json!(true)
        );
        assert!(document["components"]["schemas"]["WebhookEvent"].is_object());
    }
}
