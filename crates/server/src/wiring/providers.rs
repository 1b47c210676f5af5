//! The providers that people can sign in with.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use outbound::Outbound;
use ports::http::HttpClient;
use ports::social::SocialProvider;
use social::Provider;

use crate::config::Config;

/// Each of them, asked by way of `outbound`.
pub(super) fn providers(config: &Config, outbound: &Outbound) -> Vec<Arc<dyn SocialProvider>> {
    let http: Arc<dyn HttpClient> = Arc::new(outbound.clone());
    let configs = config.social.iter().cloned();
    configs
        .map(|config| -> Arc<dyn SocialProvider> { Arc::new(Provider::new(config, Arc::clone(&http))) })
        .collect()
}
