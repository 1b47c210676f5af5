-- The payment provider of development: what a real one keeps on its own servers. Nothing here points to anything of ours, and
-- nothing of ours points here. Ids are texts, as those of a provider are. Amounts are integers in the minor unit of ISO 4217.

-- What was asked for under a key, and the object that came of it: asked again, it is the same.
CREATE TABLE sandbox_requests (
    idempotency_key text NOT NULL,
    operation text NOT NULL,
    fingerprint bytea NOT NULL,
    object_id text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT sandbox_requests_pkey PRIMARY KEY (idempotency_key)
);
CREATE INDEX sandbox_requests_created_at_idx ON sandbox_requests (created_at);

CREATE TABLE sandbox_prices (
    id text NOT NULL,
    reference text NOT NULL,
    name text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    interval text NOT NULL,
    interval_count bigint NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT sandbox_prices_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_prices_interval_check CHECK (interval IN ('day', 'week', 'month', 'year'))
);

-- A page where somebody pays. price_id is null where something is paid once. delivery is how events that begin here are told.
CREATE TABLE sandbox_checkouts (
    id text NOT NULL,
    reference text NOT NULL,
    price_id text,
    quantity bigint NOT NULL,
    trial_days bigint,
    amount bigint NOT NULL,
    currency text NOT NULL,
    description text NOT NULL,
    customer_id text NOT NULL,
    customer_email text,
    success_url text NOT NULL,
    cancel_url text NOT NULL,
    status text NOT NULL,
    delivery text NOT NULL,
    payment_id text,
    subscription_id text,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT sandbox_checkouts_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_checkouts_price_id_fkey FOREIGN KEY (price_id) REFERENCES sandbox_prices (id),
    CONSTRAINT sandbox_checkouts_status_check CHECK (status IN ('open', 'complete', 'expired'))
);
CREATE INDEX sandbox_checkouts_reference_idx ON sandbox_checkouts (reference, created_at DESC);
CREATE INDEX sandbox_checkouts_created_at_idx ON sandbox_checkouts (created_at DESC, id DESC);
CREATE INDEX sandbox_checkouts_price_id_idx ON sandbox_checkouts (price_id);
CREATE INDEX sandbox_checkouts_expires_at_idx ON sandbox_checkouts (expires_at) WHERE status = 'open';

-- settles_at is when money that is on its way is there, or is known not to come (settles_as).
CREATE TABLE sandbox_payments (
    id text NOT NULL,
    checkout_id text,
    reference text,
    subscription_id text,
    invoice_id text,
    customer_id text NOT NULL,
    customer_email text,
    description text NOT NULL,
    amount bigint NOT NULL,
    amount_refunded bigint NOT NULL DEFAULT 0,
    currency text NOT NULL,
    status text NOT NULL,
    failure_code text,
    delivery text NOT NULL,
    settles_at timestamptz,
    settles_as text,
    paid_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT sandbox_payments_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_payments_amount_check CHECK (amount > 0),
    CONSTRAINT sandbox_payments_amount_refunded_check CHECK (amount_refunded BETWEEN 0 AND amount),
    CONSTRAINT sandbox_payments_status_check CHECK (status IN ('requires_action', 'processing', 'succeeded', 'failed', 'canceled'))
);
CREATE INDEX sandbox_payments_created_at_idx ON sandbox_payments (created_at DESC, id DESC);
CREATE INDEX sandbox_payments_customer_id_idx ON sandbox_payments (customer_id, created_at DESC, id DESC);
CREATE INDEX sandbox_payments_settles_at_idx ON sandbox_payments (settles_at) WHERE settles_at IS NOT NULL;

CREATE TABLE sandbox_refunds (
    id text NOT NULL,
    payment_id text NOT NULL,
    reference text,
    amount bigint NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT sandbox_refunds_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES sandbox_payments (id),
    CONSTRAINT sandbox_refunds_amount_check CHECK (amount > 0)
);
CREATE INDEX sandbox_refunds_payment_id_idx ON sandbox_refunds (payment_id, created_at, id);

