//! The tables `plans`, `plan_prices` and `plan_price_references`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{Currency, Money, Page, PageRequest, PlanId, Position, PriceId, Timestamp};
use serde_json::json;

use super::model::{Period, Plan, PlanContent, PlanKey, Price, PriceReference, Viewer};

impl FromRow for Plan {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            key: row.parsed::<PlanKey>()?,
            content: PlanContent {
                name: row.column()?,
                description: row.column()?,
                features: row.json()?,
                trial_days: row.column()?,
                is_public: row.column()?,
                rank: row.column()?,
            },
            is_active: row.column()?,
            version: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
            prices: Vec::new(),
        })
    }
}

/// A plan with one of its prices and one of what that is called; there are as many of it as it takes to say all.
struct Line {
    plan: Plan,
    price: Option<Price>,
}

impl FromRow for Line {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            plan: Plan::from_row(row)?,
            price: price(row)?,
        })
    }
}

/// A price with one of what it is called.
struct PriceLine(Option<Price>);

impl FromRow for PriceLine {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        price(row).map(Self)
    }
}

fn price(row: &mut Row<'_>) -> Result<Option<Price>, DbError> {
    let (id, plan): (Option<PriceId>, Option<PlanId>) = (row.column()?, row.column()?);
    let (amount, currency): (Option<i64>, Option<String>) = (row.column()?, row.column()?);
    let interval: Option<String> = row.column()?;
    let (count, is_active): (Option<u32>, Option<bool>) = (row.column()?, row.column()?);
    let created_at: Option<Timestamp> = row.column()?;
    let (provider, account): (Option<String>, Option<String>) = (row.column()?, row.column()?);
    let reference: Option<String> = row.column()?;
    let (Some(id), Some(plan), Some(amount), Some(currency)) = (id, plan, amount, currency) else {
        return Ok(None);
    };
    let (Some(count), Some(is_active), Some(created_at)) = (count, is_active, created_at) else {
        return Ok(None);
    };
    let currency: Currency = currency.parse().map_err(DbError::internal)?;
    let interval = interval.map(|word| word.parse().map_err(DbError::internal));
    let period = interval.transpose()?.map(|interval| Period { interval, count });
    let reference = match (provider, account, reference) {
        (Some(provider), Some(account), Some(reference)) => Some(PriceReference {
            provider,
            account,
            reference,
        }),
        _ => None,
    };
    Ok(Some(Price {
        id,
        plan,
        amount: Money::new(amount, currency),
        period,
        is_active,
        created_at,
        references: reference.into_iter().collect(),
    }))
}

/// Lines that follow one another become one plan, in their order.
fn folded(lines: Vec<Line>) -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    for Line { plan, price } in lines {
        if plans.last().is_none_or(|last| last.id != plan.id) {
            plans.push(plan);
        }
        if let Some(last) = plans.last_mut() {
            add(&mut last.prices, price);
        }
    }
    plans
}

fn add(prices: &mut Vec<Price>, price: Option<Price>) {
    let Some(price) = price else { return };
    match prices.last_mut().filter(|last| last.id == price.id) {
        Some(last) => last.references.extend(price.references),
        None => prices.push(price),
    }
}

