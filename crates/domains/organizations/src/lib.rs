//! Organizations: members, roles, invites.
