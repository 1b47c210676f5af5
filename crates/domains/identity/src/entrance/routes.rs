//! What every way in answers over HTTP.

use schemars::JsonSchema;
use serde::Serialize;

use super::model::{Entered, TICKET_LIFETIME};
use crate::factor::model::FactorKind;
use crate::session::routes::TokenBody;
use crate::session::service::Held;
use crate::user::routes::UserBody;

/// What comes of signing in: the tokens and the account, or, when `mfa_required`, the ticket for the second
/// step.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignInBody {
    /// Whether a second factor is to be shown first, with the ticket.
    #[schemars(extend("example" = false))]
    mfa_required: bool,
    /// For the header `Authorization: Bearer …`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ1c3JfMDFrIn0.c2ln"))]
    access_token: Option<String>,
    /// Always `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "Bearer"))]
    token_type: Option<String>,
    /// For how many seconds the access token holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = 600))]
    expires_in: Option<u64>,
    /// For the next pair, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "mrt_AQGZ1t2s8XwPR0XqZ3kK5c0AAAAAAAAAAAxYb8"))]
    refresh_token: Option<String>,
    /// Whose session it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserBody>,
    /// To be sent with the second factor. It opens nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<String>,
    /// For how many seconds the ticket is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket_expires_in: Option<u64>,
    /// What the second step can be taken with.
    #[serde(skip_serializing_if = "Option::is_none")]
    factors: Option<Vec<FactorKind>>,
}

impl From<&Held> for SignInBody {
    fn from(held: &Held) -> Self {
        let body = TokenBody::from(held);
        Self {
            mfa_required: false,
            access_token: Some(body.access_token),
            token_type: Some(body.token_type),
            expires_in: Some(body.expires_in),
            refresh_token: Some(body.refresh_token),
            user: Some(body.user),
            ticket: None,
            ticket_expires_in: None,
            factors: None,
        }
    }
}

impl From<&Entered<Held>> for SignInBody {
    fn from(entered: &Entered<Held>) -> Self {
        match entered {
            Entered::In(held) => Self::from(held),
            Entered::SecondFactor(ticket) => Self {
                mfa_required: true,
                access_token: None,
                token_type: None,
                expires_in: None,
                refresh_token: None,
                user: None,
                ticket: Some(ticket.token.expose().clone()),
                ticket_expires_in: Some(TICKET_LIFETIME.as_secs()),
                factors: Some(ticket.factors.clone()),
            },
        }
    }
}
