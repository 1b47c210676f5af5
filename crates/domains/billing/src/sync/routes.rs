//! `/payments/{paymentId}/sync`.

use axum::extract::State;
use kernel::permission::{ReadPayments, ReadPlatformPayments};
use web::{Api, ApiResult, Doc, EveryOrganization, Json, Path, Routes, Scope};

use super::service::Questions;
use crate::payment::routes::bodies::{PaymentBody, PaymentPath};

pub(crate) fn routes(questions: Questions) -> Api {
    Routes::new("payments")
        .post(
            "/payments/{paymentId}/sync",
            sync_payment,
            Doc::new(
                "Ask about a payment",
                "Asks the provider now, and answers where the payment stands.",
            ),
        )
        .with_state(questions)
}

async fn sync_payment(
    State(questions): State<Questions>,
    scope: Scope<ReadPayments, ReadPlatformPayments, EveryOrganization>,
    Path(path): Path<PaymentPath>,
) -> ApiResult<Json<PaymentBody>> {
    Ok(Json(questions.ask(scope.organization, path.id).await?.into()))
}
