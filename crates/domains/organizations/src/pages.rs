//! The page that the mail of an invite links to. Opening it consumes nothing, so that scanners of mail
//! can look at it; who is signed in joins by its button, others are shown the way in.

mod words;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use garde::Validate;
use kernel::{EmailAddress, Secret, UserId};
use serde::Deserialize;
use url::form_urlencoded;
use web::html::{Form, Frame, Page};
use web::{ApiError, ApiResult, Context, Principal, Query};

use self::words::Words;
use crate::error::OrganizationError;
use crate::invite::model::{InviteReference, ReceivedInvite};
use crate::invite::service::Invites;

/// `/accept-invite`, for the server to put beside the API.
pub fn invite_pages(invites: Invites) -> Router {
    Router::new()
        .route("/accept-invite", get(show_invite).post(accept_invite))
        .with_state(invites)
}

#[derive(Deserialize, Validate)]
struct Token {
    #[serde(default = "no_token")]
    #[garde(skip)]
    token: Secret<String>,
}

const fn no_token() -> Secret<String> {
    Secret::new(String::new())
}

#[derive(Template)]
#[template(path = "accept_invite.html")]
struct View {
    icon: &'static str,
    is_bad: bool,
    title: String,
    text: String,
    note: Option<String>,
    join: Option<Join>,
    way_in: Option<WayIn>,
    back: Option<&'static str>,
}

/// The button of who is signed in.
struct Join {
    token: String,
    button: String,
}

/// What who is not, or not as the right person, may do.
struct WayIn {
    newcomer: Link,
    known: Link,
}

struct Link {
    address: String,
    text: &'static str,
}

/// A cookie that does not hold any more is as good as none: its owner may sign in again.
async fn show_invite(
    State(invites): State<Invites>,
    principal: Result<Principal, ApiError>,
    frame: Frame,
    Query(query): Query<Token>,
) -> ApiResult<Page> {
    let reader = principal.ok().map(|principal| principal.user);
    let view = view(&invites, &frame, &query.token, reader).await?;
    Ok(Page::new(&frame, &view.title, &view))
}

async fn accept_invite(
    State(invites): State<Invites>,
    principal: Result<Principal, ApiError>,
    context: Context,
    frame: Frame,
    Form(form): Form<Token>,
) -> ApiResult<Page> {
    let words = Words::of(&frame);
    let Ok(principal) = principal else {
        let view = view(&invites, &frame, &form.token, None).await?;
        return Ok(Page::new(&frame, &view.title, &view).unprocessable());
    };
    let reference = InviteReference::Token(form.token.clone());
    let refusal = match invites.accept(&context, reference).await {
        Ok(accepted) => {
            let view = joined(words, &accepted.organization.name);
            return Ok(Page::new(&frame, &view.title, &view));
        }
        Err(error) => error,
    };
    let view = match refusal {
        OrganizationError::AlreadyMember => said(words.already_member, words),
        OrganizationError::SeatsTaken => said(words.seats_taken, words),
        OrganizationError::InviteInvalid => invalid(words),
        OrganizationError::EmailNotVerified => said(words.email_not_verified, words),
        OrganizationError::DomainNotAllowed => said(words.domain_not_allowed, words),
        OrganizationError::InviteForOtherAddress => {
            view(&invites, &frame, &form.token, Some(principal.user)).await?
        }
        error => return Err(error.into()),
    };
    Ok(Page::new(&frame, &view.title, &view).unprocessable())
}

async fn view(
    invites: &Invites,
    frame: &Frame,
    token: &Secret<String>,
    reader: Option<UserId>,
) -> ApiResult<View> {
    let words = Words::of(frame);
    let received = match invites.preview(token).await {
        Ok(received) => received,
        Err(OrganizationError::InviteInvalid) => return Ok(invalid(words)),
        Err(error) => return Err(error.into()),
    };
    let reader = match reader {
        Some(user) => invites.address_of(user).await?,
        None => None,
    };
    Ok(offer(words, &received, token, reader.as_ref()))
}

fn offer(
    words: &Words,
    received: &ReceivedInvite,
    token: &Secret<String>,
    reader: Option<&EmailAddress>,
) -> View {
    let organization = &received.organization_name;
    let is_for = |reader: &EmailAddress| received.invite.email().is_none_or(|email| email == reader);
    let can_join = reader.is_some_and(is_for);
    let note = match (reader, received.masked_email()) {
        (Some(reader), Some(email)) if !can_join => Some((words.other_address)(&email, reader.as_str())),
        (Some(reader), _) => Some((words.signed_in_as)(reader.as_str())),
        (None, Some(email)) => Some((words.sent_to)(&email)),
        (None, None) => None,
    };
    View {
        icon: "mail",
        is_bad: false,
        title: (words.title)(organization),
        text: (words.text)(
            received.inviter_name.as_deref(),
            organization,
            &received.invite.role.name,
        ),
        note,
        join: can_join.then(|| Join {
            token: token.expose().clone(),
            button: (words.join)(organization),
        }),
        way_in: (!can_join).then(|| way_in(words, token)),
        back: None,
    }
}

fn way_in(words: &Words, token: &Secret<String>) -> WayIn {
    let with = |path: &str, name: &str, value: &str| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        format!("{path}?{query}")
    };
    let here = with("/accept-invite", "token", token.expose());
    WayIn {
        newcomer: Link {
            address: with("/signup", "invite_token", token.expose()),
            text: words.sign_up,
        },
        known: Link {
            address: with("/login", "return_to", &here),
            text: words.sign_in,
        },
    }
}

fn joined(words: &Words, organization: &str) -> View {
    View {
        icon: "circle-check",
        is_bad: false,
        title: words.joined_title.to_owned(),
        text: (words.joined)(organization),
        note: None,
        join: None,
        way_in: None,
        back: Some(words.back),
    }
}

fn invalid(words: &Words) -> View {
    View {
        title: words.invalid_title.to_owned(),
        ..said(words.invalid, words)
    }
}

fn said(text: &str, words: &Words) -> View {
    View {
        icon: "circle-alert",
        is_bad: true,
        title: words.refused_title.to_owned(),
        text: text.to_owned(),
        note: None,
        join: None,
        way_in: None,
        back: Some(words.back),
    }
}
