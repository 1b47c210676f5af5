//! What providers call prices.

use db::{DbError, ReadTx, Tx};
use kernel::{PlanId, PriceId};
use ports::payments::{Capability, PriceRequest};

use super::super::model::{Plan, Price, PriceReference};
use super::super::store;
use super::Plans;
use crate::error::BillingError;

/// The index that keeps two prices from having one name.
const TAKEN: &str = "plan_price_references_provider_reference_key";

impl Plans {
    /// Says what a provider calls a price.
    pub async fn set_reference(
        &self,
        (plan, price): (PlanId, PriceId),
        provider: &str,
        reference: String,
    ) -> Result<Price, BillingError> {
        let known = PriceReference {
            account: self.machinery.providers.named(provider)?.account().to_owned(),
            provider: provider.to_owned(),
            reference,
        };
        let (this, now) = (self.clone(), self.now());
        let work = async move |tx: &mut Tx| {
            super::lock(tx, plan, None).await?;
            let _ = this.price_of_plan_in(tx, (plan, price)).await?;
            let written = match store::insert_reference(tx, price, &known, now).await {
                Ok(false) => store::update_reference(tx, price, &known).await,
                written => written,
            };
            if !written.map_err(taken)? {
                let detail = "somebody has subscribed under the present reference; make another price";
                return Err(BillingError::WrongState(detail));
            }
            store::update_version(tx, plan, now).await?;
            this.price_in(tx, price).await
        };
        self.machinery.db.write(work).await
    }

    /// Makes a price at a provider and remembers what that calls it; a price that has a name there keeps it. Asked
    /// twice at once, a provider without idempotency keys makes two of which one is used: no money moves by that.
    pub async fn create_reference(
        &self,
        (plan, price): (PlanId, PriceId),
        provider: &str,
    ) -> Result<Price, BillingError> {
        let door = self.machinery.providers.named(provider)?;
        if !door.capabilities().has(Capability::CreatePrice) {
            return Err(BillingError::CapabilityNotSupported(Capability::CreatePrice));
        }
        let this = self.clone();
        let work = async move |tx: &mut ReadTx| {
            let found = this.price_of_plan_in(tx, (plan, price)).await?;
            Ok::<_, BillingError>((this.plan_in(tx, plan).await?, found))
        };
        let (sold, found) = self.machinery.db.read(work).await?;
        if found.reference_at(provider, door.account()).is_some() {
            return Ok(found);
        }
        let reference = door.create_price(&request(&sold, &found)?).await?;
        let known = PriceReference {
            provider: provider.to_owned(),
            account: door.account().to_owned(),
            reference,
        };
        let (this, now) = (self.clone(), self.now());
        let work = async move |tx: &mut Tx| {
            super::lock(tx, plan, None).await?;
            if store::insert_reference(tx, price, &known, now)
                .await
                .map_err(taken)?
            {
                store::update_version(tx, plan, now).await?;
            }
            this.price_in(tx, price).await
        };
        self.machinery.db.write(work).await
    }

    async fn price_of_plan_in(
        &self,
        tx: &mut impl db::Executor,
        (plan, price): (PlanId, PriceId),
    ) -> Result<Price, BillingError> {
        let found = self.price_in(tx, price).await?;
        if found.plan == plan {
            return Ok(found);
        }
        Err(BillingError::NotFound)
    }
}

fn request(plan: &Plan, price: &Price) -> Result<PriceRequest, BillingError> {
    let detail = "a price that is paid once needs no name at a provider";
    let period = price.period.ok_or(BillingError::WrongState(detail))?;
    Ok(PriceRequest {
        reference: price.id.to_string(),
        name: plan.content.name.clone(),
        amount: price.amount,
        interval: period.interval.as_str(),
        interval_count: period.count,
        idempotency_key: format!("{}:price", price.id),
    })
}

fn taken(error: DbError) -> BillingError {
    if error.is_unique(TAKEN) {
        BillingError::PriceReferenceTaken
    } else {
        error.into()
    }
}
