-- Money: payments, what is sold, subscriptions, invoices, and the ledger.
-- Amounts are integers in the minor unit of ISO 4217. What was paid outlives the organization that paid it, so nothing here
-- points to organizations. (provider, provider_account) is an account at a payment provider; its ids mean nothing elsewhere.

-- The table of the first migration was never written to.
DROP TABLE payments;

-- Who buys, as a provider knows them.
CREATE TABLE payment_customers (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text NOT NULL,
    email text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT payment_customers_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX payment_customers_provider_reference_key ON payment_customers (provider, provider_account, provider_reference);
CREATE UNIQUE INDEX payment_customers_organization_id_key ON payment_customers (organization_id, provider, provider_account);

-- What is sold. features is a JSON object: what the entitlements of a plan are. amount is what one costs in a period of
-- interval_count intervals; a price without an interval is paid once.
CREATE TABLE plans (
    id uuid NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    features jsonb NOT NULL,
    trial_days bigint NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    is_public boolean NOT NULL DEFAULT true,
    rank bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT plans_pkey PRIMARY KEY (id),
    CONSTRAINT plans_trial_days_check CHECK (trial_days BETWEEN 0 AND 730)
);
CREATE UNIQUE INDEX plans_key_key ON plans (key);

CREATE TABLE plan_prices (
    id uuid NOT NULL,
    plan_id uuid NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    interval text,
    interval_count bigint NOT NULL DEFAULT 1,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT plan_prices_pkey PRIMARY KEY (id),
    CONSTRAINT plan_prices_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans (id),
    CONSTRAINT plan_prices_amount_check CHECK (amount >= 0),
    CONSTRAINT plan_prices_interval_check CHECK (interval IN ('day', 'week', 'month', 'year')),
    CONSTRAINT plan_prices_interval_count_check CHECK (interval_count BETWEEN 1 AND 36)
);
CREATE INDEX plan_prices_plan_id_idx ON plan_prices (plan_id, created_at, id);

-- A price as a provider knows it.
CREATE TABLE plan_price_references (
    price_id uuid NOT NULL,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT plan_price_references_pkey PRIMARY KEY (price_id, provider, provider_account),
    CONSTRAINT plan_price_references_price_id_fkey FOREIGN KEY (price_id) REFERENCES plan_prices (id)
);
CREATE UNIQUE INDEX plan_price_references_provider_reference_key ON plan_price_references (provider, provider_account, provider_reference);

-- One row from the moment that a checkout is asked for. quantity_follows_members makes the seats those of the members.
-- A change that waits for its turn is in pending_price_id and pending_quantity. trial_days is what the page was asked for with.
-- An organization has one live subscription to a plan.
CREATE TABLE subscriptions (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    price_id uuid NOT NULL,
    created_by uuid,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text,
    provider_item text,
    customer_reference text,
    customer_email text,
    checkout_reference text,
    checkout_url text,
    checkout_expires_at timestamptz,
    trial_days bigint,
    attempt bigint NOT NULL DEFAULT 0,
    status text NOT NULL,
    status_reason text,
    quantity bigint NOT NULL,
    quantity_follows_members boolean NOT NULL DEFAULT false,
    pending_price_id uuid,
    pending_quantity bigint,
    current_period_start timestamptz,
    current_period_end timestamptz,
    trial_end timestamptz,
    cancel_at timestamptz,
    canceled_at timestamptz,
    ended_at timestamptz,
    past_due_since timestamptz,
    pause_mode text,
    resumes_at timestamptz,
    success_url text,
    cancel_url text,
    metadata jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    synced_at timestamptz,
    next_sync_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT subscriptions_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans (id),
    CONSTRAINT subscriptions_price_id_fkey FOREIGN KEY (price_id) REFERENCES plan_prices (id),
    CONSTRAINT subscriptions_quantity_check CHECK (quantity >= 1),
    CONSTRAINT subscriptions_pause_mode_check CHECK (pause_mode IN ('free', 'void')),
    CONSTRAINT subscriptions_status_check CHECK (status IN ('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled', 'expired', 'needs_review'))
);
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
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_by uuid,
    kind text NOT NULL,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text,
    checkout_reference text,
    subscription_id uuid,
    price_id uuid,
    quantity bigint NOT NULL DEFAULT 1,
    attempt bigint NOT NULL DEFAULT 0,
    amount bigint NOT NULL,
    amount_paid bigint NOT NULL DEFAULT 0,
    amount_refunded bigint NOT NULL DEFAULT 0,
    amount_disputed bigint NOT NULL DEFAULT 0,
    tax_amount bigint NOT NULL DEFAULT 0,
    fee_amount bigint NOT NULL DEFAULT 0,
    currency text NOT NULL,
    status text NOT NULL,
    status_reason text,
    description text,
    customer_email text,
    checkout_url text,
    success_url text,
    cancel_url text,
    metadata jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    expires_at timestamptz,
    synced_at timestamptz,
    next_sync_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    paid_at timestamptz,
    CONSTRAINT payments_pkey PRIMARY KEY (id),
    CONSTRAINT payments_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscriptions (id),
    CONSTRAINT payments_kind_check CHECK (kind IN ('one_off', 'subscription')),
    CONSTRAINT payments_amount_check CHECK (amount > 0),
    CONSTRAINT payments_amount_refunded_check CHECK (amount_refunded BETWEEN 0 AND amount_paid),
    CONSTRAINT payments_currency_check CHECK (length(currency) = 3),
    CONSTRAINT payments_status_check CHECK (status IN ('pending', 'requires_action', 'processing', 'succeeded', 'failed', 'canceled', 'expired', 'refunded', 'partially_refunded', 'disputed', 'needs_review'))
);
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
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    requested_by uuid,
    amount bigint NOT NULL,
    currency text NOT NULL,
    reason text,
    status text NOT NULL,
    status_reason text,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text,
    refunded_before bigint NOT NULL,
    attempt bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT refunds_pkey PRIMARY KEY (id),
    CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT refunds_amount_check CHECK (amount > 0),
    CONSTRAINT refunds_status_check CHECK (status IN ('pending', 'succeeded', 'failed', 'canceled', 'needs_review'))
);
CREATE UNIQUE INDEX refunds_provider_reference_key ON refunds (provider, provider_account, provider_reference) WHERE provider_reference IS NOT NULL;
CREATE INDEX refunds_payment_id_idx ON refunds (payment_id, created_at, id);

