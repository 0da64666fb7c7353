//! The cluster's nodes: joining under a name, showing a sign of life, draining, leaving.
//!
//! # A name is one process at a time
//! Joining raises the name's incarnation under the one that was read; the process that had it before is thereby over:
//! its next heartbeat fails, and it stops itself. Signs of life are on the database's clock. A node that signs off says
//! so; one that says nothing for a lease is *silent*: its claims lapse, and other nodes take its work over.
//!
//! # Draining
//! That a node drains is a person's wish, kept beside what the process says of itself, so neither overwrites the other.
//! The answer to each heartbeat tells the node of it: from then on it takes no new work and ends what it holds. The wish
//! outlives the process: who comes back under the name drains on until a person lets it resume. A process that is told
//! to stop drains by itself and leaves no wish behind: the next start under the name is active at once.
//!
//! What a node holds is read from the jobs, never from what it says.

use domain::access::Permission;
use store::node;

use crate::Services;
use crate::authz::Scope;
use crate::ctx::OpCtx;
use crate::error::{Error, Result};

mod drain;
mod held;
mod status;

pub use drain::{Changed, drain, find, resume};
pub use held::{HeldTask, held};
pub use status::{LoopState, PoolState, Status};
pub use store::node::{Drain, Row};

/// Most nodes of a list.
const MOST: u64 = 500;

/// How long a silent node stays in the list: until somebody has surely looked.
const FORGET_MS: i64 = 24 * 3_600_000;

/// The same for one that is to drain on when it comes back.
const FORGET_DRAINED_MS: i64 = 30 * FORGET_MS;

/// Assumed lease of a node that does not tell its own: an older program.
const LEASE_MS: i64 = 30_000;

/// A process that takes a name.
#[derive(Clone, Debug, Default)]
pub struct Newcomer {
    /// The node's name.
    pub name: String,
    /// The program's version.
    pub app_version: String,
    /// Where its API is reached.
    pub address: Option<String>,
    /// Name of its machine.
    pub host: Option<String>,
    /// Its process id there.
    pub pid: Option<i32>,
}

/// A node that joined.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Its row.
    pub row: node::Row,
    /// The incarnation that had the name before, whose claims are over.
    pub previous: Option<i64>,
}

/// What a running node says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It takes work.
    Active,
    /// It takes no new work and ends what it holds.
    Draining,
    /// It leaves.
    Gone,
}

impl Says {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Draining => "draining",
            Self::Gone => "gone",
        }
    }
}

/// Where a node stands, as the others see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It takes work.
    Active,
    /// It takes no new work, or will not as soon as it hears of it.
    Draining,
    /// It gave no sign of life for its lease: what it held is taken over.
    Silent,
    /// It signed off.
    Gone,
}

/// A node of the cluster.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its id, which stays with the name.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Number of its process; a restart has another.
    pub incarnation: i64,
    /// Where it stands.
    pub state: State,
    /// The program's version.
    pub app_version: String,
    /// When it started.
    pub started_ms: i64,
    /// When it last gave a sign of life.
    pub heartbeat_ms: i64,
    /// A person's wish that it drains.
    pub drain: Option<Drain>,
    /// Whether it knows that it drains: it takes nothing new.
    pub heeds_drain: bool,
    /// Its pools, as it last told of them.
    pub pools: Vec<PoolState>,
    /// For those who may see the platform.
    pub inside: Option<Inside>,
}

/// What of a node only those see who may see the platform.
#[derive(Clone, Debug)]
pub struct Inside {
    /// How many tasks it holds, of all departments.
    pub held: u64,
    /// Where its API is reached.
    pub address: Option<String>,
    /// Name of its machine.
    pub host: Option<String>,
    /// Its process id there.
    pub pid: Option<i32>,
    /// How far its clock is from the database's.
    pub clock_offset_ms: Option<i64>,
    /// How it is doing; `None` for a program that does not tell.
    pub status: Option<Status>,
}

/// Takes a name.
///
/// # Errors
/// [`Error::Conflict`] when another process takes the same name at the same time.
pub async fn join(services: &Services, new: Newcomer) -> Result<Joined> {
    let now_ms = services.store().db_now_ms();
    let incarnation = services.store().ids().next();
    let fresh = node::Row {
        id: incarnation,
        name: new.name,
        incarnation,
        address: new.address,
        app_version: new.app_version,
        state: Says::Active.as_str().to_owned(),
        started_ms: now_ms,
        heartbeat_ms: now_ms,
        host: new.host,
        pid: new.pid,
        clock_offset_ms: Some(services.store().clock_offset_ms()),
        status_json: None,
        drain_ms: None,
        drain_by: None,
        drain_reason: None,
    };
    let fresh = &fresh;
    let joined: Result<Joined, store::Error> = services
        .store()
        .write(|tx| {
            Box::pin(async move {
                match node::find_by_name(tx, &fresh.name).await? {
                    None => {
                        node::insert(tx, fresh.clone()).await?;
                        Ok(Joined { row: fresh.clone(), previous: None })
                    }
                    Some(old) => {
                        let says = if old.drain_ms.is_some() { Says::Draining } else { Says::Active };
                        let row = node::Row {
                            id: old.id,
                            state: says.as_str().to_owned(),
                            drain_ms: old.drain_ms,
                            drain_by: old.drain_by,
                            drain_reason: old.drain_reason,
                            ..fresh.clone()
                        };
                        node::save(tx, old.incarnation, &row).await?;
                        Ok(Joined { row, previous: Some(old.incarnation) })
                    }
                }
            })
        })
        .await;
    joined.map_err(|error| Error::from(error).or_changed("node"))
}

