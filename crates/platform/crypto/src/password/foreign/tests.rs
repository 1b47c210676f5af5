//! Fixtures were made once by passlib 1.7.4, bcrypt 4.0, argon2-cffi 25.1 and Django 5.2, of a password that
//! has another spelling after normalisation.

use super::*;
use crate::password::{HasherConfig, PasswordHasher, normalise};

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

fn project(rounds: u32, mem_cost: u32) -> FirebaseParameters {
    let key = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
    FirebaseParameters {
        signer_key: Secret::new(key.to_owned()),
        salt_separator: String::from("Bw=="),
        rounds,
        mem_cost,
    }
}

fn error(text: &str) -> Option<ForeignHashError> {
    text.parse::<ForeignHash>().err()
}

#[test]
fn knows_the_passwords_of_every_format() {
    for (format, text) in HASHES {
        let hash: ForeignHash = text.parse().unwrap_or_else(|error| panic!("{format}: {error}"));
        assert_eq!(hash.matches(PASSWORD), Some(true), "{format}");
        for wrong in [
            normalise(PASSWORD).expose(),
            "",
            "quiet otters",
            &format!("{PASSWORD}!"),
        ] {
            assert_eq!(hash.matches(wrong), Some(false), "{format}: {wrong}");
        }
    }
}

#[test]
fn knows_the_password_of_firebases_own_example() {
    // https://github.com/firebase/scrypt, README.
    let hash = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
    let hash = ForeignHash::firebase(&project(8, 14), "42xEC+ixf3L2lw==", hash).unwrap();
    assert_eq!(hash.matches("user1password"), Some(true));
    assert_eq!(hash.matches("user2password"), Some(false));
}

#[test]
fn bcrypt_counts_72_bytes_as_it_always_did() {
    let hash = ::bcrypt::hash_with_salt([b'a'; 72], 4, [7; 16])
        .unwrap()
        .to_string();
    let hash: ForeignHash = hash.parse().unwrap();
    assert_eq!(hash.matches(&"a".repeat(72)), Some(true));
    assert_eq!(hash.matches(&"a".repeat(80)), Some(true));
    assert_eq!(hash.matches(&"a".repeat(71)), Some(false));
}

#[test]
fn refuses_more_work_than_is_bearable() {
    let bound = |text: &str, most: &str, beyond: &str| {
        let (_, hash) = HASHES.iter().find(|(name, _)| *name == text).unwrap();
        let (old, most) = most.split_once(" -> ").unwrap();
        assert!(hash.contains(old), "{hash}");
        assert_eq!(error(&hash.replacen(old, most, 1)), None, "{text}: {most}");
        let error = error(&hash.replacen(old, beyond, 1));
        assert_eq!(error, Some(ForeignHashError::TooCostly), "{text}: {beyond}");
    };
    bound("bcrypt 2b", "$04$ -> $14$", "$15$");
    bound("bcrypt 2b", "$04$ -> $04$", "$03$");
    bound("bcrypt 2b", "$04$ -> $10$", "$99$");
    bound("Django bcrypt_sha256", "$04$ -> $14$", "$15$");
    bound("WordPress 6.8", "$04$ -> $14$", "$31$");
    for name in ["argon2id", "argon2i", "Django argon2"] {
        bound(name, "m=64 -> m=262144", "m=262145");
        bound(name, "m=64 -> m=64", "m=4294967295");
        bound(name, "t= -> t=0", "t=9");
    }
    bound("argon2id", "t=2 -> t=10", "t=11");
    bound("argon2id", "p=2 -> p=8", "p=9");
    bound("passlib scrypt", "ln=6 -> ln=18", "ln=19");
    bound("passlib scrypt", "ln=6 -> ln=6", "ln=63");
    bound("passlib scrypt", "r=8 -> r=32", "r=33");
    bound("passlib scrypt", "p=1 -> p=16", "p=17");
    bound("Django scrypt", "$64$ -> $32768$", "$65536$");
    for name in [
        "passlib pbkdf2 sha1",
        "passlib pbkdf2 sha256",
        "passlib pbkdf2 sha512",
        "Django pbkdf2_sha256",
    ] {
        bound(name, "$1000$ -> $2000000$", "$2000001$");
    }
    bound("PHC pbkdf2 sha512", "i=1000 -> i=2000000", "i=2000001");
    bound("WordPress phpass", "$P$5 -> $P$I", "$P$J");
    bound("WordPress phpass", "$P$5 -> $P$B", "$P$4");
    // 64 bytes of SHA-256 are two pieces, each with all its iterations.
    let long = "A".repeat(86);
    assert_eq!(error(&format!("pbkdf2_sha256$1000000$salt${long}")), None);
    let beyond = error(&format!("pbkdf2_sha256$1000001$salt${long}"));
    assert_eq!(beyond, Some(ForeignHashError::TooCostly));
    assert_eq!(project(8, 14).check(), Ok(()));
    for beyond in [project(9, 14), project(8, 15)] {
        assert_eq!(beyond.check(), Err(ForeignHashError::TooCostly));
    }
}

