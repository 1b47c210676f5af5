//! Those through whom payments go.

use std::sync::Arc;

use billing::Providers;
use flutterwave::Flutterwave;
use kernel::Clock;
use lemonsqueezy::LemonSqueezy;
use outbound::Outbound;
use ports::http::HttpClient;
use ports::payments::PaymentProvider;
use sandbox::Sandbox;
use stripe::Stripe;

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
        let stripe = Stripe::new(config.clone(), Arc::clone(&http), Arc::clone(clock));
        providers.push(Arc::new(
            stripe.map_err(|error| StartError::part("Stripe can't be used", error))?,
        ));
    }
    if let Some(config) = &accounts.flutterwave {
        let flutterwave = Flutterwave::new(config.clone(), Arc::clone(&http));
        providers.push(Arc::new(
            flutterwave.map_err(|error| StartError::part("Flutterwave can't be used", error))?,
        ));
    }
    if let Some(config) = &accounts.lemon_squeezy {
        let lemon_squeezy = LemonSqueezy::new(config.clone(), Arc::clone(&http));
        providers.push(Arc::new(
            lemon_squeezy.map_err(|error| StartError::part("Lemon Squeezy can't be used", error))?,
        ));
    }
    if let Some(sandbox) = sandbox {
        providers.push(Arc::new(sandbox.clone()));
    }
    Ok(Providers::new(providers))
}
