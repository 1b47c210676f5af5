//! Schemathesis: does the server keep to its description, whatever it is sent?

use serde_json::Value;

use crate::binary::{Binary, Running};
use crate::http;
use crate::stop::{Outcome, Stop, While};
use crate::tools;

/// All phases must fit into this.
const SECONDS: &str = "240";

/// Test cases for each operation and phase.
const EXAMPLES: &str = "20";

/// What would take away the very account that asks.
const SUICIDES: [&str; 4] = ["deleteUser", "logout", "eraseUser", "endOtherSessions"];

pub(crate) fn run(binary: &Binary) -> Outcome {
    let server = binary.serve()?;
    let token = sign_up(&server)?;
    let mut program = tools::node_program("schemathesis")
        .arg("run")
        .arg(format!("http://127.0.0.1:{}/openapi.json", server.port))
        .arg("--header")
        .arg(format!("Authorization: Bearer {token}"))
        .args(["--phases", "examples,coverage,fuzzing,stateful"])
        .args([
            "--max-examples",
            EXAMPLES,
            "--max-time",
            SECONDS,
            "--workers",
            "2",
        ])
        .args([
            "--request-timeout",
            "10",
            "--generation-database",
            "none",
            "--no-color",
        ])
        .args(["--checks", "all", "--continue-on-failure"])
        .folder(std::env::temp_dir());
    for operation in SUICIDES {
        program = program.args(["--exclude-operation-id", operation]);
    }
    program.quiet()
}

/// In development a sign-up answers with a session.
fn sign_up(server: &Running) -> Outcome<String> {
    let body = r#"{"email":"schemathesis@example.com","password":"mild-otter-juggles-41-lanterns"}"#;
    let answer = http::post(server.port, "/auth/signup", body)?;
    let said = || format!("sign up ({}): {}", answer.status, answer.body);
    let session: Value = serde_json::from_str(&answer.body).while_doing(said)?;
    let token = session.get("access_token").and_then(Value::as_str);
    token.map(str::to_owned).ok_or_else(|| Stop::because(said()))
}
