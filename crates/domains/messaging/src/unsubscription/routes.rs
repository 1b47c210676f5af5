//! `/messages/unsubscribe` and `/messages/resubscribe`.

use axum::extract::State;
use garde::Validate;
use kernel::Secret;
use mail::Category;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Context, Doc, Json, Public, Routes};

use super::model::{Extent, Standing, Subscription};
use super::service::Unsubscriptions;

/// The routes of those who want no more mail, for front ends of one's own.
pub fn unsubscribe_routes(unsubscriptions: Unsubscriptions) -> Api {
    Routes::new("messages")
        .post(
            "/messages/unsubscribe",
            unsubscribe_from_messages,
            Doc::new(
                "Unsubscribe from mail",
                "For whoever holds the token at the end of a link to unsubscribe. Ends mail of the category of the \
                 mail that the link was in, or all that can be ended of its sender. Doing it again changes nothing.",
            ),
        )
        .post(
            "/messages/resubscribe",
            resubscribe_to_messages,
            Doc::new(
                "Take an unsubscription back",
                "For whoever holds the token at the end of a link to unsubscribe. Mail comes again, unless the \
                 sender stopped it, it bounced, or its reader complained.",
            ),
        )
        .with_state(unsubscriptions)
}

/// Somebody wants no more mail.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnsubscribeFromMessages {
    /// The last part of the link.
    #[garde(skip)]
    token: Secret<String>,
    /// Whether it is about all mail of the sender, and not only about its category.
    #[garde(skip)]
    #[serde(default)]
    all: bool,
}

/// Somebody wants mail again.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResubscribeToMessages {
    /// The last part of the link.
    #[garde(skip)]
    token: Secret<String>,
}

/// How an address stands with mail of a kind.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SubscriptionBody {
    /// Who the mail is from: the name of an organization, or of the product.
    #[schemars(extend("example" = "Acme"))]
    sender: String,
    /// The address, with most of it hidden.
    #[schemars(extend("example" = "a•••@example.com"))]
    email: String,
    /// Which mail.
    category: Category,
    /// Whether it comes.
    status: SubscriptionStatus,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SubscriptionStatus {
    /// It comes.
    Subscribed,
    /// None of the category comes.
    Unsubscribed,
    /// None of the sender comes but what nobody can unsubscribe from.
    UnsubscribedFromAll,
    /// None comes, for another reason than its reader's wish.
    Stopped,
}

impl From<Subscription> for SubscriptionBody {
    fn from(subscription: Subscription) -> Self {
        Self {
            sender: subscription.sender,
            email: subscription.email,
            category: subscription.category,
            status: match subscription.standing {
                Standing::Subscribed => SubscriptionStatus::Subscribed,
                Standing::Unsubscribed => SubscriptionStatus::Unsubscribed,
                Standing::UnsubscribedFromAll => SubscriptionStatus::UnsubscribedFromAll,
                Standing::Stopped => SubscriptionStatus::Stopped,
            },
        }
    }
}

async fn unsubscribe_from_messages(
    State(unsubscriptions): State<Unsubscriptions>,
    _: Public,
    context: Context,
    Json(body): Json<UnsubscribeFromMessages>,
) -> ApiResult<Json<SubscriptionBody>> {
    let extent = if body.all { Extent::All } else { Extent::Category };
    let subscription = unsubscriptions
        .unsubscribe(&context, body.token.expose(), extent)
        .await?;
    Ok(Json(subscription.into()))
}

async fn resubscribe_to_messages(
    State(unsubscriptions): State<Unsubscriptions>,
    _: Public,
    context: Context,
    Json(body): Json<ResubscribeToMessages>,
) -> ApiResult<Json<SubscriptionBody>> {
    let subscription = unsubscriptions.resubscribe(&context, body.token.expose()).await?;
    Ok(Json(subscription.into()))
}
