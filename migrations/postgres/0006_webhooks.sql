-- Webhooks out: events, signed and told to the servers of organizations and of the platform.

-- event_types is a JSON list; an empty one is every type. place keeps an owner's endpoints to as many as there are places.
-- failing_since is when its present trouble began. The worker is the attempt at a job that has it to itself until then.
CREATE TABLE webhook_endpoints (
    id uuid NOT NULL,
    organization_id uuid,
    place bigint NOT NULL,
    url text NOT NULL,
    description text NOT NULL DEFAULT '',
    event_types jsonb NOT NULL,
    status text NOT NULL DEFAULT 'enabled',
    failures bigint NOT NULL DEFAULT 0,
    failing_since timestamptz,
    paused_until timestamptz,
    worker_job uuid,
    worker_attempt bigint,
    worker_until timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_by uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    disabled_at timestamptz,
    disabled_reason text,
    CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_endpoints_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT webhook_endpoints_place_check CHECK (place >= 0 AND place < 20),
    CONSTRAINT webhook_endpoints_status_check CHECK (status IN ('enabled', 'disabled'))
);
CREATE INDEX webhook_endpoints_organization_id_idx ON webhook_endpoints (organization_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX webhook_endpoints_place_key ON webhook_endpoints (organization_id, place) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX webhook_endpoints_platform_place_key ON webhook_endpoints (place) WHERE organization_id IS NULL;

-- An endpoint whose secret is being rotated has two for a while, and both sign.
CREATE TABLE webhook_secrets (
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    sealed_secret bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    CONSTRAINT webhook_secrets_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_secrets_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints (id) ON DELETE CASCADE
);
CREATE INDEX webhook_secrets_endpoint_id_idx ON webhook_secrets (endpoint_id, created_at DESC);

-- The exact body that is signed, once for all endpoints that hear of it. It outlives its organization, for those of the platform.
CREATE TABLE webhook_events (
    id uuid NOT NULL,
    organization_id uuid,
    event_type text NOT NULL,
    body text NOT NULL,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT webhook_events_pkey PRIMARY KEY (id)
);
CREATE INDEX webhook_events_occurred_at_idx ON webhook_events (occurred_at, id);

-- One event on its way to one endpoint; when it is sent again, a replay is another one.
CREATE TABLE webhook_deliveries (
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    attempts bigint NOT NULL DEFAULT 0,
    is_replay boolean NOT NULL DEFAULT false,
    next_attempt_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    completed_at timestamptz,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_event_id_fkey FOREIGN KEY (event_id) REFERENCES webhook_events (id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_status_check CHECK (status IN ('pending', 'succeeded', 'failed'))
);
CREATE INDEX webhook_deliveries_endpoint_id_idx ON webhook_deliveries (endpoint_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_pending_idx ON webhook_deliveries (endpoint_id, next_attempt_at, id) WHERE status = 'pending';
CREATE UNIQUE INDEX webhook_deliveries_pending_key ON webhook_deliveries (event_id, endpoint_id) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_event_id_idx ON webhook_deliveries (event_id, endpoint_id);

-- What was asked and what came back. It is written down before it is asked: one without an end was cut short.
-- status_code is null where nobody answered.
CREATE TABLE webhook_attempts (
    delivery_id uuid NOT NULL,
    attempt bigint NOT NULL,
    status_code bigint,
    error text,
    request_headers jsonb NOT NULL,
    response_headers jsonb,
    response_body text,
    duration_ms bigint,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT webhook_attempts_pkey PRIMARY KEY (delivery_id, attempt),
    CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES webhook_deliveries (id) ON DELETE CASCADE
);
