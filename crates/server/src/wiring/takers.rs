//! Those through whom payments go.

use std::sync::Arc;

use billing::Providers;
use flutterwave::{Flutterwave, FlutterwaveConfig};
use kernel::{Clock, Secret};
use lemonsqueezy::{LemonSqueezy, LemonSqueezyConfig};
use outbound::Outbound;
use ports::http::HttpClient;
use ports::payments::PaymentProvider;
use sandbox::Sandbox;
use stripe::{Stripe, StripeConfig};

use crate::config::Config;
use crate::error::StartError;

/// Each that the operator has an account at, and the one that needs none.
pub(super) fn providers(
    config: &Config,
    outbound: &Outbound,
    clock: &Arc<dyn Clock>,
    sandbox: Option<&Sandbox>,
) -> Result<Providers, StartError> {
    let accounts = &config.payment_accounts;
    let http: Arc<dyn HttpClient> = Arc::new(outbound.clone());
    let mut providers: Vec<Arc<dyn PaymentProvider>> = Vec::new();
    if let Some(config) = &accounts.stripe {
        let config = StripeConfig {
            secret_key: again(&config.secret_key),
            webhook_secrets: config.webhook_secrets.iter().map(again).collect(),
            account: config.account.clone(),
            base_url: config.base_url.clone(),
        };
        let stripe = Stripe::new(config, Arc::clone(&http), Arc::clone(clock));
        providers.push(Arc::new(
            stripe.map_err(|error| StartError::part("Stripe can't be used", error))?,
        ));
    }
    if let Some(config) = &accounts.flutterwave {
        let config = FlutterwaveConfig {
            secret_key: again(&config.secret_key),
            webhook_secret_hashes: config.webhook_secret_hashes.iter().map(again).collect(),
            allow_plain_hash: config.allow_plain_hash,
            account: config.account.clone(),
            base_url: config.base_url.clone(),
        };
        let flutterwave = Flutterwave::new(config, Arc::clone(&http));
        providers.push(Arc::new(
            flutterwave.map_err(|error| StartError::part("Flutterwave can't be used", error))?,
        ));
    }
    if let Some(config) = &accounts.lemon_squeezy {
        let config = LemonSqueezyConfig {
            api_key: again(&config.api_key),
            webhook_secrets: config.webhook_secrets.iter().map(again).collect(),
            store: config.store,
            payment_variant: config.payment_variant,
            is_test_mode: config.is_test_mode,
            account: config.account.clone(),
            base_url: config.base_url.clone(),
        };
        let lemon_squeezy = LemonSqueezy::new(config, Arc::clone(&http));
        providers.push(Arc::new(
            lemon_squeezy.map_err(|error| StartError::part("Lemon Squeezy can't be used", error))?,
        ));
    }
    if let Some(sandbox) = sandbox {
        providers.push(Arc::new(sandbox.clone()));
    }
    Ok(Providers::new(providers))
}

/// The configuration keeps its own.
fn again(secret: &Secret<String>) -> Secret<String> {
    Secret::new(secret.expose().clone())
}
