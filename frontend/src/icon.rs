//! The icons of the sprite `asset/icons.svg`, one variant per symbol.

include!(concat!(env!("OUT_DIR"), "/icon.rs"));
