//! The id of a request: made here, written on every log line of the request, told in the answer and in every error.

use std::{fmt, sync::Arc};

use axum::{extract::Request, http::HeaderName};

/// The header that carries it, both ways.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// An id for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// A fresh id.
    pub(crate) fn random() -> Self {
        Self(format!("{:024x}", rand::random::<u128>() >> 32).into())
    }

    /// The id that a trusted proxy gave, when it is one that can stand in a log line as it is.
    pub(crate) fn of_proxy(request: &Request) -> Option<Self> {
        let text = request.headers().get(HEADER)?.to_str().ok()?;
        let fine =
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        fine.then(|| Self(text.into()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
