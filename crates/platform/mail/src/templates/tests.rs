use std::fs;

use serde_json::{Value as Json, json};

use super::*;

fn ada() -> EmailAddress {
    "ada@example.com".parse().unwrap()
}

fn render(
    templates: &Templates,
    template: Template,
    locale: &str,
    variables: &Json,
) -> Result<Letter, TemplateError> {
    let told = Told {
        template,
        product_name: "Quillwork",
        recipient: &ada(),
        variables,
    };
    templates.render(&locale.parse().unwrap(), &told)
}

#[test]
fn every_mail_can_be_written_in_every_language() {
    let templates = Templates::built_in().unwrap();
    for template in Template::ALL {
        for locale in ["en", "de", "fr"] {
            assert!(templates.has(template, locale), "{template}.{locale}");
            for variables in [
                template.samples(|_| true),
                template.samples(|variable| variable.is_required),
            ] {
                let letter = render(&templates, template, locale, &variables).unwrap();
                assert!(
                    !letter.subject.is_empty() && letter.subject.len() < 80,
                    "{letter:?}"
                );
                assert!(
                    letter.text.len() > 80 && !letter.text.contains("none"),
                    "{letter:?}"
                );
                assert!(!letter.text.contains("\n\n\n"), "{}", letter.text);
                assert!(letter.html.len() < 20_000, "mail programs cut long mails off");
                assert!(letter.html.contains(&format!("lang=\"{locale}\"")));
                for name in ["link", "login_link", "reset_link"] {
                    if let Some(link) = variables.get(name).and_then(Json::as_str) {
                        assert!(letter.text.contains(&format!("\n{link}\n")), "{}", letter.text);
                    }
                }
            }
        }
    }
}

#[test]
fn a_mail_tells_what_it_was_told_to_tell() {
    let templates = Templates::built_in().unwrap();
    for template in Template::ALL {
        for missing in template.variables().iter().filter(|one| one.is_required) {
            for locale in ["en", "de", "fr"] {
                let variables = template.samples(|variable| variable.name != missing.name);
                let letter = render(&templates, template, locale, &variables);
                let error = letter.expect_err(&format!("{template}.{locale} does not say {}", missing.name));
                assert!(matches!(error, TemplateError::Render { .. }), "{error}");
            }
        }
    }
}

#[test]
fn what_people_typed_is_no_markup_and_no_header() {
    let templates = Templates::built_in().unwrap();
    let evil = "<a href=x>\r\nBcc: eve@example.com";
    let variables = json!({ "organization": evil, "member": "\"Eve\" & co" });
    let letter = render(&templates, Template::MemberJoined, "en", &variables).unwrap();
    assert_eq!(
        letter.subject,
        "\"Eve\" & co joined <a href=x> Bcc: eve@example.com"
    );
    assert!(!letter.html.contains("<a href=x>"));
    assert!(letter.html.contains("&lt;a href=x&gt;"));
    assert!(letter.html.contains("&quot;Eve&quot; &amp; co"));
}

#[test]
fn durations_and_moments_are_in_the_language_of_the_mail() {
    let templates = Templates::built_in().unwrap();
    let variables = Template::ResetPassword.samples(|_| true);
    let letter = render(&templates, Template::ResetPassword, "de", &variables).unwrap();
    assert!(letter.text.contains("30 Minuten"), "{}", letter.text);
    let variables = Template::PasswordChanged.samples(|_| true);
    let letter = render(&templates, Template::PasswordChanged, "fr", &variables).unwrap();
    assert!(
        letter.text.contains("24 novembre 2026 à 22:04 UTC"),
        "{}",
        letter.text
    );
}

#[test]
fn the_operators_folder_takes_the_place_of_what_is_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let none = Templates::with_folder(&folder.path().join("absent")).unwrap();
    assert!(none.has(Template::Invite, "en"));
    fs::write(
        folder.path().join("member_joined.nl.txt"),
        "subject: Hoi {{ member }}\n---\nHoi.\n",
    )
    .unwrap();
    let error = Templates::with_folder(folder.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("member_joined.nl.html is missing beside it"),
        "{error}"
    );
    fs::write(
        folder.path().join("member_joined.nl.html"),
        "{% extends \"layout.html\" %}{% block content %}<p>Hoi {{ member }}</p>{% endblock %}",
    )
    .unwrap();
    fs::write(
        folder.path().join("layout.html"),
        "<main>{% block content %}{% endblock %}</main>",
    )
    .unwrap();
    let templates = Templates::with_folder(folder.path()).unwrap();
    let variables = json!({ "organization": "Ink", "member": "Eve" });
    let letter = render(&templates, Template::MemberJoined, "nl", &variables).unwrap();
    assert_eq!(
        (letter.subject.as_str(), letter.html.as_str()),
        ("Hoi Eve", "<main><p>Hoi Eve</p></main>")
    );
}

#[test]
fn a_file_that_is_no_template_is_named() {
    for (name, content, reason) in [
        ("invitation.en.txt", "subject: x\n---\n", "a name like"),
        ("invite.en.md", "", "a name like"),
        ("invite.english.txt", "subject: x\n---\n", "a name like"),
        (
            "layout.html",
            "{% block %}",
            "unexpected end of block, expected identifier (line 1)",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), content).unwrap();
        let error = Templates::with_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(reason), "{error}");
    }
}

#[test]
fn a_file_that_asks_for_what_no_mail_is_told_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
    write("invite.en.txt", "subject: Come\n---\n{{ lnik }}\n");
    write("invite.en.html", "<p>{{ link }}</p>");
    let error = Templates::with_folder(folder.path()).unwrap_err().to_string();
    assert!(
        error.contains("invite.en.txt") && error.contains("lnik"),
        "{error}"
    );
}

#[test]
fn a_row_that_never_ends_is_stopped() {
    let templates = Templates::built_in().unwrap();
    let variables = Template::MemberJoined.samples(|_| true);
    let told = Told {
        template: Template::MemberJoined,
        product_name: "Quillwork",
        recipient: &ada(),
        variables: &variables,
    };
    let mut source = Source {
        subject: "x".into(),
        preheader: String::new(),
        text: "{{ member }}".into(),
        html: "<b>{{ member }}</b>".into(),
    };
    let letter = templates.render_source(&source, &Locale::ENGLISH, &told).unwrap();
    assert_eq!(letter.html, "<b>Grace Hopper</b>");
    for endless in [
        "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
        "{{ \"x\" * 999999999 }}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
    ] {
        endless.clone_into(&mut source.text);
        let error = templates
            .render_source(&source, &Locale::ENGLISH, &told)
            .unwrap_err();
        assert!(matches!(error, TemplateError::Render { .. }), "{error}");
    }
}
