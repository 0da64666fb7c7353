//! The cluster: its server processes, how they are doing, and what each holds.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use domain::id::NodeId;
use service::node::{self, HeldTask, LoopState, PoolState};

use super::{
    context::Ask as _,
    id::GlobalId,
    limits::page_cost,
    page,
    run::Run,
    scalar::{Instant, Int64},
    task::TaskRun,
};

mod mutation;

pub(crate) use mutation::ClusterMutation;

/// Nodes that a list is reckoned to have.
const USUAL_NODES: usize = 10;

/// Tasks of a node that are told when no number is asked for.
const USUAL_TASKS: i32 = 10;

/// Where a node of the cluster stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "service::node::State")]
pub(crate) enum ClusterNodeState {
    /// It takes work.
    Active,
    /// It takes no new work and ends what it holds.
    Draining,
    /// It gave no sign of life for its lease; what it held is taken over by others.
    Silent,
    /// It signed off.
    Gone,
}

/// A person's wish that a node takes no new work; it holds over restarts until the node is resumed.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ClusterNodeDrain {
    since: Instant,
    /// Name of who wished it.
    by: String,
    reason: String,
    /// Whether the node has heard of it and takes nothing new.
    heeded: bool,
}

/// Slots of a worker pool on one node.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ClusterNodePool {
    name: String,
    slots: i32,
    /// Those that are taken.
    busy: i32,
}

/// A loop of a node's engine.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ClusterNodeLoop {
    name: String,
    /// The longest time it lets pass between two ticks.
    period_ms: i32,
    /// When the last tick that went well ended.
    last_ok_at: Option<Instant>,
    /// By how much the next good tick is overdue.
    lag_ms: i32,
    /// How long the last tick took.
    duration_ms: i32,
    /// Ticks that failed since the last that went well.
    failures: i32,
    /// What the last failure was.
    last_error: Option<String>,
}

/// A task that a node holds.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ClusterHeldTask {
    run: Run,
    task: TaskRun,
    /// Number of the attempt.
    attempt: i32,
    /// The pool whose slot it has.
    pool: String,
    /// When the node took it.
    since: Option<Instant>,
    /// When the claim lapses unless the node renews it.
    lease_until: Option<Instant>,
}

/// A server process of the cluster.
#[derive(Debug, Clone)]
pub(crate) struct ClusterNode(node::Node);

