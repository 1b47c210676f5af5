//! What a customer sees of their subscriptions, and does about them.

use askama::Template;
use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;
use web::html::{Form, Frame, Page};
use web::{ApiResult, Path};

use super::Which;
use crate::error::SandboxError;
use crate::model::subscription::{Subscription, Turn};
use crate::service::Sandbox;

#[derive(Template)]
#[template(path = "sandbox_portal.html")]
struct View {
    /// Of this page.
    id: String,
    subscriptions: Vec<Subscription>,
    return_url: String,
    fault: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Decision {
    subscription: String,
    turn: Turn,
}

pub(super) async fn show_portal(
    State(sandbox): State<Sandbox>,
    frame: Frame,
    Path(which): Path<Which>,
) -> ApiResult<Page> {
    page(&sandbox, &frame, which.id, None).await
}

/// A customer's page is about that customer's subscriptions only.
pub(super) async fn turn_subscription(
    State(sandbox): State<Sandbox>,
    frame: Frame,
    Path(which): Path<Which>,
    Form(decided): Form<Decision>,
) -> ApiResult<Result<Redirect, Page>> {
    let (customer, _) = sandbox.portal_of(&which.id).await?;
    let own = sandbox.subscriptions_of(&customer).await?;
    if !own
        .iter()
        .any(|subscription| subscription.id == decided.subscription)
    {
        return Err(SandboxError::NotFound.into());
    }
    match sandbox.turn(&decided.subscription, decided.turn).await {
        Ok(()) => Ok(Ok(Redirect::to(&format!("/sandbox/portal/{}", which.id)))),
        Err(error @ (SandboxError::NotFound | SandboxError::Db(_))) => Err(error.into()),
        Err(error) => {
            let page = page(&sandbox, &frame, which.id, Some(error.to_string())).await?;
            Ok(Err(page.unprocessable()))
        }
    }
}

async fn page(sandbox: &Sandbox, frame: &Frame, id: String, fault: Option<String>) -> ApiResult<Page> {
    let (customer, return_url) = sandbox.portal_of(&id).await?;
    let view = View {
        subscriptions: sandbox.subscriptions_of(&customer).await?,
        id,
        return_url,
        fault,
    };
    Ok(Page::new(frame, "Subscriptions", &view))
}

impl Subscription {
    /// Where it stands, in words.
    fn fate(&self) -> String {
        let until = |at: kernel::Timestamp| at.date_time().format("%Y-%m-%d %H:%M").to_string();
        match (self.ended_at, self.cancel_at) {
            (Some(at), _) => format!("ended {}", until(at)),
            (None, Some(at)) => format!("ends {}", until(at)),
            (None, None) => format!("period ends {}", until(self.period_end)),
        }
    }
}
