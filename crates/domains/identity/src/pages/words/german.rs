//! German.

use super::{
    Account, Accounts, Authenticator, Confirm, EmailChange, Faults, Fields, Inbox, MagicLink, Passkeys,
    Password, Recovery, Reset, SecondFactor, Security, Sentence, SignIn, SignUp, Social, Undo, Verification,
    Words,
};

pub(super) static WORDS: Words = Words {
    fields: Fields {
        name: "Name (freiwillig)",
        email: "E-Mail",
        email_example: "sie@firma.de",
        password: "Passwort",
        password_hint: |least| {
            format!("Mindestens {least} Zeichen. Ein paar Wörter ohne Zusammenhang merkt man sich leicht.")
        },
        show: "Zeigen",
        hide: "Verbergen",
    },
    faults: Faults {
        email: "Geben Sie eine E-Mail-Adresse ein, etwa ada@example.com.",
        name: "Höchstens 200 Zeichen in einer Zeile.",
        password_short: |least| {
            format!("Mindestens {least} Zeichen; ein paar Wörter ohne Zusammenhang merkt man sich leicht.")
        },
        password_long: "Höchstens 128 Zeichen.",
        password_weak: "Das ist zu leicht zu erraten. Nehmen Sie weitere Wörter ohne Zusammenhang, und lassen Sie \
                        Namen und Adresse weg.",
        wrong_pair: "E-Mail und Passwort passen nicht zusammen. Versuchen Sie es noch einmal, oder lassen Sie sich \
                     einen Link schicken.",
        password_locked: "Es waren zu viele falsche Passwörter. Setzen Sie über „Vergessen?“ ein neues.",
        email_taken: "Mit dieser Adresse gibt es ein Konto. Melden Sie sich an.",
        invite: "Die Einladung gilt nicht mehr. Bitten Sie um eine neue.",
        code: "Dieser Code stimmt nicht, oder er ist zu alt. Sehen Sie noch einmal nach, oder lassen Sie einen \
               anderen schicken.",
        email_domain: "Mit Adressen dieser Domain kann man sich hier nicht registrieren.",
        email_disposable: "Das ist eine Wegwerfadresse. Nehmen Sie eine, die Ihre bleibt.",
        sign_up_closed: "Registrieren kann sich nur, wer eingeladen ist. Öffnen Sie dazu den Link Ihrer \
                         Einladung.",
        sign_up_waitlisted: "Es gibt eine Warteliste. Sie bekommen eine E-Mail, sobald Sie an der Reihe \
                             sind.",
        challenge: "Die Rechenarbeit Ihres Browsers war zu alt oder schon verwendet. Senden Sie das \
                    Formular noch einmal.",
    },
    sign_in: SignIn {
        title: "Anmelden",
        newcomer: |product| format!("Neu bei {product}?"),
        create: "Konto anlegen",
        forgot: "Vergessen?",
        go: "Anmelden",
        mail_link: "Link zum Anmelden per E-Mail",
        passkey: "Mit Passkey anmelden",
        or: "oder",
        provider: |name| format!("Weiter mit {name}"),
        away_title: "Sie sind angemeldet",
        away: |host| format!("Weiter geht es auf {host}, woher Sie kamen."),
        away_go: "Weiter",
    },
    sign_up: SignUp {
        title: "Konto anlegen",
        known: "Sie haben ein Konto?",
        sign_in: "Anmelden",
        go: "Konto anlegen",
        needs_script: "Ihr Browser muss vor der Registrierung einen Moment rechnen und braucht dafür \
                       JavaScript. Schalten Sie es ein und öffnen Sie die Seite noch einmal.",
        working: "Einen Moment, Ihr Browser rechnet …",
        failed: "Das hat nicht geklappt. Versuchen Sie es noch einmal.",
    },
    inbox: Inbox {
        title: "Sehen Sie in Ihr Postfach",
        sign_in: Sentence {
            before: "Wenn es ein Konto gibt für",
            after: |minutes| {
                format!(
                    ", ist ein Link zum Anmelden unterwegs. Er gilt einmal, in den nächsten {minutes} Minuten, \
                     in diesem Browser."
                )
            },
        },
        sign_up: Sentence {
            before: "Wir haben eine E-Mail geschickt an",
            after: |_| String::from(". Öffnen Sie den Link darin, und Ihr Konto ist bereit."),
        },
        reset: Sentence {
            before: "Wenn es ein Konto gibt für",
            after: |minutes| {
                format!(
                    ", ist ein Link für ein neues Passwort unterwegs. Er gilt einmal, in den nächsten {minutes} \
                     Minuten."
                )
            },
        },
        nowhere: "Wenn Sie in diesem Browser um einen Link zum Anmelden gebeten haben, öffnen Sie ihn hier, oder \
                  geben Sie den Code daneben ein.",
        code: "Oder geben Sie den achtstelligen Code aus der E-Mail ein",
        go: "Weiter",
        spam: "Nichts da? Sehen Sie im Spam nach, oder",
        again: "lassen Sie eine andere schicken",
        other_way: "Anders anmelden",
    },
    verification: Verification {
        title: "Adresse bestätigen",
        text: |email| format!("Ist {email} Ihre Adresse? Bestätigen Sie sie, und Ihr Konto ist bereit."),
        go: "Meine Adresse bestätigen",
        done_title: "Ihre Adresse ist bestätigt",
        done: "Ihr Konto ist bereit. Melden Sie sich an.",
        sign_in: "Anmelden",
        bad_title: "Dieser Link gilt nicht mehr",
        again: "Er wurde benutzt, oder er ist zu alt. Geben Sie Ihre Adresse ein, und wir schicken einen anderen.",
        again_go: "Einen anderen schicken",
        first_title: "Bestätigen Sie zuerst Ihre Adresse",
        first: "Ihr Konto öffnet sich, sobald Sie dem Link in unserer E-Mail gefolgt sind. Wir schicken sie gern \
                noch einmal.",
    },
    reset: Reset {
        ask_title: "Passwort vergessen?",
        ask: "Geben Sie Ihre Adresse ein, und wir schicken Ihnen einen Link für ein neues.",
        ask_go: "Link schicken",
        set_title: "Neues Passwort wählen",
        set: "Sie werden überall sonst abgemeldet.",
        new_password: "Neues Passwort",
        set_go: "Passwort setzen",
        done_title: "Ihr Passwort ist gesetzt",
        done: "Melden Sie sich damit an. Wer angemeldet war, ist abgemeldet.",
        bad_title: "Dieser Link gilt nicht mehr",
        bad: "Er wurde benutzt, oder er ist zu alt. Geben Sie Ihre Adresse ein, und wir schicken einen anderen.",
    },
    magic_link: MagicLink {
        title: "Anmelden",
        text: "Sie haben um diesen Link gebeten. Gehen Sie weiter, und Sie sind in diesem Browser angemeldet.",
        go: "Anmelden",
        elsewhere_title: "Geben Sie den Code dort ein, wo Sie begonnen haben",
        elsewhere: "Dieser Link gilt nur in dem Browser, der um ihn gebeten hat. Geben Sie dort den achtstelligen \
                    Code aus der E-Mail ein. Wenn Sie nicht um ihn gebeten haben, schließen Sie diese Seite: \
                    Niemand kommt hinein.",
        bad_title: "Dieser Link gilt nicht mehr",
        bad: "Er wurde benutzt, er ist zu alt, oder ein neuerer wurde geschickt.",
        start_over: "Um einen anderen bitten",
    },
    second_factor: SecondFactor {
        title: "Noch ein Schritt",
        text: "Zeigen Sie mit Ihrem zweiten Faktor, dass Sie es sind.",
        code: "Code",
        hint: "Aus Ihrer Authenticator-App, oder einer der Wiederherstellungscodes, die Sie notiert haben.",
        go: "Weiter",
        wrong: "Dieser Code stimmt nicht, oder er wurde schon benutzt. Warten Sie auf den nächsten, oder versuchen Sie einen anderen.",
        over_title: "Bitte beginnen Sie von vorn",
        over: "Diese Anmeldung ist zu alt, oder es gab zu viele falsche Codes.",
        start_over: "Noch einmal anmelden",
    },
    email_change: EmailChange {
        title: "Adresse ändern?",
        text: |old, new| {
            format!("Das Konto zieht von {old} nach {new} um, sobald beide Postfächer zugestimmt haben.")
        },
        go: "Ja, ändern",
        waits_title: "Noch ein Postfach",
        waits_for_old: "Öffnen Sie jetzt die E-Mail an Ihre alte Adresse, und stimmen Sie auch dort zu.",
        waits_for_new: "Öffnen Sie jetzt die E-Mail an Ihre neue Adresse, und stimmen Sie auch dort zu.",
        done_title: "Ihre Adresse ist geändert",
        done: "Melden Sie sich von jetzt an mit der neuen an.",
        taken_title: "Diese Adresse ist vergeben",
        taken: "Inzwischen gibt es ein anderes Konto mit ihr. Es wurde nichts geändert.",
        bad_title: "Dieser Link gilt nicht mehr",
        bad: "Er wurde benutzt, er ist zu alt, oder die Änderung wurde verworfen. Es wurde nichts geändert.",
        undo: Undo {
            title: "Änderung zurücknehmen?",
            text: |old| {
                format!(
                    "Das Konto kehrt zu {old} zurück. Wer angemeldet ist, wird abgemeldet, und Sie wählen ein \
                     neues Passwort."
                )
            },
            go: "Zurücknehmen",
            done_title: "Die Änderung ist zurückgenommen",
            done: "Ihr Konto hat wieder seine alte Adresse. Öffnen Sie die E-Mail, die wir eben dorthin geschickt \
                   haben, und wählen Sie ein neues Passwort.",
        },
    },
    social: Social {
        title: "Sie sind nicht angemeldet",
        over: "Diese Anmeldung ist abgelaufen oder wurde in einem anderen Browser begonnen. Beginnen Sie noch \
               einmal.",
        denied: "Der Anbieter hat die Anmeldung nicht bestätigt, oder Sie haben sie abgebrochen. Es wurde nichts \
                 geändert.",
        not_held: "Was der Anbieter zurückgeschickt hat, gilt nicht. Beginnen Sie noch einmal.",
        unverified: "Der Anbieter hat Ihre E-Mail-Adresse nicht bestätigt. Bestätigen Sie sie dort, oder melden Sie \
                     sich anders an.",
        exists: "Mit Ihrer E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich wie gewohnt an und verknüpfen \
                 Sie den Anbieter dann in Ihrem Konto.",
        taken: "Mit diesem Konto des Anbieters meldet sich schon jemand anderes an. Es wurde nichts geändert.",
        failed: "Der Anbieter antwortet nicht, wie er sollte. Versuchen Sie es später noch einmal, oder melden \
                 Sie sich anders an.",
        back: "Zurück zur Anmeldung",
    },
    account: Account {
        title: "Ihr Konto",
        signed_in_as: "Sie sind angemeldet als",
        sessions: "Wo Sie angemeldet sind",
        this_one: "Dieser Browser",
        last_seen: "zuletzt benutzt",
        end: "Abmelden",
        end_others: "Überall sonst abmelden",
        sign_out: "Abmelden",
        security: "Anmeldung und Sicherheit",
        unknown_device: "Ein unbekanntes Programm",
        on: "auf",
    },
    security: Security {
        title: "Anmeldung und Sicherheit",
        back: "Zurück zum Konto",
        password: Password {
            title: "Passwort",
            change: "Passwort ändern",
            note: "Überall sonst werden Sie abgemeldet.",
            current: "Bisheriges Passwort",
            new: "Neues Passwort",
            go: "Passwort ändern",
            wrong: "Das ist nicht Ihr bisheriges Passwort.",
            done: "Ihr Passwort ist geändert.",
        },
        authenticator: Authenticator {
            title: "Authenticator-App",
            off: "Codes einer App auf Ihrem Telefon, nach denen wir nach dem Passwort fragen.",
            on: "Eingeschaltet. Beim Anmelden fragen wir nach einem Code.",
            add: "App einrichten",
            remove: "App entfernen",
            scan: "Scannen Sie dieses Bild mit Ihrer Authenticator-App und geben Sie den Code ein, den sie anzeigt.",
            by_hand: "Scannen geht nicht? Geben Sie diesen Schlüssel in die App ein:",
            picture: "QR-Code für die Authenticator-App",
            code: "6-stelliger Code",
            go: "Einschalten",
            wrong: "Dieser Code stimmt nicht. Warten Sie auf den nächsten und versuchen Sie es noch einmal.",
        },
        recovery: Recovery {
            title: "Wiederherstellungscodes",
            left: |count| {
                format!("{count} übrig. Jeder lässt Sie einmal hinein, wenn App oder Passkey verloren sind.")
            },
            make: "Neue Codes erstellen",
            made_title: "Bewahren Sie diese Codes auf",
            made: "Jeder lässt Sie einmal hinein, anstelle des zweiten Schritts. Wir zeigen sie nur dieses eine Mal; drucken Sie sie aus oder bewahren Sie sie bei Ihren Passwörtern auf.",
            kept: "Ich habe sie aufbewahrt",
        },
        passkeys: Passkeys {
            title: "Passkeys",
            none: "Melden Sie sich mit Fingerabdruck, Gesicht oder Gerätesperre an, ohne Passwort.",
            add: "Passkey hinzufügen",
            remove: "Entfernen",
            made: "hinzugefügt",
            used: "zuletzt benutzt",
            failed: "Das hat nicht geklappt. Versuchen Sie es noch einmal.",
        },
        accounts: Accounts {
            title: "Verbundene Konten",
            connect: |name| format!("{name} verbinden"),
            disconnect: "Trennen",
        },
        confirm: Confirm {
            title: "Sind Sie es?",
            text: "Das ist heikel. Zeigen Sie noch einmal, dass Sie es sind.",
            code: "Code Ihrer App oder ein Wiederherstellungscode",
            go: "Weiter",
            passkey: "Mit Passkey bestätigen",
            anew: "Sie haben weder Passwort noch zweiten Schritt. Melden Sie sich neu an, um fortzufahren.",
            anew_go: "Neu anmelden",
            wrong: "Das stimmt nicht. Versuchen Sie es noch einmal.",
        },
        last_way: "Das ist der letzte Weg in Ihr Konto. Fügen Sie zuerst einen anderen hinzu.",
    },
    back: "Zurück zur Anmeldung",
};
