//! What a text looks like before anybody gets it.

use db::{DbError, ReadTx, Tx};
use kernel::{ApiKeyId, EmailAddress, FieldError, Locale, MessageId, RequestContext, UserId};
use mail::{Declared, LetterTo, MessageStatus, NewLetter, Post, Preview, Source};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Templates;
use super::resolve::default_of;
use crate::error::MessagingError;
use crate::template::model::{TemplateName, TemplateText, bounded, check_variables, declared, parsed};
use crate::template::store;

/// A text to look at.
#[derive(Debug, Clone)]
pub struct NewPreview {
    /// Which template, and whose.
    pub of: TemplateName,
    /// In which language; English when absent.
    pub locale: Option<Locale>,
    /// Which version, where no text is given; what is used, or else the newest draft, when absent.
    pub version: Option<i64>,
    /// A text that need not be kept anywhere.
    pub source: Option<Source>,
    /// What that text declares; what its template declares when absent.
    pub declarations: Option<Vec<Declared>>,
    /// What is put in the place of samples.
    pub variables: Map<String, Value>,
}

/// Who has a test mail sent to themselves.
#[derive(Debug, Clone, Copy)]
pub struct Tester {
    /// The person who asks, or whose key it is.
    pub user: Option<UserId>,
    /// The key that it was asked with.
    pub api_key: Option<ApiKeyId>,
}

/// A test mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tested {
    /// Its id.
    pub id: MessageId,
    /// Who gets it.
    pub to: EmailAddress,
    /// How it stands.
    pub status: MessageStatus,
}

impl Templates {
    /// What a mail of this text looks like, with samples in place of what `variables` does not hold.
    pub async fn preview(&self, new: NewPreview) -> Result<Preview, MessagingError> {
        let text = self.looked_at(&new).await?;
        self.show(&text, None, &new.variables)
    }

    /// Sends such a mail to whoever asks for it: to their own, confirmed address and to no other, so that nobody is
    /// written to who did not ask. Once per idempotency key.
    pub async fn test_send(
        &self,
        context: &RequestContext,
        new: NewPreview,
        tester: Tester,
    ) -> Result<Tested, MessagingError> {
        let text = self.looked_at(&new).await?;
        let user = tester.user.ok_or(MessagingError::NoAddress)?;
        let work = async move |tx: &mut ReadTx| store::find_address(tx, user).await;
        let address: Option<EmailAddress> = self.machinery.db.read(work).await?;
        let to = address.ok_or(MessagingError::NoAddress)?;
        let shown = self.show(&text, Some(&to), &new.variables)?;
        let post = Post {
            organization: new.of.organization,
            created_by: Some(user),
            api_key: tester.api_key,
            category: text.category,
            template: Some(new.of.key),
            from: None,
            reply_to: None,
            send_at: None,
            attachments: Vec::new(),
            letters: vec![NewLetter {
                to,
                user: Some(user),
                locale: text.locale,
                template_version: Some(text.version),
                subject: format!("[Test] {}", shown.subject),
                text: shown.text,
                html: shown.html,
                metadata: serde_json::json!({}),
            }],
        };
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| {
                let posted = this.machinery.mailer.post(tx, &post).await?;
                let posted = posted.into_iter().next().ok_or(DbError::NoRow)?;
                Ok(Tested {
                    id: posted.id,
                    to: posted.to,
                    status: posted.status,
                })
            };
            this.machinery.idempotency.once(tx, &context, now, make).await
        };
        self.machinery.db.write(work).await
    }

    /// The text that a preview is of.
    async fn looked_at(&self, new: &NewPreview) -> Result<TemplateText, MessagingError> {
        let locale = new.locale.clone().unwrap_or_default();
        let Some(source) = &new.source else {
            return match new.version {
                Some(version) => self.get_version(new.of.clone(), &locale, version).await,
                None => Ok(self.get(new.of.clone(), &locale).await?.text),
            };
        };
        let source = bounded(source.clone())?;
        let variables = match &new.declarations {
            Some(declarations) => declarations.clone(),
            None => self.declared_in(&new.of).await?,
        };
        Ok(TemplateText::unkept(new.of.clone(), locale, source, variables))
    }

    async fn declared_in(&self, of: &TemplateName) -> Result<Vec<Declared>, MessagingError> {
        if let Some(template) = of.built_in() {
            return Ok(declared(template));
        }
        let of = of.clone();
        let work = async move |tx: &mut ReadTx| store::list_heads(tx, of.organization, &[&of.key]).await;
        let heads: Vec<store::Head> = self.machinery.db.read(work).await?;
        let default = default_of(&heads);
        let here = heads.iter().filter(|head| Some(head.locale.as_str()) == default);
        let newest = here.max_by_key(|head| head.version);
        Ok(newest.map(|head| head.variables.clone()).unwrap_or_default())
    }

    /// A mail of this text to who tries it out, or to nobody.
    fn show(
        &self,
        text: &TemplateText,
        to: Option<&EmailAddress>,
        variables: &Map<String, Value>,
    ) -> Result<Preview, MessagingError> {
        let mailer = &self.machinery.mailer;
        let (templates, product_name) = (mailer.templates(), mailer.product_name());
        let source = text.source();
        if let Some(template) = text.of.built_in() {
            check_variables(template, variables)?;
            return Ok(templates.preview(template, &text.locale, &source, product_name, variables)?);
        }
        let declared = parsed(text.variables.clone())?;
        let mut faults: Vec<FieldError> = declared.faults(variables);
        // Samples stand in for what is missing.
        faults.retain(|fault| fault.code != "required" || variables.contains_key(named(fault)));
        if !faults.is_empty() {
            return Err(MessagingError::Invalid(faults));
        }
        let owner = text.of.owner();
        let compiled = templates.compile(owner, &text.locale, &source, declared, product_name)?;
        let rendered = match to {
            None => compiled.preview(variables)?,
            Some(recipient) => {
                let unsubscribe = mailer.unsubscribe_link(text.of.organization, recipient, &text.category);
                compiled.try_for(&LetterTo {
                    recipient,
                    unsubscribe_url: unsubscribe.as_deref(),
                    variables,
                })?
            }
        };
        Ok(Preview {
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
        })
    }
}

/// The variable that a fault is about.
fn named(fault: &FieldError) -> &str {
    fault.pointer.strip_prefix("/variables/").unwrap_or_default()
}
