//! `/user-imports`.

use axum::extract::State;
use crypto::FirebaseParameters;
use db::DbError;
use futures_util::stream;
use garde::Validate;
use kernel::permission::ImportUsers;
use kernel::{Secret, Timestamp, UserId, UserImportId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{
    Api, ApiResult, Context, Created, Csv, Doc, Json, NoContent, Operator, PageBody, Paging, Path, Routes,
    csv,
};

use super::model::{ImportMode, ImportRow, ImportStatus, NewUserImport, RowError, UserImport};
use super::service::UserImports;

/// Errors that are read at once for the file.
const PIECE: i64 = 1000;

/// The routes of imports.
pub fn routes(imports: UserImports) -> Api {
    const ALL: &str = "/user-imports";
    const ONE: &str = "/user-imports/{userImportId}";
    let routes = Routes::new("user-imports")
        .about(
            "People brought along from another system, with the hashes of their passwords: they sign in as they \
             always did. Begin an import, add its rows, start it, and look how far it is. A dry run finds the same \
             errors and makes no accounts.",
        )
        .get(
            ALL,
            list_user_imports,
            Doc::new("List imports", "The newest first."),
        )
        .post(
            ALL,
            create_user_import,
            Doc::new(
                "Begin an import",
                "It waits for its rows, a week at most. With rows from Firebase, give the parameters of the project's \
                 password hashes.",
            ),
        )
        .get(
            ONE,
            get_user_import,
            Doc::new("Get an import", "How far it is, and how many rows have an error."),
        )
        .delete(
            ONE,
            delete_user_import,
            Doc::new(
                "Delete an import",
                "With its rows and errors, unless it runs. Accounts that it made stay.",
            ),
        );
    with_work(routes).with_state(imports)
}

fn with_work(routes: Routes<UserImports>) -> Routes<UserImports> {
    routes
        .post(
            "/user-imports/{userImportId}/rows",
            add_user_import_rows,
            Doc::new(
                "Add rows to an import",
                "Behind those that are there, up to 500 at once and 1,000,000 in all. They are looked at when the \
                 import runs. Send an Idempotency-Key, so that a request which is sent again adds nothing.",
            ),
        )
        .post(
            "/user-imports/{userImportId}/start",
            start_user_import,
            Doc::new(
                "Start an import",
                "From now on it takes no more rows. Each row becomes an account or an error; nobody is mailed. \
                 Accounts that exist are left as they are.",
            ),
        )
        .post(
            "/user-imports/{userImportId}/cancel",
            cancel_user_import,
            Doc::new("Cancel an import", "Before its next batch. Accounts that it made stay."),
        )
        .get(
            "/user-imports/{userImportId}/errors",
            list_user_import_errors,
            Doc::new("List the errors of an import", "In the order of the rows, one for each row that has any."),
        )
        .get(
            "/user-imports/{userImportId}/errors.csv",
            download_user_import_errors,
            Doc::new(
                "Download the errors of an import",
                "All of them as one file, with the columns position, pointer, code and detail.",
            ),
        )
}

/// What an import begins with.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateUserImport {
    /// Whether it makes no accounts, but only says what would go wrong.
    #[serde(default)]
    #[garde(skip)]
    is_dry_run: bool,
    /// Needed when rows have hashes of Firebase Authentication.
    #[garde(skip)]
    firebase: Option<FirebaseBody>,
}

/// The parameters of a Firebase project's password hashes, as its console shows them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirebaseBody {
    /// `base64_signer_key`. It is kept sealed.
    signer_key: Secret<String>,
    /// `base64_salt_separator`.
    #[schemars(extend("example" = "Bw=="))]
    salt_separator: String,
    /// `rounds`, from 1 to 8.
    #[schemars(extend("example" = 8))]
    rounds: u32,
    /// `mem_cost`, from 1 to 14.
    #[schemars(extend("example" = 14))]
    mem_cost: u32,
}

