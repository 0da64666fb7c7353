//! Sends operations to the API. The access token lives in this module's memory only; it is exchanged before it expires
//! and once more when the server refuses it. However many requests wait for that, one exchange is under way at a time,
//! also across the browser's tabs, because the refresh token rotates and a second use of it ends the session.

use std::cell::RefCell;

use cynic::{MutationBuilder, Operation};
use domain::error::ErrorCode;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use gloo_net::http::{Request, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use web_sys::RequestCredentials;

use super::failure::{Failure, Kind, WireError};
use super::session::{RefreshSession, Viewer};
use crate::{browser, i18n};

const ENDPOINT: &str = "/graphql";

/// A token this near to its end is exchanged first: longer than a request takes, shorter than the token's life.
const EXPIRY_MARGIN_MS: i64 = 20_000;

#[derive(Clone)]
struct Token {
    bearer: String,
    expires_ms: i64,
}

type Exchange = Shared<LocalBoxFuture<'static, Result<Viewer, Failure>>>;

thread_local! {
    static TOKEN: RefCell<Option<Token>> = const { RefCell::new(None) };
    static EXCHANGE: RefCell<Option<Exchange>> = const { RefCell::new(None) };
    static ON_ENDED: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// Sends an operation as the signed-in person.
pub(crate) async fn send<T, V>(operation: Operation<T, V>) -> Result<T, Failure>
where
    T: DeserializeOwned + 'static,
    V: Serialize,
{
    let body = encode(&operation);
    let bearer = bearer().await?;
    match post(&body, Some(&bearer)).await {
        Err(failure) if failure.is(ErrorCode::Unauthenticated) => {
            exchange().await?;
            let bearer = TOKEN.with_borrow(|token| token.as_ref().map(|token| token.bearer.clone()));
            post(&body, bearer.as_deref()).await
        }
        answer => answer,
    }
}

/// Sends an operation as nobody: signing in, and what the sign-in page shows.
pub(crate) async fn send_anonymous<T, V>(operation: Operation<T, V>) -> Result<T, Failure>
where
    T: DeserializeOwned + 'static,
    V: Serialize,
{
    post(&encode(&operation), None).await
}

/// A token that is good for the next moments.
pub(crate) async fn bearer() -> Result<String, Failure> {
    let usable = || {
        TOKEN.with_borrow(|token| {
            let token = token.as_ref()?;
            (token.expires_ms - browser::now_ms() > EXPIRY_MARGIN_MS).then(|| token.bearer.clone())
        })
    };
    if let Some(bearer) = usable() {
        return Ok(bearer);
    }
    exchange().await?;
    TOKEN
        .with_borrow(|token| token.as_ref().map(|token| token.bearer.clone()))
        .ok_or_else(|| Failure::new(Kind::Api(ErrorCode::Unauthenticated.as_str().to_owned()), ""))
}

/// Keeps the token of a sign-in.
pub(crate) fn keep_token(bearer: String, expires_ms: i64) {
    TOKEN.set(Some(Token { bearer, expires_ms }));
}

pub(crate) fn forget_token() {
    TOKEN.set(None);
}

/// What is done when the session turns out to have ended.
pub(crate) fn on_session_ended(then: impl Fn() + 'static) {
    ON_ENDED.set(Some(Box::new(then)));
}

/// Exchanges the refresh cookie for an access token; joins an exchange that is under way.
pub(crate) async fn exchange() -> Result<Viewer, Failure> {
    let running = EXCHANGE.with_borrow_mut(|slot| {
        slot.get_or_insert_with(|| {
            async {
                let result = browser::exclusively("almanac.refresh", refresh()).await;
                EXCHANGE.set(None);
                result
            }
            .boxed_local()
            .shared()
        })
        .clone()
    });
    running.await
}

async fn refresh() -> Result<Viewer, Failure> {
    let answer = send_anonymous(RefreshSession::build(())).await;
    let ended = |message: String| {
        TOKEN.set(None);
        ON_ENDED.with_borrow(|then| {
            if let Some(then) = then {
                then();
            }
        });
        Failure::new(Kind::Api(ErrorCode::Unauthenticated.as_str().to_owned()), message)
    };
    let payload = match answer {
        Ok(answer) => answer.refresh_session,
        Err(failure) if failure.is(ErrorCode::Unauthenticated) => return Err(ended(failure.message)),
        Err(failure) => return Err(failure),
    };
    match (payload.access_token, payload.access_expires_at, payload.viewer) {
        (Some(bearer), Some(expires), Some(viewer)) => {
            keep_token(bearer, expires.0);
            Ok(viewer)
        }
        _ => Err(ended(payload.user_errors.into_iter().next().map(|error| error.message).unwrap_or_default())),
    }
}

fn encode<T, V: Serialize>(operation: &Operation<T, V>) -> String {
    serde_json::to_string(operation).expect("operations are plain data")
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    data: Option<serde_json::Value>,
    #[serde(default)]
    errors: Vec<WireError>,
}

async fn post<T: DeserializeOwned>(body: &str, bearer: Option<&str>) -> Result<T, Failure> {
    let mut request = Request::post(ENDPOINT)
        .credentials(RequestCredentials::SameOrigin)
        .header("content-type", "application/json")
        .header("accept", "application/graphql-response+json, application/json")
        .header("accept-language", i18n::tag(i18n::lang_now()));
    if let Some(bearer) = bearer {
        request = request.header("authorization", &format!("Bearer {bearer}"));
    }
    let offline = |error: gloo_net::Error| Failure::new(Kind::Offline, error.to_string());
    let response = request.body(body).map_err(offline)?.send().await.map_err(offline)?;
    let request_id = response.headers().get("x-request-id");
    let failed =
        |failure: Failure| Failure { request_id: failure.request_id.clone().or(request_id.clone()), ..failure };
    let envelope = envelope(&response).await.map_err(failed)?;
    let unreadable = match envelope.data {
        Some(data) => match serde_json::from_value(data) {
            Ok(answer) => return Ok(answer),
            Err(error) => error.to_string(),
        },
        None => "the answer has neither data nor errors".to_owned(),
    };
    // Data that does not fit is the consequence when there are errors: a field that must not be null could not be had.
    Err(failed(match envelope.errors.into_iter().next() {
        Some(error) => Failure::from_wire(error),
        None => Failure::new(Kind::Unreadable, unreadable),
    }))
}

async fn envelope(response: &Response) -> Result<Envelope, Failure> {
    let status = response.status();
    let text = response.text().await.map_err(|error| Failure::new(Kind::Offline, error.to_string()))?;
    match serde_json::from_str::<Envelope>(&text) {
        Ok(envelope) if envelope.data.is_some() || !envelope.errors.is_empty() => Ok(envelope),
        _ if status == 401 => Err(Failure::new(Kind::Api(ErrorCode::Unauthenticated.as_str().to_owned()), text)),
        _ => Err(Failure::new(Kind::Server(status), text.chars().take(300).collect::<String>())),
    }
}
