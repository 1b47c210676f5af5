use serde_json::json;

use super::*;

fn declared(value: Value) -> Result<Variables, Vec<FieldError>> {
    Variables::parse(serde_json::from_value(value).unwrap())
}

fn faults(variables: &Variables, told: &Value) -> Vec<(String, &'static str)> {
    let faults = variables.faults(told.as_object().unwrap());
    let faults = faults.into_iter();
    faults
        .map(|fault| (fault.pointer.to_string(), fault.code))
        .collect()
}

#[test]
fn each_type_takes_what_it_says_and_nothing_else() {
    let words = json!("words");
    for (kind, good, bad) in [
        (
            "string",
            vec![json!(""), words.clone()],
            vec![json!(1), json!([])],
        ),
        (
            "integer",
            vec![json!(0), json!(-9), json!(i64::MAX)],
            vec![json!(1.0), json!(u64::MAX), json!("1")],
        ),
        (
            "number",
            vec![json!(0), json!(1.5)],
            vec![json!("1.5"), json!(true)],
        ),
        ("boolean", vec![json!(false)], vec![json!("false"), json!(0)]),
        (
            "date",
            vec![json!("2024-02-29")],
            vec![
                json!("2026-02-29"),
                json!("2026-2-1"),
                json!("2026-11-24T00:00:00Z"),
                json!(20_261_124),
            ],
        ),
        (
            "datetime",
            vec![json!("2026-11-24T22:04:05Z"), json!("2026-11-24T22:04:05.123Z")],
            vec![json!("2026-11-24"), json!("yesterday"), json!(0)],
        ),
        (
            "url",
            vec![
                json!("https://example.com/a?b=c"),
                json!("http://localhost:8080"),
                json!("mailto:ada@example.com"),
            ],
            vec![
                json!("javascript:alert(1)"),
                json!("java\nscript:alert(1)"),
                json!(" https://example.com"),
                json!("https://example.com/\r\nBcc: eve@example.com"),
                json!("data:text/html,x"),
                json!("ftp://example.com"),
                json!("/relative"),
                json!("//example.com"),
                json!(format!("https://example.com/{}", "x".repeat(LONGEST_URL))),
                json!(1),
            ],
        ),
        (
            "list",
            vec![json!([]), json!([1, "a", {}])],
            vec![json!({}), words.clone()],
        ),
        (
            "object",
            vec![json!({}), json!({ "a": [1] })],
            vec![json!([]), words.clone()],
        ),
    ] {
        let variables = declared(json!([{ "name": "it", "type": kind }])).unwrap();
        for value in good {
            assert_eq!(faults(&variables, &json!({ "it": value })), [], "{kind}: {value}");
        }
        for value in bad {
            let told = json!({ "it": value });
            assert_eq!(
                faults(&variables, &told),
                [("/variables/it".to_owned(), "invalid_value")],
                "{kind}: {value}"
            );
        }
    }
}

#[test]
fn what_is_missing_or_too_much_is_named() {
    let variables = declared(json!([
        { "name": "first_name", "type": "string", "required": true },
        { "name": "note", "type": "string" },
    ]))
    .unwrap();
    assert_eq!(
        faults(
            &variables,
            &json!({ "a/b": 1, "product_name": "x", "first_name": null })
        ),
        [
            ("/variables/first_name".to_owned(), "required"),
            ("/variables/a~1b".to_owned(), "unknown_field"),
            ("/variables/product_name".to_owned(), "unknown_field"),
        ]
    );
    assert_eq!(
        faults(&variables, &json!({ "first_name": "Ada", "note": null })),
        []
    );
    let long = json!({ "first_name": "x".repeat(MOST_TOLD + 1) });
    assert_eq!(faults(&variables, &long), [("/variables".to_owned(), "too_long")]);
    let many: Map<String, Value> = (0..1000).map(|number| (format!("n{number}"), json!(1))).collect();
    assert_eq!(variables.faults(&many).len(), MOST_FAULTS);
    let list = declared(json!([{ "name": "it", "type": "list" }])).unwrap();
    let deep = (0..DEEPEST).fold(json!(1), |inside, _| json!([inside]));
    assert_eq!(faults(&list, &json!({ "it": deep })), []);
    assert_eq!(
        faults(&list, &json!({ "it": [deep] })),
        [("/variables/it".to_owned(), "too_long")]
    );
}

#[test]
fn a_declaration_is_checked_as_a_whole() {
    let refused = declared(json!([
        { "name": "First", "type": "string" },
        { "name": "recipient", "type": "string" },
        { "name": "loop", "type": "list" },
        { "name": "a", "type": "integer", "sample": "x" },
        { "name": "a", "type": "integer" },
        { "name": "b", "type": "string", "sample": "x".repeat(LARGEST_SAMPLE) },
        { "name": "c", "type": "string", "description": "x".repeat(501) },
        { "name": "x".repeat(64), "type": "string" },
    ]));
    let refused: Vec<_> = refused.unwrap_err().into_iter().collect();
    let refused: Vec<_> = refused
        .iter()
        .map(|fault| (&*fault.pointer, fault.code))
        .collect();
    assert_eq!(
        refused,
        [
            ("/variables/0/name", "invalid_value"),
            ("/variables/1/name", "reserved"),
            ("/variables/2/name", "reserved"),
            ("/variables/3/sample", "invalid_value"),
            ("/variables/4/name", "duplicate"),
            ("/variables/5/sample", "too_long"),
            ("/variables/6/description", "too_long"),
            ("/variables/7/name", "invalid_value"),
        ]
    );
    let many: Vec<Value> = (0..65)
        .map(|number| json!({ "name": format!("n{number}"), "type": "string" }))
        .collect();
    assert_eq!(declared(json!(many)).unwrap_err()[0].code, "too_long");
}

#[test]
fn there_is_a_sample_of_whatever_can_be_made_up() {
    for kind in [
        "string", "integer", "number", "boolean", "date", "datetime", "url",
    ] {
        let variables = declared(json!([{ "name": "it", "type": kind, "sample": null }])).unwrap();
        let samples = variables.samples(|_| true);
        assert_eq!(samples.len(), 1, "{kind}");
        assert_eq!(variables.faults(&samples), [], "{kind}");
    }
    let list = declared(json!([{ "name": "it", "type": "list" }])).unwrap();
    assert!(list.samples(|_| true).is_empty());
}

#[test]
fn a_translation_may_lack_what_the_original_is_told() {
    let of = |names: &[(&str, &str)]| {
        let declarations: Vec<Value> = names
            .iter()
            .map(|(name, kind)| json!({ "name": name, "type": kind }))
            .collect();
        declared(json!(declarations)).unwrap()
    };
    let original = of(&[("a", "string"), ("b", "integer"), ("c", "url")]);
    let behind = of(&[("a", "string"), ("b", "string"), ("old", "string")]);
    assert_eq!(original.missing_from(&behind), ["b", "c"]);
    assert_eq!(behind.missing_from(&original), ["b", "old"]);
    assert_eq!(original.missing_from(&original), [""; 0]);
}
