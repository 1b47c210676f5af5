-- The whole schema of the first release. Ids are UUIDv7 made by the program; times are UTC; a version
-- counts the changes of a row and is what its ETag says. Tables whose features come later have their
-- columns already, so that what points at them can.

-- People ---------------------------------------------------------------------------------------------

CREATE TABLE users (
    id uuid NOT NULL,
    email text NOT NULL,
    email_norm text COLLATE "C" NOT NULL,
    email_verified_at timestamptz,
    name text,
    name_norm text COLLATE "C",
    locale text NOT NULL DEFAULT 'en',
    status text NOT NULL DEFAULT 'active',
    platform_role text,
    sec_epoch bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_norm_key UNIQUE (email_norm),
    CONSTRAINT users_email_check CHECK (length(email) <= 254 AND length(email_norm) <= 254),
    CONSTRAINT users_name_check CHECK (length(name) <= 200),
    CONSTRAINT users_status_check CHECK (status IN ('active', 'suspended')),
    CONSTRAINT users_platform_role_check CHECK (platform_role IN ('owner', 'admin', 'support'))
);
CREATE INDEX users_created_at_idx ON users (created_at DESC, id DESC);
CREATE INDEX users_status_idx ON users (status, created_at DESC, id DESC);
CREATE INDEX users_name_norm_idx ON users (name_norm, id);
CREATE INDEX users_platform_role_idx ON users (platform_role, created_at DESC, id DESC) WHERE platform_role IS NOT NULL;

