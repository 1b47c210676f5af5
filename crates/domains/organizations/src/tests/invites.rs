use kernel::{EmailAddress, PageRequest};

use super::*;
use crate::{
    Accepted, BulkOutcome, Invite, InviteFilter, InviteReference, InviteStatus, NewInvite, NewInvites, Search,
};

const DAY: Duration = Duration::from_hours(24);

impl World {
    pub(super) async fn invite(
        &self,
        host: UserId,
        organization: OrganizationId,
        email: &str,
        role: &str,
    ) -> Result<Invite, OrganizationError> {
        let new = NewInvite {
            email: email.parse().unwrap(),
            role: key(role),
        };
        let invites = &self.services.invites;
        invites.create(&context(host), organization, new).await
    }

    pub(super) async fn accept(
        &self,
        user: UserId,
        token: &Secret<String>,
    ) -> Result<Accepted, OrganizationError> {
        let reference = InviteReference::Token(token.clone());
        self.services.invites.accept(&context(user), reference).await
    }
}

#[tokio::test]
async fn who_is_invited_by_mail_joins_with_the_role() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let invite = world
        .invite(ada, acme, "grace@example.com", "admin")
        .await
        .unwrap();
    assert_eq!(invite.status(world.now()), InviteStatus::Pending);
    let mail = world.mails("grace@example.com").await.remove(0);
    assert_eq!(mail.summary.template_key, "invite");
    assert!(
        mail.text
            .contains("https://app.example.com/accept-invite?token=ms_inv_"),
        "{}",
        mail.text
    );
    assert!(mail.text.contains("Ada") && mail.text.contains("Acme") && mail.text.contains("7 days"));
    let token = token_in(&mail.text);
    let preview = world.services.invites.preview(&token).await.unwrap();
    assert_eq!(
        (
            preview.organization_name.as_str(),
            preview.inviter_name.as_deref()
        ),
        ("Acme", Some("Ada"))
    );
    assert_eq!(preview.masked_email().as_deref(), Some("g•••@example.com"));

    let grace = world.person("Grace").await;
    world.heard();
    let accepted = world.accept(grace, &token).await.unwrap();
    assert_eq!(accepted.organization.id, acme);
    assert_eq!(world.roles_of(acme, grace).await, ["admin"]);
    assert_eq!(world.heard(), ["member.joined", "invite.accepted"]);
    let told = world.mails("ada@example.com").await.remove(0);
    assert_eq!(told.summary.template_key, "member_joined");
    // Once is enough, and who sends it twice is told that they are in.
    assert_eq!(code(world.accept(grace, &token).await), "already_member");
    assert_eq!(
        code(world.services.invites.preview(&token).await),
        "invite_invalid"
    );
}

#[tokio::test]
async fn an_invite_by_mail_is_for_that_address_alone() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let invite = world
        .invite(ada, acme, "Grace@Example.com", "member")
        .await
        .unwrap();
    let token = world.token("grace@example.com").await;
    let (eve, grace) = (world.person("Eve").await, world.person("Grace").await);
    assert_eq!(code(world.accept(eve, &token).await), "invite_for_other_address");
    let invites = &world.services.invites;
    let by_id = InviteReference::Id(invite.id);
    assert_eq!(
        code(invites.accept(&context(eve), by_id.clone()).await),
        "invite_invalid"
    );
    assert_eq!(
        code(invites.decline(&context(eve), by_id.clone()).await),
        "invite_invalid"
    );
    world
        .execute(
            "UPDATE users SET email_verified_at = NULL WHERE id = $1",
            args![grace],
        )
        .await;
    assert_eq!(code(world.accept(grace, &token).await), "email_not_verified");
    assert_eq!(
        code(invites.accept(&context(grace), by_id.clone()).await),
        "email_not_verified"
    );
    assert_eq!(
        invites
            .list_received(grace, PageRequest::default())
            .await
            .unwrap()
            .items
            .len(),
        0
    );
    world
        .execute(
            "UPDATE users SET email_verified_at = $2 WHERE id = $1",
            args![grace, world.now()],
        )
        .await;
    let received = invites
        .list_received(grace, PageRequest::default())
        .await
        .unwrap()
        .items;
    assert_eq!(
        (received.len(), received[0].organization_name.as_str()),
        (1, "Acme")
    );
    invites.accept(&context(grace), by_id).await.unwrap();
    assert_eq!(
        invites
            .list_received(grace, PageRequest::default())
            .await
            .unwrap()
            .items
            .len(),
        0
    );
    for (place, _) in token.expose().char_indices().skip(7) {
        let mut other = token.expose().clone();
        other.remove(place);
        assert_eq!(
            code(world.accept(eve, &Secret::new(other)).await),
            "invite_invalid",
            "{place}"
        );
    }
}

