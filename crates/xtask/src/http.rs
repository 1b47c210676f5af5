//! Just enough HTTP to ask a server on this machine. Version 1.0, so that an answer ends with its connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::stop::{Outcome, Stop, While};

/// What the server said.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

pub(crate) fn get(port: u16, path: &str) -> Outcome<Answer> {
    ask(
        port,
        &format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
    )
}

pub(crate) fn post(port: u16, path: &str, json: &str) -> Outcome<Answer> {
    ask(
        port,
        &format!(
            "POST {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
            json.len()
        ),
    )
}

fn ask(port: u16, request: &str) -> Outcome<Answer> {
    let asking = || format!("ask 127.0.0.1:{port}");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).while_doing(asking)?;
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .while_doing(asking)?;
    stream.write_all(request.as_bytes()).while_doing(asking)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).while_doing(asking)?;
    parse(&answer).ok_or_else(|| Stop::because(format!("127.0.0.1:{port} does not speak HTTP")))
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    Some(Answer {
        status,
        body: body.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_answer() {
        let answer = parse("HTTP/1.0 201 Created\r\nA: b\r\n\r\n{}\r\n\r\n").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (201, "{}\r\n\r\n"));
        assert!(parse("SSH-2.0").is_none());
    }
}
