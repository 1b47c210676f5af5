//! Transactions, and what was given back of them.

use kernel::{Currency, Money, Timestamp};
use ports::http::HttpMethod;
use ports::payments::{
    PaymentSnapshot, PaymentState, ProviderError, RefundRequest, RefundSnapshot, RefundState,
};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::amount;
use crate::api::{self, Refund, Transaction, is_number, number_in};
use crate::ask::{Api, plain};
use crate::checkout::PLAN;
use crate::reference;

const TRANSACTIONS: &str = "transactions";
const REFUNDS: &str = "refunds";

/// A transaction, with its amounts.
#[derive(Debug)]
pub(crate) struct Read {
    said: Transaction,
    amount: Money,
    total: Money,
}

/// A transaction by its number.
pub(crate) async fn verify(api: &Api, id: &str) -> Result<Read, ProviderError> {
    if !is_number(id) {
        return Err(ProviderError::NotFound);
    }
    let found: Transaction = api.get(&[TRANSACTIONS, id, "verify"], &[]).await?;
    if found.id.0 != id {
        return Err(ProviderError::Unavailable("another transaction".to_owned()));
    }
    Read::of(found)
}

/// A transaction by what we called the try to pay.
pub(crate) async fn verify_by_reference(api: &Api, tx_ref: &str) -> Result<Read, ProviderError> {
    if !reference::is_reference(tx_ref) {
        return Err(ProviderError::NotFound);
    }
    let query = [("tx_ref", tx_ref.to_owned())];
    let found: Transaction = api.get(&[TRANSACTIONS, "verify_by_reference"], &query).await?;
    if found.tx_ref != tx_ref {
        return Err(ProviderError::Unavailable("another transaction".to_owned()));
    }
    Read::of(found)
}

/// What was given back of a transaction.
pub(crate) async fn refunds(api: &Api, transaction: &Read) -> Result<Vec<RefundSnapshot>, ProviderError> {
    // They can't be asked for by transaction; none is older than it.
    let from = transaction.said.created_at.map(day);
    let query: Vec<(&str, String)> = from.map(|from| ("from", from)).into_iter().collect();
    let mut refunds: Vec<Refund> = api.all(&[REFUNDS], &query).await?;
    refunds.retain(|refund| refund.tx_id == transaction.said.id);
    let mut read = Vec::new();
    for refund in &refunds {
        read.push(refund_snapshot(refund, transaction.currency())?);
    }
    Ok(read)
}

/// A refund by its number: that, and the number of its transaction.
pub(crate) async fn refund(api: &Api, id: &str) -> Result<(Refund, String), ProviderError> {
    if !is_number(id) {
        return Err(ProviderError::NotFound);
    }
    let found: Refund = api.get(&[REFUNDS, id], &[]).await?;
    if found.id.0 != id {
        return Err(ProviderError::Unavailable("another refund".to_owned()));
    }
    let transaction = found.tx_id.0.clone();
    Ok((found, transaction))
}

/// Gives money back. What is known under the same reference already is not asked for again, so that repeating it
/// does no harm.
pub(crate) async fn give_back(api: &Api, request: &RefundRequest) -> Result<RefundSnapshot, ProviderError> {
    #[derive(Serialize)]
    struct Body<'a> {
        amount: Box<RawValue>,
        /// Comes back with the refund: our only name for it.
        comments: &'a str,
    }
    let transaction = verify(api, &request.payment).await?;
    if transaction.state() != PaymentState::Succeeded || transaction.currency() != request.amount.currency() {
        let message = "the transaction was not paid, or in another currency".to_owned();
        return Err(ProviderError::refused("transaction", message));
    }
    let refunds = refunds(api, &transaction).await.map_err(|error| match error {
        // The list has to be there to be looked at, be it empty.
        ProviderError::NotFound => ProviderError::Unavailable("the list of refunds is missing".to_owned()),
        error => error,
    })?;
    // One on its way that doesn't say whose it is may be this one; when it has arrived, the sum tells.
    let is_doubtful = refunds.iter().any(|refund| {
        refund.reference.is_none() && refund.state == RefundState::Pending && refund.amount == request.amount
    });
    let known = refunds
        .into_iter()
        .find(|refund| refund.reference.as_deref() == Some(request.reference.as_str()));
    if let Some(known) = known {
        return Ok(known);
    }
    if is_doubtful {
        let what = "a refund of the same amount is on its way, and doesn't say whose it is".to_owned();
        return Err(ProviderError::Unavailable(what));
    }
    let amount = amount::write(request.amount).filter(|_| request.amount.minor() > 0);
    let amount =
        amount.ok_or_else(|| ProviderError::refused("amount", "more than nothing is expected".to_owned()))?;
    let path = [TRANSACTIONS, request.payment.as_str(), "refund"];
    let body = Body {
        amount,
        comments: &request.reference,
    };
    let made: Refund = api.change(HttpMethod::Post, &path, &body).await?;
    let made = refund_snapshot(&made, transaction.currency())
        .map_err(|error| ProviderError::OutcomeUnknown(error.to_string()))?;
    Ok(RefundSnapshot {
        reference: Some(request.reference.clone()),
        ..made
    })
}

