//! `GET /metrics` in the text format of Prometheus: what the process counts, and what the engine says when asked.
//!
//! No label names a tenant or an object of one: whoever scrapes sees all of the installation.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use super::HttpState;
use crate::telemetry::metrics;

/// `GET /metrics`.
pub(crate) async fn metrics(State(state): State<HttpState>) -> Response {
    let mut page = metrics::render();
    let labels = metrics::braces(&["version"], &[env!("CARGO_PKG_VERSION").to_owned()]);
    metrics::sample(&mut page, "almanac_build_info", "The running version.", &[(labels, 1.0)]);
    for gauge in (state.gauges)() {
        metrics::sample(&mut page, gauge.name, gauge.help, &gauge.samples);
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response()
}
