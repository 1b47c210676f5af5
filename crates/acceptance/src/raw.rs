//! Bytes as no client library would send them.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::TestApp;

/// How long nothing may come before an answer counts as whole.
const QUIET: Duration = Duration::from_millis(400);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came back on a connection, up to its end or until nothing more came.
#[derive(Debug, Clone)]
pub struct Raw {
    /// As it came.
    pub text: String,
    /// Whether the server ended the connection.
    pub is_closed: bool,
}

impl Raw {
    /// The status of each answer.
    pub fn statuses(&self) -> Vec<u16> {
        let heads = self.text.split("HTTP/1.").skip(1);
        heads.filter_map(|head| head.get(2..5)?.parse().ok()).collect()
    }

    /// The status of the only answer; 0 when the server hung up without a word.
    #[track_caller]
    pub fn status(&self) -> u16 {
        let statuses = self.statuses();
        assert!(statuses.len() <= 1, "{self:?}");
        statuses.first().copied().unwrap_or_default()
    }
}

impl TestApp {
    /// Sends `bytes` on a connection of their own.
    pub async fn raw(&self, bytes: impl AsRef<[u8]>) -> Raw {
        self.raw_with(bytes, QUIET).await
    }

    /// As [`TestApp::raw`], for what takes a while: the answer may come as late as the server likes.
    pub async fn raw_slow(&self, bytes: impl AsRef<[u8]>) -> Raw {
        self.raw_with(bytes, PATIENCE).await
    }

    async fn raw_with(&self, bytes: impl AsRef<[u8]>, quiet: Duration) -> Raw {
        let stream = TcpStream::connect(self.address()).await.unwrap();
        let (mut from, mut to) = stream.into_split();
        let bytes = bytes.as_ref().to_vec();
        // The server may have had enough before all is sent.
        let sending = tokio::spawn(async move {
            let _ = to.write_all(&bytes).await;
            to
        });
        let (mut came, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
        let is_closed = loop {
            let patience = if came.is_empty() { PATIENCE } else { quiet };
            match tokio::time::timeout(patience, from.read(&mut buffer)).await {
                Ok(Ok(0) | Err(_)) => break true,
                Ok(Ok(count)) => came.extend_from_slice(&buffer[..count]),
                Err(_) => break false,
            }
        };
        sending.abort();
        Raw {
            text: String::from_utf8_lossy(&came).into_owned(),
            is_closed,
        }
    }
}
