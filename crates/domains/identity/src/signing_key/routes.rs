//! What others need to check our access tokens.

use std::convert::Infallible;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponseParts, ResponseParts};
use schemars::JsonSchema;
use serde::Serialize;
use web::openapi::{Operation, Output};
use web::{Api, ApiResult, Doc, Json, Public, Routes};

use super::service::SigningKeys;

/// The routes of keys.
pub fn routes(keys: SigningKeys) -> Api {
    Routes::new("auth")
        .get(
            "/.well-known/jwks.json",
            get_jwks,
            Doc::new(
                "Get the keys of access tokens",
                "The public keys (RFC 7517), by which anybody can check an access token without asking. A key is \
                 here for a day before its first use and a day after the last token that it signed is over.",
            ),
        )
        .get(
            "/.well-known/oauth-authorization-server",
            get_authorization_server,
            Doc::new(
                "Get the issuer of access tokens",
                "Who issues them, where its keys are, and where to ask about a token (RFC 8414). No grant of OAuth is offered.",
            ),
        )
        .with_state(keys)
}

/// A set of public keys (RFC 7517).
#[derive(Debug, Serialize, JsonSchema)]
struct KeySetBody {
    /// The keys.
    keys: Vec<KeyBody>,
}

/// A public key of Ed25519 (RFC 8037).
#[derive(Debug, Serialize, JsonSchema)]
struct KeyBody {
    /// The key's family: `OKP`.
    #[schemars(extend("example" = "OKP"))]
    kty: String,
    /// The curve: `Ed25519`.
    #[schemars(extend("example" = "Ed25519"))]
    crv: String,
    /// The key itself, base64url.
    #[schemars(extend("example" = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))]
    x: String,
    /// Its name in the header of a token.
    #[schemars(extend("example" = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"))]
    kid: String,
    /// What it is for: `sig`.
    #[serde(rename = "use")]
    #[schemars(extend("example" = "sig"))]
    usage: String,
    /// The algorithm: `EdDSA`.
    #[schemars(extend("example" = "EdDSA"))]
    alg: String,
}

/// Who issues access tokens (RFC 8414).
#[derive(Debug, Serialize, JsonSchema)]
struct AuthorizationServerBody {
    /// What tokens name as `iss`.
    #[schemars(extend("example" = "https://app.example.com"))]
    issuer: String,
    /// Where the keys are.
    #[schemars(extend("example" = "https://app.example.com/.well-known/jwks.json"))]
    jwks_uri: String,
    /// How to sign in is described here.
    #[schemars(extend("example" = "https://app.example.com/docs"))]
    service_documentation: String,
    /// Where a service asks whether a token holds (RFC 7662).
    #[schemars(extend("example" = "https://app.example.com/oauth/introspect"))]
    introspection_endpoint: String,
    /// How it shows who it is: by an API key.
    #[schemars(extend("example" = ["Bearer"]))]
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    /// Where a token is revoked (RFC 7009).
    #[schemars(extend("example" = "https://app.example.com/oauth/revoke"))]
    revocation_endpoint: String,
    /// How who revokes shows who they are: by having the token.
    #[schemars(extend("example" = ["none"]))]
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    /// None: there is no authorization endpoint.
    response_types_supported: Vec<String>,
    /// None: there is no token endpoint.
    grant_types_supported: Vec<String>,
}

/// Everybody may keep the answer for five minutes.
struct Published;

async fn get_jwks(State(keys): State<SigningKeys>, _: Public) -> ApiResult<(Published, Json<KeySetBody>)> {
    let keys = keys.published().await?.into_iter().map(KeyBody::from).collect();
    Ok((Published, Json(KeySetBody { keys })))
}

async fn get_authorization_server(
    State(keys): State<SigningKeys>,
    _: Public,
) -> ApiResult<(Published, Json<AuthorizationServerBody>)> {
    let page = |path: &str| keys.config().page(path);
    let body = AuthorizationServerBody {
        issuer: keys.config().issuer().to_owned(),
        jwks_uri: page("/.well-known/jwks.json"),
        service_documentation: page("/docs"),
        introspection_endpoint: page("/oauth/introspect"),
        introspection_endpoint_auth_methods_supported: vec!["Bearer"],
        revocation_endpoint: page("/oauth/revoke"),
        revocation_endpoint_auth_methods_supported: vec!["none"],
        response_types_supported: Vec::new(),
        grant_types_supported: Vec::new(),
    };
    Ok((Published, Json(body)))
}

impl From<crypto::PublicKey> for KeyBody {
    fn from(key: crypto::PublicKey) -> Self {
        let jwk = key.jwk();
        let member = |name: &str| {
            jwk.get(name)
                .and_then(|text| text.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            kty: member("kty"),
            crv: member("crv"),
            x: member("x"),
            kid: member("kid"),
            usage: member("use"),
            alg: member("alg"),
        }
    }
}

impl IntoResponseParts for Published {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        let value = HeaderValue::from_static("public, max-age=300");
        response.headers_mut().insert(CACHE_CONTROL, value);
        Ok(response)
    }
}

impl Output for Published {
    fn describe(operation: &mut Operation<'_>) {
        let schema = serde_json::json!({ "type": "string", "example": "public, max-age=300" });
        operation.answer_header("Cache-Control", "For how long the answer may be kept.", &schema);
    }
}
