use kernel::{Locale, PageRequest};

use super::*;
use crate::{
    CurrentSettings, NewOrganization, OrganizationContent, OrganizationFilter, Search, Settings, Whose,
};

#[tokio::test]
async fn whoever_makes_an_organization_owns_it() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let made = world.create(ada, "  Ink & Quill ", None).await.unwrap();
    assert_eq!(
        (made.name.as_str(), made.slug.as_str()),
        ("Ink & Quill", "ink-and-quill")
    );
    assert_eq!(world.services.organizations.get(made.id).await.unwrap(), made);
    assert_eq!(world.roles_of(made.id, ada).await, ["owner"]);
    assert_eq!(world.heard(), ["organization.created"]);
}

#[tokio::test]
async fn a_slug_that_was_made_gives_way_and_one_that_was_asked_for_does_not() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    world.create(ada, "Acme", None).await.unwrap();
    let second = world.create(ada, "ACME", None).await.unwrap();
    assert!(second.slug.as_str().starts_with("acme-"), "{}", second.slug);
    let refused = world.create(ada, "Other", Some("acme")).await;
    let Err(OrganizationError::SlugTaken([field])) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(field.pointer, "/slug");
}

#[tokio::test]
async fn a_repeated_request_makes_one_organization() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let new = NewOrganization {
        name: OrganizationName::parse("Acme", "/name").unwrap(),
        slug: None,
    };
    let organizations = &world.services.organizations;
    let first = organizations
        .create(&keyed(ada, "k", 1), ada, new.clone())
        .await
        .unwrap();
    let context = keyed(ada, "k", 1);
    let again = organizations.create(&context, ada, new.clone()).await.unwrap();
    assert_eq!(again, first);
    assert!(context.idempotency.unwrap().is_replayed());
    let other = organizations.create(&keyed(ada, "k", 2), ada, new).await;
    assert_eq!(code(other), "idempotency_key_reused");
}

#[tokio::test]
async fn an_update_of_an_old_copy_is_refused() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let made = world.create(ada, "Acme", None).await.unwrap();
    world.create(ada, "Other", None).await.unwrap();
    world.heard();
    let update = async |name: &str, slug: &str, version| {
        let content = OrganizationContent {
            name: OrganizationName::parse(name, "/name").unwrap(),
            slug: key(slug),
        };
        let organizations = &world.services.organizations;
        organizations
            .update(&context(ada), made.id, content, version)
            .await
    };
    let updated = update("Acme Labs", "acme-labs", Some(1)).await.unwrap();
    assert_eq!((updated.name.as_str(), updated.version), ("Acme Labs", 2));
    assert_eq!(code(update("Acme", "acme", Some(1)).await), "version_mismatch");
    assert_eq!(
        code(update("Acme", "other", None).await),
        "organization_slug_taken"
    );
    // What changes nothing is no change.
    assert_eq!(update("Acme Labs", "acme-labs", None).await.unwrap().version, 2);
    assert_eq!(world.heard(), ["organization.updated"]);
}

#[tokio::test]
async fn lists_go_on_where_they_stopped_and_find_by_the_start() {
    let world = World::new().await;
    let (ada, eve) = (world.person("Ada").await, world.person("Eve").await);
    for name in ["Alpha", "Beta", "Gamma", "50% off"] {
        world.organization(ada, name).await;
    }
    world.organization(eve, "Evil").await;
    let list = async |whose, q: &str, page| {
        let search = Search::parse(q).unwrap();
        let filter = OrganizationFilter { whose, search };
        let page = world.services.organizations.list(filter, page).await.unwrap();
        let names: Vec<String> = page.items.into_iter().map(|found| found.name).collect();
        (names, page.next)
    };
    let (first, next) = list(Whose::Of(ada), "", PageRequest::new(3, None)).await;
    assert_eq!(first, ["50% off", "Gamma", "Beta"]);
    let (rest, end) = list(Whose::Of(ada), "", PageRequest::new(3, next)).await;
    assert_eq!((rest, end), (vec![String::from("Alpha")], None));
    for (q, found) in [("GAM", "Gamma"), ("50%", "50% off"), ("evil", "")] {
        let (names, _) = list(Whose::Of(ada), q, PageRequest::default()).await;
        assert_eq!(names.join(","), found, "{q}");
    }
    assert_eq!(list(Whose::Of(ada), "%", PageRequest::default()).await.0.len(), 0);
    let (all, next) = list(Whose::Everybodys, "", PageRequest::new(4, None)).await;
    assert_eq!(all, ["Evil", "50% off", "Gamma", "Beta"]);
    assert_eq!(
        list(Whose::Everybodys, "", PageRequest::new(4, next)).await.0,
        ["Alpha"]
    );
    assert_eq!(
        list(Whose::Everybodys, "ev", PageRequest::default()).await.0,
        ["Evil"]
    );
}

#[tokio::test]
async fn what_is_an_organizations_own_goes_with_it_and_what_it_paid_stays() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.member(acme, "Grace", BuiltInRole::Admin).await;
    let organizations = &world.services.organizations;
    let payment = Uuid::from_u128(1);
    world
        .execute(
            "INSERT INTO payments (id, organization_id, kind, provider, provider_account, amount, currency, status,
                 metadata, created_at, updated_at)
             VALUES ($1, $2, 'one_off', 'stripe', 'test', 100, 'EUR', 'succeeded', $3, $4, $4)",
            args![payment, acme, serde_json::json!({}), world.now()],
        )
        .await;
    assert_eq!(
        code(organizations.delete(&context(ada), acme, Some(9)).await),
        "version_mismatch"
    );
    organizations.delete(&context(ada), acme, Some(1)).await.unwrap();
    assert_eq!(code(organizations.get(acme).await), "not_found");
    let kept = world
        .execute("UPDATE payments SET version = 2 WHERE id = $1", args![payment])
        .await;
    assert_eq!(kept, 1);
    assert_eq!(
        world.services.standings.permissions(acme, grace).await.unwrap(),
        None
    );
    assert_eq!(world.heard().last().unwrap(), "organization.deleted");
}

#[tokio::test]
async fn settings_are_replaced_and_seats_are_the_platforms() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let organizations = &world.services.organizations;
    let CurrentSettings {
        settings,
        seat_limit,
        version,
        ..
    } = organizations.settings(acme).await.unwrap();
    assert_eq!((settings, seat_limit, version), (Settings::default(), None, 1));
    let german: Locale = "de".parse().unwrap();
    let wanted = Settings::new(german, &[String::from("Example.com")]).unwrap();
    let update = async |version| {
        organizations
            .update_settings(&context(ada), acme, wanted.clone(), version)
            .await
    };
    assert_eq!(update(Some(1)).await.unwrap().settings, wanted);
    assert_eq!(code(update(Some(1)).await), "version_mismatch");
    let set = organizations
        .set_seat_limit(&context(ada), acme, Some(3))
        .await
        .unwrap();
    assert_eq!((set.seat_limit, set.version), (Some(3), 3));
    assert_eq!(
        organizations
            .set_seat_limit(&context(ada), acme, None)
            .await
            .unwrap()
            .seat_limit,
        None
    );
}
