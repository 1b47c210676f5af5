//! English.

use super::{
    Account, Accounts, Authenticator, Confirm, EmailChange, Faults, Fields, Inbox, MagicLink, Passkeys,
    Password, Recovery, Reset, SecondFactor, Security, Sentence, SignIn, SignUp, Social, Undo, Verification,
    Words,
};

pub(super) static WORDS: Words = Words {
    fields: Fields {
        name: "Name (optional)",
        email: "Email",
        email_example: "you@company.com",
        password: "Password",
        password_hint: |least| {
            format!("At least {least} characters. A few unrelated words are easy to remember.")
        },
        show: "Show",
        hide: "Hide",
    },
    faults: Faults {
        email: "Type an email address, like ada@example.com.",
        name: "Use at most 200 characters in one line.",
        password_short: |least| {
            format!("Use at least {least} characters; a few unrelated words are easy to remember.")
        },
        password_long: "Use at most 128 characters.",
        password_weak: "This is too easy to guess. Add unrelated words, and leave out your name and address.",
        wrong_pair: "That email and password don’t match. Try again, or let us mail you a link.",
        password_locked: "There were too many wrong passwords. Set a new one with “Forgot it?”.",
        email_taken: "There is an account with this address. Sign in instead.",
        invite: "The invite does not hold any more. Ask for a new one.",
        code: "That code is not right, or it is too old. Look again, or have another sent.",
        email_domain: "Addresses of this domain can’t sign up here.",
        email_disposable: "This is an address to be thrown away. Use one that stays yours.",
        sign_up_closed: "Sign-up is by invite only. Open the link of your invite to go on.",
        sign_up_waitlisted: "There is a waiting list. You get a mail when it is your turn.",
        challenge: "Your browser’s work was too old or was used before. Send the form again.",
    },
    sign_in: SignIn {
        title: "Sign in",
        newcomer: |product| format!("New to {product}?"),
        create: "Create an account",
        forgot: "Forgot it?",
        go: "Sign in",
        mail_link: "Email me a sign-in link",
        passkey: "Use a passkey",
        or: "or",
        provider: |name| format!("Continue with {name}"),
        away_title: "You are signed in",
        away: |host| format!("Go on to {host}, where you came from."),
        away_go: "Continue",
    },
    sign_up: SignUp {
        title: "Create an account",
        known: "Have an account?",
        sign_in: "Sign in",
        go: "Create account",
        needs_script: "Your browser has to work for a moment before it signs you up, which takes script. \
                       Turn it on and open this page again.",
        working: "One moment, your browser is working…",
        failed: "That did not work. Try again.",
    },
    inbox: Inbox {
        title: "Check your inbox",
        sign_in: Sentence {
            before: "If there is an account for",
            after: |minutes| {
                format!(
                    ", a sign-in link is on its way. It works once, for the next {minutes} minutes, in this \
                     browser."
                )
            },
        },
        sign_up: Sentence {
            before: "We sent a mail to",
            after: |_| String::from(". Open the link in it, and your account is ready."),
        },
        reset: Sentence {
            before: "If there is an account for",
            after: |minutes| {
                format!(
                    ", a link to choose a new password is on its way. It works once, for the next {minutes} \
                     minutes."
                )
            },
        },
        nowhere: "If you asked for a sign-in link in this browser, open it here, or type the code beside it.",
        code: "Or type the 8-digit code from the mail",
        go: "Continue",
        spam: "Nothing there? Look in spam, or",
        again: "send another",
        other_way: "Use another way",
    },
    verification: Verification {
        title: "Confirm your address",
        text: |email| format!("Is {email} your address? Confirm it, and your account is ready."),
        go: "Confirm my address",
        done_title: "Your address is confirmed",
        done: "Your account is ready. Sign in to use it.",
        sign_in: "Sign in",
        bad_title: "This link does not work any more",
        again: "It was used, or it is too old. Type your address, and we send another.",
        again_go: "Send another",
        first_title: "Confirm your address first",
        first: "Your account opens once you have followed the link in the mail that we sent. It can be sent again.",
    },
    reset: Reset {
        ask_title: "Forgot your password?",
        ask: "Type your address, and we mail you a link to choose a new one.",
        ask_go: "Send the link",
        set_title: "Choose a new password",
        set: "You will be signed out everywhere else.",
        new_password: "New password",
        set_go: "Set the password",
        done_title: "Your password is set",
        done: "Sign in with it. Everybody who was signed in is signed out.",
        bad_title: "This link does not work any more",
        bad: "It was used, or it is too old. Type your address, and we send another.",
    },
    magic_link: MagicLink {
        title: "Sign in",
        text: "You asked for this link. Go on, and you are signed in in this browser.",
        go: "Sign in",
        elsewhere_title: "Type the code where you started",
        elsewhere: "This link works only in the browser that asked for it. There, type the 8-digit code from the \
                    mail. If you did not ask for it, close this page: nobody gets in.",
        bad_title: "This link does not work any more",
        bad: "It was used, it is too old, or a newer one was sent.",
        start_over: "Ask for another",
    },
    second_factor: SecondFactor {
        title: "One more step",
        text: "Show that it is you with your second factor.",
        code: "Code",
        hint: "From your authenticator app, or one of the recovery codes that you wrote down.",
        go: "Go on",
        wrong: "That code is not right, or it was used before. Wait for the next one, or try another.",
        over_title: "Please start over",
        over: "This sign-in is too old, or there were too many wrong codes.",
        start_over: "Sign in again",
    },
    email_change: EmailChange {
        title: "Change the address?",
        text: |old, new| format!("The account moves from {old} to {new}, once both mailboxes have agreed."),
        go: "Yes, change it",
        waits_title: "One more mailbox",
        waits_for_old: "Now open the mail at your old address and agree there as well.",
        waits_for_new: "Now open the mail at your new address and agree there as well.",
        done_title: "Your address is changed",
        done: "Use the new one to sign in from now on.",
        taken_title: "That address is taken",
        taken: "There is another account with it by now, so nothing was changed.",
        bad_title: "This link does not work any more",
        bad: "It was used, it is too old, or the change was dropped. Nothing was changed.",
        undo: Undo {
            title: "Take the change back?",
            text: |old| {
                format!(
                    "The account returns to {old}. Everybody who is signed in is signed out, and you choose a \
                     new password."
                )
            },
            go: "Take it back",
            done_title: "The change is taken back",
            done: "Your account has its old address again. Open the mail that we just sent there, and choose a \
                   new password.",
        },
    },
    social: Social {
        title: "You are not signed in",
        over: "This sign-in is over, or was begun in another browser. Begin again.",
        denied: "The provider did not confirm the sign-in, or you called it off. Nothing was changed.",
        not_held: "What the provider sent back does not hold. Begin again.",
        unverified: "The provider has not confirmed your e-mail address. Confirm it there, or sign in another way.",
        exists: "There is an account with your e-mail address already. Sign in as you always do, then link the \
                 provider in your account.",
        taken: "Somebody else signs in with this account of the provider. Nothing was changed.",
        failed: "The provider does not answer as it should. Try again later, or sign in another way.",
        back: "Back to sign in",
    },
    account: Account {
        title: "Your account",
        signed_in_as: "You are signed in as",
        sessions: "Where you are signed in",
        this_one: "This browser",
        last_seen: "last used",
        end: "Sign out",
        end_others: "Sign out everywhere else",
        sign_out: "Sign out",
        security: "Sign-in and security",
        unknown_device: "An unknown program",
        on: "on",
    },
    security: Security {
        title: "Sign-in and security",
        back: "Back to your account",
        password: Password {
            title: "Password",
            change: "Change the password",
            note: "You will be signed out everywhere else.",
            current: "Current password",
            new: "New password",
            go: "Change the password",
            wrong: "That is not your current password.",
            done: "Your password is changed.",
        },
        authenticator: Authenticator {
            title: "Authenticator app",
            off: "Codes from an app on your phone, asked for after your password.",
            on: "On. A code is asked for when you sign in.",
            add: "Set up an app",
            remove: "Remove the app",
            scan: "Scan this picture with your authenticator app, then type the code that it shows.",
            by_hand: "Can’t scan? Type this key into the app:",
            picture: "QR code for the authenticator app",
            code: "6-digit code",
            go: "Turn it on",
            wrong: "That code is not right. Wait for the next one and try again.",
        },
        recovery: Recovery {
            title: "Recovery codes",
            left: |count| format!("{count} left. Each gets you in once when your app or passkey is lost."),
            make: "Make new codes",
            made_title: "Keep these codes",
            made: "Each gets you in once, in place of your second step. They are shown this one time; print them, or keep them with your passwords.",
            kept: "I have kept them",
        },
        passkeys: Passkeys {
            title: "Passkeys",
            none: "Sign in with your fingerprint, face or device lock, without a password.",
            add: "Add a passkey",
            remove: "Remove",
            made: "added",
            used: "last used",
            failed: "That did not work. Try again.",
        },
        accounts: Accounts {
            title: "Connected accounts",
            connect: |name| format!("Connect {name}"),
            disconnect: "Disconnect",
        },
        confirm: Confirm {
            title: "Is it you?",
            text: "This is sensitive, so show once more that it is you.",
            code: "Code from your app, or a recovery code",
            go: "Go on",
            passkey: "Use a passkey",
            anew: "You have neither a password nor a second step. Sign in again to go on.",
            anew_go: "Sign in again",
            wrong: "That is not right. Try again.",
        },
        last_way: "This is the last way into your account. Add another first.",
    },
    back: "Back to sign in",
};
