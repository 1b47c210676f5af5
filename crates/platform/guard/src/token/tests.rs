use crypto::hash_secret;
use db::testing::TestDatabase;
use db::{Db, ReadTx, args};

use super::*;
use crate::testing::{CROWD, CountingIds, ROUNDS, now, person, race};

const MINUTE: Duration = Duration::from_mins(1);

struct Scene {
    database: TestDatabase,
    tokens: OneTimeTokens,
    alice: UserId,
}

impl Scene {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let master = MasterKey::from_bytes([5; 32]);
        let alice = person(&database, 1).await;
        Self {
            database,
            tokens: OneTimeTokens::new(&master, Arc::new(CountingIds::default())),
            alice,
        }
    }

    fn db(&self) -> Db {
        self.database.db.clone()
    }

    fn new_token(&self, purpose: Purpose) -> NewToken {
        NewToken {
            purpose,
            user: Some(self.alice),
            email_norm: Some("alice@example.test".to_owned()),
            subject: Some(Uuid::from_u128(9)),
            valid_for: MINUTE * 10,
            with_code: false,
            flow: None,
        }
    }

    async fn issue(&self, new: NewToken) -> Issued {
        let tokens = self.tokens.clone();
        let issue = async move |tx: &mut Tx| tokens.issue(tx, new.clone(), now()).await;
        self.db().write(issue).await.unwrap()
    }

    async fn consume_at(&self, purpose: Purpose, token: &str, now: Timestamp) -> Option<TokenClaim> {
        consume(self.db(), self.tokens.clone(), purpose, token.to_owned(), now).await
    }

    async fn consume(&self, purpose: Purpose, token: &str) -> Option<TokenClaim> {
        self.consume_at(purpose, token, now()).await
    }

    async fn consume_with_flow(&self, token: &str, flow: [u8; 32]) -> Option<TokenClaim> {
        let (tokens, token) = (self.tokens.clone(), token.to_owned());
        let consume = async move |tx: &mut Tx| {
            tokens
                .consume_with_flow(tx, Purpose::MagicLink, &token, flow, now())
                .await
        };
        self.db().write(consume).await.unwrap()
    }

    async fn peek(&self, purpose: Purpose, token: &str) -> Option<TokenClaim> {
        let (tokens, token) = (self.tokens.clone(), token.to_owned());
        let peek = async move |tx: &mut ReadTx| tokens.peek(tx, purpose, &token, now()).await;
        self.db().read(peek).await.unwrap()
    }

    async fn try_code(&self, purpose: Purpose, lookup: Lookup, code: &str) -> CodeOutcome {
        let tokens = self.tokens.clone();
        try_code(self.db(), tokens, purpose, lookup, code.to_owned()).await
    }
}

async fn consume(
    db: Db,
    tokens: OneTimeTokens,
    purpose: Purpose,
    token: String,
    now: Timestamp,
) -> Option<TokenClaim> {
    let consume = async move |tx: &mut Tx| tokens.consume(tx, purpose, &token, now).await;
    db.write(consume).await.unwrap()
}

async fn try_code(
    db: Db,
    tokens: OneTimeTokens,
    purpose: Purpose,
    lookup: Lookup,
    code: String,
) -> CodeOutcome {
    let attempt = async move |tx: &mut Tx| tokens.try_code(tx, purpose, lookup.clone(), &code, now()).await;
    db.write(attempt).await.unwrap()
}

/// A code that is not this one.
fn other_than(code: &str) -> String {
    let number: u64 = code.parse().unwrap();
    format!("{:08}", (number + 1) % 100_000_000)
}

#[tokio::test]
async fn works_once() {
    let scene = Scene::new().await;
    let issued = scene.issue(scene.new_token(Purpose::Reset)).await;
    let token = issued.token.expose();
    assert!(issued.code.is_none());
    let seen = scene.peek(Purpose::Reset, token).await.unwrap();
    assert_eq!(seen.user, Some(scene.alice));
    assert_eq!(seen.email_norm.as_deref(), Some("alice@example.test"));
    assert_eq!(seen.subject, Some(Uuid::from_u128(9)));
    assert_eq!(scene.peek(Purpose::Reset, token).await, Some(seen.clone()));
    assert_eq!(scene.consume(Purpose::Reset, token).await, Some(seen));
    assert_eq!(scene.consume(Purpose::Reset, token).await, None);
    assert_eq!(scene.peek(Purpose::Reset, token).await, None);
}

