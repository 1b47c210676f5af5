//! What a text looks like before anybody gets it.

use db::ReadTx;
use kernel::{FieldError, Locale};
use mail::{Declared, Preview, Source};
use serde_json::{Map, Value};

use super::Templates;
use crate::error::MessagingError;
use crate::template::model::{TemplateName, TemplateText, bounded, check_variables, declared, parsed};
use crate::template::resolve::default_of;
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

impl Templates {
    /// What a mail of this text looks like, with samples in place of what `variables` does not hold.
    pub async fn preview(&self, new: NewPreview) -> Result<Preview, MessagingError> {
        let text = self.looked_at(&new).await?;
        self.show(&text, &new.variables)
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

    /// A mail to nobody of this text.
    fn show(&self, text: &TemplateText, variables: &Map<String, Value>) -> Result<Preview, MessagingError> {
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
        let rendered = compiled.preview(variables)?;
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