/// Rows to be added.
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddUserImportRows {
    /// The rows, in their order.
    #[garde(length(min = 1, max = 500))]
    rows: Vec<UserImportRow>,
}

/// One person. What is wrong with a row is said when the import runs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserImportRow {
    /// Their address.
    #[schemars(extend("example" = "ada@example.com"))]
    email: String,
    /// Whether the other system knows that it is theirs.
    #[serde(default)]
    email_verified: bool,
    /// What they are called.
    #[schemars(extend("example" = "Ada Lovelace"))]
    name: Option<String>,
    /// The language they read; `en` when absent.
    #[schemars(extend("example" = "en"))]
    locale: Option<String>,
    /// The hash of their password as the other system kept it: bcrypt, argon2, scrypt, PBKDF2, phpass, those of
    /// Django and WordPress, or of Firebase. Absent, they sign in by mail or set a password by mail.
    #[schemars(extend("example" = "$2b$12$EXRkfkdmXn2gzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q"))]
    password_hash: Option<Secret<String>>,
    /// The salt of a hash of Firebase, in base 64.
    #[schemars(extend("example" = "42xEC+ixf3L2lw=="))]
    password_salt: Option<String>,
    /// When they signed up there.
    #[schemars(extend("example" = "2020-01-31T12:00:00Z"))]
    created_at: Option<String>,
}

impl From<CreateUserImport> for NewUserImport {
    fn from(body: CreateUserImport) -> Self {
        Self {
            mode: if body.is_dry_run {
                ImportMode::DryRun
            } else {
                ImportMode::Import
            },
            firebase: body.firebase.map(|firebase| FirebaseParameters {
                signer_key: firebase.signer_key,
                salt_separator: firebase.salt_separator,
                rounds: firebase.rounds,
                mem_cost: firebase.mem_cost,
            }),
        }
    }
}

impl From<UserImportRow> for ImportRow {
    fn from(row: UserImportRow) -> Self {
        Self {
            email: row.email,
            email_verified: row.email_verified,
            name: row.name,
            locale: row.locale,
            password_hash: row.password_hash.map(|hash| hash.expose().clone()),
            password_salt: row.password_salt,
            created_at: row.created_at,
        }
    }
}

/// An import.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UserImportBody {
    /// Its id.
    id: UserImportId,
    /// How far it is.
    status: ImportStatus,
    /// Whether it makes no accounts, but only says what would go wrong.
    is_dry_run: bool,
    /// How many rows it has.
    rows_total: i64,
    /// How many of them were looked at.
    rows_done: i64,
    /// How many accounts it made; none in a dry run.
    rows_created: i64,
    /// How many rows have an error.
    rows_failed: i64,
    /// The member of staff who began it; null for the command line.
    created_by: Option<UserId>,
    /// When it was begun.
    created_at: Timestamp,
    /// When it was started.
    started_at: Option<Timestamp>,
    /// When its last row was done, or it was cancelled.
    finished_at: Option<Timestamp>,
}

impl From<UserImport> for UserImportBody {
    fn from(import: UserImport) -> Self {
        Self {
            id: import.id,
            status: import.status,
            is_dry_run: import.mode == ImportMode::DryRun,
            rows_total: import.rows_total,
            rows_done: import.rows_done,
            rows_created: import.rows_created,
            rows_failed: import.rows_failed,
            created_by: import.created_by,
            created_at: import.created_at,
            started_at: import.started_at,
            finished_at: import.finished_at,
        }
    }
}

/// What is wrong with a row.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UserImportErrorBody {
    /// Which row; the first is 1.
    #[schemars(extend("example" = 7))]
    position: i64,
    /// The field, as a JSON Pointer into the row.
    #[schemars(extend("example" = "/email"))]
    pointer: String,
    /// Stable code.
    #[schemars(extend("example" = "email_taken"))]
    code: String,
    /// What to do.
    #[schemars(extend("example" = "there is an account with this address; it was left as it is"))]
    detail: String,
}

