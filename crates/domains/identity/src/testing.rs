//! The whole domain over a database of its own, for the tests beside the code.

pub(crate) mod provider;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crypto::{ForeignHashes, HasherConfig, MasterKey, PasswordHasher};
use db::testing::TestDatabase;
use db::{DbError, Tx};
use events::{Envelope, Listener, Publisher, Subscriptions};
use guard::{IdempotencyKeys, Limits, OneTimeTokens};
use jobs::Queue;
use kernel::{Clock, EmailAddress, IdSource, InviteId, Locale, RequestContext, Secret, Timestamp, UserId};
use mail::{CapturedMail, Delivery, Mailer, MailerParts, Templates};
use ports::social::SocialProvider;
use uuid::Uuid;

use crate::admission::SignUpGate;
use crate::config::IdentityConfig;
use crate::enrolment::Enrolments;
use crate::entrance::{Entered, Entrances};
use crate::error::IdentityError;
use crate::factor::Factors;
use crate::factor_code::FactorCodes;
use crate::invite::{InviteError, InviteRedeemer, OpenInvite};
use crate::machinery::{Machinery, MachineryParts};
use crate::passkey::Passkeys;
use crate::password::{Passwords, SignIn, SignUp, SignedIn};
use crate::recovery_code::RecoveryCodes;
use crate::second_step::SecondSteps;
use crate::session::Sessions;
use crate::session::service::Held;
use crate::signing_key::SigningKeys;
use crate::social::{SocialSignIns, SocialSignInsParts};
use crate::step_up::StepUps;
use crate::totp::Totps;
use crate::user::Users;

/// A password that is good enough for everybody here.
pub(crate) const PASSWORD: &str = "quiet otters juggle 9 lanterns";

pub(crate) struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(by);
    }
}

pub(crate) struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let moment = u64::try_from(now.unix_milliseconds()).unwrap();
        Uuid::from_u64_pair(moment << 16 | 0x7000, self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Writes down the names of events.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<String>>>);

#[async_trait(?Send)]
impl Listener for Heard {
    async fn on(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        let (heard, name) = (Arc::clone(&self.0), envelope.name.to_string());
        tx.after_commit(move || heard.lock().unwrap().push(name));
        Ok(())
    }
}

/// Knows two invites: `mailed` proves the address, `shared` does not.
#[derive(Clone, Default)]
pub(crate) struct Invites(pub(crate) Arc<Mutex<Vec<UserId>>>);

#[async_trait(?Send)]
impl InviteRedeemer for Invites {
    async fn find_in(
        &self,
        _: &mut Tx,
        _: &EmailAddress,
        token: &str,
        _: Timestamp,
    ) -> Result<OpenInvite, InviteError> {
        let proves_address = match token {
            "mailed" => true,
            "shared" => false,
            _ => return Err(InviteError::Refused(Arc::new(IdentityError::OtpInvalid))),
        };
        Ok(OpenInvite {
            id: InviteId::from_uuid(Uuid::from_u128(1)),
            proves_address,
        })
    }

    async fn is_invited_in(
        &self,
        _: &mut Tx,
        email: &EmailAddress,
        _: Timestamp,
    ) -> Result<bool, InviteError> {
        Ok(email.normalized() == "invited@example.com")
    }

    async fn accept_in(
        &self,
        tx: &mut Tx,
        _: &RequestContext,
        user: UserId,
        _: InviteId,
        _: Timestamp,
    ) -> Result<(), InviteError> {
        let accepted = Arc::clone(&self.0);
        tx.after_commit(move || accepted.lock().unwrap().push(user));
        Ok(())
    }
}

