//! Tokens that a JWT library of others made, some with our own key.

use mainstay_acceptance::{TestApp, ask_python};
use serde_json::{Value, json};

use super::forge::base64;
use super::tokens::{DOOR, expect_refused, forge};

#[tokio::test]
async fn what_another_library_forges_is_refused_but_for_the_true_one() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let jwks = app
        .nobody()
        .get("/.well-known/jwks.json")
        .await
        .expect(200)
        .json();
    let given = json!({ "token": forge.token, "seed": base64(forge.key.to_bytes()), "jwks": jwks });
    let Some(forged) = ask_python("forge_tokens.py", &given) else {
        return;
    };
    let Value::Object(mut tokens) = forged else {
        panic!("{forged}");
    };
    let good = tokens.remove("true").unwrap();
    ada.with_token(good.as_str().unwrap()).get(DOOR).await.expect(200);
    assert!(tokens.len() > 40, "{}", tokens.len());
    for (what, token) in tokens {
        let what: &'static str = what.leak();
        expect_refused(&ada, [(what, token.as_str().unwrap().to_owned())]).await;
    }
}
