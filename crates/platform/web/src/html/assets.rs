//! Style sheets, fonts and pictures, inside the program. Each is served under a name that changes with its
//! content, so that browsers keep it for good, and under its plain name for whoever links to that.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use sha2::{Digest as _, Sha256};

use crate::problem::ApiError;

struct Asset {
    plain: &'static str,
    hashed: String,
    tag: HeaderValue,
    kind: HeaderValue,
    content: Bytes,
}

const FONTS_AND_PICTURES: [(&str, &[u8]); 4] = [
    (
        "geist-latin-wght-normal.woff2",
        include_bytes!("../../assets/geist-latin-wght-normal.woff2"),
    ),
    (
        "geist-mono-latin-wght-normal.woff2",
        include_bytes!("../../assets/geist-mono-latin-wght-normal.woff2"),
    ),
    (
        "LICENSE-Geist-OFL.txt",
        include_bytes!("../../assets/LICENSE-Geist-OFL.txt"),
    ),
    ("rig.svg", include_bytes!("../../assets/rig.svg")),
];

const SHEETS_AND_SCRIPTS: [(&str, &str); 6] = [
    ("tokens.css", include_str!("../../assets/tokens.css")),
    ("hosted.css", include_str!("../../assets/hosted.css")),
    ("docs.css", include_str!("../../assets/docs.css")),
    ("hosted.js", include_str!("../../assets/hosted.js")),
    ("challenge.js", include_str!("../../assets/challenge.js")),
    ("passkey.js", include_str!("../../assets/passkey.js")),
];

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut assets: Vec<Asset> = FONTS_AND_PICTURES
        .iter()
        .map(|(name, content)| Asset::new(name, Bytes::from_static(content)))
        .collect();
    for (name, text) in SHEETS_AND_SCRIPTS {
        // Sheets name fonts and pictures; they have to name them as they are served.
        let text = assets.iter().fold(text.to_owned(), |text, asset| {
            text.replace(asset.plain, &asset.hashed)
        });
        assets.push(Asset::new(name, text.into()));
    }
    assets
});

/// The address of an asset that is safe to keep for good; its plain one when it is not ours.
pub fn address(name: &str) -> String {
    let asset = ASSETS.iter().find(|asset| asset.plain == name);
    format!("/assets/{}", asset.map_or(name, |asset| &asset.hashed))
}

/// `GET /assets/{name}`.
pub fn router() -> Router {
    Router::new().route("/assets/{name}", get(serve))
}

async fn serve(uri: Uri, headers: HeaderMap) -> Response {
    let name = uri.path().trim_start_matches("/assets/");
    let found = ASSETS
        .iter()
        .find(|asset| asset.plain == name || asset.hashed == name);
    let Some(asset) = found else {
        return ApiError::not_found().into_response();
    };
    let caching = if asset.hashed == name {
        "public, max-age=31536000, immutable"
    } else {
        "public, no-cache"
    };
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known == asset.tag);
    let (status, body) = if is_known {
        (StatusCode::NOT_MODIFIED, Body::empty())
    } else {
        (StatusCode::OK, Body::from(asset.content.clone()))
    };
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
        (header::CONTENT_TYPE, asset.kind.clone()),
        (header::ETAG, asset.tag.clone()),
    ];
    (status, headers, body).into_response()
}

impl Asset {
    fn new(plain: &'static str, content: Bytes) -> Self {
        let mut hash = String::new();
        for byte in Sha256::digest(&content).iter().take(6) {
            let _ = write!(hash, "{byte:02x}");
        }
        let (stem, extension) = plain.rsplit_once('.').unwrap_or((plain, "bin"));
        Self {
            plain,
            hashed: format!("{stem}.{hash}.{extension}"),
            tag: HeaderValue::try_from(format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"0\"")),
            kind: kind_of(extension),
            content,
        }
    }
}

const fn kind_of(extension: &str) -> HeaderValue {
    HeaderValue::from_static(match extension.as_bytes() {
        b"css" => "text/css; charset=utf-8",
        b"js" => "text/javascript; charset=utf-8",
        b"svg" => "image/svg+xml",
        b"woff2" => "font/woff2",
        _ => "text/plain; charset=utf-8",
    })
}
