//! Signed-in browsers and clients.
