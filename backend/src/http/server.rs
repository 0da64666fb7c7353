//! Listening, and stopping without cutting off what is being answered.

use std::{io, net::SocketAddr, time::Duration};

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The address can't be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another process has the port.
    #[error(
        "port {port} of {ip} is already in use by another program; stop it, or choose another port with --listen or http.listen",
        port = .0.port(),
        ip = .0.ip()
    )]
    InUse(SocketAddr),
    /// The system refuses.
    #[error("can't listen on {addr}: {source}")]
    Other {
        /// Where.
        addr: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

/// Opens the port.
///
/// # Errors
/// When another program has it, or the system refuses.
pub async fn bind(addr: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(addr).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse(addr),
        _ => BindError::Other { addr, source },
    })
}

/// Answers requests until `shutdown`; then takes no new ones and gives the open ones `drain` to end.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    drain: Duration,
) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let too_long = async {
        shutdown.cancelled().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        ended = serving.into_future() => ended,
        () = too_long => {
            tracing::warn!("some requests did not end in time and were cut off");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_named() {
        let first = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
        let addr = first.local_addr().expect("an address");
        let error = bind(addr).await.expect_err("taken");
        assert!(error.to_string().contains(&format!("port {} of 127.0.0.1 is already in use", addr.port())), "{error}");
    }
}
