//! Who may sign up.

use identity::config::disposable::DisposableDomains;
use identity::config::sign_up::{ChallengeBits, SignUpConfig};

use super::link;
use crate::config::error::ConfigError;
use crate::config::sources::Resolved;
use crate::config::values;

pub(super) fn sign_up_config(said: &Resolved) -> Result<SignUpConfig, ConfigError> {
    // Read even where it does not count, so that a typing error shows at once.
    let list = said.read("disposable_domains_file", disposable_domains)?;
    let refuses = said.read("sign_up_refuse_disposable", values::yes_or_no)?;
    let challenges = said.read("sign_up_challenge", values::yes_or_no)?;
    let bits = said.bounded(
        "sign_up_challenge_bits",
        ChallengeBits::LEAST,
        ChallengeBits::MOST,
    )?;
    let bits = bits.and_then(ChallengeBits::new).unwrap_or(ChallengeBits::USUAL);
    Ok(SignUpConfig {
        mode: said.parsed("sign_up_mode")?.unwrap_or_default(),
        domains: said.items("sign_up_domains", str::parse)?,
        disposable: if refuses.unwrap_or(true) {
            list.unwrap_or_default()
        } else {
            DisposableDomains::none()
        },
        challenge: challenges.unwrap_or(false).then_some(bits),
        terms_url: said.read("terms_url", link)?,
        privacy_url: said.read("privacy_url", link)?,
    })
}

fn disposable_domains(path: &str) -> Result<DisposableDomains, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path} can't be read: {error}"))?;
    DisposableDomains::parse(&text).map_err(|fault| format!("{path}: {fault}"))
}
