use serde_json::json;

use super::*;

fn source(text: &str) -> Source {
    Source {
        subject: "Hi {{ member }}".into(),
        preheader: "{{ organization }}".into(),
        text: text.into(),
        html: "{% extends \"layout.html\" %}{% import \"parts.html\" as mail %}{% block content %}<p {{ mail.p }}>{{ member }}</p>{% endblock %}".into(),
    }
}

fn try_one(change: impl FnOnce(&mut Source)) -> Result<Preview, TemplateError> {
    let mut source = source("{{ member }} joined");
    change(&mut source);
    let templates = Templates::built_in().unwrap();
    templates.try_source(Template::MemberJoined, &Locale::ENGLISH, &source)
}

#[test]
fn a_good_text_is_shown_with_samples() {
    let preview = try_one(|_| {}).unwrap();
    assert_eq!(preview.subject, "Hi Grace Hopper");
    assert_eq!(preview.text, "Grace Hopper joined");
    assert!(
        preview.html.contains("Ink &amp; Quill"),
        "the layout shows the preheader"
    );
}

#[test]
fn every_built_in_text_could_have_been_written_by_somebody() {
    let templates = Templates::built_in().unwrap();
    for template in Template::ALL {
        assert_eq!(
            templates.languages(template).collect::<Vec<_>>(),
            ["de", "en", "fr"]
        );
        for locale in ["en", "de", "fr"] {
            let source = templates.text(template, locale).unwrap();
            let locale = locale.parse().unwrap();
            templates.try_source(template, &locale, source).unwrap();
        }
    }
}

#[test]
fn the_part_at_fault_and_the_line_are_told() {
    for (part, content) in [
        ("subject", "{{ nobody }}"),
        ("preheader", "{% if %}"),
        ("txt", "a\n{{ nobody }}"),
        ("txt", "a\n{{ member|nothing }}"),
        ("txt", "a\n{{"),
        ("html", "a\n{% include 'nobody.html' %}"),
        ("html", "a\n{{ 'x' * 10000000 }}"),
    ] {
        let change = |source: &mut Source| {
            let place = match part {
                "subject" => &mut source.subject,
                "preheader" => &mut source.preheader,
                "txt" => &mut source.text,
                _ => &mut source.html,
            };
            content.clone_into(place);
        };
        let error = try_one(change).unwrap_err();
        assert_eq!(error.part(), Some(part), "{error}");
        assert!(error.reason().contains("(line "), "{error}");
        assert!(!error.reason().contains("Grace"), "{error}");
    }
}

#[test]
fn what_may_be_absent_may_not_be_counted_on() {
    let templates = Templates::built_in().unwrap();
    let mut invite = source("x");
    invite.subject = "x".into();
    invite.html = "x".into();
    let tried = |text: &str| {
        let invite = Source {
            text: text.into(),
            ..invite.clone()
        };
        templates.try_source(Template::Invite, &Locale::ENGLISH, &invite)
    };
    assert!(tried("{{ inviter|default('Somebody', true) }}").is_ok());
    assert!(tried("{{ inviter.name }}").is_err());
}

#[test]
fn variables_take_the_place_of_samples_and_are_no_template_no_markup_and_no_header() {
    let templates = Templates::built_in().unwrap();
    let evil = json!({ "member": "<script>{{ 7*7 }}</script>\r\nBcc: eve@example.com" });
    let preview = templates.preview(
        Template::MemberJoined,
        &Locale::ENGLISH,
        &source("{{ member }}"),
        "Mainstay",
        evil.as_object().unwrap(),
    );
    let preview = preview.unwrap();
    assert_eq!(
        preview.subject,
        "Hi <script>{{ 7*7 }}</script> Bcc: eve@example.com"
    );
    assert_eq!(preview.text, "<script>{{ 7*7 }}</script>\r\nBcc: eve@example.com");
    assert!(
        preview
            .html
            .contains("&lt;script&gt;{{ 7*7 }}&lt;&#x2f;script&gt;"),
        "{}",
        preview.html
    );
    assert!(!preview.html.contains("<script>") && preview.html.contains("Mainstay"));
}
