//! A choice, and what follows from several of them: an organization's comes before the general one, that before the
//! person's settings, and those before the default, which is on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{FieldError, OrganizationId, UserId};

use crate::error::NotificationError;
use crate::model::{Category, Channel};

/// What a person chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// For notifications about this organization; `None` for all that have no choice of their own.
    pub organization: Option<OrganizationId>,
    /// For notifications of this category.
    pub category: Category,
    /// For this way.
    pub channel: Channel,
    /// Whether they hear of them; `None` forgets what was chosen before.
    pub is_enabled: Option<bool>,
}

/// Whether a person hears of a category by a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preference {
    /// About this organization; `None` in general.
    pub organization: Option<OrganizationId>,
    /// The category.
    pub category: Category,
    /// The way.
    pub channel: Channel,
    /// Whether they do.
    pub is_enabled: bool,
}

/// All that a person may choose of about an organization, or in general.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreferencesOf {
    /// The organization; `None` in general.
    pub organization: Option<OrganizationId>,
    /// Sorted by category.
    pub preferences: Vec<Preference>,
}

/// A choice as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) user: UserId,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) category: String,
    pub(crate) channel: Channel,
    pub(crate) is_on: bool,
}

/// By category, then by the word of a channel: what a person's settings say.
pub(crate) type Settings = BTreeMap<String, BTreeMap<String, bool>>;

/// What one person has chosen.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    kept: HashMap<(Option<OrganizationId>, String, Channel), bool>,
    settings: Settings,
}

impl Chosen {
    pub(crate) fn keep(&mut self, kept: Kept) {
        let place = (kept.organization, kept.category, kept.channel);
        self.kept.insert(place, kept.is_on);
    }

    pub(crate) fn settings(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// The categories of choices about `organization`, and of general ones.
    pub(crate) fn categories(&self, organization: Option<OrganizationId>) -> BTreeSet<&str> {
        let kept = self.kept.keys();
        let kept = kept.filter(|(about, ..)| about.is_none() || *about == organization);
        kept.map(|(_, category, _)| category.as_str())
            .chain(self.settings.keys().map(String::as_str))
            .collect()
    }

    pub(crate) fn is_enabled(
        &self,
        organization: Option<OrganizationId>,
        category: &Category,
        channel: Channel,
    ) -> bool {
        if category.is_mandatory() {
            return true;
        }
        let kept = |about| self.kept.get(&(about, category.as_str().to_owned(), channel));
        let settings = || self.settings.get(category.as_str())?.get(channel.as_str());
        let chosen = organization
            .and_then(|organization| kept(Some(organization)))
            .or_else(|| kept(None))
            .or_else(settings);
        chosen.copied().unwrap_or(true)
    }

    /// Everything that may be chosen about `organization`, whose programs use the categories `used`.
    pub(crate) fn all_about(&self, organization: Option<OrganizationId>, used: &[String]) -> PreferencesOf {
        let mut categories = self.categories(organization);
        categories.extend([Category::ORGANIZATION_WORD, Category::SECURITY_WORD]);
        categories.extend(used.iter().map(String::as_str));
        if organization.is_none() {
            categories.insert(Category::DIGEST_WORD);
        } else {
            categories.remove(Category::DIGEST_WORD);
        }
        let categories = categories
            .into_iter()
            .filter_map(|word| Category::parse(word).ok());
        let preferences = categories.flat_map(|category| {
            let channels = Channel::ALL
                .into_iter()
                .filter(|channel| *channel == Channel::Email || category.as_str() != Category::DIGEST_WORD);
            let each: Vec<_> = channels
                .map(|channel| Preference {
                    organization,
                    is_enabled: self.is_enabled(organization, &category, channel),
                    category: category.clone(),
                    channel,
                })
                .collect();
            each
        });
        PreferencesOf {
            organization,
            preferences: preferences.collect(),
        }
    }
}

/// What must not be switched off is not.
pub(crate) fn check(choices: &[Choice]) -> Result<(), NotificationError> {
    let wrong = choices
        .iter()
        .enumerate()
        .filter(|(_, choice)| choice.is_enabled == Some(false) && choice.category.is_mandatory());
    let faults: Vec<_> = wrong
        .map(|(place, _)| {
            let detail = "notifications of this category can't be switched off";
            FieldError::new(
                format!("/preferences/{place}/is_enabled"),
                "category_mandatory",
                detail,
            )
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(NotificationError::Invalid(faults))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(rows: &[(Option<OrganizationId>, &str, Channel, bool)]) -> Chosen {
        let mut chosen = Chosen::default();
        for (organization, category, channel, is_on) in rows {
            chosen.keep(Kept {
                user: UserId::from_uuid(uuid::Uuid::nil()),
                organization: *organization,
                category: (*category).to_owned(),
                channel: *channel,
                is_on: *is_on,
            });
        }
        chosen
    }

    #[test]
    fn the_nearer_choice_wins() {
        let [acme, other] =
            [1, 2].map(|number| Some(OrganizationId::from_uuid(uuid::Uuid::from_u128(number))));
        let news = Category::parse("news").unwrap();
        let mut chosen = chosen(&[
            (acme, "news", Channel::Email, true),
            (None, "news", Channel::Email, false),
            (None, "security", Channel::Email, false),
        ]);
        assert!(chosen.is_enabled(acme, &news, Channel::Email));
        assert!(!chosen.is_enabled(other, &news, Channel::Email));
        assert!(!chosen.is_enabled(None, &news, Channel::Email));
        assert!(chosen.is_enabled(other, &news, Channel::Push), "on by default");
        let security = Category::parse("security").unwrap();
        assert!(chosen.is_enabled(None, &security, Channel::Email), "never off");
        let settings = r#"{"news":{"email":true,"in_app":false}}"#;
        chosen.settings(serde_json::from_str(settings).unwrap());
        assert!(
            !chosen.is_enabled(None, &news, Channel::InApp),
            "as the settings say"
        );
        assert!(
            !chosen.is_enabled(None, &news, Channel::Email),
            "a choice comes before settings"
        );
    }

    #[test]
    fn a_digest_is_mail_and_about_no_organization() {
        let acme = Some(OrganizationId::from_uuid(uuid::Uuid::from_u128(1)));
        let digests = |of: PreferencesOf| -> Vec<Channel> {
            let all = of.preferences.into_iter();
            all.filter(|one| one.category.as_str() == "digest")
                .map(|one| one.channel)
                .collect()
        };
        let chosen = chosen(&[(None, "digest", Channel::Email, false)]);
        assert_eq!(digests(chosen.all_about(None, &[])), [Channel::Email]);
        assert_eq!(digests(chosen.all_about(acme, &[])), []);
    }
}
