//! What an answer means that is none.

use ports::payments::ProviderError;

use super::*;

async fn outcome(answer: Answer) -> ProviderError {
    let world = World::new();
    world.expect(HttpMethod::Get, "/transactions/288/verify", None, answer);
    let found = provider(&world).fetch(&object(ObjectKind::Payment, "288")).await;
    assert_eq!(world.asked().len(), 1);
    found.unwrap_err()
}

#[tokio::test]
async fn a_question_without_an_answer_has_changed_nothing() {
    for answer in [
        Answer::TimedOut,
        Answer::Broken,
        Answer::TooLong,
        Answer::Json(408, json!({})),
        Answer::Json(503, error("An error occurred. Please contact support")),
        Answer::Json(500, success(&transaction(&json!({})))),
        Answer::Json(302, success(&transaction(&json!({})))),
        Answer::Json(200, error("An error occurred")),
        Answer::Json(
            200,
            json!({ "message": "no status", "data": transaction(&json!({})) }),
        ),
        Answer::Json(
            200,
            json!({ "status": "SUCCESS", "data": transaction(&json!({})) }),
        ),
        Answer::Json(200, success(&json!(null))),
        Answer::Json(200, success(&json!([]))),
        Answer::Text(200, vec![], "<html>".to_owned()),
        Answer::Text(200, vec![], String::new()),
    ] {
        let error = outcome(answer).await;
        assert!(matches!(error, ProviderError::Unavailable(_)), "{error:?}");
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_several_ways() {
    for answer in [
        Answer::Json(404, json!({})),
        Answer::Json(404, error("Not Found")),
        Answer::Json(400, error("No transaction was found for this id")),
        Answer::Json(200, error("No transaction was found for this id")),
        Answer::Json(400, error("Transaction not found")),
    ] {
        assert!(matches!(outcome(answer).await, ProviderError::NotFound));
    }
}

#[tokio::test]
async fn a_refusal_says_what_it_is_about() {
    for status in [401, 403] {
        let error = outcome(Answer::Json(status, error("Invalid authorization key"))).await;
        assert!(matches!(error, ProviderError::Unauthorized(said) if said == "Invalid authorization key"));
    }
    let said = outcome(Answer::Json(422, error("tx_ref is\n required"))).await;
    assert!(
        matches!(said, ProviderError::Refused { code, message } if code == "422" && message == "tx_ref is required")
    );
    let mute = outcome(Answer::Text(400, vec![], "nonsense".to_owned())).await;
    assert!(matches!(mute, ProviderError::Refused { message, .. } if message == "status 400"));
    for (header, expected) in [
        (Some("17"), Some(Duration::from_secs(17))),
        (Some("Sun, 06 Nov 1994 08:49:37 GMT"), None),
        (None, None),
    ] {
        let headers = header.map(|value| ("retry-after".to_owned(), value.to_owned()));
        let answer = Answer::Text(429, headers.into_iter().collect(), error("Slow down").to_string());
        let limited = outcome(answer).await;
        assert!(
            matches!(limited, ProviderError::RateLimited { retry_after } if retry_after == expected),
            "{limited:?}"
        );
    }
}
