-- Notifications that reach people: a stream that goes on where it broke off, who wants what where, mails that sum up.

-- Numbers the notifications of each person.
ALTER TABLE notifications ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX notifications_seq_idx ON notifications (user_id, seq);

-- Where each feed stands; updated_at is the database's clock, by which other nodes hear of it.
CREATE TABLE notification_feeds (
    user_id BLOB NOT NULL,
    last_seq INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT notification_feeds_pkey PRIMARY KEY (user_id),
    CONSTRAINT notification_feeds_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX notification_feeds_updated_at_idx ON notification_feeds (updated_at, user_id);

-- What differs from what is on by default. A row without an organization is for all of them.
CREATE TABLE notification_preferences (
    user_id BLOB NOT NULL,
    organization_id BLOB,
    category TEXT NOT NULL,
    channel TEXT NOT NULL,
    is_on INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT notification_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT notification_preferences_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT notification_preferences_channel_check CHECK (channel IN ('in_app', 'email', 'push'))
) STRICT;
CREATE UNIQUE INDEX notification_preferences_organization_key ON notification_preferences (user_id, organization_id, category, channel) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX notification_preferences_platform_key ON notification_preferences (user_id, category, channel) WHERE organization_id IS NULL;

-- The categories that programs of organizations use, for those who choose.
CREATE TABLE notification_categories (
    organization_id BLOB NOT NULL,
    category TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT notification_categories_pkey PRIMARY KEY (organization_id, category),
    CONSTRAINT notification_categories_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO notification_categories (organization_id, category, created_at)
SELECT organization_id, category, min(created_at) FROM notifications
WHERE organization_id IS NOT NULL GROUP BY organization_id, category;

-- Who gets a mail that sums up what they have not read, and when next.
CREATE TABLE notification_digests (
    user_id BLOB NOT NULL,
    frequency TEXT NOT NULL,
    hour INTEGER NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0,
    next_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT notification_digests_pkey PRIMARY KEY (user_id),
    CONSTRAINT notification_digests_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT notification_digests_frequency_check CHECK (frequency IN ('daily', 'weekly')),
    CONSTRAINT notification_digests_hour_check CHECK (hour BETWEEN 0 AND 23)
) STRICT, WITHOUT ROWID;
CREATE INDEX notification_digests_next_at_idx ON notification_digests (next_at, user_id);

-- The one key by which push services recognise who sends (RFC 8292). Browsers are bound to it.
CREATE TABLE push_keys (
    id INTEGER NOT NULL,
    sealed_private_key BLOB NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT push_keys_pkey PRIMARY KEY (id),
    CONSTRAINT push_keys_id_check CHECK (id = 1)
) STRICT;

-- Browsers that take pushed messages (RFC 8030); what they are encrypted with is sealed.
CREATE TABLE push_subscriptions (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    endpoint_hash BLOB NOT NULL,
    sealed_subscription BLOB NOT NULL,
    user_agent TEXT,
    created_at TEXT NOT NULL,
    last_used_at TEXT,
    CONSTRAINT push_subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT push_subscriptions_endpoint_hash_key UNIQUE (endpoint_hash),
    CONSTRAINT push_subscriptions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX push_subscriptions_user_id_idx ON push_subscriptions (user_id, created_at DESC, id DESC);
