//! What is asked for and handed in when somebody signs in by mail.

use kernel::{EmailAddress, Secret};

use crate::destination::Destination;

/// What a link is asked for with.
#[derive(Debug, Clone)]
pub struct MagicLinkRequest {
    /// The address of the account.
    pub email: EmailAddress,
    /// Where the person is sent once they are signed in by the link.
    pub destination: Option<Destination>,
}

/// What a person signs in with. Neither part is enough: who has only the mail may be a scanner, or has been
/// sent a link that a stranger asked for; who has only the flow has not got the mail.
#[derive(Debug, Clone)]
pub struct MagicLinkSignIn {
    /// What the program or the browser got that asked.
    pub flow: Secret<String>,
    /// What was in the mail.
    pub proof: MagicLinkProof,
}

/// What was in the mail.
#[derive(Debug, Clone)]
pub enum MagicLinkProof {
    /// The token of the link.
    Token(Secret<String>),
    /// The code beside it.
    Code(Secret<String>),
}
