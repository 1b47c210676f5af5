use std::sync::Arc;

use db::{DbError, Executor as _, ReadTx, args};
use kernel::{Locale, PageRequest, PlatformRole, UserId};

use super::{AccountFilter, Accounts, NewAccount, Order, Profile, Search};
use crate::authenticate::Authenticator;
use crate::error::IdentityError;
use crate::session::Held;
use crate::testing::{Identity, PASSWORD, context, secret, token_in};
use crate::user::{Acting, User, UserStatus};

const ADMIN: Acting = Acting::Staff(Some(PlatformRole::Admin));
const OWNER: Acting = Acting::Staff(Some(PlatformRole::Owner));

fn accounts(identity: &Identity) -> Accounts {
    Accounts::new(
        identity.machinery.clone(),
        identity.users.clone(),
        identity.sessions.clone(),
        identity.passwords.clone(),
    )
}

fn account(email: &str, name: &str) -> NewAccount {
    NewAccount {
        email: email.parse().unwrap(),
        is_verified: true,
        name: Some(name.parse().unwrap()),
        locale: Locale::ENGLISH,
        password: Some(secret(PASSWORD)),
    }
}

async fn person(accounts: &Accounts, name: &str) -> User {
    let new = account(&format!("{name}@example.com"), name);
    accounts.create(&context(), new).await.unwrap()
}

async fn staff(accounts: &Accounts, name: &str, role: PlatformRole) -> User {
    let user = person(accounts, name).await;
    accounts
        .set_platform_role(&context(), user.id, Some(role), None)
        .await
        .unwrap()
}

async fn owners(identity: &Identity) -> i64 {
    let count = async |tx: &mut ReadTx| -> Result<i64, DbError> {
        let sql = "SELECT count(*) FROM users WHERE platform_role = 'owner' AND status = 'active'";
        tx.fetch_one(sql, args![]).await
    };
    identity.machinery.db.read(count).await.unwrap()
}

/// Whether the person's access token works.
async fn is_in(identity: &Identity, held: &Held) -> bool {
    let authenticator = Authenticator::new(
        identity.machinery.clone(),
        identity.sessions.clone(),
        identity.signing_keys.clone(),
    );
    let token = held.tokens.access_token.expose();
    authenticator.session_of_token(token).await.is_ok()
}

#[tokio::test]
async fn an_account_without_a_password_gets_a_link_to_set_one() {
    let identity = Identity::strict().await;
    let accounts = accounts(&identity);
    let new = NewAccount {
        is_verified: false,
        password: None,
        ..account("ada@example.com", "Ada")
    };
    let ada = accounts.create(&context(), new.clone()).await.unwrap();
    assert!(!ada.is_verified());
    let mail = identity.mail_to("ada@example.com").await.unwrap();
    assert!(mail.text.contains("/reset-password?token="), "{}", mail.text);
    token_in(&mail);
    let again = accounts.create(&context(), new).await;
    assert!(matches!(again, Err(IdentityError::EmailTaken)));
}

#[tokio::test]
async fn an_account_with_a_password_waits_for_the_address_unless_staff_vouch_for_it() {
    let identity = Identity::strict().await;
    let accounts = accounts(&identity);
    person(&accounts, "ada").await;
    identity.sign_in("ada@example.com", PASSWORD).await.unwrap();
    let new = NewAccount {
        is_verified: false,
        ..account("eve@example.com", "Eve")
    };
    accounts.create(&context(), new).await.unwrap();
    let refused = identity.sign_in("eve@example.com", PASSWORD).await;
    assert!(matches!(refused, Err(IdentityError::EmailNotVerified)));
    let mail = identity.mail_to("eve@example.com").await.unwrap();
    assert!(mail.text.contains("/verify-email?token="), "{}", mail.text);
    let weak = NewAccount {
        password: Some(secret("password1234")),
        ..account("bob@example.com", "Bob")
    };
    let weak = accounts.create(&context(), weak).await;
    assert!(matches!(weak, Err(IdentityError::Invalid(_))));
}

#[tokio::test]
async fn a_change_needs_the_version_and_tells_what_changed() {
    let identity = Identity::open().await;
    let accounts = accounts(&identity);
    let ada = person(&accounts, "ada").await;
    let profile = Profile {
        name: Some("Ada Lovelace".parse().unwrap()),
        locale: "de".parse().unwrap(),
    };
    let update = |version| {
        let (accounts, profile) = (accounts.clone(), profile.clone());
        async move {
            let context = context();
            accounts
                .update(&context, Acting::Owner, ada.id, profile, version)
                .await
        }
    };
    assert!(matches!(update(Some(7)).await, Err(IdentityError::Outdated)));
    let updated = update(Some(ada.version)).await.unwrap();
    assert_eq!(
        (updated.version, updated.locale.as_str()),
        (ada.version + 1, "de")
    );
    let same = update(None).await.unwrap();
    assert_eq!(same, updated);
    assert_eq!(identity.heard("user.updated"), 1);
    let remembered = accounts.get(Acting::Owner, ada.id).await.unwrap();
    assert_eq!(*remembered, updated);
}

