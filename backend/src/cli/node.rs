//! `almanac node …`: the nodes of the cluster, for whoever can read the database; needs no running server.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use clap::{Args, Subcommand, ValueEnum};
use domain::id::NodeId;
use serde_json::{Value as Json, json};
use service::{
    Services,
    ctx::OpCtx,
    node::{self, Changed, Node, State},
};

use super::{
    CliError,
    open::{ctx, open},
    say,
};
use crate::config::{Config, value::Value as _};

/// Time between two looks at a node that is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What is done with nodes, and how the answer is written.
#[derive(Debug, Args)]
pub(super) struct NodeArgs {
    /// For people or for programs
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Table)]
    output: Output,
    #[command(subcommand)]
    command: NodeCommand,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Table,
    Json,
}

/// What is done with nodes.
#[derive(Debug, Subcommand)]
enum NodeCommand {
    /// Shows all nodes: their states, slots and what they hold
    List,
    /// Takes a node out of work: it claims nothing new and ends what it holds, also after a restart, until it is resumed
    Drain {
        /// Name of the node
        name: String,
        /// Why; audited
        #[arg(long)]
        reason: String,
        /// Wait until it holds nothing, at most so long, such as 10m
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        wait: Option<Duration>,
    },
    /// Lets a drained node take work again
    Resume {
        /// Name of the node
        name: String,
        /// Why; audited
        #[arg(long)]
        reason: String,
    },
}

fn duration(text: &str) -> Result<Duration, String> {
    Duration::parse(text)
}

pub(super) async fn run(args: NodeArgs, config: Config) -> Result<(), CliError> {
    let (store, services) = open(&config).await?;
    let done = act(args, &services).await;
    // Everything is committed; what could still fail is only the farewell.
    let _ = store.close().await;
    done
}

async fn act(args: NodeArgs, services: &Services) -> Result<(), CliError> {
    let (ctx, output) = (ctx(services), args.output);
    match args.command {
        NodeCommand::List => {
            let nodes = node::list(services, &ctx).await?;
            match output {
                Output::Json => say(&Json::from_iter(nodes.iter().map(to_json)).to_string()),
                Output::Table => say(table(&nodes, ctx.now_ms).trim_end()),
            }
        }
        NodeCommand::Drain { name, reason, wait } => {
            let id = named(services, &ctx, &name).await?;
            let Changed { mut node, changed } = node::drain(services, &ctx, id, &reason).await?;
            let mut empty = is_empty(&node);
            if let Some(patience) = wait {
                let waited = tokio::time::timeout(patience, until_empty(services, &ctx, &name)).await;
                empty = waited.is_ok();
                node = match waited {
                    Ok(node) => node?,
                    Err(_) => node::find(services, &ctx, &name).await?,
                };
            }
            match output {
                Output::Json => say(&to_json(&node).to_string())?,
                Output::Table => say(&told(&node, if changed { "drains" } else { "drained already" }))?,
            }
            if wait.is_some() && !empty { Err(CliError::StillBusy(name)) } else { Ok(()) }
        }
        NodeCommand::Resume { name, reason } => {
            let id = named(services, &ctx, &name).await?;
            let Changed { node, changed } = node::resume(services, &ctx, id, &reason).await?;
            match output {
                Output::Json => say(&to_json(&node).to_string()),
                Output::Table => say(&told(&node, if changed { "takes work again" } else { "was not drained" })),
            }
        }
    }
}

async fn named(services: &Services, ctx: &OpCtx, name: &str) -> Result<NodeId, CliError> {
    match node::find(services, ctx, name).await {
        Ok(node) => Ok(NodeId(node.id)),
        Err(service::Error::NotFound { .. }) => Err(CliError::Refused(format!("there is no node {name:?}"))),
        Err(error) => Err(error.into()),
    }
}

