//! Serves the web UI that `build.rs` embedded: hashed assets for ever, the page for every address of the app.
//!
//! Files are embedded in brotli. Browsers ask for brotli only over TLS or from the same machine; for the others a file
//! is unpacked once and kept.

use std::{borrow::Cow, io::Read as _, sync::OnceLock};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest as _, Sha256};

/// A file as `build.rs` lists it.
pub(crate) struct Embedded {
    path: &'static str,
    plain: Option<&'static [u8]>,
    packed: Option<&'static [u8]>,
}

static FILES: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/ui.rs"));

/// Shown when the binary was built without the UI.
const NO_UI: &str = include_str!("spa/no_ui.html");

/// A file made ready for serving.
pub(crate) struct Asset {
    path: &'static str,
    plain: OnceLock<Cow<'static, [u8]>>,
    packed: Option<&'static [u8]>,
    etag: String,
}

impl Asset {
    /// A file of which only the brotli variant is kept.
    pub(crate) fn packed(path: &'static str, packed: &'static [u8]) -> Self {
        Self { path, plain: OnceLock::new(), packed: Some(packed), etag: etag(packed) }
    }

    /// A file kept as it is.
    pub(crate) fn plain(path: &'static str, plain: &'static [u8]) -> Self {
        Self { path, plain: OnceLock::from(Cow::Borrowed(plain)), packed: None, etag: etag(plain) }
    }

    /// Its name.
    pub(crate) fn path(&self) -> &'static str {
        self.path
    }

    fn of(file: &Embedded) -> Self {
        match (file.packed, file.plain) {
            (Some(packed), _) => Self::packed(file.path, packed),
            (None, plain) => Self::plain(file.path, plain.unwrap_or_default()),
        }
    }

    fn unpacked(&self) -> &[u8] {
        self.plain.get_or_init(|| {
            let mut plain = Vec::new();
            let mut reader = brotli_decompressor::Decompressor::new(self.packed.unwrap_or_default(), 4096);
            if let Err(error) = reader.read_to_end(&mut plain) {
                tracing::error!(path = self.path, %error, "an embedded file is damaged");
            }
            plain.into()
        })
    }

    /// Answers with the file, in the encoding that the client takes.
    pub(crate) fn serve(&'static self, headers: &HeaderMap, cache: &'static str) -> Response {
        let type_of = mime_guess::from_path(self.path).first_or_octet_stream();
        let text = type_of.type_() == "text" || type_of.essence_str() == "application/javascript";
        let content_type = if text { format!("{type_of}; charset=utf-8") } else { type_of.to_string() };
        let common = [
            (header::CONTENT_TYPE, content_type),
            (header::CACHE_CONTROL, cache.to_owned()),
            (header::ETAG, self.etag.clone()),
            (header::VARY, "accept-encoding".to_owned()),
        ];
        let known = headers.get(header::IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == self.etag.as_bytes());
        if known {
            return (StatusCode::NOT_MODIFIED, common).into_response();
        }
        match self.packed {
            Some(packed) if takes_brotli(headers) => {
                (common, [(header::CONTENT_ENCODING, "br")], Body::from(packed)).into_response()
            }
            _ => (common, Body::from(self.unpacked())).into_response(),
        }
    }
}

/// A validator of some content, as the header has it.
pub(crate) fn etag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    let wishes = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    wishes.flat_map(|value| value.split(',')).any(|item| {
        let (coding, weight) = item.split_once(';').unwrap_or((item, ""));
        coding.trim().eq_ignore_ascii_case("br") && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn find(path: &str) -> Option<&'static Asset> {
    static ASSETS: OnceLock<Vec<Asset>> = OnceLock::new();
    ASSETS.get_or_init(|| FILES.iter().map(Asset::of).collect()).iter().find(|asset| asset.path == path)
}

/// Every address that is not the API's: a file of the UI, or the page that then shows the address itself.
pub(crate) async fn spa(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    // An asset's name changes with its content, so it never needs to be asked for again.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    if let Some(asset) = find(path).filter(|asset| asset.path != "index.html") {
        return asset.serve(request.headers(), cache);
    }
    // A missing file must not answer with the page: a browser would take HTML for a script. An id in an address has
    // a dot, too, but no known ending.
    if path.starts_with("assets/") || mime_guess::from_path(path).first().is_some() {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    }
    match find("index.html") {
        Some(page) => page.serve(request.headers(), "no-cache"),
        None => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], NO_UI).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_is_sent_only_to_those_who_take_it() {
        for (header, takes) in
            [("gzip, deflate, br", true), ("br;q=0, gzip", false), ("gzip", false), ("BR;q=0.5", true)]
        {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, header.parse().expect("a header"))]);
            assert_eq!(takes_brotli(&headers), takes, "{header}");
        }
        assert!(!takes_brotli(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn a_missing_asset_is_not_the_page() {
        let ask = |path: &str| Request::get(path).body(Body::empty()).expect("a request");
        assert_eq!(spa(ask("/assets/old-123.js")).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(spa(ask("/favicon.ico")).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(spa(ask("/runs/7.123.4")).await.status(), StatusCode::OK);
        let post = Request::post("/").body(Body::empty()).expect("a request");
        assert_eq!(spa(post).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}
