//! Starts the engine on this machine, and lets status pages look at it while it runs.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
};

use ::engine::{
    Config as EngineConfig, EngineHandle, Home, Member,
    crew::Crew,
    executor::{Environment, Executors, Host, HostConfig, log::LogLimits},
};
use service::Services;

use super::StartError;
use crate::config::Config;

/// Of an attempt's log, the share kept of its end when it is too long for all of it.
const TAIL_SHARE: usize = 16;

/// This program, also when its file was replaced meanwhile.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// The running engine, until it is taken to be stopped.
#[derive(Clone)]
pub(super) struct EngineSlot(Arc<RwLock<Option<EngineHandle>>>);

impl EngineSlot {
    /// Looks at the engine; `None` once it is being stopped.
    pub(super) fn look<T>(&self, look: impl FnOnce(&EngineHandle) -> T) -> Option<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(look)
    }

    /// Takes the engine to stop it.
    pub(super) fn take(&self) -> Option<EngineHandle> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Joins the cluster, ends what an earlier life of this node left running, and starts the loops.
///
/// # Errors
/// When another process takes the node's name at this moment, or this machine can't run tasks.
pub(super) async fn start(config: &Config, services: &Services) -> Result<EngineSlot, StartError> {
    let data_dir = &config.general.data_dir;
    // First of all: a process that works here must not be taken for over.
    let home = Home::enter(data_dir).map_err(|error| match error.kind() {
        io::ErrorKind::ResourceBusy => StartError::InUse { path: data_dir.clone() },
        _ => StartError::DataDir { path: data_dir.clone(), source: error },
    })?;
    let alone = services.store().is_exclusive();
    let member = Member::join(engine_config(config, alone), services.clone()).await?;
    let member = member.at_home(home).map_err(StartError::Host)?;
    let host = Host::open(HostConfig {
        data_dir: data_dir.clone(),
        node: member.mark(),
        control_groups: config.engine.control_groups,
        environment: Environment::kept_of(std::env::vars_os()),
        guard: Some((THIS_PROGRAM.into(), vec!["guard".to_owned()])),
    })
    .map_err(StartError::Host)?;
    let orphans = host.kill_orphans().await;
    if orphans.killed > 0 || orphans.remaining > 0 {
        tracing::warn!(
            killed = orphans.killed,
            remaining = orphans.remaining,
            "processes of an earlier life of this node"
        );
    }
    let handle = member.start(Executors::of_host(host), Arc::new(services.clone())).await?;
    Ok(EngineSlot(Arc::new(RwLock::new(Some(handle)))))
}

fn engine_config(config: &Config, alone: bool) -> EngineConfig {
    let engine = &config.engine;
    let limit = engine.log_limit.0;
    EngineConfig {
        node_name: node_name(&engine.node_name),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        address: Some(address(config.http.listen)),
        host: Some(host()),
        pools: engine.pools.0.iter().map(|(name, slots)| (name.clone(), *slots as usize)).collect(),
        lease_ms: i64::try_from(engine.lease.as_millis()).unwrap_or(i64::MAX),
        alone,
        poll: engine.poll_interval,
        log_limits: LogLimits {
            head_bytes: limit - limit / TAIL_SHARE,
            tail_bytes: limit / TAIL_SHARE,
            ..LogLimits::default()
        },
        crew: Crew::default(),
    }
}

/// The configured name, or that of the machine.
fn node_name(configured: &str) -> String {
    if configured.is_empty() { host() } else { configured.to_owned() }
}

/// The name of the machine.
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Where the API is reached from other machines, as far as this one knows.
fn address(listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() { format!("{}:{}", host(), listen.port()) } else { listen.to_string() }
}
