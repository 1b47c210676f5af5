use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn html(text: &str) -> String {
    prepare(text)
}

fn text(html: &str) -> String {
    super::text(&prepare(html))
}

#[test]
fn rules_go_into_their_elements() {
    let given = "<!DOCTYPE html><html><head><title>x</title><style>\n\
        p { color: red; margin: 0 }\n .lead { color: blue } #one { color: green !important }\n\
        td > p { margin: 1px } table a[href^=x] { color: red } P.Lead { color: black }\n\
        </style></head><body><P CLASS='a lead'>A &amp; B</p><table><tr><td><p id=one style=\"color: pink; font: 1px/2 'x'\" \
        title='\"&amp;<'>C</td></tr></table><br/></body></html>";
    assert_eq!(
        html(given),
        "<!DOCTYPE html><html><head><title>x</title></head><body>\
         <P style=\"margin:0;color:blue\" CLASS='a lead'>A &amp; B</p><table><tr><td>\
         <p id=\"one\" style=\"margin:1px;font:1px/2 'x';color:green !important\" title=\"&quot;&amp;&lt;\">C\
         </td></tr></table><br/></body></html>"
    );
}

#[test]
fn what_no_element_can_hold_stays_a_rule() {
    let given = "<style>a{color:red}a:hover{color:blue}@media (max-width:9px){a{color:green}}</style><a href=x>y</a>\
        <style media=print>a{color:black}</style>";
    assert_eq!(
        html(given),
        "<style>\na:hover{color:blue}\n@media (max-width:9px){a{color:green}}\n</style>\
         <a style=\"color:red\" href=x>y</a><style media=print>a{color:black}</style>"
    );
}

#[test]
fn what_has_no_rules_is_left_alone() {
    for given in [
        "",
        "Hello",
        "<p style='color:red'>Hello <!-- <style>p{color:blue}</style> -->",
        "<!--[if mso]><style>p{color:red}</style><![endif]--><p>Hi</p>",
        "<style>p{color:red}",
        "<a <b>< p></ q><![CDATA[x]]>",
    ] {
        assert_eq!(html(given), given);
    }
}

#[test]
fn says_the_same_in_text() {
    let given = "<html><head><title>Not this</title><style>.pre{display:none}</style></head><body>\
        <div class=pre>Preheader&zwnj;&nbsp;</div><div style='display: none'><p>nor this</p></div>\
        <h1>Your  invoice</h1><p>Hello &amp; welcome,<br>Ada</p><ul><li>one<li><b>two</b></ul>\
        <ol><li>first</li><li>second</li></ol><table><tr><td>Sum</td><td>12&nbsp;€</td></tr><tr><td>Tax<td>2 €</table>\
        <p>See <a href='https://example.com/a?b=1&amp;c=2'>your account</a>, <a href=\"https://example.com/\">example.com</a>, \
        <a href=\"mailto:a@example.com\">a@example.com</a>.<a href='https://example.com/logo'><img src=x></a></p>\
        <pre>a\n  b</pre><hr><p>Bye<script>alert(1)</script></p>";
    assert_eq!(
        text(given),
        "Your invoice\n\nHello & welcome,\nAda\n\n- one\n- two\n\n1. first\n2. second\n\nSum 12 €\nTax 2 €\n\n\
         See your account (https://example.com/a?b=1&c=2), example.com, a@example.com. https://example.com/logo\n\n\
         a\n  b\n\n---\n\nBye\n"
    );
    assert_eq!(text(""), "");
    assert_eq!(text("<p> </p>"), "");
}

