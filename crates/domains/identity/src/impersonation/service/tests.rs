//! Staff who act as somebody, and what ends it.

use std::time::Duration;

use db::{Executor as _, Tx, args};
use kernel::{Actor, Failure as _, PageRequest, PlatformRole, RequestContext, UserId};

use super::Impersonations;
use crate::Authenticator;
use crate::account::Accounts;
use crate::error::IdentityError;
use crate::impersonation::model::{Impersonated, Reason, StaffMember, Terms};
use crate::session::model::{NewSession, SessionKind};
use crate::session::service::Held;
use crate::testing::{Identity, context};
use crate::user::model::Acting;

const ADA: &str = "ada@example.com";

struct World {
    identity: Identity,
    impersonations: Impersonations,
    accounts: Accounts,
    staff: UserId,
    ada: Held,
}

impl World {
    /// Ada, and a member of the staff with this role.
    async fn with(role: PlatformRole) -> Self {
        let identity = Identity::open().await;
        let staff = identity.person("grace@example.com").await.user.id;
        let ada = identity.person(ADA).await;
        let own = identity.machinery.clone();
        let impersonations = Impersonations::new(own, identity.users.clone(), identity.sessions.clone());
        let accounts = Accounts::new(
            identity.machinery.clone(),
            identity.users.clone(),
            identity.sessions.clone(),
            identity.passwords.clone(),
        );
        let world = Self {
            identity,
            impersonations,
            accounts,
            staff,
            ada,
        };
        world.set_role(staff, Some(role)).await;
        world
    }

    async fn set_role(&self, user: UserId, role: Option<PlatformRole>) {
        let verify = async move |tx: &mut Tx| {
            let sql = "UPDATE users SET email_verified_at = created_at WHERE id = $1";
            tx.execute(sql, args![user]).await
        };
        self.identity.machinery.db.write(verify).await.unwrap();
        self.accounts
            .set_platform_role(&RequestContext::system(), user, role, None)
            .await
            .unwrap();
    }

    async fn start_as(&self, user: UserId, minutes: u64) -> Result<Impersonated, IdentityError> {
        let terms = Terms {
            reason: Reason::parse("Ticket 4711").unwrap(),
            is_read_only: true,
            lasts: Duration::from_mins(minutes),
        };
        let staff = StaffMember {
            user: self.staff,
            aal: 1,
        };
        self.impersonations
            .start(&context().acting_as(Actor::User(self.staff)), staff, user, terms)
            .await
    }

    async fn start(&self) -> Impersonated {
        self.start_as(self.ada.user.id, 30).await.unwrap()
    }

    async fn check(&self, held: &Held) -> &'static str {
        let (sessions, keys) = (self.identity.sessions.clone(), self.identity.signing_keys.clone());
        let authenticator = Authenticator::new(self.identity.machinery.clone(), sessions, keys);
        let token = held.tokens.access_token.expose();
        code(authenticator.session_of_token(token).await)
    }

    async fn refresh(&self, held: &Held) -> Result<Held, IdentityError> {
        let token = held.tokens.refresh_token.expose();
        self.identity.sessions.refresh(&context(), token).await
    }
}

fn code<T>(result: Result<T, IdentityError>) -> &'static str {
    result.err().map_or("none", |error| error.code())
}

#[tokio::test]
async fn the_token_says_who_acts_and_goes_on_saying_it() {
    let world = World::with(PlatformRole::Admin).await;
    let started = world.start().await;
    let keys = &world.identity.signing_keys;
    let refreshed = world.refresh(&started.held).await.unwrap();
    for held in [&started.held, &refreshed] {
        let now = world.identity.machinery.now();
        let token = held.tokens.access_token.expose();
        let claims = keys.verify(token, now).await.unwrap();
        assert_eq!((claims.sub, claims.act), (world.ada.user.id, Some(world.staff)));
        assert!(claims.amr.is_empty());
    }
    let own = world.ada.tokens.access_token.expose();
    let claims = keys.verify(own, world.identity.machinery.now()).await.unwrap();
    assert_eq!(claims.act, None);
}

