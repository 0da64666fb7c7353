//! `almanac check-config`.

use clap::Args;

use super::{CliError, say};
use crate::{
    config::{Config, Sources, docs},
    telemetry,
};

/// What is printed.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Print the page that documents all keys (docs/config.md) instead
    #[arg(long)]
    reference: bool,
}

/// Prints each effective value with where it comes from; passwords are masked.
pub(super) fn run(args: &CheckArgs, sources: Sources) -> Result<(), CliError> {
    if args.reference {
        return say(docs::reference().trim_end());
    }
    let config = Config::load(sources)?;
    telemetry::parse(&config.log.level)?;
    let rows = config.shown();
    let width = rows.iter().map(|(key, value)| key.len() + value.len()).max().unwrap_or(0) + 5;
    for (key, value) in rows {
        let setting = format!("{key} = {value:?}");
        say(&format!("{setting:width$}  # {}", config.origin(key)))?;
    }
    Ok(())
}
