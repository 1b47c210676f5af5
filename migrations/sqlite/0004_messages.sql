-- Mail that organizations send: in their own words and from their own addresses, in batches, later, with files,
-- each with all that happened to it.

-- job_id is the one job that may hand the mail over, so that no two do. SQLite changes no check, so the table is made anew.
CREATE TABLE messages_next (
    id BLOB NOT NULL,
    organization_id BLOB,
    user_id BLOB,
    template_key TEXT,
    locale TEXT NOT NULL,
    recipient TEXT NOT NULL,
    recipient_norm TEXT NOT NULL,
    subject TEXT NOT NULL,
    sealed_content BLOB,
    status TEXT NOT NULL DEFAULT 'queued',
    attempts INTEGER NOT NULL DEFAULT 0,
    last_reply TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    sent_at TEXT,
    batch_id BLOB,
    template_version INTEGER,
    category TEXT NOT NULL DEFAULT 'transactional',
    sender TEXT,
    sender_name TEXT,
    reply_to TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_by BLOB,
    api_key_id BLOB,
    transport TEXT,
    send_at TEXT,
    job_id BLOB,
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_status_check CHECK (status IN ('scheduled', 'queued', 'sent', 'mailbox', 'failed', 'bounced', 'complained', 'suppressed', 'cancelled'))
) STRICT;
INSERT INTO messages_next (id, organization_id, user_id, template_key, locale, recipient, recipient_norm, subject, sealed_content, status, attempts, last_reply, created_at, updated_at, sent_at)
    SELECT id, organization_id, user_id, template_key, locale, recipient, recipient_norm, subject, sealed_content, status, attempts, last_reply, created_at, updated_at, sent_at FROM messages;
DROP TABLE messages;
ALTER TABLE messages_next RENAME TO messages;
CREATE INDEX messages_created_at_idx ON messages (created_at DESC, id DESC);
CREATE INDEX messages_recipient_norm_idx ON messages (recipient_norm, created_at DESC, id DESC);
CREATE INDEX messages_organization_id_idx ON messages (organization_id, created_at DESC, id DESC) WHERE organization_id IS NOT NULL;
CREATE INDEX messages_platform_idx ON messages (created_at DESC, id DESC) WHERE organization_id IS NULL;
CREATE INDEX messages_batch_id_idx ON messages (batch_id, id) WHERE batch_id IS NOT NULL;

-- What happened to a mail, in order of the ids. reply is what a mail server said, or why there was none.
CREATE TABLE message_events (
    message_id BLOB NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    attempt INTEGER,
    transport TEXT,
    reply TEXT,
    occurred_at TEXT NOT NULL,
    CONSTRAINT message_events_pkey PRIMARY KEY (message_id, id),
    CONSTRAINT message_events_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages (id) ON DELETE CASCADE,
    CONSTRAINT message_events_kind_check CHECK (kind IN ('scheduled', 'queued', 'deferred', 'sent', 'mailbox', 'failed', 'bounced', 'complained', 'suppressed', 'cancelled'))
) STRICT, WITHOUT ROWID;

-- Files that all mails of one request carry; deleted once none of those waits any more.
CREATE TABLE mail_attachments (
    batch_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sealed_content BLOB NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT mail_attachments_pkey PRIMARY KEY (batch_id, position)
) STRICT;
CREATE INDEX mail_attachments_created_at_idx ON mail_attachments (created_at);

-- Addresses that an organization has shown to be its own: its mails may be from them.
CREATE TABLE mail_senders (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    email TEXT NOT NULL,
    email_norm TEXT NOT NULL,
    name TEXT,
    locale TEXT NOT NULL,
    created_by BLOB,
    created_at TEXT NOT NULL,
    verified_at TEXT,
    CONSTRAINT mail_senders_pkey PRIMARY KEY (id),
    CONSTRAINT mail_senders_email_norm_key UNIQUE (organization_id, email_norm),
    CONSTRAINT mail_senders_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
-- Codes that show it are looked up by the address that they are about.
CREATE INDEX one_time_tokens_subject_id_idx ON one_time_tokens (subject_id, purpose) WHERE subject_id IS NOT NULL;

-- Addresses that get no mail: none of an organization's, or none of the platform's. The category '' is all of them.
CREATE TABLE suppressions (
    id BLOB NOT NULL,
    organization_id BLOB,
    email TEXT NOT NULL,
    email_norm TEXT NOT NULL,
    category TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    message_id BLOB,
    created_by BLOB,
    created_at TEXT NOT NULL,
    CONSTRAINT suppressions_pkey PRIMARY KEY (id),
    CONSTRAINT suppressions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT suppressions_reason_check CHECK (reason IN ('bounce', 'complaint', 'unsubscribe', 'manual'))
) STRICT;
CREATE UNIQUE INDEX suppressions_organization_key ON suppressions (organization_id, email_norm, category) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX suppressions_platform_key ON suppressions (email_norm, category) WHERE organization_id IS NULL;
CREATE INDEX suppressions_organization_id_idx ON suppressions (organization_id, created_at DESC, id DESC) WHERE organization_id IS NOT NULL;
CREATE INDEX suppressions_platform_idx ON suppressions (created_at DESC, id DESC) WHERE organization_id IS NULL;

ALTER TABLE email_templates ADD COLUMN category TEXT NOT NULL DEFAULT 'transactional';
CREATE INDEX email_templates_organization_id_idx ON email_templates (organization_id, key, locale) WHERE organization_id IS NOT NULL;
