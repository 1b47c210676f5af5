//! The page behind a link to unsubscribe. Opening it ends nothing, because scanners of mail open every link; its
//! button does, and so does the one-click `POST` that programs of readers send (RFC 8058). Neither needs a cookie:
//! who holds the link may do it.

mod words;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;
use serde::Deserialize;
use url::form_urlencoded;
use web::html::{Frame, Page};
use web::{ApiResult, Context, Path, RawBody};

use self::words::Words;
use super::model::{Extent, Standing, Subscription};
use super::service::Unsubscriptions;
use crate::error::MessagingError;

/// The field of RFC 8058 §3.1 and its value.
const ONE_CLICK: (&str, &str) = ("List-Unsubscribe", "One-Click");
/// The field that tells the page's other buttons apart.
const ACTION: &str = "action";

/// `/unsubscribe/…`, for the server to put beside the API.
pub fn unsubscribe_pages(unsubscriptions: Unsubscriptions) -> Router {
    Router::new()
        .route(
            "/unsubscribe/{token}",
            get(show_subscription).post(change_subscription),
        )
        .with_state(unsubscriptions)
}

#[derive(Deserialize, schemars::JsonSchema)]
struct Link {
    token: String,
}

/// What a form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Unsubscribe(Extent),
    Resubscribe,
}

impl Wish {
    /// The value of the page's own buttons.
    const fn action(self) -> &'static str {
        match self {
            Self::Unsubscribe(Extent::Category) => "unsubscribe",
            Self::Unsubscribe(Extent::All) => "unsubscribe_all",
            Self::Resubscribe => "resubscribe",
        }
    }

    /// What is sent as a form, in either of the two ways that forms are sent.
    fn of(body: &RawBody<()>) -> Option<Self> {
        if body.media_type() == "multipart/form-data" {
            let holds = |word: &str| body.bytes.windows(word.len()).any(|part| part == word.as_bytes());
            let is_one_click = holds(ONE_CLICK.0) && holds(ONE_CLICK.1);
            return is_one_click.then_some(Self::Unsubscribe(Extent::Category));
        }
        let mut wish = None;
        for (name, value) in form_urlencoded::parse(&body.bytes) {
            if (&*name, &*value) == ONE_CLICK {
                wish = wish.or(Some(Self::Unsubscribe(Extent::Category)));
            } else if name == ACTION {
                let all = [
                    Self::Unsubscribe(Extent::Category),
                    Self::Unsubscribe(Extent::All),
                    Self::Resubscribe,
                ];
                wish = all.into_iter().find(|wish| wish.action() == value);
            }
        }
        wish
    }
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct View {
    icon: &'static str,
    is_bad: bool,
    title: &'static str,
    text: String,
    note: Option<&'static str>,
    /// The page's own address, without a choice of language.
    address: String,
    main: Option<Button>,
    others: Vec<Button>,
}

struct Button {
    action: &'static str,
    text: String,
}

impl Button {
    fn new(wish: Wish, text: impl Into<String>) -> Self {
        Self {
            action: wish.action(),
            text: text.into(),
        }
    }
}

async fn show_subscription(
    State(unsubscriptions): State<Unsubscriptions>,
    frame: Frame,
    Path(link): Path<Link>,
) -> ApiResult<Page> {
    page(&frame, &link, unsubscriptions.find(&link.token).await)
}

async fn change_subscription(
    State(unsubscriptions): State<Unsubscriptions>,
    context: Context,
    frame: Frame,
    Path(link): Path<Link>,
    body: RawBody<()>,
) -> ApiResult<Page> {
    let token = link.token.as_str();
    let subscription = match Wish::of(&body) {
        Some(Wish::Unsubscribe(extent)) => unsubscriptions.unsubscribe(&context, token, extent).await,
        Some(Wish::Resubscribe) => unsubscriptions.resubscribe(&context, token).await,
        None => {
            let page = page(&frame, &link, unsubscriptions.find(token).await)?;
            return Ok(page.unprocessable());
        }
    };
    page(&frame, &link, subscription)
}

