//! Chromium through the built UI against the real program: a dozen journeys, not more.

mod harness;
