//! What people are told of what happens to them.

use async_trait::async_trait;
use db::Tx;
use events::{PublishError, Subscriber};
use kernel::RequestContext;
use kernel::event::organization::{MemberRemoved, MemberRolesChanged};
use serde_json::Map;

use crate::model::{Category, Channel, Content};
use crate::service::Notifications;

/// Tells members that their roles have changed, or that they are members no longer.
#[derive(Clone)]
pub struct TellMembers(Notifications);

impl TellMembers {
    /// A subscriber that writes into these feeds.
    pub const fn new(notifications: Notifications) -> Self {
        Self(notifications)
    }
}

#[async_trait(?Send)]
impl Subscriber<MemberRolesChanged> for TellMembers {
    async fn on(
        &self,
        tx: &mut Tx,
        _: &RequestContext,
        event: &MemberRolesChanged,
    ) -> Result<(), PublishError> {
        let whom = (event.organization_id, event.user_id);
        let words = |name: &str| line(format!("Your roles in {name} have changed"));
        Ok(self.0.tell_member_in(tx, whom, words).await?)
    }
}

#[async_trait(?Send)]
impl Subscriber<MemberRemoved> for TellMembers {
    async fn on(&self, tx: &mut Tx, _: &RequestContext, event: &MemberRemoved) -> Result<(), PublishError> {
        let whom = (event.organization_id, event.user_id);
        let words = |name: &str| line(format!("You are no longer a member of {name}"));
        Ok(self.0.tell_member_in(tx, whom, words).await?)
    }
}

fn line(title: String) -> Content {
    Content {
        category: Category::ORGANIZATION,
        title,
        body: String::new(),
        link: None,
        data: Map::new(),
        channels: vec![Channel::InApp],
    }
}
