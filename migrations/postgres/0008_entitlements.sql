-- What organizations may use, and how much of it they have used.
-- Plans and subscriptions are copies of what the domain of billing tells by its events.

CREATE TABLE entitlement_plans (
    id uuid NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT entitlement_plans_pkey PRIMARY KEY (id)
);
CREATE INDEX entitlement_plans_key_idx ON entitlement_plans (key);

-- usage_limit is null where there is none.
CREATE TABLE entitlement_plan_features (
    plan_id uuid NOT NULL,
    feature text NOT NULL,
    usage_limit bigint,
    is_per_seat boolean NOT NULL,
    period text NOT NULL,
    CONSTRAINT entitlement_plan_features_pkey PRIMARY KEY (plan_id, feature),
    CONSTRAINT entitlement_plan_features_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES entitlement_plans (id) ON DELETE CASCADE,
    CONSTRAINT entitlement_plan_features_period_check CHECK (period IN ('billing', 'month', 'day', 'lifetime'))
);
CREATE INDEX entitlement_plan_features_feature_idx ON entitlement_plan_features (feature);

-- version is that of the last event that was heard; an older one changes nothing.
CREATE TABLE entitlement_subscriptions (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    status text NOT NULL,
    quantity bigint NOT NULL,
    current_period_start timestamptz,
    current_period_end timestamptz,
    trial_end timestamptz,
    cancel_at timestamptz,
    past_due_since timestamptz,
    pause_mode text,
    version bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT entitlement_subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT entitlement_subscriptions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);
CREATE INDEX entitlement_subscriptions_organization_id_idx ON entitlement_subscriptions (organization_id);

-- What staff decided for an organization, whatever its plan says. period is null for that of the plan.
CREATE TABLE entitlement_overrides (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    feature text NOT NULL,
    is_enabled boolean NOT NULL,
    usage_limit bigint,
    period text,
    expires_at timestamptz,
    reason text NOT NULL,
    created_by uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT entitlement_overrides_pkey PRIMARY KEY (id),
    CONSTRAINT entitlement_overrides_feature_key UNIQUE (organization_id, feature),
    CONSTRAINT entitlement_overrides_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT entitlement_overrides_usage_limit_check CHECK (usage_limit >= 0),
    CONSTRAINT entitlement_overrides_period_check CHECK (period IN ('billing', 'month', 'day', 'lifetime'))
);

-- For whom a feature is there at all: rollout_percent in a hundred, and those that are listed.
CREATE TABLE entitlement_flags (
    feature text NOT NULL,
    is_enabled boolean NOT NULL,
    rollout_percent bigint NOT NULL,
    description text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT entitlement_flags_pkey PRIMARY KEY (feature),
    CONSTRAINT entitlement_flags_rollout_percent_check CHECK (rollout_percent BETWEEN 0 AND 100)
);

CREATE TABLE entitlement_flag_organizations (
    feature text NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT entitlement_flag_organizations_pkey PRIMARY KEY (feature, organization_id),
    CONSTRAINT entitlement_flag_organizations_feature_fkey FOREIGN KEY (feature) REFERENCES entitlement_flags (feature) ON DELETE CASCADE,
    CONSTRAINT entitlement_flag_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);
CREATE INDEX entitlement_flag_organizations_organization_id_idx ON entitlement_flag_organizations (organization_id);

-- What was used in a period: used of what the plan grants, credited of credits; reserved is set aside. A new period is a
-- new row, so that nothing has to be set back. Usage is written often and points to nothing; a job forgets it with its
-- organization.
CREATE TABLE usage_counters (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    feature text NOT NULL,
    period text NOT NULL,
    period_start timestamptz NOT NULL,
    period_end timestamptz,
    used bigint NOT NULL DEFAULT 0,
    credited bigint NOT NULL DEFAULT 0,
    reserved bigint NOT NULL DEFAULT 0,
    limit_reached_at timestamptz,
    updated_at timestamptz NOT NULL,
    CONSTRAINT usage_counters_pkey PRIMARY KEY (id),
    CONSTRAINT usage_counters_period_start_key UNIQUE (organization_id, feature, period, period_start),
    CONSTRAINT usage_counters_used_check CHECK (used >= 0),
    CONSTRAINT usage_counters_credited_check CHECK (credited >= 0),
    CONSTRAINT usage_counters_reserved_check CHECK (reserved >= 0)
);
CREATE INDEX usage_counters_organization_id_idx ON usage_counters (organization_id, period_start DESC, id DESC);

-- Each once: a key that is told again changes nothing.
CREATE TABLE usage_events (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    feature text NOT NULL,
    idempotency_key text NOT NULL,
    amount bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT usage_events_pkey PRIMARY KEY (id),
    CONSTRAINT usage_events_idempotency_key_key UNIQUE (organization_id, feature, idempotency_key)
);
CREATE INDEX usage_events_organization_id_idx ON usage_events (organization_id, recorded_at DESC, id DESC);
CREATE INDEX usage_events_recorded_at_idx ON usage_events (recorded_at);

-- Set aside until it is committed, released or over. amount is from_limit of what the plan grants and the rest of the
-- credits that taken names, a JSON list of their ids and amounts.
CREATE TABLE usage_reservations (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    feature text NOT NULL,
    period text NOT NULL,
    period_start timestamptz NOT NULL,
    amount bigint NOT NULL,
    from_limit bigint NOT NULL,
    taken jsonb NOT NULL,
    status text NOT NULL,
    committed_amount bigint,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    closed_at timestamptz,
    CONSTRAINT usage_reservations_pkey PRIMARY KEY (id),
    CONSTRAINT usage_reservations_amount_check CHECK (amount > 0),
    CONSTRAINT usage_reservations_from_limit_check CHECK (from_limit BETWEEN 0 AND amount),
    CONSTRAINT usage_reservations_status_check CHECK (status IN ('open', 'committed', 'released', 'expired'))
);
CREATE INDEX usage_reservations_open_idx ON usage_reservations (organization_id, feature, expires_at) WHERE status = 'open';
CREATE INDEX usage_reservations_expires_at_idx ON usage_reservations (expires_at) WHERE status = 'open';
CREATE INDEX usage_reservations_closed_at_idx ON usage_reservations (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX usage_reservations_organization_id_idx ON usage_reservations (organization_id);

-- What is used once the limit is used up, the oldest end first.
CREATE TABLE usage_credits (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    feature text NOT NULL,
    amount bigint NOT NULL,
    remaining bigint NOT NULL,
    expires_at timestamptz,
    reason text NOT NULL,
    granted_by uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT usage_credits_pkey PRIMARY KEY (id),
    CONSTRAINT usage_credits_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT usage_credits_remaining_check CHECK (remaining BETWEEN 0 AND amount)
);
CREATE INDEX usage_credits_left_idx ON usage_credits (organization_id, feature, expires_at) WHERE remaining > 0;
CREATE INDEX usage_credits_organization_id_idx ON usage_credits (organization_id, created_at DESC, id DESC);
