//! `GET /graphql/ws`: live operations over the graphql-transport-ws protocol.
//!
//! The first message signs in with an access token. The connection ends when that session ends, which is looked at
//! once a minute and whenever this process ends a session; a token that runs out meanwhile does not matter, because
//! the session is what counts.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_graphql::{
    Data, Executor, Request, Response,
    http::{ClientMessage, WebSocket as Protocol, WebSocketProtocols, WsMessage},
};
use axum::{
    Extension,
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response as HttpResponse},
};
use domain::error::{ErrorCode, Lang};
use futures_util::{
    FutureExt as _, SinkExt as _, StreamExt as _,
    future::BoxFuture,
    stream::{self, BoxStream, SplitSink},
};
use serde_json::Value;
use service::ctx::OpCtx;
use tokio::sync::{Semaphore, watch};

use super::{
    context::{Operation, RefreshCookie},
    document, error, loader,
};
use crate::{
    auth::origin,
    http::{
        HttpState,
        caller::{Caller, preferred},
        error::HttpError,
    },
    telemetry::metrics,
};

const SUBPROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to sign in.
const INIT_PATIENCE: Duration = Duration::from_secs(10);
/// How often a silent connection is asked whether it still stands; proxies cut silent ones after a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// Largest message of a client.
const MAX_MESSAGE: usize = 256 * 1024;

/// Close codes of the protocol, and of ours.
mod close {
    pub(super) const UNAUTHORIZED: u16 = 4401;
    pub(super) const BAD_SUBPROTOCOL: u16 = 4406;
    pub(super) const INIT_TIMEOUT: u16 = 4408;
    pub(super) const GOING_AWAY: u16 = 1001;
}

