//! What the page says, in its languages.

use web::html::Frame;

pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) email: &'static str,
    pub(super) email_fault: &'static str,
    pub(super) password: &'static str,
    pub(super) password_hint: &'static str,
    pub(super) show: &'static str,
    pub(super) hide: &'static str,
    pub(super) button: &'static str,
    pub(super) done_title: &'static str,
    pub(super) done: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) closed_title: &'static str,
    pub(super) closed: &'static str,
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

const ENGLISH: Words = Words {
    title: "Make the first account",
    text: "It owns this installation: it decides who else may run it.",
    email: "Email",
    email_fault: "Type an address like ada@example.com.",
    password: "Password",
    password_hint: "12 characters or more. A few unusual words are good.",
    show: "Show",
    hide: "Hide",
    button: "Make the account",
    done_title: "This installation is yours",
    done: "Sign in with the address and password that you just chose.",
    sign_in: "Sign in",
    closed_title: "This link does not work any more",
    closed: "It was used, is too old, or a newer one was printed. A server that has no owner prints a new link each time it starts.",
};

const GERMAN: Words = Words {
    title: "Das erste Konto anlegen",
    text: "Ihm gehört diese Installation: Es entscheidet, wer sie sonst noch betreibt.",
    email: "E-Mail",
    email_fault: "Geben Sie eine Adresse wie ada@example.com ein.",
    password: "Passwort",
    password_hint: "Mindestens 12 Zeichen. Gut sind ein paar ungewöhnliche Wörter.",
    show: "Zeigen",
    hide: "Verbergen",
    button: "Konto anlegen",
    done_title: "Diese Installation gehört Ihnen",
    done: "Melden Sie sich mit der Adresse und dem Passwort an, die Sie gerade gewählt haben.",
    sign_in: "Anmelden",
    closed_title: "Dieser Link gilt nicht mehr",
    closed: "Er wurde benutzt, ist zu alt, oder es gibt einen neueren. Ein Server ohne Inhaber zeigt bei jedem Start einen neuen Link.",
};

const FRENCH: Words = Words {
    title: "Créer le premier compte",
    text: "Cette installation lui appartient : il décide qui d’autre peut la gérer.",
    email: "E-mail",
    email_fault: "Saisissez une adresse comme ada@example.com.",
    password: "Mot de passe",
    password_hint: "12 caractères ou plus. Quelques mots inhabituels conviennent bien.",
    show: "Afficher",
    hide: "Masquer",
    button: "Créer le compte",
    done_title: "Cette installation est à vous",
    done: "Connectez-vous avec l’adresse et le mot de passe que vous venez de choisir.",
    sign_in: "Se connecter",
    closed_title: "Ce lien ne fonctionne plus",
    closed: "Il a été utilisé, il est trop ancien, ou un plus récent a été affiché. Un serveur sans propriétaire affiche un nouveau lien à chaque démarrage.",
};
