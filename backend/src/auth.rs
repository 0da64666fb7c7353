//! Who a request comes from: the access token it carries, the refresh cookie, the origin of its page.
//!
//! An access token is short-lived and names a session; whether that session still lives is asked of the service at
//! each request, so that signing out works at once. The refresh token travels only in an HttpOnly cookie to the
//! GraphQL address; the operations on it are mutations in JSON from the same origin, which no other site can send.

pub mod cookie;
pub mod gate;
pub mod key;
pub mod origin;
pub mod token;
