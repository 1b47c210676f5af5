use ::jobs::{Registry, drain};
use db::{Executor as _, args};
use kernel::UserId;
use kernel::context::Idempotency;

use super::super::jobs::{ExpireUserImportHandler, RunUserImportHandler};
use super::super::model::Progress;
use super::*;
use crate::testing::{Identity, context, from, secret, sign_in};
use crypto::FirebaseParameters;

/// It has another spelling after normalisation, as nobody's hash does.
const PASSWORD: &str = "quiet otters \u{fb01}nd 9 lanterns";

const HASHES: &[(&str, &str)] = &[
    (
        "bcrypt 2b",
        "$2b$04$63mfOY8QqkoUeNEBTjL2YOJbiOQPnVSsM3vfI0zeQUVm2os/DXcju",
    ),
    (
        "bcrypt 2a",
        "$2a$05$5qMyGfP8truiFO9Ut3p9B.vDJfHRGc/FXcJ/xFGvN5ZvgqxTe8IRm",
    ),
    (
        "bcrypt 2y",
        "$2y$04$WkJK0fuNl4S679duZhaae.ufssTvJKlmE2zIe27rDj.4ur2SkdF2S",
    ),
    (
        "argon2id",
        "$argon2id$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$IkmJJALMYjw/sBwZ0B4N45LoykudY0avOFpW+dikA8g",
    ),
    (
        "argon2i",
        "$argon2i$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$Qd2nhjEfWbQ1RL2SLqAY0Sro/S3swP1KwgUIqyYGHO4",
    ),
    (
        "argon2i v16",
        "$argon2i$v=16$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$Yf9GJsw160usdToaNjFXeAZv69lDncN9+BP7bnMlnDY",
    ),
    (
        "passlib scrypt",
        "$scrypt$ln=6,r=8,p=1$vjeGkLJW6v0fA+C8l9LaOw$PFZd1T6UDXYJE8I/dwv0G4KR5mvVBnyL574n8tFzd+k",
    ),
    (
        "passlib pbkdf2 sha1",
        "$pbkdf2$1000$ZKxVKsV47z2H0BqDcC4lJA$YZ6XzpHI55PGjdl4CxUXHUPZtw8",
    ),
    (
        "passlib pbkdf2 sha256",
        "$pbkdf2-sha256$1000$kHIOQegd41xrTQlBiNFaqw$ZogrY8B7e9SKcYQsitjVR00HDEGsM5Wh6zFR2V/SZm4",
    ),
    (
        "passlib pbkdf2 sha512",
        "$pbkdf2-sha512$1000$11oL4bz3HiNEyDnnHAPAGA$gN2ga366ClDqq.HrX.2fPnuzVCwTjjZznNbruXnUDTW2vWZ56LI.Mp4FkvHE08NK06mhdecXXO3Z0fQiOAXWBw",
    ),
    (
        "PHC pbkdf2 sha512",
        "$pbkdf2-sha512$i=1000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$AYjqLpBGXRsK0d8rdQkFMC92k2lcM0b3HCfdXLia5pTT/jM3+yHYlZCGGuwi4dNEJRr8UtTuqRNLbNCtxVEw1g",
    ),
    (
        "Django pbkdf2_sha256",
        "pbkdf2_sha256$1000$8ONPY4oQMPvMUIqkRxGSzO$m1/wDX3GwAZ6z+6Xzn5oUd5+Om+ZvafSQ+JS32GVmMc=",
    ),
    (
        "Django pbkdf2_sha1",
        "pbkdf2_sha1$1000$TITamB53oxPUnTqpmIurbU$tGqdUovv6W7bYNsJcfpCw6XLi70=",
    ),
    (
        "Django argon2",
        "argon2$argon2id$v=19$m=64,t=1,p=8$cmd6YVVqbnFJVDF1cFhHSlEyZ3I1Zw$UHfK3OMUmOQfeZ7MYOPyVo95uJ0qXfrE6mctb12bdbM",
    ),
    (
        "Django bcrypt_sha256",
        "bcrypt_sha256$$2b$04$BJZEaLBx.Y/WYQBEH/oY7uiYb7dlBKSQUwYZAXKQdVcIgxHnk23h2",
    ),
    (
        "Django bcrypt",
        "bcrypt$$2b$04$afnzL9QAdFqk6HASB.Bcq.nvldRkDVSVNyCR4t.VFVnQkN2gbX.Gy",
    ),
    (
        "Django scrypt",
        "scrypt$64$AFzBR3LxIsjd9dJtNyNoOQ$8$5$fi9uQeBQDi+Ek6JJbiEBlfDR/EukrLfSDitKnDPiUuLSGu7J7tnbcwNLSKbkr61gI9juNF7iP061pMFZkwojCA==",
    ),
    ("WordPress phpass", "$P$54hiOaqfpMJRV12nzny9ivGvO2SpMl/"),
    ("phpBB phpass", "$H$6KBdUGmgh4mSRFUTT3ayIiQrV.Qku20"),
    (
        "WordPress 6.8",
        "$wp$2y$04$4KmhkxJRxa/XA2fjJZasZes4831cSZR3vOG9GQtZS3OtKc85yVMe2",
    ),
];

