-- Signing in, whole: second factors, passkeys, accounts elsewhere, keys of programs, who may sign up, people
-- brought along from another system, and staff who act for somebody.

-- Second factors -------------------------------------------------------------------------------------

-- One authenticator app a person. last_step is the newest time step that let somebody in: a code works once.
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

-- The first character of a code is its position, so one hash is compared.
CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    phc_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    used_at TEXT,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, position),
    CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- A person who has shown one factor and owes another. Not a session: it opens the second step only.
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
CREATE INDEX mfa_tickets_user_id_idx ON mfa_tickets (user_id);
CREATE INDEX mfa_tickets_expires_at_idx ON mfa_tickets (expires_at);

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

-- subject_id is the session or the ticket that the ceremony was begun with, for those that need one.
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
CREATE INDEX webauthn_challenges_user_id_idx ON webauthn_challenges (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX webauthn_challenges_expires_at_idx ON webauthn_challenges (expires_at);

-- Accounts elsewhere ---------------------------------------------------------------------------------

-- One way to a provider and back; the secrets are the nonce and the PKCE verifier. user_id and session_id are those of a person who links another account.
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
CREATE INDEX oauth_flows_user_id_idx ON oauth_flows (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX oauth_flows_expires_at_idx ON oauth_flows (expires_at);

-- Programs -------------------------------------------------------------------------------------------

-- Owned by an organization (organization_id alone) or by a person (user_id; organization_id narrows it).
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
CREATE INDEX api_keys_organization_id_idx ON api_keys (organization_id, created_at DESC, id DESC) WHERE organization_id IS NOT NULL;
CREATE INDEX api_keys_user_id_idx ON api_keys (user_id, created_at DESC, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX api_keys_created_by_idx ON api_keys (created_by) WHERE created_by IS NOT NULL;

-- A key that is being rotated has two for a while.
CREATE TABLE api_key_secrets (
    secret_hash BLOB NOT NULL,
    api_key_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    CONSTRAINT api_key_secrets_pkey PRIMARY KEY (secret_hash),
    CONSTRAINT api_key_secrets_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_secrets_api_key_id_idx ON api_key_secrets (api_key_id, created_at);

-- Who may sign up ------------------------------------------------------------------------------------

-- Addresses that may have an account while sign-up is not open to everybody.
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

-- Challenges whose work has been accepted once.
CREATE TABLE spent_challenges (
    challenge_hash BLOB NOT NULL,
    expires_at TEXT NOT NULL,
    CONSTRAINT spent_challenges_pkey PRIMARY KEY (challenge_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_challenges_expires_at_idx ON spent_challenges (expires_at);

-- People from another system -------------------------------------------------------------------------

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

-- Sealed, since they hold hashes of passwords, and deleted once they are done.
CREATE TABLE user_import_rows (
    import_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    address_hash BLOB NOT NULL,
    sealed_row BLOB NOT NULL,
    CONSTRAINT user_import_rows_pkey PRIMARY KEY (import_id, position),
    CONSTRAINT user_import_rows_import_id_fkey FOREIGN KEY (import_id) REFERENCES user_imports (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX user_import_rows_address_hash_idx ON user_import_rows (import_id, address_hash, position);

CREATE TABLE user_import_errors (
    import_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    pointer TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    CONSTRAINT user_import_errors_pkey PRIMARY KEY (import_id, position),
    CONSTRAINT user_import_errors_import_id_fkey FOREIGN KEY (import_id) REFERENCES user_imports (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Sessions and organizations -------------------------------------------------------------------------

-- mfa_time is when a second factor was last shown; impersonator_id, the member of staff who acts.
ALTER TABLE sessions ADD COLUMN mfa_time TEXT;
ALTER TABLE sessions ADD COLUMN impersonator_id BLOB;
ALTER TABLE sessions ADD COLUMN impersonation_reason TEXT;
ALTER TABLE sessions ADD COLUMN is_read_only INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sessions_impersonator_id_idx ON sessions (impersonator_id) WHERE impersonator_id IS NOT NULL;

-- From when on members without a second factor are kept out.
ALTER TABLE organizations ADD COLUMN mfa_required_from TEXT;
