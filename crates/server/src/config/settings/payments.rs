//! Settings of payments.

use super::{Setting, Visibility, hidden, open};

pub(super) const SETTINGS: &[Setting] = &[
    hidden(
        "stripe_secret_key",
        Visibility::Secret,
        "sk_live_…",
        "takes payments through Stripe: a secret or restricted key",
    ),
    hidden(
        "stripe_webhook_secrets",
        Visibility::Secret,
        "whsec_…",
        "signing secrets of the webhook at Stripe; several while one is replaced",
    ),
    open(
        "stripe_account",
        "",
        "main",
        "what the account at Stripe is called here; live or test, as the key is, when nothing is said",
    ),
    open(
        "stripe_api_url",
        "",
        "https://api.stripe.com",
        "where Stripe is, for tests",
    ),
    hidden(
        "flutterwave_secret_key",
        Visibility::Secret,
        "FLWSECK-…",
        "takes payments through Flutterwave: its secret key",
    ),
    hidden(
        "flutterwave_webhook_secret_hashes",
        Visibility::Secret,
        "9f8c…",
        "secret hashes of the webhook at Flutterwave; several while one is replaced",
    ),
    open(
        "flutterwave_allow_plain_hash",
        "yes",
        "no",
        "whether a webhook may bring the secret hash itself instead of a signature",
    ),
    open(
        "flutterwave_account",
        "",
        "main",
        "what the account at Flutterwave is called here; live or test, as the key is, when nothing is said",
    ),
    open(
        "flutterwave_api_url",
        "",
        "https://api.flutterwave.com/v3",
        "where Flutterwave is, for tests",
    ),
    hidden(
        "lemonsqueezy_api_key",
        Visibility::Secret,
        "eyJ0eXAi…",
        "takes payments through Lemon Squeezy: an API key",
    ),
    hidden(
        "lemonsqueezy_webhook_secrets",
        Visibility::Secret,
        "9f8c…",
        "signing secrets of the webhook at Lemon Squeezy; several while one is replaced",
    ),
    open("lemonsqueezy_store", "", "51385", "the number of the store"),
    open(
        "lemonsqueezy_payment_variant",
        "",
        "149091",
        "the number of the variant that payments of any amount are sold under; without it there are none",
    ),
    open(
        "lemonsqueezy_test_mode",
        "no",
        "yes",
        "whether the key is of test mode",
    ),
    open(
        "lemonsqueezy_account",
        "",
        "main",
        "what the account at Lemon Squeezy is called here; live or test when nothing is said",
    ),
    open(
        "lemonsqueezy_api_url",
        "",
        "https://api.lemonsqueezy.com/v1",
        "where Lemon Squeezy is, for tests",
    ),
    open(
        "payment_grace",
        "7d",
        "7d",
        "how long a subscription whose payment is missing counts as paid for",
    ),
    open(
        "entitlements_read_only",
        "14d",
        "14d",
        "how long after that what is there may still be looked at",
    ),
    open(
        "entitlements_default_plan",
        "",
        "free",
        "the key of the plan of organizations without a subscription; nothing without it",
    ),
    open(
        "entitlements_upgrade_url",
        "",
        "https://app.example.com/upgrade?organization={organization_id}&feature={feature}",
        "where people get more of what they lack",
    ),
    open(
        "seller_name",
        "",
        "Quillwork Ltd.",
        "who sells, on receipts; the product's name when nothing is said",
    ),
    open(
        "seller_address",
        "",
        "1 Main Street, Springfield",
        "where who sells is, on receipts",
    ),
    open(
        "seller_tax_id",
        "",
        "GB123456789",
        "the tax number of who sells, on receipts",
    ),
];
