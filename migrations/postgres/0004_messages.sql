-- Mail that organizations send: in their own words and from their own addresses, in batches, later, with files,
-- each with all that happened to it.

ALTER TABLE messages ALTER COLUMN template_key DROP NOT NULL;
ALTER TABLE messages ADD COLUMN batch_id uuid;
ALTER TABLE messages ADD COLUMN template_version bigint;
ALTER TABLE messages ADD COLUMN category text NOT NULL DEFAULT 'transactional';
ALTER TABLE messages ADD COLUMN sender text;
ALTER TABLE messages ADD COLUMN sender_name text;
ALTER TABLE messages ADD COLUMN reply_to text;
ALTER TABLE messages ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}';
ALTER TABLE messages ADD COLUMN created_by uuid;
ALTER TABLE messages ADD COLUMN api_key_id uuid;
ALTER TABLE messages ADD COLUMN transport text;
ALTER TABLE messages ADD COLUMN send_at timestamptz;
-- The one job that may hand the mail over, so that no two do.
ALTER TABLE messages ADD COLUMN job_id uuid;
ALTER TABLE messages DROP CONSTRAINT messages_status_check;
ALTER TABLE messages ADD CONSTRAINT messages_status_check CHECK (status IN ('scheduled', 'queued', 'sent', 'mailbox', 'failed', 'bounced', 'complained', 'suppressed', 'cancelled'));
CREATE INDEX messages_organization_id_idx ON messages (organization_id, created_at DESC, id DESC) WHERE organization_id IS NOT NULL;
CREATE INDEX messages_platform_idx ON messages (created_at DESC, id DESC) WHERE organization_id IS NULL;
CREATE INDEX messages_batch_id_idx ON messages (batch_id, id) WHERE batch_id IS NOT NULL;

-- What happened to a mail, in order of the ids. reply is what a mail server said, or why there was none.
CREATE TABLE message_events (
    message_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    attempt bigint,
    transport text,
    reply text,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT message_events_pkey PRIMARY KEY (message_id, id),
    CONSTRAINT message_events_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages (id) ON DELETE CASCADE,
    CONSTRAINT message_events_kind_check CHECK (kind IN ('scheduled', 'queued', 'deferred', 'sent', 'mailbox', 'failed', 'bounced', 'complained', 'suppressed', 'cancelled'))
);

-- Files that all mails of one request carry; deleted once none of those waits any more.
CREATE TABLE mail_attachments (
    batch_id uuid NOT NULL,
    position bigint NOT NULL,
    filename text NOT NULL,
    content_type text NOT NULL,
    size bigint NOT NULL,
    sealed_content bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT mail_attachments_pkey PRIMARY KEY (batch_id, position)
);
CREATE INDEX mail_attachments_created_at_idx ON mail_attachments (created_at);

-- Addresses that an organization has shown to be its own: its mails may be from them.
CREATE TABLE mail_senders (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    email text NOT NULL,
    email_norm text NOT NULL,
    name text,
    locale text NOT NULL,
    created_by uuid,
    created_at timestamptz NOT NULL,
    verified_at timestamptz,
    CONSTRAINT mail_senders_pkey PRIMARY KEY (id),
    CONSTRAINT mail_senders_email_norm_key UNIQUE (organization_id, email_norm),
    CONSTRAINT mail_senders_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);
-- Codes that show it are looked up by the address that they are about.
CREATE INDEX one_time_tokens_subject_id_idx ON one_time_tokens (subject_id, purpose) WHERE subject_id IS NOT NULL;

-- Addresses that get no mail: none of an organization's, or none of the platform's. The category '' is all of them.
CREATE TABLE suppressions (
    id uuid NOT NULL,
    organization_id uuid,
    email text NOT NULL,
    email_norm text NOT NULL,
    category text NOT NULL DEFAULT '',
    reason text NOT NULL,
    detail text NOT NULL DEFAULT '',
    message_id uuid,
    created_by uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT suppressions_pkey PRIMARY KEY (id),
    CONSTRAINT suppressions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT suppressions_reason_check CHECK (reason IN ('bounce', 'complaint', 'unsubscribe', 'manual'))
);
CREATE UNIQUE INDEX suppressions_organization_key ON suppressions (organization_id, email_norm, category) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX suppressions_platform_key ON suppressions (email_norm, category) WHERE organization_id IS NULL;
CREATE INDEX suppressions_organization_id_idx ON suppressions (organization_id, created_at DESC, id DESC) WHERE organization_id IS NOT NULL;
CREATE INDEX suppressions_platform_idx ON suppressions (created_at DESC, id DESC) WHERE organization_id IS NULL;

ALTER TABLE email_templates ADD COLUMN category text NOT NULL DEFAULT 'transactional';
CREATE INDEX email_templates_organization_id_idx ON email_templates (organization_id, key, locale) WHERE organization_id IS NOT NULL;
