//! The program around the use cases: configuration, web server, GraphQL API, command line, and their wiring.
//!
//! Nothing here decides about runs, rights or calendars: that is in `domain` and `service`. What is here turns requests
//! into use cases and answers into bytes, and starts and stops the parts in the right order.
//!
//! The modules, in reading order:

pub mod config;

pub mod telemetry;

pub mod auth;

pub mod graphql;

pub mod http;

pub mod app;

pub mod demo;

pub mod calendar_file;

pub mod cli;