/// The services of this domain, and what surrounds them.
pub(crate) struct Identity {
    pub(crate) machinery: Machinery,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) users: Users,
    pub(crate) signing_keys: SigningKeys,
    pub(crate) sessions: Sessions,
    pub(crate) gate: SignUpGate,
    pub(crate) entrances: Entrances,
    pub(crate) enrolments: Enrolments,
    pub(crate) passkeys: Passkeys,
    pub(crate) second_steps: SecondSteps,
    pub(crate) step_ups: StepUps,
    pub(crate) passwords: Passwords,
    pub(crate) invites: Invites,
    pub(crate) google: Arc<provider::FakeProvider>,
    heard: Heard,
    _database: TestDatabase,
}

impl Identity {
    /// As in production, where addresses are confirmed by mail.
    pub(crate) async fn strict() -> Self {
        Self::new(IdentityConfig::default()).await
    }

    /// As in development, where an account is open at once; with the limits of production.
    pub(crate) async fn open() -> Self {
        Self::new(IdentityConfig {
            confirm_email: false,
            ..IdentityConfig::default()
        })
        .await
    }

    pub(crate) async fn new(config: IdentityConfig) -> Self {
        let database = TestDatabase::new().await;
        let now = "2026-03-05T17:30:00Z".parse().unwrap();
        let clock = Arc::new(TestClock(Mutex::new(now)));
        let heard = Heard::default();
        let machinery = machinery(&database, Arc::clone(&clock), &heard, config);
        let users = Users::new(machinery.clone());
        let signing_keys = SigningKeys::new(machinery.clone());
        let sessions = Sessions::new(machinery.clone(), users.clone(), signing_keys.clone());
        let entrances = Entrances::new(machinery.clone(), users.clone(), sessions.clone(), Factors);
        let invites = Invites::default();
        let gate = SignUpGate::new(machinery.clone(), Arc::new(invites.clone()));
        let passwords = Passwords::new(
            machinery.clone(),
            users.clone(),
            sessions.clone(),
            entrances.clone(),
            gate.clone(),
        );
        let codes = FactorCodes::new(
            machinery.clone(),
            Totps::new(&machinery),
            RecoveryCodes::new(machinery.clone()),
        );
        Self {
            passkeys: Passkeys::new(
                machinery.clone(),
                users.clone(),
                sessions.clone(),
                entrances.clone(),
                Enrolments::new(machinery.clone(), users.clone(), sessions.clone()),
            ),
            enrolments: Enrolments::new(machinery.clone(), users.clone(), sessions.clone()),
            second_steps: SecondSteps::new(
                machinery.clone(),
                users.clone(),
                entrances.clone(),
                passwords.clone(),
                codes.clone(),
            ),
            step_ups: StepUps::new(
                machinery.clone(),
                users.clone(),
                sessions.clone(),
                passwords.clone(),
                codes,
            ),
            machinery,
            clock,
            users,
            signing_keys,
            sessions,
            gate,
            entrances,
            passwords,
            invites,
            google: provider::FakeProvider::new("google"),
            heard,
            _database: database,
        }
    }

    /// Sign-in at these providers.
    pub(crate) fn social(&self, providers: Vec<Arc<dyn SocialProvider>>) -> SocialSignIns {
        SocialSignIns::new(SocialSignInsParts {
            machinery: self.machinery.clone(),
            users: self.users.clone(),
            passwords: self.passwords.clone(),
            sessions: self.sessions.clone(),
            entrances: self.entrances.clone(),
            gate: self.gate.clone(),
            providers,
        })
    }

