//! Mails that report about mails: that one was not delivered (RFC 3464), or that its reader complained (RFC 5965).

use kernel::{EmailAddress, MessageId, Timestamp};
use mail::ReportKind;
use ports::mail::is_no_mailbox;

use super::mime::{Fields, Part, paragraphs};
use super::model::{MailReport, message_of, shortened};

/// The most recipients of one report; each of our mails has one.
const MOST_RECIPIENTS: usize = 20;

/// What a mail reports; nothing when it is no report, or about none of our mails: who only knows an address could
/// have written it.
pub(crate) fn read(mail: &[u8]) -> Vec<MailReport> {
    let mail = Part::read(mail);
    let parts = mail.parts();
    let Some(message) = parts.iter().find_map(returned_message) else {
        return Vec::new();
    };
    let occurred_at = mail.fields.date().and_then(|date| date.parse().ok());
    let mut reports = Vec::new();
    for part in &parts {
        match part.fields.media_type().as_str() {
            "message/delivery-status" | "message/global-delivery-status" => {
                let groups = paragraphs(part.body, MOST_RECIPIENTS);
                let statuses = groups.into_iter().map(Fields::read);
                reports.extend(statuses.filter_map(|status| delivery(&status, message, occurred_at)));
            }
            "message/feedback-report" => {
                reports.extend(feedback(&Fields::read(part.body), message, occurred_at));
            }
            _ => {}
        }
    }
    reports
}

/// Which mail came back, by its whole text or only its fields.
fn returned_message(part: &Part<'_>) -> Option<MessageId> {
    let returns_it = matches!(
        part.fields.media_type().as_str(),
        "message/rfc822" | "text/rfc822-headers" | "message/global" | "message/global-headers"
    );
    let returned = returns_it.then(|| Part::read(part.body))?;
    message_of(returned.fields.message_id()?)
}

/// Of a group of fields about a recipient; the first group is about the mail as a whole.
fn delivery(status: &Fields<'_>, message: MessageId, occurred_at: Option<Timestamp>) -> Option<MailReport> {
    let action = status.get("action")?.to_ascii_lowercase();
    let code = status.get("status").unwrap_or_default();
    let code = code.split(' ').next().unwrap_or_default();
    let kind = match action.as_str() {
        "failed" if is_no_mailbox(code) => Some(ReportKind::BounceHard),
        "failed" => Some(ReportKind::BounceSoft),
        _ => None,
    };
    // A forwarder has another address in the end; what counts is the one that we sent it to.
    let recipient = status
        .get("original-recipient")
        .or_else(|| status.get("final-recipient"));
    let diagnostic = status.get("diagnostic-code").unwrap_or_default();
    Some(MailReport {
        kind,
        message: Some(message),
        recipient: recipient.as_deref().and_then(address),
        detail: shortened(format!("{code} {diagnostic}").trim()),
        occurred_at,
    })
}

fn feedback(fields: &Fields<'_>, message: MessageId, occurred_at: Option<Timestamp>) -> Option<MailReport> {
    let feedback = fields.get("feedback-type")?.to_ascii_lowercase();
    let is_complaint = matches!(feedback.as_str(), "abuse" | "fraud");
    let reporter = fields.get("user-agent").unwrap_or_default();
    Some(MailReport {
        kind: is_complaint.then_some(ReportKind::Complaint),
        message: Some(message),
        // Often blacked out (RFC 6590), and then no address.
        recipient: fields.get("original-rcpt-to").as_deref().and_then(address),
        detail: shortened(format!("{feedback} {reporter}").trim()),
        occurred_at,
    })
}

/// `rfc822; ada@example.com`, or the address alone.
fn address(text: &str) -> Option<EmailAddress> {
    let address = text.split_once(';').map_or(text, |(_, address)| address).trim();
    let address = address.strip_prefix('<').unwrap_or(address);
    address.strip_suffix('>').unwrap_or(address).parse().ok()
}

#[cfg(test)]
mod tests;
