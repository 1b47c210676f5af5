//! `/ledger`, for staff.

mod bodies;

use axum::extract::State;
use kernel::permission::ReadPlatformPayments;
use web::{Api, ApiResult, Doc, Json, Operator, PageBody, Paging, Query, Routes};

use self::bodies::{
    FiguresBody, FiguresQuery, LedgerBalanceBody, LedgerBalancesBody, LedgerFiguresBody, LedgerTransferBody,
    TransfersQuery,
};
use super::service::Ledger;

pub(crate) fn routes(ledger: Ledger) -> Api {
    Routes::new("ledger")
        .about("The books: double entry, in minor units, written once and never changed. For staff of the platform.")
        .get(
            "/ledger/balances",
            list_ledger_balances,
            Doc::new(
                "List the balances of the ledger",
                "What is on each account in each currency. A debit is positive: what a provider holds, what was given \
                 back; what was sold is negative.",
            ),
        )
        .get(
            "/ledger/figures",
            list_ledger_figures,
            Doc::new(
                "List figures by day or month",
                "What was sold, given back, disputed, taken as tax and kept as fees, in each currency; the oldest \
                 first, and without times in which nothing happened. `net` is what is sold less refunds, disputes and \
                 fees. A range by the day has up to 366 days, one by the month up to 3660.",
            ),
        )
        .get(
            "/ledger/transfers",
            list_ledger_transfers,
            Doc::new(
                "List transfers in the ledger",
                "Each with its entries, which sum to zero; the newest first.",
            ),
        )
        .with_state(ledger)
}

async fn list_ledger_balances(
    State(ledger): State<Ledger>,
    _: Operator<ReadPlatformPayments>,
) -> ApiResult<Json<LedgerBalancesBody>> {
    let balances = ledger.balances().await?.into_iter();
    let data = balances.map(LedgerBalanceBody::from).collect();
    Ok(Json(LedgerBalancesBody { data }))
}

async fn list_ledger_figures(
    State(ledger): State<Ledger>,
    _: Operator<ReadPlatformPayments>,
    Query(query): Query<FiguresQuery>,
) -> ApiResult<Json<LedgerFiguresBody>> {
    let figures = ledger.figures(query.range(ledger.today())).await?;
    let data = figures.into_iter().map(FiguresBody::from).collect();
    Ok(Json(LedgerFiguresBody { data }))
}

async fn list_ledger_transfers(
    State(ledger): State<Ledger>,
    _: Operator<ReadPlatformPayments>,
    Query(query): Query<TransfersQuery>,
    paging: Paging,
) -> ApiResult<PageBody<LedgerTransferBody>> {
    let page = ledger.list(query.into(), paging.request().clone()).await?;
    Ok(paging.page(page.map(LedgerTransferBody::from)))
}
