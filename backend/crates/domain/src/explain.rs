//! Why something did or did not fire.
