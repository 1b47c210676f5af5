-- Signing in, whole: second factors, passkeys, accounts elsewhere, keys of programs, who may sign up, people
-- brought along from another system, and staff who act for somebody.

-- Second factors -------------------------------------------------------------------------------------

-- One authenticator app a person. last_step is the newest time step that let somebody in: a code works once.
CREATE TABLE totp_factors (
    user_id uuid NOT NULL,
    sealed_secret bytea NOT NULL,
    last_step bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_used_at timestamptz,
    CONSTRAINT totp_factors_pkey PRIMARY KEY (user_id),
    CONSTRAINT totp_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- The first character of a code is its position, so one hash is compared.
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL,
    position bigint NOT NULL,
    phc_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, position),
    CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- A person who has shown one factor and owes another. Not a session: it opens the second step only.
CREATE TABLE mfa_tickets (
    id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    sec_epoch bigint NOT NULL,
    kind text NOT NULL,
    method text NOT NULL,
    amr jsonb NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    consumed_at timestamptz,
    CONSTRAINT mfa_tickets_pkey PRIMARY KEY (id),
    CONSTRAINT mfa_tickets_secret_hash_key UNIQUE (secret_hash),
    CONSTRAINT mfa_tickets_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT mfa_tickets_kind_check CHECK (kind IN ('api', 'browser'))
);
CREATE INDEX mfa_tickets_user_id_idx ON mfa_tickets (user_id);
CREATE INDEX mfa_tickets_expires_at_idx ON mfa_tickets (expires_at);

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
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    CONSTRAINT webauthn_credentials_pkey PRIMARY KEY (id),
    CONSTRAINT webauthn_credentials_credential_id_key UNIQUE (credential_id),
    CONSTRAINT webauthn_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT webauthn_credentials_name_check CHECK (length(name) BETWEEN 1 AND 100)
);
CREATE INDEX webauthn_credentials_user_id_idx ON webauthn_credentials (user_id, created_at DESC, id DESC);