#[tokio::test]
async fn the_time_box_holds_however_often_it_is_refreshed() {
    let world = World::with(PlatformRole::Admin).await;
    let mut held = world.start().await.held;
    for _ in 0..2 {
        world.identity.clock.advance(Duration::from_mins(14));
        held = world.refresh(&held).await.unwrap();
    }
    assert_eq!(held.tokens.expires_in, Duration::from_mins(2));
    world.identity.clock.advance(Duration::from_secs(119));
    assert_eq!(world.check(&held).await, "none");
    world.identity.clock.advance(Duration::from_secs(1));
    assert_eq!(world.check(&held).await, "invalid_token");
    assert_eq!(code(world.refresh(&held).await), "invalid_token");
}

#[tokio::test]
async fn it_ends_with_the_standing_of_the_staff() {
    let world = World::with(PlatformRole::Admin).await;
    let owner = world.identity.person("owner@example.com").await.user.id;
    world.set_role(owner, Some(PlatformRole::Owner)).await;
    let acting = Acting::Staff(Some(PlatformRole::Owner));
    let context = RequestContext::system();

    let held = world.start().await.held;
    world.set_role(world.staff, Some(PlatformRole::Support)).await;
    assert_eq!(world.check(&held).await, "session_revoked");
    assert_eq!(code(world.refresh(&held).await), "session_revoked");
    assert_eq!(
        code(world.start_as(world.ada.user.id, 1).await),
        "impersonation_not_allowed"
    );

    world.set_role(world.staff, Some(PlatformRole::Admin)).await;
    let held = world.start().await.held;
    world
        .accounts
        .suspend(&context, acting, world.staff, None)
        .await
        .unwrap();
    assert_eq!(world.check(&held).await, "session_revoked");
    world
        .accounts
        .restore(&context, acting, world.staff, None)
        .await
        .unwrap();
    assert_eq!(world.check(&held).await, "session_revoked");

    let held = world.start().await.held;
    let none = kernel::SessionId::from_uuid(uuid::Uuid::nil());
    world
        .identity
        .sessions
        .end_others(&context, world.staff, none)
        .await
        .unwrap();
    assert_eq!(world.check(&held).await, "session_revoked");
    assert_eq!(world.check(&world.ada).await, "none");
    assert_eq!(world.identity.heard("auth.impersonation_started"), 3);
    assert_eq!(world.identity.heard("auth.impersonation_ended"), 3);
}

/// Even where nothing ended the session, a member of the staff who may not any more is refused.
#[tokio::test]
async fn the_standing_of_the_staff_is_looked_at_each_time() {
    let world = World::with(PlatformRole::Admin).await;
    let held = world.start().await.held;
    let staff = world.staff;
    let users = world.identity.users.clone();
    let fall = async move |tx: &mut Tx| {
        let sql = "UPDATE users SET platform_role = 'support' WHERE id = $1";
        tx.execute(sql, args![staff]).await?;
        users.forget_in(tx, staff);
        Ok::<_, db::DbError>(())
    };
    world.identity.machinery.db.write(fall).await.unwrap();
    assert_eq!(world.check(&held).await, "session_revoked");
    assert_eq!(code(world.refresh(&held).await), "session_revoked");
}

#[tokio::test]
async fn nobody_acts_as_themselves_as_their_equals_or_as_who_is_suspended() {
    let world = World::with(PlatformRole::Admin).await;
    let equal = world.identity.person("equal@example.com").await.user.id;
    world.set_role(equal, Some(PlatformRole::Admin)).await;
    let support = world.identity.person("support@example.com").await.user.id;
    world.set_role(support, Some(PlatformRole::Support)).await;
    assert_eq!(
        code(world.start_as(world.staff, 1).await),
        "impersonation_not_allowed"
    );
    assert_eq!(code(world.start_as(equal, 1).await), "forbidden");
    assert_eq!(code(world.start_as(support, 1).await), "none");
    let nobody = UserId::from_uuid(uuid::Uuid::from_u128(7));
    assert_eq!(code(world.start_as(nobody, 1).await), "not_found");
    let acting = Acting::Staff(Some(PlatformRole::Admin));
    let ada = world.ada.user.id;
    world
        .accounts
        .suspend(&RequestContext::system(), acting, ada, None)
        .await
        .unwrap();
    assert_eq!(code(world.start_as(ada, 1).await), "impersonation_not_allowed");
}

