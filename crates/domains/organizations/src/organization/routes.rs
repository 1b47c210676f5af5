//! `/organizations`.

mod settings;

use axum::extract::State;
use garde::Validate;
use kernel::permission::{self, DeleteOrganization, ReadOrganization, ReadOrganizations};
use kernel::{OrganizationId, Permission as _, PlatformRole, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::routes::{Api, Doc, Routes};
use web::{
    ApiError, ApiResult, Context, Created, Fresh, IfMatch, Json, Member, NoContent, PageBody, Paging,
    Principal, Query, Tagged, Tenant,
};

use super::model::{
    NewOrganization, Organization, OrganizationContent, OrganizationFilter, OrganizationName, Whose,
};
use super::service::Organizations;
use crate::error::OrganizationError;
use crate::listing::Search;
use crate::slug::Slug;

pub(crate) fn routes(organizations: Organizations) -> Api {
    const ALL: &str = "/organizations";
    const ONE: &str = "/organizations/{orgId}";
    let routes = Routes::new("organizations")
        .about("Organizations: people who work together, and what is theirs together.")
        .get(
            ALL,
            list_organizations,
            Doc::new(
                "List organizations",
                "Your organizations, the one that you joined last first. Staff who may see every organization \
                 get all of them, the newest first, with `all=true`.",
            ),
        )
        .post(
            ALL,
            create_organization,
            Doc::new("Create an organization", "Makes an organization; you are its owner."),
        )
        .get(
            ONE,
            get_organization,
            Doc::new("Get an organization", "An organization that you are a member of."),
        )
        .put(
            ONE,
            update_organization,
            Doc::new("Update an organization", "Replaces name and slug."),
        )
        .delete(
            ONE,
            delete_organization,
            Doc::new(
                "Delete an organization",
                "Deletes the organization with its members, roles and invites, and all that is its own. This \
                 can't be undone. One that has payments is kept.",
            ),
        );
    settings::add_to(routes).with_state(organizations)
}

/// People who work together.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OrganizationBody {
    /// Its id.
    id: OrganizationId,
    /// What it is called.
    #[schemars(extend("example" = "Acme Labs"))]
    name: String,
    /// What it goes by in addresses.
    slug: Slug,
    /// From when on you get in with a second factor only; null when that is not asked for.
    mfa_required_from: Option<Timestamp>,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

impl From<Organization> for OrganizationBody {
    fn from(organization: Organization) -> Self {
        Self {
            id: organization.id,
            name: organization.name,
            slug: organization.slug,
            mfa_required_from: organization.mfa_required_from,
            created_at: organization.created_at,
            updated_at: organization.updated_at,
        }
    }
}

/// An organization to be made.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateOrganization {
    /// What it is called.
    #[garde(length(chars, min = 1, max = 200))]
    #[schemars(extend("example" = "Acme Labs"))]
    name: String,
    /// What it goes by in addresses; made from the name when absent.
    #[serde(default)]
    #[garde(skip)]
    slug: Option<Slug>,
}

/// What an organization is to be called from now on.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateOrganization {
    /// What it is called.
    #[garde(length(chars, min = 1, max = 200))]
    #[schemars(extend("example" = "Acme Labs"))]
    name: String,
    /// What it goes by in addresses.
    #[garde(skip)]
    slug: Slug,
}

impl CreateOrganization {
    fn into_new(self) -> Result<NewOrganization, OrganizationError> {
        Ok(NewOrganization {
            name: OrganizationName::parse(&self.name, "/name")?,
            slug: self.slug,
        })
    }
}

impl UpdateOrganization {
    fn content(self) -> Result<OrganizationContent, OrganizationError> {
        Ok(OrganizationContent {
            name: OrganizationName::parse(&self.name, "/name")?,
            slug: self.slug,
        })
    }
}

/// Which organizations are listed.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationQuery {
    /// The start of the name or the slug.
    #[garde(skip)]
    q: Option<String>,
    /// Everybody's organizations rather than your own; for staff.
    #[serde(default)]
    #[garde(skip)]
    all: bool,
}

impl OrganizationQuery {
    fn filter(&self, principal: &Principal) -> ApiResult<OrganizationFilter> {
        let permissions = principal.platform_role.map(PlatformRole::permissions);
        let sees_all = permissions.is_some_and(|held| held.contains(ReadOrganizations::SET));
        let whose = match self.all {
            true if sees_all => Whose::Everybodys,
            true => {
                let detail = format!("this needs the permission {}", ReadOrganizations::NAME);
                return Err(ApiError::forbidden("forbidden", detail));
            }
            false => Whose::Of(principal.user),
        };
        Ok(OrganizationFilter {
            whose,
            search: self.q.as_deref().map(Search::parse).transpose()?.flatten(),
        })
    }
}

async fn list_organizations(
    State(organizations): State<Organizations>,
    principal: Principal,
    Query(query): Query<OrganizationQuery>,
    paging: Paging,
) -> ApiResult<PageBody<OrganizationBody>> {
    let filter = query.filter(&principal)?;
    let page = organizations.list(filter, paging.request().clone()).await?;
    Ok(paging.page(page.map(OrganizationBody::from)))
}

async fn create_organization(
    State(organizations): State<Organizations>,
    principal: Principal,
    context: Context,
    Json(body): Json<CreateOrganization>,
) -> ApiResult<Created<OrganizationBody>> {
    let made = organizations
        .create(&context, principal.user, body.into_new()?)
        .await?;
    let (location, version) = (format!("/organizations/{}", made.id), made.version);
    Ok(Created::at(location, OrganizationBody::from(made)).tagged(version))
}

async fn get_organization(
    State(organizations): State<Organizations>,
    tenant: Tenant<ReadOrganization>,
) -> ApiResult<Tagged<OrganizationBody>> {
    let organization = organizations.get(tenant.organization).await?;
    Ok(Tagged::new(organization.version, organization.into()))
}

async fn update_organization(
    State(organizations): State<Organizations>,
    member: Member<permission::UpdateOrganization>,
    context: Context,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateOrganization>,
) -> ApiResult<Tagged<OrganizationBody>> {
    let id = member.organization;
    let updated = organizations
        .update(&context, id, body.content()?, version)
        .await?;
    Ok(Tagged::new(updated.version, updated.into()))
}

async fn delete_organization(
    State(organizations): State<Organizations>,
    member: Fresh<Member<DeleteOrganization>>,
    context: Context,
    IfMatch(version): IfMatch,
) -> ApiResult<NoContent> {
    organizations
        .delete(&context, member.organization, version)
        .await?;
    Ok(NoContent)
}
