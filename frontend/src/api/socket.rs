//! Subscriptions: one WebSocket (protocol graphql-transport-ws) for all of the page. When it breaks it is opened again
//! with growing pauses, and each subscription resumes from the last cursor it saw, so nothing is lost in between.
//!
//! The server is asked for a sign of life every few seconds. Without any for [`SILENCE_MS`] the page says since when it
//! is not live, whatever the browser believes about the connection.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, WebSocket};

use super::client;
use super::failure::WireError;
use crate::{browser, i18n};

/// Silence after which the connection counts as lost.
const SILENCE_MS: i64 = 15_000;
const BEAT_MS: u32 = 5_000;
const PAUSE_MIN_MS: f64 = 500.0;
const PAUSE_MAX_MS: f64 = 15_000.0;

/// Whether what the page shows is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Live {
    /// Nothing is subscribed, or the first connection is being made.
    Idle,
    Yes,
    /// Since when it is not, by this machine's clock.
    No(i64),
}

static LIVE: LazyLock<ArcRwSignal<Live>> = LazyLock::new(|| ArcRwSignal::new(Live::Idle));

/// Follows the state of the connection.
pub(crate) fn live() -> Live {
    LIVE.get()
}

struct Entry {
    /// The operation's `payload`, made anew with the cursor to resume from.
    payload: Box<dyn Fn(Option<String>) -> Value>,
    cursor: Option<String>,
    /// Takes the data of a message and gives its cursor.
    next: std::rc::Rc<dyn Fn(Value) -> Option<String>>,
}

#[derive(Default)]
struct Socket {
    entries: BTreeMap<u32, Entry>,
    last_id: u32,
    connection: Option<Connection>,
    /// Counts connections, so that a late event of an old one is told apart.
    epoch: u32,
    heard_ms: i64,
    pause_ms: f64,
    beating: bool,
}

struct Connection {
    socket: WebSocket,
    ready: bool,
}

thread_local! {
    static SOCKET: RefCell<Socket> = RefCell::new(Socket { pause_ms: PAUSE_MIN_MS, ..Socket::default() });
}

/// A running subscription; ends with [`Subscription::end`] or when the owner that made it is cleaned up.
#[derive(Clone, Copy)]
pub(crate) struct Subscription(u32);

/// Subscribes until the current reactive owner is cleaned up. `next` gives the cursor of what it was given.
pub(crate) fn subscribe<T, V>(
    operation: impl Fn(Option<String>) -> cynic::StreamingOperation<T, V> + 'static,
    cursor: Option<String>,
    next: impl Fn(T) -> Option<String> + 'static,
) -> Subscription
where
    T: DeserializeOwned + 'static,
    V: serde::Serialize + 'static,
{
    let payload = move |cursor| serde_json::to_value(operation(cursor)).expect("operations are plain data");
    let next = move |data: Value| serde_json::from_value(data).ok().and_then(&next);
    let id = SOCKET.with_borrow_mut(|socket| {
        socket.last_id += 1;
        let entry = Entry { payload: Box::new(payload), cursor, next: std::rc::Rc::new(next) };
        socket.entries.insert(socket.last_id, entry);
        socket.last_id
    });
    let subscription = Subscription(id);
    on_cleanup(move || subscription.end());
    let ready = SOCKET.with_borrow(|socket| socket.connection.as_ref().map(|connection| connection.ready));
    match ready {
        None => spawn_local(connect()),
        Some(true) => begin(id),
        Some(false) => {}
    }
    subscription
}

impl Subscription {
    pub(crate) fn end(self) {
        let known = SOCKET.with_borrow_mut(|socket| socket.entries.remove(&self.0).is_some());
        if known {
            transmit(&json!({"id": self.0.to_string(), "type": "complete"}));
        }
    }
}

/// Opens the connection now rather than after the pause.
pub(crate) fn reconnect_now() {
    SOCKET.with_borrow_mut(|socket| socket.pause_ms = PAUSE_MIN_MS);
    drop_connection();
    spawn_local(connect());
}

/// Ends everything, at sign-out.
pub(crate) fn close() {
    SOCKET.with_borrow_mut(|socket| socket.entries.clear());
    drop_connection();
    LIVE.set(Live::Idle);
}

async fn connect() {
    let epoch = SOCKET.with_borrow_mut(|socket| {
        socket.epoch += 1;
        socket.epoch
    });
    let Ok(bearer) = client::bearer().await else {
        retry(epoch);
        return;
    };
    let stale = SOCKET.with_borrow(|socket| socket.epoch != epoch || socket.entries.is_empty());
    if stale {
        return;
    }
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|it| it == "https:") { "wss" } else { "ws" };
    let url = format!("{scheme}://{}/graphql/ws", location.host().unwrap_or_default());
    let Ok(socket) = WebSocket::new_with_str(&url, "graphql-transport-ws") else {
        retry(epoch);
        return;
    };
    let opened = Closure::<dyn Fn()>::new(move || {
        let payload = json!({"authorization": format!("Bearer {bearer}"), "language": i18n::tag(i18n::lang_now())});
        transmit(&json!({"type": "connection_init", "payload": payload}));
    });
    let message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(message) = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
            received(epoch, message);
        }
    });
    let closed = Closure::<dyn Fn()>::new(move || lost(epoch));
    socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
    socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
    socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
    // From here on the browser's socket owns the handlers.
    opened.forget();
    message.forget();
    closed.forget();
    SOCKET.with_borrow_mut(|state| {
        state.heard_ms = browser::now_ms();
        state.connection = Some(Connection { socket, ready: false });
        if !std::mem::replace(&mut state.beating, true) {
            spawn_local(beat());
        }
    });
}

