//! The whole domain over a database of its own, on the engine that `MAINSTAY_TEST_DATABASE` says.

mod accounts;
mod invites;
mod links;
mod members;
mod mfa_policy;
mod organizations;
mod pages;
mod races;
mod roles;
mod standings;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crypto::MasterKey;
use db::testing::TestDatabase;
use db::{Args, DbError, Executor as _, Tx, args};
use events::{Envelope, Listener, Publisher, Subscriptions};
use guard::{IdempotencyKeys, Limits};
use jobs::Queue;
use kernel::context::Idempotency;
use kernel::event::user::{UserDeleted, UserSuspended};
use kernel::{
    Actor, Clock, Event, IdSource, OrganizationId, PageRequest, RequestContext, Secret, Timestamp, UserId,
};
use mail::{CapturedMail, Delivery, Mailbox, Mailer, MailerParts, Templates};
use uuid::Uuid;

use crate::membership::model::Joining;
use crate::standing::built_in::BuiltInRole;
use crate::{
    Machinery, MachineryParts, Organization, OrganizationError, OrganizationName, OrganizationsConfig, Post,
    Services, Slug,
};

struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let moment = u64::try_from(now.unix_milliseconds()).unwrap();
        Uuid::from_u64_pair(
            moment << 16 | 0x7000,
            1 << 63 | self.0.fetch_add(1, Ordering::Relaxed),
        )
    }
}

/// Writes down the names of events once they are durable.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

#[async_trait(?Send)]
impl Listener for Heard {
    async fn on(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        let (heard, name) = (Arc::clone(&self.0), envelope.name.to_string());
        tx.after_commit(move || heard.lock().unwrap().push(name));
        Ok(())
    }
}

struct World {
    services: Services,
    machinery: Machinery,
    clock: Arc<TestClock>,
    mailbox: Mailbox,
    heard: Heard,
    _database: TestDatabase,
}

impl World {
    async fn new() -> Self {
        Self::with(OrganizationsConfig::default()).await
    }

