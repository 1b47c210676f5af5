//! `/users/{userId}/settings`.

use axum::extract::State;
use garde::Validate;
use kernel::permission::{ReadUsers, WriteUsers};
use kernel::{Locale, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Account, Api, ApiResult, Context, Doc, IfMatch, Json, Routes, Tagged};

use super::model::{CurrentSettings, Notifications, Settings, SettingsContent, Theme, TimeZone};
use super::service::UserSettings;
use crate::user::routes::acting;

/// The routes of people's settings.
pub fn routes(settings: UserSettings) -> Api {
    const SETTINGS: &str = "/users/{userId}/settings";
    Routes::new("users")
        .get(
            SETTINGS,
            get_user_settings,
            Doc::new(
                "Get a person's settings",
                "How they want things to be: the defaults, until they say otherwise.",
            ),
        )
        .put(
            SETTINGS,
            update_user_settings,
            Doc::new(
                "Update a person's settings",
                "Replaces the settings: what is left out is back at its default. The language is the account's own \
                 and stays when it is left out.",
            ),
        )
        .with_state(settings)
}

/// How a person wants things to be.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UserSettingsBody {
    /// The language that they read.
    locale: Locale,
    /// The time zone that times are shown in, by its name at the IANA.
    time_zone: TimeZone,
    /// How pages look.
    theme: Theme,
    /// By which ways they hear of things, by category; of others by all.
    #[schemars(extend("example" = { "billing": { "email": true, "in_app": false } }))]
    notifications: Notifications,
    /// When the settings or the account were last changed.
    updated_at: Timestamp,
}

impl From<CurrentSettings> for UserSettingsBody {
    fn from(current: CurrentSettings) -> Self {
        Self {
            locale: current.locale,
            time_zone: current.settings.time_zone,
            theme: current.settings.theme,
            notifications: current.settings.notifications,
            updated_at: current.updated_at,
        }
    }
}

/// How a person wants things to be from now on.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateUserSettings {
    /// The language that they read; as it is when absent.
    #[garde(skip)]
    locale: Option<Locale>,
    /// The time zone that times are shown in, by its name at the IANA.
    #[serde(default)]
    #[garde(skip)]
    time_zone: TimeZone,
    /// How pages look.
    #[serde(default)]
    #[garde(skip)]
    theme: Theme,
    /// By which ways they hear of things, by category; of others by all. 50 categories at most.
    #[serde(default)]
    #[garde(length(max = 50))]
    #[schemars(extend("example" = { "billing": { "email": true, "in_app": false } }))]
    notifications: Notifications,
}

impl From<UpdateUserSettings> for SettingsContent {
    fn from(body: UpdateUserSettings) -> Self {
        Self {
            locale: body.locale,
            settings: Settings {
                time_zone: body.time_zone,
                theme: body.theme,
                notifications: body.notifications,
            },
        }
    }
}

async fn get_user_settings(
    State(settings): State<UserSettings>,
    account: Account<ReadUsers>,
) -> ApiResult<Tagged<UserSettingsBody>> {
    let current = settings.get(account.user).await?;
    Ok(Tagged::new(current.version, current.into()))
}

async fn update_user_settings(
    State(settings): State<UserSettings>,
    account: Account<WriteUsers>,
    context: Context,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateUserSettings>,
) -> ApiResult<Tagged<UserSettingsBody>> {
    let current = settings
        .update(&context, acting(&account), account.user, body.into(), version)
        .await?;
    Ok(Tagged::new(current.version, current.into()))
}