#[tokio::test]
async fn an_address_has_one_open_invite_and_a_new_one_when_that_has_expired() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let first = world
        .invite(ada, acme, "grace@example.com", "member")
        .await
        .unwrap();
    let token = world.token("grace@example.com").await;
    assert_eq!(
        code(world.invite(ada, acme, "GRACE@example.com", "viewer").await),
        "invite_pending"
    );
    assert_eq!(
        code(world.invite(ada, acme, "ada@example.com", "viewer").await),
        "already_member"
    );
    world.advance(7 * DAY);
    let grace = world.person("Grace").await;
    assert_eq!(code(world.accept(grace, &token).await), "invite_invalid");
    world
        .invite(ada, acme, "grace@example.com", "viewer")
        .await
        .unwrap();
    let list = async |status| {
        let filter = InviteFilter {
            status: Some(status),
            ..InviteFilter::default()
        };
        let page = world
            .services
            .invites
            .list(acme, filter, PageRequest::default())
            .await
            .unwrap();
        page.items.into_iter().map(|invite| invite.id).collect::<Vec<_>>()
    };
    assert_eq!(list(InviteStatus::Expired).await, [first.id]);
    assert_eq!(list(InviteStatus::Pending).await.len(), 1);
    assert_eq!(list(InviteStatus::Revoked).await.len(), 0);
}

#[tokio::test]
async fn an_invite_that_is_sent_again_has_a_new_link() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let invite = world
        .invite(ada, acme, "grace@example.com", "member")
        .await
        .unwrap();
    let old = world.token("grace@example.com").await;
    world.advance(8 * DAY);
    let invites = &world.services.invites;
    let sent = invites.resend(&context(ada), acme, invite.id).await.unwrap();
    assert_eq!(
        (sent.sent_count, sent.status(world.now())),
        (2, InviteStatus::Pending)
    );
    let new = world.token("grace@example.com").await;
    let grace = world.person("Grace").await;
    assert_eq!(code(world.accept(grace, &old).await), "invite_invalid");
    world.accept(grace, &new).await.unwrap();
    assert_eq!(
        code(invites.resend(&context(ada), acme, invite.id).await),
        "invite_closed"
    );
    assert_eq!(
        code(invites.revoke(&context(ada), acme, invite.id).await),
        "invite_closed"
    );
}

