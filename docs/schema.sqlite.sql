CREATE TABLE activity_chains (
    chain_id BLOB NOT NULL,
    last_seq INTEGER NOT NULL,
    last_hash BLOB NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT activity_chains_pkey PRIMARY KEY (chain_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE activity_logs (
    id BLOB NOT NULL,
    organization_id BLOB,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    on_behalf_of BLOB,
    action TEXT NOT NULL,
    target_kind TEXT,
    target_id BLOB,
    outcome TEXT NOT NULL,
    data TEXT NOT NULL,
    ip TEXT,
    user_agent TEXT,
    request_id TEXT,
    occurred_at TEXT NOT NULL,
    seq INTEGER,
    prev_hash BLOB,
    hash BLOB,
    CONSTRAINT activity_logs_pkey PRIMARY KEY (id),
    CONSTRAINT activity_logs_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'system', 'anonymous')),
    CONSTRAINT activity_logs_outcome_check CHECK (outcome IN ('success', 'failure'))
) STRICT;

CREATE INDEX activity_logs_actor_id_idx ON activity_logs (actor_id, occurred_at DESC, id DESC) WHERE actor_id IS NOT NULL;

CREATE INDEX activity_logs_occurred_at_idx ON activity_logs (occurred_at DESC, id DESC);

CREATE INDEX activity_logs_organization_id_idx ON activity_logs (organization_id, occurred_at DESC, id DESC) WHERE organization_id IS NOT NULL;

CREATE UNIQUE INDEX activity_logs_platform_seq_key ON activity_logs (seq) WHERE organization_id IS NULL AND seq IS NOT NULL;

CREATE UNIQUE INDEX activity_logs_seq_key ON activity_logs (organization_id, seq) WHERE organization_id IS NOT NULL AND seq IS NOT NULL;

CREATE INDEX activity_logs_unsealed_idx ON activity_logs (occurred_at, id) WHERE hash IS NULL;