#[tokio::test]
async fn works_for_its_purpose_only() {
    let scene = Scene::new().await;
    let issued = scene.issue(scene.new_token(Purpose::Verify)).await;
    let token = issued.token.expose();
    for purpose in [Purpose::Reset, Purpose::MagicLink, Purpose::EmailUndo] {
        assert_eq!(scene.consume(purpose, token).await, None);
        assert_eq!(scene.peek(purpose, token).await, None);
    }
    assert!(scene.consume(Purpose::Verify, token).await.is_some());
}

#[tokio::test]
async fn other_spellings_do_not_work() {
    let scene = Scene::new().await;
    let issued = scene.issue(scene.new_token(Purpose::Reset)).await;
    let token = issued.token.expose().as_str();
    for text in [
        "",
        &token[..token.len() - 1],
        &format!("{token}A"),
        &token.to_uppercase(),
        "ms_ott_",
        "' OR 1=1 --",
    ] {
        assert_eq!(scene.consume(Purpose::Reset, text).await, None);
    }
    assert!(scene.consume(Purpose::Reset, token).await.is_some());
}

#[tokio::test]
async fn runs_out() {
    let scene = Scene::new().await;
    let issued = scene.issue(scene.new_token(Purpose::Reset)).await;
    let token = issued.token.expose();
    let end = now().plus(MINUTE * 10);
    assert_eq!(scene.consume_at(Purpose::Reset, token, end).await, None);
    let last = end.minus(Duration::from_micros(1));
    assert!(scene.consume_at(Purpose::Reset, token, last).await.is_some());
}

#[tokio::test]
async fn the_next_one_takes_the_place_of_the_last() {
    let scene = Scene::new().await;
    let first = scene.issue(scene.new_token(Purpose::Reset)).await;
    let other_purpose = scene.issue(scene.new_token(Purpose::Verify)).await;
    let second = scene.issue(scene.new_token(Purpose::Reset)).await;
    assert_eq!(scene.consume(Purpose::Reset, first.token.expose()).await, None);
    assert!(
        scene
            .consume(Purpose::Reset, second.token.expose())
            .await
            .is_some()
    );
    assert!(
        scene
            .consume(Purpose::Verify, other_purpose.token.expose())
            .await
            .is_some()
    );
    // And after one was used there is room for the next.
    let third = scene.issue(scene.new_token(Purpose::Reset)).await;
    assert!(
        scene
            .consume(Purpose::Reset, third.token.expose())
            .await
            .is_some()
    );
}

#[tokio::test]
async fn the_next_one_of_nobody_takes_the_place_of_the_last() {
    let scene = Scene::new().await;
    let setup = NewToken {
        user: None,
        email_norm: None,
        ..scene.new_token(Purpose::Setup)
    };
    let to_bob = NewToken {
        email_norm: Some("bob@example.test".to_owned()),
        ..setup.clone()
    };
    let first = scene.issue(setup.clone()).await;
    let bobs = scene.issue(to_bob).await;
    let second = scene.issue(setup).await;
    assert_eq!(scene.consume(Purpose::Setup, first.token.expose()).await, None);
    assert!(
        scene
            .consume(Purpose::Setup, second.token.expose())
            .await
            .is_some()
    );
    assert!(scene.consume(Purpose::Setup, bobs.token.expose()).await.is_some());
}

