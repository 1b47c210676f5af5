//! Settings of payments, and of what they are for.

use std::str::FromStr;

use billing::{BillingConfig, Seller};
use entitlements::{EntitlementsConfig, UpgradeUrl};
use flutterwave::FlutterwaveConfig;
use kernel::Secret;
use lemonsqueezy::LemonSqueezyConfig;
use stripe::{Mode, StripeConfig};
use url::Url;

use crate::config::error::ConfigError;
use crate::config::settings::Setting;
use crate::config::sources::Resolved;
use crate::config::{Environment, PaymentAccounts, values};

pub(super) fn billing_config(
    said: &Resolved,
    environment: Environment,
) -> Result<BillingConfig, ConfigError> {
    Ok(BillingConfig {
        grace: said.needed("payment_grace", values::duration)?,
        seller: Seller {
            name: text(said, "seller_name")?,
            address: text(said, "seller_address")?,
            tax_id: text(said, "seller_tax_id")?,
        },
        allow_plain_return: environment == Environment::Development,
    })
}

/// Those that the operator has an account at: whose key is set.
pub(super) fn payment_accounts(said: &Resolved) -> Result<PaymentAccounts, ConfigError> {
    Ok(PaymentAccounts {
        stripe: stripe(said)?,
        flutterwave: flutterwave(said)?,
        lemon_squeezy: lemon_squeezy(said)?,
    })
}

fn stripe(said: &Resolved) -> Result<Option<StripeConfig>, ConfigError> {
    let Some(secret_key) = secret(said, "stripe_secret_key")? else {
        return Ok(None);
    };
    let mut config = StripeConfig {
        secret_key,
        webhook_secrets: secrets(said, "stripe_webhook_secrets")?,
        account: String::new(),
        base_url: url(said, "stripe_api_url")?,
    };
    let mode = config
        .mode()
        .map_err(|error| refusal("stripe_secret_key", error))?;
    let usual = match mode {
        Mode::Live => "live",
        Mode::Test => "test",
    };
    config.account = text(said, "stripe_account")?.unwrap_or_else(|| usual.to_owned());
    Ok(Some(config))
}

fn flutterwave(said: &Resolved) -> Result<Option<FlutterwaveConfig>, ConfigError> {
    let Some(secret_key) = secret(said, "flutterwave_secret_key")? else {
        return Ok(None);
    };
    let is_test = secret_key.expose().starts_with("FLWSECK_TEST");
    let usual = if is_test { "test" } else { "live" };
    Ok(Some(FlutterwaveConfig {
        secret_key,
        webhook_secret_hashes: secrets(said, "flutterwave_webhook_secret_hashes")?,
        allow_plain_hash: said.needed("flutterwave_allow_plain_hash", values::yes_or_no)?,
        account: text(said, "flutterwave_account")?.unwrap_or_else(|| usual.to_owned()),
        base_url: url(said, "flutterwave_api_url")?,
    }))
}

fn lemon_squeezy(said: &Resolved) -> Result<Option<LemonSqueezyConfig>, ConfigError> {
    let Some(api_key) = secret(said, "lemonsqueezy_api_key")? else {
        return Ok(None);
    };
    let Some(store) = number(said, "lemonsqueezy_store")? else {
        return Err(refusal(
            "lemonsqueezy_store",
            "Lemon Squeezy needs the number of the store",
        ));
    };
    let is_test_mode = said.needed("lemonsqueezy_test_mode", values::yes_or_no)?;
    let usual = if is_test_mode { "test" } else { "live" };
    Ok(Some(LemonSqueezyConfig {
        api_key,
        webhook_secrets: secrets(said, "lemonsqueezy_webhook_secrets")?,
        store,
        payment_variant: number(said, "lemonsqueezy_payment_variant")?,
        is_test_mode,
        account: text(said, "lemonsqueezy_account")?.unwrap_or_else(|| usual.to_owned()),
        base_url: url(said, "lemonsqueezy_api_url")?,
    }))
}

fn text(said: &Resolved, key: &str) -> Result<Option<String>, ConfigError> {
    said.read(key, |text| Ok::<_, &str>(text.to_owned()))
}

fn secret(said: &Resolved, key: &str) -> Result<Option<Secret<String>>, ConfigError> {
    Ok(text(said, key)?.map(Secret::new))
}

fn secrets(said: &Resolved, key: &str) -> Result<Vec<Secret<String>>, ConfigError> {
    said.items(key, |text| Ok::<_, &str>(Secret::new(text.to_owned())))
}

fn url(said: &Resolved, key: &str) -> Result<Option<Url>, ConfigError> {
    said.read(key, |text| Url::parse(text).map_err(|_| "a URL is expected"))
}

fn number(said: &Resolved, key: &str) -> Result<Option<u64>, ConfigError> {
    said.read(key, |text| {
        u64::from_str(text).map_err(|_| "a number is expected")
    })
}

/// A setting that is missing or can't be meant, with how it could look.
fn refusal(key: &str, problem: impl std::fmt::Display) -> ConfigError {
    let name = format!("MAINSTAY_{}", key.to_ascii_uppercase());
    let example = Setting::find(key).map_or("", |setting| setting.example);
    ConfigError::new(name, problem, format!("for example: {example}"))
}

pub(super) fn entitlements_config(said: &Resolved) -> Result<EntitlementsConfig, ConfigError> {
    Ok(EntitlementsConfig {
        grace: said.needed("payment_grace", values::duration)?,
        read_only: said.needed("entitlements_read_only", values::duration)?,
        default_plan: said.read("entitlements_default_plan", |text| Ok::<_, &str>(text.to_owned()))?,
        upgrade_url: said.read("entitlements_upgrade_url", UpgradeUrl::parse)?,
    })
}
