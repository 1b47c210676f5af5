//! What stands in paths, beside the organization.

use schemars::JsonSchema;
use serde::Deserialize;
use web::UserReference;

/// Which member.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub(crate) struct MemberPath {
    /// The member; `me` is yourself.
    #[serde(rename = "userId")]
    pub(crate) user: UserReference,
}
