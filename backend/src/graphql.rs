//! The GraphQL API: one folder per resource, joined here into the roots.
//!
//! A resolver has three lines: read ids, call one use case, wrap the result. Rules live in the services, which check
//! rights where they read and write; so nothing here can let somebody past.

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, Schema, parser::types::OperationType};

use self::{
    account::{AccountMutation, AccountQuery},
    audit::AuditQuery,
    backfill::{BackfillMutation, BackfillQuery},
    calendar::{CalendarMutation, CalendarQuery, CalendarService},
    cluster::{ClusterMutation, ClusterQuery},
    limit::{LimitMutation, LimitQuery},
    limits::Limits,
    log::LogSubscription,
    node::NodeQuery,
    project::{ProjectMutation, ProjectQuery},
    retention::{RetentionMutation, RetentionQuery},
    run::{ManyMutation, OperateMutation, PreviewQuery, RunMutation, RunQuery, RunSubscription},
    session::SessionMutation,
    system::{Environment, SystemQuery},
    tenant::{TenantMutation, TenantQuery},
    workflow::{WorkflowMutation, WorkflowQuery},
};
use crate::{auth::gate::Gate, config::Config};

pub(crate) mod endpoint;
pub(crate) mod graphiql;
pub(crate) mod socket;

mod context;
mod document;
mod error;
mod id;
mod limits;
mod loader;
mod page;
mod scalar;
mod watch;

mod access;
mod account;
mod audit;
mod backfill;
mod calendar;
mod cluster;
mod limit;
mod log;
mod node;
mod project;
mod retention;
mod run;
mod schedule;
mod session;
mod system;
mod task;
mod tenant;
mod version;
mod workflow;

/// Reading.
#[derive(Default, MergedObject)]
pub struct Query(
    AccountQuery,
    NodeQuery,
    TenantQuery,
    ProjectQuery,
    WorkflowQuery,
    RunQuery,
    PreviewQuery,
    BackfillQuery,
    CalendarQuery,
    CalendarService,
    LimitQuery,
    AuditQuery,
    ClusterQuery,
    RetentionQuery,
    SystemQuery,
);

/// Changing. Expected failures are in a payload's `userErrors`.
#[derive(Default, MergedObject)]
pub struct Mutation(
    SessionMutation,
    AccountMutation,
    TenantMutation,
    ProjectMutation,
    WorkflowMutation,
    RunMutation,
    OperateMutation,
    ManyMutation,
    BackfillMutation,
    CalendarMutation,
    ClusterMutation,
    LimitMutation,
    RetentionMutation,
);

/// Following. Every message carries a cursor to resume from.
#[derive(Default, MergedSubscription)]
pub struct Subscription(RunSubscription, LogSubscription);

/// The schema with everything it needs.
pub(crate) type ApiSchema = Schema<Query, Mutation, Subscription>;

/// Directives of one field; no use of the API needs more than two.
const MAX_DIRECTIVES: usize = 8;

/// The executable schema of a server.
pub(crate) fn schema(config: &Config, gate: Gate) -> ApiSchema {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .extension(Limits(config.graphql.clone()))
        .limit_directives(MAX_DIRECTIVES)
        .data(gate)
        .data(Environment(config.general.environment.clone()))
        .finish()
}

/// The schema in its own language, as clients compile against it.
#[must_use]
pub fn sdl() -> String {
    let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default()).finish();
    let options = SDLExportOptions::new().prefer_single_line_descriptions().use_space_ident();
    let sdl = schema.sdl_with_options(options);
    let mut lines: Vec<&str> = Vec::new();
    for line in sdl.lines() {
        // The directives that every GraphQL has are left out of a schema's text, with their descriptions.
        if line.starts_with("directive @include(") || line.starts_with("directive @skip(") {
            lines.pop_if(|above| above.starts_with('"'));
        } else {
            // The library ends some lines with blanks, which editors take away.
            lines.push(line.trim_end());
        }
    }
    lines.join("\n") + "\n"
}

/// The kind of an operation for metrics.
fn kind_name(kind: Option<OperationType>) -> &'static str {
    match kind {
        Some(OperationType::Query) => "query",
        Some(OperationType::Mutation) => "mutation",
        Some(OperationType::Subscription) => "subscription",
        None => "unknown",
    }
}

#[cfg(test)]
mod tests;
