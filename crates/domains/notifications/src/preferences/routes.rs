//! `/notifications/preferences`: who hears of what by which ways.

use axum::extract::State;
use garde::Validate;
use kernel::{FieldError, OrganizationId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Doc, Json, PageBody, Paging, Principal, Routes};

use super::model::{Choice, Preference, PreferencesOf};
use super::service::Preferences;
use crate::error::NotificationError;
use crate::model::{Category, Channel};

/// The routes of preferences.
pub fn routes(preferences: Preferences) -> Api {
    const PATH: &str = "/notifications/preferences";
    Routes::new("notifications")
        .get(
            PATH,
            list_notification_preferences,
            Doc::new(
                "List your notification preferences",
                "What you hear of, by category and way: in general first (without an organization), then about each of your organizations, with the categories that its programs use.",
            ),
        )
        .put(
            PATH,
            update_notification_preferences,
            Doc::new(
                "Change your notification preferences",
                "Makes the choices that are listed, all or none, and leaves the others as they are; doing so again changes nothing. Answers what holds now for those.",
            ),
        )
        .with_state(preferences)
}

/// What is chosen.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct UpdateNotificationPreferences {
    /// The choices to make. Of two for the same place the later counts.
    #[garde(length(min = 1, max = 100), dive)]
    preferences: Vec<NotificationChoice>,
}

/// One choice.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct NotificationChoice {
    /// For notifications about this organization; absent for all organizations that have no choice of their own.
    #[serde(default)]
    #[garde(skip)]
    organization_id: Option<OrganizationId>,
    /// For notifications of this category.
    #[garde(length(min = 1, max = 50))]
    #[schemars(extend("example" = "invoice", "pattern" = "^[a-z][a-z0-9_]{0,49}$"))]
    category: String,
    /// For this way of hearing of them.
    #[garde(skip)]
    channel: Channel,
    /// Whether you hear of them; null or absent forgets what you chose, so that the general choice or the
    /// default holds again.
    #[serde(default)]
    #[garde(skip)]
    is_enabled: Option<bool>,
}

/// What holds for the choices that were made.
#[derive(Debug, Serialize, JsonSchema)]
struct NotificationPreferencesBody {
    /// In the order in which they were given.
    preferences: Vec<NotificationPreferenceBody>,
}

/// Whether you hear of a category by a way.
#[derive(Debug, Serialize, JsonSchema)]
struct NotificationPreferenceBody {
    /// About this organization; null in general.
    organization_id: Option<OrganizationId>,
    /// The category.
    #[schemars(extend("example" = "invoice"))]
    category: String,
    /// The way.
    channel: Channel,
    /// Whether you do, by your choice, your general choice, or the default.
    is_enabled: bool,
    /// Whether you may choose: what concerns the safety of your account always reaches you.
    is_changeable: bool,
}

/// All that you may choose of about an organization, or in general.
#[derive(Debug, Serialize, JsonSchema)]
struct PreferencesOfOrganizationBody {
    /// The organization; null in general.
    organization_id: Option<OrganizationId>,
    /// Every category and way, sorted by category.
    preferences: Vec<NotificationPreferenceBody>,
}

impl From<Preference> for NotificationPreferenceBody {
    fn from(preference: Preference) -> Self {
        Self {
            organization_id: preference.organization,
            is_changeable: !preference.category.is_mandatory(),
            category: preference.category.as_str().to_owned(),
            channel: preference.channel,
            is_enabled: preference.is_enabled,
        }
    }
}

impl From<PreferencesOf> for PreferencesOfOrganizationBody {
    fn from(of: PreferencesOf) -> Self {
        Self {
            organization_id: of.organization,
            preferences: of.preferences.into_iter().map(Into::into).collect(),
        }
    }
}

impl UpdateNotificationPreferences {
    /// Every category at fault is named.
    fn into_choices(self) -> Result<Vec<Choice>, NotificationError> {
        let (mut choices, mut faults) = (Vec::new(), Vec::new());
        for (place, raw) in self.preferences.into_iter().enumerate() {
            let Ok(category) = Category::parse(&raw.category) else {
                let detail = "small letters, digits and _ are expected, a letter first, 50 at most";
                let pointer = format!("/preferences/{place}/category");
                faults.push(FieldError::new(pointer, "invalid_format", detail));
                continue;
            };
            choices.push(Choice {
                organization: raw.organization_id,
                category,
                channel: raw.channel,
                is_enabled: raw.is_enabled,
            });
        }
        if faults.is_empty() {
            return Ok(choices);
        }
        Err(NotificationError::Invalid(faults))
    }
}

async fn list_notification_preferences(
    State(preferences): State<Preferences>,
    principal: Principal,
    paging: Paging,
) -> ApiResult<PageBody<PreferencesOfOrganizationBody>> {
    let page = preferences.list(principal.user, paging.request().clone()).await?;
    Ok(paging.page(page.map(PreferencesOfOrganizationBody::from)))
}

async fn update_notification_preferences(
    State(preferences): State<Preferences>,
    principal: Principal,
    Json(body): Json<UpdateNotificationPreferences>,
) -> ApiResult<Json<NotificationPreferencesBody>> {
    let choices = body.into_choices()?;
    let now = preferences.choose(principal.user, choices).await?;
    Ok(Json(NotificationPreferencesBody {
        preferences: now.into_iter().map(Into::into).collect(),
    }))
}
