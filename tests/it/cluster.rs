//! Several servers on one database, and what fails under them.

mod chaos;
mod failover;
