//! Members without a second factor are kept out from a time on.

use kernel::event::auth::ImpersonationStarted;
use kernel::{PermissionSet, SessionId};
use web::{Authorize as _, Impersonation, Principal, SessionKind};

use super::*;

fn principal(user: UserId, aal: u8) -> Principal {
    Principal {
        user,
        session: SessionId::from_uuid(Uuid::from_u128(1)),
        session_kind: SessionKind::Api,
        platform_role: None,
        auth_time: "2026-03-05T17:30:00Z".parse().unwrap(),
        aal,
        impersonation: None,
        token_expires_at: None,
    }
}

impl World {
    /// Whether a member gets in with a session of this assurance level.
    async fn enter(&self, organization: OrganizationId, who: &Principal) -> Result<PermissionSet, String> {
        let authorizer = self.services.authorizer();
        match authorizer.permissions(who, organization).await {
            Ok(held) => held.ok_or_else(|| String::from("not_found")),
            Err(error) => Err(error.problem().code.to_string()),
        }
    }

    async fn require_from(
        &self,
        who: UserId,
        organization: OrganizationId,
        from: Option<Timestamp>,
    ) -> Result<(), OrganizationError> {
        let organizations = &self.services.organizations;
        organizations
            .set_mfa_policy(&context(who), organization, (from, 2), None)
            .await
            .map(drop)
    }
}

#[tokio::test]
async fn from_that_moment_on_a_second_factor_is_needed_and_not_before() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let grace = world.member(acme, "Grace", BuiltInRole::Member).await;
    let from = world.now().plus(Duration::from_hours(24));
    let (weak, strong) = (principal(grace, 1), principal(grace, 2));
    assert!(world.enter(acme, &weak).await.is_ok());
    world.require_from(ada, acme, Some(from)).await.unwrap();
    world.advance(Duration::from_hours(24) - Duration::from_millis(1));
    assert!(world.enter(acme, &weak).await.is_ok());
    world.advance(Duration::from_millis(1));
    // The same standing, remembered from before.
    assert_eq!(
        world.enter(acme, &weak).await.unwrap_err(),
        "mfa_enrollment_required"
    );
    let held = world.enter(acme, &strong).await.unwrap();
    assert_eq!(held, BuiltInRole::Member.permissions());
    // Who is no member is told nothing about it.
    let eve = world.person("Eve").await;
    assert_eq!(
        world.enter(acme, &principal(eve, 1)).await.unwrap_err(),
        "not_found"
    );
}

#[tokio::test]
async fn what_is_remembered_of_it_is_exact() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let other = world.organization(ada, "Other").await;
    let weak = principal(ada, 1);
    for _ in 0..3 {
        assert!(world.enter(acme, &weak).await.is_ok());
        world.require_from(ada, acme, Some(world.now())).await.unwrap();
        assert_eq!(
            world.enter(acme, &weak).await.unwrap_err(),
            "mfa_enrollment_required"
        );
        assert!(world.enter(other, &weak).await.is_ok());
        world.require_from(ada, acme, None).await.unwrap();
    }
    assert!(world.enter(acme, &weak).await.is_ok());
    let heard = world.heard();
    let changes = heard
        .iter()
        .filter(|name| *name == "organization.mfa_policy_changed");
    assert_eq!(changes.count(), 6);
    // The same again is no change.
    world.require_from(ada, acme, None).await.unwrap();
    assert!(world.heard().is_empty());
}

#[tokio::test]
async fn nobody_locks_themselves_out() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let organizations = &world.services.organizations;
    let set = async |from, aal| {
        let set = organizations
            .set_mfa_policy(&context(ada), acme, (from, aal), None)
            .await;
        code(set)
    };
    let now = world.now();
    assert_eq!(set(Some(now), 1).await, "mfa_required");
    assert_eq!(organizations.get(acme).await.unwrap().mfa_required_from, None);
    assert_eq!(set(Some(now), 2).await, "none");
    assert_eq!(
        organizations.get(acme).await.unwrap().mfa_required_from,
        Some(now)
    );
    assert_eq!(set(None, 1).await, "none");
    let outdated = organizations
        .set_mfa_policy(&context(ada), acme, (Some(now), 2), Some(1))
        .await;
    assert_eq!(code(outdated), "version_mismatch");
}

#[tokio::test]
async fn staff_act_with_the_authority_of_the_member_and_by_their_own_second_factor() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    let staff = world.person("Staff").await;
    world.require_from(ada, acme, Some(world.now())).await.unwrap();
    let acting = |aal| Principal {
        impersonation: Some(Impersonation {
            by: staff,
            is_read_only: false,
        }),
        ..principal(ada, aal)
    };
    assert_eq!(
        world.enter(acme, &acting(1)).await.unwrap_err(),
        "mfa_enrollment_required"
    );
    assert!(world.enter(acme, &acting(2)).await.is_ok());
    let grace = world.member(acme, "Grace", BuiltInRole::Viewer).await;
    let memberships = &world.services.memberships;
    let removed = memberships.remove(&context(staff), acme, grace).await;
    assert_eq!(code(removed), "not_found");
    let removed = memberships
        .remove(&RequestContext::system().acting_for(staff, ada), acme, grace)
        .await;
    assert_eq!(code(removed), "none");
}

#[tokio::test]
async fn each_organization_of_a_person_is_told_of_staff_who_act_as_them() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    world.organization(ada, "Acme").await;
    let other = world.organization(ada, "Other").await;
    world.member(other, "Grace", BuiltInRole::Member).await;
    let staff = world.person("Staff").await;
    world.heard();
    let started = ImpersonationStarted {
        user_id: ada,
        session_id: SessionId::from_uuid(Uuid::from_u128(1)),
        by: staff,
        reason: String::from("Ticket 4711"),
        is_read_only: true,
        expires_at: world.now(),
    };
    world.publish(staff, started).await.unwrap();
    assert_eq!(
        world.heard(),
        [
            "auth.impersonation_started",
            "member.impersonated",
            "member.impersonated"
        ]
    );
}