impl From<RowError> for UserImportErrorBody {
    fn from(error: RowError) -> Self {
        Self {
            position: error.position,
            pointer: error.pointer,
            code: error.code,
            detail: error.detail,
        }
    }
}

/// Which import.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub(crate) struct UserImportPath {
    /// The import.
    #[serde(rename = "userImportId")]
    import: UserImportId,
}

async fn list_user_imports(
    State(imports): State<UserImports>,
    _: Operator<ImportUsers>,
    paging: Paging,
) -> ApiResult<PageBody<UserImportBody>> {
    let page = imports.list(paging.request().clone()).await?;
    Ok(paging.page(page.map(UserImportBody::from)))
}

async fn create_user_import(
    State(imports): State<UserImports>,
    _: Operator<ImportUsers>,
    context: Context,
    Json(body): Json<CreateUserImport>,
) -> ApiResult<Created<UserImportBody>> {
    let import = imports.create(&context, body.into()).await?;
    let location = format!("/user-imports/{}", import.id);
    Ok(Created::at(location, import.into()))
}

async fn get_user_import(
    State(imports): State<UserImports>,
    _: Operator<ImportUsers>,
    Path(path): Path<UserImportPath>,
) -> ApiResult<Json<UserImportBody>> {
    Ok(Json(imports.get(path.import).await?.into()))
}

async fn delete_user_import(
    State(imports): State<UserImports>,
    _: Operator<ImportUsers>,
    context: Context,
    Path(path): Path<UserImportPath>,
) -> ApiResult<NoContent> {
    imports.delete(&context, path.import).await?;
    Ok(NoContent)
}

async fn add_user_import_rows(
    State(imports): State<UserImports>,
    _: Operator<ImportUsers>,
    context: Context,
    Path(path): Path<UserImportPath>,
    Json(body): Json<AddUserImportRows>,
) -> ApiResult<Json<UserImportBody>> {
    let rows = body.rows.into_iter().map(ImportRow::from).collect();
    Ok(Json(imports.add_rows(&context, path.import, rows).await?.into()))
}

async fn start_user_import(
    State(imports): State<UserImports>,
    _: Operator<ImportUsers>,
    context: Context,
    Path(path): Path<UserImportPath>,
) -> ApiResult<Json<UserImportBody>> {
    Ok(Json(imports.start(&context, path.import).await?.into()))
}

async fn cancel_user_import(
    State(imports): State<UserImports>,
    _: Operator<ImportUsers>,
    context: Context,
    Path(path): Path<UserImportPath>,
) -> ApiResult<Json<UserImportBody>> {
    Ok(Json(imports.cancel(&context, path.import).await?.into()))
}

async fn list_user_import_errors(
    State(imports): State<UserImports>,
    _: Operator<ImportUsers>,
    Path(path): Path<UserImportPath>,
    paging: Paging,
) -> ApiResult<PageBody<UserImportErrorBody>> {
    let page = imports.list_errors(path.import, paging.request().clone()).await?;
    Ok(paging.page(page.map(UserImportErrorBody::from)))
}

async fn download_user_import_errors(
    State(imports): State<UserImports>,
    _: Operator<ImportUsers>,
    Path(path): Path<UserImportPath>,
) -> ApiResult<Csv> {
    let import = imports.get(path.import).await?.id;
    let head = csv::line(&RowError::COLUMNS);
    let pieces = stream::try_unfold(
        (imports, 0, Some(head)),
        move |(imports, after, head)| async move {
            let errors = imports.errors_behind(import, after, PIECE).await?;
            let next = errors.last().map_or(after, |error| error.position);
            let lines: String = head
                .into_iter()
                .chain(errors.iter().map(RowError::line))
                .collect();
            Ok::<_, DbError>(Some((lines, (imports, next, None))).filter(|(lines, _)| !lines.is_empty()))
        },
    );
    Ok(Csv::streamed(format!("{import}-errors.csv"), pieces))
}
