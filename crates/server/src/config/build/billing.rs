//! Settings of payments.

use billing::{BillingConfig, Seller};

use crate::config::error::ConfigError;
use crate::config::sources::Resolved;
use crate::config::{Environment, values};

pub(super) fn billing_config(
    said: &Resolved,
    environment: Environment,
) -> Result<BillingConfig, ConfigError> {
    let text = |key| said.read(key, |text| Ok::<_, &str>(text.to_owned()));
    Ok(BillingConfig {
        grace: said.needed("payment_grace", values::duration)?,
        seller: Seller {
            name: text("seller_name")?,
            address: text("seller_address")?,
            tax_id: text("seller_tax_id")?,
        },
        allow_plain_return: environment == Environment::Development,
    })
}
