//! `/healthz` (the process lives) and `/readyz` (it can do its work, else why not).

use std::{fmt, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures_util::future::{BoxFuture, join_all};
use serde::Serialize;

use super::HttpState;

/// A probe asks often; an answer that takes this long is a "no".
const PATIENCE: Duration = Duration::from_secs(3);

/// What a check found.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// Whether the server can work as far as this goes.
    pub ok: bool,
    /// In a few words, for people.
    pub detail: String,
}

type Probe = Arc<dyn Fn() -> BoxFuture<'static, Finding> + Send + Sync>;

/// The checks behind `/readyz`.
#[derive(Clone, Default)]
pub struct Readiness(Vec<(&'static str, Probe)>);

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Readiness {
    /// Adds a check.
    #[must_use]
    pub fn with<F>(mut self, name: &'static str, probe: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Finding> + Send + 'static,
    {
        self.0.push((name, Arc::new(move || Box::pin(probe()))));
        self
    }

    async fn look(&self) -> Vec<(&'static str, Finding)> {
        join_all(self.0.iter().map(|(name, probe)| async move {
            let late = || Finding { ok: false, detail: format!("no answer within {} s", PATIENCE.as_secs()) };
            (*name, tokio::time::timeout(PATIENCE, probe()).await.unwrap_or_else(|_| late()))
        }))
        .await
    }
}

/// `GET /healthz`.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 when every check passes, else 503; the body says which failed and why.
pub(crate) async fn readyz(State(state): State<HttpState>) -> Response {
    let mut findings = state.readiness.look().await;
    if state.shutdown.is_cancelled() {
        findings.push(("stop", Finding { ok: false, detail: "the server is stopping".to_owned() }));
    }
    let ready = findings.iter().all(|(_, finding)| finding.ok);
    let checks: serde_json::Map<String, serde_json::Value> =
        findings.into_iter().map(|(name, finding)| (name.to_owned(), serde_json::json!(finding))).collect();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(serde_json::json!({ "ready": ready, "checks": checks }))).into_response()
}
