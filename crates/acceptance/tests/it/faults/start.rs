//! What does not start says why, in one line, and leaves everything as it was.

use std::process::Output;
use std::time::{Duration, Instant};

use super::program;

/// The one line, without what stands before it.
#[track_caller]
fn complaint(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.starts_with("mainstay: "), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

#[tokio::test]
async fn a_second_start_on_the_same_place_is_refused() {
    let program = program().await;
    if !program.is_embedded() {
        // Any number of nodes share a server.
        return;
    }
    let first = program.serve(0).await;
    let start = Instant::now();
    let second = program.run(&["serve"]);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    let said = complaint(&second, 1);
    assert!(
        said.contains("mainstay.db") || said.contains(&program.data_dir().display().to_string()),
        "{said}"
    );
    let alive = reqwest::get(format!("{}/readyz", first.base)).await.unwrap();
    assert_eq!(alive.status(), 200);
    first.kill();
    // The one that was killed holds nothing any more.
    let mut third = program.serve(0).await;
    third.terminate();
    assert!(third.ended().await.success());
}

#[tokio::test]
async fn two_nodes_share_a_server() {
    let program = program().await;
    if program.is_embedded() {
        return;
    }
    let (first, second) = (program.serve(0).await, program.serve(0).await);
    for node in [&first, &second] {
        assert_eq!(
            reqwest::get(format!("{}/readyz", node.base))
                .await
                .unwrap()
                .status(),
            200
        );
    }
}

#[tokio::test]
async fn weak_master_keys_are_refused() {
    for key in [
        "",
        "secret",
        "changeme",
        &"0".repeat(64),
        &"ab".repeat(32),
        "64 hexadecimal digits",
        "0123",
    ] {
        let program = program().await.set("MAINSTAY_MASTER_KEY", key);
        let output = program.run(&["serve"]);
        let said = complaint(&output, 2);
        assert!(said.to_lowercase().contains("master_key"), "{key}: {said}");
        assert!(
            key.len() < 5 || !said.contains(key) || key.contains(' '),
            "the key is told: {said}"
        );
        assert!(!program.data_dir().join("mainstay.db").exists(), "{key}");
    }
}

#[tokio::test]
async fn production_refuses_what_is_only_good_for_trying_out() {
    let key = "5d1f0e8a3b7c4629d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7";
    let whole = [
        ("MAINSTAY_ENV", "production"),
        ("MAINSTAY_PUBLIC_URL", "https://app.example.com"),
        ("MAINSTAY_SMTP_URL", "smtp://mail.example.com:587"),
        ("MAINSTAY_MASTER_KEY", key),
    ];
    for missing in ["MAINSTAY_PUBLIC_URL", "MAINSTAY_SMTP_URL", "MAINSTAY_MASTER_KEY"] {
        let settings = whole.into_iter().filter(|(name, _)| *name != missing);
        let program = settings.fold(program().await, |program, (name, value)| program.set(name, value));
        let output = program.run(&["serve"]);
        let said = complaint(&output, 2);
        assert!(
            said.to_lowercase()
                .contains(&missing.trim_start_matches("MAINSTAY_").to_lowercase()),
            "{said}"
        );
    }
    let program = whole
        .into_iter()
        .fold(program().await, |program, (name, value)| program.set(name, value));
    assert!(program.run(&["config", "check"]).status.success());
    let printed = program.run(&["config", "print"]);
    assert!(
        !String::from_utf8_lossy(&printed.stdout).contains(key),
        "{printed:?}"
    );
}

#[tokio::test]
async fn settings_that_are_none_are_named() {
    for (name, value) in [
        ("MAINSTAY_BIND", "nonsense"),
        ("MAINSTAY_NO_SUCH_THING", "1"),
        ("MAINSTAY_DATABASE_URL", "mysql://x"),
        ("MAINSTAY_SMTP_URL", "http://x"),
        ("MAINSTAY_MAX_SESSIONS", "-1"),
        ("MAINSTAY_TRUSTED_PROXIES", "everybody"),
    ] {
        let output = program().await.set(name, value).run(&["serve"]);
        let said = complaint(&output, 2);
        assert!(said.contains(name), "{said}");
    }
}
