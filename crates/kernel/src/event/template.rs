//! What happens to the texts of mails.

use super::events;
use crate::id::{OrganizationId, TemplateId};
use crate::locale::Locale;

events! {
    /// A text is the one that mails are made of from now on.
    TemplatePublished = "template.published" {
        /// Whose it is; none for the platform's.
        organization_id: Option<OrganizationId>,
        /// The version that was published.
        template_id: TemplateId,
        /// Which mail.
        key: String,
        /// In which language.
        locale: Locale,
        /// Counts the texts of that mail in that language.
        version: i64,
    } within organization_id on template_id;

    /// A template is not used any more, in any language.
    TemplateDeleted = "template.deleted" {
        /// Whose it is; none for the platform's.
        organization_id: Option<OrganizationId>,
        /// Which mail.
        key: String,
    } within organization_id;

    /// Mails are made of the text that the product brings along again.
    TemplateReset = "template.reset" {
        /// The version that was published until then.
        template_id: TemplateId,
        /// Which mail.
        key: String,
        /// In which language.
        locale: Locale,
    } on template_id;
}