CREATE TABLE password_credentials (
    user_id uuid NOT NULL,
    phc_hash text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT password_credentials_pkey PRIMARY KEY (user_id),
    CONSTRAINT password_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE social_accounts (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    provider_id text NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    email text,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    CONSTRAINT social_accounts_pkey PRIMARY KEY (id),
    CONSTRAINT social_accounts_subject_key UNIQUE (provider_id, issuer, subject),
    CONSTRAINT social_accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX social_accounts_user_id_idx ON social_accounts (user_id);

CREATE TABLE user_settings (
    user_id uuid NOT NULL,
    time_zone text NOT NULL DEFAULT 'UTC',
    theme text NOT NULL DEFAULT 'system',
    notifications jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL,
    CONSTRAINT user_settings_pkey PRIMARY KEY (user_id),
    CONSTRAINT user_settings_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT user_settings_theme_check CHECK (theme IN ('system', 'light', 'dark'))
);

-- Signing in -----------------------------------------------------------------------------------------

-- refresh_key is sealed; token_hash is that of a browser's cookie.
CREATE TABLE sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    refresh_key bytea NOT NULL,
    refresh_counter bigint NOT NULL DEFAULT 0,
    refreshed_at timestamptz NOT NULL,
    token_hash bytea,
    sec_epoch bigint NOT NULL,
    aal bigint NOT NULL DEFAULT 1,
    amr jsonb NOT NULL,
    auth_time timestamptz NOT NULL,
    ip text,
    user_agent text,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    idle_expires_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoke_reason text,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT sessions_kind_check CHECK (kind IN ('api', 'browser'))
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id, created_at DESC, id DESC);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

-- Secrets are kept as SHA-256, codes as HMAC under the master key. subject_id is what the token is about
-- beside the person: a change of address, for one.
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
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    consumed_at timestamptz,
    CONSTRAINT one_time_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT one_time_tokens_secret_hash_key UNIQUE (secret_hash),
    CONSTRAINT one_time_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
-- Each change of address has its own way back, which the next change must not take away.
CREATE UNIQUE INDEX one_time_tokens_open_key ON one_time_tokens (user_id, purpose) WHERE consumed_at IS NULL AND purpose <> 'email_undo';
CREATE INDEX one_time_tokens_email_norm_idx ON one_time_tokens (email_norm, purpose) WHERE email_norm IS NOT NULL;
CREATE INDEX one_time_tokens_flow_hash_idx ON one_time_tokens (flow_hash) WHERE flow_hash IS NOT NULL;
CREATE INDEX one_time_tokens_expires_at_idx ON one_time_tokens (expires_at);

CREATE TABLE email_changes (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    old_email text NOT NULL,
    new_email text NOT NULL,
    new_email_norm text NOT NULL,
    old_confirmed_at timestamptz,
    new_confirmed_at timestamptz,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    completed_at timestamptz,
    cancelled_at timestamptz,
    undone_at timestamptz,
    CONSTRAINT email_changes_pkey PRIMARY KEY (id),
    CONSTRAINT email_changes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX email_changes_open_key ON email_changes (user_id) WHERE completed_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX email_changes_user_id_idx ON email_changes (user_id, created_at);

-- Kept by an HMAC of the address, so that addresses nobody has are held back just like those of accounts.
-- The bucket is 'account', or the hash of a device that has signed in before.
CREATE TABLE login_failures (
    address_hash bytea NOT NULL,
    bucket text NOT NULL,
    consecutive bigint NOT NULL,
    next_allowed_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT login_failures_pkey PRIMARY KEY (address_hash, bucket)
);
CREATE INDEX login_failures_updated_at_idx ON login_failures (updated_at);

CREATE TABLE known_devices (
    user_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    CONSTRAINT known_devices_pkey PRIMARY KEY (user_id, token_hash),
    CONSTRAINT known_devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX known_devices_last_seen_at_idx ON known_devices (last_seen_at);

CREATE TABLE signing_keys (
    kid text NOT NULL,
    alg text NOT NULL,
    sealed_private_key bytea NOT NULL,
    public_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    active_from timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (kid)
);
CREATE UNIQUE INDEX signing_keys_active_from_key ON signing_keys (active_from);

-- Limits and repeats ---------------------------------------------------------------------------------

CREATE TABLE rate_counters (
    key text NOT NULL,
    window_ends_at timestamptz NOT NULL,
    count bigint NOT NULL,
    CONSTRAINT rate_counters_pkey PRIMARY KEY (key)
);
CREATE INDEX rate_counters_window_ends_at_idx ON rate_counters (window_ends_at);

CREATE TABLE idempotency_keys (
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    sealed_result bytea,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key),
    CONSTRAINT idempotency_keys_key_check CHECK (length(key) BETWEEN 1 AND 255)
);
CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);

-- Organizations --------------------------------------------------------------------------------------

CREATE TABLE organizations (
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    settings jsonb NOT NULL,
    seat_limit bigint,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_slug_key UNIQUE (slug),
    CONSTRAINT organizations_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT organizations_slug_check CHECK (length(slug) BETWEEN 1 AND 63),
    CONSTRAINT organizations_seat_limit_check CHECK (seat_limit >= 1)
);
CREATE INDEX organizations_created_at_idx ON organizations (created_at DESC, id DESC);

CREATE TABLE user_org (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    joined_at timestamptz NOT NULL,
    CONSTRAINT user_org_pkey PRIMARY KEY (organization_id, user_id),
    CONSTRAINT user_org_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT user_org_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX user_org_user_id_idx ON user_org (user_id, joined_at DESC, organization_id DESC);
CREATE INDEX user_org_joined_at_idx ON user_org (organization_id, joined_at, user_id);

-- A role without an organization is built in; what it permits is written in the program.
CREATE TABLE roles (
    id uuid NOT NULL,
    organization_id uuid,
    key text NOT NULL,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    permissions jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT roles_pkey PRIMARY KEY (id),
    CONSTRAINT roles_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT roles_key_check CHECK (length(key) BETWEEN 1 AND 63),
    CONSTRAINT roles_name_check CHECK (length(name) BETWEEN 1 AND 100)
);
CREATE UNIQUE INDEX roles_organization_id_key_key ON roles (organization_id, key) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX roles_built_in_key ON roles (key) WHERE organization_id IS NULL;

CREATE TABLE user_role (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role_id uuid NOT NULL,
    granted_at timestamptz NOT NULL,
    granted_by uuid,
    CONSTRAINT user_role_pkey PRIMARY KEY (organization_id, user_id, role_id),
    CONSTRAINT user_role_member_fkey FOREIGN KEY (organization_id, user_id) REFERENCES user_org (organization_id, user_id) ON DELETE CASCADE,
    CONSTRAINT user_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id)
);
CREATE INDEX user_role_role_id_idx ON user_role (role_id, organization_id, user_id);

-- An invite without an address is a link that anybody with an address of the right domain may use.
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
    last_sent_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    accepted_by uuid,
    declined_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid,
    CONSTRAINT invites_pkey PRIMARY KEY (id),
    CONSTRAINT invites_token_hash_key UNIQUE (token_hash),
    CONSTRAINT invites_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT invites_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles (id),
    CONSTRAINT invites_uses_check CHECK (uses BETWEEN 0 AND max_uses)
);
CREATE UNIQUE INDEX invites_pending_key ON invites (organization_id, email_norm)
    WHERE email_norm IS NOT NULL AND accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invites_organization_id_idx ON invites (organization_id, created_at DESC, id DESC);
