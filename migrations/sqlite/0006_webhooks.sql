-- Webhooks out: events, signed and told to the servers of organizations and of the platform.

-- event_types is a JSON list; an empty one is every type. place keeps an owner's endpoints to as many as there are places.
-- failing_since is when its present trouble began. The worker is the attempt at a job that has it to itself until then.
CREATE TABLE webhook_endpoints (
    id BLOB NOT NULL,
    organization_id BLOB,
    place INTEGER NOT NULL,
    url TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    event_types TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'enabled',
    failures INTEGER NOT NULL DEFAULT 0,
    failing_since TEXT,
    paused_until TEXT,
    worker_job BLOB,
    worker_attempt INTEGER,
    worker_until TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    created_by BLOB,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    disabled_at TEXT,
    disabled_reason TEXT,
    CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_endpoints_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT webhook_endpoints_place_check CHECK (place >= 0 AND place < 20),
    CONSTRAINT webhook_endpoints_status_check CHECK (status IN ('enabled', 'disabled'))
) STRICT;
CREATE INDEX webhook_endpoints_organization_id_idx ON webhook_endpoints (organization_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX webhook_endpoints_place_key ON webhook_endpoints (organization_id, place) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX webhook_endpoints_platform_place_key ON webhook_endpoints (place) WHERE organization_id IS NULL;

-- An endpoint whose secret is being rotated has two for a while, and both sign.
CREATE TABLE webhook_secrets (
    id BLOB NOT NULL,
    endpoint_id BLOB NOT NULL,
    sealed_secret BLOB NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    CONSTRAINT webhook_secrets_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_secrets_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_secrets_endpoint_id_idx ON webhook_secrets (endpoint_id, created_at DESC);

-- The exact body that is signed, once for all endpoints that hear of it. It outlives its organization, for those of the platform.
CREATE TABLE webhook_events (
    id BLOB NOT NULL,
    organization_id BLOB,
    event_type TEXT NOT NULL,
    body TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    CONSTRAINT webhook_events_pkey PRIMARY KEY (id)
) STRICT;
CREATE INDEX webhook_events_occurred_at_idx ON webhook_events (occurred_at, id);

-- One event on its way to one endpoint; when it is sent again, a replay is another one.
CREATE TABLE webhook_deliveries (
    id BLOB NOT NULL,
    endpoint_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    event_type TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    is_replay INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    completed_at TEXT,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_event_id_fkey FOREIGN KEY (event_id) REFERENCES webhook_events (id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_status_check CHECK (status IN ('pending', 'succeeded', 'failed'))
) STRICT;
CREATE INDEX webhook_deliveries_endpoint_id_idx ON webhook_deliveries (endpoint_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_pending_idx ON webhook_deliveries (endpoint_id, next_attempt_at, id) WHERE status = 'pending';
CREATE UNIQUE INDEX webhook_deliveries_pending_key ON webhook_deliveries (event_id, endpoint_id) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_event_id_idx ON webhook_deliveries (event_id, endpoint_id);

-- What was asked and what came back. It is written down before it is asked: one without an end was cut short.
-- status_code is null where nobody answered.
CREATE TABLE webhook_attempts (
    delivery_id BLOB NOT NULL,
    attempt INTEGER NOT NULL,
    status_code INTEGER,
    error TEXT,
    request_headers TEXT NOT NULL,
    response_headers TEXT,
    response_body TEXT,
    duration_ms INTEGER,
    occurred_at TEXT NOT NULL,
    CONSTRAINT webhook_attempts_pkey PRIMARY KEY (delivery_id, attempt),
    CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES webhook_deliveries (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
