//! The texts in this program. Their files are those that an operator would put into
//! `<data_dir>/templates/`, so each is a sample to start from.

/// Two files that are one mail in one language.
pub(crate) struct BuiltIn {
    pub(crate) key: &'static str,
    pub(crate) locale: &'static str,
    pub(crate) text: &'static str,
    pub(crate) html: &'static str,
}

/// The page around every mail.
pub(crate) const LAYOUT: &str = include_str!("../templates/layout.html");
/// The page around a mail of an organization that asks for one: it names nobody.
pub(crate) const PLAIN: &str = include_str!("../templates/plain.html");
/// Buttons, codes and the like, and their styles.
pub(crate) const PARTS: &str = include_str!("../templates/parts.html");

macro_rules! files {
    ($key:literal, $locale:literal) => {
        BuiltIn {
            key: $key,
            locale: $locale,
            text: include_str!(concat!("../templates/", $key, ".", $locale, ".txt")),
            html: include_str!(concat!("../templates/", $key, ".", $locale, ".html")),
        }
    };
}

macro_rules! every_language {
    ($($key:literal),* $(,)?) => {
        &[$(files!($key, "en"), files!($key, "de"), files!($key, "fr")),*]
    };
}

/// All of them.
pub(crate) const BUILT_IN: &[BuiltIn] = every_language![
    "verify_email",
    "account_exists",
    "reset_password",
    "password_changed",
    "magic_link",
    "email_change_old",
    "email_change_new",
    "email_changed_undo",
    "session_revoked_reuse",
    "invite",
    "member_joined",
    "sign_in_new_device",
    "admitted",
    "credential_changed",
    "recovery_code_used",
    "impersonation_started",
    "sender_verification",
    "webhook_disabled",
    "subscription_past_due",
    "subscription_trial_ending",
    "subscription_canceled",
    "notification",
    "notification_digest",
];
