CREATE TABLE activity_chains (
    chain_id uuid NOT NULL,
    last_seq bigint NOT NULL,
    last_hash bytea NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT activity_chains_pkey PRIMARY KEY (chain_id)
);

CREATE TABLE activity_logs (
    id uuid NOT NULL,
    organization_id uuid,
    actor_kind text NOT NULL,
    actor_id uuid,
    on_behalf_of uuid,
    action text NOT NULL,
    target_kind text,
    target_id uuid,
    outcome text NOT NULL,
    data jsonb NOT NULL,
    ip text,
    user_agent text,
    request_id text,
    occurred_at timestamp with time zone NOT NULL,
    seq bigint,
    prev_hash bytea,
    hash bytea,
    CONSTRAINT activity_logs_pkey PRIMARY KEY (id),
    CONSTRAINT activity_logs_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'api_key'::text, 'system'::text, 'anonymous'::text]))),
    CONSTRAINT activity_logs_outcome_check CHECK ((outcome = ANY (ARRAY['success'::text, 'failure'::text])))
);

CREATE INDEX activity_logs_actor_id_idx ON activity_logs USING btree (actor_id, occurred_at DESC, id DESC) WHERE (actor_id IS NOT NULL);

CREATE INDEX activity_logs_occurred_at_idx ON activity_logs USING btree (occurred_at DESC, id DESC);

CREATE INDEX activity_logs_organization_id_idx ON activity_logs USING btree (organization_id, occurred_at DESC, id DESC) WHERE (organization_id IS NOT NULL);

CREATE UNIQUE INDEX activity_logs_platform_seq_key ON activity_logs USING btree (seq) WHERE ((organization_id IS NULL) AND (seq IS NOT NULL));

CREATE UNIQUE INDEX activity_logs_seq_key ON activity_logs USING btree (organization_id, seq) WHERE ((organization_id IS NOT NULL) AND (seq IS NOT NULL));

CREATE INDEX activity_logs_unsealed_idx ON activity_logs USING btree (occurred_at, id) WHERE (hash IS NULL);

CREATE TABLE admissions (
    id uuid NOT NULL,
    email text NOT NULL,
    email_norm text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT admissions_pkey PRIMARY KEY (id),
    CONSTRAINT admissions_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL,
    CONSTRAINT admissions_email_norm_key UNIQUE (email_norm)
);

CREATE INDEX admissions_created_at_idx ON admissions USING btree (created_at DESC, id DESC);

CREATE INDEX admissions_created_by_idx ON admissions USING btree (created_by) WHERE (created_by IS NOT NULL);

CREATE TABLE api_key_secrets (
    secret_hash bytea NOT NULL,
    api_key_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT api_key_secrets_pkey PRIMARY KEY (secret_hash),
    CONSTRAINT api_key_secrets_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys(id) ON DELETE CASCADE
);

CREATE INDEX api_key_secrets_api_key_id_idx ON api_key_secrets USING btree (api_key_id, created_at);

CREATE TABLE api_keys (
    id uuid NOT NULL,
    organization_id uuid,
    user_id uuid,
    created_by uuid,
    name text NOT NULL,
    start text NOT NULL,
    scopes jsonb NOT NULL,
    allowed_networks jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    last_used_ip text,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL,
    CONSTRAINT api_keys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT api_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT api_keys_owner_check CHECK (((organization_id IS NOT NULL) OR (user_id IS NOT NULL))),
    CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX api_keys_created_by_idx ON api_keys USING btree (created_by) WHERE (created_by IS NOT NULL);

CREATE INDEX api_keys_organization_id_idx ON api_keys USING btree (organization_id, created_at DESC, id DESC) WHERE (organization_id IS NOT NULL);

CREATE INDEX api_keys_user_id_idx ON api_keys USING btree (user_id, created_at DESC, id DESC) WHERE (user_id IS NOT NULL);

CREATE TABLE blog_posts (
    id uuid NOT NULL,
    organization_id uuid,
    slug text NOT NULL,
    locale text NOT NULL DEFAULT 'en'::text,
    title text NOT NULL,
    summary text NOT NULL DEFAULT ''::text,
    markdown text NOT NULL,
    cover_image text,
    tags jsonb NOT NULL,
    seo jsonb NOT NULL,
    status text NOT NULL DEFAULT 'draft'::text,
    version bigint NOT NULL DEFAULT 1,
    author_id uuid,
    publish_at timestamp with time zone,
    published_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT blog_posts_pkey PRIMARY KEY (id),
    CONSTRAINT blog_posts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT blog_posts_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'scheduled'::text, 'published'::text, 'archived'::text])))
);

CREATE UNIQUE INDEX blog_posts_organization_slug_key ON blog_posts USING btree (organization_id, slug, locale) WHERE (organization_id IS NOT NULL);

CREATE UNIQUE INDEX blog_posts_platform_slug_key ON blog_posts USING btree (slug, locale) WHERE (organization_id IS NULL);

CREATE INDEX blog_posts_published_at_idx ON blog_posts USING btree (locale, published_at DESC, id DESC) WHERE (status = 'published'::text);

CREATE TABLE content_pages (
    id uuid NOT NULL,
    organization_id uuid,
    slug text NOT NULL,
    locale text NOT NULL DEFAULT 'en'::text,
    kind text NOT NULL DEFAULT 'page'::text,
    title text NOT NULL,
    markdown text NOT NULL,
    seo jsonb NOT NULL,
    status text NOT NULL DEFAULT 'draft'::text,
    version bigint NOT NULL DEFAULT 1,
    author_id uuid,
    publish_at timestamp with time zone,
    published_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT content_pages_pkey PRIMARY KEY (id),
    CONSTRAINT content_pages_kind_check CHECK ((kind = ANY (ARRAY['page'::text, 'legal'::text]))),
    CONSTRAINT content_pages_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT content_pages_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'scheduled'::text, 'published'::text, 'archived'::text])))
);

CREATE UNIQUE INDEX content_pages_organization_slug_key ON content_pages USING btree (organization_id, slug, locale) WHERE (organization_id IS NOT NULL);

CREATE UNIQUE INDEX content_pages_platform_slug_key ON content_pages USING btree (slug, locale) WHERE (organization_id IS NULL);

CREATE TABLE dead_jobs (
    id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    organization_id uuid,
    attempts bigint NOT NULL,
    last_error text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    died_at timestamp with time zone NOT NULL,
    CONSTRAINT dead_jobs_pkey PRIMARY KEY (id)
);

CREATE INDEX dead_jobs_died_at_idx ON dead_jobs USING btree (died_at DESC, id DESC);

CREATE TABLE disputes (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text NOT NULL,
    amount bigint NOT NULL,
    amount_withdrawn bigint NOT NULL DEFAULT 0,
    currency text NOT NULL,
    status text NOT NULL,
    reason text,
    due_at timestamp with time zone,
    version bigint NOT NULL DEFAULT 1,
    synced_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT disputes_pkey PRIMARY KEY (id),
    CONSTRAINT disputes_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments(id),
    CONSTRAINT disputes_status_check CHECK ((status = ANY (ARRAY['needs_response'::text, 'under_review'::text, 'won'::text, 'lost'::text, 'closed'::text, 'needs_review'::text])))
);

CREATE INDEX disputes_created_at_idx ON disputes USING btree (created_at DESC, id DESC);

CREATE INDEX disputes_organization_id_idx ON disputes USING btree (organization_id, created_at DESC, id DESC);

CREATE INDEX disputes_payment_id_idx ON disputes USING btree (payment_id);

CREATE UNIQUE INDEX disputes_provider_reference_key ON disputes USING btree (provider, provider_account, provider_reference);

CREATE TABLE email_changes (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    old_email text NOT NULL,
    new_email text NOT NULL,
    new_email_norm text NOT NULL,
    old_confirmed_at timestamp with time zone,
    new_confirmed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    undone_at timestamp with time zone,
    CONSTRAINT email_changes_pkey PRIMARY KEY (id),
    CONSTRAINT email_changes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX email_changes_open_key ON email_changes USING btree (user_id) WHERE ((completed_at IS NULL) AND (cancelled_at IS NULL));

CREATE INDEX email_changes_user_id_idx ON email_changes USING btree (user_id, created_at);

CREATE TABLE email_templates (
    id uuid NOT NULL,
    organization_id uuid,
    key text NOT NULL,
    locale text NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    name text NOT NULL,
    subject text NOT NULL,
    preheader text NOT NULL DEFAULT ''::text,
    html text NOT NULL,
    text text NOT NULL,
    variables jsonb NOT NULL,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    category text NOT NULL DEFAULT 'transactional'::text,
    CONSTRAINT email_templates_pkey PRIMARY KEY (id),
    CONSTRAINT email_templates_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT email_templates_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'published'::text, 'archived'::text])))
);

