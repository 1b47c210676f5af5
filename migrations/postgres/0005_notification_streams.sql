-- Notifications that reach people: a stream that goes on where it broke off, who wants what where, mails that sum up.

-- Numbers the notifications of each person.
ALTER TABLE notifications ADD COLUMN seq bigint NOT NULL DEFAULT 0;
CREATE INDEX notifications_seq_idx ON notifications (user_id, seq);

-- Where each feed stands; updated_at is the database's clock, by which other nodes hear of it.
CREATE TABLE notification_feeds (
    user_id uuid NOT NULL,
    last_seq bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT notification_feeds_pkey PRIMARY KEY (user_id),
    CONSTRAINT notification_feeds_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX notification_feeds_updated_at_idx ON notification_feeds (updated_at, user_id);

-- What differs from what is on by default. A row without an organization is for all of them.
CREATE TABLE notification_preferences (
    user_id uuid NOT NULL,
    organization_id uuid,
    category text NOT NULL,
    channel text NOT NULL,
    is_on bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT notification_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT notification_preferences_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT notification_preferences_channel_check CHECK (channel IN ('in_app', 'email', 'push'))
);
CREATE UNIQUE INDEX notification_preferences_organization_key ON notification_preferences (user_id, organization_id, category, channel) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX notification_preferences_platform_key ON notification_preferences (user_id, category, channel) WHERE organization_id IS NULL;

-- The categories that programs of organizations use, for those who choose.
CREATE TABLE notification_categories (
    organization_id uuid NOT NULL,
    category text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT notification_categories_pkey PRIMARY KEY (organization_id, category),
    CONSTRAINT notification_categories_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);
INSERT INTO notification_categories (organization_id, category, created_at)
SELECT organization_id, category, min(created_at) FROM notifications
WHERE organization_id IS NOT NULL GROUP BY organization_id, category;

-- Who gets a mail that sums up what they have not read, and when next.
CREATE TABLE notification_digests (
    user_id uuid NOT NULL,
    frequency text NOT NULL,
    hour bigint NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT notification_digests_pkey PRIMARY KEY (user_id),
    CONSTRAINT notification_digests_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT notification_digests_frequency_check CHECK (frequency IN ('daily', 'weekly')),
    CONSTRAINT notification_digests_hour_check CHECK (hour BETWEEN 0 AND 23)
);
CREATE INDEX notification_digests_next_at_idx ON notification_digests (next_at, user_id);

-- The one key by which push services recognise who sends (RFC 8292). Browsers are bound to it.
CREATE TABLE push_keys (
    id bigint NOT NULL,
    sealed_private_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT push_keys_pkey PRIMARY KEY (id),
    CONSTRAINT push_keys_id_check CHECK (id = 1)
);

-- Browsers that take pushed messages (RFC 8030); what they are encrypted with is sealed.
CREATE TABLE push_subscriptions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    endpoint_hash bytea NOT NULL,
    sealed_subscription bytea NOT NULL,
    user_agent text,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    CONSTRAINT push_subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT push_subscriptions_endpoint_hash_key UNIQUE (endpoint_hash),
    CONSTRAINT push_subscriptions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX push_subscriptions_user_id_idx ON push_subscriptions (user_id, created_at DESC, id DESC);
