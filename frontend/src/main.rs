//! Entry of the bundle.

#[cfg(target_arch = "wasm32")]
fn main() {
    frontend::mount();
}

/// The application runs in a browser only; natively this package is built for its tests.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
