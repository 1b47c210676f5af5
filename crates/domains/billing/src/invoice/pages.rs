//! A receipt or credit note as a page, to be looked at and printed.

mod words;

use askama::Template;
use axum::extract::State;
use kernel::{Money, Timestamp};
use web::html::{Frame, Page};
use web::{Api, ApiResult, Doc, Path, Routes};

use self::words::Words;
use super::model::{Invoice, InvoiceKind, Party};
use super::routes::{InvoicePath, Reader};
use super::service::Invoices;

/// `/invoices/{invoiceId}/receipt`.
pub(crate) fn pages(invoices: Invoices) -> Api {
    Routes::new("invoices")
        .get(
            "/invoices/{invoiceId}/receipt",
            show_receipt,
            Doc::new(
                "Show a receipt",
                "A receipt or credit note of our own as a page for people, in their language, to be printed. Invoices of providers \
                 have pages there (`hosted_url`).",
            ),
        )
        .with_state(invoices)
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct View<'a> {
    words: &'static Words,
    title: &'static str,
    number: &'a str,
    corrected: Option<&'a str>,
    issued: String,
    paid: Option<String>,
    seller: &'a Party,
    buyer: &'a Party,
    lines: Vec<Row<'a>>,
    subtotal: String,
    tax: Option<String>,
    total: String,
    provider: &'a str,
    payment: Option<String>,
}

struct Row<'a> {
    description: &'a str,
    quantity: i64,
    amount: String,
}

async fn show_receipt(
    State(invoices): State<Invoices>,
    reader: Reader,
    frame: Frame,
    Path(path): Path<InvoicePath>,
) -> ApiResult<Page> {
    let (invoice, corrected) = invoices.receipt(reader.organization, path.id).await?;
    let view = view(Words::of(&frame), &invoice, corrected.as_ref());
    Ok(Page::new(
        &frame,
        &format!("{} {}", view.title, view.number),
        &view,
    ))
}

fn view<'a>(words: &'static Words, invoice: &'a Invoice, corrected: Option<&'a Invoice>) -> View<'a> {
    let content = &invoice.content;
    let money = |minor| Money::new(minor, content.currency).to_string();
    let title = match invoice.kind {
        InvoiceKind::CreditNote => words.credit_note,
        InvoiceKind::Invoice | InvoiceKind::Receipt => words.receipt,
    };
    View {
        words,
        title,
        number: invoice.number.as_deref().unwrap_or_default(),
        corrected: corrected.and_then(|corrected| corrected.number.as_deref()),
        issued: day(invoice.issued_at),
        paid: content.paid_at.map(day),
        seller: &invoice.seller,
        buyer: &invoice.billed_to,
        lines: invoice
            .lines
            .iter()
            .map(|line| Row {
                description: &line.description,
                quantity: line.quantity,
                amount: money(line.amount),
            })
            .collect(),
        subtotal: money(content.subtotal),
        tax: (content.tax != 0).then(|| money(content.tax)),
        total: money(content.total),
        provider: &invoice.provider,
        payment: invoice.payment.map(|payment| payment.to_string()),
    }
}

/// ISO 8601: read alike in every language.
fn day(moment: Timestamp) -> String {
    moment.date_time().format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use kernel::{InvoiceId, OrganizationId};
    use uuid::Uuid;

    use super::*;
    use crate::invoice::model::{Content, InvoiceStatus, Line};

    #[test]
    fn what_people_wrote_is_shown_and_does_nothing() {
        let evil = "<script>alert(1)</script>";
        let moment: Timestamp = "2026-03-05T23:59:00Z".parse().unwrap();
        let party = Party {
            name: Some(evil.into()),
            address: Some(evil.into()),
            tax_id: Some(evil.into()),
            email: Some(evil.into()),
        };
        let invoice = Invoice {
            id: InvoiceId::from_uuid(Uuid::nil()),
            kind: InvoiceKind::Receipt,
            corrects: None,
            organization: OrganizationId::from_uuid(Uuid::nil()),
            subscription: None,
            payment: None,
            provider: evil.into(),
            account: String::new(),
            reference: None,
            number: Some("2026-000001".into()),
            content: Content {
                status: InvoiceStatus::Paid,
                billing_reason: None,
                subtotal: 1600,
                tax: 300,
                total: 1900,
                paid: 1900,
                currency: "EUR".parse().unwrap(),
                hosted_url: None,
                pdf_url: None,
                attempts: None,
                next_attempt_at: None,
                period_start: None,
                period_end: None,
                paid_at: Some(moment),
            },
            lines: vec![Line {
                description: evil.into(),
                quantity: 1,
                amount: 1600,
            }],
            billed_to: party.clone(),
            seller: party,
            issued_at: moment,
            version: 1,
            synced_at: None,
            created_at: moment,
            updated_at: moment,
        };
        for words in words::ALL {
            let html = view(words, &invoice, None).render().unwrap();
            assert!(!html.contains("<script"), "{html}");
            assert!(
                html.contains("2026-000001") && html.contains("19.00 EUR") && html.contains("2026-03-05")
            );
        }
    }
}
