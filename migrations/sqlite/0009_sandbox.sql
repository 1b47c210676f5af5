-- The payment provider of development: what a real one keeps on its own servers. Nothing here points to anything of ours, and
-- nothing of ours points here. Ids are texts, as those of a provider are. Amounts are integers in the minor unit of ISO 4217.

-- What was asked for under a key, and the object that came of it: asked again, it is the same.
CREATE TABLE sandbox_requests (
    idempotency_key TEXT NOT NULL,
    operation TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    object_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT sandbox_requests_pkey PRIMARY KEY (idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX sandbox_requests_created_at_idx ON sandbox_requests (created_at);

CREATE TABLE sandbox_prices (
    id TEXT NOT NULL,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    interval TEXT NOT NULL,
    interval_count INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT sandbox_prices_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_prices_interval_check CHECK (interval IN ('day', 'week', 'month', 'year'))
) STRICT;

-- A page where somebody pays. price_id is null where something is paid once. delivery is how events that begin here are told.
CREATE TABLE sandbox_checkouts (
    id TEXT NOT NULL,
    reference TEXT NOT NULL,
    price_id TEXT,
    quantity INTEGER NOT NULL,
    trial_days INTEGER,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    customer_email TEXT,
    success_url TEXT NOT NULL,
    cancel_url TEXT NOT NULL,
    status TEXT NOT NULL,
    delivery TEXT NOT NULL,
    payment_id TEXT,
    subscription_id TEXT,
    expires_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT sandbox_checkouts_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_checkouts_price_id_fkey FOREIGN KEY (price_id) REFERENCES sandbox_prices (id),
    CONSTRAINT sandbox_checkouts_status_check CHECK (status IN ('open', 'complete', 'expired'))
) STRICT;
CREATE INDEX sandbox_checkouts_reference_idx ON sandbox_checkouts (reference, created_at DESC);
CREATE INDEX sandbox_checkouts_created_at_idx ON sandbox_checkouts (created_at DESC, id DESC);
CREATE INDEX sandbox_checkouts_price_id_idx ON sandbox_checkouts (price_id);
CREATE INDEX sandbox_checkouts_expires_at_idx ON sandbox_checkouts (expires_at) WHERE status = 'open';

-- settles_at is when money that is on its way is there, or is known not to come (settles_as).
CREATE TABLE sandbox_payments (
    id TEXT NOT NULL,
    checkout_id TEXT,
    reference TEXT,
    subscription_id TEXT,
    invoice_id TEXT,
    customer_id TEXT NOT NULL,
    customer_email TEXT,
    description TEXT NOT NULL,
    amount INTEGER NOT NULL,
    amount_refunded INTEGER NOT NULL DEFAULT 0,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    failure_code TEXT,
    delivery TEXT NOT NULL,
    settles_at TEXT,
    settles_as TEXT,
    paid_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT sandbox_payments_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_payments_amount_check CHECK (amount > 0),
    CONSTRAINT sandbox_payments_amount_refunded_check CHECK (amount_refunded BETWEEN 0 AND amount),
    CONSTRAINT sandbox_payments_status_check CHECK (status IN ('requires_action', 'processing', 'succeeded', 'failed', 'canceled'))
) STRICT;
CREATE INDEX sandbox_payments_created_at_idx ON sandbox_payments (created_at DESC, id DESC);
CREATE INDEX sandbox_payments_customer_id_idx ON sandbox_payments (customer_id, created_at DESC, id DESC);
CREATE INDEX sandbox_payments_settles_at_idx ON sandbox_payments (settles_at) WHERE settles_at IS NOT NULL;

CREATE TABLE sandbox_refunds (
    id TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    reference TEXT,
    amount INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT sandbox_refunds_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES sandbox_payments (id),
    CONSTRAINT sandbox_refunds_amount_check CHECK (amount > 0)
) STRICT;
CREATE INDEX sandbox_refunds_payment_id_idx ON sandbox_refunds (payment_id, created_at, id);

CREATE TABLE sandbox_disputes (
    id TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    amount_withdrawn INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    due_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT sandbox_disputes_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_disputes_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES sandbox_payments (id),
    CONSTRAINT sandbox_disputes_status_check CHECK (status IN ('needs_response', 'won', 'lost'))
) STRICT;
CREATE UNIQUE INDEX sandbox_disputes_payment_id_key ON sandbox_disputes (payment_id);

-- balance is what changes have left over (negative) or to be paid (positive) with the next invoice. card_fails is what the
-- portal says about the customer's card. next_at is when something happens by itself.
CREATE TABLE sandbox_subscriptions (
    id TEXT NOT NULL,
    reference TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    customer_email TEXT,
    price_id TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    status TEXT NOT NULL,
    card_fails INTEGER NOT NULL DEFAULT 0,
    balance INTEGER NOT NULL DEFAULT 0,
    delivery TEXT NOT NULL,
    current_period_start TEXT NOT NULL,
    current_period_end TEXT NOT NULL,
    trial_end TEXT,
    cancel_at TEXT,
    ended_at TEXT,
    pause_mode TEXT,
    resumes_at TEXT,
    next_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT sandbox_subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_subscriptions_price_id_fkey FOREIGN KEY (price_id) REFERENCES sandbox_prices (id),
    CONSTRAINT sandbox_subscriptions_quantity_check CHECK (quantity >= 1),
    CONSTRAINT sandbox_subscriptions_pause_mode_check CHECK (pause_mode IN ('free', 'void')),
    CONSTRAINT sandbox_subscriptions_status_check CHECK (status IN ('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'canceled'))
) STRICT;
CREATE INDEX sandbox_subscriptions_customer_id_idx ON sandbox_subscriptions (customer_id, created_at DESC, id DESC);
CREATE INDEX sandbox_subscriptions_created_at_idx ON sandbox_subscriptions (created_at DESC, id DESC);
CREATE INDEX sandbox_subscriptions_price_id_idx ON sandbox_subscriptions (price_id);
CREATE INDEX sandbox_subscriptions_next_at_idx ON sandbox_subscriptions (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE sandbox_invoices (
    id TEXT NOT NULL,
    subscription_id TEXT NOT NULL,
    payment_id TEXT,
    status TEXT NOT NULL,
    billing_reason TEXT NOT NULL,
    total INTEGER NOT NULL,
    amount_paid INTEGER NOT NULL,
    currency TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at TEXT,
    period_start TEXT NOT NULL,
    period_end TEXT NOT NULL,
    paid_at TEXT,
    created_at TEXT NOT NULL,
    CONSTRAINT sandbox_invoices_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_invoices_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES sandbox_subscriptions (id),
    CONSTRAINT sandbox_invoices_status_check CHECK (status IN ('open', 'paid', 'uncollectible'))
) STRICT;
CREATE INDEX sandbox_invoices_subscription_id_idx ON sandbox_invoices (subscription_id, period_start DESC, created_at DESC, id DESC);

-- A page of a customer, for an hour.
CREATE TABLE sandbox_portals (
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    return_url TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    CONSTRAINT sandbox_portals_pkey PRIMARY KEY (id)
) STRICT;
CREATE INDEX sandbox_portals_expires_at_idx ON sandbox_portals (expires_at);

-- What happened, and whether anybody took it. An event whose delivery is lost is told by the list alone.
CREATE TABLE sandbox_events (
    id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    reference TEXT,
    delivery TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    delivered_at TEXT,
    created_at TEXT NOT NULL,
    CONSTRAINT sandbox_events_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_events_delivery_check CHECK (delivery IN ('normal', 'lost', 'twice', 'reordered', 'late'))
) STRICT;
CREATE INDEX sandbox_events_created_at_idx ON sandbox_events (created_at, id);
