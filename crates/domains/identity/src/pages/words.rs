//! What the pages say, in the languages of the hosted pages.

mod english;
mod french;
mod german;

use web::html::Frame;

/// Everything that the pages may say.
pub(super) struct Words {
    pub(super) fields: Fields,
    pub(super) faults: Faults,
    pub(super) sign_in: SignIn,
    pub(super) sign_up: SignUp,
    pub(super) inbox: Inbox,
    pub(super) verification: Verification,
    pub(super) reset: Reset,
    pub(super) magic_link: MagicLink,
    pub(super) second_factor: SecondFactor,
    pub(super) email_change: EmailChange,
    pub(super) social: Social,
    pub(super) account: Account,
    pub(super) security: Security,
    pub(super) back: &'static str,
}

/// What fields are called.
pub(super) struct Fields {
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) email_example: &'static str,
    pub(super) password: &'static str,
    pub(super) password_hint: fn(least: usize) -> String,
    pub(super) show: &'static str,
    pub(super) hide: &'static str,
}

/// What is wrong with what was typed.
pub(super) struct Faults {
    pub(super) email: &'static str,
    pub(super) name: &'static str,
    pub(super) password_short: fn(least: usize) -> String,
    pub(super) password_long: &'static str,
    pub(super) password_weak: &'static str,
    pub(super) wrong_pair: &'static str,
    pub(super) password_locked: &'static str,
    pub(super) email_taken: &'static str,
    pub(super) invite: &'static str,
    pub(super) code: &'static str,
    pub(super) email_domain: &'static str,
    pub(super) email_disposable: &'static str,
    pub(super) sign_up_closed: &'static str,
    pub(super) sign_up_waitlisted: &'static str,
    pub(super) challenge: &'static str,
}

/// The door.
pub(super) struct SignIn {
    pub(super) title: &'static str,
    pub(super) newcomer: fn(product: &str) -> String,
    pub(super) create: &'static str,
    pub(super) forgot: &'static str,
    pub(super) go: &'static str,
    pub(super) mail_link: &'static str,
    pub(super) passkey: &'static str,
    pub(super) or: &'static str,
    pub(super) provider: fn(name: &str) -> String,
    pub(super) away_title: &'static str,
    pub(super) away: fn(host: &str) -> String,
    pub(super) away_go: &'static str,
}

/// A new account.
pub(super) struct SignUp {
    pub(super) title: &'static str,
    pub(super) known: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) go: &'static str,
    pub(super) needs_script: &'static str,
    pub(super) working: &'static str,
    pub(super) failed: &'static str,
}

/// A mail is on its way. The address stands between `before` and `after`.
pub(super) struct Inbox {
    pub(super) title: &'static str,
    pub(super) sign_in: Sentence,
    pub(super) sign_up: Sentence,
    pub(super) reset: Sentence,
    pub(super) nowhere: &'static str,
    pub(super) code: &'static str,
    pub(super) go: &'static str,
    pub(super) spam: &'static str,
    pub(super) again: &'static str,
    pub(super) other_way: &'static str,
}

/// A sentence around an address.
pub(super) struct Sentence {
    pub(super) before: &'static str,
    pub(super) after: fn(minutes: u64) -> String,
}

/// Confirming an address.
pub(super) struct Verification {
    pub(super) title: &'static str,
    pub(super) text: fn(email: &str) -> String,
    pub(super) go: &'static str,
    pub(super) done_title: &'static str,
    pub(super) done: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) bad_title: &'static str,
    pub(super) again: &'static str,
    pub(super) again_go: &'static str,
    pub(super) first_title: &'static str,
    pub(super) first: &'static str,
}

/// A forgotten password.
pub(super) struct Reset {
    pub(super) ask_title: &'static str,
    pub(super) ask: &'static str,
    pub(super) ask_go: &'static str,
    pub(super) set_title: &'static str,
    pub(super) set: &'static str,
    pub(super) new_password: &'static str,
    pub(super) set_go: &'static str,
    pub(super) done_title: &'static str,
    pub(super) done: &'static str,
    pub(super) bad_title: &'static str,
    pub(super) bad: &'static str,
}

/// A link to sign in with.
pub(super) struct MagicLink {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) go: &'static str,
    pub(super) elsewhere_title: &'static str,
    pub(super) elsewhere: &'static str,
    pub(super) bad_title: &'static str,
    pub(super) bad: &'static str,
    pub(super) start_over: &'static str,
}

