use serde_json::json;

use super::*;

fn source(text: &str, html: &str) -> Source {
    Source {
        subject: "Order {{ order.number }} for {{ name }}".into(),
        preheader: "{{ items|length }} things".into(),
        text: text.into(),
        html: html.into(),
    }
}

fn variables() -> Variables {
    let declared = json!([
        { "name": "name", "type": "string", "required": true },
        { "name": "order", "type": "object", "required": true },
        { "name": "items", "type": "list" },
        { "name": "link", "type": "url" },
    ]);
    Variables::parse(serde_json::from_value(declared).unwrap()).unwrap()
}

fn compile(source: &Source) -> Result<Compiled, TemplateError> {
    let templates = Templates::built_in().unwrap();
    let locale = Locale::ENGLISH;
    templates.try_own(Owner::Organization, &locale, source, variables())?;
    templates.compile(Owner::Organization, &locale, source, variables(), "Mainstay")
}

fn told() -> Map<String, serde_json::Value> {
    let told = json!({
        "name": "<b>Ada</b> {{ 7*7 }}\r\nBcc: eve@example.com",
        "order": { "number": 7, "safe": "&" },
        "items": [{ "what": "=cmd|' /C calc'!A0", "price": 1.5 }, { "what": "<script>", "price": 2 }],
    });
    told.as_object().unwrap().clone()
}

fn render(text: &str, html: &str) -> Result<Rendered, TemplateError> {
    let compiled = compile(&source(text, html))?;
    let told = told();
    let letter = LetterTo {
        recipient: &"grace@example.com".parse().unwrap(),
        unsubscribe_url: Some("https://app.example.com/u?a=1&b=2"),
        variables: &told,
    };
    compiled.render(&letter, &mut Allowance::new(Duration::from_secs(5)))
}

#[test]
fn values_are_literal_and_lists_are_gone_through() {
    let list = "{% for one in items %}{{ loop.index }}. {{ one.what }} {{ one.price }}\n{% endfor %}";
    let letter = render(
        &format!("{{{{ name }}}}\n{list}{{% if items %}}{{{{ items[0].what }}}}{{% endif %}}{{{{ order.safe }}}}{{{{ recipient }}}}"),
        &format!("<html><BODY class=x><p>{{{{ name }}}}</p>{list}{{{{ unsubscribe_url }}}}</body></html>"),
    )
    .unwrap();
    assert_eq!(
        letter.subject,
        "Order 7 for <b>Ada</b> {{ 7*7 }} Bcc: eve@example.com"
    );
    assert_eq!(letter.preheader, "2 things");
    assert_eq!(
        letter.text,
        "<b>Ada</b> {{ 7*7 }}\r\nBcc: eve@example.com\n1. =cmd|' /C calc'!A0 1.5\n2. <script> 2\n\
         =cmd|' /C calc'!A0&grace@example.com"
    );
    assert!(
        letter.html.contains("<p>&lt;b&gt;Ada&lt;&#x2f;b&gt; {{ 7*7 }}"),
        "{}",
        letter.html
    );
    assert!(letter.html.contains("2. &lt;script&gt; 2"), "{}", letter.html);
    assert!(letter.html.contains("u?a=1&amp;b=2"), "{}", letter.html);
    assert!(
        letter
            .html
            .starts_with("<html><BODY class=x><div style=\"display:none"),
        "{}",
        letter.html
    );
    assert!(!letter.html.contains("Mainstay"));
}