/// Until a node takes nothing new and holds nothing.
async fn until_empty(services: &Services, ctx: &OpCtx, name: &str) -> Result<Node, CliError> {
    loop {
        let node = node::find(services, ctx, name).await?;
        if is_empty(&node) {
            return Ok(node);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Whether a node holds nothing and takes nothing.
fn is_empty(node: &Node) -> bool {
    let quiet = match node.state {
        State::Active => false,
        State::Draining => node.heeds_drain,
        State::Silent | State::Gone => true,
    };
    quiet && held(node) == 0
}

fn held(node: &Node) -> u64 {
    node.inside.as_ref().map_or(0, |inside| inside.held)
}

const fn state(state: State) -> &'static str {
    match state {
        State::Active => "active",
        State::Draining => "draining",
        State::Silent => "silent",
        State::Gone => "gone",
    }
}

fn told(node: &Node, what: &str) -> String {
    format!("{}: {what}; {}, holds {}", node.name, state(node.state), held(node))
}

/// A node in the words of the API.
fn to_json(node: &Node) -> Json {
    let at = |ms: i64| DateTime::from_timestamp_millis(ms).map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
    let inside = node.inside.as_ref();
    let status = inside.and_then(|it| it.status.as_ref());
    let loops = status.map(|status| {
        let loops = status.loops.iter().map(|it| {
            json!({
                "name": it.name, "periodMs": it.period_ms, "lastOkAt": it.last_ok_ms.and_then(at), "lagMs": it.lag_ms,
                "failures": it.failures, "lastError": it.last_error,
            })
        });
        Json::from_iter(loops)
    });
    let drain = node
        .drain
        .as_ref()
        .map(|it| json!({ "since": at(it.since_ms), "by": it.by, "reason": it.reason, "heeded": node.heeds_drain }));
    let pools = node.pools.iter().map(|it| json!({ "name": it.name, "slots": it.slots, "busy": it.busy }));
    json!({
        "name": node.name, "state": state(node.state).to_uppercase(), "appVersion": node.app_version,
        "startedAt": at(node.started_ms), "heartbeatAt": at(node.heartbeat_ms), "drain": drain,
        "pools": Json::from_iter(pools), "heldCount": held(node), "empty": is_empty(node), "loops": loops,
        "address": inside.and_then(|it| it.address.as_ref()), "host": inside.and_then(|it| it.host.as_ref()),
        "pid": inside.and_then(|it| it.pid), "clockOffsetMs": inside.and_then(|it| it.clock_offset_ms),
    })
}

/// The nodes in columns.
fn table(nodes: &[Node], now_ms: i64) -> String {
    let head = ["NODE", "STATE", "VERSION", "SLOTS", "HOLDS", "HEARTBEAT", "ADDRESS", "DRAINED BY"].map(str::to_owned);
    let rows = nodes.iter().map(|node| {
        let (busy, slots) = node.pools.iter().fold((0, 0), |(busy, slots), it| (busy + it.busy, slots + it.slots));
        let drained = node.drain.as_ref().map(|it| format!("{}: {}", it.by, it.reason));
        [
            node.name.clone(),
            state(node.state).to_owned(),
            node.app_version.clone(),
            format!("{busy}/{slots}"),
            held(node).to_string(),
            format!("{} s ago", (now_ms - node.heartbeat_ms).max(0) / 1000),
            node.inside.as_ref().and_then(|it| it.address.clone()).unwrap_or_default(),
            drained.unwrap_or_default(),
        ]
    });
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let line = |row: &[String; 8]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use service::node::{Drain, Inside, PoolState};

    use super::*;

    fn node(name: &str) -> Node {
        let pool = PoolState { name: "default".into(), slots: 8, busy: 3 };
        Node {
            id: 1,
            name: name.into(),
            incarnation: 1,
            state: State::Active,
            app_version: "0.4.0".into(),
            started_ms: 0,
            heartbeat_ms: 58_000,
            drain: None,
            heeds_drain: false,
            pools: vec![pool],
            inside: Some(Inside {
                held: 3,
                address: Some("10.0.0.7:8650".into()),
                host: None,
                pid: None,
                clock_offset_ms: Some(0),
                status: None,
            }),
        }
    }

    #[test]
    fn nodes_stand_in_columns() {
        let drain = Drain { since_ms: 1, by: "cli".into(), reason: "new kernel".into() };
        let drained = Node { state: State::Draining, drain: Some(drain), heeds_drain: true, ..node("valuation-02") };
        assert_eq!(
            table(&[node("n1"), drained], 60_000),
            "NODE          STATE     VERSION  SLOTS  HOLDS  HEARTBEAT  ADDRESS        DRAINED BY\n\
             n1            active    0.4.0    3/8    3      2 s ago    10.0.0.7:8650\n\
             valuation-02  draining  0.4.0    3/8    3      2 s ago    10.0.0.7:8650  cli: new kernel\n"
        );
    }

    #[test]
    fn a_node_is_empty_once_nothing_can_come() {
        let holding = |state: State, heeds_drain: bool, held: u64| {
            let node = node("n1");
            let inside = node.inside.clone().map(|inside| Inside { held, ..inside });
            is_empty(&Node { state, heeds_drain, inside, ..node })
        };
        assert!(!holding(State::Active, false, 0) && !holding(State::Draining, false, 0));
        assert!(!holding(State::Draining, true, 1) && holding(State::Draining, true, 0));
        assert!(holding(State::Gone, false, 0) && !holding(State::Silent, false, 2));
    }
}
