//! Organizations: people who work together, with roles that say who may do what, and invites by which
//! they get in. What a member may do is asked here on every request.
//!
//! Tables: `organizations`, `user_org`, `roles`, `user_role`, `invites`. Names and addresses of people
//! are read from `users`.
//!
//! | module | holds |
//! |---|---|
//! | `standing` | what a member may do: built-in roles, the sum of those held, remembered |
//! | `role` | roles, and those that an organization makes |
//! | `membership` | who is in: role changes, leaving, handing over; never without an owner |
//! | `organization` | organizations themselves, their settings and seats |
//! | `invite` | invites by mail and by link |
//! | `authorize` | [`Authorizer`]: the answer to the extractors of the web |
//! | `subscribers` | what follows from deleted, suspended and impersonated accounts |
//! | `payers` | [`Payers`]: organizations as those know them whom they pay |
//! | `pages` | the page that the mails of invites link to |
//! | `services` | [`Services`]: all of it, put together |
//! | `machinery` | [`Machinery`]: what every service works with |
//! | `config`, `error` | [`OrganizationsConfig`], [`OrganizationError`] |
//! | `label`, `slug`, `listing`, `path` | names, slugs, searches and paths, parsed once |

mod authorize;
mod config;
mod error;
mod invite;
mod label;
mod listing;
mod machinery;
mod membership;
mod organization;
mod pages;
mod path;
mod payers;
mod role;
mod services;
mod slug;
mod standing;
mod subscribers;
#[cfg(test)]
mod tests;

pub use authorize::Authorizer;
pub use config::OrganizationsConfig;
pub use error::OrganizationError;
pub use invite::model::{
    Accepted, Addressee, BulkAnswer, BulkOutcome, Closed, CreatedLink, Invite, InviteFilter, InviteReference,
    InviteStatus, InvitedRole, LinkTerms, NewInvite, NewInvites, NewLink, OpenInvite, ReceivedInvite,
};
pub use invite::service::{Invites, Post};
pub use label::Label;
pub use listing::Search;
pub use machinery::{Machinery, MachineryParts};
pub use membership::model::{Member, MemberFilter, Person};
pub use membership::service::Memberships;
pub use organization::model::{
    CurrentSettings, Domain, DomainError, ListedOrganization, NewOrganization, Organization,
    OrganizationContent, OrganizationFilter, OrganizationName, Settings, Whose,
};
pub use organization::service::Organizations;
pub use pages::invite_pages;
pub use payers::Payers;
pub use role::model::{NewRole, Role, RoleContent, RoleDescription, RoleName};
pub use role::service::Roles;
pub use services::Services;
pub use slug::{Slug, SlugError};
pub use standing::built_in::BuiltInRole;
pub use standing::model::Rank;
pub use standing::service::Standings;
pub use subscribers::{KeepOwners, LeaveOrganizations, RevokeInvites, TellOrganizations, TellOwners};