CREATE TABLE disputes (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text NOT NULL,
    amount bigint NOT NULL,
    amount_withdrawn bigint NOT NULL DEFAULT 0,
    currency text NOT NULL,
    status text NOT NULL,
    reason text,
    due_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    synced_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT disputes_pkey PRIMARY KEY (id),
    CONSTRAINT disputes_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT disputes_status_check CHECK (status IN ('needs_response', 'under_review', 'won', 'lost', 'closed', 'needs_review'))
);
CREATE UNIQUE INDEX disputes_provider_reference_key ON disputes (provider, provider_account, provider_reference);
CREATE INDEX disputes_payment_id_idx ON disputes (payment_id);
CREATE INDEX disputes_organization_id_idx ON disputes (organization_id, created_at DESC, id DESC);
CREATE INDEX disputes_created_at_idx ON disputes (created_at DESC, id DESC);

-- Invoices of the provider, and receipts of our own (provider_reference is null) for payments that no provider writes any for.
-- A credit note names the receipt that it corrects. lines is a JSON list. sequence is the number within a series (a year); it has no
-- gaps.
CREATE TABLE invoices (
    id uuid NOT NULL,
    kind text NOT NULL,
    corrects_id uuid,
    organization_id uuid NOT NULL,
    subscription_id uuid,
    payment_id uuid,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text,
    series text,
    sequence bigint,
    number text,
    status text NOT NULL,
    billing_reason text,
    subtotal bigint NOT NULL,
    tax_amount bigint NOT NULL,
    total bigint NOT NULL,
    amount_paid bigint NOT NULL,
    currency text NOT NULL,
    lines jsonb NOT NULL,
    billed_to jsonb NOT NULL,
    seller jsonb NOT NULL,
    hosted_url text,
    pdf_url text,
    attempts bigint,
    next_attempt_at timestamptz,
    period_start timestamptz,
    period_end timestamptz,
    issued_at timestamptz NOT NULL,
    paid_at timestamptz,
    synced_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT invoices_pkey PRIMARY KEY (id),
    CONSTRAINT invoices_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscriptions (id),
    CONSTRAINT invoices_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT invoices_corrects_id_fkey FOREIGN KEY (corrects_id) REFERENCES invoices (id),
    CONSTRAINT invoices_kind_check CHECK (kind IN ('invoice', 'receipt', 'credit_note')),
    CONSTRAINT invoices_status_check CHECK (status IN ('draft', 'open', 'paid', 'uncollectible', 'void', 'refunded', 'needs_review'))
);
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
    series text NOT NULL,
    last_sequence bigint NOT NULL,
    CONSTRAINT invoice_series_pkey PRIMARY KEY (series)
);

