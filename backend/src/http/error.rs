//! Errors that are answered before GraphQL has a say, in the same shape as GraphQL's, so that a client reads one kind.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::error::ErrorCode;
use serde_json::json;

use super::caller::Caller;

/// A refused or failed request.
#[derive(Debug, Clone)]
pub(crate) struct HttpError {
    status: StatusCode,
    code: ErrorCode,
    message: String,
    request_id: String,
}

impl HttpError {
    /// An error with the general sentence of its code.
    pub(crate) fn new(status: StatusCode, code: ErrorCode, caller: &Caller) -> Self {
        Self::saying(status, code, caller, code.text(caller.lang))
    }

    /// An error with a sentence of its own.
    pub(crate) fn saying(status: StatusCode, code: ErrorCode, caller: &Caller, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), request_id: caller.request_id.to_string() }
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let error = json!({
            "message": self.message,
            "extensions": { "code": self.code, "requestId": self.request_id },
        });
        (self.status, Json(json!({ "errors": [error] }))).into_response()
    }
}
