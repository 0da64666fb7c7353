//! The workflow document.
