//! Invites: `/organizations/{orgId}/invites` for those who invite, `/invites` for those who are invited.

mod bodies;
mod received;

use axum::extract::State;
use kernel::permission::{ReadInvites, WriteInvites};
use web::routes::{Api, Doc, Routes};
use web::{ApiResult, Context, Created, Json, Member, NoContent, PageBody, Paging, Path, Query};

use self::bodies::{
    BulkInvitesBody, CreateInvite, CreateInviteLink, CreateInvites, CreatedInviteLinkBody, InviteBody,
    InvitePath, InviteQuery,
};
use super::service::Invites;

pub(crate) fn routes(invites: Invites) -> Api {
    const ALL: &str = "/organizations/{orgId}/invites";
    const ONE: &str = "/organizations/{orgId}/invites/{inviteId}";
    let routes = Routes::new("invites")
        .about("Invites: the way into an organization, by mail or by link.")
        .get(
            ALL,
            list_invites,
            Doc::new("List invites", "The invites of an organization, the newest first."),
        )
        .post(
            ALL,
            create_invite,
            Doc::new(
                "Invite a person",
                "Mails an invite that holds for seven days and that only the owner of the address can accept. \
                 An address has one open invite at a time.",
            ),
        )
        .post(
            "/organizations/{orgId}/invites/bulk",
            create_invites,
            Doc::new(
                "Invite many",
                "Mails invites to up to 100 addresses, and says of each what became of it.",
            ),
        )
        .post(
            "/organizations/{orgId}/invites/link",
            create_invite_link,
            Doc::new(
                "Create an invite link",
                "Makes a link to hand on, for so many people, perhaps only with addresses of one domain. The \
                 link is shown this once.",
            ),
        )
        .post(
            "/organizations/{orgId}/invites/{inviteId}/resend",
            resend_invite,
            Doc::new(
                "Send an invite again",
                "Mails the invite with a new link, for another seven days. The link before stops working.",
            ),
        )
        .get(
            ONE,
            get_invite,
            Doc::new("Get an invite", "An invite and where it stands."),
        )
        .delete(
            ONE,
            revoke_invite,
            Doc::new("Revoke an invite", "Takes an open invite back."),
        );
    received::add_to(routes).with_state(invites)
}

async fn list_invites(
    State(invites): State<Invites>,
    member: Member<ReadInvites>,
    Query(query): Query<InviteQuery>,
    paging: Paging,
) -> ApiResult<PageBody<InviteBody>> {
    let filter = query.filter()?;
    let page = invites
        .list(member.organization, filter, paging.request().clone())
        .await?;
    let now = invites.now();
    Ok(paging.page(page.map(|invite| InviteBody::at(invite, now))))
}

async fn create_invite(
    State(invites): State<Invites>,
    member: Member<WriteInvites>,
    context: Context,
    Json(body): Json<CreateInvite>,
) -> ApiResult<Created<InviteBody>> {
    let invite = invites.create(&context, member.organization, body.into()).await?;
    let location = format!("/organizations/{}/invites/{}", member.organization, invite.id);
    Ok(Created::at(location, InviteBody::at(invite, invites.now())))
}

async fn create_invites(
    State(invites): State<Invites>,
    member: Member<WriteInvites>,
    context: Context,
    Json(body): Json<CreateInvites>,
) -> ApiResult<Json<BulkInvitesBody>> {
    let answers = invites
        .create_many(&context, member.organization, body.into())
        .await?;
    Ok(Json(BulkInvitesBody::at(answers, invites.now())))
}

async fn create_invite_link(
    State(invites): State<Invites>,
    member: Member<WriteInvites>,
    context: Context,
    Json(body): Json<CreateInviteLink>,
) -> ApiResult<Created<CreatedInviteLinkBody>> {
    let link = invites
        .create_link(&context, member.organization, body.into_new()?)
        .await?;
    let location = format!(
        "/organizations/{}/invites/{}",
        member.organization, link.invite.id
    );
    Ok(Created::at(
        location,
        CreatedInviteLinkBody::at(link, invites.now()),
    ))
}

async fn get_invite(
    State(invites): State<Invites>,
    member: Member<ReadInvites>,
    Path(path): Path<InvitePath>,
) -> ApiResult<Json<InviteBody>> {
    let invite = invites.get(member.organization, path.invite).await?;
    Ok(Json(InviteBody::at(invite, invites.now())))
}

async fn resend_invite(
    State(invites): State<Invites>,
    member: Member<WriteInvites>,
    Path(path): Path<InvitePath>,
    context: Context,
) -> ApiResult<Json<InviteBody>> {
    let invite = invites.resend(&context, member.organization, path.invite).await?;
    Ok(Json(InviteBody::at(invite, invites.now())))
}

async fn revoke_invite(
    State(invites): State<Invites>,
    member: Member<WriteInvites>,
    Path(path): Path<InvitePath>,
    context: Context,
) -> ApiResult<NoContent> {
    invites.revoke(&context, member.organization, path.invite).await?;
    Ok(NoContent)
}