/// In the order of their ranks, with their prices: one statement for a whole page.
pub(super) async fn list(
    db: &mut impl Executor,
    viewer: Viewer,
    page: &PageRequest,
) -> Result<Page<Plan>, DbError> {
    let after = match &page.after {
        Some(position) => Some((position.key.parse().map_err(DbError::internal)?, position.id)),
        None => None,
    };
    let (rank, id): (Option<i64>, _) = after.unzip();
    let lines: Vec<Line> = db
        .fetch_all(
            "SELECT plan.id, plan.key, plan.name, plan.description, plan.features, plan.trial_days, plan.is_public, plan.rank,
                    plan.is_active, plan.version, plan.created_at, plan.updated_at,
                    price.id, price.plan_id, price.amount, price.currency, price.interval, price.interval_count,
                    price.is_active, price.created_at,
                    known.provider, known.provider_account, known.provider_reference
             FROM (SELECT * FROM plans
                   WHERE ($1{boolean} OR (is_active AND is_public))
                     AND ($2{bigint} IS NULL OR (rank, id) > ($2{bigint}, $3{uuid}))
                   ORDER BY rank, id
                   LIMIT $4) AS plan
             LEFT JOIN plan_prices AS price ON price.plan_id = plan.id AND ($1{boolean} OR price.is_active)
             LEFT JOIN plan_price_references AS known ON known.price_id = price.id
             ORDER BY plan.rank, plan.id, price.created_at, price.id, known.provider",
            args![viewer == Viewer::Staff, rank, id, page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(folded(lines), page, |plan| Position {
        key: plan.content.rank.to_string(),
        id: plan.id.uuid(),
    }))
}

pub(super) async fn find(
    db: &mut impl Executor,
    viewer: Viewer,
    id: PlanId,
) -> Result<Option<Plan>, DbError> {
    let lines: Vec<Line> = db
        .fetch_all(
            "SELECT plan.id, plan.key, plan.name, plan.description, plan.features, plan.trial_days, plan.is_public, plan.rank,
                    plan.is_active, plan.version, plan.created_at, plan.updated_at,
                    price.id, price.plan_id, price.amount, price.currency, price.interval, price.interval_count,
                    price.is_active, price.created_at,
                    known.provider, known.provider_account, known.provider_reference
             FROM plans AS plan
             LEFT JOIN plan_prices AS price ON price.plan_id = plan.id AND ($1{boolean} OR price.is_active)
             LEFT JOIN plan_price_references AS known ON known.price_id = price.id
             WHERE plan.id = $2 AND ($1{boolean} OR (plan.is_active AND plan.is_public))
             ORDER BY price.created_at, price.id, known.provider",
            args![viewer == Viewer::Staff, id],
        )
        .await?;
    Ok(folded(lines).pop())
}

/// The version of a plan that is changed by one after the other.
pub(super) async fn lock(tx: &mut Tx, id: PlanId) -> Result<Option<i64>, DbError> {
    let found: Option<Number> = tx
        .fetch_optional("SELECT version FROM plans WHERE id = $1 {for_update}", args![id])
        .await?;
    Ok(found.map(|Number(version)| version))
}

struct Number(i64);

impl FromRow for Number {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        row.column().map(Self)
    }
}

/// `false` when the key is taken.
pub(super) async fn insert(tx: &mut Tx, plan: &Plan) -> Result<bool, DbError> {
    let content = &plan.content;
    let inserted = tx.execute(
        "INSERT INTO plans
            (id, key, name, description, features, trial_days, is_public, rank, is_active, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
         ON CONFLICT (key) DO NOTHING",
        args![
            plan.id,
            plan.key.as_str(),
            &content.name,
            &content.description,
            json!(content.features),
            content.trial_days,
            content.is_public,
            content.rank,
            plan.is_active,
            plan.created_at,
        ],
    );
    Ok(inserted.await? == 1)
}

pub(super) async fn update(
    tx: &mut Tx,
    id: PlanId,
    content: &PlanContent,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE plans
         SET name = $2, description = $3, features = $4, trial_days = $5, is_public = $6, rank = $7,
             version = version + 1, updated_at = $8
         WHERE id = $1",
        args![
            id,
            &content.name,
            &content.description,
            json!(content.features),
            content.trial_days,
            content.is_public,
            content.rank,
            now,
        ],
    )
    .await
    .map(drop)
}

/// `false` when it was so already.
pub(super) async fn update_activity(
    tx: &mut Tx,
    id: PlanId,
    is_active: bool,
    now: Timestamp,
) -> Result<bool, DbError> {
    let updated = tx.execute(
        "UPDATE plans SET is_active = $2, version = version + 1, updated_at = $3 WHERE id = $1 AND is_active <> $2",
        args![id, is_active, now],
    );
    Ok(updated.await? == 1)
}

