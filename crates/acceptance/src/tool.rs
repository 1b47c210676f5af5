//! Programs of other languages that tests talk to, line by line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// A script of `crates/xtask/tools/node` that runs until this is dropped.
pub(crate) struct NodeScript {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl NodeScript {
    /// Starts one. `None` where the tools are not installed, which in CI they are.
    pub(crate) fn start(script: &str, arguments: &[&str]) -> Option<Self> {
        let tools = tools()?;
        let lists = Path::new(env!("CARGO_MANIFEST_DIR")).join("../xtask/tools/node");
        // Packages are found from where the script lies, so it is copied to where they are.
        let copy = tools.join("node").join(script);
        std::fs::copy(lists.join(script), &copy).unwrap();
        let mut process = Command::new(tools.join("venv/bin/node"))
            .arg(copy)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().unwrap());
        Some(Self {
            process,
            input,
            output,
        })
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let length = self.output.read_line(&mut line).unwrap();
        assert!(length > 0, "the script ended");
        line.trim_end().to_owned()
    }

    /// Says a line to it, and waits for its answer.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        writeln!(self.input.as_ref().unwrap(), "{line}").unwrap();
        self.line()
    }
}

impl Drop for NodeScript {
    fn drop(&mut self) {
        // At the end of its input a script puts away what it has started itself.
        drop(self.input.take());
        for _ in 0..50 {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a script of `crates/xtask/tools/python` answers to one JSON value. `None` where the tools are not
/// installed, which in CI they are.
pub fn ask_python(script: &str, question: &Value) -> Option<Value> {
    let lists = Path::new(env!("CARGO_MANIFEST_DIR")).join("../xtask/tools/python");
    let mut process = Command::new(tools()?.join("venv/bin/python"))
        .arg(lists.join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    input.write_all(question.to_string().as_bytes()).unwrap();
    drop(input);
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{script} failed");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The Python that the tools came with. `None` where they are not installed, which in CI they are.
pub fn python() -> Option<PathBuf> {
    Some(tools()?.join("venv/bin/python"))
}

/// The folder of the tools. `None` where they are not installed, which in CI they are.
pub(crate) fn tools() -> Option<PathBuf> {
    let tools = std::env::var_os("MAINSTAY_TEST_TOOLS").map(PathBuf::from);
    let tools = tools.filter(|tools| tools.join("venv/bin/python").is_file());
    assert!(
        tools.is_some() || std::env::var_os("CI").is_none(),
        "run the tests with `cargo xtask test`, which brings the tools"
    );
    tools
}
