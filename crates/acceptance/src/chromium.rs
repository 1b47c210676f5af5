//! A real browser.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::tool::NodeScript;

/// Chromium, with one window, that runs until this is dropped: see `browser.mjs` for what it can do. It takes
/// passkeys and `Secure` cookies at `localhost` only, not at `127.0.0.1`.
pub struct Chromium {
    script: NodeScript,
}

impl Chromium {
    /// Starts one. `None` where the tools are not installed, which in CI they are.
    pub fn start() -> Option<Self> {
        let program = program()?;
        let mut script = NodeScript::start("browser.mjs", &[program.to_str().unwrap()])?;
        assert_eq!(script.line(), "ready");
        Some(Self { script })
    }

    /// One command with its parameters.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a literal at every call")]
    pub fn does(&mut self, command: &str, parameters: Value) -> Value {
        let mut line = json!({ "do": command });
        if let Some(parameters) = parameters.as_object() {
            line.as_object_mut().unwrap().extend(parameters.clone());
        }
        let answer: Value = serde_json::from_str(&self.script.ask(&line.to_string())).unwrap();
        if let Some(error) = answer["error"].as_str() {
            let text = self.script.ask(r#"{"do": "text"}"#);
            panic!("{error}\n{text}");
        }
        answer["value"].clone()
    }

    /// Opens a page; its status.
    #[track_caller]
    pub fn open(&mut self, url: &str) -> u16 {
        let status = self.does("open", json!({ "url": url }));
        u16::try_from(status.as_u64().unwrap()).unwrap()
    }

    /// Types into a field.
    #[track_caller]
    pub fn fill(&mut self, selector: &str, value: &str) {
        self.does("fill", json!({ "selector": selector, "value": value }));
    }

    /// Clicks on something.
    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        self.does("click", json!({ "selector": selector }));
    }

    /// The text of something, once it is to be seen.
    #[track_caller]
    pub fn wait(&mut self, selector: &str) -> String {
        let text = self.does("wait", json!({ "selector": selector }));
        text.as_str().unwrap().to_owned()
    }

    /// Waits until the browser is at a path.
    #[track_caller]
    pub fn arrive(&mut self, path: &str) {
        self.does("arrive", json!({ "path": path }));
    }

    /// All text of the page.
    #[track_caller]
    pub fn text(&mut self) -> String {
        self.does("text", json!({})).as_str().unwrap().to_owned()
    }

    /// What is hard to use about the page.
    #[track_caller]
    pub fn faults(&mut self) -> Vec<String> {
        serde_json::from_value(self.does("axe", json!({}))).unwrap()
    }
}

fn program() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name)))
        .find(|program| program.is_file());
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "run the tests with `cargo xtask test`, which brings Chromium"
    );
    found
}
