//! What the page says, in the languages of the hosted pages.

use web::html::Frame;

/// Everything that the page may say.
pub(super) struct Words {
    pub(super) title: fn(organization: &str) -> String,
    pub(super) text: fn(inviter: Option<&str>, organization: &str, role: &str) -> String,
    pub(super) sent_to: fn(email: &str) -> String,
    pub(super) signed_in_as: fn(reader: &str) -> String,
    pub(super) other_address: fn(email: &str, reader: &str) -> String,
    pub(super) join: fn(organization: &str) -> String,
    pub(super) sign_up: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) joined_title: &'static str,
    pub(super) joined: fn(organization: &str) -> String,
    pub(super) invalid_title: &'static str,
    pub(super) invalid: &'static str,
    pub(super) refused_title: &'static str,
    pub(super) already_member: &'static str,
    pub(super) seats_taken: &'static str,
    pub(super) email_not_verified: &'static str,
    pub(super) domain_not_allowed: &'static str,
    pub(super) back: &'static str,
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
    title: |organization| format!("Join {organization}"),
    text: |inviter, organization, role| match inviter {
        Some(inviter) => format!("{inviter} invites you to {organization}. Your role will be: {role}."),
        None => format!("You are invited to {organization}. Your role will be: {role}."),
    },
    sent_to: |email| format!("The invite was sent to {email}. Use that address."),
    signed_in_as: |reader| format!("You are signed in as {reader}."),
    other_address: |email, reader| {
        format!(
            "The invite was sent to {email}, but you are signed in as {reader}. Sign in with that address."
        )
    },
    join: |organization| format!("Join {organization}"),
    sign_up: "Create an account",
    sign_in: "I have an account: sign in",
    joined_title: "You are in",
    joined: |organization| format!("You are a member of {organization} now."),
    invalid_title: "This invite does not hold any more",
    invalid: "It may have been used, taken back, or it is too old. Ask for a new one.",
    refused_title: "That did not work",
    already_member: "You are a member already.",
    seats_taken: "Every seat is taken. Ask whoever invited you.",
    email_not_verified: "Confirm your e-mail address first, then open the invite again.",
    domain_not_allowed: "This invite is for addresses of certain domains only.",
    back: "Back to the start",
};

static GERMAN: Words = Words {
    title: |organization| format!("{organization} beitreten"),
    text: |inviter, organization, role| match inviter {
        Some(inviter) => format!("{inviter} lädt Sie zu {organization} ein. Ihre Rolle wird sein: {role}."),
        None => format!("Sie sind zu {organization} eingeladen. Ihre Rolle wird sein: {role}."),
    },
    sent_to: |email| format!("Die Einladung ging an {email}. Verwenden Sie diese Adresse."),
    signed_in_as: |reader| format!("Sie sind angemeldet als {reader}."),
    other_address: |email, reader| {
        format!(
            "Die Einladung ging an {email}, Sie sind aber angemeldet als {reader}. Melden Sie sich mit jener \
             Adresse an."
        )
    },
    join: |organization| format!("{organization} beitreten"),
    sign_up: "Konto anlegen",
    sign_in: "Ich habe ein Konto: anmelden",
    joined_title: "Sie sind dabei",
    joined: |organization| format!("Sie sind jetzt Mitglied von {organization}."),
    invalid_title: "Diese Einladung gilt nicht mehr",
    invalid: "Vielleicht wurde sie benutzt oder zurückgenommen, oder sie ist zu alt. Bitten Sie um eine neue.",
    refused_title: "Das hat nicht geklappt",
    already_member: "Sie sind schon Mitglied.",
    seats_taken: "Alle Plätze sind vergeben. Fragen Sie die Person, die Sie eingeladen hat.",
    email_not_verified: "Bestätigen Sie zuerst Ihre E-Mail-Adresse und öffnen Sie die Einladung dann noch einmal.",
    domain_not_allowed: "Diese Einladung gilt nur für Adressen bestimmter Domains.",
    back: "Zurück zum Anfang",
};

static FRENCH: Words = Words {
    title: |organization| format!("Rejoindre {organization}"),
    text: |inviter, organization, role| match inviter {
        Some(inviter) => {
            format!("{inviter} vous invite à rejoindre {organization}. Votre rôle sera : {role}.")
        }
        None => format!("Vous êtes invité à rejoindre {organization}. Votre rôle sera : {role}."),
    },
    sent_to: |email| format!("L’invitation a été envoyée à {email}. Utilisez cette adresse."),
    signed_in_as: |reader| format!("Vous êtes connecté en tant que {reader}."),
    other_address: |email, reader| {
        format!(
            "L’invitation a été envoyée à {email}, mais vous êtes connecté en tant que {reader}. \
             Connectez-vous avec cette adresse-là."
        )
    },
    join: |organization| format!("Rejoindre {organization}"),
    sign_up: "Créer un compte",
    sign_in: "J’ai un compte : me connecter",
    joined_title: "Vous y êtes",
    joined: |organization| format!("Vous êtes maintenant membre de {organization}."),
    invalid_title: "Cette invitation n’est plus valable",
    invalid: "Elle a peut-être été utilisée ou retirée, ou elle est trop ancienne. Demandez-en une nouvelle.",
    refused_title: "Cela n’a pas fonctionné",
    already_member: "Vous êtes déjà membre.",
    seats_taken: "Toutes les places sont prises. Demandez à la personne qui vous a invité.",
    email_not_verified: "Confirmez d’abord votre adresse e-mail, puis ouvrez de nouveau l’invitation.",
    domain_not_allowed: "Cette invitation est réservée aux adresses de certains domaines.",
    back: "Retour au début",
};
