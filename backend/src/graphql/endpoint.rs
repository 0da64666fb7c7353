//! `POST /graphql` (and `GET` for queries): GraphQL over HTTP.
//!
//! A request in JSON from a page of this server, or from a client that is no browser; nothing that a form or a link of
//! another site could send. Executed requests answer 200 also when fields failed; a client that names
//! `application/graphql-response+json` learns by the status when its request itself was refused.

use async_graphql::{Request, Response, Variables, http::parse_query_string, parser::types::OperationType};
use axum::{
    Extension,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response as HttpResponse},
};
use domain::error::{ErrorCode, Lang};

use super::{
    context::{Operation, RefreshCookie},
    document, error, loader,
};
use crate::{
    auth::{cookie, origin},
    http::{HttpState, caller::Caller, error::HttpError},
    telemetry::metrics,
};

/// The media types that GraphQL answers in; the first is the one of the specification.
const GRAPHQL_JSON: &str = "application/graphql-response+json";
const PLAIN_JSON: &str = "application/json";

/// Answers a GraphQL request.
pub(crate) async fn graphql(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    request: axum::extract::Request,
) -> HttpResponse {
    match answer(&state, &caller, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn answer(state: &HttpState, caller: &Caller, http: axum::extract::Request) -> Result<HttpResponse, HttpError> {
    let (parts, body) = http.into_parts();
    if !origin::is_own(&parts.headers, &state.config.http.public_url) {
        let message = match caller.lang {
            Lang::En => "The request comes from a page of another site.",
            Lang::Zh => "请求来自其他站点的页面。",
        };
        return Err(HttpError::saying(StatusCode::FORBIDDEN, ErrorCode::Denied, caller, message));
    }
    let media = negotiate(&parts.headers)
        .ok_or_else(|| HttpError::new(StatusCode::NOT_ACCEPTABLE, ErrorCode::InvalidInput, caller))?;
    let mut request = read(state, caller, &parts, body).await?;
    let mut response = match prepare(state, caller, &parts, &mut request).await? {
        Ok(()) => state.schema.execute(request).await,
        Err(refused) => refused,
    };
    error::finish(&mut response, &caller.request_id);
    Ok(render(response, media))
}

/// Checks the query and finds out who asks; a query that can't be executed is answered as GraphQL does.
async fn prepare(
    state: &HttpState,
    caller: &Caller,
    parts: &Parts,
    request: &mut Request,
) -> Result<Result<(), Response>, HttpError> {
    if let Err(error) = document::check(request, &state.config.graphql, caller.lang) {
        return Ok(Err(Response::from_errors(vec![error])));
    }
    let kind = document::kind(request);
    if parts.method == Method::GET && kind != Some(OperationType::Query) {
        return Err(HttpError::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::InvalidInput, caller));
    }
    let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let op = match state.gate.enter(caller, authorization).await {
        Ok(op) => op,
        // A client renews its session just when its token has run out.
        Err(_) if document::only_signs_in(request) => state.gate.anonymous(caller),
        Err(refused) => return Err(refused.into_http(caller)),
    };
    metrics::GRAPHQL_OPERATIONS.add(&[super::kind_name(kind), "http"]);
    let operation = Operation::new(op, caller.lang, state.services.clone());
    let whole = std::mem::replace(request, Request::new(""));
    *request = whole
        .data(loader::loaders(&operation))
        .data(operation)
        .data(RefreshCookie(cookie::refresh_token(&parts.headers)));
    Ok(Ok(()))
}

async fn read(state: &HttpState, caller: &Caller, parts: &Parts, body: Body) -> Result<Request, HttpError> {
    let bad = |message: &str| HttpError::saying(StatusCode::BAD_REQUEST, ErrorCode::InvalidInput, caller, message);
    if parts.method == Method::GET {
        return parse_query_string(parts.uri.query().unwrap_or_default())
            .map_err(|_| bad("The query string is not a GraphQL request."));
    }
    if !is_json(&parts.headers) {
        let message = "Send the request as application/json.";
        return Err(HttpError::saying(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::InvalidInput, caller, message));
    }
    let limit = state.config.http.body_limit.0;
    let bytes = to_bytes(body, limit).await.map_err(|error| {
        // The one other cause is a client that went away, which reads no answer.
        tracing::debug!(%error, "the body could not be read");
        HttpError::saying(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge, caller, too_large(limit, caller.lang))
    })?;
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(bad("Send one GraphQL request at a time, not a list of them."));
    }
    let wire: Wire = serde_json::from_slice(&bytes)
        .map_err(|error| bad(&format!("The body is not a GraphQL request in JSON: {error}.")))?;
    Ok(wire.into())
}

/// A request as it is sent. Unlike the library's own type it has no files, and its query is required.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    query: String,
    operation_name: Option<String>,
    variables: Option<serde_json::Map<String, serde_json::Value>>,
}

impl From<Wire> for Request {
    fn from(wire: Wire) -> Self {
        let mut request = Self::new(wire.query);
        request.operation_name = wire.operation_name;
        request.variables = Variables::from_json(wire.variables.unwrap_or_default().into());
        request
    }
}

fn too_large(limit: usize, lang: Lang) -> String {
    match lang {
        Lang::En => format!("The request is larger than the {limit} bytes that are allowed."),
        Lang::Zh => format!("请求超过允许的 {limit} 字节。"),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case(PLAIN_JSON))
}

/// The media type to answer in; `None` when the client takes neither.
fn negotiate(headers: &HeaderMap) -> Option<&'static str> {
    let accepted: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if accepted.is_empty() {
        return Some(PLAIN_JSON);
    }
    let takes = |media: &str| {
        accepted
            .iter()
            .flat_map(|value| value.split(','))
            .any(|item| item.split(';').next().is_some_and(|wish| wish.trim().eq_ignore_ascii_case(media)))
    };
    if takes(GRAPHQL_JSON) {
        Some(GRAPHQL_JSON)
    } else {
        [PLAIN_JSON, "*/*", "application/*"].into_iter().any(takes).then_some(PLAIN_JSON)
    }
}

fn render(response: Response, media: &'static str) -> HttpResponse {
    // The older media type promises 200 for whatever is well-formed GraphQL.
    let refused = media == GRAPHQL_JSON && error::is_request_error(&response);
    let status = if refused { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let headers = response.http_headers.clone();
    let body = serde_json::to_vec(&response).expect("an answer is JSON by its making");
    let mut http = (status, body).into_response();
    http.headers_mut().extend(headers);
    let media = if media == GRAPHQL_JSON { "application/graphql-response+json; charset=utf-8" } else { PLAIN_JSON };
    http.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    http
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_follows_what_the_client_takes() {
        for (accept, media) in [
            (None, Some(PLAIN_JSON)),
            (Some("application/graphql-response+json, application/json;q=0.9"), Some(GRAPHQL_JSON)),
            (Some("application/json"), Some(PLAIN_JSON)),
            (Some("text/html, */*;q=0.1"), Some(PLAIN_JSON)),
            (Some("text/html"), None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(negotiate(&headers), media, "{accept:?}");
        }
    }

    #[test]
    fn only_json_is_read() {
        for (content_type, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))]);
            assert_eq!(is_json(&headers), json, "{content_type}");
        }
    }
}
