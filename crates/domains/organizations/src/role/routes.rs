//! `/organizations/{orgId}/roles`.

use axum::extract::State;
use garde::Validate;
use kernel::permission::{PermissionName, ReadRoles, WriteRoles};
use kernel::{PermissionSet, RoleId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::routes::{Api, Doc, Routes};
use web::{
    ApiResult, Context, Created, IfMatch, Json, Member, NoContent, PageBody, Paging, Path, Query, Tagged,
};

use super::model::{NewRole, Role, RoleContent, RoleDescription, RoleName};
use super::service::Roles;
use crate::error::OrganizationError;
use crate::listing::Search;
use crate::slug::Slug;

pub(crate) fn routes(roles: Roles) -> Api {
    const ALL: &str = "/organizations/{orgId}/roles";
    const ONE: &str = "/organizations/{orgId}/roles/{roleId}";
    Routes::new("roles")
        .about("Roles: named sets of permissions that members hold.")
        .get(
            ALL,
            list_roles,
            Doc::new(
                "List roles",
                "The built-in roles and those that the organization made, the oldest first.",
            ),
        )
        .post(
            ALL,
            create_role,
            Doc::new(
                "Create a role",
                "Makes a role of permissions that you hold yourself. An organization can have 50 of its own.",
            ),
        )
        .get(
            ONE,
            get_role,
            Doc::new("Get a role", "A role with the permissions that it gives."),
        )
        .put(
            ONE,
            update_role,
            Doc::new(
                "Update a role",
                "Replaces name, description and permissions. Built-in roles can't be changed.",
            ),
        )
        .delete(
            ONE,
            delete_role,
            Doc::new(
                "Delete a role",
                "Deletes a role that no member and no open invite has. Built-in roles can't be deleted.",
            ),
        )
        .with_state(roles)
}

/// A named set of permissions.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RoleBody {
    /// Its id.
    id: RoleId,
    /// What members and invites name it by.
    #[schemars(extend("example" = "editor"))]
    key: Slug,
    /// What it is called.
    #[schemars(extend("example" = "Editor"))]
    name: String,
    /// What it is for.
    #[schemars(extend("example" = "Writes and publishes."))]
    description: String,
    /// What it permits.
    permissions: Vec<String>,
    /// Whether every organization has it and nobody can change it.
    is_built_in: bool,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

impl From<Role> for RoleBody {
    fn from(role: Role) -> Self {
        Self {
            is_built_in: role.is_built_in(),
            id: role.id,
            key: role.key,
            name: role.name,
            description: role.description,
            permissions: role.permissions.names().map(str::to_owned).collect(),
            created_at: role.created_at,
            updated_at: role.updated_at,
        }
    }
}

/// A role to be made.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateRole {
    /// What members and invites will name it by; made from the name when absent. It can't be changed later.
    #[serde(default)]
    #[garde(skip)]
    key: Option<Slug>,
    /// What it is called.
    #[garde(length(chars, min = 1, max = 100))]
    #[schemars(extend("example" = "Editor"))]
    name: String,
    /// What it is for.
    #[serde(default)]
    #[garde(length(chars, max = 500))]
    #[schemars(extend("example" = "Writes and publishes."))]
    description: String,
    /// What it permits.
    #[garde(length(max = 64))]
    permissions: Vec<PermissionName>,
}

/// What a role is to say and permit from now on.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateRole {
    /// What it is called.
    #[garde(length(chars, min = 1, max = 100))]
    #[schemars(extend("example" = "Editor"))]
    name: String,
    /// What it is for.
    #[serde(default)]
    #[garde(length(chars, max = 500))]
    #[schemars(extend("example" = "Writes and publishes."))]
    description: String,
    /// What it permits.
    #[garde(length(max = 64))]
    permissions: Vec<PermissionName>,
}

impl UpdateRole {
    fn content(self) -> Result<RoleContent, OrganizationError> {
        Ok(RoleContent {
            name: RoleName::parse(&self.name, "/name")?,
            description: RoleDescription::parse_optional(&self.description, "/description")?,
            permissions: self
                .permissions
                .iter()
                .map(|name| name.set())
                .collect::<PermissionSet>(),
        })
    }
}

impl CreateRole {
    fn into_new(self) -> Result<NewRole, OrganizationError> {
        let content = UpdateRole {
            name: self.name,
            description: self.description,
            permissions: self.permissions,
        };
        Ok(NewRole {
            key: self.key,
            content: content.content()?,
        })
    }
}

/// Which roles are listed.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleQuery {
    /// The start of the key or the name.
    #[garde(skip)]
    q: Option<String>,
}

/// Which role.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct RolePath {
    /// The role.
    #[serde(rename = "roleId")]
    role: RoleId,
}

async fn list_roles(
    State(roles): State<Roles>,
    member: Member<ReadRoles>,
    Query(query): Query<RoleQuery>,
    paging: Paging,
) -> ApiResult<PageBody<RoleBody>> {
    let search = query.q.as_deref().map(Search::parse).transpose()?.flatten();
    let page = roles
        .list(member.organization, search, paging.request().clone())
        .await?;
    Ok(paging.page(page.map(RoleBody::from)))
}

async fn create_role(
    State(roles): State<Roles>,
    member: Member<WriteRoles>,
    context: Context,
    Json(body): Json<CreateRole>,
) -> ApiResult<Created<RoleBody>> {
    let role = roles
        .create(&context, member.organization, body.into_new()?)
        .await?;
    let location = format!("/organizations/{}/roles/{}", member.organization, role.id);
    let version = role.version;
    Ok(Created::at(location, RoleBody::from(role)).tagged(version))
}

async fn get_role(
    State(roles): State<Roles>,
    member: Member<ReadRoles>,
    Path(path): Path<RolePath>,
) -> ApiResult<Tagged<RoleBody>> {
    let role = roles.get(member.organization, path.role).await?;
    Ok(Tagged::new(role.version, role.into()))
}

async fn update_role(
    State(roles): State<Roles>,
    member: Member<WriteRoles>,
    Path(path): Path<RolePath>,
    context: Context,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateRole>,
) -> ApiResult<Tagged<RoleBody>> {
    let of = (member.organization, path.role);
    let role = roles.update(&context, of, body.content()?, version).await?;
    Ok(Tagged::new(role.version, role.into()))
}

async fn delete_role(
    State(roles): State<Roles>,
    member: Member<WriteRoles>,
    Path(path): Path<RolePath>,
    context: Context,
    IfMatch(version): IfMatch,
) -> ApiResult<NoContent> {
    roles
        .delete(&context, member.organization, path.role, version)
        .await?;
    Ok(NoContent)
}