CREATE INDEX invites_role_id_idx ON invites (role_id);
CREATE INDEX invites_email_norm_idx ON invites (email_norm, created_at DESC, id DESC) WHERE email_norm IS NOT NULL;

-- Documents that belong to a person or to an organization, never to both.
CREATE TABLE user_data (
    id uuid NOT NULL,
    user_id uuid,
    organization_id uuid,
    namespace text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    value jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT user_data_pkey PRIMARY KEY (id),
    CONSTRAINT user_data_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT user_data_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT user_data_owner_check CHECK ((user_id IS NULL) <> (organization_id IS NULL)),
    CONSTRAINT user_data_namespace_check CHECK (length(namespace) BETWEEN 1 AND 63),
    CONSTRAINT user_data_key_check CHECK (length(key) BETWEEN 1 AND 255)
);
CREATE UNIQUE INDEX user_data_user_key ON user_data (user_id, namespace, key) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX user_data_organization_key ON user_data (organization_id, namespace, key) WHERE organization_id IS NOT NULL;

-- The record -----------------------------------------------------------------------------------------

-- seq, prev_hash and hash are set by the job that seals entries into the chain of their organization,
-- or of the platform. Actors and targets may be gone: nothing here points at them.
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
    occurred_at timestamptz NOT NULL,
    seq bigint,
    prev_hash bytea,
    hash bytea,
    CONSTRAINT activity_logs_pkey PRIMARY KEY (id),
    CONSTRAINT activity_logs_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'system', 'anonymous')),
    CONSTRAINT activity_logs_outcome_check CHECK (outcome IN ('success', 'failure'))
);
CREATE INDEX activity_logs_organization_id_idx ON activity_logs (organization_id, occurred_at DESC, id DESC) WHERE organization_id IS NOT NULL;
CREATE INDEX activity_logs_occurred_at_idx ON activity_logs (occurred_at DESC, id DESC);
CREATE INDEX activity_logs_actor_id_idx ON activity_logs (actor_id, occurred_at DESC, id DESC) WHERE actor_id IS NOT NULL;
CREATE INDEX activity_logs_unsealed_idx ON activity_logs (occurred_at, id) WHERE hash IS NULL;
CREATE UNIQUE INDEX activity_logs_seq_key ON activity_logs (organization_id, seq) WHERE organization_id IS NOT NULL AND seq IS NOT NULL;
CREATE UNIQUE INDEX activity_logs_platform_seq_key ON activity_logs (seq) WHERE organization_id IS NULL AND seq IS NOT NULL;

-- The end of each chain; the platform's has the nil id.
CREATE TABLE activity_chains (
    chain_id uuid NOT NULL,
    last_seq bigint NOT NULL,
    last_hash bytea NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT activity_chains_pkey PRIMARY KEY (chain_id)
);

-- Work to be done ------------------------------------------------------------------------------------

-- What is waiting or under way, and nothing else: done is deleted, given up moves to dead_jobs.
CREATE TABLE jobs (
    id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    organization_id uuid,
    priority bigint NOT NULL DEFAULT 0,
    run_at timestamptz NOT NULL,
    attempt bigint NOT NULL DEFAULT 0,
    max_attempts bigint NOT NULL,
    lease_until timestamptz,
    lease_owner uuid,
    unique_key text,
    last_error text,
    created_at timestamptz NOT NULL,
    CONSTRAINT jobs_pkey PRIMARY KEY (id)
);
-- Leased jobs are in it too: there are few, and a planner that must guess how many can not go wrong.
CREATE INDEX jobs_ready_idx ON jobs (priority, run_at, id);
CREATE INDEX jobs_leased_idx ON jobs (lease_until) WHERE lease_until IS NOT NULL;
CREATE UNIQUE INDEX jobs_unique_key ON jobs (kind, unique_key) WHERE unique_key IS NOT NULL AND lease_until IS NULL;
ALTER TABLE jobs SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100);