CREATE TABLE sandbox_disputes (
    id text NOT NULL,
    payment_id text NOT NULL,
    amount bigint NOT NULL,
    amount_withdrawn bigint NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT sandbox_disputes_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_disputes_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES sandbox_payments (id),
    CONSTRAINT sandbox_disputes_status_check CHECK (status IN ('needs_response', 'won', 'lost'))
);
CREATE UNIQUE INDEX sandbox_disputes_payment_id_key ON sandbox_disputes (payment_id);

-- balance is what changes have left over (negative) or to be paid (positive) with the next invoice. card_fails is what the
-- portal says about the customer's card. next_at is when something happens by itself.
CREATE TABLE sandbox_subscriptions (
    id text NOT NULL,
    reference text NOT NULL,
    customer_id text NOT NULL,
    customer_email text,
    price_id text NOT NULL,
    quantity bigint NOT NULL,
    status text NOT NULL,
    card_fails boolean NOT NULL DEFAULT false,
    balance bigint NOT NULL DEFAULT 0,
    delivery text NOT NULL,
    current_period_start timestamptz NOT NULL,
    current_period_end timestamptz NOT NULL,
    trial_end timestamptz,
    cancel_at timestamptz,
    ended_at timestamptz,
    pause_mode text,
    resumes_at timestamptz,
    next_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT sandbox_subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_subscriptions_price_id_fkey FOREIGN KEY (price_id) REFERENCES sandbox_prices (id),
    CONSTRAINT sandbox_subscriptions_quantity_check CHECK (quantity >= 1),
    CONSTRAINT sandbox_subscriptions_pause_mode_check CHECK (pause_mode IN ('free', 'void')),
    CONSTRAINT sandbox_subscriptions_status_check CHECK (status IN ('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'canceled'))
);
CREATE INDEX sandbox_subscriptions_customer_id_idx ON sandbox_subscriptions (customer_id, created_at DESC, id DESC);
CREATE INDEX sandbox_subscriptions_created_at_idx ON sandbox_subscriptions (created_at DESC, id DESC);
CREATE INDEX sandbox_subscriptions_price_id_idx ON sandbox_subscriptions (price_id);
CREATE INDEX sandbox_subscriptions_next_at_idx ON sandbox_subscriptions (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE sandbox_invoices (
    id text NOT NULL,
    subscription_id text NOT NULL,
    payment_id text,
    status text NOT NULL,
    billing_reason text NOT NULL,
    total bigint NOT NULL,
    amount_paid bigint NOT NULL,
    currency text NOT NULL,
    attempts bigint NOT NULL,
    next_attempt_at timestamptz,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    paid_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT sandbox_invoices_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_invoices_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES sandbox_subscriptions (id),
    CONSTRAINT sandbox_invoices_status_check CHECK (status IN ('open', 'paid', 'uncollectible'))
);
CREATE INDEX sandbox_invoices_subscription_id_idx ON sandbox_invoices (subscription_id, period_start DESC, created_at DESC, id DESC);

-- A page of a customer, for an hour.
CREATE TABLE sandbox_portals (
    id text NOT NULL,
    customer_id text NOT NULL,
    return_url text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT sandbox_portals_pkey PRIMARY KEY (id)
);
CREATE INDEX sandbox_portals_expires_at_idx ON sandbox_portals (expires_at);

-- What happened, and whether anybody took it. An event whose delivery is lost is told by the list alone.
CREATE TABLE sandbox_events (
    id text NOT NULL,
    event_type text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    reference text,
    delivery text NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    last_error text,
    delivered_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT sandbox_events_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_events_delivery_check CHECK (delivery IN ('normal', 'lost', 'twice', 'reordered', 'late'))
);
CREATE INDEX sandbox_events_created_at_idx ON sandbox_events (created_at, id);
