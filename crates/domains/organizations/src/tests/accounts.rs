use super::*;

#[tokio::test]
async fn who_goes_leaves_and_takes_what_only_they_were_in() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let alone = world.organization(ada, "Alone").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.member(acme, "Grace", BuiltInRole::Member).await;
    let deleted = UserDeleted { user_id: ada };
    assert_eq!(code(world.publish(ada, deleted.clone()).await), "last_owner");
    let organizations = &world.services.organizations;
    assert!(organizations.get(alone).await.is_ok());
    world.grant(ada, (acme, grace), &["owner"]).await.unwrap();
    world.heard();
    world.publish(ada, deleted).await.unwrap();
    assert_eq!(code(organizations.get(alone).await), "not_found");
    assert_eq!(code(world.services.memberships.get(acme, ada).await), "not_found");
    assert_eq!(
        world.heard(),
        ["user.deleted", "member.left", "organization.deleted"]
    );
}

#[tokio::test]
async fn an_organization_is_not_left_to_someone_who_cannot_sign_in() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let suspend = async |user| code(world.publish(ada, UserSuspended { user_id: user }).await);
    // Nobody else is in, so nobody is let down.
    assert_eq!(suspend(ada).await, "none");
    let grace = world.member(acme, "Grace", BuiltInRole::Admin).await;
    assert_eq!(suspend(ada).await, "last_owner");
    assert_eq!(suspend(grace).await, "none");
    world.grant(ada, (acme, grace), &["owner"]).await.unwrap();
    assert_eq!(suspend(ada).await, "none");
}
