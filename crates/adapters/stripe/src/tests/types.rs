//! What is sent and what is read, beside the types of Stripe's own library for TypeScript, which are of the release
//! that is spoken here.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use ports::http::HttpMethod;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::every_call;
use super::stub::Asked;
use crate::EVENT_TYPES;

/// The tools with Stripe's library. Without them the tests are skipped on a person's machine and fail in CI.
fn tools() -> Option<PathBuf> {
    let tools = std::env::var_os("MAINSTAY_TEST_TOOLS").map(PathBuf::from);
    let tools = tools.filter(|tools| tools.join("node/node_modules/stripe/esm/shared.d.ts").is_file());
    assert!(
        tools.is_some() || std::env::var_os("CI").is_none(),
        "run the tests with `cargo xtask test`, which brings Stripe's types"
    );
    tools
}

/// What the compiler says against a program.
fn complaints(tools: &Path, program: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    closed_types(tools, &folder);
    std::fs::write(folder.path().join("calls.ts"), program).unwrap();
    let settings = json!({
        "compilerOptions": {
            "strict": true, "noEmit": true, "skipLibCheck": true, "target": "es2022", "module": "esnext",
            "moduleResolution": "bundler", "types": [],
        },
        "files": ["calls.ts"],
    });
    std::fs::write(folder.path().join("tsconfig.json"), settings.to_string()).unwrap();
    let node = tools.join("venv/bin/node");
    let output = Command::new(if node.is_file() { node } else { "node".into() })
        .arg(tools.join("node/node_modules/typescript/bin/tsc"))
        .arg("-p")
        .arg(folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.success(), text.is_empty(), "{text}");
    text.lines().map(str::to_owned).collect()
}

