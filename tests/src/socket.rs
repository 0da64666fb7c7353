//! Subscriptions over graphql-transport-ws.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::client::Client;
use crate::wait::PATIENCE;

/// One running subscription on a socket of its own.
pub struct Subscription {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What a subscription said.
#[derive(Debug, PartialEq)]
pub enum Said {
    /// The `data` of a message.
    Data(Value),
    /// It was refused, or broke off: the errors.
    Errors(Value),
    /// There is nothing more to come.
    Complete,
    /// The server closed the socket.
    Closed,
    /// Nothing, for as long as one listened.
    Nothing,
}

impl Subscription {
    /// Opens a socket as the client's person and starts the operation.
    ///
    /// # Panics
    /// When the server does not speak the protocol.
    pub async fn start(client: &Client, query: &str, variables: Value) -> Self {
        let address = format!("{}/graphql/ws", client.address().replacen("http", "ws", 1));
        let mut request = address.into_client_request().expect("the address is one");
        let protocol = "graphql-transport-ws".parse().expect("a header value");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (socket, _) = tokio_tungstenite::connect_async(request).await.expect("the server takes WebSockets");
        let mut this = Self { socket };
        let payload = client.token().map_or(json!({}), |token| json!({ "authorization": format!("Bearer {token}") }));
        this.send(&json!({ "type": "connection_init", "payload": payload })).await;
        let ack = this.receive().await.expect("the server answers connection_init");
        assert_eq!(ack["type"], "connection_ack", "{ack}");
        let operation = json!({ "query": query, "variables": variables });
        this.send(&json!({ "id": "1", "type": "subscribe", "payload": operation })).await;
        this
    }

    /// The next message's data.
    ///
    /// # Panics
    /// When something else comes, or nothing.
    pub async fn next(&mut self) -> Value {
        match self.listen(PATIENCE).await {
            Said::Data(data) => data,
            other => panic!("waited for data of the subscription, got {other:?}"),
        }
    }

    /// The next thing said within a time.
    pub async fn listen(&mut self, patience: Duration) -> Said {
        let Ok(message) = tokio::time::timeout(patience, self.receive()).await else { return Said::Nothing };
        let Some(mut message) = message else { return Said::Closed };
        let payload = message["payload"].take();
        match message["type"].as_str() {
            Some("next") if payload["errors"].as_array().is_some_and(|errors| !errors.is_empty()) => {
                Said::Errors(payload["errors"].clone())
            }
            Some("next") => Said::Data(payload["data"].clone()),
            Some("error") => Said::Errors(payload),
            Some("complete") => Said::Complete,
            other => panic!("unexpected message {other:?}"),
        }
    }

    async fn send(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).await.expect("the socket is open");
    }

    /// The next message that is not about keeping the socket alive.
    async fn receive(&mut self) -> Option<Value> {
        loop {
            match self.socket.next().await?.ok()? {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).expect("the protocol is JSON");
                    if message["type"] != "ping" && message["type"] != "pong" {
                        return Some(message);
                    }
                }
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
}
