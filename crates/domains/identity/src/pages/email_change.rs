//! `/change-email` and `/undo-email-change`.

use axum::extract::State;
use guard::Purpose;
use web::html::{Form, Frame, Page};
use web::{ApiResult, Context, Query};

use super::notice::{Button, Notice};
use super::words::Words;
use super::{Link, LinkForm, PageServices};
use crate::email_change::model::{Confirmed, EmailChange, Mailbox};
use crate::error::IdentityError;

pub(super) async fn show_change(
    State(services): State<PageServices>,
    frame: Frame,
    Query(link): Query<Link>,
) -> ApiResult<Page> {
    let Some(token) = link.token else {
        return Ok(bad(&frame));
    };
    let words = &Words::of(&frame).email_change;
    for purpose in [Purpose::EmailChangeOld, Purpose::EmailChangeNew] {
        if let Some(change) = services.email_changes.preview(purpose, &token).await? {
            let button = Button {
                action: "/change-email",
                fields: vec![("token", token.expose().clone())],
                label: words.go,
            };
            let text = (words.text)(change.old_email.as_str(), change.new_email.as_str());
            let notice = Notice::waiting(words.title, text).with_button(button);
            return Ok(notice.page(&frame));
        }
    }
    Ok(bad(&frame))
}

pub(super) async fn confirm_change(
    State(services): State<PageServices>,
    context: Context,
    frame: Frame,
    Form(form): Form<LinkForm>,
) -> ApiResult<Page> {
    let words = &Words::of(&frame).email_change;
    let notice = match services.email_changes.confirm(&context, &form.token).await {
        Ok(Confirmed::Changed) => Notice::done(words.done_title, words.done),
        Ok(Confirmed::WaitsFor(Mailbox::Old)) => Notice::waiting(words.waits_title, words.waits_for_old),
        Ok(Confirmed::WaitsFor(Mailbox::New)) => Notice::waiting(words.waits_title, words.waits_for_new),
        Err(IdentityError::EmailTaken) => {
            let notice = Notice::bad(words.taken_title, words.taken);
            return Ok(notice.page(&frame).unprocessable());
        }
        Err(IdentityError::OtpInvalid) => return Ok(bad(&frame).unprocessable()),
        Err(error) => return Err(error.into()),
    };
    Ok(notice.page(&frame))
}

pub(super) async fn show_undo(
    State(services): State<PageServices>,
    frame: Frame,
    Query(link): Query<Link>,
) -> ApiResult<Page> {
    let Some(token) = link.token else {
        return Ok(bad(&frame));
    };
    let change = services.email_changes.preview(Purpose::EmailUndo, &token).await?;
    let Some(change) = change.filter(EmailChange::can_be_undone) else {
        return Ok(bad(&frame));
    };
    let words = &Words::of(&frame).email_change.undo;
    let button = Button {
        action: "/undo-email-change",
        fields: vec![("token", token.expose().clone())],
        label: words.go,
    };
    let notice = Notice::waiting(words.title, (words.text)(change.old_email.as_str()));
    Ok(notice.with_button(button).page(&frame))
}

pub(super) async fn undo_change(
    State(services): State<PageServices>,
    context: Context,
    frame: Frame,
    Form(form): Form<LinkForm>,
) -> ApiResult<Page> {
    let words = &Words::of(&frame).email_change;
    match services.email_changes.undo(&context, &form.token).await {
        Ok(()) => Ok(Notice::done(words.undo.done_title, words.undo.done).page(&frame)),
        Err(IdentityError::EmailTaken) => {
            let notice = Notice::bad(words.taken_title, words.taken);
            Ok(notice.page(&frame).unprocessable())
        }
        Err(IdentityError::OtpInvalid) => Ok(bad(&frame).unprocessable()),
        Err(error) => Err(error.into()),
    }
}

fn bad(frame: &Frame) -> Page {
    let words = &Words::of(frame).email_change;
    Notice::bad(words.bad_title, words.bad).page(frame)
}
