use super::*;
use crate::{Addressee, CreatedLink, Domain, InviteReference, NewLink, Settings};

impl World {
    pub(super) async fn link(
        &self,
        maker: UserId,
        organization: OrganizationId,
        domain: Option<&str>,
        max_uses: u32,
    ) -> (CreatedLink, Secret<String>) {
        let domain = domain.map(|domain| Domain::parse(domain, "/email_domain").unwrap());
        let new = NewLink::new(key("member"), domain, max_uses).unwrap();
        let invites = &self.services.invites;
        let link = invites
            .create_link(&context(maker), organization, new)
            .await
            .unwrap();
        let token = token_in(&link.url);
        (link, token)
    }
}

#[tokio::test]
async fn a_link_lets_so_many_in() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let (link, token) = world.link(ada, acme, None, 2).await;
    let (grace, linus, eve) = (
        world.person("Grace").await,
        world.person("Linus").await,
        world.person("Eve").await,
    );
    world.accept(grace, &token).await.unwrap();
    assert_eq!(code(world.accept(grace, &token).await), "already_member");
    world.accept(linus, &token).await.unwrap();
    assert_eq!(code(world.accept(eve, &token).await), "invite_invalid");
    let invites = &world.services.invites;
    assert_eq!(
        code(invites.resend(&context(ada), acme, link.invite.id).await),
        "invite_not_mailed"
    );
    let filter = crate::InviteFilter::default();
    let listed = invites
        .list(acme, filter, PageRequest::default())
        .await
        .unwrap()
        .items;
    let Addressee::Link(terms) = &listed[0].addressee else {
        panic!("{listed:?}");
    };
    assert_eq!((terms.uses, terms.max_uses), (2, 2));
}

#[tokio::test]
async fn a_link_for_a_domain_asks_whether_the_address_is_theirs() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let (_, token) = world.link(ada, acme, Some("acme.test"), 10).await;
    let grace = world.person("Grace").await;
    assert_eq!(
        code(world.accept(grace, &token).await),
        "email_domain_not_allowed"
    );
    let move_to = "UPDATE users SET email = $2, email_norm = $2, email_verified_at = $3 WHERE id = $1";
    let nowhere: Option<Timestamp> = None;
    world
        .execute(move_to, args![grace, "grace@acme.test", nowhere])
        .await;
    assert_eq!(code(world.accept(grace, &token).await), "email_not_verified");
    world
        .execute(move_to, args![grace, "grace@sub.acme.test", world.now()])
        .await;
    assert_eq!(
        code(world.accept(grace, &token).await),
        "email_domain_not_allowed"
    );
    world
        .execute(move_to, args![grace, "grace@acme.test", world.now()])
        .await;
    world.accept(grace, &token).await.unwrap();
    let declined = world
        .services
        .invites
        .decline(&context(grace), InviteReference::Token(token))
        .await;
    assert_eq!(code(declined), "invite_not_mailed");
}

#[tokio::test]
async fn the_organizations_domains_hold_for_links_and_mails() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let (_, token) = world.link(ada, acme, None, 10).await;
    let settings = Settings::new("en".parse().unwrap(), &[String::from("acme.test")]).unwrap();
    let organizations = &world.services.organizations;
    organizations
        .update_settings(&context(ada), acme, settings, None)
        .await
        .unwrap();
    let grace = world.person("Grace").await;
    assert_eq!(
        code(world.accept(grace, &token).await),
        "email_domain_not_allowed"
    );
    let invited = world.invite(ada, acme, "linus@example.com", "member").await;
    assert_eq!(code(invited), "email_domain_not_allowed");
    world
        .invite(ada, acme, "linus@acme.test", "member")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_full_organization_takes_nobody() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let (_, token) = world.link(ada, acme, None, 10).await;
    let organizations = &world.services.organizations;
    organizations
        .set_seat_limit(&context(ada), acme, Some(1))
        .await
        .unwrap();
    let grace = world.person("Grace").await;
    assert_eq!(code(world.accept(grace, &token).await), "seats_taken");
    organizations
        .set_seat_limit(&context(ada), acme, Some(2))
        .await
        .unwrap();
    world.accept(grace, &token).await.unwrap();
}
