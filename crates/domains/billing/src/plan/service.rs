//! Making and changing what is sold.

mod references;

use db::{ReadTx, Tx};
use kernel::event::subscription::PlanSaved;
use kernel::{Page, PageRequest, PlanId, PriceId, RequestContext, Timestamp};

use super::model::{MOST_PRICES, NewPrice, Plan, PlanContent, PlanKey, Price, PriceReference, Viewer};
use super::store;
use crate::error::BillingError;
use crate::machinery::Machinery;

/// What is sold. Cheap to clone.
#[derive(Clone)]
pub struct Plans {
    machinery: Machinery,
}

impl Plans {
    /// Plans kept by `machinery`.
    pub(crate) const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Those that the viewer may see, in the order of their ranks.
    pub async fn list(&self, viewer: Viewer, page: PageRequest) -> Result<Page<Plan>, BillingError> {
        let work = async move |tx: &mut ReadTx| Ok(store::list(tx, viewer, &page).await?);
        self.machinery.db.read(work).await
    }

    /// One that the viewer may see.
    pub async fn get(&self, viewer: Viewer, id: PlanId) -> Result<Plan, BillingError> {
        let work = async move |tx: &mut ReadTx| Ok(store::find(tx, viewer, id).await?);
        let found: Result<Option<Plan>, BillingError> = self.machinery.db.read(work).await;
        found?.ok_or(BillingError::NotFound)
    }

    /// Makes a plan, once per idempotency key.
    pub async fn create(
        &self,
        context: &RequestContext,
        key: PlanKey,
        wish: PlanContent,
    ) -> Result<Plan, BillingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| {
                let plan = Plan {
                    id: PlanId::new(&*this.machinery.ids, now),
                    key: key.clone(),
                    content: wish.clone(),
                    is_active: true,
                    version: 1,
                    created_at: now,
                    updated_at: now,
                    prices: Vec::new(),
                };
                if !store::insert(tx, &plan).await? {
                    return Err(BillingError::PlanKeyTaken);
                }
                this.publish(tx, &context, &plan).await?;
                Ok(plan.id)
            };
            let id = this.machinery.idempotency.once(tx, &context, now, make).await?;
            get(tx, id).await
        };
        self.machinery.db.write(work).await
    }

    /// Replaces what people say about a plan; `version` is that of the copy that the caller changed, if they say so.
    /// Whoever has the plan has what it grants then.
    pub async fn update(
        &self,
        context: &RequestContext,
        id: PlanId,
        wish: PlanContent,
        version: Option<i64>,
    ) -> Result<Plan, BillingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            lock(tx, id, version).await?;
            if get(tx, id).await?.content != wish {
                store::update(tx, id, &wish, now).await?;
                let plan = get(tx, id).await?;
                this.publish(tx, &context, &plan).await?;
            }
            get(tx, id).await
        };
        self.machinery.db.write(work).await
    }

    /// Lets nobody subscribe to a plan any more, or lets them again. Who has it keeps it.
    pub async fn set_active(
        &self,
        context: &RequestContext,
        id: PlanId,
        is_active: bool,
    ) -> Result<Plan, BillingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let is_changed = store::update_activity(tx, id, is_active, now).await?;
            let plan = get(tx, id).await?;
            if is_changed {
                this.publish(tx, &context, &plan).await?;
            }
            Ok(plan)
        };
        self.machinery.db.write(work).await
    }

    /// Adds a price, once per idempotency key.
    pub async fn create_price(
        &self,
        context: &RequestContext,
        plan: PlanId,
        new: NewPrice,
    ) -> Result<Price, BillingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| {
                lock(tx, plan, None).await?;
                if get(tx, plan).await?.prices.len() >= MOST_PRICES {
                    return Err(BillingError::WrongState("a plan has at most 100 prices"));
                }
                let price = Price {
                    id: PriceId::new(&*this.machinery.ids, now),
                    plan,
                    amount: new.amount,
                    period: new.period,
                    is_active: true,
                    created_at: now,
                    references: Vec::new(),
                };
                store::insert_price(tx, &price).await?;
                store::update_version(tx, plan, now).await?;
                Ok(price.id)
            };
            let id = this.machinery.idempotency.once(tx, &context, now, make).await?;
            this.price_in(tx, id).await
        };
        self.machinery.db.write(work).await
    }

    /// Lets nobody subscribe at a price any more. Who pays it goes on paying it.
    pub async fn deactivate_price(&self, plan: PlanId, id: PriceId) -> Result<Price, BillingError> {
        let (this, now) = (self.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            lock(tx, plan, None).await?;
            let price = this.price_in(tx, id).await?;
            if price.plan != plan {
                return Err(BillingError::NotFound);
            }
            if store::update_price_inactive(tx, id, now).await? {
                store::update_version(tx, plan, now).await?;
            }
            this.price_in(tx, id).await
        };
        self.machinery.db.write(work).await
    }

    /// A price, whether or not anybody can still subscribe to it.
    pub(crate) async fn price_in(
        &self,
        tx: &mut impl db::Executor,
        id: PriceId,
    ) -> Result<Price, BillingError> {
        store::find_price(tx, id).await?.ok_or(BillingError::NotFound)
    }

    /// The price that a provider's account calls so.
    pub(crate) async fn price_of_in(
        &self,
        tx: &mut impl db::Executor,
        known: &PriceReference,
    ) -> Result<Option<Price>, BillingError> {
        Ok(store::find_price_of(tx, known).await?)
    }

    /// A plan, whether or not anybody can still subscribe to it.
    pub(crate) async fn plan_in(&self, tx: &mut impl db::Executor, id: PlanId) -> Result<Plan, BillingError> {
        get(tx, id).await
    }

    async fn publish(&self, tx: &mut Tx, context: &RequestContext, plan: &Plan) -> Result<(), BillingError> {
        let event = PlanSaved {
            plan_id: plan.id,
            key: plan.key.to_string(),
            name: plan.content.name.clone(),
            features: plan.content.features.clone(),
            is_active: plan.is_active,
        };
        Ok(self.machinery.events.publish(tx, context, &event).await?)
    }

    fn now(&self) -> Timestamp {
        self.machinery.clock.now()
    }
}

/// Whoever changes a plan or its prices has its row to themselves until the end of their transaction.
async fn lock(tx: &mut Tx, id: PlanId, version: Option<i64>) -> Result<(), BillingError> {
    let present = store::lock(tx, id).await?.ok_or(BillingError::NotFound)?;
    match version {
        Some(version) if version != present => Err(BillingError::Outdated),
        _ => Ok(()),
    }
}

async fn get(tx: &mut impl db::Executor, id: PlanId) -> Result<Plan, BillingError> {
    let found = store::find(tx, Viewer::Staff, id).await?;
    found.ok_or(BillingError::NotFound)
}
