//! The mails that exist. Each has a key, which names its files, its rows and its line in the log.

use std::fmt;

use crate::category::Category;

/// A mail of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Template {
    /// Somebody signed up: is the address theirs?
    VerifyEmail,
    /// Somebody signed up with an address that has an account.
    AccountExists,
    /// The way to a new password.
    ResetPassword,
    /// The password was changed.
    PasswordChanged,
    /// The way in without a password.
    MagicLink,
    /// To the present address: may the account move away?
    EmailChangeOld,
    /// To the new address: is it theirs?
    EmailChangeNew,
    /// To the former address: the account has moved, and can be taken back.
    EmailChangedUndo,
    /// A refresh token was used twice, so its session was ended.
    SessionRevokedReuse,
    /// Come and join an organization.
    Invite,
    /// To who invited: the invitation was accepted.
    MemberJoined,
    /// A sign-in from a device that was never seen before.
    SignInNewDevice,
    /// To who may sign up now, while that is not open to everybody.
    Admitted,
    /// Something that opens the account was added, removed or made anew.
    CredentialChanged,
    /// One of the written codes was shown in place of a second factor.
    RecoveryCodeUsed,
    /// A member of the staff acts as the person for a while.
    ImpersonationStarted,
    /// An organization wants to send mail from the address: is it theirs?
    SenderVerification,
    /// To an organization's owners: a webhook endpoint hears of nothing any more.
    WebhookDisabled,
    /// To an organization's owners: a payment for a subscription is missing.
    SubscriptionPastDue,
    /// To an organization's owners: the days end soon that cost nothing.
    SubscriptionTrialEnding,
    /// To an organization's owners: a subscription is over.
    SubscriptionCanceled,
    /// Something that the person is told inside the product too.
    Notification,
    /// What the person has not read inside the product.
    NotificationDigest,
}

/// What a template is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name in the text.
    pub name: &'static str,
    /// Whether the mail makes no sense without it; what is not required is null when it is absent.
    pub is_required: bool,
    /// What previews and tests put in its place; text in JSON.
    pub sample: &'static str,
}

const fn required(name: &'static str, sample: &'static str) -> Variable {
    Variable {
        name,
        is_required: true,
        sample,
    }
}

const fn optional(name: &'static str, sample: &'static str) -> Variable {
    Variable {
        name,
        is_required: false,
        sample,
    }
}

const LINK: Variable = required(
    "link",
    "\"https://app.example.com/auth/confirm?token=ms_ott_4Zx&next=%2F\"",
);
const CODE: Variable = required("code", "\"48201573\"");
/// Seconds, or words that are taken as they are.
const EXPIRES_IN: Variable = required("expires_in", "1800");
/// An RFC 3339 time, or words that are taken as they are.
const WHEN: Variable = required("when", "\"2026-11-24T22:04:05.000Z\"");
/// As `when`.
const UNTIL: Variable = required("until", "\"2026-11-24T22:34:05.000Z\"");
const REASON: Variable = required("reason", "\"Ticket 4711: the invoice does not open\"");
const NEW_EMAIL: Variable = required("new_email", "\"ada.lovelace@example.org\"");
const ORGANIZATION: Variable = required("organization", "\"Ink & Quill\"");
const NAME: Variable = optional("name", "\"Ada\"");
const LOGIN_LINK: Variable = required("login_link", "\"https://app.example.com/login\"");
const SIGN_UP_LINK: Variable = required("sign_up_link", "\"https://app.example.com/signup\"");
const RESET_LINK: Variable = required("reset_link", "\"https://app.example.com/reset-password\"");
const INVITER: Variable = optional("inviter", "\"Grace Hopper\"");
const ROLE: Variable = required("role", "\"admin\"");
const MEMBER: Variable = required("member", "\"Grace Hopper\"");
/// `totp_added`, `totp_removed`, `passkey_added`, `passkey_removed`, `recovery_codes_made`, `social_linked`,
/// `social_unlinked`, `api_key_created` or `factors_reset`.
const WHAT: Variable = required("what", "\"passkey_added\"");
/// What a passkey or key is called, or who keeps the other account.
const WHICH: Variable = optional("which", "\"Ada’s telephone\"");
/// What a plan is called.
const PLAN: Variable = required("plan", "\"Pro\"");
const HOST: Variable = required("host", "\"hooks.example.com\"");
/// `failing` or `gone`.
const CAUSE: Variable = required("cause", "\"failing\"");
const LEFT: Variable = required("left", "9");
const TITLE: Variable = required("title", "\"Invoice 2026-031 is due\"");
const BODY: Variable = optional("body", "\"It has to be paid by 31 March.\"");
const NOTIFICATION_LINK: Variable = optional("link", "\"https://app.example.com/invoices/2026-031\"");
/// The organization that it is about.
const ABOUT: Variable = optional("organization", "\"Ink & Quill\"");
/// A list, the newest first: each has a `title`, and a `link` and an `organization`, which may be null.
const NOTIFICATIONS: Variable = required(
    "notifications",
    r#"[{"title":"Invoice 2026-031 is due","link":"https://app.example.com/invoices/2026-031","organization":"Ink & Quill"},{"title":"Your roles have changed","link":null,"organization":null}]"#,
);
/// Where the reader says that they want no more of these.
const UNSUBSCRIBE_URL: Variable = optional(
    "unsubscribe_url",
    "\"https://app.example.com/unsubscribe/ms_uns_4Zx\"",
);
/// How many there are beside those: `7`, or `100+`.
const MORE: Variable = optional("more", "\"7\"");
const IP: Variable = optional("ip", "\"203.0.113.9\"");
const USER_AGENT: Variable = optional("user_agent", "\"Firefox on Linux\"");

