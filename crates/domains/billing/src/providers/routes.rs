//! `/payments/providers`: whom payments go through here, and what each can do.

use axum::extract::State;
use ports::payments::Capability;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Api, Doc, Json, Public, Routes};

use super::Providers;

pub(crate) fn routes(providers: Providers) -> Api {
    Routes::new("payments")
        .get(
            "/payments/providers",
            list_payment_providers,
            Doc::new(
                "List payment providers",
                "The providers that this server takes payments through, and what each of them can do. What one \
                 can't do is answered with `capability_not_supported`.",
            ),
        )
        .with_state(providers)
}

/// The payment providers.
#[derive(Debug, Serialize, JsonSchema)]
struct PaymentProvidersBody {
    /// All of them.
    data: Vec<PaymentProviderBody>,
}

/// A payment provider.
#[derive(Debug, Serialize, JsonSchema)]
struct PaymentProviderBody {
    /// As it is named in addresses.
    #[schemars(extend("example" = "stripe"))]
    name: &'static str,
    /// What it can do.
    capabilities: Vec<Capability>,
}

async fn list_payment_providers(State(providers): State<Providers>, _: Public) -> Json<PaymentProvidersBody> {
    let data = providers.iter().map(|provider| PaymentProviderBody {
        name: provider.name(),
        capabilities: provider.capabilities().0.to_vec(),
    });
    Json(PaymentProvidersBody { data: data.collect() })
}