const FIREBASE: &str =
    "vOQKyOphceFLOKDclizeLkRqhAFlOV8IGy20mSauku8pJncAgNo6zNKR0gLXl/Odh9Uu4Cjt8qLMSdFBiqVkvw==";

struct World {
    identity: Identity,
    imports: UserImports,
    registry: Registry,
}

impl World {
    async fn new() -> Self {
        let identity = Identity::strict().await;
        let machinery = identity.machinery.clone();
        let queue = Queue::new(Arc::clone(&machinery.ids), Arc::clone(&machinery.clock));
        let imports = UserImports::new(
            machinery,
            identity.users.clone(),
            identity.passwords.clone(),
            queue,
        );
        let mut registry = Registry::new();
        registry.on(RunUserImportHandler(imports.clone()));
        registry.on(ExpireUserImportHandler(imports.clone()));
        Self {
            identity,
            imports,
            registry,
        }
    }

    async fn open(&self, mode: ImportMode, rows: Vec<ImportRow>) -> UserImportId {
        let key = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
        let firebase = FirebaseParameters {
            signer_key: secret(key),
            salt_separator: String::from("Bw=="),
            rounds: 8,
            mem_cost: 6,
        };
        let new = NewUserImport {
            mode,
            firebase: Some(firebase),
        };
        let id = self.imports.create(&context(), new).await.unwrap().id;
        for rows in rows.chunks(500) {
            self.imports
                .add_rows(&context(), id, rows.to_vec())
                .await
                .unwrap();
        }
        id
    }

    async fn start(&self, mode: ImportMode, rows: Vec<ImportRow>) -> UserImportId {
        let id = self.open(mode, rows).await;
        self.imports.start(&context(), id).await.unwrap();
        id
    }

    /// Lets the worker do what waits.
    async fn work(&self) {
        let drained = drain(&self.identity.machinery.db, &self.imports.queue, &self.registry)
            .await
            .unwrap();
        assert!(drained.failed.is_empty(), "{:?}", drained.failed);
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let count = async move |tx: &mut ReadTx| -> Result<i64, DbError> { tx.fetch_one(sql, args![]).await };
        self.identity.machinery.db.read(count).await.unwrap()
    }

    async fn users(&self) -> i64 {
        self.count("SELECT count(*) FROM users").await
    }

    async fn kept_rows(&self) -> i64 {
        self.count("SELECT count(*) FROM user_import_rows").await
    }

    async fn hash_of(&self, user: UserId) -> String {
        let find = async move |tx: &mut ReadTx| -> Result<String, DbError> {
            let sql = "SELECT phc_hash FROM password_credentials WHERE user_id = $1";
            tx.fetch_one(sql, args![user]).await
        };
        self.identity.machinery.db.read(find).await.unwrap()
    }

