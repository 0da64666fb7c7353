//! When a schedule fires.
