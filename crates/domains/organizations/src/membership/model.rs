//! A person in an organization.

use kernel::{EmailAddress, OrganizationId, RoleId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::listing::Search;
use crate::slug::Slug;
use crate::standing::built_in::BuiltInRole;

/// What the organization sees of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// Their address.
    pub email: EmailAddress,
    /// What they are called, if they say so.
    pub name: Option<String>,
}

/// A person who is in an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub person: Person,
    /// The keys of their roles, the highest first.
    pub roles: Vec<Slug>,
    /// Since when.
    pub joined_at: Timestamp,
}

/// Which members are asked for.
#[derive(Debug, Clone, Default)]
pub struct MemberFilter {
    /// The start of their name or address.
    pub search: Option<Search>,
    /// The key of a role that they have.
    pub role: Option<Slug>,
}

/// A person on their way in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Joining<'a> {
    pub(crate) organization: OrganizationId,
    pub(crate) user: UserId,
    pub(crate) role: RoleId,
    pub(crate) role_key: &'a Slug,
    pub(crate) granted_by: Option<UserId>,
}

/// Built-in roles from the highest to the lowest, then the organization's own by their keys.
pub(crate) fn in_order(mut roles: Vec<Slug>) -> Vec<Slug> {
    let place = |key: &Slug| {
        let mut built_in = BuiltInRole::ALL.iter();
        built_in
            .position(|role| role.key() == key.as_str())
            .unwrap_or(usize::MAX)
    };
    roles.sort_by(|one, other| (place(one), one.as_str()).cmp(&(place(other), other.as_str())));
    roles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_role_comes_first() {
        let keys = |text: &str| -> Vec<Slug> { text.split(' ').map(|key| key.parse().unwrap()).collect() };
        assert_eq!(
            in_order(keys("zoo viewer art owner")),
            keys("owner viewer art zoo")
        );
    }
}