-- subject_id is the session or the ticket that the ceremony was begun with, for those that need one.
CREATE TABLE webauthn_challenges (
    id uuid NOT NULL,
    challenge_hash bytea NOT NULL,
    ceremony text NOT NULL,
    user_id uuid,
    subject_id uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    consumed_at timestamptz,
    CONSTRAINT webauthn_challenges_pkey PRIMARY KEY (id),
    CONSTRAINT webauthn_challenges_challenge_hash_key UNIQUE (challenge_hash),
    CONSTRAINT webauthn_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT webauthn_challenges_ceremony_check CHECK (ceremony IN ('registration', 'sign_in', 'second_factor', 'step_up'))
);
CREATE INDEX webauthn_challenges_user_id_idx ON webauthn_challenges (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX webauthn_challenges_expires_at_idx ON webauthn_challenges (expires_at);

-- Accounts elsewhere ---------------------------------------------------------------------------------

-- One way to a provider and back; the secrets are the nonce and the PKCE verifier. user_id and session_id are those of a person who links another account.
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
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    consumed_at timestamptz,
    CONSTRAINT oauth_flows_pkey PRIMARY KEY (id),
    CONSTRAINT oauth_flows_state_hash_key UNIQUE (state_hash),
    CONSTRAINT oauth_flows_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT oauth_flows_intent_check CHECK (intent IN ('sign_in', 'link')),
    CONSTRAINT oauth_flows_kind_check CHECK (kind IN ('api', 'browser'))
);
CREATE INDEX oauth_flows_user_id_idx ON oauth_flows (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX oauth_flows_expires_at_idx ON oauth_flows (expires_at);

-- Programs -------------------------------------------------------------------------------------------

-- Owned by an organization (organization_id alone) or by a person (user_id; organization_id narrows it).
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
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    last_used_ip text,
    revoked_at timestamptz,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT api_keys_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT api_keys_owner_check CHECK (organization_id IS NOT NULL OR user_id IS NOT NULL),
    CONSTRAINT api_keys_name_check CHECK (length(name) BETWEEN 1 AND 100)
);
CREATE INDEX api_keys_organization_id_idx ON api_keys (organization_id, created_at DESC, id DESC) WHERE organization_id IS NOT NULL;
CREATE INDEX api_keys_user_id_idx ON api_keys (user_id, created_at DESC, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX api_keys_created_by_idx ON api_keys (created_by) WHERE created_by IS NOT NULL;

-- A key that is being rotated has two for a while.
CREATE TABLE api_key_secrets (
    secret_hash bytea NOT NULL,
    api_key_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    CONSTRAINT api_key_secrets_pkey PRIMARY KEY (secret_hash),
    CONSTRAINT api_key_secrets_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys (id) ON DELETE CASCADE
);
CREATE INDEX api_key_secrets_api_key_id_idx ON api_key_secrets (api_key_id, created_at);

-- Who may sign up ------------------------------------------------------------------------------------

-- Addresses that may have an account while sign-up is not open to everybody.
CREATE TABLE admissions (
    id uuid NOT NULL,
    email text NOT NULL,
    email_norm text COLLATE "C" NOT NULL,
    created_by uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT admissions_pkey PRIMARY KEY (id),
    CONSTRAINT admissions_email_norm_key UNIQUE (email_norm),
    CONSTRAINT admissions_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX admissions_created_at_idx ON admissions (created_at DESC, id DESC);
CREATE INDEX admissions_created_by_idx ON admissions (created_by) WHERE created_by IS NOT NULL;

-- Challenges whose work has been accepted once.
CREATE TABLE spent_challenges (
    challenge_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT spent_challenges_pkey PRIMARY KEY (challenge_hash)
);
CREATE INDEX spent_challenges_expires_at_idx ON spent_challenges (expires_at);

-- People from another system -------------------------------------------------------------------------

CREATE TABLE user_imports (
    id uuid NOT NULL,
    status text NOT NULL DEFAULT 'open',
    is_dry_run bigint NOT NULL,
    rows_total bigint NOT NULL DEFAULT 0,
    rows_done bigint NOT NULL DEFAULT 0,
    rows_created bigint NOT NULL DEFAULT 0,
    rows_failed bigint NOT NULL DEFAULT 0,
    sealed_firebase bytea,
    created_by uuid,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT user_imports_pkey PRIMARY KEY (id),
    CONSTRAINT user_imports_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT user_imports_status_check CHECK (status IN ('open', 'running', 'done', 'cancelled'))
);
CREATE INDEX user_imports_created_at_idx ON user_imports (created_at DESC, id DESC);
CREATE INDEX user_imports_created_by_idx ON user_imports (created_by) WHERE created_by IS NOT NULL;

-- Sealed, since they hold hashes of passwords, and deleted once they are done.
CREATE TABLE user_import_rows (
    import_id uuid NOT NULL,
    position bigint NOT NULL,
    address_hash bytea NOT NULL,
    sealed_row bytea NOT NULL,
    CONSTRAINT user_import_rows_pkey PRIMARY KEY (import_id, position),
    CONSTRAINT user_import_rows_import_id_fkey FOREIGN KEY (import_id) REFERENCES user_imports (id) ON DELETE CASCADE
);
CREATE INDEX user_import_rows_address_hash_idx ON user_import_rows (import_id, address_hash, position);

CREATE TABLE user_import_errors (
    import_id uuid NOT NULL,
    position bigint NOT NULL,
    pointer text NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    CONSTRAINT user_import_errors_pkey PRIMARY KEY (import_id, position),
    CONSTRAINT user_import_errors_import_id_fkey FOREIGN KEY (import_id) REFERENCES user_imports (id) ON DELETE CASCADE
);

-- Sessions and organizations -------------------------------------------------------------------------

-- mfa_time is when a second factor was last shown; impersonator_id, the member of staff who acts.
ALTER TABLE sessions ADD COLUMN mfa_time timestamptz;
ALTER TABLE sessions ADD COLUMN impersonator_id uuid;
ALTER TABLE sessions ADD COLUMN impersonation_reason text;
ALTER TABLE sessions ADD COLUMN is_read_only bigint NOT NULL DEFAULT 0;
CREATE INDEX sessions_impersonator_id_idx ON sessions (impersonator_id) WHERE impersonator_id IS NOT NULL;

-- From when on members without a second factor are kept out.
ALTER TABLE organizations ADD COLUMN mfa_required_from timestamptz;
