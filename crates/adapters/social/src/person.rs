//! Who it is, from answers in JSON.

use kernel::Secret;
use ports::http::HttpClient;
use ports::social::{SocialError, SocialProfile};
use serde_json::Value;
use url::Url;

use crate::ask;
use crate::claims::{self, Claims};
use crate::jose::json;
use crate::presets::{EmailsAt, OAuth2, OpenId};

/// The longest name that is kept.
const MAX_NAME: usize = 100;

/// An address, and whether the provider has seen that it is the person's.
#[derive(Debug, Default)]
struct Seen {
    email: Option<String>,
    is_verified: bool,
}

/// The person in the claims of an ID token, or of the answer of a userinfo endpoint.
pub(crate) fn of_claims(issuer: &str, claims: &Claims, openid: OpenId) -> Result<SocialProfile, SocialError> {
    let subject = claims::subject(claims).map_err(|problem| SocialError::Refused(problem.to_owned()))?;
    let name = claims.get("name").and_then(Value::as_str);
    let email = claims.get("email").and_then(Value::as_str);
    let seen = Seen {
        email: email.map(str::to_owned),
        is_verified: match claims.get(openid.email_verified.trim_start_matches('/')) {
            Some(Value::Bool(is_verified)) => *is_verified,
            Some(Value::String(text)) => openid.says_true_in_text && text == "true",
            _ => false,
        },
    };
    Ok(profile(issuer, subject.to_owned(), seen, name))
}

/// What a userinfo endpoint says; it has to speak of the same account (OpenID Connect Core 1.0, section
/// 5.3.2).
pub(crate) async fn userinfo(
    http: &dyn HttpClient,
    url: &Url,
    access_token: &Secret<String>,
    subject: &str,
) -> Result<Claims, SocialError> {
    let answer = ask::get(http, url, vec![bearer(access_token)]).await?;
    let claims = json::object(&answer.body);
    let claims =
        claims.ok_or_else(|| SocialError::Failed(format!("{} answers no object", ask::place(url))))?;
    if claims.get("sub").and_then(Value::as_str) != Some(subject) {
        return Err(SocialError::Refused(
            "userinfo speaks of another account".to_owned(),
        ));
    }
    Ok(claims)
}

/// The person in the answer of an API.
pub(crate) async fn of_api(
    http: &dyn HttpClient,
    issuer: &str,
    api: &OAuth2,
    scopes: &[String],
    access_token: &Secret<String>,
) -> Result<SocialProfile, SocialError> {
    let user = ask_api(http, api, api.user, access_token).await?;
    let subject = user.pointer(api.person.subject).and_then(subject);
    let subject = subject.ok_or_else(|| SocialError::Refused("the answer names no account".to_owned()))?;
    let asks_for_emails = scopes.iter().any(|scope| scope.contains("email"));
    let seen = match api.emails {
        Some(emails) if asks_for_emails => {
            let list = ask_api(http, api, emails.url, access_token).await?;
            primary(&list, emails)
        }
        _ => Seen {
            email: api.person.email.and_then(|at| text(&user, at)),
            is_verified: api
                .person
                .email_verified
                .is_some_and(|at| user.pointer(at) == Some(&Value::Bool(true))),
        },
    };
    let name = user.pointer(api.person.name).and_then(Value::as_str);
    Ok(profile(issuer, subject, seen, name))
}

async fn ask_api(
    http: &dyn HttpClient,
    api: &OAuth2,
    url: &str,
    access_token: &Secret<String>,
) -> Result<Value, SocialError> {
    let url = Url::parse(url).map_err(|_| SocialError::Misconfigured(format!("{url} is no URL")))?;
    let mut headers = vec![bearer(access_token)];
    let more = api.headers.iter();
    headers.extend(more.map(|(name, value)| (*name, (*value).to_owned())));
    let answer = ask::get(http, &url, headers).await?;
    let broken = || SocialError::Failed(format!("{} answers broken JSON", ask::place(&url)));
    answer.json().ok_or_else(broken)
}

fn bearer(access_token: &Secret<String>) -> (&'static str, String) {
    ("authorization", format!("Bearer {}", access_token.expose()))
}

fn primary(list: &Value, at: EmailsAt) -> Seen {
    let is_true = |item: &Value, at: &str| item.pointer(at) == Some(&Value::Bool(true));
    let mut items = list.as_array().into_iter().flatten();
    let found = items.find(|item| is_true(item, at.primary) && is_true(item, at.verified));
    Seen {
        email: found.and_then(|item| text(item, at.email)),
        is_verified: found.is_some(),
    }
}

fn text(value: &Value, at: &str) -> Option<String> {
    value.pointer(at).and_then(Value::as_str).map(str::to_owned)
}

/// GitHub counts its accounts, the others name them.
fn subject(value: &Value) -> Option<String> {
    let subject = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_u64()?.to_string(),
        _ => return None,
    };
    let is_name = (1..=255).contains(&subject.len()) && !subject.chars().any(char::is_control);
    is_name.then_some(subject)
}

/// An address that none can be sent to is none.
fn profile(issuer: &str, subject: String, seen: Seen, name: Option<&str>) -> SocialProfile {
    let email = seen.email.and_then(|email| email.parse().ok());
    let name = name.map(|name| {
        let printable = name.trim().chars().filter(|letter| !letter.is_control());
        printable.take(MAX_NAME).collect::<String>()
    });
    SocialProfile {
        issuer: issuer.to_owned(),
        subject,
        is_email_verified: seen.is_verified && email.is_some(),
        email,
        name: name.filter(|name| !name.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::presets::{Preset, Protocol};

    #[test]
    fn a_text_is_believed_of_apple_alone_and_only_the_right_one() {
        for (id, said, is_verified) in [
            ("apple", json!("true"), true),
            ("apple", json!(true), true),
            ("apple", json!("false"), false),
            ("apple", json!("TRUE"), false),
            ("apple", json!(1), false),
            ("google", json!("true"), false),
        ] {
            let Protocol::OpenId(openid) = Preset::find(id).protocol else {
                panic!("{id} is an OpenID provider");
            };
            let claims = json!({ "sub": "1", "email": "ada@example.com", "email_verified": said });
            let claims = json::object(claims.to_string().as_bytes()).unwrap();
            let profile = of_claims("https://issuer.example", &claims, openid).unwrap();
            assert_eq!(profile.is_email_verified, is_verified, "{id} {said}");
        }
    }
}