/// Takes a WebSocket.
pub(crate) async fn socket(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> HttpResponse {
    if !origin::is_own(&headers, &state.config.http.public_url) {
        return HttpError::new(StatusCode::FORBIDDEN, ErrorCode::Denied, &caller).into_response();
    }
    let upgrade = upgrade.protocols([SUBPROTOCOL]).max_message_size(MAX_MESSAGE);
    if upgrade.selected_protocol().is_none() {
        return upgrade.on_upgrade(async |socket| {
            let (mut sink, _) = socket.split();
            goodbye(&mut sink, close::BAD_SUBPROTOCOL, "Subprotocol not acceptable").await;
        });
    }
    upgrade.on_upgrade(move |socket| talk(state, caller, socket))
}

/// Who signed in on a connection; empty until then.
type SignedIn = watch::Sender<Option<Arc<OpCtx>>>;

async fn talk(state: HttpState, caller: Caller, socket: WebSocket) {
    let _counted = metrics::SOCKETS.hold();
    let (mut sink, source) = socket.split();
    let signed_in = Arc::new(watch::Sender::new(None));
    let lang = Arc::new(OnceLock::new());
    let executor = Operations {
        state: state.clone(),
        caller: caller.clone(),
        lang: lang.clone(),
        signed_in: signed_in.clone(),
        slots: Arc::new(Semaphore::new(state.config.graphql.max_socket_operations)),
    };
    let messages =
        source.take_while(|message| futures_util::future::ready(message.is_ok())).filter_map(async |message| {
            match message {
                Ok(Message::Text(text)) => Some(ClientMessage::from_bytes(text.as_bytes())),
                Ok(Message::Binary(bytes)) => Some(ClientMessage::from_bytes(bytes)),
                _ => None,
            }
        });
    let init = init(state.clone(), caller.clone(), signed_in.clone(), lang);
    let protocol =
        Protocol::from_message_stream(executor, messages, WebSocketProtocols::GraphQLWS).on_connection_init(init);
    let mut protocol = std::pin::pin!(protocol);
    let mut end = std::pin::pin!(end_of(&state, &signed_in));
    let mut keep_alive = tokio::time::interval_at(tokio::time::Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    loop {
        let message = tokio::select! {
            message = protocol.next() => match message {
                Some(WsMessage::Text(text)) => Message::Text(text.into()),
                Some(WsMessage::Close(code, reason)) => return goodbye(&mut sink, code, &reason).await,
                None => return,
            },
            (code, reason) = &mut end => return goodbye(&mut sink, code, reason).await,
            _ = keep_alive.tick() => Message::Ping(Default::default()),
        };
        if sink.send(message).await.is_err() {
            return;
        }
    }
}

async fn goodbye(sink: &mut SplitSink<WebSocket, Message>, code: u16, reason: &str) {
    // A reason longer than a control frame would break the connection instead of closing it.
    let reason: String = reason.chars().take(30).collect();
    // Whoever has gone already needs no goodbye.
    let _ = sink.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
}

/// Waits for the reason to end the connection: nobody signs in, the session ends, the server stops.
async fn end_of(state: &HttpState, signed_in: &SignedIn) -> (u16, &'static str) {
    let mut signing = signed_in.subscribe();
    let session = async {
        let signed = tokio::time::timeout(INIT_PATIENCE, signing.wait_for(Option::is_some)).await;
        // Only the number is kept: what was waited for holds a lock.
        let session = signed.map(|op| op.ok().and_then(|op| op.as_ref().and_then(|op| op.session_id)));
        match session {
            Ok(Some(session)) => {
                state.gate.session_ended(session).await;
                (close::UNAUTHORIZED, "The session has ended.")
            }
            Ok(None) => (close::UNAUTHORIZED, "Unauthorized"),
            Err(_) => (close::INIT_TIMEOUT, "Connection initialisation timeout"),
        }
    };
    tokio::select! {
        end = session => end,
        () = state.shutdown.cancelled() => (close::GOING_AWAY, "The server is stopping."),
    }
}

/// Signs in by the payload of `connection_init`: `{"authorization": "Bearer …", "language": "zh"}`. A browser can't set
/// the header of the language for a socket.
fn init(
    state: HttpState,
    caller: Caller,
    signed_in: Arc<SignedIn>,
    lang: Arc<OnceLock<Lang>>,
) -> impl FnOnce(Value) -> BoxFuture<'static, async_graphql::Result<Data>> + Send + 'static {
    move |payload| {
        async move {
            if let Some(wish) = payload["language"].as_str() {
                // The first message of a connection, so nothing has been set before.
                let _ = lang.set(preferred(wish, caller.lang));
            }
            let fields = payload.as_object().into_iter().flatten();
            let authorization = fields.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
            let authorization = authorization.filter_map(|(_, value)| value.as_str()).next();
            let op = state.gate.enter(&caller, authorization).await.ok().filter(|op| op.session_id.is_some());
            // Without anybody signed in the connection ends with the protocol's own code.
            signed_in.send_replace(Some(Arc::new(op.clone().unwrap_or_else(|| state.gate.anonymous(&caller)))));
            match op {
                Some(_) => Ok(Data::default()),
                // The close code is sent by `end_of`; this future must not win against it.
                None => std::future::pending().await,
            }
        }
        .boxed()
    }
}

/// Executes the operations of one connection.
#[derive(Clone)]
struct Operations {
    state: HttpState,
    caller: Caller,
    /// The language asked for on this connection.
    lang: Arc<OnceLock<Lang>>,
    signed_in: Arc<SignedIn>,
    slots: Arc<Semaphore>,
}

impl Operations {
    fn lang(&self) -> Lang {
        self.lang.get().copied().unwrap_or(self.caller.lang)
    }

    /// Checks a request and gives it its data: the instant is that of the operation, not of the connection.
    fn prepare(&self, mut request: Request) -> Result<Request, Box<Response>> {
        let refuse = |error| Box::new(Response::from_errors(vec![error]));
        document::check(&mut request, &self.state.config.graphql, self.lang()).map_err(refuse)?;
        let kind = document::kind(&mut request);
        metrics::GRAPHQL_OPERATIONS.add(&[super::kind_name(kind), "websocket"]);
        let who = self.signed_in.borrow().clone();
        let who = who.map_or_else(|| self.state.gate.anonymous(&self.caller), |who| (*who).clone());
        let operation = Operation::new(who, self.lang(), self.state.services.clone());
        Ok(request.data(loader::loaders(&operation)).data(operation).data(RefreshCookie::default()))
    }

    fn finished(&self, mut response: Response) -> Response {
        error::finish(&mut response, &self.caller.request_id);
        response
    }
}

impl Executor for Operations {
    async fn execute(&self, request: Request) -> Response {
        let response = match self.prepare(request) {
            Ok(request) => self.state.schema.execute(request).await,
            Err(refused) => *refused,
        };
        self.finished(response)
    }

    fn execute_stream(&self, request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let this = self.clone();
        let Ok(slot) = this.slots.clone().try_acquire_owned() else {
            let error = error::server_error(ErrorCode::TooMany, ErrorCode::TooMany.text(this.lang()));
            let refused = this.finished(Response::from_errors(vec![error]));
            return stream::once(async move { refused }).boxed();
        };
        let counted = metrics::SUBSCRIPTIONS.hold();
        let responses = match this.prepare(request) {
            Ok(request) => {
                this.state.schema.execute_stream_with_session_data(request, session.unwrap_or_default()).boxed()
            }
            Err(refused) => stream::once(async move { *refused }).boxed(),
        };
        responses
            .map(move |response| {
                // The place and the count are held as long as the stream is.
                let _held = (&slot, &counted);
                this.finished(response)
            })
            .boxed()
    }
}
