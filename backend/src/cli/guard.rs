//! `almanac guard`: what `serve` starts beside itself, so that its tasks end when it is gone. It reads no configuration.

use std::path::PathBuf;

use clap::Args;
use engine::executor::{
    NodeMark,
    guard::{Post, stand},
};

use super::CliError;

/// Which server is guarded.
#[derive(Debug, Args)]
pub(super) struct GuardArgs {
    /// Id of the node
    #[arg(long)]
    node: i64,
    /// Its incarnation
    #[arg(long)]
    incarnation: i64,
    /// The control group of its tasks
    #[arg(long)]
    group: Option<PathBuf>,
}

/// Runs until standard input ends.
pub(super) fn run(args: GuardArgs) -> Result<(), CliError> {
    let GuardArgs { node, incarnation, group } = args;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let stood = runtime.block_on(stand(Post { node: NodeMark { node, incarnation }, group }));
    Ok(stood?)
}
