//! A real mail server, aiosmtpd, which misbehaves when the recipient asks for it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::tool::tools;

/// A mail server that runs until this is dropped.
pub struct MailServer {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl MailServer {
    /// Starts one. `None` where the tools are not installed, which in CI they are.
    pub fn start() -> Option<Self> {
        Self::at_port(0)
    }

    /// Starts one at this port.
    pub fn at_port(port: u16) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../xtask/tools/python/mail_server.py");
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(tools()?.join("venv/bin/python"))
            .arg(script)
            .arg("--out")
            .arg(folder.path().join("mails"))
            .args(["--port", &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        Some(Self {
            process,
            folder,
            port: line.trim().parse().unwrap(),
        })
    }

    /// For the setting `smtp_url`.
    pub fn url(&self) -> String {
        format!("smtp://localhost:{}?tls=none&timeout=1", self.port)
    }

    /// What it has taken so far.
    pub fn mails(&self) -> Vec<Value> {
        let lines = std::fs::read_to_string(self.folder.path().join("mails")).unwrap_or_default();
        // The last line may still be on its way.
        let whole = lines.rfind('\n').map_or("", |end| &lines[..end]);
        let mails = whole.lines().map(|line| serde_json::from_str(line).unwrap());
        mails.collect()
    }

    /// How many mails it has taken so far; cheap to ask again and again.
    pub fn count(&self) -> usize {
        let lines = std::fs::read_to_string(self.folder.path().join("mails")).unwrap_or_default();
        lines.matches('\n').count()
    }

    /// What it has taken for this address.
    pub fn mails_to(&self, address: &str) -> Vec<Value> {
        let mails = self.mails().into_iter();
        mails.filter(|mail| mail["to"][0] == address).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
