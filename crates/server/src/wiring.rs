//! Every service and every adapter, built once and in order: what others need comes first.

mod accounts;
mod hooks;
mod keys;
mod money;
mod providers;
mod suppressing;
mod takers;
mod telling;

use std::sync::Arc;
use std::time::Duration;

use activity::ActivityLog;
use api_keys::ApiKeys;
use crypto::{ForeignHashes, MasterKey, PasswordHasher};
use db::Db;
use events::Publisher;
use guard::{IdempotencyKeys, Limits, OneTimeTokens};
use identity::Introspections;
use identity::TellKeyOwners;
use jobs::Queue;
use mail::{Delivery, Mailbox, Mailer, MailerParts, Relays};
use messaging::{Messages, Senders, Templates};
use notifications::{Notifications, Streams};
use organizations::Post;
use outbound::Outbound;
use ports::mail::MailTransport;
use ports::social::SocialProvider;
use sandbox::Sandbox;
use smtp::{Sender, Smtp};
use url::Url;
use web::{Access, Cursors};
use webhooks::Webhooks;

use crate::config::Config;
use crate::dead_jobs::DeadJobs;
use crate::error::StartError;
use crate::invites::OrganizationInvites;
use crate::machine::Machine;
use crate::subscriptions;
pub use accounts::AccountServices;
use keys::KeyOwners;
pub use suppressing::Suppressing;

/// Everything that handlers, jobs and commands work with.
pub struct Services {
    /// The data door.
    pub db: Db,
    /// Jobs wait here.
    pub queue: Queue,
    /// Facts are told here.
    pub events: Publisher,
    /// Mail is handed over here.
    pub mailer: Mailer,
    /// Where mail waits while there is no mail server.
    pub mailbox: Option<Mailbox>,
    /// People's accounts.
    pub accounts: AccountServices,
    /// Organizations, members, roles, invites.
    pub organizations: organizations::Services,
    /// Keys of programs.
    pub api_keys: ApiKeys,
    /// What other services ask about tokens.
    pub introspections: Introspections,
    /// What the product's mails say.
    pub templates: Templates,
    /// Mail of organizations and of the platform.
    pub messages: Messages,
    /// Who the mail of organizations may be from.
    pub senders: Senders,
    /// Who gets no mail.
    pub suppressing: Suppressing,
    /// How long mails are kept that wait for nothing.
    pub(crate) messages_kept: Duration,
    /// What people are told inside the product.
    pub notifications: Notifications,
    /// The same, while it happens.
    pub streams: Streams,
    /// Those outside that hear of events.
    pub webhooks: Webhooks,
    /// Payments, and what is sold.
    pub billing: billing::Services,
    /// The payment provider of development.
    pub sandbox: Option<Sandbox>,
    /// What organizations may use, and what they have used.
    pub entitlements: entitlements::Services,
    /// Who did what.
    pub activity: ActivityLog,
    /// Who may do what.
    pub access: Access,
    /// Seals the cursors of lists.
    pub cursors: Cursors,
    /// Asks servers of others.
    pub outbound: Outbound,
    /// Those that people can sign in with.
    pub providers: Vec<Arc<dyn SocialProvider>>,
}

/// What services are built on, ready for use.
pub(crate) struct Ground {
    pub(crate) db: Db,
    pub(crate) master_key: Arc<MasterKey>,
    pub(crate) machine: Machine,
    /// Where people reach the server.
    pub(crate) public_url: Url,
}

impl Services {
    /// The work that was given up.
    pub(crate) fn dead_jobs(&self) -> DeadJobs {
        let machinery = &self.accounts.machinery;
        DeadJobs {
            db: self.db.clone(),
            queue: self.queue.clone(),
            events: self.events.clone(),
            idempotency: machinery.idempotency.clone(),
            clock: Arc::clone(&machinery.clock),
        }
    }

