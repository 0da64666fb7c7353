//! Figures of the real program through its public API.

fn main() {}