#[tokio::test]
async fn suspension_ends_everything_and_restoring_lets_in_again() {
    let identity = Identity::open().await;
    let accounts = accounts(&identity);
    let ada = identity.person("ada@example.com").await;
    let id = ada.user.id;
    assert!(is_in(&identity, &ada).await);
    let suspended = accounts.suspend(&context(), ADMIN, id, None).await.unwrap();
    assert_eq!(suspended.status, UserStatus::Suspended);
    assert!(!is_in(&identity, &ada).await);
    let refresh = ada.tokens.refresh_token.expose();
    identity.sessions.refresh(&context(), refresh).await.unwrap_err();
    let refused = identity.sign_in("ada@example.com", PASSWORD).await;
    assert!(matches!(refused, Err(IdentityError::InvalidCredentials)));
    let again = accounts.suspend(&context(), ADMIN, id, None).await.unwrap();
    assert_eq!(again, suspended);
    assert_eq!(identity.heard("user.suspended"), 1);
    accounts.restore(&context(), ADMIN, id, None).await.unwrap();
    assert!(!is_in(&identity, &ada).await);
    identity.sign_in("ada@example.com", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn staff_act_on_those_below_them_only() {
    let identity = Identity::open().await;
    let accounts = accounts(&identity);
    let owner = staff(&accounts, "olga", PlatformRole::Owner).await;
    let admin = staff(&accounts, "adam", PlatformRole::Admin).await;
    let support = staff(&accounts, "sue", PlatformRole::Support).await;
    for id in [owner.id, admin.id] {
        let suspended = accounts.suspend(&context(), ADMIN, id, None).await;
        assert!(matches!(suspended, Err(IdentityError::Outranked)));
        let deleted = accounts.delete(&context(), ADMIN, id, None).await;
        assert!(matches!(deleted, Err(IdentityError::Outranked)));
    }
    let suspended = accounts.suspend(&context(), OWNER, owner.id, None).await;
    assert!(matches!(suspended, Err(IdentityError::Outranked)));
    accounts
        .suspend(&context(), ADMIN, support.id, None)
        .await
        .unwrap();
    accounts.suspend(&context(), OWNER, admin.id, None).await.unwrap();
    let promoted = accounts
        .set_platform_role(&context(), admin.id, Some(PlatformRole::Owner), None)
        .await;
    assert!(matches!(promoted, Err(IdentityError::NotEligible)));
}

#[tokio::test]
async fn a_new_standing_ends_the_sessions_of_the_old() {
    let identity = Identity::open().await;
    let accounts = accounts(&identity);
    let ada = identity.person("ada@example.com").await;
    let id = ada.user.id;
    assert!(is_in(&identity, &ada).await);
    let role = Some(PlatformRole::Support);
    let promoted = accounts
        .set_platform_role(&context(), id, role, None)
        .await
        .unwrap();
    assert_eq!(promoted.platform_role, role);
    assert!(!is_in(&identity, &ada).await);
    let held = identity.sign_in("ada@example.com", PASSWORD).await.unwrap();
    assert_eq!(held.held.user.platform_role, role);
}

#[tokio::test]
async fn the_last_owner_of_the_platform_stays() {
    let identity = Identity::open().await;
    let accounts = accounts(&identity);
    let owner = staff(&accounts, "olga", PlatformRole::Owner).await;
    let gone = accounts.delete(&context(), Acting::Owner, owner.id, None).await;
    assert!(matches!(gone, Err(IdentityError::LastPlatformOwner)));
    let demoted = accounts.set_platform_role(&context(), owner.id, None, None).await;
    assert!(matches!(demoted, Err(IdentityError::LastPlatformOwner)));
    staff(&accounts, "otto", PlatformRole::Owner).await;
    accounts
        .delete(&context(), Acting::Owner, owner.id, None)
        .await
        .unwrap();
    assert_eq!(owners(&identity).await, 1);
}

#[tokio::test]
async fn owners_who_go_at_the_same_time_leave_one() {
    let identity = Identity::open().await;
    let accounts = accounts(&identity);
    for round in 0..10 {
        let mut ids = Vec::new();
        for name in ["olga", "otto", "oona"] {
            ids.push(
                staff(&accounts, &format!("{name}{round}"), PlatformRole::Owner)
                    .await
                    .id,
            );
        }
        let everybody = owners(&identity).await;
        let start = Arc::new(tokio::sync::Barrier::new(ids.len()));
        let going: Vec<_> = ids
            .into_iter()
            .enumerate()
            .map(|(place, id)| {
                let (accounts, start) = (accounts.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    if place == 0 {
                        accounts.delete(&context(), Acting::Owner, id, None).await.is_ok()
                    } else {
                        let role = Some(PlatformRole::Admin);
                        accounts
                            .set_platform_role(&context(), id, role, None)
                            .await
                            .is_ok()
                    }
                })
            })
            .collect();
        let mut gone = 0;
        for outcome in going {
            gone += i64::from(outcome.await.unwrap());
        }
        assert_eq!(owners(&identity).await, everybody - gone);
        assert!(everybody > gone, "round {round}");
    }
}

#[tokio::test]
async fn a_deleted_account_is_gone_with_its_sessions() {
    let identity = Identity::open().await;
    let accounts = accounts(&identity);
    let ada = identity.person("ada@example.com").await;
    let id = ada.user.id;
    assert!(is_in(&identity, &ada).await);
    let outdated = accounts.delete(&context(), Acting::Owner, id, Some(99)).await;
    assert!(matches!(outdated, Err(IdentityError::Outdated)));
    accounts
        .delete(&context(), Acting::Owner, id, None)
        .await
        .unwrap();
    assert!(!is_in(&identity, &ada).await);
    for acting in [Acting::Owner, OWNER] {
        let found = accounts.get(acting, id).await;
        assert!(matches!(found, Err(IdentityError::NotFound)));
    }
    let again = accounts.delete(&context(), Acting::Owner, id, None).await;
    assert!(matches!(again, Err(IdentityError::NotFound)));
    assert_eq!(identity.heard("user.deleted"), 1);
    identity.person("ada@example.com").await;
}

/// All pages of a list, `limit` rows at a time.
async fn names(accounts: &Accounts, filter: AccountFilter, limit: u32) -> Vec<String> {
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = PageRequest::new(limit, after);
        let page = accounts.list(filter.clone(), page).await.unwrap();
        let found = page.items.iter().filter_map(|user| user.name.as_ref());
        names.extend(found.map(|name| name.as_str().to_owned()));
        after = page.next;
        if after.is_none() {
            return names;
        }
    }
}

