//! A server of somebody else that is told of events, and behaves as a test wants.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How a receiver answers.
#[derive(Debug, Clone)]
pub enum Manner {
    /// With this status and these header lines.
    Status(u16, String),
    /// With these bytes, and then it closes.
    Bytes(Vec<u8>),
    /// With 200 and a body that never ends, as fast as it goes.
    Endless,
    /// Not at all.
    Silent,
    /// By closing the connection as soon as it has heard everything.
    Reset,
}

/// What a receiver heard.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The path that was asked.
    pub path: String,
    /// The headers, by lower-case names.
    pub headers: BTreeMap<String, String>,
    /// The body, to the letter.
    pub body: String,
}

/// What decides how to answer.
type Decide = Box<dyn Fn(&Heard) -> Manner + Send>;

/// A receiver of webhooks on this machine.
pub struct Receiver {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    manner: Arc<Mutex<Decide>>,
}

impl Manner {
    /// An answer with no more than a status.
    pub fn status(status: u16) -> Self {
        Self::Status(status, String::new())
    }
}

impl Heard {
    /// A header; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// What happened.
    pub fn event_type(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }
}

impl Receiver {
    /// One that takes everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let taking: Decide = Box::new(|_| Manner::status(204));
        let manner = Arc::new(Mutex::new(taking));
        let (all, how) = (Arc::clone(&heard), Arc::clone(&manner));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (all, how) = (Arc::clone(&all), Arc::clone(&how));
                tokio::spawn(async move {
                    let _ = serve(stream, &all, &how).await;
                });
            }
        });
        Self {
            address,
            heard,
            manner,
        }
    }

    /// Where it is told.
    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// Answers everything like this from now on.
    pub fn behave(&self, manner: Manner) {
        self.decide(move |_| manner.clone());
    }

    /// Decides by what it heard from now on.
    pub fn decide(&self, decide: impl Fn(&Heard) -> Manner + Send + 'static) {
        *self.manner.lock().unwrap() = Box::new(decide);
    }

    /// What it heard, in order.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// What happened, in the order in which it heard of it.
    pub fn event_types(&self) -> Vec<String> {
        self.heard().iter().map(Heard::event_type).collect()
    }

    /// Forgets what it heard.
    pub fn forget(&self) {
        self.heard.lock().unwrap().clear();
    }
}

async fn serve(mut stream: TcpStream, all: &Mutex<Vec<Heard>>, how: &Mutex<Decide>) -> std::io::Result<()> {
    let Some(heard) = hear(&mut stream).await? else {
        return Ok(());
    };
    let manner = how.lock().unwrap()(&heard);
    all.lock().unwrap().push(heard);
    match manner {
        Manner::Status(status, headers) => {
            let answer =
                format!("HTTP/1.1 {status} Said\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await?;
        }
        Manner::Bytes(bytes) => stream.write_all(&bytes).await?,
        Manner::Endless => {
            let beginning = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(beginning).await?;
            let piece = format!("400\r\n{}\r\n", "x".repeat(1024));
            loop {
                stream.write_all(piece.as_bytes()).await?;
            }
        }
        Manner::Silent => tokio::time::sleep(Duration::from_mins(10)).await,
        Manner::Reset => {}
    }
    stream.shutdown().await
}

async fn hear(stream: &mut TcpStream) -> std::io::Result<Option<Heard>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let path = lines.next().and_then(|line| line.split(' ').nth(1));
    let path = path.unwrap_or_default().to_owned();
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
    let body = String::from_utf8(bytes[end + 4..end + 4 + length].to_vec()).unwrap();
    Ok(Some(Heard { path, headers, body }))
}
