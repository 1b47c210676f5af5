//! `/users`.

mod standing;

use axum::extract::State;
use garde::Validate;
use kernel::permission::{ReadUsers, WriteUsers};
use kernel::{EmailAddress, FieldError, Locale, PlatformRole, Secret, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{
    Account, Api, ApiResult, Context, Created, Doc, Fresh, IfMatch, Json, NoContent, Operator, PageBody,
    Paging, Query, Routes, Tagged,
};

use super::model::{AccountFilter, NewAccount, Order, Profile, Search};
use super::service::Accounts;
use crate::error::IdentityError;
use crate::user::model::{PersonName, UserStatus};
use crate::user::routes::{UserBody, acting};

/// The routes of whole accounts.
pub fn routes(accounts: Accounts) -> Api {
    const ALL: &str = "/users";
    const ONE: &str = "/users/{userId}";
    let routes = Routes::new("users")
        .about("People's accounts. `me` stands for your own wherever an id of a user does.")
        .get(
            ALL,
            list_users,
            Doc::new(
                "List accounts",
                "For staff. The newest first, or the oldest with `sort=created_at`. With `q`, those whose address \
                 or name starts with it, in the order of the alphabet; such a page may hold fewer than `limit` \
                 although there are more.",
            ),
        )
        .post(
            ALL,
            create_user,
            Doc::new(
                "Create an account",
                "For staff. Without a password, its owner is mailed a link to set one.",
            ),
        )
        .get(
            ONE,
            get_user,
            Doc::new("Get an account", "Your own; staff get anybody's."),
        )
        .put(
            ONE,
            update_user,
            Doc::new(
                "Update an account",
                "Replaces name and language. The address is changed by `/auth/change-email`.",
            ),
        )
        .delete(
            ONE,
            delete_user,
            Doc::new(
                "Delete an account",
                "Deletes the account with all that is its owner's own, and ends their sessions at once. This \
                 can't be undone. The last owner of an organization with other members hands it over first.",
            ),
        );
    standing::add_to(routes).with_state(accounts)
}

/// An account to be made.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateUser {
    /// Its address.
    #[garde(skip)]
    email: EmailAddress,
    /// Whether you vouch for the address. Otherwise its owner confirms it.
    #[serde(default)]
    #[garde(skip)]
    email_verified: bool,
    /// What the person is called.
    #[garde(skip)]
    name: Option<PersonName>,
    /// The language that the person reads; `en` when absent.
    #[garde(skip)]
    locale: Option<Locale>,
    /// At least 12 characters, as letters count, and hard to guess. Absent, its owner is mailed a link to set
    /// one.
    #[garde(skip)]
    #[schemars(extend("format" = "password", "example" = "quiet otters juggle 9 lanterns"))]
    password: Option<Secret<String>>,
}

impl From<CreateUser> for NewAccount {
    fn from(body: CreateUser) -> Self {
        Self {
            email: body.email,
            is_verified: body.email_verified,
            name: body.name,
            locale: body.locale.unwrap_or_default(),
            password: body.password,
        }
    }
}

/// What an account says about its owner from now on.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateUser {
    /// What the person is called; null for no name.
    #[garde(skip)]
    name: Option<PersonName>,
    /// The language that the person reads; `en` when absent.
    #[serde(default)]
    #[garde(skip)]
    locale: Locale,
}

/// Which accounts are listed.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserQuery {
    /// The start of the address or the name.
    #[garde(skip)]
    q: Option<String>,
    /// Only those with this status.
    #[garde(skip)]
    status: Option<UserStatus>,
    /// Only staff with this role.
    #[garde(skip)]
    platform_role: Option<PlatformRole>,
    /// Only those made then or later.
    #[garde(skip)]
    created_after: Option<Timestamp>,
    /// Only those made before.
    #[garde(skip)]
    created_before: Option<Timestamp>,
    /// Which come first; `-created_at` when absent. Not together with `q`, which has an order of its own.
    #[garde(skip)]
    sort: Option<UserSort>,
}

/// What a list of accounts goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum UserSort {
    /// The oldest first.
    #[serde(rename = "created_at")]
    CreatedAt,
    /// The newest first.
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
}

impl UserQuery {
    fn filter(self) -> Result<AccountFilter, IdentityError> {
        let search = self.q.as_deref().map(Search::parse).transpose()?.flatten();
        if search.is_some() && self.sort.is_some() {
            let detail = "what q finds goes by the alphabet; leave sort out";
            return Err(IdentityError::invalid(FieldError::new("sort", "invalid", detail)));
        }
        Ok(AccountFilter {
            search,
            status: self.status,
            platform_role: self.platform_role,
            created_after: self.created_after,
            created_before: self.created_before,
            order: match self.sort {
                Some(UserSort::CreatedAt) => Order::OldestFirst,
                Some(UserSort::CreatedAtDescending) | None => Order::NewestFirst,
            },
        })
    }
}

async fn list_users(
    State(accounts): State<Accounts>,
    _: Operator<ReadUsers>,
    Query(query): Query<UserQuery>,
    paging: Paging,
) -> ApiResult<PageBody<UserBody>> {
    let page = accounts.list(query.filter()?, paging.request().clone()).await?;
    Ok(paging.page(page.map(|user| UserBody::from(&user))))
}

async fn create_user(
    State(accounts): State<Accounts>,
    _: Operator<WriteUsers>,
    context: Context,
    Json(body): Json<CreateUser>,
) -> ApiResult<Created<UserBody>> {
    let user = accounts.create(&context, body.into()).await?;
    let location = format!("/users/{}", user.id);
    Ok(Created::at(location, UserBody::from(&user)).tagged(user.version))
}

async fn get_user(
    State(accounts): State<Accounts>,
    account: Account<ReadUsers>,
) -> ApiResult<Tagged<UserBody>> {
    let user = accounts.get(acting(&account), account.user).await?;
    Ok(Tagged::new(user.version, UserBody::from(&*user)))
}

async fn update_user(
    State(accounts): State<Accounts>,
    account: Account<WriteUsers>,
    context: Context,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateUser>,
) -> ApiResult<Tagged<UserBody>> {
    let profile = Profile {
        name: body.name,
        locale: body.locale,
    };
    let user = accounts
        .update(&context, acting(&account), account.user, profile, version)
        .await?;
    Ok(Tagged::new(user.version, UserBody::from(&user)))
}

async fn delete_user(
    State(accounts): State<Accounts>,
    account: Fresh<Account<WriteUsers>>,
    context: Context,
    IfMatch(version): IfMatch,
) -> ApiResult<NoContent> {
    accounts
        .delete(&context, acting(&account), account.user, version)
        .await?;
    Ok(NoContent)
}