CREATE INDEX email_templates_organization_id_idx ON email_templates USING btree (organization_id, key, locale) WHERE (organization_id IS NOT NULL);

CREATE UNIQUE INDEX email_templates_organization_key ON email_templates USING btree (organization_id, key, locale, version) WHERE (organization_id IS NOT NULL);

CREATE UNIQUE INDEX email_templates_platform_key ON email_templates USING btree (key, locale, version) WHERE (organization_id IS NULL);

CREATE TABLE entitlement_flag_organizations (
    feature text NOT NULL,
    organization_id uuid NOT NULL,
    CONSTRAINT entitlement_flag_organizations_pkey PRIMARY KEY (feature, organization_id),
    CONSTRAINT entitlement_flag_organizations_feature_fkey FOREIGN KEY (feature) REFERENCES entitlement_flags(feature) ON DELETE CASCADE,
    CONSTRAINT entitlement_flag_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE
);

CREATE INDEX entitlement_flag_organizations_organization_id_idx ON entitlement_flag_organizations USING btree (organization_id);

CREATE TABLE entitlement_flags (
    feature text NOT NULL,
    is_enabled boolean NOT NULL,
    rollout_percent bigint NOT NULL,
    description text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT entitlement_flags_pkey PRIMARY KEY (feature),
    CONSTRAINT entitlement_flags_rollout_percent_check CHECK (((rollout_percent >= 0) AND (rollout_percent <= 100)))
);

CREATE TABLE entitlement_overrides (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    feature text NOT NULL,
    is_enabled boolean NOT NULL,
    usage_limit bigint,
    period text,
    expires_at timestamp with time zone,
    reason text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT entitlement_overrides_pkey PRIMARY KEY (id),
    CONSTRAINT entitlement_overrides_feature_key UNIQUE (organization_id, feature),
    CONSTRAINT entitlement_overrides_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT entitlement_overrides_period_check CHECK ((period = ANY (ARRAY['billing'::text, 'month'::text, 'day'::text, 'lifetime'::text]))),
    CONSTRAINT entitlement_overrides_usage_limit_check CHECK ((usage_limit >= 0))
);

CREATE TABLE entitlement_plan_features (
    plan_id uuid NOT NULL,
    feature text NOT NULL,
    usage_limit bigint,
    is_per_seat boolean NOT NULL,
    period text NOT NULL,
    CONSTRAINT entitlement_plan_features_pkey PRIMARY KEY (plan_id, feature),
    CONSTRAINT entitlement_plan_features_period_check CHECK ((period = ANY (ARRAY['billing'::text, 'month'::text, 'day'::text, 'lifetime'::text]))),
    CONSTRAINT entitlement_plan_features_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES entitlement_plans(id) ON DELETE CASCADE
);

CREATE INDEX entitlement_plan_features_feature_idx ON entitlement_plan_features USING btree (feature);

CREATE TABLE entitlement_plans (
    id uuid NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT entitlement_plans_pkey PRIMARY KEY (id)
);

CREATE INDEX entitlement_plans_key_idx ON entitlement_plans USING btree (key);

CREATE TABLE entitlement_subscriptions (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    status text NOT NULL,
    quantity bigint NOT NULL,
    current_period_start timestamp with time zone,
    current_period_end timestamp with time zone,
    trial_end timestamp with time zone,
    cancel_at timestamp with time zone,
    past_due_since timestamp with time zone,
    pause_mode text,
    version bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT entitlement_subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT entitlement_subscriptions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE
);

CREATE INDEX entitlement_subscriptions_organization_id_idx ON entitlement_subscriptions USING btree (organization_id);

CREATE TABLE idempotency_keys (
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    sealed_result bytea,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key),
    CONSTRAINT idempotency_keys_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255)))
);

CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys USING btree (expires_at);

CREATE TABLE invites (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    email text,
    email_norm text,
    email_domain text,
    role_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    max_uses bigint NOT NULL DEFAULT 1,
    uses bigint NOT NULL DEFAULT 0,
    invited_by uuid,
    sent_count bigint NOT NULL DEFAULT 0,
    last_sent_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    accepted_by uuid,
    declined_at timestamp with time zone,
    revoked_at timestamp with time zone,
    revoked_by uuid,
    CONSTRAINT invites_pkey PRIMARY KEY (id),
    CONSTRAINT invites_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT invites_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id),
    CONSTRAINT invites_token_hash_key UNIQUE (token_hash),
    CONSTRAINT invites_uses_check CHECK (((uses >= 0) AND (uses <= max_uses)))
);

CREATE INDEX invites_email_norm_idx ON invites USING btree (email_norm, created_at DESC, id DESC) WHERE (email_norm IS NOT NULL);

CREATE INDEX invites_organization_id_idx ON invites USING btree (organization_id, created_at DESC, id DESC);

CREATE UNIQUE INDEX invites_pending_key ON invites USING btree (organization_id, email_norm) WHERE ((email_norm IS NOT NULL) AND (accepted_at IS NULL) AND (declined_at IS NULL) AND (revoked_at IS NULL));

CREATE INDEX invites_role_id_idx ON invites USING btree (role_id);

CREATE TABLE invoice_series (
    series text NOT NULL,
    last_sequence bigint NOT NULL,
    CONSTRAINT invoice_series_pkey PRIMARY KEY (series)
);

CREATE TABLE invoices (
    id uuid NOT NULL,
    kind text NOT NULL,
    corrects_id uuid,
    organization_id uuid NOT NULL,
    subscription_id uuid,
    payment_id uuid,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text,
    series text,
    sequence bigint,
    number text,
    status text NOT NULL,
    billing_reason text,
    subtotal bigint NOT NULL,
    tax_amount bigint NOT NULL,
    total bigint NOT NULL,
    amount_paid bigint NOT NULL,
    currency text NOT NULL,
    lines jsonb NOT NULL,
    billed_to jsonb NOT NULL,
    seller jsonb NOT NULL,
    hosted_url text,
    pdf_url text,
    attempts bigint,
    next_attempt_at timestamp with time zone,
    period_start timestamp with time zone,
    period_end timestamp with time zone,
    issued_at timestamp with time zone NOT NULL,
    paid_at timestamp with time zone,
    synced_at timestamp with time zone,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT invoices_pkey PRIMARY KEY (id),
    CONSTRAINT invoices_corrects_id_fkey FOREIGN KEY (corrects_id) REFERENCES invoices(id),
    CONSTRAINT invoices_kind_check CHECK ((kind = ANY (ARRAY['invoice'::text, 'receipt'::text, 'credit_note'::text]))),
    CONSTRAINT invoices_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments(id),
    CONSTRAINT invoices_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'open'::text, 'paid'::text, 'uncollectible'::text, 'void'::text, 'refunded'::text, 'needs_review'::text]))),
    CONSTRAINT invoices_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscriptions(id)
);

CREATE INDEX invoices_corrects_id_idx ON invoices USING btree (corrects_id) WHERE (corrects_id IS NOT NULL);

CREATE INDEX invoices_issued_at_idx ON invoices USING btree (issued_at DESC, id DESC);

CREATE INDEX invoices_organization_id_idx ON invoices USING btree (organization_id, issued_at DESC, id DESC);

CREATE INDEX invoices_payment_id_idx ON invoices USING btree (payment_id) WHERE (payment_id IS NOT NULL);

CREATE UNIQUE INDEX invoices_provider_reference_key ON invoices USING btree (provider, provider_account, provider_reference) WHERE (provider_reference IS NOT NULL);

CREATE UNIQUE INDEX invoices_receipt_key ON invoices USING btree (payment_id) WHERE (kind = 'receipt'::text);

CREATE UNIQUE INDEX invoices_sequence_key ON invoices USING btree (series, sequence) WHERE (series IS NOT NULL);

