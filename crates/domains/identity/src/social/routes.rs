//! Signing in with accounts at providers over HTTP.

mod bodies;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::{FieldError, Secret};
use web::openapi::{Operation, Output};
use web::{
    Accepted, Api, ApiResult, Context, Cookies, Doc, Fresh, Json, NoContent, PageBody, Paging, Path,
    Principal, Public, Routes, SessionKind as Holder, SetCookie,
};

use self::bodies::{
    FinishSocialLogin, LinkBody, LinkSocialAccount, ProviderBody, ProviderPath, ProvidersBody,
    SocialAccountBody, SocialAccountPath, SocialLogin, SocialLoginBody,
};
use super::model::{Callback, Departed, Departure, Expected, FLOW_LIFETIME, IdToken, Linker, Reception};
use super::service::SocialSignIns;
use crate::entrance::routes::SignInBody;
use crate::error::IdentityError;
use crate::session::model::SessionKind;

/// What binds a way to a provider to the browser that began it.
pub const FLOW_COOKIE: &str = "__Host-of";

/// The routes of accounts at providers.
pub fn routes(social: SocialSignIns) -> Api {
    Routes::new("auth")
        .get(
            "/auth/providers",
            list_providers,
            Doc::new(
                "List the providers",
                "Where people can sign in with an account that they have elsewhere, in the order to show them.",
            ),
        )
        .post(
            "/auth/social-login/{provider}",
            social_login,
            Doc::new(
                "Sign in with an account at a provider",
                "Without an ID token it begins a way for a browser and answers where the person goes: from there \
                 they come back to a page of ours, or to `callback_url` for apps that hand the code in \
                 themselves. With an ID token that the app got by itself, and the nonce that it asked for it \
                 with, it signs in at once; a nonce is good for one sign-in.",
            ),
        )
        .post(
            "/auth/social-login/{provider}/finish",
            finish_social_login,
            Doc::new(
                "Hand in what a provider sent back",
                "For ways that were begun with `callback_url`. A way ends once, within ten minutes, and only for \
                 who has its flow (a browser's cookie is as good).",
            ),
        )
        .get(
            "/auth/social-accounts",
            list_social_accounts,
            Doc::new(
                "List your accounts at providers",
                "Those that you can sign in with, the newest first.",
            ),
        )
        .post(
            "/auth/social-accounts",
            link_social_account,
            Doc::new(
                "Link an account at a provider",
                "Begins a way like signing in does; it ends in the same session, or not at all. Programs with \
                 tokens give a `callback_url`.",
            ),
        )
        .post(
            "/auth/social-accounts/finish",
            finish_social_link,
            Doc::new(
                "Hand in what a provider sent back, to link the account",
                "For ways that were begun with `callback_url` in this very session.",
            ),
        )
        .delete(
            "/auth/social-accounts/{socialAccountId}",
            delete_social_account,
            Doc::new(
                "Unlink an account at a provider",
                "The last way to sign in stays: a password, a passkey or another linked account has to be left. \
                 Mail is not counted.",
            ),
        )
        .with_state(social)
}

/// 200, with a cookie where a way begins.
struct SocialLoginAnswer {
    cookie: Option<SetCookie>,
    body: Json<SocialLoginBody>,
}

async fn list_providers(State(social): State<SocialSignIns>, _: Public) -> Json<ProvidersBody> {
    let providers = social.providers().into_iter();
    Json(ProvidersBody {
        data: providers.map(ProviderBody::from).collect(),
    })
}

async fn social_login(
    State(social): State<SocialSignIns>,
    _: Public,
    context: Context,
    Path(path): Path<ProviderPath>,
    Json(body): Json<SocialLogin>,
) -> ApiResult<SocialLoginAnswer> {
    let locale = body.locale.clone().unwrap_or_default();
    match body.wish()? {
        bodies::Wish::IdToken { token, nonce } => {
            let presented = IdToken {
                provider: path.provider,
                token,
                nonce,
                invite_token: body.invite_token,
            };
            let entered = social.sign_in_by_id_token(&context, presented, locale).await?;
            Ok(SocialLoginAnswer {
                cookie: None,
                body: Json(SocialLoginBody::entered(SignInBody::from(&entered))),
            })
        }
        bodies::Wish::Way => {
            let departure = departure(&social, &body.way())?;
            let departed = social.depart(&context, &path.provider, departure).await?;
            Ok(SocialLoginAnswer {
                cookie: Some(flow_cookie(&departed)?),
                body: Json(SocialLoginBody::departed(&departed)),
            })
        }
    }
}

