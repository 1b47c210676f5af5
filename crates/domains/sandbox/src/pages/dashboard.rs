//! What an operator of the provider's account sees, and does there.

use askama::Template;
use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;
use web::html::{Form, Frame, Page};
use web::{ApiResult, Path};

use super::Which;
use crate::error::SandboxError;
use crate::model::event::SandboxEvent;
use crate::model::payment::{Dispute, DisputeStatus, Payment};
use crate::model::subscription::Turn;
use crate::service::{Overview, Sandbox};

#[derive(Template)]
#[template(path = "sandbox_dashboard.html")]
struct View {
    overview: Overview,
    fault: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct GivenBack {
    amount: String,
}

/// A button without fields.
#[derive(Deserialize)]
pub(super) struct Nothing {}

#[derive(Deserialize)]
pub(super) struct Outcome {
    outcome: Won,
}

#[derive(Deserialize)]
pub(super) struct Decision {
    turn: Turn,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Won {
    Won,
    Lost,
}

pub(super) async fn show_dashboard(State(sandbox): State<Sandbox>, frame: Frame) -> ApiResult<Page> {
    dashboard(&sandbox, &frame, None).await
}

pub(super) async fn refund_payment(
    State(sandbox): State<Sandbox>,
    frame: Frame,
    Path(which): Path<Which>,
    Form(given): Form<GivenBack>,
) -> ApiResult<Result<Redirect, Page>> {
    let done = sandbox.give_back_by_hand(&which.id, &given.amount).await;
    answer(&sandbox, &frame, done.map(drop)).await
}

pub(super) async fn dispute_payment(
    State(sandbox): State<Sandbox>,
    frame: Frame,
    Path(which): Path<Which>,
    Form(Nothing {}): Form<Nothing>,
) -> ApiResult<Result<Redirect, Page>> {
    let done = sandbox.dispute(&which.id).await;
    answer(&sandbox, &frame, done.map(drop)).await
}

pub(super) async fn close_dispute(
    State(sandbox): State<Sandbox>,
    frame: Frame,
    Path(which): Path<Which>,
    Form(decided): Form<Outcome>,
) -> ApiResult<Result<Redirect, Page>> {
    let status = match decided.outcome {
        Won::Won => DisputeStatus::Won,
        Won::Lost => DisputeStatus::Lost,
    };
    let done = sandbox.decide(&which.id, status).await;
    answer(&sandbox, &frame, done).await
}

pub(super) async fn turn_subscription(
    State(sandbox): State<Sandbox>,
    frame: Frame,
    Path(which): Path<Which>,
    Form(decided): Form<Decision>,
) -> ApiResult<Result<Redirect, Page>> {
    let done = sandbox.turn(&which.id, decided.turn).await;
    answer(&sandbox, &frame, done).await
}

/// The dashboard again, with what went wrong.
async fn answer(
    sandbox: &Sandbox,
    frame: &Frame,
    done: Result<(), SandboxError>,
) -> ApiResult<Result<Redirect, Page>> {
    match done {
        Ok(()) => Ok(Ok(Redirect::to("/sandbox"))),
        Err(error @ (SandboxError::NotFound | SandboxError::Db(_))) => Err(error.into()),
        Err(error) => {
            let page = dashboard(sandbox, frame, Some(error.to_string())).await?;
            Ok(Err(page.unprocessable()))
        }
    }
}

async fn dashboard(sandbox: &Sandbox, frame: &Frame, fault: Option<String>) -> ApiResult<Page> {
    let overview = sandbox.overview().await?;
    Ok(Page::new(frame, "Payment sandbox", &View { overview, fault }))
}

impl Payment {
    /// What can be given back, as it is written down.
    fn rest_decimal(&self) -> String {
        kernel::Money::new(self.rest(), self.amount.currency()).to_decimal()
    }
}

impl Dispute {
    fn is_open(&self) -> bool {
        self.status == DisputeStatus::NeedsResponse
    }
}

impl SandboxEvent {
    /// Whether it arrived, in words.
    fn fate(&self) -> String {
        match (&self.delivered_at, &self.last_error) {
            (Some(at), _) => format!("taken {at}"),
            (None, Some(error)) => format!("tried {} times: {error}", self.attempts),
            (None, None) => format!("told {}", self.delivery.words()),
        }
    }
}
