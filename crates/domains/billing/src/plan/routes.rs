//! `/plans`: what is sold, and at which prices.

mod bodies;

use axum::extract::State;
use kernel::permission::WritePlans;
use kernel::{PlanId, PriceId};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{
    Api, ApiResult, Caller, Context, Created, Doc, IfMatch, Json, Operator, PageBody, Paging, Path, Public,
    Routes, Tagged,
};

use self::bodies::{CreatePlan, CreatePlanPrice, PlanBody, PlanPriceBody, SetPlanPriceReference, UpdatePlan};
use super::model::Viewer;
use super::service::Plans;

pub(crate) fn routes(plans: Plans) -> Api {
    const ALL: &str = "/plans";
    const ONE: &str = "/plans/{planId}";
    const REFERENCE: &str = "/plans/{planId}/prices/{priceId}/references/{provider}";
    Routes::new("plans")
        .about("What is sold: plans, what they grant, and what they cost.")
        .get(
            ALL,
            list_plans,
            Doc::new("List plans", "Those that can be bought, with their prices, in the order of their ranks. Staff see all."),
        )
        .post(
            ALL,
            create_plan,
            Doc::new("Create a plan", "For staff. Its key is for good; the rest can be replaced. It can be bought once it has a price."),
        )
        .get(ONE, get_plan, Doc::new("Get a plan", "One that can be bought, with its prices. Staff see every one."))
        .put(
            ONE,
            update_plan,
            Doc::new("Update a plan", "Replaces everything but key and prices. Whoever has the plan has what it grants from then on."),
        )
        .post(
            "/plans/{planId}/activate",
            activate_plan,
            Doc::new("Activate a plan", "It can be bought again."),
        )
        .post(
            "/plans/{planId}/deactivate",
            deactivate_plan,
            Doc::new("Deactivate a plan", "Nobody can buy it any more. Who has it keeps it."),
        )
        .post(
            "/plans/{planId}/prices",
            create_plan_price,
            Doc::new(
                "Create a price",
                "Prices are never changed: make another and deactivate the one before. Who subscribed goes on paying theirs.",
            ),
        )
        .post(
            "/plans/{planId}/prices/{priceId}/deactivate",
            deactivate_plan_price,
            Doc::new("Deactivate a price", "Nobody can subscribe at it any more. Who did goes on paying it."),
        )
        .put(
            REFERENCE,
            set_plan_price_reference,
            Doc::new(
                "Set what a provider calls a price",
                "For prices that were made at the provider. It can be corrected until somebody has subscribed under it.",
            ),
        )
        .post(
            REFERENCE,
            create_plan_price_reference,
            Doc::new(
                "Make a price at a provider",
                "Where the provider can do so (`create_price`). A price that is known there stays as it is.",
            ),
        )
        .with_state(plans)
}

/// Which plan.
#[derive(Debug, Deserialize, JsonSchema)]
struct PlanPath {
    /// The plan.
    #[serde(rename = "planId")]
    id: PlanId,
}

/// Which price of which plan.
#[derive(Debug, Deserialize, JsonSchema)]
struct PlanPricePath {
    /// The plan.
    #[serde(rename = "planId")]
    plan: PlanId,
    /// The price.
    #[serde(rename = "priceId")]
    price: PriceId,
}

/// Which price of which plan, at which provider.
#[derive(Debug, Deserialize, JsonSchema)]
struct PlanPriceReferencePath {
    /// The plan.
    #[serde(rename = "planId")]
    plan: PlanId,
    /// The price.
    #[serde(rename = "priceId")]
    price: PriceId,
    /// The provider: `stripe`.
    #[schemars(extend("example" = "stripe"))]
    provider: String,
}

/// Staff see everything while they act as themselves.
fn viewer(caller: Option<&Caller>) -> Viewer {
    match caller {
        Some(Caller::Person(person)) if person.platform_role.is_some() && person.impersonation.is_none() => {
            Viewer::Staff
        }
        _ => Viewer::Everybody,
    }
}

