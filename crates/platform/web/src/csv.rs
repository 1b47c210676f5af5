//! Files of comma-separated values (RFC 4180).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt as _};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::openapi::{Operation, Output};

/// 200: a file, sent while it is being made, so that its length costs no memory.
pub struct Csv {
    name: String,
    body: Body,
}

impl Csv {
    /// A file that browsers keep as `name`: letters, digits, `-`, `_` and `.`. `pieces` are whole lines, as
    /// [`line()`] makes them. When one can't be had, the transfer breaks off, which its reader sees.
    pub fn streamed<E>(
        name: impl Into<String>,
        pieces: impl Stream<Item = Result<String, E>> + Send + 'static,
    ) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        Self {
            name: name.into(),
            body: Body::from_stream(pieces.map(|piece| piece.map(bytes::Bytes::from))),
        }
    }
}

/// One line with its end. What a spreadsheet would take for a formula gets an apostrophe in front.
pub fn line(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    cells.join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if is_formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if cell.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body);
        let disposition = HeaderValue::try_from(format!("attachment; filename=\"{}\"", self.name));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        headers.extend(disposition.ok().map(|value| (CONTENT_DISPOSITION, value)));
        response
    }
}

impl Output for Csv {
    fn describe(operation: &mut Operation<'_>) {
        operation.file_answer(
            200,
            "text/csv",
            "A file of comma-separated values, with a line of names first.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hold_whatever_cells_hold() {
        assert_eq!(line(&["1", "/email", "two words"]), "1,/email,two words\r\n");
        assert_eq!(
            line(&["a,b", "say \"hi\"", "x\ny"]),
            "\"a,b\",\"say \"\"hi\"\"\",\"x\ny\"\r\n"
        );
        assert_eq!(line(&["=1+1", "@x", ""]), "'=1+1,'@x,\r\n");
    }

    #[tokio::test]
    async fn files_come_with_their_name_and_type() {
        let pieces = futures_util::stream::iter(
            ["a,b\r\n", "1,2\r\n"].map(|piece| Ok::<_, std::fmt::Error>(piece.to_owned())),
        );
        let response = Csv::streamed("errors.csv", pieces).into_response();
        assert_eq!(response.headers()[CONTENT_TYPE], "text/csv; charset=utf-8");
        assert_eq!(
            response.headers()[CONTENT_DISPOSITION],
            "attachment; filename=\"errors.csv\""
        );
        let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
        assert_eq!(&body[..], b"a,b\r\n1,2\r\n");
    }
}
