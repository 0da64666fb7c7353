//! What the server says about itself: log lines and numbers.
//!
//! Log lines go to standard error, so that the output of commands stays clean. No line holds a password, a token or the
//! text of a task's environment; no metric label holds a tenant's name, because `/metrics` is read across tenants.

pub mod metrics;

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{section::LogConfig, value::LogFormat};

/// The level or filter of the log is not one.
#[derive(Debug, thiserror::Error)]
#[error("log.level: `{filter}` is not a level or filter: {reason}")]
pub struct BadFilter {
    filter: String,
    reason: String,
}

/// Starts logging for the process; a second call changes nothing.
///
/// # Errors
/// When `log.level` can't be understood.
pub fn init(config: &LogConfig) -> Result<(), BadFilter> {
    let filter = parse(&config.level)?;
    let registry = tracing_subscriber::registry().with(filter);
    let started = match config.format {
        LogFormat::Human => {
            let ansi = std::io::stderr().is_terminal();
            registry.with(fmt::layer().with_writer(std::io::stderr).with_ansi(ansi)).try_init()
        }
        LogFormat::Json => {
            let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
            registry.with(layer.with_writer(std::io::stderr)).try_init()
        }
    };
    // Only a test that starts two servers in one process gets here twice.
    if started.is_err() {
        tracing::debug!("logging was already started");
    }
    Ok(())
}

/// Reads a level or filter, so that `check-config` finds a bad one without starting the log.
///
/// # Errors
/// When it can't be understood.
pub fn parse(filter: &str) -> Result<EnvFilter, BadFilter> {
    EnvFilter::try_new(filter).map_err(|error| BadFilter { filter: filter.to_owned(), reason: error.to_string() })
}