#[tokio::test]
async fn an_invite_can_be_taken_back_and_declined() {
    let world = World::new().await;
    let (ada, eve) = (world.person("Ada").await, world.person("Eve").await);
    let acme = world.organization(ada, "Acme").await;
    let evil = world.organization(eve, "Evil").await;
    let grace = world.person("Grace").await;
    let invites = &world.services.invites;
    let invite = world
        .invite(ada, acme, "grace@example.com", "member")
        .await
        .unwrap();
    assert_eq!(
        code(invites.revoke(&context(eve), evil, invite.id).await),
        "not_found"
    );
    assert_eq!(
        code(invites.resend(&context(eve), evil, invite.id).await),
        "not_found"
    );
    assert_eq!(code(invites.get(evil, invite.id).await), "not_found");
    invites.revoke(&context(ada), acme, invite.id).await.unwrap();
    let revoked = invites.get(acme, invite.id).await.unwrap();
    assert_eq!(revoked.status(world.now()), InviteStatus::Revoked);
    let token = world.token("grace@example.com").await;
    assert_eq!(code(world.accept(grace, &token).await), "invite_invalid");
    world
        .invite(ada, acme, "grace@example.com", "member")
        .await
        .unwrap();
    let token = InviteReference::Token(world.token("grace@example.com").await);
    assert_eq!(
        code(invites.decline(&context(eve), token.clone()).await),
        "invite_for_other_address"
    );
    invites.decline(&context(grace), token.clone()).await.unwrap();
    assert_eq!(
        code(invites.decline(&context(grace), token.clone()).await),
        "invite_invalid"
    );
    assert_eq!(
        code(invites.accept(&context(grace), token).await),
        "invite_invalid"
    );
    assert_eq!(world.heard().last().unwrap(), "invite.declined");
}

#[tokio::test]
async fn nobody_invites_to_more_than_they_may() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.member(acme, "Grace", BuiltInRole::Admin).await;
    let linus = world.member(acme, "Linus", BuiltInRole::Member).await;
    let invite = async |inviter, role: &str| code(world.invite(inviter, acme, "x@example.com", role).await);
    assert_eq!(invite(linus, "viewer").await, "forbidden");
    assert_eq!(invite(grace, "owner").await, "role_not_grantable");
    assert_eq!(invite(ada, "owner").await, "role_not_grantable");
    assert_eq!(invite(grace, "billing").await, "role_not_grantable");
    assert_eq!(invite(grace, "nobody").await, "validation_failed");
    assert_eq!(invite(grace, "admin").await, "none");
}

#[tokio::test]
async fn of_many_addresses_each_is_answered() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    world
        .invite(ada, acme, "open@example.com", "member")
        .await
        .unwrap();
    let emails = [
        "new@example.com",
        "NEW@example.com",
        "nonsense",
        "open@example.com",
        "ada@example.com",
    ];
    let new = NewInvites {
        emails: emails.map(String::from).to_vec(),
        role: key("member"),
    };
    let invites = &world.services.invites;
    let context = keyed(ada, "bulk", 1);
    let answers = invites.create_many(&context, acme, new.clone()).await.unwrap();
    let outcomes: Vec<BulkOutcome> = answers.iter().map(|answer| answer.outcome).collect();
    assert_eq!(
        outcomes,
        [
            BulkOutcome::Invited,
            BulkOutcome::InvitePending,
            BulkOutcome::InvalidEmail,
            BulkOutcome::InvitePending,
            BulkOutcome::AlreadyMember,
        ]
    );
    invites.create_many(&context, acme, new).await.unwrap();
    assert_eq!(world.mails("new@example.com").await.len(), 1);
    let filter = InviteFilter {
        search: Search::parse("NEW").unwrap(),
        ..InviteFilter::default()
    };
    let found = invites
        .list(acme, filter, PageRequest::default())
        .await
        .unwrap()
        .items;
    assert_eq!(found[0].email().unwrap().as_str(), "new@example.com");
}

#[tokio::test]
async fn an_organization_mails_so_many_a_day_and_an_address_gets_so_many_an_hour() {
    let config = OrganizationsConfig {
        invites_per_day: 4,
        ..OrganizationsConfig::default()
    };
    let world = World::with(config).await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let other = world.organization(ada, "Other").await;
    let invite = world
        .invite(ada, acme, "grace@example.com", "member")
        .await
        .unwrap();
    let invites = &world.services.invites;
    let resend = async || code(invites.resend(&context(ada), acme, invite.id).await);
    assert_eq!((resend().await, resend().await), ("none", "none"));
    assert_eq!(resend().await, "rate_limited");
    assert_eq!(
        code(world.invite(ada, other, "grace@example.com", "member").await),
        "rate_limited"
    );
    world
        .invite(ada, acme, "one@example.com", "member")
        .await
        .unwrap();
    assert_eq!(
        code(world.invite(ada, acme, "two@example.com", "member").await),
        "rate_limited"
    );
    let refused = world.invite(ada, acme, "two@example.com", "member").await;
    let wait = kernel::Failure::retry_after(&refused.unwrap_err());
    assert!(
        wait.is_some_and(|wait| wait > Duration::from_hours(23)),
        "{wait:?}"
    );
    world.advance(DAY);
    world
        .invite(ada, acme, "two@example.com", "member")
        .await
        .unwrap();
}

