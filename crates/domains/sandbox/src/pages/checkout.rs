//! The page where a buyer pays.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderValue, header};
use serde::Deserialize;
use url::Url;
use web::html::{Form, Frame, Page};
use web::{ApiResult, Path};

use super::Which;
use crate::error::SandboxError;
use crate::model::checkout::{Act, Checkout, CheckoutStatus};
use crate::model::event::Delivery;
use crate::service::Sandbox;

#[derive(Deserialize)]
pub(super) struct Decision {
    act: Act,
    delivery: Delivery,
}

#[derive(Template)]
#[template(path = "sandbox_checkout.html")]
struct View {
    checkout: Checkout,
    is_open: bool,
    is_complete: bool,
    /// Whether the bank asks once more.
    is_challenged: bool,
    /// What went wrong.
    fault: Option<&'static str>,
    deliveries: [Delivery; 5],
}

pub(super) async fn show_checkout(
    State(sandbox): State<Sandbox>,
    frame: Frame,
    Path(which): Path<Which>,
) -> ApiResult<Response> {
    let checkout = sandbox.checkout(&which.id).await?;
    Ok(page(&sandbox, &frame, checkout, None, false).into_response())
}

pub(super) async fn pay_checkout(
    State(sandbox): State<Sandbox>,
    frame: Frame,
    Path(which): Path<Which>,
    Form(decision): Form<Decision>,
) -> ApiResult<Response> {
    let Decision { act, delivery } = decision;
    match sandbox.act(&which.id, act, delivery).await {
        Ok(checkout) if checkout.status == CheckoutStatus::Complete => {
            Ok(Redirect::to(&checkout.success_url).into_response())
        }
        Ok(checkout) if act == Act::Decline => {
            let fault = Some("The card was declined. Try another one.");
            Ok(page(&sandbox, &frame, checkout, fault, false)
                .unprocessable()
                .into_response())
        }
        Ok(checkout) => Ok(page(&sandbox, &frame, checkout, None, true).into_response()),
        // The page says that it is over.
        Err(SandboxError::WrongState(_)) => {
            let checkout = sandbox.checkout(&which.id).await?;
            Ok(page(&sandbox, &frame, checkout, None, false)
                .unprocessable()
                .into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The page, and what its form may lead to.
struct Shown {
    page: Page,
    policy: Option<HeaderValue>,
}

fn page(
    sandbox: &Sandbox,
    frame: &Frame,
    checkout: Checkout,
    fault: Option<&'static str>,
    is_challenged: bool,
) -> Shown {
    let policy = policy(&checkout.success_url);
    let view = View {
        is_open: sandbox.is_open(&checkout),
        is_complete: checkout.status == CheckoutStatus::Complete,
        is_challenged,
        fault,
        deliveries: Delivery::ALL,
        checkout,
    };
    Shown {
        page: Page::new(frame, &view.checkout.amount.to_string(), &view),
        policy,
    }
}

/// Browsers hold an answer that leads elsewhere to the policy of the form: who pays is sent back to the shop.
fn policy(success_url: &str) -> Option<HeaderValue> {
    let shop = Url::parse(success_url).ok()?.origin().ascii_serialization();
    let policy = format!(
        "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self' {shop}; \
         frame-ancestors 'none'; img-src 'self'; script-src 'self'; style-src 'self'"
    );
    policy.try_into().ok()
}

impl Shown {
    fn unprocessable(self) -> Self {
        Self {
            page: self.page.unprocessable(),
            ..self
        }
    }

    fn into_response(self) -> Response {
        let mut response = self.page.into_response();
        if let Some(policy) = self.policy {
            response
                .headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}
