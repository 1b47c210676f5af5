use kernel::Permission as _;
use kernel::permission::{ReadMembers, WriteContent, WriteInvites};

use super::*;
use crate::standing::built_in::EVERY_MEMBER;
use crate::{NewRole, RoleContent, RoleDescription, RoleName};

#[tokio::test]
async fn what_is_remembered_holds_until_it_changes() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.person("Grace").await;
    let permissions = async || world.services.standings.permissions(acme, grace).await.unwrap();
    assert_eq!(permissions().await, None);
    world.join(acme, grace, BuiltInRole::Viewer).await;
    assert_eq!(permissions().await, Some(BuiltInRole::Viewer.permissions()));
    world.grant(ada, (acme, grace), &["admin"]).await.unwrap();
    assert!(permissions().await.unwrap().contains(WriteInvites::SET));
    world
        .services
        .memberships
        .remove(&context(ada), acme, grace)
        .await
        .unwrap();
    assert_eq!(permissions().await, None);
}

#[tokio::test]
async fn a_changed_role_counts_at_once_and_roles_add_up() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.member(acme, "Grace", BuiltInRole::Billing).await;
    let content = |permissions| RoleContent {
        name: RoleName::parse("Editor", "/name").unwrap(),
        description: RoleDescription::parse_optional("", "/description").unwrap(),
        permissions,
    };
    let new = NewRole {
        key: None,
        content: content(WriteContent::SET),
    };
    let roles = &world.services.roles;
    let editor = roles.create(&context(ada), acme, new).await.unwrap();
    world
        .grant(ada, (acme, grace), &["editor", "billing"])
        .await
        .unwrap();
    let permissions = async || {
        world
            .services
            .standings
            .permissions(acme, grace)
            .await
            .unwrap()
            .unwrap()
    };
    assert_eq!(
        permissions().await,
        BuiltInRole::Billing.permissions().union(WriteContent::SET)
    );
    // A member sees where they are, whatever their roles say.
    world.grant(ada, (acme, grace), &["editor"]).await.unwrap();
    assert_eq!(permissions().await, EVERY_MEMBER.union(WriteContent::SET));
    let of = (acme, editor.id);
    roles
        .update(&context(ada), of, content(ReadMembers::SET), None)
        .await
        .unwrap();
    assert_eq!(permissions().await, EVERY_MEMBER.union(ReadMembers::SET));
}

#[tokio::test]
async fn what_is_rolled_back_was_not_changed() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let standings = world.services.standings.clone();
    let before = standings.permissions(acme, ada).await.unwrap();
    let memberships = &world.services.memberships;
    assert_eq!(code(memberships.leave(&context(ada), acme).await), "last_owner");
    assert_eq!(standings.permissions(acme, ada).await.unwrap(), before);
}