async fn list_plans(
    State(plans): State<Plans>,
    _: Public,
    caller: Option<Caller>,
    paging: Paging,
) -> ApiResult<PageBody<PlanBody>> {
    let viewer = viewer(caller.as_ref());
    let page = plans.list(viewer, paging.request().clone()).await?;
    Ok(paging.page(page.map(|plan| PlanBody::seen_by(viewer, plan))))
}

async fn get_plan(
    State(plans): State<Plans>,
    _: Public,
    caller: Option<Caller>,
    Path(path): Path<PlanPath>,
) -> ApiResult<Tagged<PlanBody>> {
    let viewer = viewer(caller.as_ref());
    let plan = plans.get(viewer, path.id).await?;
    Ok(tagged(viewer, plan))
}

async fn create_plan(
    State(plans): State<Plans>,
    _: Operator<WritePlans>,
    context: Context,
    Json(body): Json<CreatePlan>,
) -> ApiResult<Created<PlanBody>> {
    let (key, wish) = body.wish()?;
    let plan = plans.create(&context, key, wish).await?;
    let (location, version) = (format!("/plans/{}", plan.id), plan.version);
    Ok(Created::at(location, PlanBody::seen_by(Viewer::Staff, plan)).tagged(version))
}

async fn update_plan(
    State(plans): State<Plans>,
    _: Operator<WritePlans>,
    Path(path): Path<PlanPath>,
    IfMatch(version): IfMatch,
    context: Context,
    Json(body): Json<UpdatePlan>,
) -> ApiResult<Tagged<PlanBody>> {
    let plan = plans.update(&context, path.id, body.wish()?, version).await?;
    Ok(tagged(Viewer::Staff, plan))
}

async fn activate_plan(
    State(plans): State<Plans>,
    _: Operator<WritePlans>,
    Path(path): Path<PlanPath>,
    context: Context,
) -> ApiResult<Tagged<PlanBody>> {
    let plan = plans.set_active(&context, path.id, true).await?;
    Ok(tagged(Viewer::Staff, plan))
}

async fn deactivate_plan(
    State(plans): State<Plans>,
    _: Operator<WritePlans>,
    Path(path): Path<PlanPath>,
    context: Context,
) -> ApiResult<Tagged<PlanBody>> {
    let plan = plans.set_active(&context, path.id, false).await?;
    Ok(tagged(Viewer::Staff, plan))
}

async fn create_plan_price(
    State(plans): State<Plans>,
    _: Operator<WritePlans>,
    Path(path): Path<PlanPath>,
    context: Context,
    Json(body): Json<CreatePlanPrice>,
) -> ApiResult<Created<PlanPriceBody>> {
    let price = plans.create_price(&context, path.id, body.wish()?).await?;
    let location = format!("/plans/{}", path.id);
    Ok(Created::at(
        location,
        PlanPriceBody::seen_by(Viewer::Staff, price),
    ))
}

async fn deactivate_plan_price(
    State(plans): State<Plans>,
    _: Operator<WritePlans>,
    Path(path): Path<PlanPricePath>,
) -> ApiResult<Json<PlanPriceBody>> {
    let price = plans.deactivate_price(path.plan, path.price).await?;
    Ok(Json(PlanPriceBody::seen_by(Viewer::Staff, price)))
}

async fn set_plan_price_reference(
    State(plans): State<Plans>,
    _: Operator<WritePlans>,
    Path(path): Path<PlanPriceReferencePath>,
    Json(body): Json<SetPlanPriceReference>,
) -> ApiResult<Json<PlanPriceBody>> {
    let price = plans
        .set_reference((path.plan, path.price), &path.provider, body.wish()?)
        .await?;
    Ok(Json(PlanPriceBody::seen_by(Viewer::Staff, price)))
}

async fn create_plan_price_reference(
    State(plans): State<Plans>,
    _: Operator<WritePlans>,
    Path(path): Path<PlanPriceReferencePath>,
) -> ApiResult<Json<PlanPriceBody>> {
    let price = plans
        .create_reference((path.plan, path.price), &path.provider)
        .await?;
    Ok(Json(PlanPriceBody::seen_by(Viewer::Staff, price)))
}

fn tagged(viewer: Viewer, plan: super::model::Plan) -> Tagged<PlanBody> {
    Tagged::new(plan.version, PlanBody::seen_by(viewer, plan))
}