-- What providers told, once each, before anything is made of it. reference is our payment or subscription, where the event tells it.
-- body is what was signed; it is absent where a list told it, and taken out when it is old.
CREATE TABLE payment_events (
    id uuid NOT NULL,
    provider text NOT NULL,
    provider_account text NOT NULL,
    event_key text NOT NULL,
    event_type text NOT NULL,
    object_kind text,
    object_reference text,
    reference text,
    body bytea,
    status text NOT NULL,
    error text,
    deliveries bigint NOT NULL DEFAULT 1,
    occurred_at timestamptz,
    received_at timestamptz NOT NULL,
    processed_at timestamptz,
    CONSTRAINT payment_events_pkey PRIMARY KEY (id),
    CONSTRAINT payment_events_status_check CHECK (status IN ('received', 'processed', 'ignored', 'failed'))
);
CREATE UNIQUE INDEX payment_events_event_key_key ON payment_events (provider, provider_account, event_key);
CREATE INDEX payment_events_object_idx ON payment_events (provider, provider_account, object_kind, object_reference, received_at);
CREATE INDEX payment_events_status_idx ON payment_events (status, received_at DESC, id DESC);
CREATE INDEX payment_events_body_idx ON payment_events (processed_at) WHERE body IS NOT NULL;
CREATE INDEX payment_events_received_at_idx ON payment_events (received_at DESC, id DESC);

-- Objects at a provider that are asked about one at a time: the attempt at a job that has one to itself until then, how often in
-- a row it was asked in vain, and before when it is not asked again.
CREATE TABLE payment_locks (
    provider text NOT NULL,
    provider_account text NOT NULL,
    object text NOT NULL,
    job_id uuid NOT NULL,
    job_attempt bigint NOT NULL,
    held_until timestamptz,
    failures bigint NOT NULL DEFAULT 0,
    not_before timestamptz,
    CONSTRAINT payment_locks_pkey PRIMARY KEY (provider, provider_account, object)
);

-- How far a provider's list of events was read.
CREATE TABLE payment_cursors (
    provider text NOT NULL,
    provider_account text NOT NULL,
    read_until timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT payment_cursors_pkey PRIMARY KEY (provider, provider_account)
);

-- What does not agree with the provider, or within our own books.
CREATE TABLE payment_drifts (
    id uuid NOT NULL,
    kind text NOT NULL,
    provider text,
    provider_account text,
    subject text NOT NULL,
    detail text NOT NULL,
    found_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    resolved_at timestamptz,
    resolved_by uuid,
    CONSTRAINT payment_drifts_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX payment_drifts_open_key ON payment_drifts (kind, subject) WHERE resolved_at IS NULL;
CREATE INDEX payment_drifts_found_at_idx ON payment_drifts (found_at DESC, id DESC);

-- The ledger. A transfer is written once (effect_key), never changed, and its entries sum to zero. Debits are positive.
CREATE TABLE ledger_transfers (
    id uuid NOT NULL,
    effect_key text NOT NULL,
    kind text NOT NULL,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    currency text NOT NULL,
    occurred_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT ledger_transfers_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ledger_transfers_effect_key_key ON ledger_transfers (effect_key);
CREATE INDEX ledger_transfers_payment_id_idx ON ledger_transfers (payment_id, id);
CREATE INDEX ledger_transfers_occurred_at_idx ON ledger_transfers (occurred_at);
CREATE INDEX ledger_transfers_organization_id_idx ON ledger_transfers (organization_id, id DESC);

CREATE TABLE ledger_entries (
    transfer_id uuid NOT NULL,
    position bigint NOT NULL,
    account text NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT ledger_entries_pkey PRIMARY KEY (transfer_id, position),
    CONSTRAINT ledger_entries_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES ledger_transfers (id),
    CONSTRAINT ledger_entries_amount_check CHECK (amount <> 0)
);

-- Sums of a day in UTC, kept with each entry, so that balances and figures are few rows.
CREATE TABLE ledger_days (
    account text NOT NULL,
    currency text NOT NULL,
    day text NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT ledger_days_pkey PRIMARY KEY (account, currency, day)
);
