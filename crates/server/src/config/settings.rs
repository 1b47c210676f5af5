//! The register: every key that there is.

mod payments;
pub(super) mod providers;

/// What may be shown of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visibility {
    /// All of it.
    Open,
    /// A URL whose password must not be seen.
    Url,
    /// Nothing; may also come from a file named by the key with `_file`.
    Secret,
}

/// One setting.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) key: &'static str,
    /// What counts when nothing is said, for people; empty when that is worked out.
    pub(super) default: &'static str,
    pub(super) visibility: Visibility,
    /// A value to show in messages.
    pub(super) example: &'static str,
    pub(super) about: &'static str,
}

impl Setting {
    /// Every setting with a key of its own, in the order in which they are printed.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        SETTINGS.iter().chain(payments::SETTINGS)
    }

    pub(super) fn find(key: &str) -> Option<&'static Self> {
        let fixed = Self::all().find(|setting| setting.key == key);
        fixed.or_else(|| providers::find(key))
    }

    /// Whether its value may be kept in a file of its own.
    pub(super) fn may_be_file(&self) -> bool {
        self.visibility != Visibility::Open
    }
}

const fn open(
    key: &'static str,
    default: &'static str,
    example: &'static str,
    about: &'static str,
) -> Setting {
    Setting {
        key,
        default,
        visibility: Visibility::Open,
        example,
        about,
    }
}

const fn hidden(
    key: &'static str,
    visibility: Visibility,
    example: &'static str,
    about: &'static str,
) -> Setting {
    Setting {
        key,
        default: "",
        visibility,
        example,
        about,
    }
}