/// Writes a sign of life, now and then with how the node is doing; gives whether it is to drain.
///
/// # Errors
/// [`Error::Conflict`] when another process has the name now: this one must stop.
pub async fn heartbeat(services: &Services, row: &node::Row, says: Says, status: Option<&Status>) -> Result<bool> {
    let pulse = node::Pulse {
        state: says.as_str(),
        heartbeat_ms: services.store().db_now_ms(),
        status: status.map(|status| (status.to_json(), services.store().clock_offset_ms())),
    };
    let pulse = &pulse;
    let drain: Result<bool, store::Error> = services
        .store()
        .write(|tx| {
            Box::pin(async move {
                node::save_pulse(tx, row.id, row.incarnation, pulse.clone()).await?;
                Ok(node::find(tx, row.id).await?.is_some_and(|row| row.drain_ms.is_some()))
            })
        })
        .await;
    drain.map_err(|error| Error::from(error).or_changed("node"))
}

/// All nodes by name: for those who may see the platform, and without their [`Inside`] for those who may see some runs.
///
/// # Errors
/// [`Error::Denied`] for everybody else.
pub async fn list(services: &Services, ctx: &OpCtx) -> Result<Vec<Node>> {
    let whole = sees_inside(services, ctx).await?;
    let rows = node::list(services.store().read(), MOST).await?;
    let held = if whole { store::job::count_by_node(services.store().read()).await? } else { Vec::new() };
    let now_ms = services.store().db_now_ms();
    let held_by = |node: i64| held.iter().find(|(other, _)| *other == node).map_or(0, |(_, held)| held.unsigned_abs());
    Ok(rows
        .into_iter()
        .map(|row| {
            let held = whole.then(|| held_by(row.incarnation));
            Node::of(row, now_ms, held)
        })
        .collect())
}

/// Whether the actor sees all of the nodes.
///
/// # Errors
/// [`Error::Denied`] when he sees nothing of them.
async fn sees_inside(services: &Services, ctx: &OpCtx) -> Result<bool> {
    let permission = Permission::PlatformRead;
    match ctx.require(services, permission, Scope::PLATFORM).await {
        Ok(()) => Ok(true),
        Err(Error::Denied { .. }) if !services.visible(ctx, Permission::RunRead, None, None).await?.is_empty() => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

impl Node {
    fn of(row: node::Row, now_ms: i64, held: Option<u64>) -> Self {
        let status = row.status_json.as_deref().and_then(Status::read);
        let lease_ms = status.as_ref().map_or(LEASE_MS, |status| status.lease_ms);
        let says_draining = row.state == Says::Draining.as_str();
        let state = if row.state == Says::Gone.as_str() {
            State::Gone
        } else if now_ms - row.heartbeat_ms > lease_ms {
            State::Silent
        } else if says_draining || row.drain_ms.is_some() {
            State::Draining
        } else {
            State::Active
        };
        let drain = row.drain_ms.map(|since_ms| Drain {
            since_ms,
            by: row.drain_by.unwrap_or_default(),
            reason: row.drain_reason.unwrap_or_default(),
        });
        Self {
            id: row.id,
            name: row.name,
            incarnation: row.incarnation,
            state,
            app_version: row.app_version,
            started_ms: row.started_ms,
            heartbeat_ms: row.heartbeat_ms,
            drain,
            heeds_drain: says_draining,
            pools: status.as_ref().map(|status| status.pools.clone()).unwrap_or_default(),
            inside: held.map(|held| Inside {
                held,
                address: row.address,
                host: row.host,
                pid: row.pid,
                clock_offset_ms: row.clock_offset_ms,
                status,
            }),
        }
    }
}

/// Takes nodes away that gave no sign of life for a day; drained ones after thirty, since who comes back within that
/// time must find the wish.
///
/// # Errors
/// The database's.
pub async fn forget_tick(services: &Services) -> Result<()> {
    let now_ms = services.store().db_now_ms();
    let forgotten: Result<u64, store::Error> = services
        .store()
        .write(|tx| Box::pin(node::delete_silent(tx, now_ms - FORGET_MS, now_ms - FORGET_DRAINED_MS)))
        .await;
    let forgotten = forgotten?;
    if forgotten > 0 {
        tracing::info!(nodes = forgotten, "nodes without a sign of life are no longer listed");
    }
    Ok(())
}

/// The slots that a pool has on nodes that take work; `None` when one of these does not tell of its pools.
///
/// # Errors
/// The database's.
pub(crate) async fn pool_slots(services: &Services, pool: &str) -> Result<Option<u32>> {
    let rows = node::list(services.store().read(), MOST).await?;
    let now_ms = services.store().db_now_ms();
    let mut slots = 0;
    for row in rows {
        let tells = row.status_json.is_some();
        let node = Node::of(row, now_ms, None);
        if node.state != State::Active {
            continue;
        }
        if !tells {
            return Ok(None);
        }
        slots += node.pools.iter().filter(|it| it.name == pool).map(|it| it.slots).sum::<u32>();
    }
    Ok(Some(slots))
}

/// The names of all nodes by incarnation, for the engine's own use.
///
/// # Errors
/// The database's.
pub async fn names(services: &Services) -> Result<Vec<(i64, String)>> {
    let rows = node::list(services.store().read(), MOST).await?;
    Ok(rows.into_iter().map(|row| (row.incarnation, row.name)).collect())
}
