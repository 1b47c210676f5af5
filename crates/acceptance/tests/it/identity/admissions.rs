//! Who may sign up: `GET /auth/signup`, `POST /auth/signup-challenge`, `/admissions`, and the page.

use mainstay_acceptance::{Answer, Person, Setup, TestApp};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn signup(person: &Person) -> Value {
    json!({ "email": person.email, "password": person.password })
}

/// Digits that solve a challenge.
fn solve(challenge: &Value) -> Value {
    let (text, bits) = (
        challenge["challenge"].as_str().unwrap(),
        &challenge["difficulty_bits"],
    );
    let shift = 32 - u32::try_from(bits.as_u64().unwrap()).unwrap();
    let is_solved = |nonce: &u32| {
        let hash = Sha256::digest(format!("{text}.{nonce}"));
        u32::from_be_bytes(*hash.first_chunk().unwrap()) >> shift == 0
    };
    json!({ "challenge": text, "nonce": (0..u32::MAX).find(is_solved).unwrap().to_string() })
}

/// Everything but the name of the request and the path.
fn refusal(answer: &Answer) -> Value {
    let mut body = answer.json();
    body["request_id"].take();
    body
}

#[tokio::test]
async fn front_ends_are_told_the_rules() {
    let app = TestApp::start().await;
    let rules = app.nobody().get("/auth/signup").await.expect(200).json();
    let usual = json!({
        "mode": "open", "challenge_required": false, "password_min_length": 12, "terms_url": null, "privacy_url": null
    });
    assert_eq!(rules, usual);
    app.nobody()
        .post("/auth/signup-challenge", Value::Null)
        .await
        .expect_problem(404, "not_found");

    let setup = Setup::default()
        .set("sign_up_mode", "waitlist")
        .set("sign_up_challenge", "on")
        .set("password_min_length", "14")
        .set("terms_url", "https://example.com/terms");
    let app = TestApp::with(setup).await;
    let rules = app.nobody().get("/auth/signup").await.expect(200).json();
    assert_eq!(rules["mode"], "waitlist");
    assert_eq!(rules["challenge_required"], true);
    assert_eq!(rules["password_min_length"], 14);
    assert_eq!(rules["terms_url"], "https://example.com/terms");
}

#[tokio::test]
async fn refusals_are_the_same_whether_there_is_an_account_or_not() {
    for (key, value, status) in [
        ("sign_up_mode", "invite_only", 403),
        ("sign_up_mode", "waitlist", 403),
        ("sign_up_domains", "example.org", 422),
    ] {
        let app = TestApp::with(Setup::default().set(key, value)).await;
        let owner = staff(&app).await;
        let ada = app.named("ada");
        let made = json!({ "email": ada.email, "password": ada.password, "email_verified": true });
        owner.post("/users", made).await.expect(201);
        let known = ada.post("/auth/signup", signup(&ada)).await.expect(status);
        let ghost = app.named("ghost");
        let unknown = ghost.post("/auth/signup", signup(&ghost)).await.expect(status);
        assert_eq!(refusal(&known), refusal(&unknown), "{value}");
        assert!(app.mails_to(&ada.email).await.is_empty());
    }
}

#[tokio::test]
async fn staff_admit_people_who_then_sign_up() {
    let app = TestApp::with(Setup::default().set("sign_up_mode", "waitlist")).await;
    let (owner, ada) = (staff(&app).await, app.named("ada"));
    ada.post("/auth/signup", signup(&ada))
        .await
        .expect_problem(403, "sign_up_waitlisted");
    let body = json!({ "email": ada.email, "locale": "de" });
    let made = owner.post("/admissions", body.clone()).await.expect(201);
    assert_eq!(made.header("location"), format!("/admissions/{}", made.at("/id")));
    assert_eq!(made.at("/created_by"), owner.id);
    let mail = app.mail_to(&ada.email).await;
    assert!(mail.text.contains("Ihr Platz ist frei"), "{}", mail.text);
    let again = owner.post("/admissions", body).await.expect(200);
    assert_eq!(again.json(), made.json());
    let list = owner
        .get("/admissions?email=ADA%40example.com")
        .await
        .expect(200)
        .json();
    assert_eq!(list["data"], json!([made.json()]));
    ada.post("/auth/signup", signup(&ada)).await.expect(202);
    app.mail_to(&ada.email).await;

    let path = format!("/admissions/{}", made.at("/id"));
    owner.delete(&path).await.expect(204);
    owner.delete(&path).await.expect_problem(404, "not_found");
    let list = owner.get("/admissions").await.expect(200).json();
    assert_eq!(list["data"], json!([]));
    owner
        .post("/admissions", json!({ "email": "nobody" }))
        .await
        .expect_field("/email");
}

