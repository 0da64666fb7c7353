//! Opening the database beside a server that may be running.

use service::{
    Services,
    ctx::{Channel, OpCtx},
};
use store::{Clock, Sharing, Store};

use super::CliError;
use crate::{
    app::{StartError, prepare_data_dir, service_config, store_config},
    config::Config,
};

/// The database for a short-lived command.
///
/// # Errors
/// When it can't be reached, or its schema is not this program's.
pub(super) async fn open(config: &Config) -> Result<(Store, Services), CliError> {
    prepare_data_dir(config)?;
    let shared = store::Config {
        sharing: Sharing::Shared,
        // A person waits for the answer.
        patience: std::time::Duration::ZERO,
        ..store_config(config, Clock::system())
    };
    let store = Store::connect(&shared).await.map_err(StartError::from)?;
    if !store.schema().await.map_err(StartError::from)?.is_current() {
        let message = "the database's schema is older than this program; run `almanac migrate` first";
        return Err(CliError::Refused(message.to_owned()));
    }
    let services = Services::new(store.clone(), service_config(config))?;
    Ok((store, services))
}

/// The context of what a person does on the server's own machine: whoever can read the database may do all.
pub(super) fn ctx(services: &Services) -> OpCtx {
    OpCtx { channel: Channel::Cli, ..OpCtx::system("cli", services.clock().now_ms()) }
}