/// The second step.
pub(super) struct SecondFactor {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) code: &'static str,
    pub(super) hint: &'static str,
    pub(super) go: &'static str,
    pub(super) wrong: &'static str,
    pub(super) over_title: &'static str,
    pub(super) over: &'static str,
    pub(super) start_over: &'static str,
}

/// Another address.
pub(super) struct EmailChange {
    pub(super) title: &'static str,
    pub(super) text: fn(old: &str, new: &str) -> String,
    pub(super) go: &'static str,
    pub(super) waits_title: &'static str,
    pub(super) waits_for_old: &'static str,
    pub(super) waits_for_new: &'static str,
    pub(super) done_title: &'static str,
    pub(super) done: &'static str,
    pub(super) taken_title: &'static str,
    pub(super) taken: &'static str,
    pub(super) bad_title: &'static str,
    pub(super) bad: &'static str,
    pub(super) undo: Undo,
}

/// The old address again.
pub(super) struct Undo {
    pub(super) title: &'static str,
    pub(super) text: fn(old: &str) -> String,
    pub(super) go: &'static str,
    pub(super) done_title: &'static str,
    pub(super) done: &'static str,
}

/// A provider did not bring somebody in.
pub(super) struct Social {
    pub(super) title: &'static str,
    pub(super) over: &'static str,
    pub(super) denied: &'static str,
    pub(super) not_held: &'static str,
    pub(super) unverified: &'static str,
    pub(super) exists: &'static str,
    pub(super) taken: &'static str,
    pub(super) failed: &'static str,
    pub(super) back: &'static str,
}

/// The account of who is signed in.
pub(super) struct Account {
    pub(super) title: &'static str,
    pub(super) signed_in_as: &'static str,
    pub(super) sessions: &'static str,
    pub(super) this_one: &'static str,
    pub(super) last_seen: &'static str,
    pub(super) end: &'static str,
    pub(super) end_others: &'static str,
    pub(super) sign_out: &'static str,
    pub(super) security: &'static str,
    pub(super) unknown_device: &'static str,
    pub(super) on: &'static str,
}

/// How who is signed in signs in.
pub(super) struct Security {
    pub(super) title: &'static str,
    pub(super) back: &'static str,
    pub(super) password: Password,
    pub(super) authenticator: Authenticator,
    pub(super) recovery: Recovery,
    pub(super) passkeys: Passkeys,
    pub(super) accounts: Accounts,
    pub(super) confirm: Confirm,
    pub(super) last_way: &'static str,
}

/// A new password by who knows the old one.
pub(super) struct Password {
    pub(super) title: &'static str,
    pub(super) change: &'static str,
    pub(super) note: &'static str,
    pub(super) current: &'static str,
    pub(super) new: &'static str,
    pub(super) go: &'static str,
    pub(super) wrong: &'static str,
    pub(super) done: &'static str,
}

/// An app that shows codes.
pub(super) struct Authenticator {
    pub(super) title: &'static str,
    pub(super) off: &'static str,
    pub(super) on: &'static str,
    pub(super) add: &'static str,
    pub(super) remove: &'static str,
    pub(super) scan: &'static str,
    pub(super) by_hand: &'static str,
    pub(super) picture: &'static str,
    pub(super) code: &'static str,
    pub(super) go: &'static str,
    pub(super) wrong: &'static str,
}

/// Codes on paper.
pub(super) struct Recovery {
    pub(super) title: &'static str,
    pub(super) left: fn(count: u32) -> String,
    pub(super) make: &'static str,
    pub(super) made_title: &'static str,
    pub(super) made: &'static str,
    pub(super) kept: &'static str,
}

/// Keys that a device keeps.
pub(super) struct Passkeys {
    pub(super) title: &'static str,
    pub(super) none: &'static str,
    pub(super) add: &'static str,
    pub(super) remove: &'static str,
    pub(super) made: &'static str,
    pub(super) used: &'static str,
    pub(super) failed: &'static str,
}

/// Accounts at providers.
pub(super) struct Accounts {
    pub(super) title: &'static str,
    pub(super) connect: fn(name: &str) -> String,
    pub(super) disconnect: &'static str,
}

/// Once more, before something sensitive.
pub(super) struct Confirm {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) code: &'static str,
    pub(super) go: &'static str,
    pub(super) passkey: &'static str,
    pub(super) anew: &'static str,
    pub(super) anew_go: &'static str,
    pub(super) wrong: &'static str,
}

impl Words {
    pub(super) fn of(frame: &Frame) -> &'static Self {
        match frame.locale.as_str() {
            "de" => &german::WORDS,
            "fr" => &french::WORDS,
            _ => &english::WORDS,
        }
    }
}