#[tokio::test]
async fn ways_back_from_changes_of_address_stand_side_by_side() {
    let scene = Scene::new().await;
    let first = scene.issue(scene.new_token(Purpose::EmailUndo)).await;
    let second = scene.issue(scene.new_token(Purpose::EmailUndo)).await;
    let reset = scene.issue(scene.new_token(Purpose::Reset)).await;
    let (tokens, alice) = (scene.tokens.clone(), scene.alice);
    let revoke = async move |tx: &mut Tx| tokens.revoke_all(tx, alice, now()).await;
    assert_eq!(scene.db().write(revoke).await.unwrap(), 1);
    assert_eq!(scene.consume(Purpose::Reset, reset.token.expose()).await, None);
    for issued in [first, second] {
        assert!(
            scene
                .consume(Purpose::EmailUndo, issued.token.expose())
                .await
                .is_some()
        );
    }
}

#[tokio::test]
async fn one_purpose_is_revoked_alone() {
    let scene = Scene::new().await;
    let reset = scene.issue(scene.new_token(Purpose::Reset)).await;
    let verify = scene.issue(scene.new_token(Purpose::Verify)).await;
    let (tokens, alice) = (scene.tokens.clone(), scene.alice);
    let revoke = async move |tx: &mut Tx| tokens.revoke(tx, alice, Purpose::Reset, now()).await;
    assert_eq!(scene.db().write(revoke).await.unwrap(), 1);
    assert_eq!(scene.consume(Purpose::Reset, reset.token.expose()).await, None);
    assert!(
        scene
            .consume(Purpose::Verify, verify.token.expose())
            .await
            .is_some()
    );
}

#[tokio::test]
async fn a_bound_link_opens_in_its_own_browser_only() {
    let scene = Scene::new().await;
    let (flow, other) = (hash_secret(b"this browser"), hash_secret(b"that browser"));
    let issued = scene
        .issue(NewToken {
            flow: Some(flow),
            ..scene.new_token(Purpose::MagicLink)
        })
        .await;
    let token = issued.token.expose();
    assert!(scene.peek(Purpose::MagicLink, token).await.is_some());
    assert_eq!(scene.consume(Purpose::MagicLink, token).await, None);
    assert_eq!(scene.consume_with_flow(token, other).await, None);
    assert!(scene.consume_with_flow(token, flow).await.is_some());
    assert_eq!(scene.consume_with_flow(token, flow).await, None);
    // And one that is bound to none opens in none.
    let unbound = scene.issue(scene.new_token(Purpose::MagicLink)).await;
    assert_eq!(scene.consume_with_flow(unbound.token.expose(), flow).await, None);
}

#[tokio::test]
async fn a_code_works_once_by_each_way_to_it() {
    let scene = Scene::new().await;
    let flow = hash_secret(b"this browser");
    for lookup in [
        Lookup::User(scene.alice),
        Lookup::Email("alice@example.test".to_owned()),
        Lookup::Flow(flow),
    ] {
        let issued = scene
            .issue(NewToken {
                with_code: true,
                flow: Some(flow),
                ..scene.new_token(Purpose::MagicLink)
            })
            .await;
        let code = issued.code.unwrap();
        let code = code.expose();
        let attempt = |code: &str| {
            let code = code.to_owned();
            let lookup = lookup.clone();
            let scene = &scene;
            async move { scene.try_code(Purpose::MagicLink, lookup, &code).await }
        };
        assert_eq!(attempt(&other_than(code)).await, CodeOutcome::Wrong);
        assert_eq!(attempt("").await, CodeOutcome::Wrong);
        let matched = attempt(code).await;
        assert!(matches!(&matched, CodeOutcome::Match(claim) if claim.user == Some(scene.alice)));
        assert_eq!(attempt(code).await, CodeOutcome::Dead);
        assert_eq!(scene.consume_with_flow(issued.token.expose(), flow).await, None);
    }
    let strangers = Lookup::Flow(hash_secret(b"that browser"));
    let outcome = scene.try_code(Purpose::MagicLink, strangers, "12345678").await;
    assert_eq!(outcome, CodeOutcome::Dead);
}

