//! The layers around every request: its id and log line, the time limit, the catching of panics, security headers.

use std::{any::Any, panic::AssertUnwindSafe, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use domain::error::ErrorCode;
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::{HttpState, caller::Caller, error::HttpError, request_id};
use crate::telemetry::metrics;

/// What a page of the UI may load: only what this server serves. WebAssembly counts as `eval` for browsers.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Gives the request its caller and span, counts it, and writes one line when it is answered.
pub(crate) async fn observe(State(state): State<HttpState>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let caller = Caller::of(&request, state.config.http.trust_proxy, state.config.ui.language);
    let route = request.extensions().get::<MatchedPath>().map_or("ui", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!("request", id = %caller.request_id, %method, route);
    request.extensions_mut().insert(caller.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = began.elapsed();
    let status = response.status();
    metrics::HTTP_REQUESTS.add(&[&route, status.as_str()]);
    metrics::HTTP_SECONDS.observe(took);
    span.in_scope(|| tracing::debug!(status = status.as_u16(), ms = took.as_millis() as u64, "answered"));
    if let Ok(value) = HeaderValue::from_str(caller.request_id.as_str()) {
        response.headers_mut().insert(request_id::HEADER, value);
    }
    response
}

/// Answers 504 when the request takes too long, and 500 when its handler panics; both with the request's id.
pub(crate) async fn contain(State(state): State<HttpState>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>().cloned();
    let caller = caller.unwrap_or_else(|| Caller::of(&request, false, state.config.ui.language));
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(state.config.http.request_timeout, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            tracing::error!(panic = panic_text(&*panic), "a handler panicked");
            HttpError::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, &caller).into_response()
        }
        Err(_) => {
            tracing::warn!("the request took too long and was given up");
            HttpError::new(StatusCode::GATEWAY_TIMEOUT, ErrorCode::Timeout, &caller).into_response()
        }
    }
}

/// Sets the headers that keep other sites and stray scripts out; what a handler set stands.
pub(crate) async fn secure(State(state): State<HttpState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::REFERRER_POLICY, "same-origin");
    default(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    default(header::CACHE_CONTROL, "no-store");
    if state.config.http.public_url.is_https() {
        default(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