    async fn with(config: OrganizationsConfig) -> Self {
        let database = TestDatabase::new().await;
        let db = database.db.clone();
        let clock = Arc::new(TestClock(Mutex::new("2026-03-05T17:30:00Z".parse().unwrap())));
        let ids = Arc::new(CountingIds(AtomicU64::new(1)));
        let queue = Queue::new(ids.clone(), clock.clone());
        let master = MasterKey::from_bytes([7; 32]);
        let machinery = Machinery::new(MachineryParts {
            db: db.clone(),
            events: Publisher::new(queue.clone(), ids.clone(), clock.clone()),
            idempotency: IdempotencyKeys::new(&master),
            clock: clock.clone(),
            ids: ids.clone(),
        });
        let mailer = Mailer::new(MailerParts {
            queue,
            sealer: master.sealer("mail"),
            templates: Templates::built_in().unwrap(),
            ids,
            clock: clock.clone(),
            product_name: "Mainstay".into(),
            host: "app.example.com".into(),
            delivery: Delivery::Mailbox,
            unsubscribe: None,
        });
        let mailbox = mailer.mailbox(db.clone());
        let post = Post {
            mailer,
            limits: Limits::new(db, 1),
            public_url: "https://app.example.com".parse().unwrap(),
        };
        let services = Services::new(&machinery, post, &config);
        let heard = Heard::default();
        let subscriptions = Subscriptions::new()
            .listen(heard.clone())
            .subscribe::<UserDeleted>(services.leave_organizations())
            .subscribe::<kernel::event::user::UserReclaimed>(services.revoke_invites())
            .subscribe::<UserSuspended>(services.keep_owners())
            .subscribe::<kernel::event::auth::ImpersonationStarted>(services.tell_organizations());
        machinery.events.connect(subscriptions);
        Self {
            services,
            machinery,
            clock,
            mailbox,
            heard,
            _database: database,
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn advance(&self, by: Duration) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus(by);
    }

    /// What was published since this was last asked.
    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.0.lock().unwrap())
    }

    async fn execute(&self, sql: &'static str, args: Args) -> u64 {
        let work = async move |tx: &mut Tx| tx.execute(sql, args.clone()).await;
        self.machinery.db.write(work).await.unwrap()
    }

    /// Somebody whose address is known to be theirs.
    async fn person(&self, name: &str) -> UserId {
        let user = UserId::new(&*self.machinery.ids, self.now());
        let email = format!("{}@example.com", name.to_lowercase());
        let now = self.now();
        self.execute(
            "INSERT INTO users (id, email, email_norm, email_verified_at, name, name_norm, created_at, updated_at)
             VALUES ($1, $2, $2, $4, $3, $5, $4, $4)",
            args![user, email, name, now, name.to_lowercase()],
        )
        .await;
        user
    }

    async fn organization(&self, owner: UserId, name: &str) -> OrganizationId {
        self.create(owner, name, None).await.unwrap().id
    }

    async fn create(
        &self,
        owner: UserId,
        name: &str,
        slug: Option<&str>,
    ) -> Result<Organization, OrganizationError> {
        let new = crate::NewOrganization {
            name: OrganizationName::parse(name, "/name").unwrap(),
            slug: slug.map(key),
        };
        let organizations = &self.services.organizations;
        organizations.create(&context(owner), owner, new).await
    }

    /// A person who joins without an invite.
    async fn member(&self, organization: OrganizationId, name: &str, role: BuiltInRole) -> UserId {
        let user = self.person(name).await;
        self.join(organization, user, role).await;
        user
    }

    async fn join(&self, organization: OrganizationId, user: UserId, role: BuiltInRole) {
        let (memberships, now) = (self.services.memberships.clone(), self.now());
        let work = async move |tx: &mut Tx| {
            let joining = Joining {
                organization,
                user,
                role: role.id(),
                role_key: &key(role.key()),
                granted_by: None,
            };
            memberships
                .join_in(tx, &RequestContext::system(), joining, now)
                .await
        };
        self.machinery.db.write(work).await.unwrap();
    }

    async fn roles_of(&self, organization: OrganizationId, user: UserId) -> Vec<String> {
        let member = self.services.memberships.get(organization, user).await.unwrap();
        member.roles.iter().map(Slug::to_string).collect()
    }

    async fn grant(
        &self,
        granter: UserId,
        (organization, user): (OrganizationId, UserId),
        roles: &[&str],
    ) -> Result<Vec<String>, OrganizationError> {
        let keys = roles.iter().map(|role| key(role)).collect();
        let memberships = &self.services.memberships;
        let member = memberships
            .update(&context(granter), (organization, user), keys, self.now())
            .await?;
        Ok(member.roles.iter().map(Slug::to_string).collect())
    }

    async fn publish<E: Event + Clone>(&self, actor: UserId, event: E) -> Result<(), OrganizationError> {
        let events = self.machinery.events.clone();
        let work = async move |tx: &mut Tx| {
            events.publish(tx, &context(actor), &event).await?;
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// The mails to an address, the newest first.
    async fn mails(&self, to: &str) -> Vec<CapturedMail> {
        let list = self
            .mailbox
            .list(Some(to.parse().unwrap()), PageRequest::default());
        let mut mails = Vec::new();
        for summary in list.await.unwrap().items {
            mails.push(self.mailbox.get(summary.id).await.unwrap().unwrap());
        }
        mails
    }

    /// The token in the newest invite to an address.
    async fn token(&self, to: &str) -> Secret<String> {
        let mails = self.mails(to).await;
        token_in(&mails.first().unwrap().text)
    }
}

fn token_in(text: &str) -> Secret<String> {
    let start = text.find("token=").unwrap() + "token=".len();
    let token = text[start..].split_whitespace().next().unwrap();
    Secret::new(token.to_owned())
}

fn context(user: UserId) -> RequestContext {
    RequestContext::system().acting_as(Actor::User(user))
}

fn keyed(user: UserId, idempotency_key: &str, body: u8) -> RequestContext {
    let idempotency = Idempotency::new("test".into(), idempotency_key.into(), [body; 32]);
    RequestContext {
        idempotency: Some(Arc::new(idempotency)),
        ..context(user)
    }
}

fn key(text: &str) -> Slug {
    text.parse().unwrap()
}

/// The code of a refusal.
fn code<T>(result: Result<T, OrganizationError>) -> &'static str {
    use kernel::Failure as _;
    result.err().map_or("none", |error| error.code())
}
