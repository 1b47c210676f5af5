use kernel::PlatformRole;
use serde_json::json;

use super::{Settings, Theme, UserSettings};
use crate::error::IdentityError;
use crate::settings::model::SettingsContent;
use crate::testing::{Identity, context};
use crate::user::Acting;

fn content() -> SettingsContent {
    SettingsContent {
        locale: None,
        settings: Settings {
            time_zone: "Europe/Lisbon".parse().unwrap(),
            theme: Theme::Dark,
            notifications: serde_json::from_value(json!({ "billing": { "email": false } })).unwrap(),
        },
    }
}

#[tokio::test]
async fn settings_have_defaults_and_a_version_before_there_are_any() {
    let identity = Identity::open().await;
    let settings = UserSettings::new(identity.machinery.clone(), identity.users.clone());
    let ada = identity.person("ada@example.com").await.user;
    let before = settings.get(ada.id).await.unwrap();
    assert_eq!(before.settings, Settings::default());
    let update = |content, version| {
        let settings = settings.clone();
        async move {
            let context = context();
            settings
                .update(&context, Acting::Owner, ada.id, content, version)
                .await
        }
    };
    let outdated = update(content(), Some(before.version + 1)).await;
    assert!(matches!(outdated, Err(IdentityError::Outdated)));
    let first = update(content(), Some(before.version)).await.unwrap();
    assert_eq!(first.settings, content().settings);
    assert!(first.version > before.version);
    let read = settings.get(ada.id).await.unwrap();
    assert_eq!((read.settings, read.version), (first.settings, first.version));
    let same = update(content(), None).await.unwrap();
    assert_eq!(same.version, first.version);
    assert_eq!(identity.heard("user_settings.updated"), 1);
    let lost = update(SettingsContent::default(), Some(before.version)).await;
    assert!(matches!(lost, Err(IdentityError::Outdated)));
}

#[tokio::test]
async fn the_language_is_that_of_the_account() {
    let identity = Identity::open().await;
    let settings = UserSettings::new(identity.machinery.clone(), identity.users.clone());
    let ada = identity.person("ada@example.com").await.user;
    let german = SettingsContent {
        locale: Some("de".parse().unwrap()),
        ..content()
    };
    let before = settings.get(ada.id).await.unwrap();
    let updated = settings
        .update(&context(), Acting::Owner, ada.id, german, Some(before.version))
        .await
        .unwrap();
    assert_eq!(
        (updated.locale.as_str(), updated.version),
        ("de", before.version + 2)
    );
    let account = identity.users.remembered(ada.id).await.unwrap().unwrap();
    assert_eq!(account.locale.as_str(), "de");
    assert_eq!(identity.heard("user.updated"), 1);
}

#[tokio::test]
async fn staff_leave_the_settings_of_those_above_them_alone() {
    let identity = Identity::open().await;
    let settings = UserSettings::new(identity.machinery.clone(), identity.users.clone());
    let ada = identity.person("ada@example.com").await.user;
    let admin = Acting::Staff(Some(PlatformRole::Admin));
    settings
        .update(&context(), admin, ada.id, content(), None)
        .await
        .unwrap();
    let nobody = Acting::Staff(None);
    settings
        .update(&context(), nobody, ada.id, content(), None)
        .await
        .unwrap();
    let sql = "UPDATE users SET platform_role = 'owner' WHERE id = $1";
    let promote = async move |tx: &mut db::Tx| db::Executor::execute(tx, sql, db::args![ada.id]).await;
    identity.machinery.db.write(promote).await.unwrap();
    let refused = settings.update(&context(), admin, ada.id, content(), None).await;
    assert!(matches!(refused, Err(IdentityError::Outranked)));
}