fn page(frame: &Frame, link: &Link, subscription: Result<Subscription, MessagingError>) -> ApiResult<Page> {
    let words = Words::of(frame);
    let (view, status) = match subscription {
        Ok(subscription) => (view(words, link, &subscription), StatusCode::OK),
        Err(MessagingError::NotFound) => (refusal(words.invalid_title, words.invalid), StatusCode::NOT_FOUND),
        Err(MessagingError::CategoryMandatory) => (
            refusal(words.mandatory_title, words.mandatory),
            StatusCode::CONFLICT,
        ),
        Err(error) => return Err(error.into()),
    };
    Ok(Page::new(frame, view.title, &view).with_status(status))
}

fn view(words: &Words, link: &Link, subscription: &Subscription) -> View {
    let Subscription {
        sender,
        email,
        category,
        standing,
    } = subscription;
    let kind = category.as_str().replace('_', " ");
    let all = || Button::new(Wish::Unsubscribe(Extent::All), (words.stop_all)(sender));
    let again = || Button::new(Wish::Resubscribe, words.again);
    let (icon, title, text) = match standing {
        Standing::Subscribed => ("mail", words.title, (words.text)(sender, &kind, email)),
        Standing::Unsubscribed => (
            "circle-check",
            words.done_title,
            (words.done)(sender, &kind, email),
        ),
        Standing::UnsubscribedFromAll => ("circle-check", words.done_title, (words.all_done)(sender, email)),
        Standing::Stopped => ("circle-check", words.done_title, (words.stopped)(sender, email)),
    };
    let (main, others) = match standing {
        Standing::Subscribed => {
            let wish = Wish::Unsubscribe(Extent::Category);
            (Some(Button::new(wish, words.stop)), vec![all()])
        }
        Standing::Unsubscribed => (None, vec![all(), again()]),
        Standing::UnsubscribedFromAll => (None, vec![again()]),
        Standing::Stopped => (None, Vec::new()),
    };
    View {
        icon,
        is_bad: false,
        title,
        text,
        note: (*standing == Standing::UnsubscribedFromAll).then_some(words.still),
        address: format!("/unsubscribe/{}", link.token),
        main,
        others,
    }
}

fn refusal(title: &'static str, text: &str) -> View {
    View {
        icon: "circle-alert",
        is_bad: true,
        title,
        text: text.to_owned(),
        note: None,
        address: String::new(),
        main: None,
        others: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::FromRequest as _;
    use http::header::CONTENT_TYPE;

    use super::*;

    async fn wish(kind: &str, body: &str) -> Option<Wish> {
        let request = http::Request::post("/").header(CONTENT_TYPE, kind);
        let request = request.body(body.to_owned().into()).unwrap();
        Wish::of(&RawBody::<()>::from_request(request, &()).await.unwrap())
    }

    #[tokio::test]
    async fn one_click_comes_in_both_forms_that_the_standard_knows() {
        let one_click = Some(Wish::Unsubscribe(Extent::Category));
        let form = "application/x-www-form-urlencoded";
        assert_eq!(wish(form, "List-Unsubscribe=One-Click").await, one_click);
        let multipart =
            "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
        assert_eq!(
            wish("multipart/form-data; boundary=b", multipart).await,
            one_click
        );
        for (kind, body) in [
            (form, ""),
            (form, "List-Unsubscribe=Two"),
            (form, "list-unsubscribe"),
            (form, "action=delete"),
            ("multipart/form-data; boundary=b", "--b--"),
            ("multipart/form-data; boundary=b", "One-Click"),
        ] {
            assert_eq!(wish(kind, body).await, None, "{kind} {body}");
        }
        let all = Some(Wish::Unsubscribe(Extent::All));
        assert_eq!(wish(form, "action=unsubscribe_all").await, all);
        assert_eq!(wish(form, "action=resubscribe").await, Some(Wish::Resubscribe));
    }
}
