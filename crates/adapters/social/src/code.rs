//! From a code to tokens (RFC 6749, section 4.1.3).

use kernel::Secret;
use ports::http::HttpClient;
use ports::social::{CodeGrant, SocialError};
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::ask::{self, Answer};
use crate::config::ProviderConfig;
use crate::credential::{self, Place};

/// What a code was changed for.
pub(crate) struct Tokens {
    pub(crate) access_token: Secret<String>,
    pub(crate) id_token: Option<Secret<String>>,
}

/// Hands the code in.
pub(crate) async fn redeem(
    http: &dyn HttpClient,
    config: &ProviderConfig,
    endpoint: &Url,
    place: Place,
    grant: &CodeGrant<'_>,
) -> Result<Tokens, SocialError> {
    let Proven { headers, form } = request(config, place, grant)?;
    let answer = ask::post_form(http, endpoint, headers, form).await?;
    read(endpoint, &answer)
}

/// The code, and who hands it in.
struct Proven {
    headers: Vec<(&'static str, String)>,
    form: String,
}

fn request(config: &ProviderConfig, place: Place, grant: &CodeGrant<'_>) -> Result<Proven, SocialError> {
    let secret = credential::secret(config, grant.now)?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", grant.code)
        .append_pair("redirect_uri", grant.redirect_uri);
    if config.preset.sends_challenge {
        form.append_pair("code_verifier", grant.code_verifier);
    }
    let headers = match place {
        Place::Header => vec![credential::header(&config.client_id, &secret)],
        Place::Form => {
            form.append_pair("client_id", &config.client_id)
                .append_pair("client_secret", secret.expose());
            Vec::new()
        }
    };
    Ok(Proven {
        headers,
        form: form.finish(),
    })
}

/// Some answer 200 to what they refuse, so `error` counts whatever the status is.
fn read(endpoint: &Url, answer: &Answer) -> Result<Tokens, SocialError> {
    let failed = |problem: &str| SocialError::Failed(format!("{} {problem}", ask::place(endpoint)));
    let body = answer.json().ok_or_else(|| failed("answers broken JSON"))?;
    let text = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    if body.get("error").is_some_and(|error| !error.is_null()) {
        return Err(refusal(endpoint, &body));
    }
    if answer.status != 200 {
        return Err(failed(&format!("answers {}", answer.status)));
    }
    let is_bearer = text("token_type").is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    if !is_bearer {
        return Err(failed("answers a token of another type than Bearer"));
    }
    let secret = |name: &str| text(name).map(|text| Secret::new(text.to_owned()));
    Ok(Tokens {
        access_token: secret("access_token").ok_or_else(|| failed("answers no access token"))?,
        id_token: secret("id_token"),
    })
}

fn refusal(endpoint: &Url, body: &Value) -> SocialError {
    let error = body.get("error");
    // Facebook's is an object that says more.
    let code = error.and_then(Value::as_str).map(ask::plain);
    let description = body
        .get("error_description")
        .or_else(|| body.pointer("/error/message"))
        .and_then(Value::as_str)
        .map(ask::plain)
        .unwrap_or_default();
    let code = code.unwrap_or_default();
    let text = format!("{} answers {code}: {description}", ask::place(endpoint));
    match code.as_str() {
        // GitHub has a name of its own for it.
        "invalid_grant" | "access_denied" | "bad_verification_code" => SocialError::Denied(text),
        "invalid_client"
        | "unauthorized_client"
        | "incorrect_client_credentials"
        | "redirect_uri_mismatch" => SocialError::Misconfigured(text),
        _ => SocialError::Failed(text),
    }
}