CREATE TABLE dead_jobs (
    id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    organization_id uuid,
    attempts bigint NOT NULL,
    last_error text NOT NULL,
    created_at timestamptz NOT NULL,
    died_at timestamptz NOT NULL,
    CONSTRAINT dead_jobs_pkey PRIMARY KEY (id)
);
CREATE INDEX dead_jobs_died_at_idx ON dead_jobs (died_at DESC, id DESC);

CREATE TABLE schedule_ticks (
    schedule text NOT NULL,
    tick timestamptz NOT NULL,
    CONSTRAINT schedule_ticks_pkey PRIMARY KEY (schedule, tick)
);

-- Messages -------------------------------------------------------------------------------------------

-- A mail with its time line. The content is sealed, because links in it open doors, and it is wiped
-- once the mail is delivered, except where the development mailbox is the one that delivers.
CREATE TABLE messages (
    id uuid NOT NULL,
    organization_id uuid,
    user_id uuid,
    template_key text NOT NULL,
    locale text NOT NULL,
    recipient text NOT NULL,
    recipient_norm text NOT NULL,
    subject text NOT NULL,
    sealed_content bytea,
    status text NOT NULL DEFAULT 'queued',
    attempts bigint NOT NULL DEFAULT 0,
    last_reply text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    sent_at timestamptz,
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_status_check CHECK (status IN ('queued', 'sent', 'mailbox', 'failed'))
);
CREATE INDEX messages_created_at_idx ON messages (created_at DESC, id DESC);
CREATE INDEX messages_recipient_norm_idx ON messages (recipient_norm, created_at DESC, id DESC);

CREATE TABLE email_templates (
    id uuid NOT NULL,
    organization_id uuid,
    key text NOT NULL,
    locale text NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    name text NOT NULL,
    subject text NOT NULL,
    preheader text NOT NULL DEFAULT '',
    html text NOT NULL,
    text text NOT NULL,
    variables jsonb NOT NULL,
    created_by uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT email_templates_pkey PRIMARY KEY (id),
    CONSTRAINT email_templates_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT email_templates_status_check CHECK (status IN ('draft', 'published', 'archived'))
);
CREATE UNIQUE INDEX email_templates_organization_key ON email_templates (organization_id, key, locale, version) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX email_templates_platform_key ON email_templates (key, locale, version) WHERE organization_id IS NULL;

CREATE TABLE notifications (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    organization_id uuid,
    category text NOT NULL,
    title text NOT NULL,
    body text NOT NULL DEFAULT '',
    link text,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    archived_at timestamptz,
    CONSTRAINT notifications_pkey PRIMARY KEY (id),
    CONSTRAINT notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT notifications_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);
CREATE INDEX notifications_user_id_idx ON notifications (user_id, created_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX notifications_unread_idx ON notifications (user_id, id) WHERE read_at IS NULL AND archived_at IS NULL;

-- Money ----------------------------------------------------------------------------------------------

-- Amounts are integers in the currency's minor unit.
CREATE TABLE payments (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_by uuid,
    provider text NOT NULL,
    provider_account text NOT NULL DEFAULT '',
    provider_reference text,
    amount bigint NOT NULL,
    amount_refunded bigint NOT NULL DEFAULT 0,
    currency text NOT NULL,
    status text NOT NULL,
    description text,
    customer_email text,
    checkout_url text,
    success_url text,
    cancel_url text,
    metadata jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    paid_at timestamptz,
    CONSTRAINT payments_pkey PRIMARY KEY (id),
    CONSTRAINT payments_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id),
    CONSTRAINT payments_amount_check CHECK (amount > 0),
    CONSTRAINT payments_amount_refunded_check CHECK (amount_refunded BETWEEN 0 AND amount),
    CONSTRAINT payments_currency_check CHECK (length(currency) = 3),
    CONSTRAINT payments_status_check CHECK (status IN ('pending', 'requires_action', 'processing', 'succeeded', 'failed', 'canceled', 'expired', 'refunded', 'partially_refunded', 'disputed', 'needs_review'))
);
CREATE UNIQUE INDEX payments_provider_reference_key ON payments (provider, provider_account, provider_reference) WHERE provider_reference IS NOT NULL;
CREATE INDEX payments_organization_id_idx ON payments (organization_id, created_at DESC, id DESC);
CREATE INDEX payments_open_idx ON payments (provider, updated_at) WHERE status IN ('pending', 'requires_action', 'processing');