#[test]
fn the_page_of_an_organization_names_nobody() {
    let html = "{% extends \"layout.html\" %}{% import \"parts.html\" as mail %}\
                {% block content %}<p {{ mail.p }}>{{ name }}</p>{{ mail.button('Go', order.number) }}{% endblock %}";
    let letter = render("{{ name }}", html).unwrap();
    assert!(letter.html.starts_with("<!doctype html>"), "{}", letter.html);
    assert!(letter.html.contains("2 things") && letter.html.contains("Unsubscribe"));
    assert!(!letter.html.contains("Mainstay"), "{}", letter.html);
    let templates = Templates::built_in().unwrap();
    let source = source("x", html);
    let compiled = templates.compile(
        Owner::Platform,
        &Locale::ENGLISH,
        &source,
        variables(),
        "Mainstay",
    );
    let preview = compiled.unwrap().preview(&told()).unwrap();
    assert!(preview.html.contains("Mainstay"), "{}", preview.html);
}

#[test]
fn an_address_stands_in_an_attribute_as_it_was_told() {
    let mut told = told();
    told.insert("link".into(), json!("https://example.com/?a=\"><script>&b=1"));
    let compiled = compile(&source(
        "x",
        "<a href=\"{{ link }}\">{% if link %}x{% endif %}</a>",
    ))
    .unwrap();
    let letter = LetterTo {
        recipient: &"grace@example.com".parse().unwrap(),
        unsubscribe_url: None,
        variables: &told,
    };
    let letter = compiled
        .render(&letter, &mut Allowance::new(Duration::from_secs(5)))
        .unwrap();
    assert!(
        letter.html.ends_with(
            "<a href=\"https:&#x2f;&#x2f;example.com&#x2f;?a=&quot;&gt;&lt;script&gt;&amp;b=1\">x</a>"
        ),
        "{}",
        letter.html
    );
}

#[test]
fn what_is_not_declared_is_found_when_it_is_written() {
    for (text, name) in [
        ("{{ nobody }}", Some("nobody")),
        ("{% if false %}{{ nobody.x }}{% endif %}", Some("nobody")),
        ("{% for one in nobody %}{% endfor %}", Some("nobody")),
        (
            "{% for one in items %}{{ one }}{% endfor %}{{ one }}",
            Some("one"),
        ),
        (
            "{% for one in items %}{{ loop.index }}{% endfor %}{{ loop }}",
            Some("loop"),
        ),
        (
            "{% macro m(a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}",
            Some("b"),
        ),
        ("{{ nobody is defined }}", Some("nobody")),
        ("{{ nobody|default('x') }}", Some("nobody")),
        (
            "{% set a = name %}{{ a }}{% for one in items %}{% set b = one %}{{ b }}{% endfor %}",
            None,
        ),
        (
            "{% with a = name %}{{ a }}{% endwith %}{{ product_name }}{{ recipient }}{{ locale }}",
            None,
        ),
        (
            "{{ unsubscribe_url }}{{ subject }}{{ preheader }}{% for a in range(3) %}{{ a }}{% endfor %}",
            None,
        ),
    ] {
        let refused = compile(&source(text, "x"));
        match name {
            None => assert!(refused.is_ok(), "{text}: {}", refused.unwrap_err()),
            Some(name) => {
                let error = refused.unwrap_err();
                assert!(error.is_undeclared(), "{text}: {error}");
                assert!(
                    error.reason().starts_with(&format!("`{name}` ")),
                    "{text}: {error}"
                );
                assert_eq!(error.part(), Some("txt"));
            }
        }
    }
    let mut wrong = source("x", "x");
    wrong.subject = "{{ subject }}".into();
    assert!(compile(&wrong).unwrap_err().is_undeclared());
}

