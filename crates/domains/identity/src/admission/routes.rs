//! The rules of signing up, its challenges, and `/admissions`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use garde::Validate;
use kernel::permission::WriteAdmissions;
use kernel::{AdmissionId, EmailAddress, Locale, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::openapi::{Operation, Output};
use web::{
    Api, ApiResult, Context, Created, Doc, Json, NoContent, Operator, PageBody, Paging, Path, Public, Query,
    Routes,
};

use super::model::{Admission, Challenge, NewAdmission, Recorded};
use super::service::{Admissions, SignUpGate};
use crate::config::sign_up::SignUpMode;
use crate::error::IdentityError;

/// The routes of the gate and of who is admitted.
pub fn routes(gate: SignUpGate, admissions: Admissions) -> Api {
    routes_of_gate(gate).merge(routes_of_admissions(admissions))
}

fn routes_of_gate(gate: SignUpGate) -> Api {
    Routes::new("auth")
        .get(
            "/auth/signup",
            get_sign_up_rules,
            Doc::new(
                "Get the rules of signing up",
                "What a front end needs to draw the form: whether it is open to everybody, whether a challenge \
                 comes first, what is asked of passwords, where terms are.",
            ),
        )
        .post(
            "/auth/signup-challenge",
            create_sign_up_challenge,
            Doc::new(
                "Get a challenge",
                "Where `challenge_required` is true, each sign-up with a password sends the solution of a \
                 challenge along: digits so that the SHA-256 hash of the challenge, a dot and the digits begins \
                 with so many zero bits. A solution is good for one sign-up. Elsewhere the answer is 404.",
            ),
        )
        .with_state(gate)
}

fn routes_of_admissions(admissions: Admissions) -> Api {
    Routes::new("admissions")
        .about("Addresses that may sign up while `sign_up_mode` keeps others out, or `sign_up_domains` does.")
        .get(
            "/admissions",
            list_admissions,
            Doc::new(
                "List admitted addresses",
                "For staff. The newest first; with `email`, the one.",
            ),
        )
        .post(
            "/admissions",
            create_admission,
            Doc::new(
                "Admit an address",
                "For staff. Its owner is mailed the way to sign up. An address that is admitted already is \
                 answered as it is (200), and nothing is mailed.",
            ),
        )
        .delete(
            "/admissions/{admissionId}",
            delete_admission,
            Doc::new(
                "Take an address off the list",
                "For staff. An account that was made meanwhile stays.",
            ),
        )
        .with_state(admissions)
}

/// The rules of signing up.
#[derive(Debug, Serialize, JsonSchema)]
struct SignUpRulesBody {
    /// `open` to everybody; `invite_only` and `waitlist` for those who have an invite or were admitted.
    mode: SignUpMode,
    /// Whether the solution of a challenge is sent along.
    challenge_required: bool,
    /// The fewest characters of a password, as letters count.
    #[schemars(extend("example" = 12))]
    password_min_length: usize,
    /// The terms.
    #[schemars(extend("example" = "https://example.com/terms"))]
    terms_url: Option<String>,
    /// What is done with data.
    #[schemars(extend("example" = "https://example.com/privacy"))]
    privacy_url: Option<String>,
}

/// Work for a browser.
#[derive(Debug, Serialize, JsonSchema)]
struct SignUpChallengeBody {
    /// The challenge.
    #[schemars(extend("example" = "AZ4HcLwAcACMxh6tCkLz0RJ0k4Yb9mE7o2vVqX1s8uTfW3gR5hN6jK7lP9qS0dF1aQ"))]
    challenge: String,
    /// How many zero bits the hash begins with.
    #[schemars(extend("example" = 18))]
    difficulty_bits: u8,
    /// Always `sha-256`.
    #[schemars(extend("example" = "sha-256"))]
    algorithm: &'static str,
    /// For how many seconds.
    #[schemars(extend("example" = 600))]
    expires_in: u64,
}

/// An address that may sign up.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AdmissionBody {
    /// Its id.
    id: AdmissionId,
    /// The address.
    email: EmailAddress,
    /// Who admitted it; null when that account is gone.
    created_by: Option<UserId>,
    /// When.
    created_at: Timestamp,
}

