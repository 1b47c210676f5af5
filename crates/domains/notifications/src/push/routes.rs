//! `/notifications/push`: a person's browsers that show messages.

use axum::extract::State;
use garde::Validate;
use kernel::{PushSubscriptionId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{
    Api, ApiResult, Context, Created, Doc, InPerson, Json, NoContent, PageBody, Paging, Path, Principal,
    Routes,
};

use super::model::{NewPushSubscription, PushSubscription};
use super::service::PushSubscriptions;

/// The routes of messages to browsers.
pub fn routes(push: PushSubscriptions) -> Api {
    const ALL: &str = "/notifications/push/subscriptions";
    Routes::new("notifications")
        .get(
            "/notifications/push/key",
            get_push_key,
            Doc::new(
                "Get the key for pushed messages",
                "A page gives it to `pushManager.subscribe` as `applicationServerKey`.",
            ),
        )
        .get(
            ALL,
            list_push_subscriptions,
            Doc::new("List your push subscriptions", "The browsers that get messages, the newest first."),
        )
        .post(
            ALL,
            create_push_subscription,
            Doc::new(
                "Subscribe a browser",
                "What `pushManager.subscribe` gave the page. A browser has one subscription, which moves to who has it now; there are 20 for a person at most.",
            ),
        )
        .delete(
            "/notifications/push/subscriptions/{pushSubscriptionId}",
            delete_push_subscription,
            Doc::new("Unsubscribe a browser", "No message goes there any more."),
        )
        .with_state(push)
}

/// Which subscription.
#[derive(Debug, Deserialize, JsonSchema)]
struct PushSubscriptionPath {
    /// The subscription.
    #[serde(rename = "pushSubscriptionId")]
    id: PushSubscriptionId,
}

/// Which browser is to get messages.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct CreatePushSubscription {
    /// Where messages go: a URL of the browser's push service.
    #[garde(length(min = 1, max = 1024))]
    #[schemars(extend("example" = "https://push.example.net/wpush/v2/gAAAAABm"))]
    endpoint: String,
    /// What they are encrypted for.
    #[garde(dive)]
    keys: PushKeys,
}

/// What messages are encrypted for.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PushKeys {
    /// The browser's public key, in base64url.
    #[garde(length(min = 1, max = 100))]
    #[schemars(extend("example" = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"))]
    p256dh: String,
    /// The browser's secret, in base64url.
    #[garde(length(min = 1, max = 30))]
    #[schemars(extend("example" = "BTBZMqHH6r4Tts7J_aSIgg"))]
    auth: String,
}

/// The key for pushed messages.
#[derive(Debug, Serialize, JsonSchema)]
struct PushKeyBody {
    /// 65 bytes in base64url.
    #[schemars(extend("example" = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"))]
    public_key: String,
}

/// A browser that gets messages.
#[derive(Debug, Serialize, JsonSchema)]
struct PushSubscriptionBody {
    /// The subscription.
    id: PushSubscriptionId,
    /// Where messages go. A page finds its own subscription by it.
    #[schemars(extend("example" = "https://push.example.net/wpush/v2/gAAAAABm"))]
    endpoint: String,
    /// What the browser called itself when it subscribed.
    #[schemars(extend("example" = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"))]
    user_agent: Option<String>,
    /// When it subscribed.
    created_at: Timestamp,
    /// When a push service last took a message for it; null while none did.
    last_used_at: Option<Timestamp>,
}

impl From<PushSubscription> for PushSubscriptionBody {
    fn from(subscription: PushSubscription) -> Self {
        Self {
            id: subscription.id,
            endpoint: subscription.endpoint,
            user_agent: subscription.user_agent,
            created_at: subscription.created_at,
            last_used_at: subscription.last_used_at,
        }
    }
}

async fn get_push_key(State(push): State<PushSubscriptions>, _: Principal) -> ApiResult<Json<PushKeyBody>> {
    let public_key = push.public_key().await?;
    Ok(Json(PushKeyBody { public_key }))
}

async fn list_push_subscriptions(
    State(push): State<PushSubscriptions>,
    principal: Principal,
    paging: Paging,
) -> ApiResult<PageBody<PushSubscriptionBody>> {
    let page = push.list(principal.user, paging.request().clone()).await?;
    Ok(paging.page(page.map(PushSubscriptionBody::from)))
}

async fn create_push_subscription(
    State(push): State<PushSubscriptions>,
    principal: InPerson<Principal>,
    context: Context,
    Json(body): Json<CreatePushSubscription>,
) -> ApiResult<Created<PushSubscriptionBody>> {
    let new = NewPushSubscription {
        endpoint: body.endpoint,
        p256dh: body.keys.p256dh,
        auth: body.keys.auth,
        user_agent: context.user_agent.clone(),
    };
    let subscription = push.subscribe(&context, principal.user, new).await?;
    let location = format!("/notifications/push/subscriptions/{}", subscription.id);
    Ok(Created::at(location, subscription.into()))
}

async fn delete_push_subscription(
    State(push): State<PushSubscriptions>,
    principal: Principal,
    Path(path): Path<PushSubscriptionPath>,
) -> ApiResult<NoContent> {
    push.delete(principal.user, path.id).await?;
    Ok(NoContent)
}
