//! From settings to a provider that is asked over a real connection.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use ports::social::{AuthorizationRequest, SocialError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::config::Sources;

/// A provider that tells of itself, and counts who connects.
async fn start() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let hits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hits);
    let issuer = format!("http://{address}/main");
    let document = serde_json::json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "id_token_signing_alg_values_supported": ["ES256"],
    })
    .to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut asked = vec![0; 4096];
            let _ = stream.read(&mut asked).await;
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{document}", document.len());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, hits)
}

fn provider(address: SocketAddr, allow_private: &str) -> Arc<dyn SocialProvider> {
    let said = [
        ("MAINSTAY_SOCIAL_PROVIDERS", "acme"),
        ("MAINSTAY_SOCIAL_ACME_NAME", "Acme"),
        ("MAINSTAY_SOCIAL_ACME_ISSUER", &format!("http://{address}/main")),
        ("MAINSTAY_SOCIAL_ACME_CLIENT_ID", "client"),
        ("MAINSTAY_SOCIAL_ACME_CLIENT_SECRET", "secret"),
        ("MAINSTAY_OUTBOUND_ALLOW_PRIVATE", allow_private),
    ];
    let said = said.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::load(&Sources {
        environment: said.into_iter().collect(),
        ..Sources::default()
    })
    .unwrap();
    let outbound = Outbound::new(&config.outbound).unwrap();
    providers(&config, &outbound).pop().unwrap()
}

fn request() -> AuthorizationRequest<'static> {
    AuthorizationRequest {
        state: "state",
        nonce: "nonce",
        code_verifier: "verifier",
        redirect_uri: "https://app.example.com/callback",
        login_hint: None,
    }
}

#[tokio::test]
async fn a_provider_of_the_settings_is_asked() {
    let (address, hits) = start().await;
    let acme = provider(address, "yes");
    let url = acme.authorization_url(&request()).await.unwrap();
    assert!(
        url.as_str()
            .starts_with(&format!("http://{address}/main/authorize?"))
    );
    assert_eq!((acme.id(), acme.name()), ("acme", "Acme"));
    assert_eq!(hits.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn nobody_inside_is_asked_unless_that_was_set() {
    let (address, hits) = start().await;
    let refused = provider(address, "no").authorization_url(&request()).await;
    match refused {
        Err(SocialError::Failed(problem)) => assert!(problem.contains("private address"), "{problem}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}
