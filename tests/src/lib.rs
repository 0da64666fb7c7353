//! The harness of the tests that see the product as its users do: the real program as a child process, spoken to over
//! HTTP, WebSocket and through a browser. Nothing of the product is linked in.
//!
//! A test that fails prints what the server said. Nothing is left behind: servers, browsers and their folders go with
//! the values that own them.

pub mod browser;
pub mod chaos;
pub mod client;
pub mod cluster;
pub mod demo;
pub mod firm;
pub mod schema;
pub mod server;
pub mod socket;
pub mod wait;
pub mod work;