CREATE INDEX invoices_subscription_id_idx ON invoices USING btree (subscription_id, issued_at DESC, id DESC) WHERE (subscription_id IS NOT NULL);

CREATE TABLE jobs (
    id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    organization_id uuid,
    priority bigint NOT NULL DEFAULT 0,
    run_at timestamp with time zone NOT NULL,
    attempt bigint NOT NULL DEFAULT 0,
    max_attempts bigint NOT NULL,
    lease_until timestamp with time zone,
    lease_owner uuid,
    unique_key text,
    last_error text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT jobs_pkey PRIMARY KEY (id)
);

CREATE INDEX jobs_leased_idx ON jobs USING btree (lease_until) WHERE (lease_until IS NOT NULL);

CREATE INDEX jobs_ready_idx ON jobs USING btree (priority, run_at, id);

CREATE UNIQUE INDEX jobs_unique_key ON jobs USING btree (kind, unique_key) WHERE ((unique_key IS NOT NULL) AND (lease_until IS NULL));

CREATE TABLE known_devices (
    user_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    CONSTRAINT known_devices_pkey PRIMARY KEY (user_id, token_hash),
    CONSTRAINT known_devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX known_devices_last_seen_at_idx ON known_devices USING btree (last_seen_at);

CREATE TABLE ledger_days (
    account text NOT NULL,
    currency text NOT NULL,
    day text NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT ledger_days_pkey PRIMARY KEY (account, currency, day)
);

CREATE TABLE ledger_entries (
    transfer_id uuid NOT NULL,
    "position" bigint NOT NULL,
    account text NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT ledger_entries_pkey PRIMARY KEY (transfer_id, "position"),
    CONSTRAINT ledger_entries_amount_check CHECK ((amount <> 0)),
    CONSTRAINT ledger_entries_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES ledger_transfers(id)
);

CREATE TABLE ledger_transfers (
    id uuid NOT NULL,
    effect_key text NOT NULL,
    kind text NOT NULL,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    currency text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ledger_transfers_pkey PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ledger_transfers_effect_key_key ON ledger_transfers USING btree (effect_key);

CREATE INDEX ledger_transfers_occurred_at_idx ON ledger_transfers USING btree (occurred_at);

CREATE INDEX ledger_transfers_organization_id_idx ON ledger_transfers USING btree (organization_id, id DESC);

CREATE INDEX ledger_transfers_payment_id_idx ON ledger_transfers USING btree (payment_id, id);

CREATE TABLE login_failures (
    address_hash bytea NOT NULL,
    bucket text NOT NULL,
    consecutive bigint NOT NULL,
    next_allowed_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT login_failures_pkey PRIMARY KEY (address_hash, bucket)
);

CREATE INDEX login_failures_updated_at_idx ON login_failures USING btree (updated_at);

CREATE TABLE mail_attachments (
    batch_id uuid NOT NULL,
    "position" bigint NOT NULL,
    filename text NOT NULL,
    content_type text NOT NULL,
    size bigint NOT NULL,
    sealed_content bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT mail_attachments_pkey PRIMARY KEY (batch_id, "position")
);

CREATE INDEX mail_attachments_created_at_idx ON mail_attachments USING btree (created_at);

CREATE TABLE mail_senders (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    email text NOT NULL,
    email_norm text NOT NULL,
    name text,
    locale text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    verified_at timestamp with time zone,
    CONSTRAINT mail_senders_pkey PRIMARY KEY (id),
    CONSTRAINT mail_senders_email_norm_key UNIQUE (organization_id, email_norm),
    CONSTRAINT mail_senders_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE
);

CREATE TABLE message_events (
    message_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    attempt bigint,
    transport text,
    reply text,
    occurred_at timestamp with time zone NOT NULL,
    CONSTRAINT message_events_pkey PRIMARY KEY (message_id, id),
    CONSTRAINT message_events_kind_check CHECK ((kind = ANY (ARRAY['scheduled'::text, 'queued'::text, 'deferred'::text, 'sent'::text, 'mailbox'::text, 'failed'::text, 'bounced'::text, 'complained'::text, 'suppressed'::text, 'cancelled'::text]))),
    CONSTRAINT message_events_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE
);

CREATE TABLE messages (
    id uuid NOT NULL,
    organization_id uuid,
    user_id uuid,
    template_key text,
    locale text NOT NULL,
    recipient text NOT NULL,
    recipient_norm text NOT NULL,
    subject text NOT NULL,
    sealed_content bytea,
    status text NOT NULL DEFAULT 'queued'::text,
    attempts bigint NOT NULL DEFAULT 0,
    last_reply text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    batch_id uuid,
    template_version bigint,
    category text NOT NULL DEFAULT 'transactional'::text,
    sender text,
    sender_name text,
    reply_to text,
    metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
    created_by uuid,
    api_key_id uuid,
    transport text,
    send_at timestamp with time zone,
    job_id uuid,
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_status_check CHECK ((status = ANY (ARRAY['scheduled'::text, 'queued'::text, 'sent'::text, 'mailbox'::text, 'failed'::text, 'bounced'::text, 'complained'::text, 'suppressed'::text, 'cancelled'::text])))
);

CREATE INDEX messages_batch_id_idx ON messages USING btree (batch_id, id) WHERE (batch_id IS NOT NULL);

CREATE INDEX messages_created_at_idx ON messages USING btree (created_at DESC, id DESC);

CREATE INDEX messages_organization_id_idx ON messages USING btree (organization_id, created_at DESC, id DESC) WHERE (organization_id IS NOT NULL);

CREATE INDEX messages_platform_idx ON messages USING btree (created_at DESC, id DESC) WHERE (organization_id IS NULL);

CREATE INDEX messages_recipient_norm_idx ON messages USING btree (recipient_norm, created_at DESC, id DESC);

CREATE TABLE mfa_tickets (
    id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    sec_epoch bigint NOT NULL,
    kind text NOT NULL,
    method text NOT NULL,
    amr jsonb NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    consumed_at timestamp with time zone,
    CONSTRAINT mfa_tickets_pkey PRIMARY KEY (id),
    CONSTRAINT mfa_tickets_kind_check CHECK ((kind = ANY (ARRAY['api'::text, 'browser'::text]))),
    CONSTRAINT mfa_tickets_secret_hash_key UNIQUE (secret_hash),
    CONSTRAINT mfa_tickets_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX mfa_tickets_expires_at_idx ON mfa_tickets USING btree (expires_at);

CREATE INDEX mfa_tickets_user_id_idx ON mfa_tickets USING btree (user_id);

CREATE TABLE notification_categories (
    organization_id uuid NOT NULL,
    category text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT notification_categories_pkey PRIMARY KEY (organization_id, category),
    CONSTRAINT notification_categories_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE
);

CREATE TABLE notification_digests (
    user_id uuid NOT NULL,
    frequency text NOT NULL,
    hour bigint NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0,
    next_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT notification_digests_pkey PRIMARY KEY (user_id),
    CONSTRAINT notification_digests_frequency_check CHECK ((frequency = ANY (ARRAY['daily'::text, 'weekly'::text]))),
    CONSTRAINT notification_digests_hour_check CHECK (((hour >= 0) AND (hour <= 23))),
    CONSTRAINT notification_digests_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX notification_digests_next_at_idx ON notification_digests USING btree (next_at, user_id);

CREATE TABLE notification_feeds (
    user_id uuid NOT NULL,
    last_seq bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT notification_feeds_pkey PRIMARY KEY (user_id),
    CONSTRAINT notification_feeds_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX notification_feeds_updated_at_idx ON notification_feeds USING btree (updated_at, user_id);

CREATE TABLE notification_preferences (
    user_id uuid NOT NULL,
    organization_id uuid,
    category text NOT NULL,
    channel text NOT NULL,
    is_on bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT notification_preferences_channel_check CHECK ((channel = ANY (ARRAY['in_app'::text, 'email'::text, 'push'::text]))),
    CONSTRAINT notification_preferences_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT notification_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX notification_preferences_organization_key ON notification_preferences USING btree (user_id, organization_id, category, channel) WHERE (organization_id IS NOT NULL);

CREATE UNIQUE INDEX notification_preferences_platform_key ON notification_preferences USING btree (user_id, category, channel) WHERE (organization_id IS NULL);

CREATE TABLE notifications (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    organization_id uuid,
    category text NOT NULL,
    title text NOT NULL,
    body text NOT NULL DEFAULT ''::text,
    link text,
    data jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    archived_at timestamp with time zone,
    seq bigint NOT NULL DEFAULT 0,
    CONSTRAINT notifications_pkey PRIMARY KEY (id),
    CONSTRAINT notifications_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX notifications_archived_at_idx ON notifications USING btree (archived_at, id) WHERE (archived_at IS NOT NULL);

CREATE INDEX notifications_archived_idx ON notifications USING btree (user_id, created_at DESC, id DESC) WHERE (archived_at IS NOT NULL);

CREATE INDEX notifications_seq_idx ON notifications USING btree (user_id, seq);

CREATE INDEX notifications_unread_idx ON notifications USING btree (user_id, id) WHERE ((read_at IS NULL) AND (archived_at IS NULL));

CREATE INDEX notifications_user_id_idx ON notifications USING btree (user_id, created_at DESC, id DESC) WHERE (archived_at IS NULL);

CREATE TABLE oauth_flows (
    id uuid NOT NULL,
    state_hash bytea NOT NULL,
    browser_hash bytea NOT NULL,
    provider_id text NOT NULL,
    issuer text NOT NULL,
    sealed_secrets bytea NOT NULL,
    redirect_uri text NOT NULL,
    intent text NOT NULL,
    kind text NOT NULL,
    user_id uuid,
    session_id uuid,
    return_to text,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    consumed_at timestamp with time zone,
    CONSTRAINT oauth_flows_pkey PRIMARY KEY (id),
    CONSTRAINT oauth_flows_intent_check CHECK ((intent = ANY (ARRAY['sign_in'::text, 'link'::text]))),
    CONSTRAINT oauth_flows_kind_check CHECK ((kind = ANY (ARRAY['api'::text, 'browser'::text]))),
    CONSTRAINT oauth_flows_state_hash_key UNIQUE (state_hash),
    CONSTRAINT oauth_flows_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX oauth_flows_expires_at_idx ON oauth_flows USING btree (expires_at);

CREATE INDEX oauth_flows_user_id_idx ON oauth_flows USING btree (user_id) WHERE (user_id IS NOT NULL);

CREATE TABLE one_time_tokens (
    id uuid NOT NULL,
    purpose text NOT NULL,
    user_id uuid,
    email_norm text,
    subject_id uuid,
    secret_hash bytea NOT NULL,
    code_hash bytea,
    flow_hash bytea,
    attempts bigint NOT NULL DEFAULT 0,
    max_attempts bigint NOT NULL DEFAULT 5,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    consumed_at timestamp with time zone,
    CONSTRAINT one_time_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT one_time_tokens_secret_hash_key UNIQUE (secret_hash),
    CONSTRAINT one_time_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX one_time_tokens_email_norm_idx ON one_time_tokens USING btree (email_norm, purpose) WHERE (email_norm IS NOT NULL);

CREATE INDEX one_time_tokens_expires_at_idx ON one_time_tokens USING btree (expires_at);

CREATE INDEX one_time_tokens_flow_hash_idx ON one_time_tokens USING btree (flow_hash) WHERE (flow_hash IS NOT NULL);

CREATE UNIQUE INDEX one_time_tokens_open_key ON one_time_tokens USING btree (user_id, purpose) WHERE ((consumed_at IS NULL) AND (purpose <> 'email_undo'::text));

CREATE INDEX one_time_tokens_subject_id_idx ON one_time_tokens USING btree (subject_id, purpose) WHERE (subject_id IS NOT NULL);

CREATE TABLE organizations (
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    settings jsonb NOT NULL,
    seat_limit bigint,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    mfa_required_from timestamp with time zone,
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT organizations_seat_limit_check CHECK ((seat_limit >= 1)),
    CONSTRAINT organizations_slug_check CHECK (((length(slug) >= 1) AND (length(slug) <= 63))),
    CONSTRAINT organizations_slug_key UNIQUE (slug)
);

CREATE INDEX organizations_created_at_idx ON organizations USING btree (created_at DESC, id DESC);

CREATE TABLE password_credentials (
    user_id uuid NOT NULL,
    phc_hash text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT password_credentials_pkey PRIMARY KEY (user_id),
    CONSTRAINT password_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE TABLE payment_cursors (
    provider text NOT NULL,
    provider_account text NOT NULL,
    read_until timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_cursors_pkey PRIMARY KEY (provider, provider_account)
);

CREATE TABLE payment_customers (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text NOT NULL,
    email text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_customers_pkey PRIMARY KEY (id)
);

CREATE UNIQUE INDEX payment_customers_organization_id_key ON payment_customers USING btree (organization_id, provider, provider_account);

CREATE UNIQUE INDEX payment_customers_provider_reference_key ON payment_customers USING btree (provider, provider_account, provider_reference);

CREATE TABLE payment_drifts (
    id uuid NOT NULL,
    kind text NOT NULL,
    provider text,
    provider_account text,
    subject text NOT NULL,
    detail text NOT NULL,
    found_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone,
    resolved_by uuid,
    CONSTRAINT payment_drifts_pkey PRIMARY KEY (id)
);

CREATE INDEX payment_drifts_found_at_idx ON payment_drifts USING btree (found_at DESC, id DESC);

CREATE UNIQUE INDEX payment_drifts_open_key ON payment_drifts USING btree (kind, subject) WHERE (resolved_at IS NULL);

CREATE TABLE payment_events (
    id uuid NOT NULL,
    provider text NOT NULL,
    provider_account text NOT NULL,
    event_key text NOT NULL,
    event_type text NOT NULL,
    object_kind text,
    object_reference text,
    reference text,
    body bytea,
    status text NOT NULL,
    error text,
    deliveries bigint NOT NULL DEFAULT 1,
    occurred_at timestamp with time zone,
    received_at timestamp with time zone NOT NULL,
    processed_at timestamp with time zone,
    CONSTRAINT payment_events_pkey PRIMARY KEY (id),
    CONSTRAINT payment_events_status_check CHECK ((status = ANY (ARRAY['received'::text, 'processed'::text, 'ignored'::text, 'failed'::text])))
);

CREATE INDEX payment_events_body_idx ON payment_events USING btree (processed_at) WHERE (body IS NOT NULL);

CREATE UNIQUE INDEX payment_events_event_key_key ON payment_events USING btree (provider, provider_account, event_key);

CREATE INDEX payment_events_object_idx ON payment_events USING btree (provider, provider_account, object_kind, object_reference, received_at);

CREATE INDEX payment_events_received_at_idx ON payment_events USING btree (received_at DESC, id DESC);

CREATE INDEX payment_events_status_idx ON payment_events USING btree (status, received_at DESC, id DESC);

CREATE TABLE payment_locks (
    provider text NOT NULL,
    provider_account text NOT NULL,
    object text NOT NULL,
    job_id uuid NOT NULL,
    job_attempt bigint NOT NULL,
    held_until timestamp with time zone,
    failures bigint NOT NULL DEFAULT 0,
    not_before timestamp with time zone,
    CONSTRAINT payment_locks_pkey PRIMARY KEY (provider, provider_account, object)
);

CREATE TABLE payments (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_by uuid,
    kind text NOT NULL,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text,
    checkout_reference text,
    subscription_id uuid,
    price_id uuid,
    quantity bigint NOT NULL DEFAULT 1,
    attempt bigint NOT NULL DEFAULT 0,
    amount bigint NOT NULL,
    amount_paid bigint NOT NULL DEFAULT 0,
    amount_refunded bigint NOT NULL DEFAULT 0,
    amount_disputed bigint NOT NULL DEFAULT 0,
    tax_amount bigint NOT NULL DEFAULT 0,
    fee_amount bigint NOT NULL DEFAULT 0,
    currency text NOT NULL,
    status text NOT NULL,
    status_reason text,
    description text,
    customer_email text,
    checkout_url text,
    success_url text,
    cancel_url text,
    metadata jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    expires_at timestamp with time zone,
    synced_at timestamp with time zone,
    next_sync_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    paid_at timestamp with time zone,
    CONSTRAINT payments_pkey PRIMARY KEY (id),
    CONSTRAINT payments_amount_check CHECK ((amount > 0)),
    CONSTRAINT payments_amount_refunded_check CHECK (((amount_refunded >= 0) AND (amount_refunded <= amount_paid))),
    CONSTRAINT payments_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT payments_kind_check CHECK ((kind = ANY (ARRAY['one_off'::text, 'subscription'::text]))),
    CONSTRAINT payments_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'requires_action'::text, 'processing'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text, 'expired'::text, 'refunded'::text, 'partially_refunded'::text, 'disputed'::text, 'needs_review'::text]))),
    CONSTRAINT payments_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscriptions(id)
);

CREATE UNIQUE INDEX payments_checkout_reference_key ON payments USING btree (provider, provider_account, checkout_reference) WHERE (checkout_reference IS NOT NULL);

CREATE INDEX payments_created_at_idx ON payments USING btree (created_at DESC, id DESC);

CREATE INDEX payments_next_sync_at_idx ON payments USING btree (next_sync_at) WHERE (next_sync_at IS NOT NULL);

CREATE INDEX payments_organization_id_idx ON payments USING btree (organization_id, created_at DESC, id DESC);

CREATE UNIQUE INDEX payments_provider_reference_key ON payments USING btree (provider, provider_account, provider_reference) WHERE (provider_reference IS NOT NULL);

CREATE INDEX payments_review_idx ON payments USING btree (updated_at DESC, id DESC) WHERE (status = 'needs_review'::text);

CREATE INDEX payments_subscription_id_idx ON payments USING btree (subscription_id, created_at DESC, id DESC) WHERE (subscription_id IS NOT NULL);

CREATE TABLE plan_price_references (
    price_id uuid NOT NULL,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT plan_price_references_pkey PRIMARY KEY (price_id, provider, provider_account),
    CONSTRAINT plan_price_references_price_id_fkey FOREIGN KEY (price_id) REFERENCES plan_prices(id)
);

CREATE UNIQUE INDEX plan_price_references_provider_reference_key ON plan_price_references USING btree (provider, provider_account, provider_reference);

CREATE TABLE plan_prices (
    id uuid NOT NULL,
    plan_id uuid NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    "interval" text,
    interval_count bigint NOT NULL DEFAULT 1,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT plan_prices_pkey PRIMARY KEY (id),
    CONSTRAINT plan_prices_amount_check CHECK ((amount >= 0)),
    CONSTRAINT plan_prices_interval_check CHECK (("interval" = ANY (ARRAY['day'::text, 'week'::text, 'month'::text, 'year'::text]))),
    CONSTRAINT plan_prices_interval_count_check CHECK (((interval_count >= 1) AND (interval_count <= 36))),
    CONSTRAINT plan_prices_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id)
);

CREATE INDEX plan_prices_plan_id_idx ON plan_prices USING btree (plan_id, created_at, id);

CREATE TABLE plans (
    id uuid NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    description text NOT NULL DEFAULT ''::text,
    features jsonb NOT NULL,
    trial_days bigint NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    is_public boolean NOT NULL DEFAULT true,
    rank bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT plans_pkey PRIMARY KEY (id),
    CONSTRAINT plans_trial_days_check CHECK (((trial_days >= 0) AND (trial_days <= 730)))
);

CREATE UNIQUE INDEX plans_key_key ON plans USING btree (key);

CREATE TABLE push_keys (
    id bigint NOT NULL,
    sealed_private_key bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT push_keys_pkey PRIMARY KEY (id),
    CONSTRAINT push_keys_id_check CHECK ((id = 1))
);

CREATE TABLE push_subscriptions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    endpoint_hash bytea NOT NULL,
    sealed_subscription bytea NOT NULL,
    user_agent text,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    CONSTRAINT push_subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT push_subscriptions_endpoint_hash_key UNIQUE (endpoint_hash),
    CONSTRAINT push_subscriptions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX push_subscriptions_user_id_idx ON push_subscriptions USING btree (user_id, created_at DESC, id DESC);

CREATE TABLE rate_counters (
    key text NOT NULL,
    window_ends_at timestamp with time zone NOT NULL,
    count bigint NOT NULL,
    CONSTRAINT rate_counters_pkey PRIMARY KEY (key)
);

CREATE INDEX rate_counters_window_ends_at_idx ON rate_counters USING btree (window_ends_at);

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL,
    "position" bigint NOT NULL,
    phc_hash text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, "position"),
    CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE TABLE refunds (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    requested_by uuid,
    amount bigint NOT NULL,
    currency text NOT NULL,
    reason text,
    status text NOT NULL,
    status_reason text,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text,
    refunded_before bigint NOT NULL,
    attempt bigint NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT refunds_pkey PRIMARY KEY (id),
    CONSTRAINT refunds_amount_check CHECK ((amount > 0)),
    CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments(id),
    CONSTRAINT refunds_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text, 'needs_review'::text])))
);

