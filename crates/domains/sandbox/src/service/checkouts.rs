//! Pages: made, closed.

use db::{ReadTx, Tx};
use kernel::Money;
use ports::payments::{CheckoutRequest, ObjectKind, Purpose};
use url::Url;

use super::requests::Asked;
use crate::error::SandboxError;
use crate::model::checkout::{Checkout, CheckoutStatus};
use crate::model::event::{Delivery, Fact};
use crate::service::Sandbox;
use crate::store::{checkouts, prices};

impl Sandbox {
    /// Makes a page where something is paid.
    pub(crate) async fn open_checkout(&self, request: &CheckoutRequest) -> Result<Checkout, SandboxError> {
        for url in [&request.success_url, &request.cancel_url] {
            if !matches!(url.scheme(), "http" | "https") {
                return Err(SandboxError::Refused("buyers come back by http or https"));
            }
        }
        let (this, request) = (self.clone(), request.clone());
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let id = this.id("co", now);
            let key = (request.idempotency_key.as_str(), "create_checkout", id.as_str());
            if let Asked::Before(id) = this.ask_in(tx, key, &request, now).await? {
                return checkouts::find(tx, &id).await?.ok_or(SandboxError::NotFound);
            }
            let asked = asked_in(tx, &request.purpose).await?;
            let checkout = Checkout {
                customer: match &request.buyer.customer {
                    Some(customer) => customer.clone(),
                    None => this.id("cus", now),
                },
                id,
                reference: request.reference.clone(),
                price: asked.price,
                quantity: asked.quantity,
                trial_days: asked.trial_days,
                amount: asked.amount,
                description: asked.description,
                customer_email: request
                    .buyer
                    .email
                    .as_ref()
                    .map(|email| email.as_str().to_owned()),
                success_url: request.success_url.to_string(),
                cancel_url: request.cancel_url.to_string(),
                status: CheckoutStatus::Open,
                delivery: Delivery::Normal,
                payment: None,
                subscription: None,
                expires_at: request.expires_at,
                created_at: now,
            };
            checkouts::insert(tx, &checkout).await?;
            Ok(checkout)
        };
        self.machinery.db.write(work).await
    }

    /// Where a page is.
    pub(crate) fn checkout_url(&self, id: &str) -> Result<Url, SandboxError> {
        let url = self.machinery.public_url.join(&format!("/sandbox/checkout/{id}"));
        url.map_err(|_| SandboxError::Refused("the server's own address can't be extended"))
    }

    /// A page, for who looks at it.
    pub(crate) async fn checkout(&self, id: &str) -> Result<Checkout, SandboxError> {
        let id = id.to_owned();
        let find = async move |tx: &mut ReadTx| {
            let checkout = checkouts::find(tx, &id).await?;
            checkout.ok_or(SandboxError::NotFound)
        };
        self.machinery.db.read(find).await
    }

    /// Whether somebody may pay at this moment.
    pub(crate) fn is_open(&self, checkout: &Checkout) -> bool {
        checkout.is_open(self.machinery.clock.now())
    }

    /// Closes a page where nobody has paid. One that is closed stays so.
    pub(crate) async fn close_checkout(&self, id: &str) -> Result<(), SandboxError> {
        let (this, id) = (self.clone(), id.to_owned());
        let work = async move |tx: &mut Tx| {
            let checkout = checkouts::lock(tx, &id).await?.ok_or(SandboxError::NotFound)?;
            match checkout.status {
                CheckoutStatus::Open => this.expire_in(tx, checkout).await,
                CheckoutStatus::Expired => Ok(()),
                CheckoutStatus::Complete => Err(SandboxError::WrongState("somebody has paid here")),
            }
        };
        self.machinery.db.write(work).await
    }

    pub(super) async fn expire_in(&self, tx: &mut Tx, mut checkout: Checkout) -> Result<(), SandboxError> {
        checkout.status = CheckoutStatus::Expired;
        checkouts::update(tx, &checkout, self.machinery.clock.now()).await?;
        let fact = Fact::of(
            "checkout.expired",
            ObjectKind::Checkout,
            &checkout.id,
            Some(&checkout.reference),
        );
        self.tell_in(tx, checkout.delivery, &[fact]).await
    }
}

/// What is paid for on a page.
struct AskedFor {
    price: Option<String>,
    quantity: u32,
    trial_days: Option<u32>,
    amount: Money,
    description: String,
}

async fn asked_in(tx: &mut Tx, purpose: &Purpose) -> Result<AskedFor, SandboxError> {
    match purpose {
        Purpose::Payment { amount, description } if amount.minor() > 0 => Ok(AskedFor {
            price: None,
            quantity: 1,
            trial_days: None,
            amount: *amount,
            description: description.clone(),
        }),
        Purpose::Payment { .. } => Err(SandboxError::Refused("an amount above zero is expected")),
        Purpose::Subscription {
            price,
            quantity,
            trial_days,
            ..
        } => {
            let found = prices::find(tx, price).await?;
            let price = found.ok_or(SandboxError::Refused("there is no such price"))?;
            let minor = price.times(*quantity).filter(|_| *quantity > 0);
            let minor = minor.ok_or(SandboxError::Refused("that many can't be counted"))?;
            Ok(AskedFor {
                quantity: *quantity,
                trial_days: *trial_days,
                amount: Money::new(minor, price.amount.currency()),
                description: price.name,
                price: Some(price.id),
            })
        }
    }
}