impl Template {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::VerifyEmail,
        Self::AccountExists,
        Self::ResetPassword,
        Self::PasswordChanged,
        Self::MagicLink,
        Self::EmailChangeOld,
        Self::EmailChangeNew,
        Self::EmailChangedUndo,
        Self::SessionRevokedReuse,
        Self::Invite,
        Self::MemberJoined,
        Self::SignInNewDevice,
        Self::Admitted,
        Self::CredentialChanged,
        Self::RecoveryCodeUsed,
        Self::ImpersonationStarted,
        Self::SenderVerification,
        Self::WebhookDisabled,
        Self::SubscriptionPastDue,
        Self::SubscriptionTrialEnding,
        Self::SubscriptionCanceled,
        Self::Notification,
        Self::NotificationDigest,
    ];

    /// Its name in files, rows and logs.
    pub const fn key(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::AccountExists => "account_exists",
            Self::ResetPassword => "reset_password",
            Self::PasswordChanged => "password_changed",
            Self::MagicLink => "magic_link",
            Self::EmailChangeOld => "email_change_old",
            Self::EmailChangeNew => "email_change_new",
            Self::EmailChangedUndo => "email_changed_undo",
            Self::SessionRevokedReuse => "session_revoked_reuse",
            Self::Invite => "invite",
            Self::MemberJoined => "member_joined",
            Self::SignInNewDevice => "sign_in_new_device",
            Self::Admitted => "admitted",
            Self::CredentialChanged => "credential_changed",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::ImpersonationStarted => "impersonation_started",
            Self::SenderVerification => "sender_verification",
            Self::WebhookDisabled => "webhook_disabled",
            Self::SubscriptionPastDue => "subscription_past_due",
            Self::SubscriptionTrialEnding => "subscription_trial_ending",
            Self::SubscriptionCanceled => "subscription_canceled",
            Self::Notification => "notification",
            Self::NotificationDigest => "notification_digest",
        }
    }

    /// The template of this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.key() == key)
    }

    /// What kind of mail it is.
    pub fn category(self) -> Category {
        match self {
            Self::Invite
            | Self::MemberJoined
            | Self::Admitted
            | Self::SubscriptionPastDue
            | Self::SubscriptionTrialEnding
            | Self::SubscriptionCanceled
            | Self::Notification
            | Self::NotificationDigest => Category::transactional(),
            _ => Category::security(),
        }
    }

    /// What its text is told, beside `product_name`, `recipient` and `locale`, which every text is told.
    pub const fn variables(self) -> &'static [Variable] {
        match self {
            Self::VerifyEmail => &[NAME, LINK, CODE, EXPIRES_IN],
            Self::AccountExists => &[LOGIN_LINK, RESET_LINK],
            Self::ResetPassword => &[LINK, EXPIRES_IN],
            Self::PasswordChanged | Self::SessionRevokedReuse => &[WHEN],
            Self::MagicLink => &[LINK, CODE, EXPIRES_IN],
            Self::EmailChangeOld | Self::EmailChangedUndo => &[LINK, NEW_EMAIL],
            Self::EmailChangeNew => &[LINK],
            Self::Invite => &[ORGANIZATION, INVITER, ROLE, LINK, EXPIRES_IN],
            Self::MemberJoined => &[ORGANIZATION, MEMBER],
            Self::SignInNewDevice => &[WHEN, IP, USER_AGENT],
            Self::Admitted => &[SIGN_UP_LINK],
            Self::CredentialChanged => &[WHAT, WHICH, WHEN, IP, USER_AGENT],
            Self::RecoveryCodeUsed => &[LEFT, WHEN, IP, USER_AGENT],
            Self::ImpersonationStarted => &[WHEN, UNTIL, REASON],
            Self::SenderVerification => &[ORGANIZATION, CODE, EXPIRES_IN],
            Self::WebhookDisabled => &[ORGANIZATION, HOST, CAUSE],
            Self::SubscriptionPastDue | Self::SubscriptionTrialEnding => &[ORGANIZATION, PLAN, UNTIL],
            Self::SubscriptionCanceled => &[ORGANIZATION, PLAN],
            Self::Notification => &[TITLE, BODY, NOTIFICATION_LINK, ABOUT, UNSUBSCRIBE_URL],
            Self::NotificationDigest => &[NOTIFICATIONS, MORE, UNSUBSCRIBE_URL],
        }
    }
}

impl Template {
    /// Something to tell a text that is tried out: the samples of some of its variables.
    pub(crate) fn samples(self, which: impl Fn(&Variable) -> bool) -> serde_json::Value {
        let variables = self.variables().iter().filter(|variable| which(variable));
        let samples = variables.map(|variable| {
            let sample = serde_json::from_str(variable.sample).unwrap_or_default();
            (variable.name.to_owned(), sample)
        });
        serde_json::Value::Object(samples.collect())
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}