    pub(crate) fn build(config: &Config, ground: Ground) -> Result<Self, StartError> {
        let Machine { clock, ids } = ground.machine.clone();
        let master_key = ground.master_key;
        let queue = Queue::new(Arc::clone(&ids), Arc::clone(&clock));
        let events = Publisher::new(queue.clone(), Arc::clone(&ids), Arc::clone(&clock));
        let mailer = mailer(config, &ground.public_url, &master_key, &ground.machine, &queue)?;
        let mailbox = config
            .mail
            .smtp
            .is_none()
            .then(|| mailer.mailbox(ground.db.clone()));
        let outbound = Outbound::new(&config.outbound)
            .map_err(|error| StartError::part("servers of others can't be asked", error))?;
        let providers = providers::providers(config, &outbound);
        let hasher = PasswordHasher::start(&config.hasher)
            .map_err(|error| StartError::part("passwords can't be hashed", error))?
            .with_foreign(ForeignHashes::new(&master_key));
        let identity = identity::Machinery::new(identity::MachineryParts {
            db: ground.db.clone(),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            events: events.clone(),
            mailer: mailer.clone(),
            limits: Limits::new(ground.db.clone(), config.limits_widened.get()),
            idempotency: IdempotencyKeys::new(&master_key),
            one_time_tokens: OneTimeTokens::new(&master_key, ids),
            hasher: Arc::new(hasher),
            master_key: Arc::clone(&master_key),
            config: Arc::new(identity::IdentityConfig {
                public_url: ground.public_url,
                limits_widened: config.limits_widened.get(),
                ..config.identity.clone()
            }),
        });
        let organizations = organizations_of(config, &identity);
        let invites = OrganizationInvites(organizations.invites.clone());
        let accounts = AccountServices::build(&identity, Arc::new(invites), &queue, providers.clone());
        let activity = ActivityLog::new(ground.db.clone(), queue.clone(), Arc::clone(&clock));
        let owners = KeyOwners::of(&accounts, &organizations);
        let api_keys = owners.api_keys(&identity);
        let key_owners = TellKeyOwners::new(identity.clone(), accounts.users.clone());
        let notifications = telling::notifications(&identity, &queue, (&outbound, &config.outbound));
        let messaging = telling::messaging(&identity);
        let webhooks = hooks::webhooks(config, &identity, &queue, &outbound);
        let payers = organizations.payers(mailer.clone());
        let (billing, sandbox) = money::billing(config, &identity, &queue, (payers, &outbound))?;
        let entitlements = money::entitlements(config, &identity, &queue);
        let templates = Templates::new(messaging.clone());
        let senders = Senders::new(messaging.clone());
        let heard = subscriptions::subscriptions(
            &activity,
            &organizations,
            &api_keys,
            key_owners,
            &notifications,
            &webhooks,
            &mailer,
        );
        events.connect(subscriptions::with_money(heard, &billing, &entitlements));
        Ok(Self {
            suppressing: Suppressing::build(config, &messaging, &master_key, &identity.config.public_url),
            messages_kept: config.mail.messages_kept,
            streams: telling::streams(config, &notifications, &accounts),
            messages: Messages::new(
                messaging.clone(),
                senders.clone(),
                templates.clone(),
                config.messaging.clone(),
            ),
            templates,
            senders,
            notifications,
            webhooks,
            billing,
            sandbox,
            entitlements,
            access: keys::with_keys(
                Access::new(
                    Arc::new(accounts.authenticator()),
                    Arc::new(organizations.authorizer()),
                    clock,
                ),
                &api_keys,
                config.limits_widened.get(),
            ),
            introspections: owners.introspections(&accounts),
            cursors: Cursors::new(&master_key),
            db: ground.db,
            queue,
            events,
            mailer,
            mailbox,
            accounts,
            organizations,
            api_keys,
            activity,
            outbound,
            providers,
        })
    }
}

fn organizations_of(config: &Config, ground: &identity::Machinery) -> organizations::Services {
    organizations::Services::new(
        &organizations::Machinery::new(organizations::MachineryParts {
            db: ground.db.clone(),
            events: ground.events.clone(),
            idempotency: ground.idempotency.clone(),
            clock: Arc::clone(&ground.clock),
            ids: Arc::clone(&ground.ids),
        }),
        Post {
            mailer: ground.mailer.clone(),
            limits: ground.limits.clone(),
            public_url: ground.config.public_url.clone(),
        },
        &config.organizations,
    )
}

fn mailer(
    config: &Config,
    public_url: &Url,
    master_key: &MasterKey,
    machine: &Machine,
    queue: &Queue,
) -> Result<Mailer, StartError> {
    let host = public_url.host_str().unwrap_or("localhost").to_owned();
    let delivery = match &config.mail.smtp {
        None => Delivery::Mailbox,
        Some(server) => {
            let sender = sender(config, &host)?;
            let servers = std::iter::once(server).chain(&config.mail.fallbacks);
            let transports = servers
                .map(|server| {
                    let smtp = Smtp::new(server.clone(), sender.clone())
                        .map_err(|error| StartError::part("a mail server's URL can't be used", error))?;
                    let smtp = smtp.signing(config.mail.dkim.clone());
                    let transport: Arc<dyn MailTransport> = Arc::new(smtp);
                    Ok(transport)
                })
                .collect::<Result<Vec<_>, StartError>>()?;
            let relays = Relays::new(Arc::clone(&machine.clock), transports);
            Delivery::Smtp(Arc::new(relays.paced(config.mail.pace)))
        }
    };
    let templates = mail::Templates::with_folder(&config.data_dir.join("templates"))
        .map_err(|error| StartError::part("the mail templates can't be used", error))?;
    Ok(Mailer::new(MailerParts {
        queue: queue.clone(),
        sealer: master_key.sealer("mail"),
        templates,
        ids: Arc::clone(&machine.ids),
        clock: Arc::clone(&machine.clock),
        product_name: config.identity.product_name.clone(),
        host,
        delivery,
        unsubscribe: Some(suppressing::links(master_key, public_url)),
    }))
}

/// Who mail is from: the product, at the name where people know it.
fn sender(config: &Config, host: &str) -> Result<Sender, StartError> {
    match &config.mail.from {
        Some(sender) => Ok(sender.clone()),
        None => Ok(Sender {
            name: config.identity.product_name.clone(),
            address: format!("no-reply@{host}").parse().map_err(|_| {
                StartError::Refused(format!(
                    "mail can't be from no-reply@{host}; set MAINSTAY_MAIL_FROM"
                ))
            })?,
        }),
    }
}
