//! Choosing, and asking what was chosen.

use std::collections::{HashMap, HashSet};

use db::{DbError, ReadTx, Tx};
use kernel::{FieldError, OrganizationId, Page, PageRequest, Position, UserId};
use uuid::Uuid;

use super::model::{self, Choice, Chosen, Preference, PreferencesOf};
use super::store;
use crate::error::NotificationError;
use crate::machinery::Machinery;
use crate::model::{Category, Channel};

/// How many choices a person may have.
const MOST_CHOICES: i64 = 1000;
/// How many categories of an organization are listed.
const MOST_CATEGORIES: i64 = 100;

/// Who hears of what by which ways. Cheap to clone.
#[derive(Clone)]
pub struct Preferences {
    machinery: Machinery,
}

/// What the people chose whom something is to be told.
pub(crate) struct Audience {
    organization: Option<OrganizationId>,
    category: Category,
    chosen: HashMap<UserId, Chosen>,
}

impl Audience {
    /// Those of `users` who hear of it by `channel`.
    pub(crate) fn by(&self, channel: Channel, users: &[UserId]) -> Vec<UserId> {
        let hears = |user: &UserId| {
            let chosen = self.chosen.get(user);
            chosen.is_none_or(|chosen| chosen.is_enabled(self.organization, &self.category, channel))
        };
        users.iter().copied().filter(hears).collect()
    }
}

impl Preferences {
    /// Kept by `machinery`.
    pub(crate) const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// What a person may choose: in general first, then about each of their organizations.
    pub async fn list(
        &self,
        user: UserId,
        page: PageRequest,
    ) -> Result<Page<PreferencesOf>, NotificationError> {
        let work = async move |tx: &mut ReadTx| -> Result<_, NotificationError> {
            // What is general stands where an organization without an id would.
            let after = page.after.as_ref().map_or(Uuid::nil(), |after| after.id);
            let organizations = store::list_organizations(tx, user, after, page.fetch_limit()).await?;
            let general = page.after.is_none().then_some(None);
            let places = general.into_iter().chain(organizations.into_iter().map(Some));
            let places = Page::from_fetched(places.collect(), &page, |place: &Option<OrganizationId>| {
                Position {
                    key: String::new(),
                    id: place.map_or(Uuid::nil(), OrganizationId::uuid),
                }
            });
            let about: Vec<OrganizationId> = places.items.iter().copied().flatten().collect();
            let mut chosen = Chosen::default();
            for kept in store::list(tx, user, about.iter().copied()).await? {
                chosen.keep(kept);
            }
            for of in store::list_settings(tx, &[user]).await? {
                chosen.settings(of.settings);
            }
            let categories = store::list_categories(tx, about.iter().copied()).await?;
            Ok(places.map(|place| {
                let known = place.and_then(|organization| categories.get(&organization));
                chosen.all_about(place, known.map_or(&[], Vec::as_slice))
            }))
        };
        self.machinery.db.read(work).await
    }

    /// Makes these choices and leaves the others as they are; all of them, or none. Of two for the same place
    /// the later counts. Answers what follows for those places.
    pub async fn choose(
        &self,
        user: UserId,
        choices: Vec<Choice>,
    ) -> Result<Vec<Preference>, NotificationError> {
        model::check(&choices)?;
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let locked = store::lock_user(tx, user).await?;
            locked.ok_or(NotificationError::NotFound)?;
            require_membership(tx, user, &choices).await?;
            let choices = without_repeats(&choices);
            store::delete(tx, user, &choices).await?;
            store::insert(tx, user, &choices, now).await?;
            if store::count(tx, user, MOST_CHOICES + 1).await? > MOST_CHOICES {
                return Err(NotificationError::TooManyPreferences);
            }
            let mut chosen = Chosen::default();
            let about = choices.iter().filter_map(|choice| choice.organization);
            for kept in store::list(tx, user, about).await? {
                chosen.keep(kept);
            }
            for of in store::list_settings(tx, &[user]).await? {
                chosen.settings(of.settings);
            }
            let follows = choices.into_iter().map(|choice| Preference {
                organization: choice.organization,
                is_enabled: chosen.is_enabled(choice.organization, &choice.category, choice.channel),
                category: choice.category,
                channel: choice.channel,
            });
            Ok(follows.collect())
        };
        self.machinery.db.write(work).await
    }

    /// What these people chose about a category: asked once for all of them.
    pub(crate) async fn audience_in(
        &self,
        tx: &mut Tx,
        organization: Option<OrganizationId>,
        category: &Category,
        users: &[UserId],
    ) -> Result<Audience, DbError> {
        let mut chosen: HashMap<UserId, Chosen> = HashMap::new();
        if !category.is_mandatory() {
            for kept in store::list_of_category(tx, users, organization, category).await? {
                chosen.entry(kept.user).or_default().keep(kept);
            }
            for of in store::list_settings(tx, users).await? {
                chosen.entry(of.user).or_default().settings(of.settings);
            }
        }
        Ok(Audience {
            organization,
            category: category.clone(),
            chosen,
        })
    }

    /// Remembers that programs of an organization use a category, for those who choose.
    pub(crate) async fn remember_in(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        category: &Category,
    ) -> Result<(), DbError> {
        let now = self.machinery.clock.now();
        store::insert_category(tx, organization, category, now, MOST_CATEGORIES)
            .await
            .map(drop)
    }
}

/// The last for each place, in the order of the places.
fn without_repeats(choices: &[Choice]) -> Vec<Choice> {
    let mut seen = HashSet::new();
    let mut kept: Vec<Choice> = choices
        .iter()
        .rev()
        .filter(|choice| seen.insert((choice.organization, choice.category.as_str(), choice.channel)))
        .cloned()
        .collect();
    kept.reverse();
    kept
}

/// Every organization must be the person's; those that are not are named, all at once.
async fn require_membership(tx: &mut Tx, user: UserId, choices: &[Choice]) -> Result<(), NotificationError> {
    let named = choices.iter().filter_map(|choice| choice.organization);
    let mine: HashSet<OrganizationId> = store::list_memberships(tx, user, named)
        .await?
        .into_iter()
        .collect();
    let strange = |choice: &Choice| {
        let about = choice.organization;
        about.is_some_and(|organization| !mine.contains(&organization))
    };
    let faults: Vec<FieldError> = choices
        .iter()
        .enumerate()
        .filter(|(_, choice)| strange(choice))
        .map(|(place, _)| {
            let detail = "you are no member of such an organization";
            FieldError::new(
                format!("/preferences/{place}/organization_id"),
                "not_a_member",
                detail,
            )
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(NotificationError::Invalid(faults))
}
