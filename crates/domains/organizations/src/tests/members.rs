use kernel::PageRequest;

use super::*;
use crate::{MemberFilter, Search};

#[tokio::test]
async fn members_are_listed_in_the_order_they_came() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    for (name, role) in [
        ("Grace", BuiltInRole::Admin),
        ("Greta", BuiltInRole::Member),
        ("Linus", BuiltInRole::Member),
    ] {
        world.advance(Duration::from_secs(1));
        world.member(acme, name, role).await;
    }
    let list = async |q: &str, role: Option<&str>, page| {
        let filter = MemberFilter {
            search: Search::parse(q).unwrap(),
            role: role.map(key),
        };
        let page = world.services.memberships.list(acme, filter, page).await.unwrap();
        let names: Vec<String> = page
            .items
            .iter()
            .map(|found| found.person.name.clone().unwrap())
            .collect();
        (names.join(" "), page.next)
    };
    let (first, next) = list("", None, PageRequest::new(3, None)).await;
    assert_eq!(first, "Ada Grace Greta");
    assert_eq!(
        list("", None, PageRequest::new(3, next)).await,
        ("Linus".into(), None)
    );
    assert_eq!(list("gr", None, PageRequest::default()).await.0, "Grace Greta");
    assert_eq!(list("LINUS@", None, PageRequest::default()).await.0, "Linus");
    assert_eq!(
        list("", Some("member"), PageRequest::default()).await.0,
        "Greta Linus"
    );
    assert_eq!(list("_", None, PageRequest::default()).await.0, "");
}

#[tokio::test]
async fn another_organizations_members_are_not_there() {
    let world = World::new().await;
    let (ada, eve) = (world.person("Ada").await, world.person("Eve").await);
    let acme = world.organization(ada, "Acme").await;
    let evil = world.organization(eve, "Evil").await;
    let memberships = &world.services.memberships;
    assert_eq!(code(memberships.get(acme, eve).await), "not_found");
    assert_eq!(
        code(world.grant(eve, (evil, ada), &["viewer"]).await),
        "not_found"
    );
    assert_eq!(
        code(world.grant(eve, (acme, ada), &["viewer"]).await),
        "not_found"
    );
    assert_eq!(
        code(memberships.remove(&context(eve), acme, ada).await),
        "not_found"
    );
    assert_eq!(code(memberships.leave(&context(eve), acme).await), "not_found");
    assert_eq!(world.roles_of(acme, ada).await, ["owner"]);
}

#[tokio::test]
async fn nobody_grants_what_they_lack_or_touches_who_stands_as_high() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.member(acme, "Grace", BuiltInRole::Admin).await;
    let other = world.member(acme, "Greta", BuiltInRole::Admin).await;
    let linus = world.member(acme, "Linus", BuiltInRole::Member).await;
    let grant = async |granter, user, roles: &[&str]| code(world.grant(granter, (acme, user), roles).await);
    for (granter, user, roles, expected) in [
        (grace, linus, &["owner"][..], "role_not_grantable"),
        (grace, linus, &["billing"], "role_not_grantable"),
        (grace, ada, &["viewer"], "member_outranks"),
        (grace, other, &["viewer"], "member_outranks"),
        (grace, grace, &["admin", "owner"], "role_not_grantable"),
        (linus, grace, &["viewer"], "member_outranks"),
        (linus, linus, &["admin"], "forbidden"),
        (grace, linus, &["nobody"], "validation_failed"),
        (grace, linus, &["admin"], "none"),
        (ada, linus, &["billing", "viewer"], "none"),
        // What somebody has stays with them: that is no grant.
        (grace, linus, &["billing", "member"], "none"),
        (ada, other, &["owner"], "none"),
        (ada, other, &["member"], "none"),
        (grace, grace, &["viewer"], "none"),
    ] {
        assert_eq!(grant(granter, user, roles).await, expected, "{roles:?}");
    }
    let memberships = &world.services.memberships;
    world.grant(ada, (acme, grace), &["admin"]).await.unwrap();
    assert_eq!(
        code(memberships.remove(&context(grace), acme, ada).await),
        "member_outranks"
    );
    assert_eq!(
        code(memberships.remove(&context(linus), acme, grace).await),
        "member_outranks"
    );
    memberships.remove(&context(grace), acme, linus).await.unwrap();
    assert_eq!(world.heard().last().unwrap(), "member.removed");
}

#[tokio::test]
async fn a_grant_needs_a_recent_sign_in_and_taking_away_does_not() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.member(acme, "Grace", BuiltInRole::Admin).await;
    let signed_in_at = world.now();
    world.advance(Duration::from_secs(601));
    let memberships = &world.services.memberships;
    let update = async |roles: Vec<Slug>| {
        let updated = memberships
            .update(&context(ada), (acme, grace), roles, signed_in_at)
            .await;
        code(updated)
    };
    assert_eq!(update(vec![key("admin"), key("owner")]).await, "step_up_required");
    assert_eq!(update(vec![key("member")]).await, "step_up_required");
    assert_eq!(update(vec![key("admin")]).await, "none");
    assert_eq!(world.roles_of(acme, grace).await, ["admin"]);
}

#[tokio::test]
async fn the_last_owner_stays() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.member(acme, "Grace", BuiltInRole::Member).await;
    let memberships = &world.services.memberships;
    assert_eq!(code(memberships.leave(&context(ada), acme).await), "last_owner");
    assert_eq!(
        code(memberships.remove(&context(ada), acme, ada).await),
        "last_owner"
    );
    assert_eq!(
        code(world.grant(ada, (acme, ada), &["admin"]).await),
        "last_owner"
    );
    assert_eq!(world.roles_of(acme, ada).await, ["owner"]);
    world
        .grant(ada, (acme, grace), &["owner", "member"])
        .await
        .unwrap();
    // Somebody who can't sign in is no owner to rely on.
    let suspend = "UPDATE users SET status = $2 WHERE id = $1";
    world.execute(suspend, args![grace, "suspended"]).await;
    assert_eq!(code(memberships.leave(&context(ada), acme).await), "last_owner");
    world.execute(suspend, args![grace, "active"]).await;
    memberships.leave(&context(ada), acme).await.unwrap();
    assert_eq!(world.roles_of(acme, grace).await, ["owner", "member"]);
    assert_eq!(world.heard().last().unwrap(), "member.left");
}

#[tokio::test]
async fn an_organization_is_handed_over_to_a_member() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.member(acme, "Grace", BuiltInRole::Member).await;
    let eve = world.person("Eve").await;
    let transfer = async |from, to| {
        world
            .services
            .memberships
            .transfer(&context(from), acme, to)
            .await
    };
    assert_eq!(code(transfer(grace, grace).await), "forbidden");
    assert_eq!(code(transfer(ada, eve).await), "validation_failed");
    assert_eq!(code(transfer(ada, ada).await), "validation_failed");
    assert_eq!(code(transfer(eve, ada).await), "not_found");
    world.heard();
    transfer(ada, grace).await.unwrap();
    assert_eq!(world.roles_of(acme, grace).await, ["owner", "member"]);
    assert_eq!(world.roles_of(acme, ada).await, ["admin"]);
    assert_eq!(
        world.heard(),
        [
            "member.roles_changed",
            "member.roles_changed",
            "organization.transferred"
        ]
    );
    assert_eq!(code(transfer(ada, ada).await), "forbidden");
}