/// An address to be admitted.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct CreateAdmission {
    /// The address.
    #[garde(skip)]
    email: EmailAddress,
    /// The language of the mail; `en` when absent.
    #[garde(skip)]
    locale: Option<Locale>,
}

/// Which admissions are listed.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct AdmissionQuery {
    /// Only that of this address.
    #[garde(skip)]
    email: Option<EmailAddress>,
}

/// Which admission.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AdmissionPath {
    /// The admission.
    admission_id: AdmissionId,
}

/// 201 for a new admission, 200 for one that was there.
enum AdmissionAnswer {
    Created(Created<AdmissionBody>),
    Known(Json<AdmissionBody>),
}

async fn get_sign_up_rules(State(gate): State<SignUpGate>, _: Public) -> ApiResult<Json<SignUpRulesBody>> {
    let rules = gate.rules();
    Ok(Json(SignUpRulesBody {
        mode: rules.mode,
        challenge_required: rules.challenge.is_some(),
        password_min_length: gate.password_min_length(),
        terms_url: rules.terms_url.clone(),
        privacy_url: rules.privacy_url.clone(),
    }))
}

async fn create_sign_up_challenge(
    State(gate): State<SignUpGate>,
    _: Public,
) -> ApiResult<Json<SignUpChallengeBody>> {
    let challenge = gate.challenge().ok_or(IdentityError::NotFound)?;
    Ok(Json(challenge.into()))
}

async fn list_admissions(
    State(admissions): State<Admissions>,
    _: Operator<WriteAdmissions>,
    Query(query): Query<AdmissionQuery>,
    paging: Paging,
) -> ApiResult<PageBody<AdmissionBody>> {
    let page = admissions.list(query.email, paging.request().clone()).await?;
    Ok(paging.page(page.map(AdmissionBody::from)))
}

async fn create_admission(
    State(admissions): State<Admissions>,
    _: Operator<WriteAdmissions>,
    context: Context,
    Json(body): Json<CreateAdmission>,
) -> ApiResult<AdmissionAnswer> {
    let new = NewAdmission {
        email: body.email,
        locale: body.locale.unwrap_or_default(),
    };
    Ok(match admissions.create(&context, new).await? {
        Recorded::Known(admission) => AdmissionAnswer::Known(Json(admission.into())),
        Recorded::Created(admission) => {
            let location = format!("/admissions/{}", admission.id);
            AdmissionAnswer::Created(Created::at(location, admission.into()))
        }
    })
}

async fn delete_admission(
    State(admissions): State<Admissions>,
    _: Operator<WriteAdmissions>,
    Path(path): Path<AdmissionPath>,
    context: Context,
) -> ApiResult<NoContent> {
    admissions.delete(&context, path.admission_id).await?;
    Ok(NoContent)
}

impl From<Challenge> for SignUpChallengeBody {
    fn from(challenge: Challenge) -> Self {
        Self {
            challenge: challenge.text,
            difficulty_bits: challenge.bits.get(),
            algorithm: "sha-256",
            expires_in: challenge.expires_in.as_secs(),
        }
    }
}

impl From<Admission> for AdmissionBody {
    fn from(admission: Admission) -> Self {
        Self {
            id: admission.id,
            email: admission.email,
            created_by: admission.created_by,
            created_at: admission.created_at,
        }
    }
}

impl IntoResponse for AdmissionAnswer {
    fn into_response(self) -> Response {
        match self {
            Self::Created(created) => created.into_response(),
            Self::Known(known) => known.into_response(),
        }
    }
}

impl Output for AdmissionAnswer {
    fn describe(operation: &mut Operation<'_>) {
        Created::<AdmissionBody>::describe(operation);
        Json::<AdmissionBody>::describe(operation);
    }
}