CREATE TABLE admissions (
    id BLOB NOT NULL,
    email TEXT NOT NULL,
    email_norm TEXT NOT NULL,
    created_by BLOB,
    created_at TEXT NOT NULL,
    CONSTRAINT admissions_pkey PRIMARY KEY (id),
    CONSTRAINT admissions_email_norm_key UNIQUE (email_norm),
    CONSTRAINT admissions_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX admissions_created_at_idx ON admissions (created_at DESC, id DESC);

CREATE INDEX admissions_created_by_idx ON admissions (created_by) WHERE created_by IS NOT NULL;

CREATE TABLE api_key_secrets (
    secret_hash BLOB NOT NULL,
    api_key_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    CONSTRAINT api_key_secrets_pkey PRIMARY KEY (secret_hash),
    CONSTRAINT api_key_secrets_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_secrets_api_key_id_idx ON api_key_secrets (api_key_id, created_at);

CREATE TABLE api_keys (
    id BLOB NOT NULL,
    organization_id BLOB,
    user_id BLOB,
    created_by BLOB,
    name TEXT NOT NULL,
    start TEXT NOT NULL,
    scopes TEXT NOT NULL,
    allowed_networks TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    expires_at TEXT,
    last_used_at TEXT,
    last_used_ip TEXT,
    revoked_at TEXT,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT api_keys_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT api_keys_owner_check CHECK (organization_id IS NOT NULL OR user_id IS NOT NULL),
    CONSTRAINT api_keys_name_check CHECK (length(name) BETWEEN 1 AND 100)
) STRICT, WITHOUT ROWID;

CREATE INDEX api_keys_created_by_idx ON api_keys (created_by) WHERE created_by IS NOT NULL;

CREATE INDEX api_keys_organization_id_idx ON api_keys (organization_id, created_at DESC, id DESC) WHERE organization_id IS NOT NULL;

CREATE INDEX api_keys_user_id_idx ON api_keys (user_id, created_at DESC, id DESC) WHERE user_id IS NOT NULL;

CREATE TABLE blog_posts (
    id BLOB NOT NULL,
    organization_id BLOB,
    slug TEXT NOT NULL,
    locale TEXT NOT NULL DEFAULT 'en',
    title TEXT NOT NULL,
    summary TEXT NOT NULL DEFAULT '',
    markdown TEXT NOT NULL,
    cover_image TEXT,
    tags TEXT NOT NULL,
    seo TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'draft',
    version INTEGER NOT NULL DEFAULT 1,
    author_id BLOB,
    publish_at TEXT,
    published_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT blog_posts_pkey PRIMARY KEY (id),
    CONSTRAINT blog_posts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT blog_posts_status_check CHECK (status IN ('draft', 'scheduled', 'published', 'archived'))
) STRICT;

CREATE UNIQUE INDEX blog_posts_organization_slug_key ON blog_posts (organization_id, slug, locale) WHERE organization_id IS NOT NULL;

CREATE UNIQUE INDEX blog_posts_platform_slug_key ON blog_posts (slug, locale) WHERE organization_id IS NULL;

CREATE INDEX blog_posts_published_at_idx ON blog_posts (locale, published_at DESC, id DESC) WHERE status = 'published';

CREATE TABLE content_pages (
    id BLOB NOT NULL,
    organization_id BLOB,
    slug TEXT NOT NULL,
    locale TEXT NOT NULL DEFAULT 'en',
    kind TEXT NOT NULL DEFAULT 'page',
    title TEXT NOT NULL,
    markdown TEXT NOT NULL,
    seo TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'draft',
    version INTEGER NOT NULL DEFAULT 1,
    author_id BLOB,
    publish_at TEXT,
    published_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT content_pages_pkey PRIMARY KEY (id),
    CONSTRAINT content_pages_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT content_pages_kind_check CHECK (kind IN ('page', 'legal')),
    CONSTRAINT content_pages_status_check CHECK (status IN ('draft', 'scheduled', 'published', 'archived'))
) STRICT;

CREATE UNIQUE INDEX content_pages_organization_slug_key ON content_pages (organization_id, slug, locale) WHERE organization_id IS NOT NULL;

CREATE UNIQUE INDEX content_pages_platform_slug_key ON content_pages (slug, locale) WHERE organization_id IS NULL;

CREATE TABLE dead_jobs (
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    organization_id BLOB,
    attempts INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    created_at TEXT NOT NULL,
    died_at TEXT NOT NULL,
    CONSTRAINT dead_jobs_pkey PRIMARY KEY (id)
) STRICT;

CREATE INDEX dead_jobs_died_at_idx ON dead_jobs (died_at DESC, id DESC);

CREATE TABLE disputes (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    payment_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT NOT NULL,
    amount INTEGER NOT NULL,
    amount_withdrawn INTEGER NOT NULL DEFAULT 0,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    due_at TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    synced_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT disputes_pkey PRIMARY KEY (id),
    CONSTRAINT disputes_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT disputes_status_check CHECK (status IN ('needs_response', 'under_review', 'won', 'lost', 'closed', 'needs_review'))
) STRICT;

CREATE INDEX disputes_created_at_idx ON disputes (created_at DESC, id DESC);

CREATE INDEX disputes_organization_id_idx ON disputes (organization_id, created_at DESC, id DESC);

CREATE INDEX disputes_payment_id_idx ON disputes (payment_id);

CREATE UNIQUE INDEX disputes_provider_reference_key ON disputes (provider, provider_account, provider_reference);

CREATE TABLE email_changes (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    old_email TEXT NOT NULL,
    new_email TEXT NOT NULL,
    new_email_norm TEXT NOT NULL,
    old_confirmed_at TEXT,
    new_confirmed_at TEXT,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    completed_at TEXT,
    cancelled_at TEXT,
    undone_at TEXT,
    CONSTRAINT email_changes_pkey PRIMARY KEY (id),
    CONSTRAINT email_changes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX email_changes_open_key ON email_changes (user_id) WHERE completed_at IS NULL AND cancelled_at IS NULL;

CREATE INDEX email_changes_user_id_idx ON email_changes (user_id, created_at);

CREATE TABLE email_templates (
    id BLOB NOT NULL,
    organization_id BLOB,
    key TEXT NOT NULL,
    locale TEXT NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    preheader TEXT NOT NULL DEFAULT '',
    html TEXT NOT NULL,
    text TEXT NOT NULL,
    variables TEXT NOT NULL,
    created_by BLOB,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL, category TEXT NOT NULL DEFAULT 'transactional',
    CONSTRAINT email_templates_pkey PRIMARY KEY (id),
    CONSTRAINT email_templates_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT email_templates_status_check CHECK (status IN ('draft', 'published', 'archived'))
) STRICT;

CREATE INDEX email_templates_organization_id_idx ON email_templates (organization_id, key, locale) WHERE organization_id IS NOT NULL;

CREATE UNIQUE INDEX email_templates_organization_key ON email_templates (organization_id, key, locale, version) WHERE organization_id IS NOT NULL;

CREATE UNIQUE INDEX email_templates_platform_key ON email_templates (key, locale, version) WHERE organization_id IS NULL;

CREATE TABLE entitlement_flag_organizations (
    feature TEXT NOT NULL,
    organization_id BLOB NOT NULL,
    CONSTRAINT entitlement_flag_organizations_pkey PRIMARY KEY (feature, organization_id),
    CONSTRAINT entitlement_flag_organizations_feature_fkey FOREIGN KEY (feature) REFERENCES entitlement_flags (feature) ON DELETE CASCADE,
    CONSTRAINT entitlement_flag_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX entitlement_flag_organizations_organization_id_idx ON entitlement_flag_organizations (organization_id);

CREATE TABLE entitlement_flags (
    feature TEXT NOT NULL,
    is_enabled INTEGER NOT NULL,
    rollout_percent INTEGER NOT NULL,
    description TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT entitlement_flags_pkey PRIMARY KEY (feature),
    CONSTRAINT entitlement_flags_rollout_percent_check CHECK (rollout_percent BETWEEN 0 AND 100)
) STRICT, WITHOUT ROWID;

CREATE TABLE entitlement_overrides (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    feature TEXT NOT NULL,
    is_enabled INTEGER NOT NULL,
    usage_limit INTEGER,
    period TEXT,
    expires_at TEXT,
    reason TEXT NOT NULL,
    created_by BLOB,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT entitlement_overrides_pkey PRIMARY KEY (id),
    CONSTRAINT entitlement_overrides_feature_key UNIQUE (organization_id, feature),
    CONSTRAINT entitlement_overrides_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT entitlement_overrides_usage_limit_check CHECK (usage_limit >= 0),
    CONSTRAINT entitlement_overrides_period_check CHECK (period IN ('billing', 'month', 'day', 'lifetime'))
) STRICT, WITHOUT ROWID;

CREATE TABLE entitlement_plan_features (
    plan_id BLOB NOT NULL,
    feature TEXT NOT NULL,
    usage_limit INTEGER,
    is_per_seat INTEGER NOT NULL,
    period TEXT NOT NULL,
    CONSTRAINT entitlement_plan_features_pkey PRIMARY KEY (plan_id, feature),
    CONSTRAINT entitlement_plan_features_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES entitlement_plans (id) ON DELETE CASCADE,
    CONSTRAINT entitlement_plan_features_period_check CHECK (period IN ('billing', 'month', 'day', 'lifetime'))
) STRICT, WITHOUT ROWID;

CREATE INDEX entitlement_plan_features_feature_idx ON entitlement_plan_features (feature);

CREATE TABLE entitlement_plans (
    id BLOB NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT entitlement_plans_pkey PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX entitlement_plans_key_idx ON entitlement_plans (key);

CREATE TABLE entitlement_subscriptions (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    plan_id BLOB NOT NULL,
    status TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    current_period_start TEXT,
    current_period_end TEXT,
    trial_end TEXT,
    cancel_at TEXT,
    past_due_since TEXT,
    pause_mode TEXT,
    version INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT entitlement_subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT entitlement_subscriptions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX entitlement_subscriptions_organization_id_idx ON entitlement_subscriptions (organization_id);

CREATE TABLE idempotency_keys (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    sealed_result BLOB,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key),
    CONSTRAINT idempotency_keys_key_check CHECK (length(key) BETWEEN 1 AND 255)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);

CREATE TABLE invites (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    email TEXT,
    email_norm TEXT,
    email_domain TEXT,
    role_id BLOB NOT NULL,
    token_hash BLOB NOT NULL,
    max_uses INTEGER NOT NULL DEFAULT 1,
    uses INTEGER NOT NULL DEFAULT 0,
    invited_by BLOB,
    sent_count INTEGER NOT NULL DEFAULT 0,
    last_sent_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    accepted_at TEXT,
    accepted_by BLOB,
    declined_at TEXT,
    revoked_at TEXT,
    revoked_by BLOB,
    CONSTRAINT invites_pkey PRIMARY KEY (id),
    CONSTRAINT invites_token_hash_key UNIQUE (token_hash),
    CONSTRAINT invites_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT invites_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id),
    CONSTRAINT invites_uses_check CHECK (uses BETWEEN 0 AND max_uses)
) STRICT, WITHOUT ROWID;

CREATE INDEX invites_email_norm_idx ON invites (email_norm, created_at DESC, id DESC) WHERE email_norm IS NOT NULL;

CREATE INDEX invites_organization_id_idx ON invites (organization_id, created_at DESC, id DESC);

CREATE UNIQUE INDEX invites_pending_key ON invites (organization_id, email_norm)
    WHERE email_norm IS NOT NULL AND accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL;

CREATE INDEX invites_role_id_idx ON invites (role_id);

CREATE TABLE invoice_series (
    series TEXT NOT NULL,
    last_sequence INTEGER NOT NULL,
    CONSTRAINT invoice_series_pkey PRIMARY KEY (series)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoices (
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    corrects_id BLOB,
    organization_id BLOB NOT NULL,
    subscription_id BLOB,
    payment_id BLOB,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT,
    series TEXT,
    sequence INTEGER,
    number TEXT,
    status TEXT NOT NULL,
    billing_reason TEXT,
    subtotal INTEGER NOT NULL,
    tax_amount INTEGER NOT NULL,
    total INTEGER NOT NULL,
    amount_paid INTEGER NOT NULL,
    currency TEXT NOT NULL,
    lines TEXT NOT NULL,
    billed_to TEXT NOT NULL,
    seller TEXT NOT NULL,
    hosted_url TEXT,
    pdf_url TEXT,
    attempts INTEGER,
    next_attempt_at TEXT,
    period_start TEXT,
    period_end TEXT,
    issued_at TEXT NOT NULL,
    paid_at TEXT,
    synced_at TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT invoices_pkey PRIMARY KEY (id),
    CONSTRAINT invoices_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscriptions (id),
    CONSTRAINT invoices_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT invoices_corrects_id_fkey FOREIGN KEY (corrects_id) REFERENCES invoices (id),
    CONSTRAINT invoices_kind_check CHECK (kind IN ('invoice', 'receipt', 'credit_note')),
    CONSTRAINT invoices_status_check CHECK (status IN ('draft', 'open', 'paid', 'uncollectible', 'void', 'refunded', 'needs_review'))
) STRICT;

CREATE INDEX invoices_corrects_id_idx ON invoices (corrects_id) WHERE corrects_id IS NOT NULL;

CREATE INDEX invoices_issued_at_idx ON invoices (issued_at DESC, id DESC);

CREATE INDEX invoices_organization_id_idx ON invoices (organization_id, issued_at DESC, id DESC);

CREATE INDEX invoices_payment_id_idx ON invoices (payment_id) WHERE payment_id IS NOT NULL;

CREATE UNIQUE INDEX invoices_provider_reference_key ON invoices (provider, provider_account, provider_reference) WHERE provider_reference IS NOT NULL;

CREATE UNIQUE INDEX invoices_receipt_key ON invoices (payment_id) WHERE kind = 'receipt';

CREATE UNIQUE INDEX invoices_sequence_key ON invoices (series, sequence) WHERE series IS NOT NULL;

CREATE INDEX invoices_subscription_id_idx ON invoices (subscription_id, issued_at DESC, id DESC) WHERE subscription_id IS NOT NULL;

CREATE TABLE jobs (
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    organization_id BLOB,
    priority INTEGER NOT NULL DEFAULT 0,
    run_at TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    lease_until TEXT,
    lease_owner BLOB,
    unique_key TEXT,
    last_error TEXT,
    created_at TEXT NOT NULL,
    CONSTRAINT jobs_pkey PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_leased_idx ON jobs (lease_until) WHERE lease_until IS NOT NULL;

CREATE INDEX jobs_ready_idx ON jobs (priority, run_at, id);

CREATE UNIQUE INDEX jobs_unique_key ON jobs (kind, unique_key) WHERE unique_key IS NOT NULL AND lease_until IS NULL;

CREATE TABLE known_devices (
    user_id BLOB NOT NULL,
    token_hash BLOB NOT NULL,
    created_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    CONSTRAINT known_devices_pkey PRIMARY KEY (user_id, token_hash),
    CONSTRAINT known_devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX known_devices_last_seen_at_idx ON known_devices (last_seen_at);

CREATE TABLE ledger_days (
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    day TEXT NOT NULL,
    amount INTEGER NOT NULL,
    CONSTRAINT ledger_days_pkey PRIMARY KEY (account, currency, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_entries (
    transfer_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL,
    CONSTRAINT ledger_entries_pkey PRIMARY KEY (transfer_id, position),
    CONSTRAINT ledger_entries_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES ledger_transfers (id),
    CONSTRAINT ledger_entries_amount_check CHECK (amount <> 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_transfers (
    id BLOB NOT NULL,
    effect_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    organization_id BLOB NOT NULL,
    payment_id BLOB NOT NULL,
    currency TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT ledger_transfers_pkey PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX ledger_transfers_effect_key_key ON ledger_transfers (effect_key);

CREATE INDEX ledger_transfers_occurred_at_idx ON ledger_transfers (occurred_at);

CREATE INDEX ledger_transfers_organization_id_idx ON ledger_transfers (organization_id, id DESC);

CREATE INDEX ledger_transfers_payment_id_idx ON ledger_transfers (payment_id, id);

CREATE TABLE login_failures (
    address_hash BLOB NOT NULL,
    bucket TEXT NOT NULL,
    consecutive INTEGER NOT NULL,
    next_allowed_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT login_failures_pkey PRIMARY KEY (address_hash, bucket)
) STRICT, WITHOUT ROWID;

CREATE INDEX login_failures_updated_at_idx ON login_failures (updated_at);

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

CREATE TABLE "messages" (
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

CREATE INDEX messages_batch_id_idx ON messages (batch_id, id) WHERE batch_id IS NOT NULL;

CREATE INDEX messages_created_at_idx ON messages (created_at DESC, id DESC);

CREATE INDEX messages_organization_id_idx ON messages (organization_id, created_at DESC, id DESC) WHERE organization_id IS NOT NULL;

CREATE INDEX messages_platform_idx ON messages (created_at DESC, id DESC) WHERE organization_id IS NULL;

CREATE INDEX messages_recipient_norm_idx ON messages (recipient_norm, created_at DESC, id DESC);

CREATE TABLE mfa_tickets (
    id BLOB NOT NULL,
    secret_hash BLOB NOT NULL,
    user_id BLOB NOT NULL,
    sec_epoch INTEGER NOT NULL,
    kind TEXT NOT NULL,
    method TEXT NOT NULL,
    amr TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    consumed_at TEXT,
    CONSTRAINT mfa_tickets_pkey PRIMARY KEY (id),
    CONSTRAINT mfa_tickets_secret_hash_key UNIQUE (secret_hash),
    CONSTRAINT mfa_tickets_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT mfa_tickets_kind_check CHECK (kind IN ('api', 'browser'))
) STRICT, WITHOUT ROWID;

CREATE INDEX mfa_tickets_expires_at_idx ON mfa_tickets (expires_at);

CREATE INDEX mfa_tickets_user_id_idx ON mfa_tickets (user_id);

CREATE TABLE notification_categories (
    organization_id BLOB NOT NULL,
    category TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT notification_categories_pkey PRIMARY KEY (organization_id, category),
    CONSTRAINT notification_categories_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

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

CREATE TABLE notification_feeds (
    user_id BLOB NOT NULL,
    last_seq INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT notification_feeds_pkey PRIMARY KEY (user_id),
    CONSTRAINT notification_feeds_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX notification_feeds_updated_at_idx ON notification_feeds (updated_at, user_id);

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

CREATE TABLE notifications (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    organization_id BLOB,
    category TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL DEFAULT '',
    link TEXT,
    data TEXT NOT NULL,
    created_at TEXT NOT NULL,
    read_at TEXT,
    archived_at TEXT, seq INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT notifications_pkey PRIMARY KEY (id),
    CONSTRAINT notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT notifications_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX notifications_archived_at_idx ON notifications (archived_at, id) WHERE archived_at IS NOT NULL;

CREATE INDEX notifications_archived_idx ON notifications (user_id, created_at DESC, id DESC) WHERE archived_at IS NOT NULL;

CREATE INDEX notifications_seq_idx ON notifications (user_id, seq);

CREATE INDEX notifications_unread_idx ON notifications (user_id, id) WHERE read_at IS NULL AND archived_at IS NULL;

CREATE INDEX notifications_user_id_idx ON notifications (user_id, created_at DESC, id DESC) WHERE archived_at IS NULL;

CREATE TABLE oauth_flows (
    id BLOB NOT NULL,
    state_hash BLOB NOT NULL,
    browser_hash BLOB NOT NULL,
    provider_id TEXT NOT NULL,
    issuer TEXT NOT NULL,
    sealed_secrets BLOB NOT NULL,
    redirect_uri TEXT NOT NULL,
    intent TEXT NOT NULL,
    kind TEXT NOT NULL,
    user_id BLOB,
    session_id BLOB,
    return_to TEXT,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    consumed_at TEXT,
    CONSTRAINT oauth_flows_pkey PRIMARY KEY (id),
    CONSTRAINT oauth_flows_state_hash_key UNIQUE (state_hash),
    CONSTRAINT oauth_flows_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT oauth_flows_intent_check CHECK (intent IN ('sign_in', 'link')),
    CONSTRAINT oauth_flows_kind_check CHECK (kind IN ('api', 'browser'))
) STRICT, WITHOUT ROWID;

CREATE INDEX oauth_flows_expires_at_idx ON oauth_flows (expires_at);

CREATE INDEX oauth_flows_user_id_idx ON oauth_flows (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE one_time_tokens (
    id BLOB NOT NULL,
    purpose TEXT NOT NULL,
    user_id BLOB,
    email_norm TEXT,
    subject_id BLOB,
    secret_hash BLOB NOT NULL,
    code_hash BLOB,
    flow_hash BLOB,
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL DEFAULT 5,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    consumed_at TEXT,
    CONSTRAINT one_time_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT one_time_tokens_secret_hash_key UNIQUE (secret_hash),
    CONSTRAINT one_time_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX one_time_tokens_email_norm_idx ON one_time_tokens (email_norm, purpose) WHERE email_norm IS NOT NULL;

CREATE INDEX one_time_tokens_expires_at_idx ON one_time_tokens (expires_at);

CREATE INDEX one_time_tokens_flow_hash_idx ON one_time_tokens (flow_hash) WHERE flow_hash IS NOT NULL;

CREATE UNIQUE INDEX one_time_tokens_open_key ON one_time_tokens (user_id, purpose) WHERE consumed_at IS NULL AND purpose <> 'email_undo';

CREATE INDEX one_time_tokens_subject_id_idx ON one_time_tokens (subject_id, purpose) WHERE subject_id IS NOT NULL;

CREATE TABLE organizations (
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    settings TEXT NOT NULL,
    seat_limit INTEGER,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL, mfa_required_from TEXT,
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_slug_key UNIQUE (slug),
    CONSTRAINT organizations_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT organizations_slug_check CHECK (length(slug) BETWEEN 1 AND 63),
    CONSTRAINT organizations_seat_limit_check CHECK (seat_limit >= 1)
) STRICT, WITHOUT ROWID;

CREATE INDEX organizations_created_at_idx ON organizations (created_at DESC, id DESC);

CREATE TABLE password_credentials (
    user_id BLOB NOT NULL,
    phc_hash TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    CONSTRAINT password_credentials_pkey PRIMARY KEY (user_id),
    CONSTRAINT password_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_cursors (
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    read_until TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT payment_cursors_pkey PRIMARY KEY (provider, provider_account)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_customers (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT NOT NULL,
    email TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT payment_customers_pkey PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX payment_customers_organization_id_key ON payment_customers (organization_id, provider, provider_account);

CREATE UNIQUE INDEX payment_customers_provider_reference_key ON payment_customers (provider, provider_account, provider_reference);

CREATE TABLE payment_drifts (
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    provider TEXT,
    provider_account TEXT,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    found_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    resolved_at TEXT,
    resolved_by BLOB,
    CONSTRAINT payment_drifts_pkey PRIMARY KEY (id)
) STRICT;

CREATE INDEX payment_drifts_found_at_idx ON payment_drifts (found_at DESC, id DESC);

CREATE UNIQUE INDEX payment_drifts_open_key ON payment_drifts (kind, subject) WHERE resolved_at IS NULL;

CREATE TABLE payment_events (
    id BLOB NOT NULL,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    event_key TEXT NOT NULL,
    event_type TEXT NOT NULL,
    object_kind TEXT,
    object_reference TEXT,
    reference TEXT,
    body BLOB,
    status TEXT NOT NULL,
    error TEXT,
    deliveries INTEGER NOT NULL DEFAULT 1,
    occurred_at TEXT,
    received_at TEXT NOT NULL,
    processed_at TEXT,
    CONSTRAINT payment_events_pkey PRIMARY KEY (id),
    CONSTRAINT payment_events_status_check CHECK (status IN ('received', 'processed', 'ignored', 'failed'))
) STRICT;

CREATE INDEX payment_events_body_idx ON payment_events (processed_at) WHERE body IS NOT NULL;

CREATE UNIQUE INDEX payment_events_event_key_key ON payment_events (provider, provider_account, event_key);

CREATE INDEX payment_events_object_idx ON payment_events (provider, provider_account, object_kind, object_reference, received_at);

CREATE INDEX payment_events_received_at_idx ON payment_events (received_at DESC, id DESC);

CREATE INDEX payment_events_status_idx ON payment_events (status, received_at DESC, id DESC);

CREATE TABLE payment_locks (
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    object TEXT NOT NULL,
    job_id BLOB NOT NULL,
    job_attempt INTEGER NOT NULL,
    held_until TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    not_before TEXT,
    CONSTRAINT payment_locks_pkey PRIMARY KEY (provider, provider_account, object)
) STRICT, WITHOUT ROWID;

CREATE TABLE payments (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    created_by BLOB,
    kind TEXT NOT NULL,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT,
    checkout_reference TEXT,
    subscription_id BLOB,
    price_id BLOB,
    quantity INTEGER NOT NULL DEFAULT 1,
    attempt INTEGER NOT NULL DEFAULT 0,
    amount INTEGER NOT NULL,
    amount_paid INTEGER NOT NULL DEFAULT 0,
    amount_refunded INTEGER NOT NULL DEFAULT 0,
    amount_disputed INTEGER NOT NULL DEFAULT 0,
    tax_amount INTEGER NOT NULL DEFAULT 0,
    fee_amount INTEGER NOT NULL DEFAULT 0,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT,
    description TEXT,
    customer_email TEXT,
    checkout_url TEXT,
    success_url TEXT,
    cancel_url TEXT,
    metadata TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    expires_at TEXT,
    synced_at TEXT,
    next_sync_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    paid_at TEXT,
    CONSTRAINT payments_pkey PRIMARY KEY (id),
    CONSTRAINT payments_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscriptions (id),
    CONSTRAINT payments_kind_check CHECK (kind IN ('one_off', 'subscription')),
    CONSTRAINT payments_amount_check CHECK (amount > 0),
    CONSTRAINT payments_amount_refunded_check CHECK (amount_refunded BETWEEN 0 AND amount_paid),
    CONSTRAINT payments_currency_check CHECK (length(currency) = 3),
    CONSTRAINT payments_status_check CHECK (status IN ('pending', 'requires_action', 'processing', 'succeeded', 'failed', 'canceled', 'expired', 'refunded', 'partially_refunded', 'disputed', 'needs_review'))
) STRICT;

CREATE UNIQUE INDEX payments_checkout_reference_key ON payments (provider, provider_account, checkout_reference) WHERE checkout_reference IS NOT NULL;

CREATE INDEX payments_created_at_idx ON payments (created_at DESC, id DESC);

CREATE INDEX payments_next_sync_at_idx ON payments (next_sync_at) WHERE next_sync_at IS NOT NULL;

CREATE INDEX payments_organization_id_idx ON payments (organization_id, created_at DESC, id DESC);

CREATE UNIQUE INDEX payments_provider_reference_key ON payments (provider, provider_account, provider_reference) WHERE provider_reference IS NOT NULL;

CREATE INDEX payments_review_idx ON payments (updated_at DESC, id DESC) WHERE status = 'needs_review';

CREATE INDEX payments_subscription_id_idx ON payments (subscription_id, created_at DESC, id DESC) WHERE subscription_id IS NOT NULL;

CREATE TABLE plan_price_references (
    price_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT plan_price_references_pkey PRIMARY KEY (price_id, provider, provider_account),
    CONSTRAINT plan_price_references_price_id_fkey FOREIGN KEY (price_id) REFERENCES plan_prices (id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX plan_price_references_provider_reference_key ON plan_price_references (provider, provider_account, provider_reference);

CREATE TABLE plan_prices (
    id BLOB NOT NULL,
    plan_id BLOB NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    interval TEXT,
    interval_count INTEGER NOT NULL DEFAULT 1,
    is_active INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT plan_prices_pkey PRIMARY KEY (id),
    CONSTRAINT plan_prices_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans (id),
    CONSTRAINT plan_prices_amount_check CHECK (amount >= 0),
    CONSTRAINT plan_prices_interval_check CHECK (interval IN ('day', 'week', 'month', 'year')),
    CONSTRAINT plan_prices_interval_count_check CHECK (interval_count BETWEEN 1 AND 36)
) STRICT;

CREATE INDEX plan_prices_plan_id_idx ON plan_prices (plan_id, created_at, id);

CREATE TABLE plans (
    id BLOB NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    features TEXT NOT NULL,
    trial_days INTEGER NOT NULL DEFAULT 0,
    is_active INTEGER NOT NULL DEFAULT 1,
    is_public INTEGER NOT NULL DEFAULT 1,
    rank INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT plans_pkey PRIMARY KEY (id),
    CONSTRAINT plans_trial_days_check CHECK (trial_days BETWEEN 0 AND 730)
) STRICT;

CREATE UNIQUE INDEX plans_key_key ON plans (key);

CREATE TABLE push_keys (
    id INTEGER NOT NULL,
    sealed_private_key BLOB NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT push_keys_pkey PRIMARY KEY (id),
    CONSTRAINT push_keys_id_check CHECK (id = 1)
) STRICT;

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

CREATE TABLE rate_counters (
    key TEXT NOT NULL,
    window_ends_at TEXT NOT NULL,
    count INTEGER NOT NULL,
    CONSTRAINT rate_counters_pkey PRIMARY KEY (key)
) STRICT, WITHOUT ROWID;

CREATE INDEX rate_counters_window_ends_at_idx ON rate_counters (window_ends_at);

CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    phc_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    used_at TEXT,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, position),
    CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE refunds (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    payment_id BLOB NOT NULL,
    requested_by BLOB,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    reason TEXT,
    status TEXT NOT NULL,
    status_reason TEXT,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT,
    refunded_before INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT refunds_pkey PRIMARY KEY (id),
    CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT refunds_amount_check CHECK (amount > 0),
    CONSTRAINT refunds_status_check CHECK (status IN ('pending', 'succeeded', 'failed', 'canceled', 'needs_review'))
) STRICT;

CREATE INDEX refunds_payment_id_idx ON refunds (payment_id, created_at, id);

CREATE UNIQUE INDEX refunds_provider_reference_key ON refunds (provider, provider_account, provider_reference) WHERE provider_reference IS NOT NULL;

CREATE TABLE roles (
    id BLOB NOT NULL,
    organization_id BLOB,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    permissions TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT roles_pkey PRIMARY KEY (id),
    CONSTRAINT roles_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT roles_key_check CHECK (length(key) BETWEEN 1 AND 63),
    CONSTRAINT roles_name_check CHECK (length(name) BETWEEN 1 AND 100)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX roles_built_in_key ON roles (key) WHERE organization_id IS NULL;

CREATE UNIQUE INDEX roles_organization_id_key_key ON roles (organization_id, key) WHERE organization_id IS NOT NULL;

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

CREATE INDEX sandbox_checkouts_created_at_idx ON sandbox_checkouts (created_at DESC, id DESC);

CREATE INDEX sandbox_checkouts_expires_at_idx ON sandbox_checkouts (expires_at) WHERE status = 'open';

CREATE INDEX sandbox_checkouts_price_id_idx ON sandbox_checkouts (price_id);

CREATE INDEX sandbox_checkouts_reference_idx ON sandbox_checkouts (reference, created_at DESC);

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

CREATE TABLE sandbox_portals (
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    return_url TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    CONSTRAINT sandbox_portals_pkey PRIMARY KEY (id)
) STRICT;

CREATE INDEX sandbox_portals_expires_at_idx ON sandbox_portals (expires_at);

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

CREATE TABLE sandbox_requests (
    idempotency_key TEXT NOT NULL,
    operation TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    object_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT sandbox_requests_pkey PRIMARY KEY (idempotency_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX sandbox_requests_created_at_idx ON sandbox_requests (created_at);

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

CREATE INDEX sandbox_subscriptions_created_at_idx ON sandbox_subscriptions (created_at DESC, id DESC);

CREATE INDEX sandbox_subscriptions_customer_id_idx ON sandbox_subscriptions (customer_id, created_at DESC, id DESC);

CREATE INDEX sandbox_subscriptions_next_at_idx ON sandbox_subscriptions (next_at) WHERE next_at IS NOT NULL;

CREATE INDEX sandbox_subscriptions_price_id_idx ON sandbox_subscriptions (price_id);

CREATE TABLE schedule_ticks (
    schedule TEXT NOT NULL,
    tick TEXT NOT NULL,
    CONSTRAINT schedule_ticks_pkey PRIMARY KEY (schedule, tick)
) STRICT, WITHOUT ROWID;

CREATE TABLE schema_lock (
                id INTEGER NOT NULL, owner BLOB NOT NULL, lease_until TEXT NOT NULL,
                CONSTRAINT schema_lock_pkey PRIMARY KEY (id)) STRICT;

CREATE TABLE schema_migrations (
                number INTEGER NOT NULL, name TEXT NOT NULL, checksum BLOB NOT NULL, applied_at TEXT NOT NULL,
                CONSTRAINT schema_migrations_pkey PRIMARY KEY (number)) STRICT;

CREATE TABLE sessions (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    refresh_key BLOB NOT NULL,
    refresh_counter INTEGER NOT NULL DEFAULT 0,
    refreshed_at TEXT NOT NULL,
    token_hash BLOB,
    sec_epoch INTEGER NOT NULL,
    aal INTEGER NOT NULL DEFAULT 1,
    amr TEXT NOT NULL,
    auth_time TEXT NOT NULL,
    ip TEXT,
    user_agent TEXT,
    created_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    idle_expires_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT,
    revoke_reason TEXT, mfa_time TEXT, impersonator_id BLOB, impersonation_reason TEXT, is_read_only INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT sessions_kind_check CHECK (kind IN ('api', 'browser'))
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

CREATE INDEX sessions_impersonator_id_idx ON sessions (impersonator_id) WHERE impersonator_id IS NOT NULL;

CREATE INDEX sessions_user_id_idx ON sessions (user_id, created_at DESC, id DESC);

CREATE TABLE signing_keys (
    kid TEXT NOT NULL,
    alg TEXT NOT NULL,
    sealed_private_key BLOB NOT NULL,
    public_key BLOB NOT NULL,
    created_at TEXT NOT NULL,
    active_from TEXT NOT NULL,
    retired_at TEXT,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (kid)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX signing_keys_active_from_key ON signing_keys (active_from);

CREATE TABLE social_accounts (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    provider_id TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    email TEXT,
    created_at TEXT NOT NULL,
    last_used_at TEXT,
    CONSTRAINT social_accounts_pkey PRIMARY KEY (id),
    CONSTRAINT social_accounts_subject_key UNIQUE (provider_id, issuer, subject),
    CONSTRAINT social_accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX social_accounts_user_id_idx ON social_accounts (user_id);

CREATE TABLE spent_challenges (
    challenge_hash BLOB NOT NULL,
    expires_at TEXT NOT NULL,
    CONSTRAINT spent_challenges_pkey PRIMARY KEY (challenge_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX spent_challenges_expires_at_idx ON spent_challenges (expires_at);

CREATE TABLE subscriptions (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    plan_id BLOB NOT NULL,
    price_id BLOB NOT NULL,
    created_by BLOB,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    provider_reference TEXT,
    provider_item TEXT,
    customer_reference TEXT,
    customer_email TEXT,
    checkout_reference TEXT,
    checkout_url TEXT,
    checkout_expires_at TEXT,
    trial_days INTEGER,
    attempt INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL,
    status_reason TEXT,
    quantity INTEGER NOT NULL,
    quantity_follows_members INTEGER NOT NULL DEFAULT 0,
    pending_price_id BLOB,
    pending_quantity INTEGER,
    current_period_start TEXT,
    current_period_end TEXT,
    trial_end TEXT,
    cancel_at TEXT,
    canceled_at TEXT,
    ended_at TEXT,
    past_due_since TEXT,
    pause_mode TEXT,
    resumes_at TEXT,
    success_url TEXT,
    cancel_url TEXT,
    metadata TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    synced_at TEXT,
    next_sync_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT subscriptions_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans (id),
    CONSTRAINT subscriptions_price_id_fkey FOREIGN KEY (price_id) REFERENCES plan_prices (id),
    CONSTRAINT subscriptions_quantity_check CHECK (quantity >= 1),
    CONSTRAINT subscriptions_pause_mode_check CHECK (pause_mode IN ('free', 'void')),
    CONSTRAINT subscriptions_status_check CHECK (status IN ('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled', 'expired', 'needs_review'))
) STRICT;

CREATE INDEX subscriptions_checkout_expires_at_idx ON subscriptions (checkout_expires_at) WHERE status = 'incomplete';

CREATE INDEX subscriptions_created_at_idx ON subscriptions (created_at DESC, id DESC);

CREATE UNIQUE INDEX subscriptions_live_key ON subscriptions (organization_id, plan_id) WHERE status IN ('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused');

CREATE INDEX subscriptions_next_sync_at_idx ON subscriptions (next_sync_at) WHERE next_sync_at IS NOT NULL;

CREATE INDEX subscriptions_organization_id_idx ON subscriptions (organization_id, created_at DESC, id DESC);

CREATE INDEX subscriptions_plan_id_idx ON subscriptions (plan_id);

CREATE INDEX subscriptions_price_id_idx ON subscriptions (price_id);

CREATE UNIQUE INDEX subscriptions_provider_reference_key ON subscriptions (provider, provider_account, provider_reference) WHERE provider_reference IS NOT NULL;

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

CREATE INDEX suppressions_organization_id_idx ON suppressions (organization_id, created_at DESC, id DESC) WHERE organization_id IS NOT NULL;

CREATE UNIQUE INDEX suppressions_organization_key ON suppressions (organization_id, email_norm, category) WHERE organization_id IS NOT NULL;

CREATE INDEX suppressions_platform_idx ON suppressions (created_at DESC, id DESC) WHERE organization_id IS NULL;

CREATE UNIQUE INDEX suppressions_platform_key ON suppressions (email_norm, category) WHERE organization_id IS NULL;

CREATE TABLE totp_factors (
    user_id BLOB NOT NULL,
    sealed_secret BLOB NOT NULL,
    last_step INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    confirmed_at TEXT,
    last_used_at TEXT,
    CONSTRAINT totp_factors_pkey PRIMARY KEY (user_id),
    CONSTRAINT totp_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_counters (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    feature TEXT NOT NULL,
    period TEXT NOT NULL,
    period_start TEXT NOT NULL,
    period_end TEXT,
    used INTEGER NOT NULL DEFAULT 0,
    credited INTEGER NOT NULL DEFAULT 0,
    reserved INTEGER NOT NULL DEFAULT 0,
    limit_reached_at TEXT,
    updated_at TEXT NOT NULL,
    CONSTRAINT usage_counters_pkey PRIMARY KEY (id),
    CONSTRAINT usage_counters_period_start_key UNIQUE (organization_id, feature, period, period_start),
    CONSTRAINT usage_counters_used_check CHECK (used >= 0),
    CONSTRAINT usage_counters_credited_check CHECK (credited >= 0),
    CONSTRAINT usage_counters_reserved_check CHECK (reserved >= 0)
) STRICT;

CREATE INDEX usage_counters_organization_id_idx ON usage_counters (organization_id, period_start DESC, id DESC);

CREATE TABLE usage_credits (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    feature TEXT NOT NULL,
    amount INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    expires_at TEXT,
    reason TEXT NOT NULL,
    granted_by BLOB,
    created_at TEXT NOT NULL,
    CONSTRAINT usage_credits_pkey PRIMARY KEY (id),
    CONSTRAINT usage_credits_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT usage_credits_remaining_check CHECK (remaining BETWEEN 0 AND amount)
) STRICT;

CREATE INDEX usage_credits_left_idx ON usage_credits (organization_id, feature, expires_at) WHERE remaining > 0;

CREATE INDEX usage_credits_organization_id_idx ON usage_credits (organization_id, created_at DESC, id DESC);

CREATE TABLE usage_events (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    feature TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    amount INTEGER NOT NULL,
    occurred_at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    CONSTRAINT usage_events_pkey PRIMARY KEY (id),
    CONSTRAINT usage_events_idempotency_key_key UNIQUE (organization_id, feature, idempotency_key)
) STRICT;

CREATE INDEX usage_events_organization_id_idx ON usage_events (organization_id, recorded_at DESC, id DESC);

CREATE INDEX usage_events_recorded_at_idx ON usage_events (recorded_at);

CREATE TABLE usage_reservations (
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    feature TEXT NOT NULL,
    period TEXT NOT NULL,
    period_start TEXT NOT NULL,
    amount INTEGER NOT NULL,
    from_limit INTEGER NOT NULL,
    taken TEXT NOT NULL,
    status TEXT NOT NULL,
    committed_amount INTEGER,
    expires_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    closed_at TEXT,
    CONSTRAINT usage_reservations_pkey PRIMARY KEY (id),
    CONSTRAINT usage_reservations_amount_check CHECK (amount > 0),
    CONSTRAINT usage_reservations_from_limit_check CHECK (from_limit BETWEEN 0 AND amount),
    CONSTRAINT usage_reservations_status_check CHECK (status IN ('open', 'committed', 'released', 'expired'))
) STRICT;

CREATE INDEX usage_reservations_closed_at_idx ON usage_reservations (closed_at) WHERE closed_at IS NOT NULL;

CREATE INDEX usage_reservations_expires_at_idx ON usage_reservations (expires_at) WHERE status = 'open';

CREATE INDEX usage_reservations_open_idx ON usage_reservations (organization_id, feature, expires_at) WHERE status = 'open';

CREATE INDEX usage_reservations_organization_id_idx ON usage_reservations (organization_id);

CREATE TABLE user_data (
    id BLOB NOT NULL,
    user_id BLOB,
    organization_id BLOB,
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT user_data_pkey PRIMARY KEY (id),
    CONSTRAINT user_data_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT user_data_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT user_data_owner_check CHECK ((user_id IS NULL) <> (organization_id IS NULL)),
    CONSTRAINT user_data_namespace_check CHECK (length(namespace) BETWEEN 1 AND 63),
    CONSTRAINT user_data_key_check CHECK (length(key) BETWEEN 1 AND 255)
) STRICT;

CREATE UNIQUE INDEX user_data_organization_key ON user_data (organization_id, namespace, key) WHERE organization_id IS NOT NULL;

CREATE UNIQUE INDEX user_data_user_key ON user_data (user_id, namespace, key) WHERE user_id IS NOT NULL;

CREATE TABLE user_import_errors (
    import_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    pointer TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    CONSTRAINT user_import_errors_pkey PRIMARY KEY (import_id, position),
    CONSTRAINT user_import_errors_import_id_fkey FOREIGN KEY (import_id) REFERENCES user_imports (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE user_import_rows (
    import_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    address_hash BLOB NOT NULL,
    sealed_row BLOB NOT NULL,
    CONSTRAINT user_import_rows_pkey PRIMARY KEY (import_id, position),
    CONSTRAINT user_import_rows_import_id_fkey FOREIGN KEY (import_id) REFERENCES user_imports (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX user_import_rows_address_hash_idx ON user_import_rows (import_id, address_hash, position);

CREATE TABLE user_imports (
    id BLOB NOT NULL,
    status TEXT NOT NULL DEFAULT 'open',
    is_dry_run INTEGER NOT NULL,
    rows_total INTEGER NOT NULL DEFAULT 0,
    rows_done INTEGER NOT NULL DEFAULT 0,
    rows_created INTEGER NOT NULL DEFAULT 0,
    rows_failed INTEGER NOT NULL DEFAULT 0,
    sealed_firebase BLOB,
    created_by BLOB,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    CONSTRAINT user_imports_pkey PRIMARY KEY (id),
    CONSTRAINT user_imports_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT user_imports_status_check CHECK (status IN ('open', 'running', 'done', 'cancelled'))
) STRICT, WITHOUT ROWID;

CREATE INDEX user_imports_created_at_idx ON user_imports (created_at DESC, id DESC);

CREATE INDEX user_imports_created_by_idx ON user_imports (created_by) WHERE created_by IS NOT NULL;

CREATE TABLE user_org (
    organization_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    joined_at TEXT NOT NULL,
    CONSTRAINT user_org_pkey PRIMARY KEY (organization_id, user_id),
    CONSTRAINT user_org_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT user_org_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX user_org_joined_at_idx ON user_org (organization_id, joined_at, user_id);

CREATE INDEX user_org_user_id_idx ON user_org (user_id, joined_at DESC, organization_id DESC);

CREATE TABLE user_role (
    organization_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    role_id BLOB NOT NULL,
    granted_at TEXT NOT NULL,
    granted_by BLOB,
    CONSTRAINT user_role_pkey PRIMARY KEY (organization_id, user_id, role_id),
    CONSTRAINT user_role_member_fkey FOREIGN KEY (organization_id, user_id) REFERENCES user_org (organization_id, user_id) ON DELETE CASCADE,
    CONSTRAINT user_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_role_role_id_idx ON user_role (role_id, organization_id, user_id);

CREATE TABLE user_settings (
    user_id BLOB NOT NULL,
    time_zone TEXT NOT NULL DEFAULT 'UTC',
    theme TEXT NOT NULL DEFAULT 'system',
    notifications TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    updated_at TEXT NOT NULL,
    CONSTRAINT user_settings_pkey PRIMARY KEY (user_id),
    CONSTRAINT user_settings_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT user_settings_theme_check CHECK (theme IN ('system', 'light', 'dark'))
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id BLOB NOT NULL,
    email TEXT NOT NULL,
    email_norm TEXT NOT NULL,
    email_verified_at TEXT,
    name TEXT,
    name_norm TEXT,
    locale TEXT NOT NULL DEFAULT 'en',
    status TEXT NOT NULL DEFAULT 'active',
    platform_role TEXT,
    sec_epoch INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_norm_key UNIQUE (email_norm),
    CONSTRAINT users_email_check CHECK (length(email) <= 254 AND length(email_norm) <= 254),
    CONSTRAINT users_name_check CHECK (length(name) <= 200),
    CONSTRAINT users_status_check CHECK (status IN ('active', 'suspended')),
    CONSTRAINT users_platform_role_check CHECK (platform_role IN ('owner', 'admin', 'support'))
) STRICT, WITHOUT ROWID;

CREATE INDEX users_created_at_idx ON users (created_at DESC, id DESC);

CREATE INDEX users_name_norm_idx ON users (name_norm, id);

CREATE INDEX users_platform_role_idx ON users (platform_role, created_at DESC, id DESC) WHERE platform_role IS NOT NULL;

CREATE INDEX users_status_idx ON users (status, created_at DESC, id DESC);

CREATE TABLE waitlist_entries (
    id BLOB NOT NULL,
    email TEXT NOT NULL,
    email_norm TEXT NOT NULL,
    name TEXT,
    locale TEXT NOT NULL DEFAULT 'en',
    segment TEXT,
    status TEXT NOT NULL DEFAULT 'pending',
    referral_code TEXT NOT NULL,
    referred_by BLOB,
    referrals INTEGER NOT NULL DEFAULT 0,
    confirmed_at TEXT,
    invited_at TEXT,
    joined_user_id BLOB,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT waitlist_entries_pkey PRIMARY KEY (id),
    CONSTRAINT waitlist_entries_email_norm_key UNIQUE (email_norm),
    CONSTRAINT waitlist_entries_referral_code_key UNIQUE (referral_code),
    CONSTRAINT waitlist_entries_status_check CHECK (status IN ('pending', 'confirmed', 'invited', 'joined', 'unsubscribed'))
) STRICT;

CREATE INDEX waitlist_entries_rank_idx ON waitlist_entries (status, referrals DESC, created_at, id);

CREATE TABLE webauthn_challenges (
    id BLOB NOT NULL,
    challenge_hash BLOB NOT NULL,
    ceremony TEXT NOT NULL,
    user_id BLOB,
    subject_id BLOB,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    consumed_at TEXT,
    CONSTRAINT webauthn_challenges_pkey PRIMARY KEY (id),
    CONSTRAINT webauthn_challenges_challenge_hash_key UNIQUE (challenge_hash),
    CONSTRAINT webauthn_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT webauthn_challenges_ceremony_check CHECK (ceremony IN ('registration', 'sign_in', 'second_factor', 'step_up'))
) STRICT, WITHOUT ROWID;

CREATE INDEX webauthn_challenges_expires_at_idx ON webauthn_challenges (expires_at);

CREATE INDEX webauthn_challenges_user_id_idx ON webauthn_challenges (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE webauthn_credentials (
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    credential_id BLOB NOT NULL,
    public_key BLOB NOT NULL,
    sign_count INTEGER NOT NULL,
    transports TEXT NOT NULL,
    aaguid BLOB NOT NULL,
    name TEXT NOT NULL,
    is_backed_up INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    last_used_at TEXT,
    CONSTRAINT webauthn_credentials_pkey PRIMARY KEY (id),
    CONSTRAINT webauthn_credentials_credential_id_key UNIQUE (credential_id),
    CONSTRAINT webauthn_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT webauthn_credentials_name_check CHECK (length(name) BETWEEN 1 AND 100)
) STRICT, WITHOUT ROWID;

CREATE INDEX webauthn_credentials_user_id_idx ON webauthn_credentials (user_id, created_at DESC, id DESC);

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

CREATE INDEX webhook_deliveries_event_id_idx ON webhook_deliveries (event_id, endpoint_id);

CREATE INDEX webhook_deliveries_pending_idx ON webhook_deliveries (endpoint_id, next_attempt_at, id) WHERE status = 'pending';

CREATE UNIQUE INDEX webhook_deliveries_pending_key ON webhook_deliveries (event_id, endpoint_id) WHERE status = 'pending';

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

CREATE TABLE webhook_events (
    id BLOB NOT NULL,
    organization_id BLOB,
    event_type TEXT NOT NULL,
    body TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    CONSTRAINT webhook_events_pkey PRIMARY KEY (id)
) STRICT;

CREATE INDEX webhook_events_occurred_at_idx ON webhook_events (occurred_at, id);

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