-- Content and growth ---------------------------------------------------------------------------------

CREATE TABLE content_pages (
    id uuid NOT NULL,
    organization_id uuid,
    slug text NOT NULL,
    locale text NOT NULL DEFAULT 'en',
    kind text NOT NULL DEFAULT 'page',
    title text NOT NULL,
    markdown text NOT NULL,
    seo jsonb NOT NULL,
    status text NOT NULL DEFAULT 'draft',
    version bigint NOT NULL DEFAULT 1,
    author_id uuid,
    publish_at timestamptz,
    published_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT content_pages_pkey PRIMARY KEY (id),
    CONSTRAINT content_pages_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT content_pages_kind_check CHECK (kind IN ('page', 'legal')),
    CONSTRAINT content_pages_status_check CHECK (status IN ('draft', 'scheduled', 'published', 'archived'))
);
CREATE UNIQUE INDEX content_pages_organization_slug_key ON content_pages (organization_id, slug, locale) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX content_pages_platform_slug_key ON content_pages (slug, locale) WHERE organization_id IS NULL;

CREATE TABLE blog_posts (
    id uuid NOT NULL,
    organization_id uuid,
    slug text NOT NULL,
    locale text NOT NULL DEFAULT 'en',
    title text NOT NULL,
    summary text NOT NULL DEFAULT '',
    markdown text NOT NULL,
    cover_image text,
    tags jsonb NOT NULL,
    seo jsonb NOT NULL,
    status text NOT NULL DEFAULT 'draft',
    version bigint NOT NULL DEFAULT 1,
    author_id uuid,
    publish_at timestamptz,
    published_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT blog_posts_pkey PRIMARY KEY (id),
    CONSTRAINT blog_posts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT blog_posts_status_check CHECK (status IN ('draft', 'scheduled', 'published', 'archived'))
);
CREATE UNIQUE INDEX blog_posts_organization_slug_key ON blog_posts (organization_id, slug, locale) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX blog_posts_platform_slug_key ON blog_posts (slug, locale) WHERE organization_id IS NULL;
CREATE INDEX blog_posts_published_at_idx ON blog_posts (locale, published_at DESC, id DESC) WHERE status = 'published';

CREATE TABLE waitlist_entries (
    id uuid NOT NULL,
    email text NOT NULL,
    email_norm text NOT NULL,
    name text,
    locale text NOT NULL DEFAULT 'en',
    segment text,
    status text NOT NULL DEFAULT 'pending',
    referral_code text NOT NULL,
    referred_by uuid,
    referrals bigint NOT NULL DEFAULT 0,
    confirmed_at timestamptz,
    invited_at timestamptz,
    joined_user_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT waitlist_entries_pkey PRIMARY KEY (id),
    CONSTRAINT waitlist_entries_email_norm_key UNIQUE (email_norm),
    CONSTRAINT waitlist_entries_referral_code_key UNIQUE (referral_code),
    CONSTRAINT waitlist_entries_status_check CHECK (status IN ('pending', 'confirmed', 'invited', 'joined', 'unsubscribed'))
);
CREATE INDEX waitlist_entries_rank_idx ON waitlist_entries (status, referrals DESC, created_at, id);

-- The roles that every organization has.
INSERT INTO roles (id, organization_id, key, name, description, permissions, created_at, updated_at) VALUES
    ('00000000-0000-7000-8000-000000000001', NULL, 'owner', 'Owner', 'Everything, the organization itself included.', '[]', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z'),
    ('00000000-0000-7000-8000-000000000002', NULL, 'admin', 'Admin', 'Members, invites, settings and content.', '[]', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z'),
    ('00000000-0000-7000-8000-000000000003', NULL, 'billing', 'Billing', 'Payments and invoices.', '[]', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z'),
    ('00000000-0000-7000-8000-000000000004', NULL, 'member', 'Member', 'Works with content, messages and data.', '[]', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z'),
    ('00000000-0000-7000-8000-000000000005', NULL, 'viewer', 'Viewer', 'Looks and changes nothing.', '[]', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z');