CREATE INDEX refunds_payment_id_idx ON refunds USING btree (payment_id, created_at, id);

CREATE UNIQUE INDEX refunds_provider_reference_key ON refunds USING btree (provider, provider_account, provider_reference) WHERE (provider_reference IS NOT NULL);

CREATE TABLE roles (
    id uuid NOT NULL,
    organization_id uuid,
    key text NOT NULL,
    name text NOT NULL,
    description text NOT NULL DEFAULT ''::text,
    permissions jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT roles_pkey PRIMARY KEY (id),
    CONSTRAINT roles_key_check CHECK (((length(key) >= 1) AND (length(key) <= 63))),
    CONSTRAINT roles_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT roles_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX roles_built_in_key ON roles USING btree (key) WHERE (organization_id IS NULL);

CREATE UNIQUE INDEX roles_organization_id_key_key ON roles USING btree (organization_id, key) WHERE (organization_id IS NOT NULL);

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
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT sandbox_checkouts_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_checkouts_price_id_fkey FOREIGN KEY (price_id) REFERENCES sandbox_prices(id),
    CONSTRAINT sandbox_checkouts_status_check CHECK ((status = ANY (ARRAY['open'::text, 'complete'::text, 'expired'::text])))
);

CREATE INDEX sandbox_checkouts_created_at_idx ON sandbox_checkouts USING btree (created_at DESC, id DESC);