#[tokio::test]
async fn five_wrong_codes_and_it_is_dead() {
    let scene = Scene::new().await;
    let flow = hash_secret(b"this browser");
    let issued = scene
        .issue(NewToken {
            with_code: true,
            flow: Some(flow),
            ..scene.new_token(Purpose::MagicLink)
        })
        .await;
    let code = issued.code.unwrap();
    let lookup = Lookup::Flow(flow);
    for left in (0..5).rev() {
        let wrong = other_than(code.expose());
        let outcome = scene.try_code(Purpose::MagicLink, lookup.clone(), &wrong).await;
        let expected = if left == 0 {
            CodeOutcome::Dead
        } else {
            CodeOutcome::Wrong
        };
        assert_eq!(outcome, expected);
    }
    let outcome = scene.try_code(Purpose::MagicLink, lookup, code.expose()).await;
    assert_eq!(outcome, CodeOutcome::Dead);
    let token = issued.token.expose();
    assert_eq!(scene.consume_with_flow(token, flow).await, None);
    assert_eq!(scene.peek(Purpose::MagicLink, token).await, None);
}

#[tokio::test]
async fn strangers_who_guess_codes_do_not_end_the_link() {
    let scene = Scene::new().await;
    let issued = scene
        .issue(NewToken {
            with_code: true,
            ..scene.new_token(Purpose::Verify)
        })
        .await;
    let wrong = other_than(issued.code.unwrap().expose());
    for _ in 0..6 {
        let lookup = Lookup::Email("alice@example.test".to_owned());
        scene.try_code(Purpose::Verify, lookup, &wrong).await;
    }
    assert!(scene.peek(Purpose::Verify, issued.token.expose()).await.is_some());
    assert!(
        scene
            .consume(Purpose::Verify, issued.token.expose())
            .await
            .is_some()
    );
}

#[tokio::test]
async fn a_code_is_tried_on_tokens_that_have_one() {
    let scene = Scene::new().await;
    scene.issue(scene.new_token(Purpose::Verify)).await;
    let outcome = scene
        .try_code(Purpose::Verify, Lookup::User(scene.alice), "")
        .await;
    assert_eq!(outcome, CodeOutcome::Dead);
}

#[tokio::test]
async fn of_a_crowd_one_gets_the_claim() {
    let scene = Scene::new().await;
    for round in 0..ROUNDS {
        let purpose = [Purpose::Verify, Purpose::Reset, Purpose::EmailUndo][round % 3];
        let issued = scene.issue(scene.new_token(purpose)).await;
        let claims = race(|_| {
            let token = issued.token.expose().clone();
            consume(scene.db(), scene.tokens.clone(), purpose, token, now())
        })
        .await;
        assert_eq!(claims.into_iter().flatten().count(), 1);
    }
}

#[tokio::test]
async fn of_a_crowd_with_the_right_code_one_gets_the_claim() {
    let scene = Scene::new().await;
    for _ in 0..ROUNDS {
        let issued = scene
            .issue(NewToken {
                with_code: true,
                ..scene.new_token(Purpose::MagicLink)
            })
            .await;
        let code = issued.code.unwrap();
        let outcomes = race(|_| {
            let (code, lookup) = (code.expose().clone(), Lookup::User(scene.alice));
            try_code(scene.db(), scene.tokens.clone(), Purpose::MagicLink, lookup, code)
        })
        .await;
        let matches = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, CodeOutcome::Match(_)));
        assert_eq!(matches.count(), 1);
    }
}

#[tokio::test]
async fn a_crowd_of_guesses_gets_no_more_than_five() {
    let scene = Scene::new().await;
    for _ in 0..ROUNDS {
        let issued = scene
            .issue(NewToken {
                with_code: true,
                ..scene.new_token(Purpose::MagicLink)
            })
            .await;
        let wrong = other_than(issued.code.unwrap().expose());
        let outcomes = race(|_| {
            let lookup = Lookup::Email("alice@example.test".to_owned());
            try_code(
                scene.db(),
                scene.tokens.clone(),
                Purpose::MagicLink,
                lookup,
                wrong.clone(),
            )
        })
        .await;
        let dead = outcomes
            .iter()
            .filter(|outcome| **outcome == CodeOutcome::Dead)
            .count();
        assert_eq!(dead, CROWD - 4, "four were told to try again, the fifth ended it");
        let attempts = async |tx: &mut ReadTx| {
            tx.fetch_one::<i64>("SELECT max(attempts) FROM one_time_tokens", args![])
                .await
        };
        assert_eq!(scene.db().read::<_, DbError>(attempts).await.unwrap(), 5);
    }
}