/// Some hundred bytes of each, repeated; what took minutes and gigabytes elsewhere.
#[test]
fn what_is_meant_to_take_long_does_not() {
    let times = |part: &str, count: usize| part.repeat(count);
    let numbered = |part: fn(usize) -> String, count: usize| (0..count).map(part).collect::<String>();
    let given = [
        format!(
            "<style>p{{color:red}}</style><p>{}</p>{}",
            numbered(|at| format!("<b id={at}>"), 8_000),
            times("<p>x</p>", 8_000)
        ),
        format!("<style>a a a a{{color:red}}</style>{}", times("<a>", 60_000)),
        format!(
            "<style>{}{{{}}}</style>{}",
            times("p,", 20_000),
            times("a:b;", 20_000),
            times("<p>", 20_000)
        ),
        format!(
            "<style>{}</style>{}",
            numbered(|at| format!("p{{a{at}:b}}"), 5_000),
            times("<p>", 20_000)
        ),
        format!(
            "<style>p{{a:{}}}</style>{}",
            times("b", 100_000),
            times("<p>", 20_000)
        ),
        format!("<style>{}</style>", times("a{", 100_000)),
        format!("<style>{}</style>", times("/*", 100_000)),
        format!("{}{}", times("<i>", 30_000), times("</u>", 30_000)),
        format!("{}{}", times("<p>", 30_000), times("</p>", 30_000)),
        format!("<p {}>", numbered(|at| format!("a{at}=1 "), 20_000)),
        times("&", 200_000),
        times("<", 200_000),
        times("<a href=https://x>", 14_000),
        times("<style>a{b:c}</style>", 10_000),
        times("<style>", 30_000),
    ];
    for given in given {
        assert!(given.len() <= LONGEST, "{}", given.len());
        let start = Instant::now();
        let prepared = prepare(&given);
        let said = super::text(&prepared);
        let took = start.elapsed();
        let shown = given.chars().take(60).collect::<String>();
        assert!(took < Duration::from_secs(5), "{took:?} {shown}");
        assert!(prepared.len() <= given.len() * 4 + 16 * 1024, "{shown}");
        assert!(said.len() <= given.len() * 2, "{shown}");
    }
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "<p>",
            "</p>",
            "<style>",
            "</style>",
            "<a href='https://x'>",
            "</a>",
            "<td class='a b'>",
            "<li>",
            "<ol>",
            "</ol>",
            "<pre>",
            "<br/>",
            "<b style=\"c:d\">",
            "p",
            ".a",
            "#b",
            " > ",
            "+",
            "~",
            ",",
            "*",
            "[x=",
            "]",
            "{",
            "}",
            ";",
            ":",
            "c:d",
            "!important",
            "@media ",
            "/*",
            "*/",
            "<!--",
            "-->",
            "'",
            "\"",
            "\\",
            "é",
            "🦆",
            "\u{0}",
            "\n",
            "a|b",
            ":not(",
            ")",
            "::",
            "|=",
            "~=",
            "^=",
            "<svg/>",
            "</",
            "<!",
            "&amp",
            "&#x110000;",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn takes_anything(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        let prepared = prepare(&text);
        // What was made ready stays as it is, but for rules that could not be moved.
        let again = prepare(&prepared);
        prop_assert_eq!(super::text(&again), super::text(&prepared));
        let sheet = stylesheet::Sheet::parse(&text);
        prop_assert!(sheet.kept.len() <= text.len() * 2 + 8);
    }

    #[test]
    fn takes_any_rule(pieces in prop::collection::vec(piece(), 0..12)) {
        let text = pieces.concat();
        let html = format!("<style>{text}{{a:b}}</style><div class='a b' id=b><p x=1>y<td class=a>z</div>");
        let prepared = prepare(&html);
        prop_assert_eq!(super::text(&prepare(&prepared)), super::text(&prepared));
    }
}

/// A usual mail, for docs and reports: `cargo test -p mainstay-mail --release how_long -- --ignored --nocapture`.
#[test]
#[ignore = "measures"]
fn how_long_a_usual_mail_takes() {
    let rows =
        "<tr class=row><td class='cell name'>A thing</td><td class='cell sum'>12 €</td></tr>".repeat(30);
    let rules = [
        "body{margin:0;font-family:Arial,sans-serif}",
        "h1{font-size:24px;color:#111}",
        "p{line-height:1.5;color:#333}",
        ".row td{border-bottom:1px solid #eee}",
        ".cell{padding:8px 0}",
        ".sum{text-align:right}",
        "a{color:#06c}",
        ".button{display:inline-block;padding:12px 20px;background:#06c;color:#fff}",
        "#foot p{font-size:12px;color:#999}",
        "@media (max-width:600px){.cell{padding:4px 0}}",
    ];
    let given = format!(
        "<html><head><style>{}</style></head><body><h1>Your invoice</h1>{}<table>{rows}</table><p><a class=button \
         href='https://example.com/pay'>Pay</a></p><div id=foot><p>Bye</p></div></body></html>",
        rules.concat(),
        "<p>Some words that say what this is about, and some more.</p>".repeat(10)
    );
    let start = Instant::now();
    let length: usize = (0..1_000).map(|_| prepare(&given).len()).sum();
    println!(
        "{} bytes become {}: {:?} each",
        given.len(),
        length / 1_000,
        start.elapsed() / 1_000
    );
}
