//! The services of accounts, in the order in which they need each other.

use std::sync::Arc;

use axum::Router;
use identity::{
    Accounts, Admissions, Authenticator, Documents, EmailChanges, Enrolments, Entrances, FactorCodes,
    Factors, Impersonations, InviteRedeemer, Machinery, MagicLinks, PageServices, Passkeys, PasswordChanges,
    PasswordResets, Passwords, RecoveryCodes, SecondSteps, Sessions, SignUpGate, SigningKeys, SocialSignIns,
    SocialSignInsParts, Staff, StepUps, Totps, UserImports, UserSettings, Users,
};
use jobs::Queue;
use ports::social::SocialProvider;
use web::Api;

/// Everything about people's accounts.
pub struct AccountServices {
    /// What they all work with.
    pub machinery: Machinery,
    /// Accounts, as services know them.
    pub users: Users,
    /// What access tokens are signed with.
    pub signing_keys: SigningKeys,
    /// What strangers pass who want an account.
    pub gate: SignUpGate,
    /// Who may sign up while that is not open to everybody.
    pub admissions: Admissions,
    /// Sessions.
    pub sessions: Sessions,
    /// The end of every way in.
    pub entrances: Entrances,
    /// How second factors come and go.
    pub enrolments: Enrolments,
    /// The second step of signing in.
    pub second_steps: SecondSteps,
    /// Showing once more who one is.
    pub step_ups: StepUps,
    /// Sign-up and sign-in.
    pub passwords: Passwords,
    /// Changes of address.
    pub email_changes: EmailChanges,
    /// Passkeys.
    pub passkeys: Passkeys,
    /// Signing in by mail.
    pub magic_links: MagicLinks,
    /// Accounts at providers.
    pub social: SocialSignIns,
    /// Changes of password.
    pub password_changes: PasswordChanges,
    /// Forgotten passwords.
    pub password_resets: PasswordResets,
    /// Accounts, as their owners and staff manage them.
    pub accounts: Accounts,
    /// Staff who act as somebody.
    pub impersonations: Impersonations,
    /// People brought along from other systems.
    pub user_imports: UserImports,
    /// What people chose.
    pub settings: UserSettings,
    /// Documents of people and organizations.
    pub documents: Documents,
    /// Who runs the platform.
    pub staff: Staff,
}

impl AccountServices {
    pub(crate) fn build(
        machinery: &Machinery,
        invites: Arc<dyn InviteRedeemer>,
        queue: &Queue,
        providers: Vec<Arc<dyn SocialProvider>>,
    ) -> Self {
        let own = || machinery.clone();
        let users = Users::new(own());
        let signing_keys = SigningKeys::new(own());
        let sessions = Sessions::new(own(), users.clone(), signing_keys.clone());
        let gate = SignUpGate::new(own(), invites);
        let entrances = Entrances::new(own(), users.clone(), sessions.clone(), Factors);
        let enter = || entrances.clone();
        let passwords = Passwords::new(own(), users.clone(), sessions.clone(), enter(), gate.clone());
        let (user, word, session) = (|| users.clone(), || passwords.clone(), || sessions.clone());
        let codes = FactorCodes::new(own(), Totps::new(machinery), RecoveryCodes::new(own()));
        let email_changes = EmailChanges::new(own(), user(), word(), session());
        let social = SocialSignIns::new(SocialSignInsParts {
            machinery: own(),
            users: user(),
            passwords: word(),
            sessions: session(),
            entrances: enter(),
            gate: gate.clone(),
            providers,
        });
        Self {
            enrolments: Enrolments::new(own(), user(), session()),
            second_steps: SecondSteps::new(own(), user(), enter(), word(), codes.clone()),
            step_ups: StepUps::new(own(), user(), session(), word(), codes),
            passkeys: Passkeys::new(
                own(),
                user(),
                session(),
                enter(),
                Enrolments::new(own(), user(), session()),
            ),
            magic_links: MagicLinks::new(own(), user(), word(), session(), enter()),
            password_changes: PasswordChanges::new(own(), user(), word(), session(), email_changes.clone()),
            password_resets: PasswordResets::new(own(), user(), word(), session(), email_changes.clone()),
            accounts: Accounts::new(own(), user(), session(), word()),
            impersonations: Impersonations::new(own(), user(), session()),
            user_imports: UserImports::new(own(), user(), word(), queue.clone()),
            settings: UserSettings::new(own(), user()),
            documents: Documents::new(own(), user()),
            staff: Staff::new(own(), user(), word()),
            admissions: Admissions::new(own()),
            machinery: own(),
            social,
            gate,
            email_changes,
            passwords,
            entrances,
            sessions,
            signing_keys,
            users,
        }
    }

    /// Every operation about accounts.
    pub(crate) fn api(&self) -> Api {
        identity::password::routes::routes(self.passwords.clone())
            .merge(identity::admission::routes::routes(
                self.gate.clone(),
                self.admissions.clone(),
            ))
            .merge(identity::session::routes::routes(self.sessions.clone()))
            .merge(identity::passkey::routes::routes(self.passkeys.clone()))
            .merge(identity::magic_link::routes::routes(self.magic_links.clone()))
            .merge(identity::social::routes::routes(self.social.clone()))
            .merge(identity::password_reset::routes::routes(
                self.password_resets.clone(),
            ))
            .merge(identity::password_change::routes::routes(
                self.password_changes.clone(),
            ))
            .merge(identity::email_change::routes::routes(self.email_changes.clone()))
            .merge(identity::account::routes::routes(self.accounts.clone()))
            .merge(identity::impersonation::routes::routes(
                self.impersonations.clone(),
            ))
            .merge(identity::user_import::routes::routes(self.user_imports.clone()))
            .merge(identity::enrolment::routes::routes(self.enrolments.clone()))
            .merge(identity::second_step::routes::routes(self.second_steps.clone()))
            .merge(identity::step_up::routes::routes(self.step_ups.clone()))
            .merge(identity::settings::routes::routes(self.settings.clone()))
            .merge(identity::document::routes::routes(self.documents.clone()))
            .merge(identity::signing_key::routes::routes(self.signing_keys.clone()))
    }

    /// The pages for people.
    pub(crate) fn pages(&self) -> Router {
        identity::account_pages(PageServices {
            config: Arc::clone(&self.machinery.config),
            users: self.users.clone(),
            sessions: self.sessions.clone(),
            passwords: self.passwords.clone(),
            password_resets: self.password_resets.clone(),
            passkeys: self.passkeys.clone(),
            magic_links: self.magic_links.clone(),
            email_changes: self.email_changes.clone(),
            second_steps: self.second_steps.clone(),
            social: self.social.clone(),
            password_changes: self.password_changes.clone(),
            enrolments: self.enrolments.clone(),
            step_ups: self.step_ups.clone(),
        })
    }

    /// Who tells who a caller is.
    pub(crate) fn authenticator(&self) -> Authenticator {
        Authenticator::new(
            self.machinery.clone(),
            self.sessions.clone(),
            self.signing_keys.clone(),
        )
    }
}