#[tokio::test]
async fn of_a_crowd_that_asks_for_one_each_the_last_stands() {
    let scene = Scene::new().await;
    for _ in 0..ROUNDS {
        let issued = race(|_| {
            let (db, tokens, new) = (scene.db(), scene.tokens.clone(), scene.new_token(Purpose::Reset));
            async move {
                let issue = async move |tx: &mut Tx| tokens.issue(tx, new.clone(), now()).await;
                db.write(issue).await.unwrap()
            }
        })
        .await;
        let mut taken = 0;
        for one in issued {
            let claim = scene.consume(Purpose::Reset, one.token.expose()).await;
            taken += usize::from(claim.is_some());
        }
        assert_eq!(taken, 1);
    }
}

#[tokio::test]
async fn what_ran_out_is_deleted_by_the_batch() {
    let scene = Scene::new().await;
    let fill = async |tx: &mut Tx| {
        for number in 0..=700_u64 {
            let tail = Uuid::from_u64_pair(7, number);
            tx.execute(
                "INSERT INTO one_time_tokens (id, purpose, secret_hash, created_at, expires_at)
                VALUES ($1, 'verify', $2, $3, $4)",
                args![tail, tail.as_bytes().as_slice(), now(), now().plus(MINUTE)],
            )
            .await?;
        }
        Ok::<_, DbError>(())
    };
    scene.db().write(fill).await.unwrap();
    let issued = scene.issue(scene.new_token(Purpose::Reset)).await;
    let mut counts = Vec::new();
    for _ in 0..3 {
        let (tokens, later) = (scene.tokens.clone(), now().plus(MINUTE));
        let delete = async move |tx: &mut Tx| tokens.delete_expired(tx, later).await;
        counts.push(scene.db().write(delete).await.unwrap());
    }
    assert_eq!(counts, [crate::BATCH, 201, 0]);
    assert!(
        scene
            .consume(Purpose::Reset, issued.token.expose())
            .await
            .is_some()
    );
}

#[tokio::test]
async fn a_code_about_something_is_tried_by_what_it_is_about() {
    let scene = Scene::new().await;
    let about = |number| NewToken {
        user: None,
        subject: Some(Uuid::from_u128(number)),
        with_code: true,
        ..scene.new_token(Purpose::Sender)
    };
    let code = |issued: Issued| issued.code.unwrap().expose().clone();
    // The same address, shown to be one's own by two who know nothing of each other.
    let (first, second) = (
        code(scene.issue(about(1)).await),
        code(scene.issue(about(2)).await),
    );
    let lookup = |number| Lookup::Subject(Uuid::from_u128(number));
    let tried = scene.try_code(Purpose::Sender, lookup(2), &first).await;
    assert!(tried == CodeOutcome::Wrong || first == second);
    let tried = scene.try_code(Purpose::Sender, lookup(3), &first).await;
    assert_eq!(tried, CodeOutcome::Dead);
    let CodeOutcome::Match(claim) = scene.try_code(Purpose::Sender, lookup(1), &first).await else {
        panic!("it holds");
    };
    assert_eq!(claim.subject, Some(Uuid::from_u128(1)));
    assert_eq!(
        scene.try_code(Purpose::Sender, lookup(1), &first).await,
        CodeOutcome::Dead
    );
    // A new code ends the one before, and no other's.
    let third = code(scene.issue(about(1)).await);
    let fourth = code(scene.issue(about(1)).await);
    let tried = scene.try_code(Purpose::Sender, lookup(1), &third).await;
    assert!(tried == CodeOutcome::Wrong || third == fourth);
    let tried = scene.try_code(Purpose::Sender, lookup(1), &fourth).await;
    assert!(matches!(tried, CodeOutcome::Match(_)));
    let tried = scene.try_code(Purpose::Sender, lookup(2), &second).await;
    assert!(matches!(tried, CodeOutcome::Match(_)));
}
