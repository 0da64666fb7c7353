//! Chromium through the built UI against the real program: a dozen journeys, not more.
//!
//! A journey proves the wiring: that what the server knows reaches the eye, and what the hand does reaches the server.
//! Rules are tested where they live. Pictures for docs/pictures are taken on the way, when `ALMANAC_TEST_PICTURES` names
//! a folder for them.

mod backfill;
mod calendar;
mod chain;
mod cluster;
mod harness;
mod operate;
mod person;
mod removal;
mod schedule;
mod trouble;