const SETTINGS: &[Setting] = &[
    open("env", "development", "production", "development or production"),
    open(
        "bind",
        "127.0.0.1:8080",
        "0.0.0.0:8080",
        "address and port to listen on",
    ),
    open(
        "data_dir",
        "./mainstay-data",
        "/var/lib/mainstay",
        "database, keys and files",
    ),
    open(
        "public_url",
        "",
        "https://app.example.com",
        "where people reach this server: scheme, name, port",
    ),
    open(
        "product_name",
        "Mainstay",
        "Quillwork",
        "what the product calls itself",
    ),
    open(
        "terms_url",
        "",
        "https://example.com/terms",
        "linked on hosted pages",
    ),
    open(
        "privacy_url",
        "",
        "https://example.com/privacy",
        "linked on hosted pages",
    ),
    hidden(
        "database_url",
        Visibility::Url,
        "postgres://user:password@host/name",
        "where the data is: sqlite://… or postgres://…",
    ),
    open(
        "database_max_connections",
        "",
        "16",
        "PostgreSQL: connections of this node",
    ),
    open(
        "database_keep_statements",
        "yes",
        "no",
        "PostgreSQL: prepared statements; no behind a transaction pooler",
    ),
    open(
        "database_root_certificates",
        "",
        "/etc/ssl/db.pem",
        "PostgreSQL: certificates to trust",
    ),
    hidden(
        "master_key",
        Visibility::Secret,
        "64 hexadecimal digits",
        "the one secret of the installation",
    ),
    hidden(
        "smtp_url",
        Visibility::Url,
        "smtp://user:password@mail.example.com:587",
        "the mail server",
    ),
    hidden(
        "smtp_fallback_urls",
        Visibility::Secret,
        "smtps://user:password@mail.example.net",
        "mail servers to ask, in order, when the one of `smtp_url` takes nothing for now; commas between them",
    ),
    open(
        "smtp_domain_rate",
        "20",
        "5",
        "mails a second to one recipient domain, from this node",
    ),
    open(
        "smtp_domain_connections",
        "4",
        "2",
        "mails being handed over at once to one recipient domain, from this node",
    ),
    open(
        "mail_from",
        "",
        "Quillwork <hello@example.com>",
        "who mail is from",
    ),
    hidden(
        "mail_webhook_secret",
        Visibility::Secret,
        "whsec_ and base64 of 32 random bytes",
        "what those know who report bounces and complaints to /webhooks/mail",
    ),
    open(
        "message_retention_days",
        "90",
        "30",
        "days after which mails that were sent are deleted",
    ),
    open(
        "dkim_domain",
        "",
        "example.com",
        "the domain that signs mail (DKIM), the one of `mail_from`",
    ),
    open(
        "dkim_selector",
        "",
        "mail",
        "the name of the signing key in that domain's DNS",
    ),
    hidden(
        "dkim_key",
        Visibility::Secret,
        "a PEM file that begins with BEGIN PRIVATE KEY",
        "the signing key, RSA of 2048 bits or more or Ed25519, in PKCS#8",
    ),
    open(
        "allowed_hosts",
        "",
        "app.example.com, www.example.com",
        "other names that this server answers to",
    ),
    open(
        "trusted_proxies",
        "",
        "10.0.0.0/8, 192.168.1.4",
        "whose X-Forwarded-For is believed",
    ),
    open(
        "cors_origins",
        "",
        "https://www.example.com",
        "other sites whose scripts may read answers",
    ),
    open(
        "redirect_origins",
        "",
        "https://www.example.com",
        "other sites that people may be sent to once they are signed in",
    ),
    open(
        "requests_per_minute",
        "",
        "600",
        "requests of one address, on this node",
    ),
    open(
        "limits_widened",
        "",
        "100",
        "how many times as wide as in production limits are",
    ),
    open(
        "max_requests_in_flight",
        "1024",
        "1024",
        "requests at once; one more is answered 503",
    ),
    open(
        "max_connections",
        "16384",
        "16384",
        "of clients at once; never more than the system allows",
    ),
    open(
        "streams_max",
        "20000",
        "20000",
        "streams of notifications on this node; one more is answered 503",
    ),
    open("request_deadline", "30s", "30s", "how long an answer may take"),
    open(
        "stop_grace",
        "25s",
        "25s",
        "how long requests may take when the server stops",
    ),
    open(
        "log",
        "info,tokio_postgres=warn",
        "info,mainstay_db=debug",
        "which log lines are written",
    ),
    open("log_format", "", "json", "human or json"),
    open(
        "metrics_bind",
        "",
        "127.0.0.1:9090",
        "a listener of its own for /metrics",
    ),
    hidden(
        "metrics_token",
        Visibility::Secret,
        "a long random text",
        "the bearer token for /metrics",
    ),
    open("worker_concurrency", "16", "16", "jobs at once on this node"),
    open(
        "confirm_email",
        "",
        "yes",
        "whether sign-up waits for a click in a mail",
    ),
    open(
        "sign_up_mode",
        "open",
        "waitlist",
        "who may sign up: open, invite_only or waitlist",
    ),
    open(
        "sign_up_domains",
        "",
        "example.com, example.org",
        "the only domains whose addresses sign up without an invite",
    ),
    open(
        "sign_up_refuse_disposable",
        "yes",
        "no",
        "whether throw-away addresses are refused",
    ),
    open(
        "disposable_domains_file",
        "",
        "/etc/mainstay/disposable.txt",
        "domains of throw-away addresses, one a line, in place of the list that comes along",
    ),
    open(
        "sign_up_challenge",
        "off",
        "on",
        "whether a browser works for a moment before it signs up",
    ),
    open(
        "sign_up_challenge_bits",
        "18",
        "20",
        "how much work that is: one more doubles it",
    ),
    open(
        "password_min_length",
        "12",
        "12",
        "the fewest characters of a password",
    ),
    open(
        "max_sessions",
        "50",
        "50",
        "of one person; one more ends the oldest",
    ),
    open(
        "access_token_lifetime",
        "10m",
        "10m",
        "how long an access token holds",
    ),
    open(
        "session_idle_lifetime",
        "14d",
        "14d",
        "how long a session holds that is not used",
    ),
    open(
        "session_lifetime",
        "30d",
        "30d",
        "how long a session holds, however much it is used",
    ),
    open("invite_lifetime", "7d", "7d", "how long an invite holds"),
    open(
        "invites_per_day",
        "50",
        "50",
        "invites that one organization may mail",
    ),
    open(
        "mail_organization_hourly",
        "2000",
        "2000",
        "recipients that one organization may mail over the API in an hour",
    ),
    open(
        "mail_organization_daily",
        "20000",
        "20000",
        "recipients that one organization may mail over the API in a day",
    ),
    open(
        "mail_key_hourly",
        "2000",
        "2000",
        "recipients that may be mailed with one API key in an hour",
    ),
    open(
        "outbound_allow_private",
        "no",
        "no",
        "whether private addresses may be asked, without TLS: for tests and neighbours",
    ),
    open(
        "social_providers",
        "",
        "google, github, acme",
        "providers that people can sign in with; each has settings of its own",
    ),
];