    async fn errors(&self, id: UserImportId) -> Vec<(i64, String, String)> {
        let errors = self
            .imports
            .list_errors(id, PageRequest::new(200, None))
            .await
            .unwrap();
        let errors = errors.items.into_iter();
        errors
            .map(|error| (error.position, error.pointer, error.code))
            .collect()
    }
}

fn row(email: &str) -> ImportRow {
    ImportRow {
        email: email.to_owned(),
        email_verified: true,
        name: Some(String::from("Ada")),
        locale: None,
        password_hash: None,
        password_salt: None,
        created_at: None,
    }
}

fn with_hash(email: &str, hash: &str) -> ImportRow {
    ImportRow {
        password_hash: Some(hash.to_owned()),
        ..row(email)
    }
}

fn many(count: usize) -> Vec<ImportRow> {
    (0..count)
        .map(|number| row(&format!("user{number}@example.com")))
        .collect()
}

#[tokio::test]
async fn every_hash_lets_its_owner_in_and_then_is_one_of_ours() {
    let world = World::new().await;
    let emails: Vec<String> = (0..=HASHES.len())
        .map(|number| format!("user{number}@example.com"))
        .collect();
    let mut rows: Vec<ImportRow> = HASHES
        .iter()
        .zip(&emails)
        .map(|((_, hash), email)| with_hash(email, hash))
        .collect();
    rows.push(ImportRow {
        password_salt: Some(String::from("42xEC+ixf3L2lw==")),
        ..with_hash(emails.last().unwrap(), FIREBASE)
    });
    let id = world.start(ImportMode::Import, rows).await;
    world.work().await;
    assert_eq!(world.errors(id).await, []);
    let formats = HASHES.iter().map(|(format, _)| *format).chain(["Firebase"]);
    for (number, (format, email)) in formats.zip(&emails).enumerate() {
        let (passwords, place) = (&world.identity.passwords, from(&format!("192.0.2.{number}")));
        let user = world
            .identity
            .users
            .find_by_email(&email.parse().unwrap())
            .await
            .unwrap()
            .unwrap();
        assert!(world.hash_of(user.id).await.starts_with("foreign:"), "{format}");
        let wrong = passwords
            .sign_in(&place, sign_in(email, "quiet otters find 9 lanterns"))
            .await;
        assert!(
            matches!(wrong, Err(IdentityError::InvalidCredentials)),
            "{format}"
        );
        for _ in 0..2 {
            let signed_in = passwords.sign_in(&place, sign_in(email, PASSWORD)).await;
            assert!(signed_in.is_ok(), "{format}: {:?}", signed_in.err());
            assert!(world.hash_of(user.id).await.starts_with("$argon2id$"), "{format}");
        }
    }
    // By now the password is known in every spelling.
    let place = from("192.0.2.200");
    world
        .identity
        .passwords
        .sign_in(&place, sign_in(&emails[0], "quiet otters find 9 lanterns"))
        .await
        .unwrap();
}