impl Read {
    fn of(said: Transaction) -> Result<Self, ProviderError> {
        let amounts = || -> Option<(Money, Money)> {
            let currency: Currency = said.currency.parse().ok()?;
            let amount = amount::read(&said.amount, currency)?;
            let charged = match &said.charged_amount {
                Some(charged) => amount::read_down(charged, currency)?,
                None => amount,
            };
            let total = if charged.minor() > amount.minor() {
                charged
            } else {
                amount
            };
            Some((amount, total))
        };
        let (amount, total) = amounts().ok_or_else(|| {
            ProviderError::Unavailable("a transaction of no amount that can be counted".to_owned())
        })?;
        Ok(Self { said, amount, total })
    }

    pub(crate) fn currency(&self) -> Currency {
        self.amount.currency()
    }

    pub(crate) fn amount(&self) -> Money {
        self.amount
    }

    pub(crate) fn id(&self) -> &str {
        &self.said.id.0
    }

    /// Our payment or subscription, where it was us who asked for this.
    pub(crate) fn reference(&self) -> Option<&str> {
        reference::ours(&self.said.tx_ref)
    }

    pub(crate) fn email(&self) -> Option<&str> {
        self.said.customer.as_ref()?.address()
    }

    /// The number of the plan: said by itself, or kept with the payment by us.
    pub(crate) fn plan(&self) -> Option<String> {
        let kept = || self.said.meta.as_ref().and_then(|meta| kept(meta, PLAN));
        let said = [&self.said.plan, &self.said.payment_plan];
        let mut said = said.into_iter().flatten().filter_map(number_in);
        said.next().or_else(kept)
    }

    pub(crate) fn state(&self) -> PaymentState {
        let status = self.said.status.as_str();
        match status {
            "successful" => PaymentState::Succeeded,
            "pending" => PaymentState::Processing,
            "failed" => PaymentState::Failed {
                code: plain(self.said.processor_response.as_deref().unwrap_or(status)),
            },
            "cancelled" => PaymentState::Canceled,
            _ => PaymentState::Unknown(plain(status)),
        }
    }

    pub(crate) fn snapshot(
        &self,
        refunds: Vec<RefundSnapshot>,
        subscription: Option<String>,
    ) -> PaymentSnapshot {
        let state = self.state();
        let currency = self.currency();
        let customer = self.said.customer.as_ref();
        let fee = self.said.app_fee.as_deref();
        let given_back = refunds
            .iter()
            .filter(|refund| refund.state == RefundState::Succeeded)
            .fold(0_i64, |sum, refund| sum.saturating_add(refund.amount.minor()));
        PaymentSnapshot {
            reference: self.reference().map(str::to_owned),
            checkout: None,
            id: Some(self.said.id.0.clone()),
            subscription,
            invoice: None,
            customer: customer.and_then(|customer| customer.id.as_ref().map(|id| id.0.clone())),
            customer_email: self.email().map(str::to_owned),
            paid_at: self.said.created_at.filter(|_| state == PaymentState::Succeeded),
            state,
            amount: self.amount,
            total: self.total,
            tax: None,
            fee: fee.and_then(|fee| amount::read_down(fee, currency)),
            refunded: Money::new(given_back, currency),
            refunds,
            created_at: self.said.created_at,
        }
    }
}

/// A text that was kept with a payment: in an object, or in a list of names and values.
fn kept(meta: &Value, name: &str) -> Option<String> {
    match meta {
        Value::Object(members) => members.get(name).and_then(number_in),
        Value::Array(all) => all.iter().find_map(|one| {
            let is_it = ["metaname", "meta_name", "name"]
                .iter()
                .any(|key| one.get(key).and_then(Value::as_str) == Some(name));
            let mut values = ["metavalue", "meta_value", "value"].iter();
            values
                .find_map(|key| one.get(key))
                .filter(|_| is_it)
                .and_then(number_in)
        }),
        _ => None,
    }
}

/// A refund of a transaction in this currency: refunds don't say theirs.
pub(crate) fn refund_snapshot(
    refund: &api::Refund,
    currency: Currency,
) -> Result<RefundSnapshot, ProviderError> {
    let amount = amount::read(&refund.amount_refunded, currency)
        .ok_or_else(|| ProviderError::Unavailable("a refund of no amount that can be counted".to_owned()))?;
    let ours = refund.comments.as_deref().filter(|text| text.starts_with("rfd_"));
    Ok(RefundSnapshot {
        id: Some(refund.id.0.clone()),
        reference: ours.map(str::to_owned),
        amount,
        state: refund_state(&refund.status),
        created_at: refund.created_at,
    })
}

/// The words go on after these: `completed-bank-transfer`, `pending-momo`.
fn refund_state(status: &str) -> RefundState {
    let known = [
        ("completed", RefundState::Succeeded),
        ("pending", RefundState::Pending),
        ("failed", RefundState::Failed),
    ];
    let found = known.into_iter().find(|(word, _)| {
        let rest = status.strip_prefix(word);
        rest.is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_alphanumeric()))
    });
    found.map_or_else(|| RefundState::Unknown(plain(status)), |(_, state)| state)
}

/// As lists are asked for.
pub(crate) fn day(time: Timestamp) -> String {
    time.date_time().format("%Y-%m-%d").to_string()
}