#[test]
fn a_text_of_somebody_is_kept_in() {
    for text in [
        "{% include 'layout.html' ~ name %}",
        "{% include name %}",
        "{% include ['layout.html'] %}",
        "{% include '/etc/passwd' ignore missing %}",
        "{% extends name %}",
        "{% extends 'letter.html' %}",
        "{% import 'letter.txt' as a %}",
        "{% from name import a %}",
        "{% extends 'layout.html' if name else 'x' %}",
        "{% autoescape false %}{{ name }}{% endautoescape %}",
        "{{ name|safe }}",
        "{% filter safe %}{{ name }}{% endfilter %}",
        "{{ items|tojson }}",
        "{{ items|map(attribute='what') }}",
        "{{ (items, items) }}",
        "{{ [items, items] }}",
        "{{ items + items }}",
        "{{ name.__class__.__mro__ }}",
        "{{ name['__class__'] }}",
        "{{ ''.join(items) }}",
        "{{ order.items() }}",
        "{{ order.keys() }}",
        "{{ self.name() }}",
        "{{ debug() }}",
        "{{ config }}",
        "{{ env.HOME }}",
        "{{ request }}",
        "{% set x = name %}{% for a in range(99999) %}{% for b in range(99999) %}{{ x }}{% endfor %}{% endfor %}",
        "{% for a in range(9000) %}{{ name }}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}",
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
        "{% do nothing() %}",
    ] {
        for (text, html) in [(text, "x"), ("x", text)] {
            let begun = Instant::now();
            assert!(render(text, html).is_err(), "{text}{html}");
            assert!(begun.elapsed() < Duration::from_secs(5), "{text}");
        }
    }
}

#[test]
fn large_lists_cost_what_they_cost_and_no_more() {
    let text =
        "{% for a in items %}{% for b in items %}{% for c in items %}x{% endfor %}{% endfor %}{% endfor %}";
    let compiled = compile(&source(text, "x")).unwrap();
    let mut told = told();
    told.insert("items".into(), json!(vec![1; 5_000]));
    assert_eq!(compiled.variables().faults(&told), []);
    let letter = LetterTo {
        recipient: &"grace@example.com".parse().unwrap(),
        unsubscribe_url: None,
        variables: &told,
    };
    let begun = Instant::now();
    let error = compiled
        .render(&letter, &mut Allowance::new(Duration::from_mins(1)))
        .unwrap_err();
    assert_eq!(error.part(), Some("txt"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn the_letters_of_a_request_share_their_time() {
    let compiled = compile(&source("{{ name }}", "x")).unwrap();
    let told = told();
    let letter = LetterTo {
        recipient: &"grace@example.com".parse().unwrap(),
        unsubscribe_url: None,
        variables: &told,
    };
    let mut allowance = Allowance::new(Duration::from_secs(5));
    for _ in 0..1_000 {
        compiled.render(&letter, &mut allowance).unwrap();
    }
    assert!(allowance.0 < Duration::from_secs(5), "time is counted");
    let late = compiled.render(&letter, &mut Allowance::new(Duration::ZERO));
    assert_eq!(late.unwrap_err().reason(), "it takes too long");
}

#[test]
fn a_list_without_a_sample_can_be_written_about() {
    for good in [
        "{% for one in items %}{{ one.price|round(2) }}{% for two in one.parts %}{{ two }}{% endfor %}{% endfor %}",
        "{{ order.customer.address.city|upper }}{% if order.total > 3 %}x{% endif %}",
        "{% if items %}{{ items|sort(attribute='price')|first }}{% endif %}",
        "{% if items %}{{ items[0].name }}{% endif %}",
    ] {
        compile(&source(good, "x")).unwrap_or_else(|error| panic!("{good}: {error}"));
    }
    for wrong in [
        "{{ order.total|nothing }}",
        "{% for one in items %}{{ one|nothing }}{% endfor %}",
    ] {
        assert!(compile(&source(wrong, "x")).is_err(), "{wrong}");
    }
}

#[test]
fn what_is_not_required_may_be_absent() {
    let compiled = compile(&source(
        "[{% for one in items %}x{% endfor %}][{{ link or '' }}]",
        "x",
    ))
    .unwrap();
    let told = json!({ "name": "Ada", "order": { "number": 1 }, "link": null });
    let preview = compiled.preview(told.as_object().unwrap()).unwrap();
    assert_eq!(preview.text, "[][]");
    let told = json!({ "order": { "number": 1 } });
    assert_eq!(
        compiled.preview(told.as_object().unwrap()).unwrap().subject,
        "Order 1 for Text"
    );
}
