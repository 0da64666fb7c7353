//! The DevTools protocol: numbered calls and their answers on one socket, events beside them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Mutex as AsyncMutex, oneshot};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The connection to a browser.
pub(super) struct Protocol {
    next: AtomicU64,
    sink: AsyncMutex<SplitSink<Socket, Message>>,
    shared: Arc<Mutex<Shared>>,
    _reader: JoinSet<()>,
}

#[derive(Default)]
struct Shared {
    waiting: HashMap<u64, oneshot::Sender<Value>>,
    complaints: Vec<String>,
}

impl Protocol {
    pub(super) async fn connect(address: &str) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(address).await.expect("chromium takes the connection");
        let (sink, mut stream) = socket.split();
        let shared = Arc::new(Mutex::new(Shared::default()));
        let reader = Arc::clone(&shared);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                if let Message::Text(text) = message {
                    lock(&reader).take(serde_json::from_str(&text).expect("the protocol is JSON"));
                }
            }
            // Nobody waits for a browser that is gone.
            lock(&reader).waiting.clear();
        });
        Self { next: AtomicU64::new(1), sink: AsyncMutex::new(sink), shared, _reader: tasks }
    }

    /// Calls a method of the browser, or of a page's session, and waits for its result.
    pub(super) async fn call(&self, session: Option<&str>, method: &str, arguments: Value) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (tell, answer) = oneshot::channel();
        lock(&self.shared).waiting.insert(id, tell);
        let mut message = json!({ "id": id, "method": method, "params": arguments });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.sink.lock().await.send(Message::text(message.to_string())).await.expect("the browser is there");
        let mut answer = answer.await.unwrap_or_else(|_| panic!("the browser ended during {method}"));
        assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
        answer["result"].take()
    }

    pub(super) fn complaints(&self) -> Vec<String> {
        lock(&self.shared).complaints.clone()
    }
}

impl Shared {
    fn take(&mut self, message: Value) {
        if let Some(id) = message["id"].as_u64() {
            if let Some(tell) = self.waiting.remove(&id) {
                // The caller may have been given up on.
                let _ = tell.send(message);
            }
            return;
        }
        let event = &message["params"];
        let complaint = match message["method"].as_str() {
            Some("Runtime.exceptionThrown") => event["exceptionDetails"]["exception"]["description"].to_string(),
            Some("Log.entryAdded") if event["entry"]["level"] == "error" => {
                format!("{} {}", event["entry"]["text"], event["entry"]["url"])
            }
            Some("Runtime.consoleAPICalled") if event["type"] == "error" => event["args"].to_string(),
            _ => return,
        };
        self.complaints.push(complaint);
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