CREATE INDEX sandbox_checkouts_expires_at_idx ON sandbox_checkouts USING btree (expires_at) WHERE (status = 'open'::text);

CREATE INDEX sandbox_checkouts_price_id_idx ON sandbox_checkouts USING btree (price_id);

CREATE INDEX sandbox_checkouts_reference_idx ON sandbox_checkouts USING btree (reference, created_at DESC);

CREATE TABLE sandbox_disputes (
    id text NOT NULL,
    payment_id text NOT NULL,
    amount bigint NOT NULL,
    amount_withdrawn bigint NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT sandbox_disputes_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_disputes_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES sandbox_payments(id),
    CONSTRAINT sandbox_disputes_status_check CHECK ((status = ANY (ARRAY['needs_response'::text, 'won'::text, 'lost'::text])))
);

CREATE UNIQUE INDEX sandbox_disputes_payment_id_key ON sandbox_disputes USING btree (payment_id);

CREATE TABLE sandbox_events (
    id text NOT NULL,
    event_type text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    reference text,
    delivery text NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    last_error text,
    delivered_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT sandbox_events_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_events_delivery_check CHECK ((delivery = ANY (ARRAY['normal'::text, 'lost'::text, 'twice'::text, 'reordered'::text, 'late'::text])))
);

CREATE INDEX sandbox_events_created_at_idx ON sandbox_events USING btree (created_at, id);

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
    next_attempt_at timestamp with time zone,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    paid_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT sandbox_invoices_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_invoices_status_check CHECK ((status = ANY (ARRAY['open'::text, 'paid'::text, 'uncollectible'::text]))),
    CONSTRAINT sandbox_invoices_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES sandbox_subscriptions(id)
);

CREATE INDEX sandbox_invoices_subscription_id_idx ON sandbox_invoices USING btree (subscription_id, period_start DESC, created_at DESC, id DESC);

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
    settles_at timestamp with time zone,
    settles_as text,
    paid_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT sandbox_payments_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_payments_amount_check CHECK ((amount > 0)),
    CONSTRAINT sandbox_payments_amount_refunded_check CHECK (((amount_refunded >= 0) AND (amount_refunded <= amount))),
    CONSTRAINT sandbox_payments_status_check CHECK ((status = ANY (ARRAY['requires_action'::text, 'processing'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text])))
);

