//! A server with the demo firm in it, and its people.

use std::fs;

use crate::client::Client;
use crate::server::{Options, Server};

/// Starts a server with the demo firm.
pub async fn start() -> Server {
    Server::start(Options { demo: true, ..Options::default() }).await
}

/// The password of somebody of the demo, which its start has printed.
///
/// # Panics
/// When there is no such person, or the password was not printed.
#[must_use]
pub fn password(server: &Server, username: &str) -> String {
    let file = fs::read_to_string(server.data().join("demo/sign-in.txt")).expect("the demo keeps its sign-ins");
    let line = file.lines().filter_map(|line| line.split_once(' ')).find(|(name, _)| *name == username);
    let (_, password) = line.unwrap_or_else(|| panic!("no {username} in the demo"));
    let said = server.said();
    assert!(said.contains(password), "the start prints the password of {username}:\n{said}");
    password.to_owned()
}

/// Somebody of the demo, signed in to the API.
pub async fn sign_in(server: &Server, username: &str) -> Client {
    server.client().sign_in(username, &password(server, username)).await
}