/// A server process of the cluster. What is null is not told to those who may not see the platform, or by an older
/// program.
#[Object]
impl ClusterNode {
    async fn id(&self) -> ID {
        GlobalId::Node(NodeId(self.0.id)).into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn state(&self) -> ClusterNodeState {
        self.0.state.into()
    }

    /// Number of its process; a restart has another.
    async fn incarnation(&self) -> Int64 {
        Int64(self.0.incarnation)
    }

    async fn app_version(&self) -> &str {
        &self.0.app_version
    }

    async fn started_at(&self) -> Instant {
        Instant(self.0.started_ms)
    }

    /// Its last sign of life, on the database's clock.
    async fn heartbeat_at(&self) -> Instant {
        Instant(self.0.heartbeat_ms)
    }

    async fn drain(&self) -> Option<ClusterNodeDrain> {
        let heeded = self.0.heeds_drain;
        self.0.drain.clone().map(|it| ClusterNodeDrain {
            since: Instant(it.since_ms),
            by: it.by,
            reason: it.reason,
            heeded,
        })
    }

    async fn pools(&self) -> Vec<ClusterNodePool> {
        let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let pool =
            |it: &PoolState| ClusterNodePool { name: it.name.clone(), slots: count(it.slots), busy: count(it.busy) };
        self.0.pools.iter().map(pool).collect()
    }

    /// How many tasks it holds, of all departments.
    async fn held_count(&self) -> Option<i32> {
        self.0.inside.as_ref().map(|it| i32::try_from(it.held).unwrap_or(i32::MAX))
    }

    /// What it holds of the runs that the viewer may read, longest held first; ten when no number is asked for.
    #[graphql(complexity = "page_cost(first.or(Some(USUAL_TASKS)), child_complexity)")]
    async fn held(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<ClusterHeldTask>> {
        let held = async {
            let limit = page::size(first.or(Some(USUAL_TASKS)))?;
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            node::held(ctx.services(), &ctx.op(), self.0.incarnation, limit).await
        };
        let held = held.await.map_err(|error| ctx.fail(error))?;
        let task = |it: HeldTask| ClusterHeldTask {
            run: Run(it.run),
            task: TaskRun(it.task),
            attempt: it.attempt,
            pool: it.pool,
            since: it.since_ms.map(Instant),
            lease_until: it.lease_until_ms.map(Instant),
        };
        Ok(held.into_iter().map(task).collect())
    }

    /// Where its API is reached.
    async fn address(&self) -> Option<&str> {
        self.0.inside.as_ref()?.address.as_deref()
    }

    /// Name of its machine.
    async fn host(&self) -> Option<&str> {
        self.0.inside.as_ref()?.host.as_deref()
    }

    /// Its process id there.
    async fn pid(&self) -> Option<i32> {
        self.0.inside.as_ref()?.pid
    }

    /// How far its clock is behind the database's.
    async fn clock_offset_ms(&self) -> Option<i32> {
        self.0.inside.as_ref()?.clock_offset_ms.map(small)
    }

    /// When it wrote how it is doing.
    async fn status_at(&self) -> Option<Instant> {
        self.status().map(|it| Instant(it.at_ms))
    }

    /// How long its claims last unless they are renewed; without a sign of life for so long it is silent.
    async fn lease_ms(&self) -> Option<i32> {
        self.status().map(|it| small(it.lease_ms))
    }

    /// The loops of its engine, by name.
    async fn loops(&self) -> Option<Vec<ClusterNodeLoop>> {
        let it = |it: &LoopState| ClusterNodeLoop {
            name: it.name.clone(),
            period_ms: small(it.period_ms),
            last_ok_at: it.last_ok_ms.map(Instant),
            lag_ms: small(it.lag_ms),
            duration_ms: small(it.duration_ms),
            failures: i32::try_from(it.failures).unwrap_or(i32::MAX),
            last_error: it.last_error.clone(),
        };
        self.status().map(|status| status.loops.iter().map(it).collect())
    }
}

impl ClusterNode {
    fn status(&self) -> Option<&node::Status> {
        self.0.inside.as_ref()?.status.as_ref()
    }
}

/// The servers that share this database.
#[derive(Debug)]
pub(crate) struct Cluster(Vec<node::Node>);

/// The servers that share this database.
#[Object]
impl Cluster {
    /// By name; one of them when a name is given, none when there is no such node.
    #[graphql(complexity = "USUAL_NODES * child_complexity + 1")]
    async fn nodes(&self, name: Option<String>) -> Vec<ClusterNode> {
        let asked = self.0.iter().filter(|it| name.as_ref().is_none_or(|name| it.name == *name));
        asked.cloned().map(ClusterNode).collect()
    }
}

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct ClusterQuery;

#[Object]
impl ClusterQuery {
    /// The servers that share this database, for those who may see the platform or some runs; null for others.
    async fn cluster(&self, ctx: &Context<'_>) -> Result<Option<Cluster>> {
        match node::list(ctx.services(), &ctx.op()).await {
            Ok(nodes) => Ok(Some(Cluster(nodes))),
            Err(service::Error::Denied { .. }) => Ok(None),
            Err(error) => Err(ctx.fail(error)),
        }
    }
}

/// Milliseconds as GraphQL's number: 24 days are as good as for ever.
fn small(ms: i64) -> i32 {
    i32::try_from(ms).unwrap_or(if ms < 0 { i32::MIN } else { i32::MAX })
}