CREATE INDEX sandbox_payments_created_at_idx ON sandbox_payments USING btree (created_at DESC, id DESC);

CREATE INDEX sandbox_payments_customer_id_idx ON sandbox_payments USING btree (customer_id, created_at DESC, id DESC);

CREATE INDEX sandbox_payments_settles_at_idx ON sandbox_payments USING btree (settles_at) WHERE (settles_at IS NOT NULL);

CREATE TABLE sandbox_portals (
    id text NOT NULL,
    customer_id text NOT NULL,
    return_url text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT sandbox_portals_pkey PRIMARY KEY (id)
);

CREATE INDEX sandbox_portals_expires_at_idx ON sandbox_portals USING btree (expires_at);

CREATE TABLE sandbox_prices (
    id text NOT NULL,
    reference text NOT NULL,
    name text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    "interval" text NOT NULL,
    interval_count bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT sandbox_prices_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_prices_interval_check CHECK (("interval" = ANY (ARRAY['day'::text, 'week'::text, 'month'::text, 'year'::text])))
);

CREATE TABLE sandbox_refunds (
    id text NOT NULL,
    payment_id text NOT NULL,
    reference text,
    amount bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT sandbox_refunds_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_refunds_amount_check CHECK ((amount > 0)),
    CONSTRAINT sandbox_refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES sandbox_payments(id)
);

CREATE INDEX sandbox_refunds_payment_id_idx ON sandbox_refunds USING btree (payment_id, created_at, id);

CREATE TABLE sandbox_requests (
    idempotency_key text NOT NULL,
    operation text NOT NULL,
    fingerprint bytea NOT NULL,
    object_id text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT sandbox_requests_pkey PRIMARY KEY (idempotency_key)
);

CREATE INDEX sandbox_requests_created_at_idx ON sandbox_requests USING btree (created_at);

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
    current_period_start timestamp with time zone NOT NULL,
    current_period_end timestamp with time zone NOT NULL,
    trial_end timestamp with time zone,
    cancel_at timestamp with time zone,
    ended_at timestamp with time zone,
    pause_mode text,
    resumes_at timestamp with time zone,
    next_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT sandbox_subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT sandbox_subscriptions_pause_mode_check CHECK ((pause_mode = ANY (ARRAY['free'::text, 'void'::text]))),
    CONSTRAINT sandbox_subscriptions_price_id_fkey FOREIGN KEY (price_id) REFERENCES sandbox_prices(id),
    CONSTRAINT sandbox_subscriptions_quantity_check CHECK ((quantity >= 1)),
    CONSTRAINT sandbox_subscriptions_status_check CHECK ((status = ANY (ARRAY['incomplete'::text, 'trialing'::text, 'active'::text, 'past_due'::text, 'unpaid'::text, 'canceled'::text])))
);

CREATE INDEX sandbox_subscriptions_created_at_idx ON sandbox_subscriptions USING btree (created_at DESC, id DESC);

CREATE INDEX sandbox_subscriptions_customer_id_idx ON sandbox_subscriptions USING btree (customer_id, created_at DESC, id DESC);

CREATE INDEX sandbox_subscriptions_next_at_idx ON sandbox_subscriptions USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX sandbox_subscriptions_price_id_idx ON sandbox_subscriptions USING btree (price_id);

CREATE TABLE schedule_ticks (
    schedule text NOT NULL,
    tick timestamp with time zone NOT NULL,
    CONSTRAINT schedule_ticks_pkey PRIMARY KEY (schedule, tick)
);

CREATE TABLE schema_lock (
    id bigint NOT NULL,
    owner uuid NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    CONSTRAINT schema_lock_pkey PRIMARY KEY (id)
);

CREATE TABLE schema_migrations (
    number bigint NOT NULL,
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamp with time zone NOT NULL,
    CONSTRAINT schema_migrations_pkey PRIMARY KEY (number)
);

CREATE TABLE sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    refresh_key bytea NOT NULL,
    refresh_counter bigint NOT NULL DEFAULT 0,
    refreshed_at timestamp with time zone NOT NULL,
    token_hash bytea,
    sec_epoch bigint NOT NULL,
    aal bigint NOT NULL DEFAULT 1,
    amr jsonb NOT NULL,
    auth_time timestamp with time zone NOT NULL,
    ip text,
    user_agent text,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    idle_expires_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoke_reason text,
    mfa_time timestamp with time zone,
    impersonator_id uuid,
    impersonation_reason text,
    is_read_only bigint NOT NULL DEFAULT 0,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_kind_check CHECK ((kind = ANY (ARRAY['api'::text, 'browser'::text]))),
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX sessions_expires_at_idx ON sessions USING btree (expires_at);

CREATE INDEX sessions_impersonator_id_idx ON sessions USING btree (impersonator_id) WHERE (impersonator_id IS NOT NULL);

CREATE INDEX sessions_user_id_idx ON sessions USING btree (user_id, created_at DESC, id DESC);

CREATE TABLE signing_keys (
    kid text NOT NULL,
    alg text NOT NULL,
    sealed_private_key bytea NOT NULL,
    public_key bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    active_from timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (kid)
);

CREATE UNIQUE INDEX signing_keys_active_from_key ON signing_keys USING btree (active_from);

CREATE TABLE social_accounts (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    provider_id text NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    email text,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    CONSTRAINT social_accounts_pkey PRIMARY KEY (id),
    CONSTRAINT social_accounts_subject_key UNIQUE (provider_id, issuer, subject),
    CONSTRAINT social_accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX social_accounts_user_id_idx ON social_accounts USING btree (user_id);

CREATE TABLE spent_challenges (
    challenge_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT spent_challenges_pkey PRIMARY KEY (challenge_hash)
);

CREATE INDEX spent_challenges_expires_at_idx ON spent_challenges USING btree (expires_at);

CREATE TABLE subscriptions (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    price_id uuid NOT NULL,
    created_by uuid,
    provider text NOT NULL,
    provider_account text NOT NULL,
    provider_reference text,
    provider_item text,
    customer_reference text,
    customer_email text,
    checkout_reference text,
    checkout_url text,
    checkout_expires_at timestamp with time zone,
    trial_days bigint,
    attempt bigint NOT NULL DEFAULT 0,
    status text NOT NULL,
    status_reason text,
    quantity bigint NOT NULL,
    quantity_follows_members boolean NOT NULL DEFAULT false,
    pending_price_id uuid,
    pending_quantity bigint,
    current_period_start timestamp with time zone,
    current_period_end timestamp with time zone,
    trial_end timestamp with time zone,
    cancel_at timestamp with time zone,
    canceled_at timestamp with time zone,
    ended_at timestamp with time zone,
    past_due_since timestamp with time zone,
    pause_mode text,
    resumes_at timestamp with time zone,
    success_url text,
    cancel_url text,
    metadata jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    synced_at timestamp with time zone,
    next_sync_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT subscriptions_pause_mode_check CHECK ((pause_mode = ANY (ARRAY['free'::text, 'void'::text]))),
    CONSTRAINT subscriptions_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id),
    CONSTRAINT subscriptions_price_id_fkey FOREIGN KEY (price_id) REFERENCES plan_prices(id),
    CONSTRAINT subscriptions_quantity_check CHECK ((quantity >= 1)),
    CONSTRAINT subscriptions_status_check CHECK ((status = ANY (ARRAY['incomplete'::text, 'trialing'::text, 'active'::text, 'past_due'::text, 'unpaid'::text, 'paused'::text, 'canceled'::text, 'expired'::text, 'needs_review'::text])))
);

CREATE INDEX subscriptions_checkout_expires_at_idx ON subscriptions USING btree (checkout_expires_at) WHERE (status = 'incomplete'::text);

CREATE INDEX subscriptions_created_at_idx ON subscriptions USING btree (created_at DESC, id DESC);

CREATE UNIQUE INDEX subscriptions_live_key ON subscriptions USING btree (organization_id, plan_id) WHERE (status = ANY (ARRAY['incomplete'::text, 'trialing'::text, 'active'::text, 'past_due'::text, 'unpaid'::text, 'paused'::text]));

CREATE INDEX subscriptions_next_sync_at_idx ON subscriptions USING btree (next_sync_at) WHERE (next_sync_at IS NOT NULL);

CREATE INDEX subscriptions_organization_id_idx ON subscriptions USING btree (organization_id, created_at DESC, id DESC);

