//! What the page says, in the languages of the hosted pages.

use web::html::Frame;

/// Everything that the page may say.
pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) text: fn(sender: &str, kind: &str, email: &str) -> String,
    pub(super) stop: &'static str,
    pub(super) stop_all: fn(sender: &str) -> String,
    pub(super) again: &'static str,
    pub(super) done_title: &'static str,
    pub(super) done: fn(sender: &str, kind: &str, email: &str) -> String,
    pub(super) all_done: fn(sender: &str, email: &str) -> String,
    pub(super) stopped: fn(sender: &str, email: &str) -> String,
    pub(super) still: &'static str,
    pub(super) invalid_title: &'static str,
    pub(super) invalid: &'static str,
    pub(super) mandatory_title: &'static str,
    pub(super) mandatory: &'static str,
}

impl Words {
    pub(super) fn of(frame: &Frame) -> &'static Self {
        match frame.locale.as_str() {
            "de" => &GERMAN,
            "fr" => &FRENCH,
            _ => &ENGLISH,
        }
    }
}

static ENGLISH: Words = Words {
    title: "Unsubscribe?",
    text: |sender, kind, email| format!("{sender} sends mail of the kind “{kind}” to {email}."),
    stop: "Unsubscribe",
    stop_all: |sender| format!("Stop all mail from {sender}"),
    again: "Undo: send it again",
    done_title: "You are unsubscribed",
    done: |sender, kind, email| format!("{sender} sends no more mail of the kind “{kind}” to {email}."),
    all_done: |sender, email| format!("{sender} sends no more mail to {email}."),
    stopped: |sender, email| format!("{sender} sends no mail to {email}."),
    still: "Mail that belongs to something you do, or to the safety of your account, still comes.",
    invalid_title: "This link does not hold",
    invalid: "It may have been cut off. Open it again from the mail, or copy all of it.",
    mandatory_title: "This mail can’t be stopped",
    mandatory: "It belongs to something you do, or to the safety of your account.",
};

static GERMAN: Words = Words {
    title: "Abbestellen?",
    text: |sender, kind, email| format!("{sender} sendet Mails der Art „{kind}“ an {email}."),
    stop: "Abbestellen",
    stop_all: |sender| format!("Alle Mails von {sender} abbestellen"),
    again: "Rückgängig: wieder senden",
    done_title: "Sie sind abgemeldet",
    done: |sender, kind, email| format!("{sender} sendet keine Mails der Art „{kind}“ mehr an {email}."),
    all_done: |sender, email| format!("{sender} sendet keine Mails mehr an {email}."),
    stopped: |sender, email| format!("{sender} sendet keine Mails an {email}."),
    still: "Mails, die zu etwas gehören, das Sie tun, oder zur Sicherheit Ihres Kontos, kommen weiterhin.",
    invalid_title: "Dieser Link gilt nicht",
    invalid: "Vielleicht wurde er abgeschnitten. Öffnen Sie ihn noch einmal aus der Mail oder kopieren Sie ihn ganz.",
    mandatory_title: "Diese Mail lässt sich nicht abbestellen",
    mandatory: "Sie gehört zu etwas, das Sie tun, oder zur Sicherheit Ihres Kontos.",
};

static FRENCH: Words = Words {
    title: "Se désabonner ?",
    text: |sender, kind, email| format!("{sender} envoie des e-mails de type « {kind} » à {email}."),
    stop: "Se désabonner",
    stop_all: |sender| format!("Ne plus recevoir d’e-mails de {sender}"),
    again: "Annuler : recevoir de nouveau",
    done_title: "Vous êtes désabonné",
    done: |sender, kind, email| format!("{sender} n’envoie plus d’e-mails de type « {kind} » à {email}."),
    all_done: |sender, email| format!("{sender} n’envoie plus d’e-mails à {email}."),
    stopped: |sender, email| format!("{sender} n’envoie pas d’e-mails à {email}."),
    still: "Les e-mails liés à ce que vous faites ou à la sécurité de votre compte arrivent toujours.",
    invalid_title: "Ce lien n’est pas valable",
    invalid: "Il a peut-être été coupé. Ouvrez-le de nouveau depuis l’e-mail ou copiez-le en entier.",
    mandatory_title: "Cet e-mail ne peut pas être arrêté",
    mandatory: "Il est lié à ce que vous faites ou à la sécurité de votre compte.",
};