#[tokio::test]
async fn rows_become_accounts_or_errors() {
    let world = World::new().await;
    let first = world
        .start(ImportMode::Import, vec![row("taken@example.com")])
        .await;
    world.work().await;
    let rows = vec![
        ImportRow {
            locale: Some(String::from("de")),
            created_at: Some(String::from("2020-01-31T12:00:00Z")),
            name: Some(String::new()),
            ..row("new@example.com")
        },
        row("TAKEN@example.com"),
        row("nobody"),
        row("NEW@example.com"),
        with_hash("a@example.com", "5f4dcc3b5aa765d61d8327deb882cf99"),
        with_hash(
            "b@example.com",
            "$2b$15$EXRkfkdmXn2gzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q",
        ),
        with_hash("c@example.com", "$2b$12$short"),
        ImportRow {
            locale: Some(String::from("!")),
            ..row("d@example.com")
        },
        ImportRow {
            created_at: Some(String::from("2030-01-01T00:00:00Z")),
            ..row("e@example.com")
        },
        ImportRow {
            password_salt: Some(String::from("c2FsdA==")),
            ..row("f@example.com")
        },
        ImportRow {
            name: Some("a".repeat(201)),
            ..row("g@example.com")
        },
    ];
    let expected = [
        (2, "/email", "email_taken"),
        (3, "/email", "invalid"),
        (4, "/email", "repeated"),
        (5, "/password_hash", "unknown_hash_format"),
        (6, "/password_hash", "hash_too_costly"),
        (7, "/password_hash", "malformed_hash"),
        (8, "/locale", "invalid"),
        (9, "/created_at", "invalid"),
        (10, "/password_salt", "invalid"),
        (11, "/name", "invalid"),
    ];
    let expected = expected.map(|(position, pointer, code)| (position, pointer.to_owned(), code.to_owned()));
    let rehearsal = world.start(ImportMode::DryRun, rows.clone()).await;
    world.work().await;
    assert_eq!(world.errors(rehearsal).await, expected);
    assert_eq!(
        (world.users().await, world.identity.heard("user.registered")),
        (1, 1)
    );
    let id = world.start(ImportMode::Import, rows).await;
    world.work().await;
    assert_eq!(world.errors(id).await, expected);
    let import = world.imports.get(id).await.unwrap();
    assert_eq!(
        (import.rows_done, import.rows_created, import.rows_failed),
        (11, 1, 10)
    );
    assert_eq!(import.status, ImportStatus::Done);
    let user = world
        .identity
        .users
        .find_by_email(&"new@example.com".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (user.locale.as_str(), user.name.as_ref(), user.is_verified()),
        ("de", None, true)
    );
    assert_eq!(user.created_at, "2020-01-31T12:00:00Z".parse().unwrap());
    assert_eq!((world.users().await, world.kept_rows().await), (2, 0));
    assert_eq!(world.identity.heard("user.registered"), 2);
    assert_eq!(world.identity.heard("user_import.finished"), 3);
    assert!(world.identity.mail_to("new@example.com").await.is_none());
    assert_eq!(world.imports.get(first).await.unwrap().rows_created, 1);
    // Page by page it is the same.
    let page = world
        .imports
        .list_errors(id, PageRequest::new(4, None))
        .await
        .unwrap();
    let next = world
        .imports
        .list_errors(id, PageRequest::new(4, page.next))
        .await
        .unwrap();
    assert_eq!(next.items.first().unwrap().position, 6);
}

#[tokio::test]
async fn an_import_goes_on_where_it_was_left() {
    let world = World::new().await;
    let id = world.start(ImportMode::Import, many(450)).await;
    assert_eq!(world.imports.run_batch(id).await.unwrap(), Progress::More);
    assert_eq!(world.users().await, 200);
    // Whoever did that is gone in the middle of the next batch: nothing of it stays.
    let (imports, now) = (world.imports.clone(), world.identity.machinery.now());
    let torn: Result<(), IdentityError> = world
        .identity
        .machinery
        .db
        .write(async move |tx: &mut Tx| {
            imports.run_batch_in(tx, id, now).await?;
            Err(IdentityError::NotFound)
        })
        .await;
    assert!(torn.is_err());
    assert_eq!(
        (
            world.users().await,
            world.imports.get(id).await.unwrap().rows_done
        ),
        (200, 200)
    );
    world.imports.start(&context(), id).await.unwrap();
    world.work().await;
    let import = world.imports.get(id).await.unwrap();
    assert_eq!(
        (import.rows_created, import.rows_failed, import.status),
        (450, 0, ImportStatus::Done)
    );
    assert_eq!(world.users().await, 450);
    assert_eq!(world.identity.heard("user_import.started"), 1);
    assert_eq!(world.imports.run_batch(id).await.unwrap(), Progress::Over);
}