CREATE INDEX subscriptions_plan_id_idx ON subscriptions USING btree (plan_id);

CREATE INDEX subscriptions_price_id_idx ON subscriptions USING btree (price_id);

CREATE UNIQUE INDEX subscriptions_provider_reference_key ON subscriptions USING btree (provider, provider_account, provider_reference) WHERE (provider_reference IS NOT NULL);

CREATE TABLE suppressions (
    id uuid NOT NULL,
    organization_id uuid,
    email text NOT NULL,
    email_norm text NOT NULL,
    category text NOT NULL DEFAULT ''::text,
    reason text NOT NULL,
    detail text NOT NULL DEFAULT ''::text,
    message_id uuid,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT suppressions_pkey PRIMARY KEY (id),
    CONSTRAINT suppressions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT suppressions_reason_check CHECK ((reason = ANY (ARRAY['bounce'::text, 'complaint'::text, 'unsubscribe'::text, 'manual'::text])))
);

CREATE INDEX suppressions_organization_id_idx ON suppressions USING btree (organization_id, created_at DESC, id DESC) WHERE (organization_id IS NOT NULL);

CREATE UNIQUE INDEX suppressions_organization_key ON suppressions USING btree (organization_id, email_norm, category) WHERE (organization_id IS NOT NULL);

CREATE INDEX suppressions_platform_idx ON suppressions USING btree (created_at DESC, id DESC) WHERE (organization_id IS NULL);

CREATE UNIQUE INDEX suppressions_platform_key ON suppressions USING btree (email_norm, category) WHERE (organization_id IS NULL);

CREATE TABLE totp_factors (
    user_id uuid NOT NULL,
    sealed_secret bytea NOT NULL,
    last_step bigint NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    last_used_at timestamp with time zone,
    CONSTRAINT totp_factors_pkey PRIMARY KEY (user_id),
    CONSTRAINT totp_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE TABLE usage_counters (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    feature text NOT NULL,
    period text NOT NULL,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone,
    used bigint NOT NULL DEFAULT 0,
    credited bigint NOT NULL DEFAULT 0,
    reserved bigint NOT NULL DEFAULT 0,
    limit_reached_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT usage_counters_pkey PRIMARY KEY (id),
    CONSTRAINT usage_counters_credited_check CHECK ((credited >= 0)),
    CONSTRAINT usage_counters_period_start_key UNIQUE (organization_id, feature, period, period_start),
    CONSTRAINT usage_counters_reserved_check CHECK ((reserved >= 0)),
    CONSTRAINT usage_counters_used_check CHECK ((used >= 0))
);

CREATE INDEX usage_counters_organization_id_idx ON usage_counters USING btree (organization_id, period_start DESC, id DESC);

CREATE TABLE usage_credits (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    feature text NOT NULL,
    amount bigint NOT NULL,
    remaining bigint NOT NULL,
    expires_at timestamp with time zone,
    reason text NOT NULL,
    granted_by uuid,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT usage_credits_pkey PRIMARY KEY (id),
    CONSTRAINT usage_credits_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT usage_credits_remaining_check CHECK (((remaining >= 0) AND (remaining <= amount)))
);

CREATE INDEX usage_credits_left_idx ON usage_credits USING btree (organization_id, feature, expires_at) WHERE (remaining > 0);

CREATE INDEX usage_credits_organization_id_idx ON usage_credits USING btree (organization_id, created_at DESC, id DESC);

CREATE TABLE usage_events (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    feature text NOT NULL,
    idempotency_key text NOT NULL,
    amount bigint NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT usage_events_pkey PRIMARY KEY (id),
    CONSTRAINT usage_events_idempotency_key_key UNIQUE (organization_id, feature, idempotency_key)
);

CREATE INDEX usage_events_organization_id_idx ON usage_events USING btree (organization_id, recorded_at DESC, id DESC);

CREATE INDEX usage_events_recorded_at_idx ON usage_events USING btree (recorded_at);

CREATE TABLE usage_reservations (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    feature text NOT NULL,
    period text NOT NULL,
    period_start timestamp with time zone NOT NULL,
    amount bigint NOT NULL,
    from_limit bigint NOT NULL,
    taken jsonb NOT NULL,
    status text NOT NULL,
    committed_amount bigint,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT usage_reservations_pkey PRIMARY KEY (id),
    CONSTRAINT usage_reservations_amount_check CHECK ((amount > 0)),
    CONSTRAINT usage_reservations_from_limit_check CHECK (((from_limit >= 0) AND (from_limit <= amount))),
    CONSTRAINT usage_reservations_status_check CHECK ((status = ANY (ARRAY['open'::text, 'committed'::text, 'released'::text, 'expired'::text])))
);

CREATE INDEX usage_reservations_closed_at_idx ON usage_reservations USING btree (closed_at) WHERE (closed_at IS NOT NULL);

CREATE INDEX usage_reservations_expires_at_idx ON usage_reservations USING btree (expires_at) WHERE (status = 'open'::text);

CREATE INDEX usage_reservations_open_idx ON usage_reservations USING btree (organization_id, feature, expires_at) WHERE (status = 'open'::text);

CREATE INDEX usage_reservations_organization_id_idx ON usage_reservations USING btree (organization_id);

CREATE TABLE user_data (
    id uuid NOT NULL,
    user_id uuid,
    organization_id uuid,
    namespace text NOT NULL,
    key text NOT NULL,
    value jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT user_data_pkey PRIMARY KEY (id),
    CONSTRAINT user_data_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255))),
    CONSTRAINT user_data_namespace_check CHECK (((length(namespace) >= 1) AND (length(namespace) <= 63))),
    CONSTRAINT user_data_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT user_data_owner_check CHECK (((user_id IS NULL) <> (organization_id IS NULL))),
    CONSTRAINT user_data_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX user_data_organization_key ON user_data USING btree (organization_id, namespace, key) WHERE (organization_id IS NOT NULL);

CREATE UNIQUE INDEX user_data_user_key ON user_data USING btree (user_id, namespace, key) WHERE (user_id IS NOT NULL);

CREATE TABLE user_import_errors (
    import_id uuid NOT NULL,
    "position" bigint NOT NULL,
    pointer text NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    CONSTRAINT user_import_errors_pkey PRIMARY KEY (import_id, "position"),
    CONSTRAINT user_import_errors_import_id_fkey FOREIGN KEY (import_id) REFERENCES user_imports(id) ON DELETE CASCADE
);

CREATE TABLE user_import_rows (
    import_id uuid NOT NULL,
    "position" bigint NOT NULL,
    address_hash bytea NOT NULL,
    sealed_row bytea NOT NULL,
    CONSTRAINT user_import_rows_pkey PRIMARY KEY (import_id, "position"),
    CONSTRAINT user_import_rows_import_id_fkey FOREIGN KEY (import_id) REFERENCES user_imports(id) ON DELETE CASCADE
);

CREATE INDEX user_import_rows_address_hash_idx ON user_import_rows USING btree (import_id, address_hash, "position");

CREATE TABLE user_imports (
    id uuid NOT NULL,
    status text NOT NULL DEFAULT 'open'::text,
    is_dry_run bigint NOT NULL,
    rows_total bigint NOT NULL DEFAULT 0,
    rows_done bigint NOT NULL DEFAULT 0,
    rows_created bigint NOT NULL DEFAULT 0,
    rows_failed bigint NOT NULL DEFAULT 0,
    sealed_firebase bytea,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT user_imports_pkey PRIMARY KEY (id),
    CONSTRAINT user_imports_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL,
    CONSTRAINT user_imports_status_check CHECK ((status = ANY (ARRAY['open'::text, 'running'::text, 'done'::text, 'cancelled'::text])))
);

CREATE INDEX user_imports_created_at_idx ON user_imports USING btree (created_at DESC, id DESC);

CREATE INDEX user_imports_created_by_idx ON user_imports USING btree (created_by) WHERE (created_by IS NOT NULL);