    /// A person with an open account, in a session.
    pub(crate) async fn person(&self, email: &str) -> Held {
        match self.passwords.sign_up(&context(), sign_up(email)).await.unwrap() {
            crate::password::SignedUp::In(held) => held,
            crate::password::SignedUp::CheckEmail => panic!("this needs an open identity"),
        }
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Result<LetIn<Held>, IdentityError> {
        let signed_in = self
            .passwords
            .sign_in(&context(), sign_in(email, password))
            .await?;
        Ok(let_in(signed_in))
    }

    /// The newest mail to `email`.
    pub(crate) async fn mail_to(&self, email: &str) -> Option<CapturedMail> {
        let mailbox = self.machinery.mailer.mailbox(self.machinery.db.clone());
        mailbox.latest_to(&email.parse().unwrap()).await.unwrap()
    }

    /// How often an event was heard.
    pub(crate) fn heard(&self, name: &str) -> usize {
        let heard = self.heard.0.lock().unwrap();
        heard.iter().filter(|heard| *heard == name).count()
    }
}

fn machinery(
    database: &TestDatabase,
    clock: Arc<TestClock>,
    heard: &Heard,
    config: IdentityConfig,
) -> Machinery {
    let clock: Arc<dyn Clock> = clock;
    let ids: Arc<dyn IdSource> = Arc::new(CountingIds(AtomicU64::new(1)));
    let master_key = MasterKey::generate();
    let queue = Queue::new(Arc::clone(&ids), Arc::clone(&clock));
    let events = Publisher::new(queue.clone(), Arc::clone(&ids), Arc::clone(&clock));
    events.connect(Subscriptions::new().listen(heard.clone()));
    let mailer = Mailer::new(MailerParts {
        queue,
        sealer: master_key.sealer("mail"),
        templates: Templates::built_in().unwrap(),
        ids: Arc::clone(&ids),
        clock: Arc::clone(&clock),
        product_name: String::from("Mainstay"),
        host: String::from("localhost"),
        delivery: Delivery::Mailbox,
        unsubscribe: None,
    });
    Machinery::new(MachineryParts {
        db: database.db.clone(),
        limits: Limits::new(database.db.clone(), 1),
        idempotency: IdempotencyKeys::new(&master_key),
        one_time_tokens: OneTimeTokens::new(&master_key, Arc::clone(&ids)),
        hasher: Arc::new(
            PasswordHasher::start(&HasherConfig::cheap())
                .unwrap()
                .with_foreign(ForeignHashes::new(&master_key)),
        ),
        master_key: Arc::new(master_key),
        config: Arc::new(config),
        clock,
        ids,
        events,
        mailer,
    })
}

/// Somebody who owes no second factor, and whose browser is known from now on.
#[derive(Debug)]
pub(crate) struct LetIn<S> {
    pub(crate) held: S,
    pub(crate) device: Secret<String>,
}

pub(crate) fn let_in<S>(signed_in: SignedIn<S>) -> LetIn<S> {
    LetIn {
        held: inside(signed_in.entered),
        device: signed_in.device.unwrap(),
    }
}

/// What somebody holds who owes no second factor.
pub(crate) fn inside<S>(entered: Entered<S>) -> S {
    match entered {
        Entered::In(held) => held,
        Entered::SecondFactor(_) => panic!("a second factor is due"),
    }
}

/// A request from a browser somewhere.
pub(crate) fn context() -> RequestContext {
    from("192.0.2.1")
}

/// A request from this address.
pub(crate) fn from(ip: &str) -> RequestContext {
    RequestContext {
        ip: Some(ip.parse().unwrap()),
        user_agent: Some(String::from("test")),
        ..RequestContext::system()
    }
}

pub(crate) fn sign_up(email: &str) -> SignUp {
    SignUp {
        email: email.parse().unwrap(),
        password: secret(PASSWORD),
        name: Some("Ada".parse().unwrap()),
        locale: Locale::ENGLISH,
        invite_token: None,
        solution: None,
    }
}

pub(crate) fn sign_in(email: &str, password: &str) -> SignIn {
    SignIn {
        email: email.parse().unwrap(),
        password: secret(password),
        device: None,
    }
}

pub(crate) fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// The token of the link in a mail.
pub(crate) fn token_in(mail: &CapturedMail) -> Secret<String> {
    let (_, rest) = mail.text.split_once("?token=").unwrap();
    secret(rest.split_whitespace().next().unwrap())
}

/// The code in a mail.
pub(crate) fn code_in(mail: &CapturedMail) -> Secret<String> {
    let words = mail.text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let code = words
        .filter(|word| word.len() == 8)
        .find(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    secret(code.unwrap())
}
