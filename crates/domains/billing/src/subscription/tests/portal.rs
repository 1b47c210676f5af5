//! Pages of customers at the provider.

use ports::payments::Capability;

use super::*;

#[tokio::test]
async fn a_page_is_made_when_it_is_asked_for() {
    let world = World::new().await;
    let subscriptions = &world.services.subscriptions;
    let back = Some("https://app.example.com/billing".to_owned());
    let ask = async |provider| {
        subscriptions
            .portal(world.organization, provider, back.clone())
            .await
    };
    refused(ask(None).await, "wrong_state");
    world.running().await;
    let page = ask(None).await.unwrap();
    assert_eq!(page.as_str(), "https://pay.example/portal/cus_1");
    assert_eq!(ask(Some("desk")).await.unwrap(), page);
    refused(ask(Some("nobody")).await, "payment_provider_not_configured");
    let odd = Some("javascript:alert(1)".to_owned());
    refused(
        subscriptions.portal(world.organization, None, odd).await,
        "validation_failed",
    );
    let stranger = OrganizationId::from_uuid(Uuid::from_u128(5));
    refused(subscriptions.portal(stranger, None, None).await, "wrong_state");

    let world = World::with(without(&[Capability::Portal])).await;
    world.running().await;
    let subscriptions = &world.services.subscriptions;
    for provider in [None, Some("desk")] {
        let asked = subscriptions.portal(world.organization, provider, None).await;
        refused(asked, "capability_not_supported");
    }
}
