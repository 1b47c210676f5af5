//! Texts that somebody writes: whether they can be used, and what a mail of them looks like.

use kernel::Locale;

use crate::error::TemplateError;
use crate::source::Source;
use crate::template::Template;
use crate::templates::{SAMPLE_PRODUCT, Templates, to_nobody};

/// A mail that nobody gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// In one line.
    pub subject: String,
    /// For readers of plain text.
    pub text: String,
    /// For the others.
    pub html: String,
}

impl Templates {
    /// Writes a mail of this text with all variables and with the required ones only, so that a slip is found
    /// by its writer and not by a reader. Answers the first.
    pub fn try_source(
        &self,
        template: Template,
        locale: &Locale,
        source: &Source,
    ) -> Result<Preview, TemplateError> {
        let letter =
            |variables: serde_json::Value| self.letter(template, locale, source, SAMPLE_PRODUCT, &variables);
        letter(template.samples(|variable| variable.is_required))?;
        letter(template.samples(|_| true))
    }

    /// Writes a mail of this text with samples, in whose place `variables` are put.
    pub fn preview(
        &self,
        template: Template,
        locale: &Locale,
        source: &Source,
        product_name: &str,
        variables: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Preview, TemplateError> {
        let mut told = template.samples(|_| true);
        if let Some(told) = told.as_object_mut() {
            told.extend(variables.clone());
        }
        self.letter(template, locale, source, product_name, &told)
    }

    fn letter(
        &self,
        template: Template,
        locale: &Locale,
        source: &Source,
        product_name: &str,
        variables: &serde_json::Value,
    ) -> Result<Preview, TemplateError> {
        let letter = to_nobody(template, product_name, variables, |told| {
            self.render_source(source, locale, told)
        })?;
        Ok(Preview {
            subject: letter.subject,
            text: letter.text,
            html: letter.html,
        })
    }
}

#[cfg(test)]
mod tests;