/// A copy of the types in which a word that is not listed is an error: as they are, they let any word pass.
fn closed_types(tools: &Path, folder: &TempDir) {
    let from = tools.join("node/node_modules/stripe");
    let to = folder.path().join("node_modules/stripe");
    copy(&from.join("esm"), &to.join("esm"));
    std::fs::copy(from.join("package.json"), to.join("package.json")).unwrap();
    let shared = to.join("esm/shared.d.ts");
    let open = std::fs::read_to_string(&shared).unwrap();
    let closed = open.replace(
        "OtherString = string & Record<never, never>",
        "OtherString = never",
    );
    assert_ne!(open, closed, "the types are closed in another way now");
    std::fs::write(shared, closed).unwrap();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else if path.to_string_lossy().ends_with(".d.ts") {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

/// The type of the parameters of a call.
fn type_of(asked: &Asked) -> &'static str {
    let parts: Vec<&str> = asked.path.trim_start_matches("/v1/").split('/').collect();
    match (asked.method, parts.as_slice()) {
        (HttpMethod::Post, ["checkout", "sessions"]) => "Checkout.SessionCreateParams",
        (HttpMethod::Post, ["checkout", "sessions", _, "expire"]) => "Checkout.SessionExpireParams",
        (HttpMethod::Get, ["checkout", "sessions", _]) => "Checkout.SessionRetrieveParams",
        (HttpMethod::Get, ["payment_intents", _]) => "PaymentIntentRetrieveParams",
        (HttpMethod::Get, ["charges", _]) => "ChargeRetrieveParams",
        (HttpMethod::Post, ["refunds"]) => "RefundCreateParams",
        (HttpMethod::Get, ["refunds"]) => "RefundListParams",
        (HttpMethod::Get, ["refunds", _]) => "RefundRetrieveParams",
        (HttpMethod::Get, ["disputes", _]) => "DisputeRetrieveParams",
        (HttpMethod::Get, ["subscriptions", _]) => "SubscriptionRetrieveParams",
        (HttpMethod::Post, ["subscriptions", _]) => "SubscriptionUpdateParams",
        (HttpMethod::Post, ["subscriptions", _, "resume"]) => "SubscriptionResumeParams",
        (HttpMethod::Delete, ["subscriptions", _]) => "SubscriptionCancelParams",
        (HttpMethod::Get, ["invoices", _]) => "InvoiceRetrieveParams",
        (HttpMethod::Post, ["invoices", "create_preview"]) => "InvoiceCreatePreviewParams",
        (HttpMethod::Get, ["invoice_payments"]) => "InvoicePaymentListParams",
        (HttpMethod::Get, ["invoice_payments", _]) => "InvoicePaymentRetrieveParams",
        (HttpMethod::Post, ["billing_portal", "sessions"]) => "BillingPortal.SessionCreateParams",
        (HttpMethod::Post, ["prices"]) => "PriceCreateParams",
        (HttpMethod::Get, ["events"]) => "EventListParams",
        _ => panic!("{} has no type here", asked.line()),
    }
}

/// From `a[b][0]=1` to `{"a": {"b": [1]}}`.
fn nested(asked: &Asked) -> Value {
    let mut root = json!({});
    for (name, value) in &asked.params {
        let parts: Vec<&str> = name.split('[').map(|part| part.trim_end_matches(']')).collect();
        let place = parts.iter().fold(&mut root, |place, part| &mut place[*part]);
        *place = match value.as_str() {
            "true" => json!(true),
            "false" => json!(false),
            text => text
                .parse::<i64>()
                .map_or_else(|_| json!(text), |number| json!(number)),
        };
    }
    listed(root)
}

/// Objects whose names count from 0 are lists.
fn listed(value: Value) -> Value {
    let Value::Object(fields) = value else {
        return value;
    };
    let fields: Map<String, Value> = fields
        .into_iter()
        .map(|(name, field)| (name, listed(field)))
        .collect();
    let mut numbered: Vec<(usize, Value)> = Vec::new();
    for (name, field) in &fields {
        match name.parse() {
            Ok(number) => numbered.push((number, field.clone())),
            Err(_) => return Value::Object(fields),
        }
    }
    if numbered.is_empty() {
        return Value::Object(fields);
    }
    numbered.sort_by_key(|(number, _)| *number);
    assert!(
        numbered
            .iter()
            .enumerate()
            .all(|(place, (number, _))| place == *number),
        "{numbered:?}"
    );
    Value::Array(numbered.into_iter().map(|(_, field)| field).collect())
}

fn program(calls: &[(String, Value)]) -> String {
    let mut program = String::from("import Stripe from 'stripe';\n");
    for (place, (name, value)) in calls.iter().enumerate() {
        writeln!(program, "export const call{place}: Stripe.{name} = {value};").unwrap();
    }
    program
}

#[tokio::test]
async fn every_call_is_of_the_type_of_stripes_library() {
    let Some(tools) = tools() else { return };
    let calls: Vec<_> = every_call::all()
        .await
        .iter()
        .map(|asked| (type_of(asked).to_owned(), nested(asked)))
        .collect();
    let mut types: Vec<_> = calls.iter().map(|(name, _)| name).collect();
    types.sort_unstable();
    types.dedup();
    println!("{} calls of {} types", calls.len(), types.len());
    assert_eq!(types.len(), 20);
    assert_eq!(complaints(&tools, &program(&calls)), Vec::<String>::new());
}

#[test]
fn the_compiler_would_see_a_fault() {
    let Some(tools) = tools() else { return };
    let faults = [
        (
            "RefundCreateParams",
            json!({"payment_intent": "pi_1", "metadat": {}}),
        ),
        (
            "RefundCreateParams",
            json!({"payment_intent": "pi_1", "amount": "five"}),
        ),
        (
            "SubscriptionUpdateParams",
            json!({"proration_behavior": "always"}),
        ),
        ("PriceCreateParams", json!({"unit_amount": 5})),
        (
            "Checkout.SessionCreateParams",
            json!({"mode": "payment", "line_items": {"price": "price_1"}}),
        ),
    ];
    let calls: Vec<_> = faults
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let complaints = complaints(&tools, &program(&calls));
    for line in 2..2 + faults.len() {
        let place = format!("calls.ts({line},");
        assert!(
            complaints.iter().any(|complaint| complaint.starts_with(&place)),
            "{line}: {complaints:?}"
        );
    }
}

/// Words that Stripe has for where things stand. A word that it gets or loses does not compile.
const WORDS: &[(&str, &[&str])] = &[
    (
        "PaymentIntent.Status",
        &[
            "canceled",
            "processing",
            "requires_action",
            "requires_capture",
            "requires_confirmation",
            "requires_payment_method",
            "succeeded",
        ],
    ),
    (
        "Subscription.Status",
        &[
            "active",
            "canceled",
            "incomplete",
            "incomplete_expired",
            "past_due",
            "paused",
            "trialing",
            "unpaid",
        ],
    ),
    (
        "Subscription.PauseCollection.Behavior",
        &["keep_as_draft", "mark_uncollectible", "void"],
    ),
    (
        "Invoice.Status",
        &["draft", "open", "paid", "uncollectible", "void"],
    ),
    (
        "Dispute.Status",
        &[
            "appeal_needs_response",
            "appeal_under_review",
            "lost",
            "needs_response",
            "prevented",
            "under_review",
            "warning_closed",
            "warning_needs_response",
            "warning_under_review",
            "won",
        ],
    ),
    ("Checkout.Session.Status", &["complete", "expired", "open"]),
    (
        "Checkout.Session.PaymentStatus",
        &["no_payment_required", "paid", "unpaid"],
    ),
];

/// What is read of each object, by its place.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "Checkout.Session",
        &[
            "id",
            "url",
            "status",
            "payment_status",
            "amount_subtotal",
            "amount_total",
            "total_details.amount_tax",
            "currency",
            "customer",
            "customer_details.email",
            "customer_email",
            "client_reference_id",
            "payment_intent",
            "subscription",
            "invoice",
            "metadata",
            "expires_at",
            "created",
        ],
    ),
    (
        "PaymentIntent",
        &[
            "id",
            "status",
            "amount",
            "amount_received",
            "currency",
            "customer",
            "receipt_email",
            "latest_charge",
            "last_payment_error.code",
            "last_payment_error.decline_code",
            "last_payment_error.type",
            "metadata",
            "created",
        ],
    ),
    (
        "Charge",
        &[
            "id",
            "amount_refunded",
            "currency",
            "payment_intent",
            "balance_transaction",
            "billing_details.email",
            "created",
        ],
    ),
    ("BalanceTransaction", &["id", "amount", "fee", "currency"]),
    (
        "Refund",
        &[
            "id",
            "amount",
            "currency",
            "status",
            "payment_intent",
            "charge",
            "metadata",
            "created",
        ],
    ),
    (
        "Dispute",
        &[
            "id",
            "status",
            "amount",
            "currency",
            "reason",
            "payment_intent",
            "charge",
            "balance_transactions",
            "evidence_details.due_by",
            "created",
        ],
    ),
    (
        "Subscription",
        &[
            "id",
            "status",
            "customer",
            "items.data",
            "items.has_more",
            "cancel_at_period_end",
            "cancel_at",
            "ended_at",
            "trial_end",
            "pause_collection.behavior",
            "pause_collection.resumes_at",
            "metadata",
        ],
    ),
    (
        "SubscriptionItem",
        &[
            "id",
            "price.id",
            "quantity",
            "current_period_start",
            "current_period_end",
        ],
    ),
    (
        "Invoice",
        &[
            "id",
            "status",
            "currency",
            "total",
            "amount_paid",
            "total_taxes",
            "number",
            "billing_reason",
            "hosted_invoice_url",
            "invoice_pdf",
            "attempt_count",
            "next_payment_attempt",
            "period_start",
            "period_end",
            "created",
            "status_transitions.paid_at",
            "lines.data",
            "lines.has_more",
            "payments",
            "parent.subscription_details.subscription",
            "parent.subscription_details.metadata",
        ],
    ),
    (
        "InvoiceLineItem",
        &[
            "amount",
            "period.start",
            "period.end",
            "parent.subscription_item_details.proration",
            "parent.invoice_item_details.proration",
        ],
    ),
    (
        "InvoicePayment",
        &["status", "is_default", "invoice", "payment.payment_intent"],
    ),
    ("BillingPortal.Session", &["url"]),
    ("Event", &["id", "type", "created", "livemode", "data.object"]),
];

