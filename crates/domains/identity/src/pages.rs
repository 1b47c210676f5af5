//! The hosted pages of accounts. They need no script; opening one changes nothing, because scanners of mail
//! and curious programs open every link; forms come from our own pages or are refused.
//!
//! | module | pages |
//! |---|---|
//! | `sign_in` | `/login`, and the mail to sign in with |
//! | `sign_up` | `/signup` |
//! | `inbox` | `/check-email`: what is said while a mail is on its way, and the code in it |
//! | `verification` | `/verify-email` |
//! | `password_reset` | `/reset-password` |
//! | `magic_link` | `/magic-link` |
//! | `second_factor` | `/login/second-factor` |
//! | `email_change` | `/change-email`, `/undo-email-change` |
//! | `passkey` | what the script of passkeys asks and answers, on several pages |
//! | `account` | `/account`, `/logout` |
//! | `social` | `/login/with/…` and the way back from a provider |
//! | `security` | `/account/security`, `/account/confirm` |
//! | `arrival` | what a browser gets whose session has just begun |
//! | `ask_address` | a page that asks for an address to send a mail to |
//! | `notice` | a page that says one thing |
//! | `words` | what the pages say |

mod account;
mod arrival;
mod ask_address;
mod email_change;
mod inbox;
mod magic_link;
mod notice;
mod passkey;
mod password_reset;
mod second_factor;
mod security;
mod sign_in;
mod sign_up;
mod social;
mod verification;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use garde::Validate;
use kernel::Secret;
use serde::Deserialize;

use crate::config::IdentityConfig;
use crate::destination::Destination;
use crate::email_change::service::EmailChanges;
use crate::enrolment::service::Enrolments;
use crate::magic_link::service::MagicLinks;
use crate::passkey::service::Passkeys;
use crate::password::service::Passwords;
use crate::password_change::service::PasswordChanges;
use crate::password_reset::service::PasswordResets;
use crate::second_step::service::SecondSteps;
use crate::session::service::Sessions;
use crate::social::service::SocialSignIns;
use crate::step_up::service::StepUps;
use crate::user::service::Users;

/// What the pages work with. Cheap to clone.
#[derive(Clone)]
pub struct PageServices {
    /// The settings of this domain.
    pub config: Arc<IdentityConfig>,
    /// Accounts.
    pub users: Users,
    /// Sessions.
    pub sessions: Sessions,
    /// Sign-up, confirmation of the address, sign-in.
    pub passwords: Passwords,
    /// New passwords by mail.
    pub password_resets: PasswordResets,
    /// Passkeys.
    pub passkeys: Passkeys,
    /// Signing in by mail.
    pub magic_links: MagicLinks,
    /// Other addresses.
    pub email_changes: EmailChanges,
    /// The second step of signing in.
    pub second_steps: SecondSteps,
    /// Other passwords.
    pub password_changes: PasswordChanges,
    /// Second factors that come and go.
    pub enrolments: Enrolments,
    /// Once more, who is it?
    pub step_ups: StepUps,
    /// Accounts at providers.
    pub social: SocialSignIns,
}

/// The pages of accounts, for the server to put beside the API.
pub fn account_pages(services: PageServices) -> Router {
    Router::new()
        .route("/login", get(sign_in::show_sign_in).post(sign_in::sign_in))
        .route(
            "/login/link",
            get(inbox::show_inbox).post(sign_in::mail_sign_in_link),
        )
        .route(
            "/login/second-factor",
            get(second_factor::show_second_factor).post(second_factor::take_second_factor),
        )
        .route("/login/with/{provider}", get(social::depart))
        .route(
            "/auth/social-login/{provider}/callback",
            get(social::arrive).post(social::take_form),
        )
        .route("/signup", get(sign_up::show_sign_up).post(sign_up::sign_up))
        .route("/check-email", get(inbox::show_inbox).post(magic_link::take_code))
        .route(
            "/verify-email",
            get(verification::show_verification).post(verification::verify_email),
        )
        .route(
            "/verify-email/again",
            get(verification::show_verification).post(verification::mail_verification),
        )
        .route(
            "/reset-password",
            get(password_reset::show_reset).post(password_reset::reset_password),
        )
        .route(
            "/magic-link",
            get(magic_link::show_link).post(magic_link::take_link),
        )
        .route(
            "/change-email",
            get(email_change::show_change).post(email_change::confirm_change),
        )
        .route(
            "/undo-email-change",
            get(email_change::show_undo).post(email_change::undo_change),
        )
        .route("/account", get(account::show_account))
        .route("/account/sessions/end", post(account::end_session))
        .route("/account/sessions/end-others", post(account::end_other_sessions))
        .route("/logout", post(account::sign_out))
        .merge(security::router())
        .merge(passkey::router())
        .with_state(services)
}

/// The token of a link in a mail.
#[derive(Deserialize, Validate)]
struct Link {
    #[garde(skip)]
    token: Option<Secret<String>>,
    #[garde(skip)]
    return_to: Option<String>,
}

/// The token of a link, sent by the button of its page.
#[derive(Deserialize)]
struct LinkForm {
    token: Secret<String>,
    return_to: Option<String>,
}

impl PageServices {
    /// Where a person wants to be sent, as far as people may be sent there. Other wishes are passed over: the
    /// link that they came by is somebody else's doing.
    fn destination(&self, return_to: Option<&str>) -> Option<Destination> {
        return_to.and_then(|text| Destination::parse(text, &self.config))
    }

    /// The fewest characters of a password.
    fn least_password(&self) -> usize {
        self.config.password_min_length.max(8)
    }
}

/// What is typed into forms, without the blanks around it; nothing when there is nothing else.
fn typed(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// The address of a page with one parameter.
fn with_parameter(path: &str, name: &str, value: Option<&str>) -> String {
    match value {
        None => path.to_owned(),
        Some(value) => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair(name, value);
            format!("{path}?{}", query.finish())
        }
    }
}

#[cfg(test)]
mod tests;
