use kernel::permission::{DeleteOrganization, ReadMembers, WriteContent, WritePayments, WriteRoles};
use kernel::{PageRequest, Permission as _, PermissionSet};

use super::*;
use crate::{NewRole, Role, RoleContent, RoleDescription, RoleName, Search};

fn content(name: &str, permissions: PermissionSet) -> RoleContent {
    RoleContent {
        name: RoleName::parse(name, "/name").unwrap(),
        description: RoleDescription::parse_optional("", "/description").unwrap(),
        permissions,
    }
}

impl World {
    async fn role(
        &self,
        maker: UserId,
        organization: OrganizationId,
        name: &str,
        permissions: PermissionSet,
    ) -> Result<Role, OrganizationError> {
        let new = NewRole {
            key: None,
            content: content(name, permissions),
        };
        self.services
            .roles
            .create(&context(maker), organization, new)
            .await
    }
}

#[tokio::test]
async fn an_organization_has_the_built_in_roles_and_its_own() {
    let world = World::new().await;
    let (ada, eve) = (world.person("Ada").await, world.person("Eve").await);
    let acme = world.organization(ada, "Acme").await;
    let evil = world.organization(eve, "Evil").await;
    let editor = world
        .role(ada, acme, "Chief Editor", WriteContent::SET)
        .await
        .unwrap();
    assert_eq!((editor.key.as_str(), editor.version), ("chief-editor", 1));
    let list = async |organization, q: &str, page| {
        let search = Search::parse(q).unwrap();
        let page = world
            .services
            .roles
            .list(organization, search, page)
            .await
            .unwrap();
        let keys: Vec<String> = page.items.iter().map(|role| role.key.to_string()).collect();
        (keys.join(" "), page.next)
    };
    let (first, next) = list(acme, "", PageRequest::new(4, None)).await;
    assert_eq!(first, "owner admin billing member");
    assert_eq!(
        list(acme, "", PageRequest::new(4, next)).await,
        ("viewer chief-editor".into(), None)
    );
    assert_eq!(
        list(acme, "chief E", PageRequest::default()).await.0,
        "chief-editor"
    );
    assert_eq!(
        list(evil, "", PageRequest::default()).await.0,
        "owner admin billing member viewer"
    );
    let roles = &world.services.roles;
    assert_eq!(code(roles.get(evil, editor.id).await), "not_found");
    assert_eq!(
        code(roles.delete(&context(eve), evil, editor.id, None).await),
        "not_found"
    );
    let owner = roles.get(acme, BuiltInRole::Owner.id()).await.unwrap();
    assert_eq!(owner.permissions, BuiltInRole::Owner.permissions());
}

#[tokio::test]
async fn a_role_permits_no_more_than_its_maker() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.member(acme, "Grace", BuiltInRole::Admin).await;
    let make = async |maker, permissions| code(world.role(maker, acme, "Some", permissions).await);
    assert_eq!(make(grace, WritePayments::SET).await, "role_not_grantable");
    assert_eq!(make(ada, DeleteOrganization::SET).await, "role_not_grantable");
    let accountant = world
        .role(ada, acme, "Accountant", WritePayments::SET)
        .await
        .unwrap();
    let roles = &world.services.roles;
    let of = (acme, accountant.id);
    // Not even to take away what they could not give.
    let update = roles
        .update(&context(grace), of, content("Mine", ReadMembers::SET), None)
        .await;
    assert_eq!(code(update), "role_not_grantable");
    assert_eq!(
        code(roles.delete(&context(grace), acme, accountant.id, None).await),
        "role_not_grantable"
    );
    let update = roles
        .update(&context(ada), of, content("Books", ReadMembers::SET), Some(1))
        .await
        .unwrap();
    assert_eq!((update.name.as_str(), update.version), ("Books", 2));
    let update = roles
        .update(&context(ada), of, content("Late", ReadMembers::SET), Some(1))
        .await;
    assert_eq!(code(update), "version_mismatch");
}

#[tokio::test]
async fn built_in_roles_stay_as_they_are() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let roles = &world.services.roles;
    let viewer = BuiltInRole::Viewer.id();
    let update = roles
        .update(
            &context(ada),
            (acme, viewer),
            content("Mine", WriteRoles::SET),
            None,
        )
        .await;
    assert_eq!(code(update), "role_built_in");
    assert_eq!(
        code(roles.delete(&context(ada), acme, viewer, None).await),
        "role_built_in"
    );
    assert_eq!(
        code(world.role(ada, acme, "Owner", ReadMembers::SET).await),
        "role_key_taken"
    );
    world.role(ada, acme, "Editor", ReadMembers::SET).await.unwrap();
    assert_eq!(
        code(world.role(ada, acme, "editor", ReadMembers::SET).await),
        "role_key_taken"
    );
}

#[tokio::test]
async fn a_role_in_use_stays() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.member(acme, "Grace", BuiltInRole::Member).await;
    let editor = world.role(ada, acme, "Editor", WriteContent::SET).await.unwrap();
    world.grant(ada, (acme, grace), &["editor"]).await.unwrap();
    let delete = async || {
        code(
            world
                .services
                .roles
                .delete(&context(ada), acme, editor.id, None)
                .await,
        )
    };
    assert_eq!(delete().await, "role_in_use");
    world.grant(ada, (acme, grace), &["member"]).await.unwrap();
    let invite = world
        .invite(ada, acme, "linus@example.com", "editor")
        .await
        .unwrap();
    assert_eq!(delete().await, "role_in_use");
    world
        .services
        .invites
        .revoke(&context(ada), acme, invite.id)
        .await
        .unwrap();
    assert_eq!(delete().await, "none");
    assert_eq!(world.heard().last().unwrap(), "role.deleted");
}

#[tokio::test]
async fn an_organization_has_fifty_roles_of_its_own_at_most() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    for number in 0..50 {
        world
            .role(ada, acme, &format!("Role {number}"), ReadMembers::SET)
            .await
            .unwrap();
    }
    assert_eq!(
        code(world.role(ada, acme, "One more", ReadMembers::SET).await),
        "role_limit_reached"
    );
}
