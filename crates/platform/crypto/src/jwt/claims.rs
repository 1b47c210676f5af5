//! The claims. Each must be there, once, and of exactly its type; members that we don't know are passed
//! over, since a newer version may have signed them.

use std::time::Duration;

use kernel::id::Kind;
use kernel::{Id, OrganizationId, SessionId, Timestamp, UserId};
use serde_json::{Map, Value, json};

use super::{JwtError, object};

/// What a token says (RFC 9068), by its registered names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// Who issued it: the public URL of the installation.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// Whose it is.
    pub sub: UserId,
    /// The session that it belongs to and ends with.
    pub sid: SessionId,
    /// The token's own id.
    pub jti: String,
    /// When it was issued.
    pub iat: Timestamp,
    /// When it begins to be valid.
    pub nbf: Timestamp,
    /// When it stops being valid.
    pub exp: Timestamp,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// How well they did: authenticator assurance level 1 or 2 (NIST SP 800-63B-4).
    pub aal: u8,
    /// How they did: `pwd`, `otp`, … (RFC 8176).
    pub amr: Vec<String>,
    /// The organization that they last worked in: a default, no permission.
    pub org: Option<OrganizationId>,
    /// The member of staff who acts as the person (RFC 8693, section 4.1), when somebody does.
    pub act: Option<UserId>,
}

/// What a token must say to be taken.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who must have issued it.
    pub iss: &'a str,
    /// Whom it must be for.
    pub aud: &'a str,
    /// The moment at which it must be valid.
    pub now: Timestamp,
}

/// How far the clock of the node that signed may be ahead of ours. Expiry has no such grace.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5);

/// The end of the year 9999: beyond it RFC 3339 has no words.
const LAST_SECOND: i64 = 253_402_300_799;

impl AccessClaims {
    pub(super) fn to_json(&self) -> Value {
        let mut claims = json!({
            "iss": self.iss,
            "aud": self.aud,
            "sub": self.sub,
            "sid": self.sid,
            "jti": self.jti,
            "iat": self.iat.unix_seconds(),
            "nbf": self.nbf.unix_seconds(),
            "exp": self.exp.unix_seconds(),
            "auth_time": self.auth_time.unix_seconds(),
            "aal": self.aal,
            "amr": self.amr,
        });
        let optional = [
            ("org", self.org.map(|org| json!(org))),
            ("act", self.act.map(|act| json!({ "sub": act }))),
        ];
        for (name, claim) in optional {
            if let (Some(claim), Some(members)) = (claim, claims.as_object_mut()) {
                members.insert(name.to_owned(), claim);
            }
        }
        claims
    }

    pub(super) fn read(payload: &[u8], expected: &Expected<'_>) -> Result<Self, JwtError> {
        let claims = object::read(payload).ok_or(JwtError::Claims)?;
        let claims = Self::parse(&claims).ok_or(JwtError::Claims)?;
        claims.check(expected)?;
        Ok(claims)
    }

    fn parse(claims: &Map<String, Value>) -> Option<Self> {
        let org = match claims.get("org") {
            None => None,
            Some(_) => Some(id(claims, "org")?),
        };
        let act = match claims.get("act") {
            None => None,
            Some(act) => Some(actor(act)?),
        };
        Some(Self {
            iss: text(claims, "iss")?,
            aud: text(claims, "aud")?,
            sub: id(claims, "sub")?,
            sid: id(claims, "sid")?,
            jti: text(claims, "jti")?,
            iat: time(claims, "iat")?,
            nbf: time(claims, "nbf")?,
            exp: time(claims, "exp")?,
            auth_time: time(claims, "auth_time")?,
            aal: level(claims)?,
            amr: methods(claims)?,
            org,
            act,
        })
    }

    fn check(&self, expected: &Expected<'_>) -> Result<(), JwtError> {
        if self.iss != expected.iss {
            return Err(JwtError::Issuer);
        }
        if self.aud != expected.aud {
            return Err(JwtError::Audience);
        }
        if expected.now >= self.exp {
            return Err(JwtError::Expired);
        }
        let ahead = expected.now.plus(CLOCKS_DIFFER);
        if self.nbf > ahead || self.iat > ahead {
            return Err(JwtError::NotYet);
        }
        Ok(())
    }
}

/// Who acts. Anything but one `sub` is refused: who did not understand that somebody acts as another would take
/// them for the person.
fn actor(act: &Value) -> Option<UserId> {
    let act = act.as_object().filter(|act| act.len() == 1)?;
    id(act, "sub")
}

fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    let text = claims.get(name)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn id<K: Kind>(claims: &Map<String, Value>, name: &str) -> Option<Id<K>> {
    claims.get(name)?.as_str()?.parse().ok()
}

/// Whole seconds within the calendar. A text, a fraction, a negative number and 1e30 are all none
/// (CVE-2026-25537).
fn time(claims: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    let seconds = claims.get(name)?.as_i64()?;
    (0..=LAST_SECOND)
        .contains(&seconds)
        .then(|| Timestamp::from_unix_seconds(seconds))?
}

fn level(claims: &Map<String, Value>) -> Option<u8> {
    let level = claims.get("aal")?.as_u64()?;
    u8::try_from(level).ok().filter(|level| (1..=3).contains(level))
}

fn methods(claims: &Map<String, Value>) -> Option<Vec<String>> {
    let methods = claims.get("amr")?.as_array()?;
    methods
        .iter()
        .map(|method| method.as_str().map(str::to_owned))
        .collect()
}
