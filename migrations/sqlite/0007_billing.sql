-- Money: payments, what is sold, subscriptions, invoices, and the ledger.
-- Amounts are integers in the minor unit of ISO 4217. What was paid outlives the organization that paid it, so nothing here
-- points to organizations. (provider, provider_account) is an account at a payment provider; its ids mean nothing elsewhere.

-- The table of the first migration was never written to.
DROP TABLE payments;

-- Who buys, as a provider knows them.
CREATE TABLE payment_customers (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT NOT NULL,
    email TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT payment_customers_pkey PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX payment_customers_provider_reference_key ON payment_customers (provider, provider_account, provider_reference);
CREATE UNIQUE INDEX payment_customers_organization_id_key ON payment_customers (organization_id, provider, provider_account);

-- What is sold. features is a JSON object: what the entitlements of a plan are. amount is what one costs in a period of
-- interval_count intervals; a price without an interval is paid once.
CREATE TABLE plans (
    id BLOB NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    features TEXT NOT NULL,
    trial_days INTEGER NOT NULL DEFAULT 0,
    is_active INTEGER NOT NULL DEFAULT 1,
    is_public INTEGER NOT NULL DEFAULT 1,
    rank INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT plans_pkey PRIMARY KEY (id),
    CONSTRAINT plans_trial_days_check CHECK (trial_days BETWEEN 0 AND 730)
) STRICT;
CREATE UNIQUE INDEX plans_key_key ON plans (key);

CREATE TABLE plan_prices (
    id BLOB NOT NULL,
    plan_id BLOB NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    interval TEXT,
    interval_count INTEGER NOT NULL DEFAULT 1,
    is_active INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT plan_prices_pkey PRIMARY KEY (id),
    CONSTRAINT plan_prices_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans (id),
    CONSTRAINT plan_prices_amount_check CHECK (amount >= 0),
    CONSTRAINT plan_prices_interval_check CHECK (interval IN ('day', 'week', 'month', 'year')),
    CONSTRAINT plan_prices_interval_count_check CHECK (interval_count BETWEEN 1 AND 36)
) STRICT;
CREATE INDEX plan_prices_plan_id_idx ON plan_prices (plan_id, created_at, id);

-- A price as a provider knows it.
CREATE TABLE plan_price_references (
    price_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT plan_price_references_pkey PRIMARY KEY (price_id, provider, provider_account),
    CONSTRAINT plan_price_references_price_id_fkey FOREIGN KEY (price_id) REFERENCES plan_prices (id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX plan_price_references_provider_reference_key ON plan_price_references (provider, provider_account, provider_reference);

-- One row from the moment that a checkout is asked for. quantity_follows_members makes the seats those of the members.
-- A change that waits for its turn is in pending_price_id and pending_quantity. trial_days is what the page was asked for with.
-- An organization has one live subscription to a plan.
CREATE TABLE subscriptions (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    plan_id BLOB NOT NULL,
    price_id BLOB NOT NULL,
    created_by BLOB,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT,
    provider_item TEXT,
    customer_reference TEXT,
    customer_email TEXT,
    checkout_reference TEXT,
    checkout_url TEXT,
    checkout_expires_at TEXT,
    trial_days INTEGER,
    attempt INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL,
    status_reason TEXT,
    quantity INTEGER NOT NULL,
    quantity_follows_members INTEGER NOT NULL DEFAULT 0,
    pending_price_id BLOB,
    pending_quantity INTEGER,
    current_period_start TEXT,
    current_period_end TEXT,
    trial_end TEXT,
    cancel_at TEXT,
    canceled_at TEXT,
    ended_at TEXT,
    past_due_since TEXT,
    pause_mode TEXT,
    resumes_at TEXT,
    success_url TEXT,
    cancel_url TEXT,
    metadata TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    synced_at TEXT,
    next_sync_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT subscriptions_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans (id),
    CONSTRAINT subscriptions_price_id_fkey FOREIGN KEY (price_id) REFERENCES plan_prices (id),
    CONSTRAINT subscriptions_quantity_check CHECK (quantity >= 1),
    CONSTRAINT subscriptions_pause_mode_check CHECK (pause_mode IN ('free', 'void')),
    CONSTRAINT subscriptions_status_check CHECK (status IN ('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled', 'expired', 'needs_review'))
) STRICT;
CREATE UNIQUE INDEX subscriptions_provider_reference_key ON subscriptions (provider, provider_account, provider_reference) WHERE provider_reference IS NOT NULL;
CREATE UNIQUE INDEX subscriptions_live_key ON subscriptions (organization_id, plan_id) WHERE status IN ('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused');
CREATE INDEX subscriptions_checkout_expires_at_idx ON subscriptions (checkout_expires_at) WHERE status = 'incomplete';
CREATE INDEX subscriptions_organization_id_idx ON subscriptions (organization_id, created_at DESC, id DESC);
CREATE INDEX subscriptions_created_at_idx ON subscriptions (created_at DESC, id DESC);
CREATE INDEX subscriptions_next_sync_at_idx ON subscriptions (next_sync_at) WHERE next_sync_at IS NOT NULL;
CREATE INDEX subscriptions_plan_id_idx ON subscriptions (plan_id);
CREATE INDEX subscriptions_price_id_idx ON subscriptions (price_id);

-- amount is what was asked for, amount_paid what the buyer paid in all, with the taxes that a provider adds. A payment that is
-- open is asked about at next_sync_at. attempt counts the pages that were asked for. provider_reference is the payment there,
-- checkout_reference the page.
CREATE TABLE payments (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    created_by BLOB,
    kind TEXT NOT NULL,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT,
    checkout_reference TEXT,
    subscription_id BLOB,
    price_id BLOB,
    quantity INTEGER NOT NULL DEFAULT 1,
    attempt INTEGER NOT NULL DEFAULT 0,
    amount INTEGER NOT NULL,
    amount_paid INTEGER NOT NULL DEFAULT 0,
    amount_refunded INTEGER NOT NULL DEFAULT 0,
    amount_disputed INTEGER NOT NULL DEFAULT 0,
    tax_amount INTEGER NOT NULL DEFAULT 0,
    fee_amount INTEGER NOT NULL DEFAULT 0,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT,
    description TEXT,
    customer_email TEXT,
    checkout_url TEXT,
    success_url TEXT,
    cancel_url TEXT,
    metadata TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    expires_at TEXT,
    synced_at TEXT,
    next_sync_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    paid_at TEXT,
    CONSTRAINT payments_pkey PRIMARY KEY (id),
    CONSTRAINT payments_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscriptions (id),
    CONSTRAINT payments_kind_check CHECK (kind IN ('one_off', 'subscription')),
    CONSTRAINT payments_amount_check CHECK (amount > 0),
    CONSTRAINT payments_amount_refunded_check CHECK (amount_refunded BETWEEN 0 AND amount_paid),
    CONSTRAINT payments_currency_check CHECK (length(currency) = 3),
    CONSTRAINT payments_status_check CHECK (status IN ('pending', 'requires_action', 'processing', 'succeeded', 'failed', 'canceled', 'expired', 'refunded', 'partially_refunded', 'disputed', 'needs_review'))
) STRICT;
CREATE UNIQUE INDEX payments_provider_reference_key ON payments (provider, provider_account, provider_reference) WHERE provider_reference IS NOT NULL;
CREATE UNIQUE INDEX payments_checkout_reference_key ON payments (provider, provider_account, checkout_reference) WHERE checkout_reference IS NOT NULL;
CREATE INDEX payments_organization_id_idx ON payments (organization_id, created_at DESC, id DESC);
CREATE INDEX payments_created_at_idx ON payments (created_at DESC, id DESC);
CREATE INDEX payments_subscription_id_idx ON payments (subscription_id, created_at DESC, id DESC) WHERE subscription_id IS NOT NULL;
CREATE INDEX payments_next_sync_at_idx ON payments (next_sync_at) WHERE next_sync_at IS NOT NULL;
CREATE INDEX payments_review_idx ON payments (updated_at DESC, id DESC) WHERE status = 'needs_review';

-- Written down before the provider is asked. refunded_before is what was refunded of the payment by then: where a provider
-- knows no idempotency keys, a request whose outcome is unknown is repeated only if that has not grown.
CREATE TABLE refunds (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    payment_id BLOB NOT NULL,
    requested_by BLOB,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    reason TEXT,
    status TEXT NOT NULL,
    status_reason TEXT,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT,
    refunded_before INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT refunds_pkey PRIMARY KEY (id),
    CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT refunds_amount_check CHECK (amount > 0),
    CONSTRAINT refunds_status_check CHECK (status IN ('pending', 'succeeded', 'failed', 'canceled', 'needs_review'))
) STRICT;
CREATE UNIQUE INDEX refunds_provider_reference_key ON refunds (provider, provider_account, provider_reference) WHERE provider_reference IS NOT NULL;
CREATE INDEX refunds_payment_id_idx ON refunds (payment_id, created_at, id);

CREATE TABLE disputes (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    payment_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT NOT NULL,
    amount INTEGER NOT NULL,
    amount_withdrawn INTEGER NOT NULL DEFAULT 0,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    due_at TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    synced_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT disputes_pkey PRIMARY KEY (id),
    CONSTRAINT disputes_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT disputes_status_check CHECK (status IN ('needs_response', 'under_review', 'won', 'lost', 'closed', 'needs_review'))
) STRICT;
CREATE UNIQUE INDEX disputes_provider_reference_key ON disputes (provider, provider_account, provider_reference);
CREATE INDEX disputes_payment_id_idx ON disputes (payment_id);
CREATE INDEX disputes_organization_id_idx ON disputes (organization_id, created_at DESC, id DESC);
CREATE INDEX disputes_created_at_idx ON disputes (created_at DESC, id DESC);

-- Invoices of the provider, and receipts of our own (provider_reference is null) for payments that no provider writes any for.
-- A credit note names the receipt that it corrects. lines is a JSON list. sequence is the number within a series (a year); it has no
-- gaps.
CREATE TABLE invoices (
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    corrects_id BLOB,
    organization_id BLOB NOT NULL,
    subscription_id BLOB,
    payment_id BLOB,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT,
    series TEXT,
    sequence INTEGER,
    number TEXT,
    status TEXT NOT NULL,
    billing_reason TEXT,
    subtotal INTEGER NOT NULL,
    tax_amount INTEGER NOT NULL,
    total INTEGER NOT NULL,
    amount_paid INTEGER NOT NULL,
    currency TEXT NOT NULL,
    lines TEXT NOT NULL,
    billed_to TEXT NOT NULL,
    seller TEXT NOT NULL,
    hosted_url TEXT,
    pdf_url TEXT,
    attempts INTEGER,
    next_attempt_at TEXT,
    period_start TEXT,
    period_end TEXT,
    issued_at TEXT NOT NULL,
    paid_at TEXT,
    synced_at TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT invoices_pkey PRIMARY KEY (id),
    CONSTRAINT invoices_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscriptions (id),
    CONSTRAINT invoices_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT invoices_corrects_id_fkey FOREIGN KEY (corrects_id) REFERENCES invoices (id),
    CONSTRAINT invoices_kind_check CHECK (kind IN ('invoice', 'receipt', 'credit_note')),
    CONSTRAINT invoices_status_check CHECK (status IN ('draft', 'open', 'paid', 'uncollectible', 'void', 'refunded', 'needs_review'))
) STRICT;
CREATE UNIQUE INDEX invoices_provider_reference_key ON invoices (provider, provider_account, provider_reference) WHERE provider_reference IS NOT NULL;
CREATE UNIQUE INDEX invoices_sequence_key ON invoices (series, sequence) WHERE series IS NOT NULL;
CREATE UNIQUE INDEX invoices_receipt_key ON invoices (payment_id) WHERE kind = 'receipt';
CREATE INDEX invoices_corrects_id_idx ON invoices (corrects_id) WHERE corrects_id IS NOT NULL;
CREATE INDEX invoices_payment_id_idx ON invoices (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX invoices_organization_id_idx ON invoices (organization_id, issued_at DESC, id DESC);
CREATE INDEX invoices_issued_at_idx ON invoices (issued_at DESC, id DESC);
CREATE INDEX invoices_subscription_id_idx ON invoices (subscription_id, issued_at DESC, id DESC) WHERE subscription_id IS NOT NULL;

-- The last number that was given out in a series.
CREATE TABLE invoice_series (
    series TEXT NOT NULL,
    last_sequence INTEGER NOT NULL,
    CONSTRAINT invoice_series_pkey PRIMARY KEY (series)
) STRICT, WITHOUT ROWID;

-- What providers told, once each, before anything is made of it. reference is our payment or subscription, where the event tells it.
-- body is what was signed; it is absent where a list told it, and taken out when it is old.
CREATE TABLE payment_events (
    id BLOB NOT NULL,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    event_key TEXT NOT NULL,
    event_type TEXT NOT NULL,
    object_kind TEXT,
    object_reference TEXT,
    reference TEXT,
    body BLOB,
    status TEXT NOT NULL,
    error TEXT,
    deliveries INTEGER NOT NULL DEFAULT 1,
    occurred_at TEXT,
    received_at TEXT NOT NULL,
    processed_at TEXT,
    CONSTRAINT payment_events_pkey PRIMARY KEY (id),
    CONSTRAINT payment_events_status_check CHECK (status IN ('received', 'processed', 'ignored', 'failed'))
) STRICT;
CREATE UNIQUE INDEX payment_events_event_key_key ON payment_events (provider, provider_account, event_key);
CREATE INDEX payment_events_object_idx ON payment_events (provider, provider_account, object_kind, object_reference, received_at);
CREATE INDEX payment_events_status_idx ON payment_events (status, received_at DESC, id DESC);
CREATE INDEX payment_events_body_idx ON payment_events (processed_at) WHERE body IS NOT NULL;
CREATE INDEX payment_events_received_at_idx ON payment_events (received_at DESC, id DESC);

-- Objects at a provider that are asked about one at a time: the attempt at a job that has one to itself until then, how often in
-- a row it was asked in vain, and before when it is not asked again.
CREATE TABLE payment_locks (
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    object TEXT NOT NULL,
    job_id BLOB NOT NULL,
    job_attempt INTEGER NOT NULL,
    held_until TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    not_before TEXT,
    CONSTRAINT payment_locks_pkey PRIMARY KEY (provider, provider_account, object)
) STRICT, WITHOUT ROWID;

-- How far a provider's list of events was read.
CREATE TABLE payment_cursors (
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    read_until TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT payment_cursors_pkey PRIMARY KEY (provider, provider_account)
) STRICT, WITHOUT ROWID;

-- What does not agree with the provider, or within our own books.
CREATE TABLE payment_drifts (
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    provider TEXT,
    provider_account TEXT,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    found_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    resolved_at TEXT,
    resolved_by BLOB,
    CONSTRAINT payment_drifts_pkey PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX payment_drifts_open_key ON payment_drifts (kind, subject) WHERE resolved_at IS NULL;
CREATE INDEX payment_drifts_found_at_idx ON payment_drifts (found_at DESC, id DESC);

-- The ledger. A transfer is written once (effect_key), never changed, and its entries sum to zero. Debits are positive.
CREATE TABLE ledger_transfers (
    id BLOB NOT NULL,
    effect_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    organization_id BLOB NOT NULL,
    payment_id BLOB NOT NULL,
    currency TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT ledger_transfers_pkey PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX ledger_transfers_effect_key_key ON ledger_transfers (effect_key);
CREATE INDEX ledger_transfers_payment_id_idx ON ledger_transfers (payment_id, id);
CREATE INDEX ledger_transfers_occurred_at_idx ON ledger_transfers (occurred_at);
CREATE INDEX ledger_transfers_organization_id_idx ON ledger_transfers (organization_id, id DESC);

CREATE TABLE ledger_entries (
    transfer_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL,
    CONSTRAINT ledger_entries_pkey PRIMARY KEY (transfer_id, position),
    CONSTRAINT ledger_entries_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES ledger_transfers (id),
    CONSTRAINT ledger_entries_amount_check CHECK (amount <> 0)
) STRICT, WITHOUT ROWID;

-- Sums of a day in UTC, kept with each entry, so that balances and figures are few rows.
CREATE TABLE ledger_days (
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    day TEXT NOT NULL,
    amount INTEGER NOT NULL,
    CONSTRAINT ledger_days_pkey PRIMARY KEY (account, currency, day)
) STRICT, WITHOUT ROWID;
