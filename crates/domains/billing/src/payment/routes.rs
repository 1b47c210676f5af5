//! `/payments`: starting them, and where they stand.

pub(crate) mod bodies;
mod refunds;

use axum::extract::State;
use kernel::permission::{ReadPayments, ReadPlatformPayments, WritePayments, WritePlatformPayments};
use web::{
    Api, ApiResult, Context, Created, Doc, EveryOrganization, Json, PageBody, Paging, Path, Query, Routes,
    Scope, Scoped,
};

use self::bodies::{PaymentBody, PaymentPath, PaymentQuery, StartPayment};
use super::service::Payments;

/// Who sees payments: those of their organization, or as staff all of them.
type Readers = Scope<ReadPayments, ReadPlatformPayments, EveryOrganization>;
/// Who gives payments up.
type Payers = Scope<WritePayments, WritePlatformPayments, EveryOrganization>;
/// Who starts payments.
type Starting = Scoped<WritePayments, WritePlatformPayments, StartPayment, EveryOrganization>;

/// The paths are written out: what comes after `/payments/` is an id in every other place.
pub(crate) fn routes(payments: Payments) -> Api {
    const START: &str = "Answers the page where the buyer pays (`checkout_url`). The payment is written down before the \
                         provider is asked: send an `Idempotency-Key`, and when no answer comes, or a 503, ask again with \
                         the same to go on with it. That a buyer comes back to `success_url` proves nothing; listen to \
                         `payment.succeeded`.";
    let refunds = refunds::routes(payments.clone());
    let payments = Routes::new("payments")
        .about("What organizations pay, through a provider that the operator has set up.")
        .post(
            "/payments/stripe",
            start_stripe_payment,
            Doc::new("Start a payment with Stripe", START),
        )
        .post(
            "/payments/flutterwave",
            start_flutterwave_payment,
            Doc::new("Start a payment with Flutterwave", START),
        )
        .post(
            "/payments/lemonsqueezy",
            start_lemonsqueezy_payment,
            Doc::new("Start a payment with Lemon Squeezy", START),
        )
        .post(
            "/payments/sandbox",
            start_sandbox_payment,
            Doc::new("Start a payment in the sandbox", START),
        )
        .get(
            "/payments",
            list_payments,
            Doc::new(
                "List payments",
                "Those of an organization, for staff of all; the newest first.",
            ),
        )
        .get(
            "/payments/{paymentId}",
            get_payment,
            Doc::new("Get a payment", "Where it stands, as far as we know."),
        )
        .post(
            "/payments/{paymentId}/cancel",
            cancel_payment,
            Doc::new(
                "Cancel a payment",
                "One that nobody has paid. Its page is closed where the provider can do that; money that comes all the \
                 same is taken.",
            ),
        )
        .with_state(payments);
    payments.merge(refunds)
}

async fn start_stripe_payment(
    State(payments): State<Payments>,
    starting: Starting,
) -> ApiResult<Created<PaymentBody>> {
    start(&payments, "stripe", starting).await
}

async fn start_flutterwave_payment(
    State(payments): State<Payments>,
    starting: Starting,
) -> ApiResult<Created<PaymentBody>> {
    start(&payments, "flutterwave", starting).await
}

async fn start_lemonsqueezy_payment(
    State(payments): State<Payments>,
    starting: Starting,
) -> ApiResult<Created<PaymentBody>> {
    start(&payments, "lemonsqueezy", starting).await
}

async fn start_sandbox_payment(
    State(payments): State<Payments>,
    starting: Starting,
) -> ApiResult<Created<PaymentBody>> {
    start(&payments, "sandbox", starting).await
}

async fn start(
    payments: &Payments,
    provider: &'static str,
    starting: Starting,
) -> ApiResult<Created<PaymentBody>> {
    let wish = starting.body.into_wish()?;
    let payment = payments.start(&starting.context, provider, wish).await?;
    let location = format!(
        "/payments/{}?organization_id={}",
        payment.id, payment.organization
    );
    Ok(Created::at(location, payment.into()))
}

async fn list_payments(
    State(payments): State<Payments>,
    scope: Readers,
    Query(query): Query<PaymentQuery>,
    paging: Paging,
) -> ApiResult<PageBody<PaymentBody>> {
    let filter = query.into_filter(scope.organization);
    let page = payments.list(filter, paging.request().clone()).await?;
    Ok(paging.page(page.map(PaymentBody::from)))
}

async fn get_payment(
    State(payments): State<Payments>,
    scope: Readers,
    Path(path): Path<PaymentPath>,
) -> ApiResult<Json<PaymentBody>> {
    Ok(Json(payments.get(scope.organization, path.id).await?.into()))
}

async fn cancel_payment(
    State(payments): State<Payments>,
    scope: Payers,
    Path(path): Path<PaymentPath>,
    context: Context,
) -> ApiResult<Json<PaymentBody>> {
    let canceled = payments.cancel(&context, scope.organization, path.id).await?;
    Ok(Json(canceled.into()))
}
