//! Organizations: members, roles, invites, and who may do what in them.

mod invites;
mod members;
mod organization;
mod races;
mod roles;
mod tenancy;
