//! Just enough HTTP to ask a server on this machine whether it is ready.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::stop::{Outcome, Stop, While};

/// The status of `GET path`. Version 1.0, so that the answer ends with its connection.
pub(crate) fn status_of(port: u16, path: &str) -> Outcome<u16> {
    let asking = || format!("ask 127.0.0.1:{port}");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).while_doing(asking)?;
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .while_doing(asking)?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).while_doing(asking)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).while_doing(asking)?;
    parse(&answer).ok_or_else(|| Stop::because(format!("127.0.0.1:{port} does not speak HTTP")))
}

fn parse(answer: &str) -> Option<u16> {
    let mut words = answer.split_whitespace();
    words.next().filter(|version| version.starts_with("HTTP/"))?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_status_of_an_answer() {
        assert_eq!(
            parse("HTTP/1.0 503 Service Unavailable\r\nA: b\r\n\r\n{}"),
            Some(503)
        );
        assert_eq!(parse("SSH-2.0-OpenSSH 200"), None);
        assert_eq!(parse(""), None);
    }
}