#[tokio::test]
async fn the_mail_speaks_the_language_of_its_reader() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.person("Grace").await;
    world
        .execute("UPDATE users SET locale = 'fr' WHERE id = $1", args![grace])
        .await;
    let settings = crate::Settings::new("de".parse().unwrap(), &[]).unwrap();
    let organizations = &world.services.organizations;
    organizations
        .update_settings(&context(ada), acme, settings, None)
        .await
        .unwrap();
    for (email, locale) in [("grace@example.com", "fr"), ("new@example.com", "de")] {
        world.invite(ada, acme, email, "member").await.unwrap();
        assert_eq!(
            world.mails(email).await[0].summary.locale.as_str(),
            locale,
            "{email}"
        );
    }
}

#[tokio::test]
async fn a_sign_up_comes_with_an_invite() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    world
        .invite(ada, acme, "grace@example.com", "member")
        .await
        .unwrap();
    let token = world.token("grace@example.com").await;
    let find = async |email: &str, token: &Secret<String>| {
        let (invites, token, now) = (world.services.invites.clone(), token.clone(), world.now());
        let email: EmailAddress = email.parse().unwrap();
        let work = async move |tx: &mut Tx| invites.find_in(tx, &email, &token, now).await;
        world.machinery.db.write(work).await
    };
    assert_eq!(
        code(find("eve@example.com", &token).await),
        "invite_for_other_address"
    );
    assert_eq!(
        code(find("grace@example.com", &Secret::new("x".into())).await),
        "validation_failed"
    );
    let organizations = &world.services.organizations;
    organizations
        .set_seat_limit(&context(ada), acme, Some(1))
        .await
        .unwrap();
    assert_eq!(code(find("grace@example.com", &token).await), "seats_taken");
    organizations
        .set_seat_limit(&context(ada), acme, Some(2))
        .await
        .unwrap();
    let open = find("grace@example.com", &token).await.unwrap();
    assert!(open.proves_address);
    let grace = world.person("Grace").await;
    let accept = async || {
        let (invites, now) = (world.services.invites.clone(), world.now());
        let work = async move |tx: &mut Tx| invites.accept_in(tx, &context(grace), grace, open.id, now).await;
        world.machinery.db.write(work).await
    };
    accept().await.unwrap();
    assert_eq!(world.roles_of(acme, grace).await, ["member"]);
    assert_eq!(code(accept().await), "invite_invalid");
}

#[tokio::test]
async fn what_a_stranger_sent_from_my_account_is_taken_back_when_i_come() {
    let world = World::new().await;
    let (ada, eve) = (world.person("Ada").await, world.person("Eve").await);
    let acme = world.organization(ada, "Acme").await;
    let evil = world.organization(eve, "Evil").await;
    let sent = world.invite(ada, acme, "grace@example.com", "member").await;
    let other = world.invite(eve, evil, "grace@example.org", "member").await;
    let events = world.machinery.events.clone();
    let reclaimed = kernel::event::user::UserReclaimed { user_id: ada };
    let work = async move |tx: &mut db::Tx| events.publish(tx, &context(ada), &reclaimed).await;
    world.machinery.db.write(work).await.unwrap();
    let invites = &world.services.invites;
    let sent = invites.get(acme, sent.unwrap().id).await.unwrap();
    assert_eq!(sent.status(world.now()), InviteStatus::Revoked);
    let other = invites.get(evil, other.unwrap().id).await.unwrap();
    assert_eq!(other.status(world.now()), InviteStatus::Pending);
}