async fn finish_social_login(
    State(social): State<SocialSignIns>,
    _: Public,
    context: Context,
    cookies: Cookies,
    Path(path): Path<ProviderPath>,
    Json(body): Json<FinishSocialLogin>,
) -> ApiResult<(SetCookie, Json<SignInBody>)> {
    let reception = Reception {
        kind: SessionKind::Api,
        locale: body.locale.clone().unwrap_or_default(),
        expected: Expected::SignIn,
    };
    let callback = callback(path.provider, body, &cookies)?;
    let arrived = social.arrive(&context, callback, reception).await?;
    let entered = arrived.outcome.entered();
    let entered = entered.ok_or(IdentityError::SocialFlowInvalid)?;
    let entered = social.hold(entered).await?;
    Ok((SetCookie::forget(FLOW_COOKIE)?, Json(SignInBody::from(&entered))))
}

async fn list_social_accounts(
    State(social): State<SocialSignIns>,
    principal: Principal,
    paging: Paging,
) -> ApiResult<PageBody<SocialAccountBody>> {
    let page = social.list(principal.user, paging.request().clone()).await?;
    Ok(paging.page(page.map(SocialAccountBody::from)))
}

async fn link_social_account(
    State(social): State<SocialSignIns>,
    principal: Fresh<Principal>,
    context: Context,
    Json(body): Json<LinkSocialAccount>,
) -> ApiResult<(SetCookie, Accepted<LinkBody>)> {
    let departure = departure(&social, &body.way())?;
    // The way back to our own page finds the session by its cookie.
    if departure.callback.is_none() && principal.session_kind == Holder::Api {
        let detail = "a page of the app is needed, which hands the code in with the tokens of this session";
        return Err(IdentityError::invalid(FieldError::new("/callback_url", "required", detail)).into());
    }
    let departed = social
        .depart_to_link(&context, linker(&principal), &body.provider, departure)
        .await?;
    Ok((flow_cookie(&departed)?, Accepted(LinkBody::from(&departed))))
}

async fn finish_social_link(
    State(social): State<SocialSignIns>,
    principal: Principal,
    context: Context,
    cookies: Cookies,
    Json(body): Json<bodies::FinishSocialLink>,
) -> ApiResult<(SetCookie, Json<SocialAccountBody>)> {
    let reception = Reception {
        kind: SessionKind::Api,
        locale: kernel::Locale::default(),
        expected: Expected::Link(principal.session),
    };
    let (provider, finish) = body.split();
    let callback = callback(provider, finish, &cookies)?;
    let arrived = social.arrive_to_link(&context, callback, reception).await?;
    Ok((
        SetCookie::forget(FLOW_COOKIE)?,
        Json(SocialAccountBody::from(arrived)),
    ))
}

async fn delete_social_account(
    State(social): State<SocialSignIns>,
    principal: Fresh<Principal>,
    context: Context,
    Path(path): Path<SocialAccountPath>,
) -> ApiResult<NoContent> {
    social
        .unlink(&context, principal.user, path.social_account_id)
        .await?;
    Ok(NoContent)
}

fn departure(social: &SocialSignIns, way: &bodies::Way<'_>) -> Result<Departure, IdentityError> {
    let destination = way
        .redirect_to
        .map(|text| social.destination(text, "/redirect_to"));
    let callback = way
        .callback_url
        .map(|text| social.callback(text, "/callback_url"));
    Ok(Departure {
        destination: destination.transpose()?,
        callback: callback.transpose()?,
        login_hint: way.login_hint.cloned(),
        invite_token: way.invite_token.cloned(),
    })
}

fn callback(provider: String, body: FinishSocialLogin, cookies: &Cookies) -> Result<Callback, IdentityError> {
    let flow = body.flow.or_else(|| cookies.get(FLOW_COOKIE).map(Secret::new));
    Ok(Callback {
        provider,
        code: body.code,
        state: body.state,
        iss: body.iss,
        flow: flow.ok_or(IdentityError::SocialFlowInvalid)?,
    })
}

fn flow_cookie(departed: &Departed) -> ApiResult<SetCookie> {
    SetCookie::keep(FLOW_COOKIE, departed.flow.expose(), FLOW_LIFETIME)
}

fn linker(principal: &Principal) -> Linker {
    Linker {
        user: principal.user,
        session: principal.session,
    }
}

impl IntoResponse for SocialLoginAnswer {
    fn into_response(self) -> Response {
        match self.cookie {
            Some(cookie) => (cookie, self.body).into_response(),
            None => self.body.into_response(),
        }
    }
}

impl Output for SocialLoginAnswer {
    fn describe(operation: &mut Operation<'_>) {
        <(SetCookie, Json<SocialLoginBody>)>::describe(operation);
    }
}
