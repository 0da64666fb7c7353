//! The web UI: a client-side application compiled to WebAssembly. It knows the server only through the GraphQL API and
//! shares its rules through the `domain` crate.
//!
//! The first modules are pure and compile natively too, which is where their tests run; those below the line touch the
//! browser. No business rule lives in a component.

pub mod format;
pub mod highlight;
pub mod i18n;
pub mod icon;
pub mod preview;
pub mod view;

pub mod api;

#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
#[expect(unreachable_pub, reason = "the component macro makes the types of properties public")]
mod component;
#[cfg(target_arch = "wasm32")]
#[expect(unreachable_pub, reason = "the component macro makes the types of properties public")]
mod layout;
#[cfg(target_arch = "wasm32")]
#[expect(unreachable_pub, reason = "the component macro makes the types of properties public")]
mod page;
#[cfg(target_arch = "wasm32")]
mod state;

#[cfg(target_arch = "wasm32")]
pub use app::mount;
