//! What the browser says: for which ceremony, which challenge and which page the answer was made.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use crate::fault::{Fault, require};

/// The most bytes of client data. Browsers write a few hundred.
const MAX_CLIENT_DATA: usize = 4096;

/// What the answer was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ceremony {
    Registration,
    Assertion,
}

/// `CollectedClientData` of §5.8.1. Browsers may add what they like, so other members are passed over; the
/// same one twice is refused.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientData {
    r#type: String,
    challenge: String,
    pub(crate) origin: String,
    #[serde(default)]
    cross_origin: Option<bool>,
    #[serde(default)]
    top_origin: Option<String>,
}

/// The challenge that client data claims to answer, for a caller to find what it knows about it. It proves
/// nothing until the whole answer is checked.
pub fn challenge_of(client_data_json: &[u8]) -> Result<Vec<u8>, Fault> {
    ClientData::read(client_data_json)?.challenge()
}

impl Ceremony {
    const fn kind(self) -> &'static str {
        match self {
            Self::Registration => "webauthn.create",
            Self::Assertion => "webauthn.get",
        }
    }
}

impl ClientData {
    /// §7.1 steps 5 and 6, §7.2 steps 8 and 9.
    pub(crate) fn read(json: &[u8]) -> Result<Self, Fault> {
        require(json.len() <= MAX_CLIENT_DATA, Fault::TooLong)?;
        serde_json::from_slice(json).map_err(|_| Fault::ClientData)
    }

    /// §7.1 steps 7, 8, 10 and 11, §7.2 steps 10, 11, 13 and 14. We are never embedded, so frames of other
    /// origins are refused.
    pub(crate) fn check(&self, ceremony: Ceremony, challenge: &[u8]) -> Result<(), Fault> {
        require(self.r#type == ceremony.kind(), Fault::Type)?;
        let is_same = self.challenge()?.ct_eq(challenge);
        require(!challenge.is_empty() && bool::from(is_same), Fault::Challenge)?;
        let is_framed = self.cross_origin == Some(true) || self.top_origin.is_some();
        require(!is_framed, Fault::CrossOrigin)
    }

    fn challenge(&self) -> Result<Vec<u8>, Fault> {
        URL_SAFE_NO_PAD
            .decode(&self.challenge)
            .map_err(|_| Fault::Challenge)
    }
}
