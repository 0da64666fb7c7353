//! Named, versioned sets of days.