fn received(epoch: u32, message: Value) {
    let current = SOCKET.with_borrow_mut(|socket| {
        socket.heard_ms = browser::now_ms();
        socket.epoch == epoch
    });
    if !current {
        return;
    }
    let id = message.get("id").and_then(Value::as_str).and_then(|id| id.parse::<u32>().ok());
    match (message.get("type").and_then(Value::as_str), id) {
        (Some("connection_ack"), _) => {
            let ids: Vec<u32> = SOCKET.with_borrow_mut(|socket| {
                socket.pause_ms = PAUSE_MIN_MS;
                if let Some(connection) = &mut socket.connection {
                    connection.ready = true;
                }
                socket.entries.keys().copied().collect()
            });
            ids.into_iter().for_each(begin);
            LIVE.set(Live::Yes);
        }
        (Some("ping"), _) => transmit(&json!({"type": "pong"})),
        // An error on the way comes as a result without data, a refusal at the start as a message of its own.
        (Some("next"), Some(id)) => match message.pointer("/payload/data") {
            Some(Value::Null) | None => refused(id, message.pointer("/payload/errors")),
            Some(data) => next(id, data),
        },
        (Some("error"), Some(id)) => refused(id, message.get("payload")),
        (Some("complete"), Some(id)) => SOCKET.with_borrow_mut(|socket| drop(socket.entries.remove(&id))),
        _ => {}
    }
}

fn next(id: u32, data: &Value) {
    let handler = SOCKET.with_borrow(|socket| socket.entries.get(&id).map(|entry| entry.next.clone()));
    // The handler may subscribe or end subscriptions itself: the state must not be borrowed meanwhile.
    if let Some(handler) = handler
        && let Some(cursor) = handler(data.clone())
    {
        SOCKET.with_borrow_mut(|socket| {
            if let Some(entry) = socket.entries.get_mut(&id) {
                entry.cursor = Some(cursor);
            }
        });
    }
}

/// A refused subscription is asked for again, with a new token, unless its object is gone or denied.
fn refused(id: u32, errors: Option<&Value>) {
    let errors: Vec<WireError> =
        errors.cloned().and_then(|errors| serde_json::from_value(errors).ok()).unwrap_or_default();
    let code = errors.into_iter().next().and_then(|error| error.extensions.code);
    if matches!(code.as_deref(), Some("NOT_FOUND" | "DENIED" | "INVALID_INPUT")) {
        SOCKET.with_borrow_mut(|socket| drop(socket.entries.remove(&id)));
    } else {
        drop_connection();
        not_live();
        retry(SOCKET.with_borrow(|socket| socket.epoch));
    }
}

fn begin(id: u32) {
    let payload =
        SOCKET.with_borrow(|socket| socket.entries.get(&id).map(|entry| (entry.payload)(entry.cursor.clone())));
    if let Some(payload) = payload {
        transmit(&json!({"id": id.to_string(), "type": "subscribe", "payload": payload}));
    }
}

fn transmit(message: &Value) {
    SOCKET.with_borrow(|socket| {
        if let Some(connection) = &socket.connection
            && connection.socket.ready_state() == WebSocket::OPEN
        {
            // A socket that closes meanwhile tells so by its own event.
            let _ = connection.socket.send_with_str(&message.to_string());
        }
    });
}

fn lost(epoch: u32) {
    let current = SOCKET.with_borrow_mut(|socket| {
        let current = socket.epoch == epoch;
        if current {
            socket.connection = None;
        }
        current
    });
    if current {
        not_live();
        retry(epoch);
    }
}

fn not_live() {
    let since = SOCKET.with_borrow(|socket| socket.heard_ms);
    if !matches!(LIVE.get_untracked(), Live::No(_)) {
        LIVE.set(Live::No(if since == 0 { browser::now_ms() } else { since }));
    }
}

fn retry(epoch: u32) {
    let pause = SOCKET.with_borrow_mut(|socket| {
        let pause = socket.pause_ms;
        socket.pause_ms = (pause * 2.0).min(PAUSE_MAX_MS);
        // Half fixed, half by chance: many pages that lost one server do not come back in step.
        pause / 2.0 + pause / 2.0 * browser::chance()
    });
    spawn_local(async move {
        TimeoutFuture::new(pause as u32).await;
        let wanted = SOCKET.with_borrow(|socket| socket.epoch == epoch && !socket.entries.is_empty());
        if wanted {
            connect().await;
        }
    });
}

fn drop_connection() {
    let connection = SOCKET.with_borrow_mut(|socket| socket.connection.take());
    if let Some(Connection { socket, .. }) = connection {
        socket.set_onclose(None);
        socket.set_onmessage(None);
        let _ = socket.close();
    }
}

/// Asks for signs of life for as long as anything is subscribed.
async fn beat() {
    loop {
        TimeoutFuture::new(BEAT_MS).await;
        let (silent, idle, epoch) = SOCKET.with_borrow(|socket| {
            let silent = socket.connection.is_some() && browser::now_ms() - socket.heard_ms > SILENCE_MS;
            (silent, socket.entries.is_empty() && socket.connection.is_none(), socket.epoch)
        });
        if idle {
            SOCKET.with_borrow_mut(|socket| socket.beating = false);
            return;
        }
        if silent {
            drop_connection();
            not_live();
            retry(epoch);
        } else {
            transmit(&json!({"type": "ping"}));
        }
    }
}
