//! Parameters and templates.