/// What is shown of a plan has changed with its prices.
pub(super) async fn update_version(tx: &mut Tx, id: PlanId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE plans SET version = version + 1, updated_at = $2 WHERE id = $1",
        args![id, now],
    )
    .await
    .map(drop)
}

pub(super) async fn insert_price(tx: &mut Tx, price: &Price) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO plan_prices (id, plan_id, amount, currency, interval, interval_count, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        args![
            price.id,
            price.plan,
            price.amount.minor(),
            price.amount.currency().code(),
            price.period.map(|period| period.interval.as_str()),
            price.period.map_or(1, |period| period.count),
            price.created_at,
        ],
    )
    .await
    .map(drop)
}

/// `false` when it was so already.
pub(super) async fn update_price_inactive(tx: &mut Tx, id: PriceId, now: Timestamp) -> Result<bool, DbError> {
    let updated = tx.execute(
        "UPDATE plan_prices SET is_active = FALSE, updated_at = $2 WHERE id = $1 AND is_active",
        args![id, now],
    );
    Ok(updated.await? == 1)
}

pub(super) async fn find_price(db: &mut impl Executor, id: PriceId) -> Result<Option<Price>, DbError> {
    let lines: Vec<PriceLine> = db
        .fetch_all(
            "SELECT price.id, price.plan_id, price.amount, price.currency, price.interval, price.interval_count,
                    price.is_active, price.created_at,
                    known.provider, known.provider_account, known.provider_reference
             FROM plan_prices AS price
             LEFT JOIN plan_price_references AS known ON known.price_id = price.id
             WHERE price.id = $1
             ORDER BY known.provider",
            args![id],
        )
        .await?;
    let mut prices = Vec::new();
    for PriceLine(line) in lines {
        add(&mut prices, line);
    }
    Ok(prices.pop())
}

/// The price that a provider's account calls so.
pub(super) async fn find_price_of(
    db: &mut impl Executor,
    known: &PriceReference,
) -> Result<Option<Price>, DbError> {
    let line: Option<PriceLine> = db
        .fetch_optional(
            "SELECT price.id, price.plan_id, price.amount, price.currency, price.interval, price.interval_count,
                    price.is_active, price.created_at,
                    known.provider, known.provider_account, known.provider_reference
             FROM plan_price_references AS known
             JOIN plan_prices AS price ON price.id = known.price_id
             WHERE known.provider = $1 AND known.provider_account = $2 AND known.provider_reference = $3",
            args![&known.provider, &known.account, &known.reference],
        )
        .await?;
    Ok(line.and_then(|PriceLine(price)| price))
}

/// `false` when the price has another name there already.
pub(super) async fn insert_reference(
    tx: &mut Tx,
    price: PriceId,
    known: &PriceReference,
    now: Timestamp,
) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO plan_price_references (price_id, provider, provider_account, provider_reference, created_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (price_id, provider, provider_account) DO NOTHING",
        args![price, &known.provider, &known.account, &known.reference, now],
    );
    Ok(inserted.await? == 1)
}

/// Gives a price another name at a provider, unless somebody subscribed under the present one: what the provider
/// says about them would not be understood any more. `false` then.
pub(super) async fn update_reference(
    tx: &mut Tx,
    price: PriceId,
    known: &PriceReference,
) -> Result<bool, DbError> {
    let updated = tx.execute(
        "UPDATE plan_price_references SET provider_reference = $4
         WHERE price_id = $1 AND provider = $2 AND provider_account = $3
           AND (provider_reference = $4 OR NOT EXISTS (
               SELECT 1 FROM subscriptions
               WHERE price_id = $1 AND provider = $2 AND provider_account = $3
                 AND status NOT IN ('canceled', 'expired')))",
        args![price, &known.provider, &known.account, &known.reference],
    );
    Ok(updated.await? == 1)
}