#[tokio::test]
async fn an_invite_opens_the_gate_in_each_mode() {
    for mode in ["invite_only", "waitlist"] {
        let app = TestApp::with(Setup::default().set("sign_up_mode", mode)).await;
        let (owner, ada) = (staff(&app).await, app.named("ada"));
        let organization = owner
            .post("/organizations", json!({ "name": "Ink" }))
            .await
            .expect(201);
        let path = format!("/organizations/{}/invites", organization.at("/id"));
        let body = json!({ "email": ada.email, "role": "member" });
        owner.post(&path, body).await.expect(201);
        let mut with_invite = signup(&ada);
        with_invite["invite_token"] = app.mail_to(&ada.email).await.link_token().into();
        ada.post("/auth/signup", signup(&ada)).await.expect(403);
        ada.post("/auth/signup", with_invite).await.expect(201);
    }
}

#[tokio::test]
async fn a_challenge_is_solved_and_spent_once() {
    let setup = Setup::default()
        .set("sign_up_challenge", "on")
        .set("sign_up_challenge_bits", "10");
    let app = TestApp::with(setup).await;
    let nobody = app.nobody();
    let challenge = nobody
        .post("/auth/signup-challenge", Value::Null)
        .await
        .expect(200);
    let challenge = challenge.json();
    assert_eq!(challenge["difficulty_bits"], 10);
    assert_eq!(challenge["algorithm"], "sha-256");
    assert_eq!(challenge["expires_in"], 600);
    let ada = app.named("ada");
    ada.post("/auth/signup", signup(&ada))
        .await
        .expect_problem(403, "challenge_required");
    let solution = solve(&challenge);
    let answers = app.at_once(20, |number| {
        let person = app.named(&format!("a{number}"));
        let mut body = signup(&person);
        body["challenge"] = solution.clone();
        async move { person.post("/auth/signup", body).await }
    });
    let answers = answers.await;
    let (through, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 202);
    assert_eq!((through.len(), refused.len()), (1, 19));
    for answer in refused {
        answer.expect_problem(403, "challenge_invalid");
    }
}

#[tokio::test]
async fn the_page_works_before_it_signs_up_and_says_what_is_refused() {
    let app = TestApp::with(Setup::default().set("sign_up_challenge", "on")).await;
    let mut browser = app.named("ada").browser();
    let page = browser.get("/signup").await.expect(200).text();
    for part in [
        "data-challenge=\"/auth/signup-challenge\"",
        "<noscript>",
        "/assets/challenge.",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let form = [
        ("email", "ada@example.com"),
        ("password", "quiet otters juggle 9 lanterns"),
    ];
    let page = browser.post("/signup", &form).await.expect(422).text();
    assert!(page.contains("Send the form again"), "{page}");

    let app = TestApp::with(Setup::default().set("sign_up_mode", "invite_only")).await;
    let mut browser = app.named("ada").browser().reading("fr");
    let page = browser.get("/signup").await.expect(200).text();
    assert!(!page.contains("data-challenge"), "{page}");
    let page = browser.post("/signup", &form).await.expect(422).text();
    assert!(page.contains("L’inscription se fait sur invitation"), "{page}");
    let form = [("email", "ada@mailinator.com"), form[1]];
    let page = browser.post("/signup", &form).await.expect(422).text();
    assert!(page.contains("adresse jetable"), "{page}");
}

/// The first owner, whom no gate keeps out.
async fn staff(app: &TestApp) -> Person {
    let mut owner = app.named("owner");
    let link = app.app().setup_link().await.unwrap().unwrap();
    let token = link.split_once("token=").unwrap().1.to_owned();
    let form = [
        ("token", token.as_str()),
        ("email", &owner.email),
        ("password", &owner.password),
    ];
    let mut browser = owner.browser();
    let made = browser.post("/setup", &form).await;
    assert!(made.status < 400, "{made}");
    owner.sign_in().await;
    owner
}
