//! The addresses of the server, on one screen.

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    middleware::from_fn_with_state,
    response::{IntoResponse as _, Response},
    routing::get,
};

use super::{HttpState, health, metrics, observe, spa};
use crate::graphql::{self, endpoint, graphiql, socket};

/// All routes with the layers around them.
pub(crate) fn router(state: HttpState) -> Router {
    let mut routes = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::metrics))
        .route("/graphql", get(endpoint::graphql).post(endpoint::graphql))
        .route("/graphql/ws", get(socket::socket))
        .route("/graphql/schema.graphql", get(schema))
        .route("/graphiql", get(graphiql::page))
        .route("/graphiql/{name}", get(graphiql::file));
    routes = if state.config.ui.enabled { routes.fallback(spa::spa) } else { routes.fallback(no_ui) };
    // The last layer is the outermost: a panic and a time-out are counted and logged with the request's id.
    routes
        .layer(from_fn_with_state(state.clone(), observe::contain))
        .layer(from_fn_with_state(state.clone(), observe::secure))
        .layer(from_fn_with_state(state.clone(), observe::observe))
        .with_state(state)
}

/// The schema in its own language, for code generators.
async fn schema(headers: HeaderMap) -> Response {
    static SDL: std::sync::OnceLock<(String, String)> = std::sync::OnceLock::new();
    let (sdl, etag) = SDL.get_or_init(|| {
        let sdl = graphql::sdl();
        let etag = spa::etag(sdl.as_bytes());
        (sdl, etag)
    });
    let common = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], sdl.clone()).into_response()
}

async fn no_ui() -> Response {
    (StatusCode::NOT_FOUND, "There is no such address; the web UI is switched off (ui.enabled).\n").into_response()
}