#[test]
fn refuses_what_is_no_hash() {
    for text in [
        "",
        "$",
        "secret",
        "md5$salt$0123",
        "$1$salt$hash",
        "$5$a$b",
        "$argon2d$v=19$m=64,t=2,p=2$a$b",
        "{SSHA}x",
    ] {
        assert_eq!(error(text), Some(ForeignHashError::Unknown), "{text}");
    }
    for (name, old, new) in [
        ("bcrypt 2b", "$04$", "$4$"),
        ("bcrypt 2b", "$04$", "$+4$"),
        ("bcrypt 2b", "$2b$04$", "$2b$04$!"),
        ("bcrypt 2b", "e", ""),
        ("argon2id", "v=19", "v=20"),
        ("argon2id", "m=64", "m=1"),
        ("argon2id", "t=2", "t=0"),
        ("argon2id", "p=2", "p=2,keyid=x"),
        ("argon2id", "$c29tZXNhbHRzb21lc2FsdA", "$c29t"),
        ("passlib scrypt", "ln=6", "ln=0"),
        ("passlib scrypt", "r=8", "r=0"),
        ("Django scrypt", "$64$", "$63$"),
        ("passlib pbkdf2 sha256", "$1000$", "$0$"),
        ("passlib pbkdf2 sha256", "$1000$", "$1e3$"),
        ("PHC pbkdf2 sha512", "l=64", "l=32"),
        ("Django pbkdf2_sha256", "=", "!"),
        ("WordPress phpass", "$P$5", "$P$"),
        ("WordPress phpass", "$P$5", "$P$!"),
    ] {
        let (_, hash) = HASHES.iter().find(|(found, _)| *found == name).unwrap();
        let text = hash.replacen(old, new, 1);
        assert_ne!(&text, hash, "{name}: {old}");
        assert_eq!(error(&text), Some(ForeignHashError::Malformed), "{text}");
    }
    assert_eq!(error(&"a".repeat(LONGEST + 1)), Some(ForeignHashError::Malformed));
    let mut project = project(8, 14);
    project.signer_key = Secret::new(String::from("short"));
    assert_eq!(project.check(), Err(ForeignHashError::Malformed));
}

#[tokio::test]
async fn one_hasher_verifies_them_all_and_wants_them_anew() {
    let foreign = ForeignHashes::new(&MasterKey::generate());
    let hasher = PasswordHasher::start(&HasherConfig::cheap())
        .unwrap()
        .with_foreign(foreign.clone());
    let secret = |text: &str| Secret::new(text.to_owned());
    for (format, text) in HASHES {
        let kept = foreign.keep(&text.parse().unwrap());
        let (_, hash) = text.rsplit_once('$').unwrap();
        assert!(!kept.contains(hash), "{format} is sealed");
        let right = hasher.verify(secret(PASSWORD), Some(kept.clone())).await.unwrap();
        assert!(right.matches && right.needs_rehash, "{format}");
        let wrong = hasher.verify(secret("wrong"), Some(kept)).await.unwrap();
        assert!(!wrong.matches && !wrong.needs_rehash, "{format}");
    }
    // Not sealed, sealed under another key, or too long to be anybody's.
    let kept = ForeignHashes::new(&MasterKey::generate()).keep(&HASHES[0].1.parse().unwrap());
    for kept in [
        kept,
        HASHES[0].1.to_owned(),
        format!("{MARK}{}", HASHES[0].1),
        MARK.to_owned(),
    ] {
        assert!(!hasher.verify(secret(PASSWORD), Some(kept)).await.unwrap().matches);
    }
    let kept = foreign.keep(&HASHES[0].1.parse().unwrap());
    assert!(
        !hasher
            .verify(secret(&"a".repeat(5000)), Some(kept))
            .await
            .unwrap()
            .matches
    );
}

#[test]
fn says_nothing_of_itself() {
    let hash: ForeignHash = HASHES[0].1.parse().unwrap();
    assert_eq!(format!("{hash:?}"), "ForeignHash");
    assert!(!format!("{:?}", project(8, 14)).contains("jxspr8"));
}