#[tokio::test]
async fn several_workers_do_each_row_once() {
    let world = World::new().await;
    let id = world.start(ImportMode::Import, many(1000)).await;
    let workers: Vec<_> = (0..20)
        .map(|_| {
            let imports = world.imports.clone();
            tokio::spawn(async move { while imports.run_batch(id).await.unwrap() == Progress::More {} })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let import = world.imports.get(id).await.unwrap();
    assert_eq!(
        (import.rows_done, import.rows_created, import.rows_failed),
        (1000, 1000, 0)
    );
    assert_eq!(world.users().await, 1000);
    assert_eq!(world.identity.heard("user_import.finished"), 1);
}

#[tokio::test]
async fn a_cancelled_import_stops_and_its_rows_are_deleted() {
    let world = World::new().await;
    let id = world.start(ImportMode::Import, many(450)).await;
    world.imports.run_batch(id).await.unwrap();
    let refused = world.imports.delete(&context(), id).await;
    assert!(matches!(refused, Err(IdentityError::ImportRunning)));
    let cancelled = world.imports.cancel(&context(), id).await.unwrap();
    assert_eq!(
        (cancelled.status, cancelled.rows_created),
        (ImportStatus::Cancelled, 200)
    );
    world.work().await;
    assert_eq!((world.users().await, world.kept_rows().await), (200, 0));
    for refused in [
        world.imports.start(&context(), id).await,
        world.imports.cancel(&context(), id).await,
        world.imports.add_rows(&context(), id, many(1)).await,
    ] {
        assert!(matches!(refused, Err(IdentityError::ImportNotOpen)));
    }
    world.imports.delete(&context(), id).await.unwrap();
    assert!(matches!(
        world.imports.get(id).await,
        Err(IdentityError::NotFound)
    ));
    assert_eq!(world.users().await, 200);
}

#[tokio::test]
async fn rows_that_are_sent_again_are_added_once() {
    let world = World::new().await;
    let id = world.open(ImportMode::Import, Vec::new()).await;
    for total in [3, 3] {
        let key = Idempotency::new(String::from("rows"), String::from("key"), [1; 32]);
        let context = RequestContext {
            idempotency: Some(Arc::new(key)),
            ..context()
        };
        let import = world.imports.add_rows(&context, id, many(3)).await.unwrap();
        assert_eq!(import.rows_total, total);
    }
    assert_eq!(world.kept_rows().await, 3);
    let again = world.imports.add_rows(&context(), id, many(2)).await.unwrap();
    assert_eq!(again.rows_total, 5);
}

#[tokio::test]
async fn an_import_that_nobody_starts_is_cancelled() {
    let world = World::new().await;
    let (left, started) = (
        world.open(ImportMode::Import, many(3)).await,
        world.start(ImportMode::Import, many(3)).await,
    );
    for id in [left, started] {
        world.imports.expire(id).await.unwrap();
    }
    assert_eq!(
        world.imports.get(left).await.unwrap().status,
        ImportStatus::Cancelled
    );
    assert_eq!(
        world.imports.get(started).await.unwrap().status,
        ImportStatus::Running
    );
    assert_eq!(world.kept_rows().await, 3);
    let sealed = "SELECT count(*) FROM user_imports WHERE sealed_firebase IS NOT NULL";
    assert_eq!(world.count(sealed).await, 1);
    let page = world.imports.list(PageRequest::new(1, None)).await.unwrap();
    assert_eq!(page.items.first().unwrap().id, started);
    let page = world.imports.list(PageRequest::new(1, page.next)).await.unwrap();
    assert_eq!(page.items.first().unwrap().id, left);
}

#[tokio::test]
async fn parameters_that_no_project_has_are_refused() {
    let world = World::new().await;
    let firebase = FirebaseParameters {
        signer_key: secret("c2hvcnQ="),
        salt_separator: String::from("Bw=="),
        rounds: 8,
        mem_cost: 14,
    };
    let new = NewUserImport {
        mode: ImportMode::Import,
        firebase: Some(firebase),
    };
    let refused = world.imports.create(&context(), new).await;
    assert!(matches!(refused, Err(IdentityError::Invalid(_))));
}