#[tokio::test]
async fn staff_who_have_a_second_factor_show_it_first() {
    let world = World::with(PlatformRole::Admin).await;
    let staff = world.staff;
    let now = world.identity.machinery.now();
    let enrol = async move |tx: &mut Tx| {
        let sql = "INSERT INTO webauthn_credentials
                (id, user_id, credential_id, public_key, sign_count, transports, aaguid, name, is_backed_up, created_at)
             VALUES ($1, $2, $3, $3, 0, '[]', $4, 'key', 0, $5)";
        let id = uuid::Uuid::from_u128(3);
        let bytes = vec![1_u8; 32];
        tx.execute(sql, args![id, staff, bytes, id, now]).await
    };
    world.identity.machinery.db.write(enrol).await.unwrap();
    assert_eq!(
        code(world.start_as(world.ada.user.id, 1).await),
        "step_up_required"
    );
}

#[tokio::test]
async fn it_is_no_sign_in_of_the_person_who_is_told_and_sees_it() {
    let world = World::with(PlatformRole::Admin).await;
    let most = world.identity.machinery.config.max_sessions;
    let signed_in = world.identity.heard("auth.signed_in");
    let new = NewSession {
        user_id: world.ada.user.id,
        kind: SessionKind::Api,
        method: String::from("password"),
        amr: Vec::new(),
        aal: 1,
    };
    for _ in 1..most {
        let (sessions, new, now) = (
            world.identity.sessions.clone(),
            new.clone(),
            world.identity.machinery.now(),
        );
        let open = async move |tx: &mut Tx| sessions.open(tx, &context(), new.clone(), now).await;
        world.identity.machinery.db.write(open).await.unwrap();
    }
    let started = world.start().await;
    // The oldest of Ada's own is still there, and staff take up no room.
    assert_eq!(world.check(&world.ada).await, "none");
    let own = usize::try_from(most - 1).unwrap();
    assert_eq!(world.identity.heard("auth.signed_in"), signed_in + own);
    let mail = world.identity.mail_to(ADA).await.unwrap();
    assert_eq!(mail.summary.template_key, "impersonation_started");
    assert!(mail.text.contains("Ticket 4711"), "{}", mail.text);
    let page = PageRequest::default();
    let listed = world
        .identity
        .sessions
        .list(world.ada.user.id, page)
        .await
        .unwrap();
    let seen = listed
        .items
        .iter()
        .find(|listed| listed.session.id == started.started.session)
        .unwrap();
    assert_eq!(seen.impersonation_reason.as_deref(), Some("Ticket 4711"));
    assert_eq!(seen.session.impersonation.unwrap().by, world.staff);
    let others = listed
        .items
        .iter()
        .filter(|listed| listed.session.impersonation.is_none());
    assert!(others.clone().count() > 0);
    assert!(others.clone().all(|listed| listed.impersonation_reason.is_none()));
}

#[tokio::test]
async fn it_is_ended_by_staff_by_the_person_and_by_signing_out() {
    let world = World::with(PlatformRole::Admin).await;
    let (staff, ada) = (world.staff, world.ada.user.id);
    let end = async || code(world.impersonations.end(&context(), staff, ada).await);
    assert_eq!(end().await, "not_found");
    let held = world.start().await.held;
    assert_eq!(end().await, "none");
    assert_eq!(world.check(&held).await, "session_revoked");

    let started = world.start().await;
    let sessions = &world.identity.sessions;
    let session = started.started.session;
    sessions
        .end(&context(), ada, session, "ended_by_owner")
        .await
        .unwrap();
    assert_eq!(world.check(&started.held).await, "session_revoked");

    let held = world.start().await.held;
    sessions
        .sign_out(&context(), held.tokens.refresh_token.expose())
        .await
        .unwrap();
    assert_eq!(world.check(&held).await, "session_revoked");
    assert_eq!(world.identity.heard("auth.impersonation_ended"), 3);
    assert_eq!(world.check(&world.ada).await, "none");
}
