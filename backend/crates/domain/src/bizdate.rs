//! Business dates.