#[test]
fn what_is_read_is_there_in_stripes_library() {
    let Some(tools) = tools() else { return };
    let mut program = String::from("import Stripe from 'stripe';\n");
    let events: Map<String, Value> = EVENT_TYPES
        .concat()
        .iter()
        .map(|name| ((*name).to_owned(), json!(1)))
        .collect();
    let event = "Stripe.WebhookEndpointCreateParams.EnabledEvent";
    writeln!(
        program,
        "export const events: {{[name in {event}]?: 1}} = {};",
        json!(events)
    )
    .unwrap();
    for (place, (name, words)) in WORDS.iter().enumerate() {
        let words: Map<String, Value> = words.iter().map(|word| ((*word).to_owned(), json!(1))).collect();
        writeln!(
            program,
            "export const words{place}: Record<Stripe.{name}, 1> = {};",
            json!(words)
        )
        .unwrap();
    }
    for (place, (name, fields)) in FIELDS.iter().enumerate() {
        for (at, field) in fields.iter().enumerate() {
            let path: String = field
                .split('.')
                .map(|part| format!("[{part:?}]"))
                .collect::<Vec<_>>()
                .join(">");
            let opened = "NonNullable<".repeat(path.matches('>').count());
            writeln!(
                program,
                "export type Field{place}_{at} = {opened}Stripe.{name}{path};"
            )
            .unwrap();
        }
    }
    assert_eq!(complaints(&tools, &program), Vec::<String>::new());
}