CREATE TABLE user_org (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    CONSTRAINT user_org_pkey PRIMARY KEY (organization_id, user_id),
    CONSTRAINT user_org_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT user_org_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX user_org_joined_at_idx ON user_org USING btree (organization_id, joined_at, user_id);

CREATE INDEX user_org_user_id_idx ON user_org USING btree (user_id, joined_at DESC, organization_id DESC);

CREATE TABLE user_role (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role_id uuid NOT NULL,
    granted_at timestamp with time zone NOT NULL,
    granted_by uuid,
    CONSTRAINT user_role_pkey PRIMARY KEY (organization_id, user_id, role_id),
    CONSTRAINT user_role_member_fkey FOREIGN KEY (organization_id, user_id) REFERENCES user_org(organization_id, user_id) ON DELETE CASCADE,
    CONSTRAINT user_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id)
);

CREATE INDEX user_role_role_id_idx ON user_role USING btree (role_id, organization_id, user_id);

CREATE TABLE user_settings (
    user_id uuid NOT NULL,
    time_zone text NOT NULL DEFAULT 'UTC'::text,
    theme text NOT NULL DEFAULT 'system'::text,
    notifications jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT user_settings_pkey PRIMARY KEY (user_id),
    CONSTRAINT user_settings_theme_check CHECK ((theme = ANY (ARRAY['system'::text, 'light'::text, 'dark'::text]))),
    CONSTRAINT user_settings_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE TABLE users (
    id uuid NOT NULL,
    email text NOT NULL,
    email_norm text NOT NULL,
    email_verified_at timestamp with time zone,
    name text,
    name_norm text,
    locale text NOT NULL DEFAULT 'en'::text,
    status text NOT NULL DEFAULT 'active'::text,
    platform_role text,
    sec_epoch bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_check CHECK (((length(email) <= 254) AND (length(email_norm) <= 254))),
    CONSTRAINT users_email_norm_key UNIQUE (email_norm),
    CONSTRAINT users_name_check CHECK ((length(name) <= 200)),
    CONSTRAINT users_platform_role_check CHECK ((platform_role = ANY (ARRAY['owner'::text, 'admin'::text, 'support'::text]))),
    CONSTRAINT users_status_check CHECK ((status = ANY (ARRAY['active'::text, 'suspended'::text])))
);

CREATE INDEX users_created_at_idx ON users USING btree (created_at DESC, id DESC);

CREATE INDEX users_name_norm_idx ON users USING btree (name_norm, id);

CREATE INDEX users_platform_role_idx ON users USING btree (platform_role, created_at DESC, id DESC) WHERE (platform_role IS NOT NULL);

CREATE INDEX users_status_idx ON users USING btree (status, created_at DESC, id DESC);

CREATE TABLE waitlist_entries (
    id uuid NOT NULL,
    email text NOT NULL,
    email_norm text NOT NULL,
    name text,
    locale text NOT NULL DEFAULT 'en'::text,
    segment text,
    status text NOT NULL DEFAULT 'pending'::text,
    referral_code text NOT NULL,
    referred_by uuid,
    referrals bigint NOT NULL DEFAULT 0,
    confirmed_at timestamp with time zone,
    invited_at timestamp with time zone,
    joined_user_id uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT waitlist_entries_pkey PRIMARY KEY (id),
    CONSTRAINT waitlist_entries_email_norm_key UNIQUE (email_norm),
    CONSTRAINT waitlist_entries_referral_code_key UNIQUE (referral_code),
    CONSTRAINT waitlist_entries_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'confirmed'::text, 'invited'::text, 'joined'::text, 'unsubscribed'::text])))
);

CREATE INDEX waitlist_entries_rank_idx ON waitlist_entries USING btree (status, referrals DESC, created_at, id);

CREATE TABLE webauthn_challenges (
    id uuid NOT NULL,
    challenge_hash bytea NOT NULL,
    ceremony text NOT NULL,
    user_id uuid,
    subject_id uuid,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    consumed_at timestamp with time zone,
    CONSTRAINT webauthn_challenges_pkey PRIMARY KEY (id),
    CONSTRAINT webauthn_challenges_ceremony_check CHECK ((ceremony = ANY (ARRAY['registration'::text, 'sign_in'::text, 'second_factor'::text, 'step_up'::text]))),
    CONSTRAINT webauthn_challenges_challenge_hash_key UNIQUE (challenge_hash),
    CONSTRAINT webauthn_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX webauthn_challenges_expires_at_idx ON webauthn_challenges USING btree (expires_at);

CREATE INDEX webauthn_challenges_user_id_idx ON webauthn_challenges USING btree (user_id) WHERE (user_id IS NOT NULL);

CREATE TABLE webauthn_credentials (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    transports jsonb NOT NULL,
    aaguid uuid NOT NULL,
    name text NOT NULL,
    is_backed_up bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    CONSTRAINT webauthn_credentials_pkey PRIMARY KEY (id),
    CONSTRAINT webauthn_credentials_credential_id_key UNIQUE (credential_id),
    CONSTRAINT webauthn_credentials_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT webauthn_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE INDEX webauthn_credentials_user_id_idx ON webauthn_credentials USING btree (user_id, created_at DESC, id DESC);

CREATE TABLE webhook_attempts (
    delivery_id uuid NOT NULL,
    attempt bigint NOT NULL,
    status_code bigint,
    error text,
    request_headers jsonb NOT NULL,
    response_headers jsonb,
    response_body text,
    duration_ms bigint,
    occurred_at timestamp with time zone NOT NULL,
    CONSTRAINT webhook_attempts_pkey PRIMARY KEY (delivery_id, attempt),
    CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES webhook_deliveries(id) ON DELETE CASCADE
);

CREATE TABLE webhook_deliveries (
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    status text NOT NULL DEFAULT 'pending'::text,
    attempts bigint NOT NULL DEFAULT 0,
    is_replay boolean NOT NULL DEFAULT false,
    next_attempt_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints(id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_event_id_fkey FOREIGN KEY (event_id) REFERENCES webhook_events(id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'succeeded'::text, 'failed'::text])))
);

CREATE INDEX webhook_deliveries_endpoint_id_idx ON webhook_deliveries USING btree (endpoint_id, created_at DESC, id DESC);

CREATE INDEX webhook_deliveries_event_id_idx ON webhook_deliveries USING btree (event_id, endpoint_id);

CREATE INDEX webhook_deliveries_pending_idx ON webhook_deliveries USING btree (endpoint_id, next_attempt_at, id) WHERE (status = 'pending'::text);

CREATE UNIQUE INDEX webhook_deliveries_pending_key ON webhook_deliveries USING btree (event_id, endpoint_id) WHERE (status = 'pending'::text);

CREATE TABLE webhook_endpoints (
    id uuid NOT NULL,
    organization_id uuid,
    place bigint NOT NULL,
    url text NOT NULL,
    description text NOT NULL DEFAULT ''::text,
    event_types jsonb NOT NULL,
    status text NOT NULL DEFAULT 'enabled'::text,
    failures bigint NOT NULL DEFAULT 0,
    failing_since timestamp with time zone,
    paused_until timestamp with time zone,
    worker_job uuid,
    worker_attempt bigint,
    worker_until timestamp with time zone,
    version bigint NOT NULL DEFAULT 1,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    disabled_reason text,
    CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_endpoints_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
    CONSTRAINT webhook_endpoints_place_check CHECK (((place >= 0) AND (place < 20))),
    CONSTRAINT webhook_endpoints_status_check CHECK ((status = ANY (ARRAY['enabled'::text, 'disabled'::text])))
);

CREATE INDEX webhook_endpoints_organization_id_idx ON webhook_endpoints USING btree (organization_id, created_at DESC, id DESC);

CREATE UNIQUE INDEX webhook_endpoints_place_key ON webhook_endpoints USING btree (organization_id, place) WHERE (organization_id IS NOT NULL);

CREATE UNIQUE INDEX webhook_endpoints_platform_place_key ON webhook_endpoints USING btree (place) WHERE (organization_id IS NULL);

CREATE TABLE webhook_events (
    id uuid NOT NULL,
    organization_id uuid,
    event_type text NOT NULL,
    body text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    CONSTRAINT webhook_events_pkey PRIMARY KEY (id)
);

CREATE INDEX webhook_events_occurred_at_idx ON webhook_events USING btree (occurred_at, id);

CREATE TABLE webhook_secrets (
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    sealed_secret bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT webhook_secrets_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_secrets_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints(id) ON DELETE CASCADE
);

CREATE INDEX webhook_secrets_endpoint_id_idx ON webhook_secrets USING btree (endpoint_id, created_at DESC);
