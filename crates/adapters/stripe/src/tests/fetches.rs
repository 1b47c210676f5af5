//! What an object is, and what hangs on it.

use ports::payments::{
    DisputeState, InvoiceState, ObjectKind, ObjectRef, PaymentProvider as _, PaymentSnapshot, PaymentState,
    ProviderError, RefundState, Snapshot,
};
use serde_json::{Value, json};

use super::checkouts::{money, session};
use super::stub::{NOW, Stub, answer, at};
use super::subscriptions::subscribed;

fn with(mut object: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

fn intent(changes: &Value) -> Value {
    with(
        json!({
            "id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 1999, "amount_received": 1999,
            "currency": "usd", "customer": "cus_1", "created": NOW, "metadata": {"payment_id": "pay_1"},
            "last_payment_error": null,
            "latest_charge": {"id": "ch_1", "object": "charge", "amount": 1999, "amount_refunded": 0, "currency": "usd",
                "created": NOW + 5, "payment_intent": "pi_1", "billing_details": {"email": "ada@example.com"},
                "balance_transaction": {"id": "txn_1", "amount": 1999, "fee": 88, "currency": "eur"}},
        }),
        changes,
    )
}

fn refunds(refunds: &Value) -> Value {
    json!({"object": "list", "data": refunds, "has_more": false})
}

fn none() -> Value {
    refunds(&json!([]))
}

fn refund(id: &str, amount: i64, status: &str) -> Value {
    json!({"id": id, "object": "refund", "amount": amount, "currency": "usd", "status": status,
        "payment_intent": "pi_1", "charge": "ch_1", "metadata": {"refund_id": format!("rfd_{id}")}})
}

async fn fetched(kind: ObjectKind, id: &str, answers: Vec<Value>) -> (Vec<Snapshot>, Vec<String>) {
    let stub = Stub::of(answers);
    let object = ObjectRef {
        kind,
        id: id.to_owned(),
    };
    let found = stub.stripe().fetch(&object).await.unwrap();
    (found, stub.lines())
}

fn only_payment(mut found: Vec<Snapshot>) -> PaymentSnapshot {
    assert_eq!(found.len(), 1);
    match found.remove(0) {
        Snapshot::Payment(payment) => payment,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_payment_comes_with_its_refunds() {
    let charge = with(
        intent(&json!({}))["latest_charge"].clone(),
        &json!({"amount_refunded": 700}),
    );
    let listed = json!([
        refund("re_2", 200, "pending"),
        refund("re_1", 500, "succeeded"),
        refund("re_0", 9, "failed")
    ]);
    let answers = vec![intent(&json!({"latest_charge": charge})), refunds(&listed)];
    let (found, lines) = fetched(ObjectKind::Payment, "pi_1", answers).await;
    assert_eq!(lines, ["GET /v1/payment_intents/pi_1", "GET /v1/refunds"]);
    let payment = only_payment(found);
    assert_eq!(payment.reference.as_deref(), Some("pay_1"));
    assert_eq!(payment.id.as_deref(), Some("pi_1"));
    assert_eq!(payment.checkout, None);
    assert_eq!(payment.customer.as_deref(), Some("cus_1"));
    assert_eq!(payment.customer_email.as_deref(), Some("ada@example.com"));
    assert_eq!(payment.state, PaymentState::Succeeded);
    assert_eq!(
        (payment.amount, payment.total),
        (money(1999, "USD"), money(1999, "USD"))
    );
    assert_eq!((payment.tax, payment.fee), (None, Some(money(88, "EUR"))));
    assert_eq!(payment.refunded, money(700, "USD"));
    assert_eq!(
        (payment.paid_at, payment.created_at),
        (Some(at(NOW + 5)), Some(at(NOW)))
    );
    let states: Vec<_> = payment
        .refunds
        .iter()
        .map(|refund| (refund.id.as_deref(), &refund.state))
        .collect();
    assert_eq!(
        states,
        [
            (Some("re_2"), &RefundState::Pending),
            (Some("re_1"), &RefundState::Succeeded),
            (Some("re_0"), &RefundState::Failed),
        ]
    );
    assert_eq!(payment.refunds[0].reference.as_deref(), Some("rfd_re_2"));
}

#[tokio::test]
async fn knows_the_words_for_where_a_payment_stands() {
    let failed = |code: &str| PaymentState::Failed {
        code: code.to_owned(),
    };
    let error = |error: Value| json!({"status": "requires_payment_method", "last_payment_error": error});
    for (changes, expected) in [
        (json!({"status": "requires_payment_method"}), PaymentState::Open),
        (
            error(json!({"code": "card_declined", "decline_code": "insufficient_funds"})),
            failed("insufficient_funds"),
        ),
        (
            error(json!({"code": "card_declined", "decline_code": "generic_decline"})),
            failed("card_declined"),
        ),
        (error(json!({"type": "api_error"})), failed("api_error")),
        (error(json!({})), failed("")),
        (
            json!({"status": "requires_confirmation"}),
            PaymentState::RequiresAction,
        ),
        (json!({"status": "requires_action"}), PaymentState::RequiresAction),
        (json!({"status": "processing"}), PaymentState::Processing),
        (json!({"status": "requires_capture"}), PaymentState::Processing),
        (json!({"status": "canceled"}), PaymentState::Canceled),
        (
            json!({"status": "succeeded", "last_payment_error": {"code": "x"}}),
            PaymentState::Succeeded,
        ),
        (
            json!({"status": "Succeeded"}),
            PaymentState::Unknown("Succeeded".to_owned()),
        ),
        (
            json!({"status": "paid"}),
            PaymentState::Unknown("paid".to_owned()),
        ),
    ] {
        let changes = with(changes, &json!({"latest_charge": null}));
        let (found, _) = fetched(ObjectKind::Payment, "pi_1", vec![intent(&changes)]).await;
        let payment = only_payment(found);
        assert_eq!(payment.state, expected);
        assert_eq!(payment.paid_at, None);
    }
}

#[tokio::test]
async fn nothing_received_yet_is_not_a_total_of_nothing() {
    let held = json!({"status": "requires_capture", "amount_received": 0, "latest_charge": null});
    let (found, _) = fetched(ObjectKind::Payment, "pi_1", vec![intent(&held)]).await;
    assert_eq!(only_payment(found).total, money(1999, "USD"));
    let part = json!({"amount_received": 1500, "latest_charge": null});
    let (found, _) = fetched(ObjectKind::Payment, "pi_1", vec![intent(&part)]).await;
    let payment = only_payment(found);
    assert_eq!(
        (payment.amount, payment.total),
        (money(1999, "USD"), money(1500, "USD"))
    );
}

#[tokio::test]
async fn all_pages_of_refunds_are_read() {
    let first =
        json!({"data": [refund("re_3", 1, "succeeded"), refund("re_2", 1, "succeeded")], "has_more": true});
    let stub = Stub::of([
        intent(&json!({"latest_charge": "ch_1"})),
        first,
        refunds(&json!([refund("re_1", 1, "failed")])),
    ]);
    let object = ObjectRef {
        kind: ObjectKind::Payment,
        id: "pi_1".to_owned(),
    };
    let payment = only_payment(stub.stripe().fetch(&object).await.unwrap());
    assert_eq!(payment.refunds.len(), 3);
    // The charge was not told along, so it is what has not failed.
    assert_eq!(payment.refunded, money(2, "USD"));
    let asked = stub.asked();
    assert_eq!(asked[1].param("starting_after"), None);
    assert_eq!(asked[2].param("starting_after"), Some("re_2"));
    assert!(
        asked[1..]
            .iter()
            .all(|asked| asked.param("payment_intent") == Some("pi_1"))
    );
}

#[tokio::test]
async fn a_charge_leads_to_its_payment() {
    let charge = intent(&json!({}))["latest_charge"].clone();
    for id in ["ch_1", "py_1"] {
        let answers = vec![charge.clone(), intent(&json!({})), none()];
        let (found, lines) = fetched(ObjectKind::Payment, id, answers).await;
        assert_eq!(lines[0], format!("GET /v1/charges/{id}"));
        assert_eq!(only_payment(found).id.as_deref(), Some("pi_1"));
    }
    let stub = Stub::of([with(charge, &json!({"payment_intent": null}))]);
    let object = ObjectRef {
        kind: ObjectKind::Payment,
        id: "ch_1".to_owned(),
    };
    let error = stub.stripe().fetch(&object).await.unwrap_err();
    assert!(matches!(error, ProviderError::NotFound), "{error}");
}

#[tokio::test]
async fn a_refund_leads_to_its_payment() {
    let by_charge = with(refund("re_1", 5, "pending"), &json!({"payment_intent": null}));
    let charge = intent(&json!({}))["latest_charge"].clone();
    let listed = refunds(&json!([refund("re_1", 5, "pending")]));
    for (answers, calls) in [
        (
            vec![refund("re_1", 5, "pending"), intent(&json!({})), listed.clone()],
            3,
        ),
        (vec![by_charge, charge, intent(&json!({})), listed], 4),
    ] {
        let (found, lines) = fetched(ObjectKind::Refund, "re_1", answers).await;
        assert_eq!((lines[0].as_str(), lines.len()), ("GET /v1/refunds/re_1", calls));
        assert_eq!(only_payment(found).refunds.len(), 1);
    }
}

fn dispute(changes: &Value) -> Value {
    with(
        json!({"id": "dp_1", "object": "dispute", "status": "needs_response", "amount": 1999, "currency": "usd",
            "reason": "fraudulent", "payment_intent": "pi_1", "charge": "ch_1", "balance_transactions": [],
            "evidence_details": {"due_by": NOW + 9}, "created": NOW}),
        changes,
    )
}

#[tokio::test]
async fn a_dispute_comes_with_its_payment() {
    let charge = intent(&json!({}))["latest_charge"].clone();
    let orphan = json!({"payment_intent": null});
    let orphaned = with(charge.clone(), &orphan);
    for (answers, calls, has_payment) in [
        (vec![dispute(&json!({})), intent(&json!({})), none()], 3, true),
        (
            vec![dispute(&orphan), charge, intent(&json!({})), none()],
            4,
            true,
        ),
        (vec![dispute(&orphan), orphaned], 2, false),
    ] {
        let (found, lines) = fetched(ObjectKind::Dispute, "dp_1", answers).await;
        assert_eq!((lines[0].as_str(), lines.len()), ("GET /v1/disputes/dp_1", calls));
        let Snapshot::Dispute(dispute) = &found[0] else {
            panic!("{found:?}")
        };
        assert_eq!(dispute.payment.as_deref(), has_payment.then_some("pi_1"));
        assert_eq!(dispute.amount, money(1999, "USD"));
        assert_eq!(dispute.reason.as_deref(), Some("fraudulent"));
        assert_eq!(
            (dispute.due_at, dispute.created_at),
            (Some(at(NOW + 9)), Some(at(NOW)))
        );
        assert_eq!(matches!(found.get(1), Some(Snapshot::Payment(_))), has_payment);
    }
}

#[tokio::test]
async fn knows_what_a_dispute_has_taken() {
    let taken = |amount: i64, currency: &str| json!({"id": "txn", "amount": amount, "fee": 1500, "currency": currency});
    for (status, transactions, state, withdrawn) in [
        (
            "needs_response",
            json!([taken(-1999, "usd")]),
            DisputeState::NeedsResponse,
            1999,
        ),
        (
            "warning_needs_response",
            json!([]),
            DisputeState::NeedsResponse,
            0,
        ),
        (
            "under_review",
            json!([taken(-1999, "usd")]),
            DisputeState::UnderReview,
            1999,
        ),
        (
            "appeal_under_review",
            json!([taken(-1999, "eur")]),
            DisputeState::UnderReview,
            1999,
        ),
        (
            "won",
            json!([taken(-1999, "usd"), taken(1999, "usd")]),
            DisputeState::Won,
            0,
        ),
        (
            "won",
            json!([taken(-1800, "eur"), taken(1780, "eur")]),
            DisputeState::Won,
            0,
        ),
        (
            "lost",
            json!([taken(-1999, "usd"), taken(500, "usd")]),
            DisputeState::Lost,
            1499,
        ),
        // More was put back than was taken; nothing is owed for that.
        (
            "won",
            json!([taken(-1999, "usd"), taken(2000, "usd")]),
            DisputeState::Won,
            0,
        ),
        ("warning_closed", json!([]), DisputeState::Closed, 0),
        ("prevented", json!([]), DisputeState::Closed, 0),
        (
            "settled",
            json!([]),
            DisputeState::Unknown("settled".to_owned()),
            0,
        ),
    ] {
        let changes = json!({"status": status, "balance_transactions": transactions,
            "payment_intent": null, "charge": null});
        let (found, _) = fetched(ObjectKind::Dispute, "dp_1", vec![dispute(&changes)]).await;
        let [Snapshot::Dispute(dispute)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(
            (&dispute.state, dispute.withdrawn),
            (&state, money(withdrawn, "USD")),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_page_comes_with_its_payment() {
    let paid = session();
    let paid = with(
        paid,
        &json!({"status": "complete", "payment_status": "paid", "payment_intent": intent(&json!({})),
        "metadata": {"payment_id": "pay_1"}, "amount_total": 2379, "total_details": {"amount_tax": 380},
        "customer_details": {"email": "bob@example.com"}, "created": NOW - 5}),
    );
    let intent = with(
        paid["payment_intent"].clone(),
        &json!({"amount": 2379, "amount_received": 2379}),
    );
    let paid = with(paid, &json!({"payment_intent": intent}));
    let stub = Stub::of([paid, none()]);
    let object = ObjectRef {
        kind: ObjectKind::Checkout,
        id: "cs_test_1".to_owned(),
    };
    let payment = only_payment(stub.stripe().fetch(&object).await.unwrap());
    assert_eq!(
        stub.lines(),
        ["GET /v1/checkout/sessions/cs_test_1", "GET /v1/refunds"]
    );
    let expanded = stub.asked()[0].param("expand[0]").map(str::to_owned);
    assert_eq!(
        expanded.as_deref(),
        Some("payment_intent.latest_charge.balance_transaction")
    );
    assert_eq!(payment.checkout.as_deref(), Some("cs_test_1"));
    assert_eq!(payment.id.as_deref(), Some("pi_1"));
    assert_eq!(payment.reference.as_deref(), Some("pay_1"));
    assert_eq!(payment.state, PaymentState::Succeeded);
    // What Stripe adds is not in what was asked for.
    assert_eq!(
        (payment.amount, payment.total),
        (money(1999, "USD"), money(2379, "USD"))
    );
    assert_eq!(
        (payment.tax, payment.fee),
        (Some(money(380, "USD")), Some(money(88, "EUR")))
    );
    assert_eq!(payment.customer_email.as_deref(), Some("bob@example.com"));
    assert_eq!(
        (payment.paid_at, payment.created_at),
        (Some(at(NOW + 5)), Some(at(NOW - 5)))
    );
}

#[tokio::test]
async fn a_page_is_paid_only_when_all_say_so() {
    let unknown = |word: &str| PaymentState::Unknown(word.to_owned());
    let failed = PaymentState::Failed {
        code: "card_declined".to_owned(),
    };
    let tried = json!({"status": "requires_payment_method", "last_payment_error": {"code": "card_declined"}});
    for (status, payment_status, payment, expected) in [
        ("open", json!("unpaid"), None, PaymentState::Open),
        ("open", json!("unpaid"), Some(tried.clone()), failed.clone()),
        (
            "open",
            json!("unpaid"),
            Some(json!({"status": "requires_action"})),
            PaymentState::RequiresAction,
        ),
        (
            "open",
            json!("unpaid"),
            Some(json!({"status": "canceled"})),
            PaymentState::Open,
        ),
        ("complete", json!("paid"), None, PaymentState::Succeeded),
        (
            "complete",
            json!("no_payment_required"),
            None,
            PaymentState::Succeeded,
        ),
        (
            "complete",
            json!("paid"),
            Some(json!({"status": "processing"})),
            PaymentState::Processing,
        ),
        (
            "complete",
            json!("paid"),
            Some(json!({"status": "odd"})),
            unknown("odd"),
        ),
        ("complete", json!("unpaid"), None, PaymentState::Processing),
        ("complete", json!("unpaid"), Some(tried), failed),
        ("complete", json!("gift"), None, unknown("gift")),
        ("complete", json!(null), None, unknown("")),
        ("expired", json!("unpaid"), None, PaymentState::Expired),
        ("expired", json!("paid"), None, PaymentState::Expired),
        ("Complete", json!("paid"), None, unknown("Complete")),
    ] {
        let payment = payment.map(|changes| intent(&with(changes, &json!({"latest_charge": null}))));
        let changes = json!({"status": status, "payment_status": payment_status, "payment_intent": payment});
        let (found, _) = fetched(ObjectKind::Checkout, "cs_test_1", vec![with(session(), &changes)]).await;
        assert_eq!(only_payment(found).state, expected, "{status} {payment_status}");
    }
}

#[tokio::test]
async fn a_page_without_what_is_needed_is_an_error() {
    for missing in ["status", "currency", "amount_total", "amount_subtotal"] {
        let stub = Stub::of([with(session(), &json!({missing: null}))]);
        let object = ObjectRef {
            kind: ObjectKind::Checkout,
            id: "cs_test_1".to_owned(),
        };
        let error = stub.stripe().fetch(&object).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Unavailable(_)),
            "{missing}: {error}"
        );
    }
}

fn invoice(changes: &Value) -> Value {
    with(
        json!({
            "id": "in_1", "object": "invoice", "status": "paid", "currency": "usd", "total": 2975, "amount_paid": 2975,
            "total_taxes": [{"amount": 475}], "number": "A-1", "billing_reason": "subscription_cycle",
            "hosted_invoice_url": "https://invoice.stripe.com/i/1", "invoice_pdf": "https://pay.stripe.com/i/1/pdf",
            "attempt_count": 1, "next_payment_attempt": null, "period_start": NOW - 9, "period_end": NOW - 9,
            "created": NOW, "status_transitions": {"paid_at": NOW + 3},
            "parent": {"subscription_details": {"subscription": "sub_1", "metadata": {"subscription_id": "sub_ours"}}},
            "lines": {"has_more": false, "data": [
                {"amount": -100, "period": {"start": NOW - 50, "end": NOW},
                    "parent": {"subscription_item_details": {"proration": true}}},
                {"amount": 2600, "period": {"start": NOW, "end": NOW + 100},
                    "parent": {"subscription_item_details": {"proration": false}}},
            ]},
            "payments": {"has_more": false, "data": [
                {"id": "inpay_1", "status": "canceled", "payment": {"payment_intent": "pi_0"}},
                {"id": "inpay_2", "status": "paid", "payment": {"payment_intent": "pi_1"}},
            ]},
        }),
        changes,
    )
}

/// A payment that knows nothing of us, like those of renewals.
fn renewal() -> Value {
    intent(&json!({"amount": 2975, "amount_received": 2975, "metadata": {}}))
}

#[tokio::test]
async fn an_invoice_comes_with_its_payment_and_its_subscription() {
    let answers = vec![invoice(&json!({})), renewal(), none(), subscribed(&json!({}))];
    let (found, lines) = fetched(ObjectKind::Invoice, "in_1", answers).await;
    assert_eq!(
        lines,
        [
            "GET /v1/invoices/in_1",
            "GET /v1/payment_intents/pi_1",
            "GET /v1/refunds",
            "GET /v1/subscriptions/sub_1",
        ]
    );
    let [
        Snapshot::Invoice(invoice),
        Snapshot::Payment(payment),
        Snapshot::Subscription(subscription),
    ] = found.as_slice()
    else {
        panic!("{found:?}")
    };
    assert_eq!(
        (invoice.subscription.as_deref(), invoice.payment.as_deref()),
        (Some("sub_1"), Some("pi_1"))
    );
    assert_eq!(invoice.state, InvoiceState::Paid);
    assert_eq!(invoice.subtotal, money(2500, "USD"));
    assert_eq!(
        (invoice.tax, invoice.total, invoice.paid),
        (money(475, "USD"), money(2975, "USD"), money(2975, "USD"))
    );
    // The time that is paid for, not the time before.
    assert_eq!(
        (invoice.period_start, invoice.period_end),
        (Some(at(NOW)), Some(at(NOW + 100)))
    );
    assert_eq!(
        (invoice.created_at, invoice.paid_at),
        (Some(at(NOW)), Some(at(NOW + 3)))
    );
    assert_eq!(
        (payment.invoice.as_deref(), payment.subscription.as_deref()),
        (Some("in_1"), Some("sub_1"))
    );
    assert_eq!(payment.reference.as_deref(), Some("sub_ours"));
    assert_eq!(
        (payment.amount, payment.total),
        (money(2500, "USD"), money(2975, "USD"))
    );
    assert_eq!(payment.tax, Some(money(475, "USD")));
    assert_eq!(subscription.reference.as_deref(), Some("sub_ours"));
}

#[tokio::test]
async fn an_invoice_of_before_basil_is_understood() {
    let old = json!({
        "parent": null, "payments": null, "total_taxes": null, "total_tax_amounts": [{"amount": 475}],
        "subscription": "sub_1", "payment_intent": "pi_1",
        "subscription_details": {"metadata": {"subscription_id": "sub_ours"}},
        "lines": {"has_more": false, "data": [{"amount": 1, "proration": true, "period": {"start": NOW, "end": NOW + 7}}]},
    });
    let answers = vec![invoice(&old), renewal(), none(), subscribed(&json!({}))];
    let (found, _) = fetched(ObjectKind::Invoice, "in_1", answers).await;
    let [Snapshot::Invoice(invoice), Snapshot::Payment(payment), _] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        (invoice.subscription.as_deref(), invoice.payment.as_deref()),
        (Some("sub_1"), Some("pi_1"))
    );
    assert_eq!(invoice.tax, money(475, "USD"));
    assert_eq!(invoice.period_end, Some(at(NOW + 7)));
    assert_eq!(payment.reference.as_deref(), Some("sub_ours"));
}

#[tokio::test]
async fn an_invoice_that_nobody_has_paid_has_no_payment_that_settled_it() {
    let open = json!({"status": "open", "amount_paid": 0, "payments": {"has_more": false, "data": [
        {"id": "inpay_2", "status": "open", "is_default": false, "payment": {"payment_intent": "pi_0"}},
        {"id": "inpay_1", "status": "open", "is_default": true, "payment": {"payment_intent": "pi_1"}},
    ]}});
    let unpaid = with(
        renewal(),
        &json!({"status": "requires_payment_method", "latest_charge": null}),
    );
    let answers = vec![invoice(&open), unpaid, subscribed(&json!({}))];
    let (found, lines) = fetched(ObjectKind::Invoice, "in_1", answers).await;
    assert_eq!(lines[1], "GET /v1/payment_intents/pi_1");
    let [Snapshot::Invoice(invoice), Snapshot::Payment(payment), _] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((&invoice.state, &invoice.payment), (&InvoiceState::Open, &None));
    assert_eq!(
        (&payment.state, payment.invoice.as_deref()),
        (&PaymentState::Open, Some("in_1"))
    );
}

#[tokio::test]
async fn what_was_given_up_is_no_payment_of_an_invoice() {
    let given_up = json!({"status": "open", "amount_paid": 0, "parent": null, "payments": {"has_more": false, "data": [
        {"id": "inpay_1", "status": "canceled", "is_default": true, "payment": {"payment_intent": "pi_1"}},
    ]}});
    let (found, lines) = fetched(ObjectKind::Invoice, "in_1", vec![invoice(&given_up)]).await;
    assert_eq!(lines, ["GET /v1/invoices/in_1"]);
    assert!(matches!(found.as_slice(), [Snapshot::Invoice(_)]));
}

#[tokio::test]
async fn what_was_left_with_the_seller_is_not_taken_for_taxes() {
    let less = with(renewal(), &json!({"amount": 2000, "amount_received": 2000}));
    let bare = invoice(&json!({"parent": null}));
    let (found, _) = fetched(ObjectKind::Invoice, "in_1", vec![bare, less, none()]).await;
    let [Snapshot::Invoice(_), Snapshot::Payment(payment)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        (payment.amount, payment.total, payment.tax),
        (money(2000, "USD"), money(2000, "USD"), None)
    );
}

#[tokio::test]
async fn knows_the_words_for_where_an_invoice_stands() {
    for (status, expected) in [
        ("draft", InvoiceState::Draft),
        ("open", InvoiceState::Open),
        ("paid", InvoiceState::Paid),
        ("uncollectible", InvoiceState::Uncollectible),
        ("void", InvoiceState::Void),
        ("PAID", InvoiceState::Unknown("PAID".to_owned())),
    ] {
        let changes = json!({"status": status, "payments": null, "parent": null});
        let (found, _) = fetched(ObjectKind::Invoice, "in_1", vec![invoice(&changes)]).await;
        let [Snapshot::Invoice(invoice)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(invoice.state, expected);
    }
}

#[tokio::test]
async fn a_payment_that_knows_nothing_of_us_is_found_by_its_invoice() {
    let payments = |invoice: Value| {
        json!({"has_more": false, "data": [
        {"id": "inpay_1", "status": "paid", "invoice": invoice, "payment": {"payment_intent": "pi_1"}}]})
    };
    let whole = vec![renewal(), payments(invoice(&json!({}))), none()];
    let by_id = vec![renewal(), payments(json!("in_1")), invoice(&json!({})), none()];
    let before_basil = vec![
        with(renewal(), &json!({"invoice": "in_1"})),
        invoice(&json!({})),
        none(),
    ];
    for answers in [whole, by_id, before_basil] {
        let (found, _) = fetched(ObjectKind::Payment, "pi_1", answers).await;
        let payment = only_payment(found);
        assert_eq!(payment.invoice.as_deref(), Some("in_1"));
        assert_eq!(payment.subscription.as_deref(), Some("sub_1"));
        assert_eq!(payment.reference.as_deref(), Some("sub_ours"));
        assert_eq!(payment.amount, money(2500, "USD"));
    }
    let (found, _) = fetched(ObjectKind::Payment, "pi_1", vec![renewal(), none(), none()]).await;
    let payment = only_payment(found);
    assert_eq!(
        (payment.reference, payment.invoice, payment.amount),
        (None, None, money(2975, "USD"))
    );
}

#[tokio::test]
async fn a_payment_of_an_invoice_leads_to_the_invoice() {
    let payment =
        json!({"id": "inpay_1", "status": "paid", "invoice": "in_1", "payment": {"payment_intent": "pi_1"}});
    let bare = invoice(&json!({"payments": null, "parent": null}));
    let (found, lines) = fetched(ObjectKind::Invoice, "inpay_1", vec![payment, bare]).await;
    assert_eq!(
        lines,
        ["GET /v1/invoice_payments/inpay_1", "GET /v1/invoices/in_1"]
    );
    assert!(matches!(found.as_slice(), [Snapshot::Invoice(_)]));
}

#[tokio::test]
async fn a_page_for_a_subscription_comes_with_all_of_it() {
    let done = json!({"mode": "subscription", "status": "complete", "payment_status": "paid", "invoice": "in_1",
        "subscription": "sub_1", "metadata": {"subscription_id": "sub_ours"}, "amount_subtotal": 2500,
        "amount_total": 2975, "total_details": {"amount_tax": 475}, "customer": "cus_1"});
    let answers = vec![
        with(session(), &done),
        invoice(&json!({})),
        renewal(),
        none(),
        subscribed(&json!({})),
    ];
    let (found, _) = fetched(ObjectKind::Checkout, "cs_test_1", answers).await;
    let [
        Snapshot::Payment(payment),
        Snapshot::Invoice(_),
        Snapshot::Subscription(_),
    ] = found.as_slice()
    else {
        panic!("{found:?}")
    };
    assert_eq!(payment.checkout.as_deref(), Some("cs_test_1"));
    assert_eq!(payment.id.as_deref(), Some("pi_1"));
    assert_eq!(
        (payment.invoice.as_deref(), payment.subscription.as_deref()),
        (Some("in_1"), Some("sub_1"))
    );
    assert_eq!(payment.reference.as_deref(), Some("sub_ours"));
    assert_eq!(payment.state, PaymentState::Succeeded);
    assert_eq!(
        (payment.amount, payment.total),
        (money(2500, "USD"), money(2975, "USD"))
    );

    // A trial is paid for with nothing.
    let trial = with(
        with(session(), &done),
        &json!({"payment_status": "no_payment_required", "invoice": null,
        "amount_subtotal": 0, "amount_total": 0, "total_details": {"amount_tax": 0}}),
    );
    let answers = vec![trial, subscribed(&json!({"status": "trialing"}))];
    let (found, _) = fetched(ObjectKind::Checkout, "cs_test_1", answers).await;
    let [Snapshot::Payment(payment), Snapshot::Subscription(_)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        (&payment.state, payment.total, &payment.id),
        (&PaymentState::Succeeded, money(0, "USD"), &None)
    );

    let waiting = with(
        session(),
        &json!({"mode": "subscription", "metadata": {"subscription_id": "sub_ours"}}),
    );
    let (found, _) = fetched(ObjectKind::Checkout, "cs_test_1", vec![waiting]).await;
    let payment = only_payment(found);
    assert_eq!(
        (payment.state, payment.reference.as_deref()),
        (PaymentState::Open, Some("sub_ours"))
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let missing = json!({"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such."}});
    for kind in [
        ObjectKind::Checkout,
        ObjectKind::Payment,
        ObjectKind::Refund,
        ObjectKind::Dispute,
        ObjectKind::Subscription,
        ObjectKind::Invoice,
    ] {
        let stub = Stub::new([Ok(answer(404, &missing))]);
        let object = ObjectRef {
            kind,
            id: "x_1".to_owned(),
        };
        let error = stub.stripe().fetch(&object).await.unwrap_err();
        assert!(matches!(error, ProviderError::NotFound), "{kind:?}: {error}");
    }
    let object = ObjectRef {
        kind: ObjectKind::Reference,
        id: "pay_1".to_owned(),
    };
    let error = Stub::of([]).stripe().fetch(&object).await.unwrap_err();
    assert!(matches!(error, ProviderError::NotFound), "{error}");
}
