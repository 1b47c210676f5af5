//! Writing them.

use db::{DbError, Tx};
use kernel::{OrganizationId, UserId};
use mail::{Mail, MessageStatus, Post, Template};
use serde_json::json;

use super::store;
use crate::machinery::Machinery;
use crate::model::{Content, Link};

/// Mails about single notifications. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Letters {
    machinery: Machinery,
}

impl Letters {
    pub(crate) const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Mails it to those of `users` who get mail, and answers who they are.
    pub(crate) async fn send_in(
        &self,
        tx: &mut Tx,
        organization: Option<OrganizationId>,
        users: &[UserId],
        content: &Content,
    ) -> Result<Vec<UserId>, DbError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let name = match organization {
            Some(organization) => store::find_organization_name(tx, organization).await?,
            None => None,
        };
        let link = content.link.as_ref().map(Link::as_str);
        let link = link.map(|link| self.machinery.address_of(link));
        let category: mail::Category = content.category.as_str().parse().map_err(DbError::internal)?;
        let readers = store::list_readers(tx, users).await?;
        let mailer = &self.machinery.mailer;
        let mails: Vec<Mail<'_>> = readers
            .iter()
            .map(|reader| Mail {
                to: &reader.email,
                template: Template::Notification,
                locale: &reader.locale,
                user: Some(reader.user),
                organization,
                variables: json!({
                    "title": content.title,
                    "body": Some(&content.body).filter(|body| !body.is_empty()),
                    "link": link.as_deref(),
                    "organization": name,
                    "unsubscribe_url": mailer.unsubscribe_link(organization, &reader.email, &category),
                }),
            })
            .collect();
        let letters = mailer.compose(tx, &mails).await?;
        let post = Post {
            organization,
            created_by: None,
            api_key: None,
            category,
            template: Some(Template::Notification.key().to_owned()),
            from: None,
            reply_to: None,
            send_at: None,
            attachments: Vec::new(),
            letters,
        };
        let posted = mailer.post(tx, &post).await?;
        let told = readers.into_iter().zip(posted);
        Ok(told
            .filter(|(_, posted)| posted.status != MessageStatus::Suppressed)
            .map(|(reader, _)| reader.user)
            .collect())
    }
}
