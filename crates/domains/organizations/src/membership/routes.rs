//! `/organizations/{orgId}/members`, and leaving and handing over.

use axum::extract::State;
use garde::Validate;
use kernel::permission::{ReadMembers, ReadOrganization, RemoveMembers, TransferOrganization, UpdateMembers};
use kernel::{EmailAddress, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::routes::{Api, Doc, Routes};
use web::{ApiResult, Context, Fresh, Json, Member, NoContent, PageBody, Paging, Path, Query, Tenant};

use super::model::{self, MemberFilter};
use super::service::Memberships;
use crate::listing::Search;
use crate::path::MemberPath;
use crate::slug::Slug;

pub(crate) fn routes(memberships: Memberships) -> Api {
    const ALL: &str = "/organizations/{orgId}/members";
    const ONE: &str = "/organizations/{orgId}/members/{userId}";
    Routes::new("members")
        .about("Members: who is in an organization, and with which roles.")
        .get(
            ALL,
            list_members,
            Doc::new("List members", "The members in the order in which they joined."),
        )
        .get(
            ONE,
            get_member,
            Doc::new("Get a member", "One member with their roles; `me` is yourself."),
        )
        .put(
            ONE,
            update_member,
            Doc::new(
                "Update a member's roles",
                "Gives a member exactly these roles. You can grant what your own roles permit, to members who \
                 stand lower than you do; owners can do so to anybody. A role that the member does not have \
                 yet needs a recent sign-in. The last owner stays one.",
            ),
        )
        .delete(
            ONE,
            remove_member,
            Doc::new(
                "Remove a member",
                "Removes a member who stands lower than you do. The last owner can't be removed.",
            ),
        )
        .post(
            "/organizations/{orgId}/leave",
            leave_organization,
            Doc::new(
                "Leave an organization",
                "Ends your own membership. The last owner can't leave; hand the organization over or delete it.",
            ),
        )
        .post(
            "/organizations/{orgId}/transfer",
            transfer_organization,
            Doc::new(
                "Hand an organization over",
                "Makes another member the owner in your place; you stay as an admin.",
            ),
        )
        .with_state(memberships)
}

/// What the organization sees of a person.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MemberUserBody {
    /// Who.
    id: UserId,
    /// Their address.
    email: EmailAddress,
    /// What they are called, if they say so.
    #[schemars(extend("example" = "Ada Lovelace"))]
    name: Option<String>,
}

/// A person who is in an organization.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MemberBody {
    /// Who.
    user: MemberUserBody,
    /// The keys of their roles, the highest first.
    roles: Vec<Slug>,
    /// Since when.
    joined_at: Timestamp,
}

impl From<model::Member> for MemberBody {
    fn from(member: model::Member) -> Self {
        Self {
            user: MemberUserBody {
                id: member.person.id,
                email: member.person.email,
                name: member.person.name,
            },
            roles: member.roles,
            joined_at: member.joined_at,
        }
    }
}

/// Which members are listed.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberQuery {
    /// The start of the name or the address.
    #[garde(skip)]
    q: Option<String>,
    /// The key of a role that they have.
    #[garde(skip)]
    role: Option<Slug>,
}

/// The roles that a member is to have.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateMember {
    /// The keys of all their roles.
    #[garde(length(min = 1, max = 55))]
    roles: Vec<Slug>,
}

/// Who is to have the organization.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransferTo {
    /// The member who is to be its owner.
    #[garde(skip)]
    user_id: UserId,
}

async fn list_members(
    State(memberships): State<Memberships>,
    tenant: Tenant<ReadMembers>,
    Query(query): Query<MemberQuery>,
    paging: Paging,
) -> ApiResult<PageBody<MemberBody>> {
    let filter = MemberFilter {
        search: query.q.as_deref().map(Search::parse).transpose()?.flatten(),
        role: query.role,
    };
    let page = memberships
        .list(tenant.organization, filter, paging.request().clone())
        .await?;
    Ok(paging.page(page.map(MemberBody::from)))
}

async fn get_member(
    State(memberships): State<Memberships>,
    tenant: Tenant<ReadMembers>,
    Path(path): Path<MemberPath>,
) -> ApiResult<Json<MemberBody>> {
    // A key of the organization has no membership: it asks for that of nobody.
    let own = tenant.user().unwrap_or(UserId::from_uuid(Uuid::nil()));
    let found = memberships
        .get(tenant.organization, path.user.or_self(own))
        .await?;
    Ok(Json(found.into()))
}

async fn update_member(
    State(memberships): State<Memberships>,
    member: Member<UpdateMembers>,
    Path(path): Path<MemberPath>,
    context: Context,
    Json(body): Json<UpdateMember>,
) -> ApiResult<Json<MemberBody>> {
    let of = (member.organization, path.user.or_self(member.principal.user));
    let updated = memberships
        .update(&context, of, body.roles, member.principal.auth_time)
        .await?;
    Ok(Json(updated.into()))
}

async fn remove_member(
    State(memberships): State<Memberships>,
    member: Member<RemoveMembers>,
    Path(path): Path<MemberPath>,
    context: Context,
) -> ApiResult<NoContent> {
    let user = path.user.or_self(member.principal.user);
    memberships.remove(&context, member.organization, user).await?;
    Ok(NoContent)
}

async fn leave_organization(
    State(memberships): State<Memberships>,
    member: Member<ReadOrganization>,
    context: Context,
) -> ApiResult<NoContent> {
    memberships.leave(&context, member.organization).await?;
    Ok(NoContent)
}

async fn transfer_organization(
    State(memberships): State<Memberships>,
    member: Fresh<Member<TransferOrganization>>,
    context: Context,
    Json(body): Json<TransferTo>,
) -> ApiResult<Json<MemberBody>> {
    let owner = memberships
        .transfer(&context, member.organization, body.user_id)
        .await?;
    Ok(Json(owner.into()))
}
