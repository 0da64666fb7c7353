//! A way to the database that can be cut, stalled and restored.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::server::free_port;

/// How the way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// All goes through.
    Open,
    /// Nothing comes and nothing goes, but no connection ends.
    Stalled,
    /// Connections end and new ones are refused.
    Cut,
}

/// A proxy in front of a database server.
pub struct Proxy {
    /// The database's address by this way.
    pub url: String,
    way: watch::Sender<Way>,
    _serving: JoinSet<()>,
}

impl Proxy {
    /// A way to the database of an address.
    ///
    /// # Panics
    /// When the address has no host and port, or no port is free.
    pub async fn start(url: &str) -> Self {
        let (start, rest) = url.split_once('@').expect("an address with a user");
        let (target, path) = rest.split_once('/').expect("an address with a database");
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let (way, watched) = watch::channel(Way::Open);
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, target.to_owned(), watched));
        Self { url: format!("{start}@127.0.0.1:{port}/{path}"), way, _serving: serving }
    }

    /// Changes the way.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// Changes it from elsewhere.
    #[must_use]
    pub fn handle(&self) -> watch::Sender<Way> {
        self.way.clone()
    }
}

async fn serve(listener: TcpListener, target: String, way: watch::Receiver<Way>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((inbound, _)) if *way.borrow() != Way::Cut => {
                    connections.spawn(connect(inbound, target.clone(), way.clone()));
                }
                // Closed at once.
                Ok(_) => {}
                // Out of files for a moment.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connect(inbound: TcpStream, target: String, mut way: watch::Receiver<Way>) {
    let mut cut = way.clone();
    let connection = async move {
        if way.wait_for(|way| *way == Way::Open).await.is_err() {
            return;
        }
        let Ok(outbound) = TcpStream::connect(target).await else { return };
        let ((from_client, to_client), (from_server, to_server)) = (inbound.into_split(), outbound.into_split());
        tokio::select! {
            () = pump(from_client, to_server, way.clone()) => {}
            () = pump(from_server, to_client, way) => {}
        }
    };
    tokio::select! {
        () = connection => {}
        _ = cut.wait_for(|way| *way == Way::Cut) => {}
    }
}

/// Passes on what comes, until one of the two ends.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut way: watch::Receiver<Way>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if way.wait_for(|way| *way == Way::Open).await.is_err() || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn echo(listener: TcpListener) {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut byte = [0];
            while stream.read_exact(&mut byte).await.is_ok() {
                stream.write_all(&byte).await.expect("written");
            }
        }
    }

    #[tokio::test]
    async fn a_way_is_stalled_cut_and_restored() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let target = listener.local_addr().expect("bound");
        let talk = async {
            let proxy = Proxy::start(&format!("postgres://me@{target}/db")).await;
            let address = proxy.url.split(['@', '/']).nth(3).expect("host and port").to_owned();
            let mut client = TcpStream::connect(&address).await.expect("connects");
            let mut byte = [0];
            client.write_all(b"a").await.expect("written");
            client.read_exact(&mut byte).await.expect("comes back");
            proxy.set(Way::Stalled);
            client.write_all(b"b").await.expect("written");
            let nothing = tokio::time::timeout(Duration::from_millis(50), client.read_exact(&mut byte)).await;
            assert!(nothing.is_err(), "nothing comes");
            proxy.set(Way::Open);
            client.read_exact(&mut byte).await.expect("it came late");
            assert_eq!(byte, *b"b");
            proxy.set(Way::Cut);
            assert!(client.read_exact(&mut byte).await.is_err(), "it has ended");
            let mut refused = TcpStream::connect(&address).await.expect("the port is there");
            assert_eq!(refused.read(&mut byte).await.unwrap_or(0), 0, "but nobody behind it");
            proxy.set(Way::Open);
            let mut client = TcpStream::connect(&address).await.expect("connects");
            client.write_all(b"c").await.expect("written");
            client.read_exact(&mut byte).await.expect("comes back");
        };
        tokio::select! {
            () = echo(listener) => {}
            () = talk => {}
        }
    }
}
