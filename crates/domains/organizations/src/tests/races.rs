//! Twenty at once, many times over.

use kernel::Permission as _;
use kernel::permission::ReadMembers;
use tokio::task::JoinSet;

use super::*;
use crate::{InviteReference, NewOrganization, NewRole, RoleContent, RoleDescription, RoleName};

const AT_ONCE: usize = 20;
const ROUNDS: usize = 10;

/// Runs what `attempt` makes at once, and counts the outcomes by their codes.
async fn race<T: 'static, F>(attempts: impl Iterator<Item = F>) -> Vec<&'static str>
where
    F: Future<Output = Result<T, OrganizationError>> + Send + 'static,
{
    let mut running = JoinSet::new();
    for attempt in attempts {
        running.spawn(async move { code(attempt.await) });
    }
    running.join_all().await
}

fn count(codes: &[&str], wanted: &str) -> usize {
    codes.iter().filter(|code| **code == wanted).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_twenty_gets_the_slug_and_one_the_role_key() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let acme = world.organization(ada, "Acme").await;
    for round in 0..ROUNDS {
        let codes = race((0..AT_ONCE).map(|_| {
            let organizations = world.services.organizations.clone();
            async move {
                let new = NewOrganization {
                    name: OrganizationName::parse("Raced", "/name").unwrap(),
                    slug: Some(key(&format!("raced-{round}"))),
                };
                organizations.create(&context(ada), ada, new).await
            }
        }))
        .await;
        assert_eq!(
            (count(&codes, "none"), count(&codes, "organization_slug_taken")),
            (1, AT_ONCE - 1)
        );
        let codes = race((0..AT_ONCE).map(|_| {
            let roles = world.services.roles.clone();
            async move {
                let new = NewRole {
                    key: Some(key(&format!("raced-{round}"))),
                    content: RoleContent {
                        name: RoleName::parse("Raced", "/name").unwrap(),
                        description: RoleDescription::parse_optional("", "/description").unwrap(),
                        permissions: ReadMembers::SET,
                    },
                };
                roles.create(&context(ada), acme, new).await
            }
        }))
        .await;
        assert_eq!(
            (count(&codes, "none"), count(&codes, "role_key_taken")),
            (1, AT_ONCE - 1)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_of_one_name_all_come_to_be() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let codes = race((0..AT_ONCE).map(|_| {
        let organizations = world.services.organizations.clone();
        async move {
            let new = NewOrganization {
                name: OrganizationName::parse("Same", "/name").unwrap(),
                slug: None,
            };
            organizations.create(&context(ada), ada, new).await
        }
    }))
    .await;
    assert_eq!(count(&codes, "none"), AT_ONCE);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_never_more_members_than_seats() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let mut people = Vec::new();
    for number in 0..AT_ONCE {
        people.push(world.person(&format!("Person{number}")).await);
    }
    for round in 0..ROUNDS {
        let acme = world.organization(ada, &format!("Seats {round}")).await;
        let (_, token) = world.link(ada, acme, None, 100).await;
        let organizations = &world.services.organizations;
        organizations
            .set_seat_limit(&context(ada), acme, Some(6))
            .await
            .unwrap();
        let codes = race(people.clone().into_iter().map(|person| {
            let (invites, token) = (world.services.invites.clone(), token.clone());
            async move {
                invites
                    .accept(&context(person), InviteReference::Token(token))
                    .await
            }
        }))
        .await;
        assert_eq!(
            (count(&codes, "none"), count(&codes, "seats_taken")),
            (5, AT_ONCE - 5),
            "{codes:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_is_used_as_often_as_it_says() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let mut people = Vec::new();
    for number in 0..AT_ONCE {
        people.push(world.person(&format!("Person{number}")).await);
    }
    for round in 0..ROUNDS {
        let acme = world.organization(ada, &format!("Links {round}")).await;
        let (_, token) = world.link(ada, acme, None, 3).await;
        let codes = race(people.clone().into_iter().map(|person| {
            let (invites, token) = (world.services.invites.clone(), token.clone());
            async move {
                invites
                    .accept(&context(person), InviteReference::Token(token))
                    .await
            }
        }))
        .await;
        assert_eq!(
            (count(&codes, "none"), count(&codes, "invite_invalid")),
            (3, AT_ONCE - 3),
            "{codes:?}"
        );
        world
            .invite(ada, acme, &format!("grace{round}@example.com"), "member")
            .await
            .unwrap();
        let grace = world.person(&format!("Grace{round}")).await;
        let token = world.token(&format!("grace{round}@example.com")).await;
        let codes = race((0..AT_ONCE).map(|_| {
            let (invites, token) = (world.services.invites.clone(), token.clone());
            async move {
                invites
                    .accept(&context(grace), InviteReference::Token(token))
                    .await
            }
        }))
        .await;
        assert_eq!(
            (count(&codes, "none"), count(&codes, "already_member")),
            (1, AT_ONCE - 1),
            "{codes:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_invited_once() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    for round in 0..ROUNDS {
        let acme = world.organization(ada, &format!("Once {round}")).await;
        let email: kernel::EmailAddress = format!("grace{round}@example.com").parse().unwrap();
        let codes = race((0..AT_ONCE).map(|_| {
            let (invites, email) = (world.services.invites.clone(), email.clone());
            async move {
                let role = key("member");
                let new = crate::NewInvite { email, role };
                invites.create(&context(ada), acme, new).await
            }
        }))
        .await;
        let refused = count(&codes, "invite_pending") + count(&codes, "rate_limited");
        assert_eq!((count(&codes, "none"), refused), (1, AT_ONCE - 1), "{codes:?}");
        assert_eq!(world.mails(email.as_str()).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_owner_is_left_however_many_step_down() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    for round in 0..ROUNDS {
        let acme = world.organization(ada, &format!("Owners {round}")).await;
        let mut owners = vec![ada];
        for number in 1..AT_ONCE {
            owners.push(
                world
                    .member(acme, &format!("Owner{round}x{number}"), BuiltInRole::Owner)
                    .await,
            );
        }
        let codes = race(owners.clone().into_iter().enumerate().map(|(place, owner)| {
            let (memberships, now) = (world.services.memberships.clone(), world.now());
            async move {
                match place % 3 {
                    0 => memberships.leave(&context(owner), acme).await,
                    1 => memberships.remove(&context(owner), acme, owner).await,
                    _ => {
                        let roles = vec![key("admin")];
                        let stepped_down = memberships
                            .update(&context(owner), (acme, owner), roles, now)
                            .await;
                        stepped_down.map(drop)
                    }
                }
            }
        }))
        .await;
        assert_eq!(
            (count(&codes, "none"), count(&codes, "last_owner")),
            (AT_ONCE - 1, 1),
            "{codes:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_go_at_once_leave_an_owner() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    for round in 0..ROUNDS {
        let acme = world.organization(ada, &format!("Going {round}")).await;
        world
            .member(acme, &format!("Grace{round}"), BuiltInRole::Member)
            .await;
        let linus = world
            .member(acme, &format!("Linus{round}"), BuiltInRole::Owner)
            .await;
        let codes = race([ada, linus].into_iter().map(|owner| {
            let (events, db) = (world.machinery.events.clone(), world.machinery.db.clone());
            async move {
                let work = async move |tx: &mut Tx| {
                    let event = UserDeleted { user_id: owner };
                    events.publish(tx, &context(owner), &event).await?;
                    Ok::<_, OrganizationError>(())
                };
                db.write(work).await
            }
        }))
        .await;
        assert_eq!(count(&codes, "last_owner"), 1, "{codes:?}");
        // She is in other organizations of earlier rounds only if she stayed.
        world
            .execute("DELETE FROM user_org WHERE organization_id = $1", args![acme])
            .await;
    }
}
