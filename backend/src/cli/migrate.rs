//! `almanac migrate`.

use store::{Clock, Store};

use super::{CliError, say};
use crate::{
    app::{StartError, prepare_data_dir, store_config},
    config::Config,
};

/// Applies what is missing; a running server of the same embedded database must be stopped first.
pub(super) async fn run(config: Config) -> Result<(), CliError> {
    prepare_data_dir(&config)?;
    let store = Store::connect(&store_config(&config, Clock::system())).await.map_err(StartError::from)?;
    let applied = store.migrate().await.map_err(StartError::from)?;
    store.close().await.map_err(StartError::from)?;
    if applied.is_empty() {
        return say("The schema is up to date.");
    }
    for name in &applied {
        say(&format!("applied {name}"))?;
    }
    Ok(())
}
