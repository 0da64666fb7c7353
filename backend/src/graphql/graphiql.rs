//! `GET /graphiql`: a page to try the API in, served from the binary without anything from outside.
//!
//! The files are described in `asset/graphiql/README.md`.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use crate::http::spa::Asset;

/// The editor inside GraphiQL makes style elements at run time; scripts stay as strict as elsewhere.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

macro_rules! file {
    ($kind:ident $name:literal) => {
        Asset::$kind($name, include_bytes!(concat!("../../asset/graphiql/", $name)))
    };
    ($kind:ident $name:literal $suffix:literal) => {
        Asset::$kind($name, include_bytes!(concat!("../../asset/graphiql/", $name, $suffix)))
    };
}

static FILES: LazyLock<[Asset; 7]> = LazyLock::new(|| {
    [
        file!(plain "index.html"),
        file!(plain "start.css"),
        file!(plain "start.js"),
        file!(packed "graphiql.min.css" ".br"),
        file!(packed "graphiql.min.js" ".br"),
        file!(packed "react.production.min.js" ".br"),
        file!(packed "react-dom.production.min.js" ".br"),
    ]
});

/// The page itself.
pub(crate) async fn page(headers: HeaderMap) -> Response {
    serve("index.html", &headers)
}

/// A file of the page.
pub(crate) async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    serve(&name, &headers)
}

fn serve(name: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = FILES.iter().find(|asset| asset.path() == name) else {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    };
    let mut response = asset.serve(headers, "no-cache");
    let policy = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    /// In a closed network an address of elsewhere would be a page that never loads.
    #[tokio::test]
    async fn the_page_loads_only_what_the_binary_holds() {
        let html = to_bytes(page(HeaderMap::new()).await.into_body(), usize::MAX).await.expect("a page");
        let html = String::from_utf8(html.to_vec()).expect("text");
        assert!(!html.contains("//"), "no address of another server");
        let links = html.split(['"']).filter(|part| part.starts_with("/graphiql/"));
        let mut found = 0;
        for link in links {
            let name = link.trim_start_matches("/graphiql/").to_owned();
            let response = file(Path(name), HeaderMap::new()).await;
            assert_eq!(response.status(), StatusCode::OK, "{link}");
            let body = to_bytes(response.into_body(), usize::MAX).await.expect("a file");
            assert!(!body.is_empty(), "{link}");
            found += 1;
        }
        assert_eq!(found, FILES.len() - 1);
    }
}
