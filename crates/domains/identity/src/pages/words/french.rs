//! French.

use super::{
    Account, Accounts, Authenticator, Confirm, EmailChange, Faults, Fields, Inbox, MagicLink, Passkeys,
    Password, Recovery, Reset, SecondFactor, Security, Sentence, SignIn, SignUp, Social, Undo, Verification,
    Words,
};

pub(super) static WORDS: Words = Words {
    fields: Fields {
        name: "Nom (facultatif)",
        email: "E-mail",
        email_example: "vous@entreprise.fr",
        password: "Mot de passe",
        password_hint: |least| {
            format!("Au moins {least} caractères. Quelques mots sans lien se retiennent facilement.")
        },
        show: "Afficher",
        hide: "Masquer",
    },
    faults: Faults {
        email: "Saisissez une adresse e-mail, comme ada@example.com.",
        name: "Au plus 200 caractères sur une ligne.",
        password_short: |least| {
            format!("Au moins {least} caractères ; quelques mots sans lien se retiennent facilement.")
        },
        password_long: "Au plus 128 caractères.",
        password_weak: "C’est trop facile à deviner. Ajoutez des mots sans lien, et omettez votre nom et votre \
                        adresse.",
        wrong_pair: "Cet e-mail et ce mot de passe ne vont pas ensemble. Réessayez, ou faites-vous envoyer un lien.",
        password_locked: "Il y a eu trop de mots de passe erronés. Choisissez-en un nouveau avec « Oublié ? ».",
        email_taken: "Un compte existe avec cette adresse. Connectez-vous plutôt.",
        invite: "L’invitation n’est plus valable. Demandez-en une nouvelle.",
        code: "Ce code n’est pas le bon, ou il est trop ancien. Vérifiez, ou faites-en envoyer un autre.",
        email_domain: "Les adresses de ce domaine ne permettent pas de s’inscrire ici.",
        email_disposable: "C’est une adresse jetable. Utilisez-en une qui reste à vous.",
        sign_up_closed: "L’inscription se fait sur invitation. Ouvrez le lien de votre invitation pour \
                         continuer.",
        sign_up_waitlisted: "Il y a une liste d’attente. Vous recevrez un e-mail quand ce sera votre tour.",
        challenge: "Le calcul de votre navigateur était trop ancien ou déjà utilisé. Envoyez de nouveau le \
                    formulaire.",
    },
    sign_in: SignIn {
        title: "Se connecter",
        newcomer: |product| format!("Nouveau sur {product} ?"),
        create: "Créer un compte",
        forgot: "Oublié ?",
        go: "Se connecter",
        mail_link: "M’envoyer un lien de connexion",
        passkey: "Utiliser une clé d’accès",
        or: "ou",
        provider: |name| format!("Continuer avec {name}"),
        away_title: "Vous êtes connecté",
        away: |host| format!("Continuez vers {host}, d’où vous venez."),
        away_go: "Continuer",
    },
    sign_up: SignUp {
        title: "Créer un compte",
        known: "Vous avez un compte ?",
        sign_in: "Se connecter",
        go: "Créer le compte",
        needs_script: "Avant l’inscription, votre navigateur doit calculer un instant, ce qui demande \
                       JavaScript. Activez-le et rouvrez cette page.",
        working: "Un instant, votre navigateur calcule…",
        failed: "Cela n’a pas fonctionné. Réessayez.",
    },
    inbox: Inbox {
        title: "Consultez votre boîte de réception",
        sign_in: Sentence {
            before: "S’il existe un compte pour",
            after: |minutes| {
                format!(
                    ", un lien de connexion est en route. Il sert une fois, pendant {minutes} minutes, dans ce \
                     navigateur."
                )
            },
        },
        sign_up: Sentence {
            before: "Nous avons envoyé un message à",
            after: |_| String::from(". Ouvrez le lien qu’il contient, et votre compte est prêt."),
        },
        reset: Sentence {
            before: "S’il existe un compte pour",
            after: |minutes| {
                format!(
                    ", un lien pour choisir un nouveau mot de passe est en route. Il sert une fois, pendant \
                     {minutes} minutes."
                )
            },
        },
        nowhere: "Si vous avez demandé un lien de connexion dans ce navigateur, ouvrez-le ici, ou saisissez le \
                  code qui l’accompagne.",
        code: "Ou saisissez le code à 8 chiffres du message",
        go: "Continuer",
        spam: "Rien ? Regardez dans les indésirables, ou",
        again: "faites-en envoyer un autre",
        other_way: "Se connecter autrement",
    },
    verification: Verification {
        title: "Confirmez votre adresse",
        text: |email| format!("{email} est-elle votre adresse ? Confirmez-la, et votre compte est prêt."),
        go: "Confirmer mon adresse",
        done_title: "Votre adresse est confirmée",
        done: "Votre compte est prêt. Connectez-vous pour l’utiliser.",
        sign_in: "Se connecter",
        bad_title: "Ce lien ne fonctionne plus",
        again: "Il a été utilisé, ou il est trop ancien. Saisissez votre adresse, et nous en envoyons un autre.",
        again_go: "En envoyer un autre",
        first_title: "Confirmez d’abord votre adresse",
        first: "Votre compte s’ouvre dès que vous avez suivi le lien de notre message. Nous pouvons le renvoyer.",
    },
    reset: Reset {
        ask_title: "Mot de passe oublié ?",
        ask: "Saisissez votre adresse, et nous vous envoyons un lien pour en choisir un nouveau.",
        ask_go: "Envoyer le lien",
        set_title: "Choisissez un nouveau mot de passe",
        set: "Vous serez déconnecté partout ailleurs.",
        new_password: "Nouveau mot de passe",
        set_go: "Enregistrer le mot de passe",
        done_title: "Votre mot de passe est enregistré",
        done: "Connectez-vous avec lui. Toutes les personnes connectées ont été déconnectées.",
        bad_title: "Ce lien ne fonctionne plus",
        bad: "Il a été utilisé, ou il est trop ancien. Saisissez votre adresse, et nous en envoyons un autre.",
    },
    magic_link: MagicLink {
        title: "Se connecter",
        text: "Vous avez demandé ce lien. Continuez, et vous êtes connecté dans ce navigateur.",
        go: "Se connecter",
        elsewhere_title: "Saisissez le code là où vous avez commencé",
        elsewhere: "Ce lien ne fonctionne que dans le navigateur qui l’a demandé. Saisissez-y le code à 8 chiffres \
                    du message. Si vous ne l’avez pas demandé, fermez cette page : personne n’entre.",
        bad_title: "Ce lien ne fonctionne plus",
        bad: "Il a été utilisé, il est trop ancien, ou un plus récent a été envoyé.",
        start_over: "En demander un autre",
    },
    second_factor: SecondFactor {
        title: "Encore une étape",
        text: "Montrez que c’est bien vous avec votre second facteur.",
        code: "Code",
        hint: "Celui de votre application d’authentification, ou un des codes de secours que vous avez notés.",
        go: "Continuer",
        wrong: "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant, ou essayez-en un autre.",
        over_title: "Veuillez recommencer",
        over: "Cette connexion est trop ancienne, ou il y a eu trop de codes erronés.",
        start_over: "Se connecter à nouveau",
    },
    email_change: EmailChange {
        title: "Changer l’adresse ?",
        text: |old, new| {
            format!("Le compte passe de {old} à {new}, une fois que les deux boîtes ont donné leur accord.")
        },
        go: "Oui, la changer",
        waits_title: "Encore une boîte",
        waits_for_old: "Ouvrez maintenant le message à votre ancienne adresse, et donnez-y aussi votre accord.",
        waits_for_new: "Ouvrez maintenant le message à votre nouvelle adresse, et donnez-y aussi votre accord.",
        done_title: "Votre adresse est changée",
        done: "Connectez-vous désormais avec la nouvelle.",
        taken_title: "Cette adresse est prise",
        taken: "Un autre compte l’a entre-temps. Rien n’a été changé.",
        bad_title: "Ce lien ne fonctionne plus",
        bad: "Il a été utilisé, il est trop ancien, ou le changement a été abandonné. Rien n’a été changé.",
        undo: Undo {
            title: "Annuler le changement ?",
            text: |old| {
                format!(
                    "Le compte revient à {old}. Toutes les personnes connectées sont déconnectées, et vous \
                     choisissez un nouveau mot de passe."
                )
            },
            go: "Annuler le changement",
            done_title: "Le changement est annulé",
            done: "Votre compte a retrouvé son ancienne adresse. Ouvrez le message que nous venons d’y envoyer, et \
                   choisissez un nouveau mot de passe.",
        },
    },
    social: Social {
        title: "Vous n’êtes pas connecté",
        over: "Cette connexion a expiré ou a été commencée dans un autre navigateur. Recommencez.",
        denied: "Le fournisseur n’a pas confirmé la connexion, ou vous l’avez annulée. Rien n’a été modifié.",
        not_held: "Ce que le fournisseur a renvoyé n’est pas valable. Recommencez.",
        unverified: "Le fournisseur n’a pas confirmé votre adresse e-mail. Confirmez-la chez lui, ou connectez-vous \
                     autrement.",
        exists: "Un compte existe déjà avec votre adresse e-mail. Connectez-vous comme d’habitude, puis associez \
                 le fournisseur dans votre compte.",
        taken: "Quelqu’un d’autre se connecte avec ce compte du fournisseur. Rien n’a été modifié.",
        failed: "Le fournisseur ne répond pas comme il le devrait. Réessayez plus tard, ou connectez-vous \
                 autrement.",
        back: "Retour à la connexion",
    },
    account: Account {
        title: "Votre compte",
        signed_in_as: "Vous êtes connecté en tant que",
        sessions: "Où vous êtes connecté",
        this_one: "Ce navigateur",
        last_seen: "dernière utilisation",
        end: "Déconnecter",
        end_others: "Déconnecter partout ailleurs",
        sign_out: "Se déconnecter",
        security: "Connexion et sécurité",
        unknown_device: "Un programme inconnu",
        on: "sur",
    },
    security: Security {
        title: "Connexion et sécurité",
        back: "Retour à votre compte",
        password: Password {
            title: "Mot de passe",
            change: "Changer le mot de passe",
            note: "Vous serez déconnecté partout ailleurs.",
            current: "Mot de passe actuel",
            new: "Nouveau mot de passe",
            go: "Changer le mot de passe",
            wrong: "Ce n’est pas votre mot de passe actuel.",
            done: "Votre mot de passe est changé.",
        },
        authenticator: Authenticator {
            title: "Application d’authentification",
            off: "Des codes d’une application sur votre téléphone, demandés après le mot de passe.",
            on: "Activée. Un code est demandé à la connexion.",
            add: "Configurer une application",
            remove: "Retirer l’application",
            scan: "Scannez cette image avec votre application d’authentification, puis saisissez le code affiché.",
            by_hand: "Impossible de scanner ? Saisissez cette clé dans l’application :",
            picture: "Code QR pour l’application d’authentification",
            code: "Code à 6 chiffres",
            go: "Activer",
            wrong: "Ce code n’est pas correct. Attendez le suivant et réessayez.",
        },
        recovery: Recovery {
            title: "Codes de secours",
            left: |count| {
                format!(
                    "{count} restants. Chacun vous laisse entrer une fois si l’application ou la clé est perdue."
                )
            },
            make: "Créer de nouveaux codes",
            made_title: "Conservez ces codes",
            made: "Chacun vous laisse entrer une fois, à la place de la seconde étape. Ils ne sont affichés que cette fois ; imprimez-les ou gardez-les avec vos mots de passe.",
            kept: "Je les ai conservés",
        },
        passkeys: Passkeys {
            title: "Clés d’accès",
            none: "Connectez-vous par empreinte, visage ou verrouillage de l’appareil, sans mot de passe.",
            add: "Ajouter une clé d’accès",
            remove: "Retirer",
            made: "ajoutée",
            used: "utilisée",
            failed: "Cela n’a pas fonctionné. Réessayez.",
        },
        accounts: Accounts {
            title: "Comptes connectés",
            connect: |name| format!("Connecter {name}"),
            disconnect: "Déconnecter",
        },
        confirm: Confirm {
            title: "Est-ce bien vous ?",
            text: "C’est délicat : montrez encore une fois que c’est vous.",
            code: "Code de votre application, ou code de secours",
            go: "Continuer",
            passkey: "Utiliser une clé d’accès",
            anew: "Vous n’avez ni mot de passe ni seconde étape. Reconnectez-vous pour continuer.",
            anew_go: "Se reconnecter",
            wrong: "Ce n’est pas correct. Réessayez.",
        },
        last_way: "C’est le dernier accès à votre compte. Ajoutez-en un autre d’abord.",
    },
    back: "Retour à la connexion",
};
