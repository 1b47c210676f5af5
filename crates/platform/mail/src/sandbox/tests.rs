use std::time::{Duration, Instant};

use super::*;

fn render_one(name: &str, text: &str) -> Result<String, minijinja::Error> {
    crate::frugal::check(text)?;
    let mut environment = environment();
    environment.add_template("parts.html", "{% set a = 1 %}{% set b = 2 %}")?;
    let variables = BTreeMap::from([("who".to_owned(), Value::from("{{ 7*7 }} <script>"))]);
    let template = environment.template_from_named_str(name, text)?;
    render(&template, &variables, None)
}

#[test]
fn a_text_that_wants_too_much_is_stopped_soon() {
    let nested = format!("{}x{}", "{% if true %}".repeat(5000), "{% endif %}".repeat(5000));
    let brackets = format!("{{{{ {}1{} }}}}", "(".repeat(50_000), ")".repeat(50_000));
    for text in [
        "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{% endfor %}",
        "{{ 'x' * 10000000 }}",
        "{{ ('x' * 99999999)|length }}",
        "{{ 'x' * 600000 }}",
        "{% set ns = namespace(s='xxxxxxxx') %}{% for a in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s|list|length }}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s]|sum(start=[]) %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = ns.s|chain(ns.s) %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s ~ '' }}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s|string }}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s|join }}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s|pprint }}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ '%s'|format(ns.s) }}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s|upper }}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s == ns.s }}{{ [ns.s]|unique|list }}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{% set x %}{{ ns.s }}{% endset %}",
        "{% set ns = namespace(s=[1]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ {ns.s: 1} }}",
        "{{ ([1] * 99999999)|list|length }}",
        "{{ ([1] * 99999999)|sort|length }}",
        "{{ ([1] * 99999999)|join }}",
        "{{ ([1] * 99999999)|unique|list }}",
        "{{ ([1] * 99999999)|min }}",
        "{{ [1] * 99999999 }}",
        "{{ 2 in ([1] * 99999999) }}",
        "{% set ns = namespace(s='aa') %}{% for a in range(60) %}{% set ns.s = ns.s|replace('a', ns.s) %}{% endfor %}",
        "{{ '%999999999d'|format(1) }}",
        "{{ 'x'|indent(999999999) }}{{ 'a\nb'|indent(999999999) }}",
        "{{ range(99999)|batch(1)|list|join('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') }}",
        "{{ [1]|batch(999999999, 'x')|list }}",
        "{{ [1]|slice(999999999)|list }}",
        "{{ range(100000000) }}",
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for a in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
        &nested,
        &brackets,
    ] {
        let begun = Instant::now();
        let rendered = render_one("a.txt", text);
        let shown: String = text.chars().take(80).collect();
        assert!(rendered.is_err(), "{shown}: {}", rendered.unwrap().len());
        assert!(begun.elapsed() < Duration::from_secs(5), "{shown}");
    }
}

#[test]
fn a_part_has_an_end() {
    let half = format!("{{% for a in range(9000) %}}{}{{% endfor %}}", "x".repeat(100));
    let error = render_one("a.txt", &half).unwrap_err();
    assert_eq!(in_detail(&error), "it comes out longer than 524288 bytes");
    let large = "x".repeat(LONGEST);
    assert_eq!(render_one("a.txt", &large).unwrap().len(), LONGEST);
    assert!(render_one("a.txt", &format!("{large}x")).is_err());
}

fn in_detail(error: &minijinja::Error) -> &str {
    error.detail().unwrap_or_default()
}

#[test]
fn there_is_nothing_around_a_text() {
    for text in [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ who.__init__.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ config }}",
        "{{ env }}",
        "{{ env('HOME') }}",
        "{{ os.environ }}",
        "{{ debug() }}",
        "{{ cycler.__init__ }}",
        "{{ namespace.__globals__.os }}",
        "{{ open('/etc/passwd') }}",
        "{% include '/etc/passwd' %}",
        "{% include '../../Cargo.toml' %}",
        "{% include 'nobody.html' %}",
        "{% include 'a.txt' %}",
        "{% extends 'a.txt' %}",
        "{% import 'a.txt' as a %}",
        "{% from '/etc/hosts' import a %}",
    ] {
        assert!(render_one("a.txt", text).is_err(), "{text}");
    }
}

#[test]
fn what_is_told_is_text_and_nothing_else() {
    assert_eq!(render_one("a.txt", "{{ who }}").unwrap(), "{{ 7*7 }} <script>");
    assert_eq!(
        render_one("a.html", "{{ who }}").unwrap(),
        "{{ 7*7 }} &lt;script&gt;"
    );
    assert_eq!(
        render_one("a.subject", "{{ who }}").unwrap(),
        "{{ 7*7 }} <script>"
    );
}

#[test]
fn there_are_no_lists_of_lists() {
    for text in [
        "{{ [1] }}",
        "{{ 1 + 1 }}",
        "{% set a = 1+1 %}",
        "{{- a+ +1 -}}",
        "{{ 'x'*2 }}",
        "{% set a = (who, who) %}",
        "{% set a = who, who %}",
        "{{ who in (who, who) }}",
        "{% if not (who, who) %}{% endif %}",
        "{{ upper((who, who)) }}",
        "{% set d = dict %}{{ d(a=1) }}",
        "{% filter batch(2) %}x{% endfilter %}",
        "{{ {'a': 1} }}",
        "{% for a, b in who %}{% endfor %}",
        "{{ from is defined or who((who, who)) }}",
        "{% from who((who, who)) import a %}",
        "{% from import ~ who((who, who)) import a %}",
    ] {
        let error = render_one("a.txt", text).unwrap_err();
        assert!(
            in_detail(&error).starts_with("mails do without "),
            "{text}: {error}"
        );
        assert!(in_detail(&error).ends_with("(line 1)"), "{text}: {error}");
    }
    let import = "{% from 'parts.html' import a, b %}{{ a }}{{ b }}";
    assert_eq!(render_one("a.txt", import).unwrap(), "12");
    let harmless = "+{{ '+' }}{#+*[]#}{% raw %}{{ [1 + 1] }}{% endraw %}{%+ if (true) %}+{% endif %}\
                    {% macro m(a, b) %}{{ a }}{{ b|default('x', true) }}{% endmacro %}{{ m(1, 2) }}";
    assert_eq!(render_one("a.txt", harmless).unwrap(), "++{{ [1 + 1] }}+12");
}