#[tokio::test]
async fn lists_go_by_time_and_narrow_down() {
    let identity = Identity::open().await;
    let accounts = accounts(&identity);
    let mut made: Vec<(UserId, kernel::Timestamp)> = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        let user = person(&accounts, name).await;
        made.push((user.id, user.created_at));
        identity.clock.advance(std::time::Duration::from_mins(1));
    }
    accounts
        .suspend(&context(), ADMIN, made[1].0, None)
        .await
        .unwrap();
    let role = PlatformRole::Support;
    accounts
        .set_platform_role(&context(), made[3].0, Some(role), None)
        .await
        .unwrap();
    for limit in [1, 2, 50] {
        let all = AccountFilter::default();
        assert_eq!(
            names(&accounts, all.clone(), limit).await,
            ["e", "d", "c", "b", "a"]
        );
        let between = AccountFilter {
            created_after: Some(made[1].1),
            created_before: Some(made[4].1),
            ..all.clone()
        };
        assert_eq!(names(&accounts, between.clone(), limit).await, ["d", "c", "b"]);
        let oldest_first = AccountFilter {
            order: Order::OldestFirst,
            ..between
        };
        assert_eq!(names(&accounts, oldest_first, limit).await, ["b", "c", "d"]);
        let open = AccountFilter {
            status: Some(UserStatus::Active),
            ..all.clone()
        };
        assert_eq!(names(&accounts, open, limit).await, ["e", "d", "c", "a"]);
        let staff = AccountFilter {
            platform_role: Some(role),
            ..all
        };
        assert_eq!(names(&accounts, staff, limit).await, ["d"]);
    }
}

#[tokio::test]
async fn a_search_finds_everybody_once_whatever_the_page() {
    let identity = Identity::open().await;
    let accounts = accounts(&identity);
    for (email, name) in [
        ("ada@example.com", "Ada Lovelace"),
        ("countess@example.com", "ADALINE"),
        ("adam@example.com", "Bert"),
        ("ad@example.com", "Cleo"),
        ("zoe@example.com", "Zoe"),
        ("50%_off@example.com", "Sales"),
        ("same@example.com", "same@example.com"),
    ] {
        accounts.create(&context(), account(email, name)).await.unwrap();
    }
    let search = |text| AccountFilter {
        search: Search::parse(text).unwrap(),
        ..AccountFilter::default()
    };
    for limit in [1, 2, 3, 50] {
        let found = names(&accounts, search("ADA"), limit).await;
        assert_eq!(found, ["Ada Lovelace", "ADALINE", "Bert"], "{limit}");
        assert_eq!(names(&accounts, search("ad"), limit).await.len(), 4);
        assert_eq!(names(&accounts, search("same@"), limit).await.len(), 1);
        assert_eq!(names(&accounts, search("50%_"), limit).await, ["Sales"]);
        assert!(names(&accounts, search("%"), limit).await.is_empty());
    }
    let suspended = AccountFilter {
        status: Some(UserStatus::Suspended),
        ..search("ad")
    };
    assert!(names(&accounts, suspended, 50).await.is_empty());
}