/// What is asked for whole, and the fields on the way there.
const EXPANSIONS: &[(&str, &[(&str, &str)])] = &[
    ("customer", &[("Subscription", "customer")]),
    ("data.invoice", &[("InvoicePayment", "invoice")]),
    (
        "latest_charge.balance_transaction",
        &[
            ("PaymentIntent", "latest_charge"),
            ("Charge", "balance_transaction"),
        ],
    ),
    (
        "payment_intent.latest_charge.balance_transaction",
        &[
            ("Checkout.Session", "payment_intent"),
            ("PaymentIntent", "latest_charge"),
            ("Charge", "balance_transaction"),
        ],
    ),
    ("payments", &[("Invoice", "payments")]),
];

#[tokio::test]
async fn what_is_asked_for_whole_can_be_had_whole() {
    let calls = every_call::all().await;
    let params = calls.iter().flat_map(|asked| &asked.params);
    let mut asked: Vec<_> = params
        .filter(|(name, _)| name.starts_with("expand["))
        .map(|(_, path)| path)
        .collect();
    asked.sort_unstable();
    asked.dedup();
    assert_eq!(asked, EXPANSIONS.iter().map(|(path, _)| path).collect::<Vec<_>>());

    let Some(tools) = tools() else { return };
    let mut program = String::from(
        "import Stripe from 'stripe';\n\
        type Whole<T> = [Extract<NonNullable<T>, {object: string}>] extends [never] ? never : true;\n",
    );
    for (place, (_, fields)) in EXPANSIONS.iter().enumerate() {
        for (at, (name, field)) in fields.iter().enumerate() {
            let whole = format!("Whole<Stripe.{name}[{field:?}]>");
            writeln!(program, "export const whole{place}_{at}: {whole} = true;").unwrap();
        }
    }
    assert_eq!(complaints(&tools, &program), Vec::<String>::new());
    program += "export const text: Whole<Stripe.Charge[\"currency\"]> = true;\n";
    assert_eq!(complaints(&tools, &program).len(), 1);
}

#[test]
fn the_compiler_would_see_another_word_and_another_place() {
    let Some(tools) = tools() else { return };
    let program = "import Stripe from 'stripe';\n\
        export const more: Record<Stripe.Invoice.Status, 1> = {draft: 1, open: 1, paid: 1, uncollectible: 1, void: 1, lost: 1};\n\
        export const fewer: Record<Stripe.Invoice.Status, 1> = {draft: 1, open: 1, paid: 1, uncollectible: 1};\n\
        export type Gone = Stripe.Invoice[\"payment_intent\"];\n";
    let complaints = complaints(&tools, program);
    for line in 2..5 {
        let place = format!("calls.ts({line},");
        assert!(
            complaints.iter().any(|complaint| complaint.starts_with(&place)),
            "{line}: {complaints:?}"
        );
    }
}
