//! Against real servers on this machine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// A server that answers everybody with the same bytes, and counts who connects.
struct Server {
    address: SocketAddr,
    hits: Arc<AtomicUsize>,
}

impl Server {
    async fn answering(pieces: Vec<Vec<u8>>, pause: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let hits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&hits);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let pieces = pieces.clone();
                tokio::spawn(async move {
                    let mut asked = vec![0; 4096];
                    let _ = stream.read(&mut asked).await;
                    for piece in pieces {
                        if stream.write_all(&piece).await.is_err() {
                            return;
                        }
                        let _ = stream.flush().await;
                        tokio::time::sleep(pause).await;
                    }
                });
            }
        });
        Self { address, hits }
    }

    async fn saying(answer: &str) -> Self {
        Self::answering(vec![answer.as_bytes().to_vec()], Duration::ZERO).await
    }

    fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }

    fn url(&self, host: &str) -> Url {
        Url::parse(&format!("http://{host}:{}/keys", self.address.port())).unwrap()
    }
}

fn get(url: Url) -> HttpRequest {
    HttpRequest {
        method: HttpMethod::Get,
        url,
        headers: vec![("accept", "application/json".to_owned())],
        body: Vec::new(),
        timeout: Duration::from_secs(2),
        max_bytes: 1000,
        overlong: Overlong::Refuse,
    }
}

fn client(allow_private: bool) -> Outbound {
    Outbound::new(&OutboundConfig { allow_private }).unwrap()
}

#[tokio::test]
async fn reads_an_answer() {
    let server = Server::saying(
        "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncache-control: public, max-age=90\r\ncontent-length: 2\r\n\r\n{}",
    )
    .await;
    for host in ["127.0.0.1", "localhost"] {
        let answer = client(true).send(get(server.url(host))).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (404, b"{}".as_slice()));
        assert_eq!(answer.content_type.as_deref(), Some("application/json"));
        assert_eq!(answer.max_age, Some(Duration::from_secs(90)));
    }
}

#[tokio::test]
async fn follows_no_redirect() {
    let inside = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let server = Server::saying(&format!(
        "HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
        inside.url("127.0.0.1")
    ))
    .await;
    let answer = client(true).send(get(server.url("127.0.0.1"))).await.unwrap();
    assert_eq!((answer.status, inside.hits()), (302, 0));
}

#[tokio::test]
async fn ends_what_is_too_long() {
    let told = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n").await;
    let mut pieces = vec![b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()];
    pieces.extend((0..10_000).map(|_| format!("3e8\r\n{}\r\n", "x".repeat(1000)).into_bytes()));
    let untold = Server::answering(pieces, Duration::ZERO).await;
    for server in [told, untold] {
        let refused = client(true).send(get(server.url("127.0.0.1"))).await;
        assert!(matches!(refused, Err(HttpError::TooLong)), "{refused:?}");
    }
    let fits = Server::saying(&format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{}",
        "x".repeat(1000)
    ))
    .await;
    let answer = client(true).send(get(fits.url("127.0.0.1"))).await.unwrap();
    assert_eq!(answer.body.len(), 1000);
}

#[tokio::test]
async fn cuts_off_what_only_people_look_at() {
    let endless = [b"HTTP/1.1 202 Accepted\r\nx-place: here\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()];
    let pieces = (0..10_000).map(|_| format!("3e8\r\n{}\r\n", "x".repeat(1000)).into_bytes());
    let endless = Server::answering(endless.into_iter().chain(pieces).collect(), Duration::ZERO).await;
    let told = Server::saying(&format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{}",
        "x".repeat(5000)
    ))
    .await;
    let broken = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nxxx").await;
    let drips = [b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n".to_vec()]
        .into_iter()
        .chain((0..999).map(|_| b"x".to_vec()));
    let slow = Server::answering(drips.collect(), Duration::from_millis(50)).await;
    for (server, status, least, most) in [
        (endless, 202, 1000, 1000),
        (told, 200, 1000, 1000),
        (broken, 200, 3, 3),
        (slow, 200, 1, 100),
    ] {
        let request = HttpRequest {
            timeout: Duration::from_millis(500),
            overlong: Overlong::Cut,
            ..get(server.url("127.0.0.1"))
        };
        let answer = client(true).send(request).await.unwrap();
        assert_eq!(answer.status, status);
        assert!(
            (least..=most).contains(&answer.body.len()),
            "{}",
            answer.body.len()
        );
        let place = ("x-place".to_owned(), "here".to_owned());
        assert_eq!(answer.headers.contains(&place), status == 202);
    }
}

#[tokio::test]
async fn waits_no_longer_than_it_was_told() {
    let drop_by_drop = [b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n".to_vec()]
        .into_iter()
        .chain((0..999).map(|_| b"x".to_vec()));
    let slow = Server::answering(drop_by_drop.collect(), Duration::from_millis(50)).await;
    let silent = Server::answering(vec![Vec::new()], Duration::from_mins(1)).await;
    for server in [slow, silent] {
        let request = HttpRequest {
            timeout: Duration::from_millis(300),
            ..get(server.url("127.0.0.1"))
        };
        let refused = client(true).send(request).await;
        assert!(matches!(refused, Err(HttpError::TimedOut)), "{refused:?}");
    }
}

#[tokio::test]
async fn connects_to_no_private_address() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    for scheme in ["http", "https"] {
        for host in [
            "127.0.0.1",
            "localhost",
            "0x7f.1",
            "2130706433",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "169.254.169.254",
        ] {
            let url = server.url(host).as_str().replacen("http", scheme, 1);
            let refused = client(false).send(get(Url::parse(&url).unwrap())).await;
            let is_private = matches!(refused, Err(HttpError::PrivateAddress(_)));
            let is_bare_name = (scheme, host) == ("http", "localhost");
            assert!(is_private || is_bare_name, "{url}: {refused:?}");
            assert!(refused.is_err(), "{url}");
        }
    }
    assert_eq!(server.hits(), 0);
}

#[tokio::test]
async fn asks_by_https_only() {
    let refused = client(false)
        .send(get(Url::parse("http://example.com/").unwrap()))
        .await;
    assert!(
        matches!(&refused, Err(HttpError::Unreachable(why)) if why.to_string().contains("https")),
        "{refused:?}"
    );
    let refused = client(true)
        .send(get(Url::parse("file:///etc/passwd").unwrap()))
        .await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn takes_no_server_without_a_certificate_for_one() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let url = server.url("localhost").as_str().replacen("http", "https", 1);
    let refused = client(true).send(get(Url::parse(&url).unwrap())).await;
    assert!(matches!(refused, Err(HttpError::Unreachable(_))), "{refused:?}");
}

#[tokio::test]
async fn says_nothing_of_the_query() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = Url::parse(&format!("http://127.0.0.1:{port}/?code=canary")).unwrap();
    let request = get(url);
    assert!(!format!("{request:?}").contains("canary"));
    let refused = client(true).send(request).await.unwrap_err();
    assert!(
        !format!("{refused} {refused:?}").contains("canary"),
        "{refused:?}"
    );
}

#[test]
fn reads_how_long_an_answer_may_be_kept() {
    for (value, seconds) in [
        ("max-age=60", Some(60)),
        ("public, Max-Age=\"60\", must-revalidate", Some(60)),
        ("no-store, max-age=60", Some(0)),
        ("no-cache", Some(0)),
        ("private", None),
        ("max-age=soon", None),
        ("max-age=-1", None),
    ] {
        assert_eq!(max_age(value), seconds.map(Duration::from_secs), "{value}");
    }
}
