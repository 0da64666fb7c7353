//! Errors on their way out: expected ones are data of a payload, the others carry a stable code and the request's id.

use async_graphql::{Error, ErrorExtensions as _, Response, ServerError, SimpleObject, Value};
use domain::error::{ErrorCode, Lang};
use service::error::FieldError;

use crate::{http::request_id::RequestId, telemetry::metrics};

/// An expected failure of a mutation: what is wrong, where, and a stable code with a page in docs/error.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct UserError {
    field: Option<Vec<String>>,
    message: String,
    code: String,
}

impl UserError {
    pub(crate) fn of(error: &FieldError, lang: Lang) -> Self {
        let field = (!error.path.is_empty()).then(|| error.path.clone());
        Self { field, message: error.message(lang).to_owned(), code: error.code.as_str().to_owned() }
    }
}

/// A refusal or fault of a use case as a GraphQL error. A fault is logged here, once, and its inside is not told.
pub(crate) fn of_service(error: &service::Error, lang: Lang) -> Error {
    let code = error.code();
    if error.is_fault() {
        tracing::error!(%code, %error, "a request failed");
    }
    coded(code, error.message(lang))
}

/// A GraphQL error with a code.
pub(crate) fn coded(code: ErrorCode, message: impl Into<String>) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code.as_str()))
}

/// The same for the hooks of the executor.
pub(crate) fn server_error(code: ErrorCode, message: impl Into<String>) -> ServerError {
    coded(code, message).into_server_error(async_graphql::Pos::default())
}

/// Gives every error of an answer its code and the request's id. What has no code was refused by the parser or by
/// validation: the query itself is wrong.
pub(crate) fn finish(response: &mut Response, request_id: &RequestId) {
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_default();
        let code = match extensions.get("code") {
            Some(Value::String(code)) => code.clone(),
            _ => {
                extensions.set("code", ErrorCode::InvalidInput.as_str());
                ErrorCode::InvalidInput.as_str().to_owned()
            }
        };
        extensions.set("requestId", request_id.as_str());
        metrics::GRAPHQL_ERRORS.add(&[&code]);
    }
}

/// Whether nothing was executed: the query could not be read, is not valid, or passes a limit.
pub(crate) fn is_request_error(response: &Response) -> bool {
    !response.errors.is_empty() && response.data == Value::Null && response.errors.iter().all(|it| it.path.is_empty())
}
