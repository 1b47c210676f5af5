//! cargo-deny: what may come into the build.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::program::Program;
use crate::say;
use crate::stop::Outcome;
use crate::tools;

/// Bans, licences and sources always; advisories where their database can be fetched.
pub(crate) fn run() -> Outcome {
    check(&["bans", "licenses", "sources"])?;
    if is_reachable("github.com:443") {
        return check(&["advisories"]);
    }
    say::line("  github.com can't be reached: the advisories were not looked at");
    Ok(())
}

fn check(what: &[&str]) -> Outcome {
    Program::new(tools::cargo_tool("cargo-deny"))
        .args([
            "--log-level",
            "warn",
            "--locked",
            "check",
            "--hide-inclusion-graph",
        ])
        .args(what)
        .quiet()
}

fn is_reachable(address: &str) -> bool {
    let addresses = address.to_socket_addrs();
    addresses
        .into_iter()
        .flatten()
        .any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(3)).is_ok())
}
