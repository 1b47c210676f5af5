//! `/invoices`: bills of providers, and receipts of our own.

mod bodies;

use axum::extract::State;
use kernel::InvoiceId;
use kernel::permission::{ReadPayments, ReadPlatformPayments};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Api, ApiResult, Doc, EveryOrganization, PageBody, Paging, Path, Query, Routes, Scope, Tagged};

use self::bodies::{InvoiceBody, InvoiceQuery};
use super::service::Invoices;

/// Who may see bills.
pub(super) type Reader = Scope<ReadPayments, ReadPlatformPayments, EveryOrganization>;

pub(crate) fn routes(invoices: Invoices) -> Api {
    Routes::new("invoices")
        .about("Bills: those of providers, and receipts for what no provider writes any for.")
        .get(
            "/invoices",
            list_invoices,
            Doc::new("List invoices", "Invoices of providers, own receipts and credit notes; for staff, everybody's. The newest first."),
        )
        .get("/invoices/{invoiceId}", get_invoice, Doc::new("Get an invoice", "One invoice, receipt or credit note."))
        .with_state(invoices)
}

/// Which bill.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct InvoicePath {
    /// The invoice.
    #[serde(rename = "invoiceId")]
    pub(super) id: InvoiceId,
}

async fn list_invoices(
    State(invoices): State<Invoices>,
    reader: Reader,
    Query(query): Query<InvoiceQuery>,
    paging: Paging,
) -> ApiResult<PageBody<InvoiceBody>> {
    let filter = query.filter(reader.organization);
    let page = invoices.list(filter, paging.request().clone()).await?;
    Ok(paging.page(page.map(InvoiceBody::from)))
}

async fn get_invoice(
    State(invoices): State<Invoices>,
    reader: Reader,
    Path(path): Path<InvoicePath>,
) -> ApiResult<Tagged<InvoiceBody>> {
    let invoice = invoices.get(reader.organization, path.id).await?;
    Ok(Tagged::new(invoice.version, invoice.into()))
}
