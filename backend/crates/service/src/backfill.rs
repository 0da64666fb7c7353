//! Backfills: runs of a workflow, and of those downstream of it, for a range of business dates, as one object that is
//! planned, started, watched, paused and cancelled as a whole.
//!
//! # Protocol
//! Everything that changes of a backfill changes under the revision of its row, in one transaction with the items: of two
//! nodes that decide at once one finds the row stale and leaves it at that. A node moves an item to `running` first, and
//! makes its run afterwards; whoever finds an item `running` without its run makes it ([`advance`]). Making it twice is
//! harmless: a new run has an idempotency key made of the item, and a run is repeated only while it still has the
//! generation that it had when the item's turn came. So after a crash at any point the next look goes on where it ended.
//!
//! The end of a run is a hint that wakes the loop; looking every so often is the guarantee.
//!
//! Runs of backfills are background work: see [`class_of`].

mod act;
mod advance;
mod follow;
mod plan;
mod start;

use domain::access::Permission;
use domain::backfill::{Action, ItemReason, State};
use domain::bizdate::BizDate;
use domain::id::{BackfillId, ProjectId, TenantId, WorkflowId};
use domain::queue::Class;
use domain::workflow::Priority;
use serde::{Deserialize, Serialize};
use store::backfill;
use store::page::Page;

use crate::Services;
use crate::authz::{Scope, Visible};
use crate::ctx::OpCtx;
use crate::error::{Error, Result};
use crate::run::loaded::inconsistent;

pub use act::{Cancel, cancel, pause, rerun_failed, resume, set_parallelism};
pub use advance::tick;
pub use plan::{Ask, OwnChoice, Plan, PlannedItem, PlannedMember, plan};
pub use start::start;
pub use store::backfill::{ItemRow, Row};

/// The kind of object in refusals and in the audit trail.
const KIND: &str = "backfill";

/// A workflow of a backfill, as its row remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The workflow.
    pub workflow: i64,
    /// Its project.
    pub project: i64,
    /// Its name when the backfill was started.
    pub name: String,
    /// The workflows of the backfill that it comes after.
    pub needs: Vec<i64>,
}

/// The workflows of a backfill, each after those that it needs; the first is the one it is about.
///
/// # Errors
/// [`Error::Store`] when what is stored can't be read.
pub fn members(row: &Row) -> Result<Vec<Member>> {
    serde_json::from_str(&row.members_json).map_err(|_| inconsistent("backfill", "members_json", row.id))
}

/// Where a backfill stands.
///
/// # Errors
/// [`Error::Store`] when what is stored can't be read.
pub fn state(row: &Row) -> Result<State> {
    State::parse(&row.state).ok_or_else(|| inconsistent("backfill", "state", row.id))
}

/// Why an item is where it is, when there is something to say.
#[must_use]
pub fn item_reason(item: &ItemRow) -> Option<ItemReason> {
    serde_json::from_str(item.reason_json.as_deref()?).ok()
}

/// How many items wait for their turn.
#[must_use]
pub fn pending(row: &Row) -> i32 {
    row.item_total - row.item_running - row.item_ok - row.item_failed - row.item_skipped - row.item_cancelled
}

/// The class of a run's work. That of a backfill is behind all production, unless somebody asked for more.
#[must_use]
pub fn class_of(run: &store::run::Row) -> Class {
    let background = run.backfill_id.is_some() && run.priority <= Priority::Low.level();
    if background { Class::Background } else { Class::Production }
}

/// The backfill of an id.
///
/// # Errors
/// [`Error::NotFound`], also for backfills that the reader may not see.
pub async fn find(services: &Services, ctx: &OpCtx, tenant: TenantId, id: BackfillId) -> Result<Row> {
    let row = backfill::find(services.store().read(), tenant, id).await?;
    let Some(row) = row else {
        ctx.account()?;
        return Err(Error::NotFound { kind: KIND });
    };
    let scope = Scope::project(tenant, ProjectId(row.project_id));
    ctx.require(services, Permission::RunRead, scope).await.map_err(|error| error.or_hidden(KIND))?;
    Ok(row)
}

/// The backfill, if the actor may act on it: on the runs of all its workflows.
async fn authorised(services: &Services, ctx: &OpCtx, tenant: TenantId, id: BackfillId) -> Result<Row> {
    let row = backfill::find(services.store().read(), tenant, id).await?;
    let Some(row) = row else {
        ctx.account()?;
        return Err(Error::NotFound { kind: KIND });
    };
    let projects = members(&row)?.into_iter().map(|it| it.project).chain([row.project_id]);
    for project in projects.collect::<std::collections::BTreeSet<_>>() {
        let scope = Scope::project(tenant, ProjectId(project));
        ctx.require(services, Permission::RunOperate, scope).await.map_err(|error| error.or_not_found(KIND))?;
    }
    Ok(row)
}

/// Which backfills a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this tenant's.
    pub tenant: Option<TenantId>,
    /// Only this project's; with its tenant.
    pub project: Option<ProjectId>,
    /// Only this workflow's; with its tenant.
    pub workflow: Option<WorkflowId>,
    /// Only in one of these states; empty: all.
    pub states: Vec<State>,
}

/// Backfills of a filter, newest first, after one.
///
/// # Errors
/// The database's; [`Error::Unauthenticated`].
pub async fn list(
    services: &Services,
    ctx: &OpCtx,
    filter: &Filter,
    after: Option<BackfillId>,
    limit: u64,
) -> Result<Page<Row>> {
    let filter = backfill::Filter {
        visible: services.visible(ctx, Permission::RunRead, filter.tenant, filter.project).await?,
        workflow: filter.workflow,
        states: filter.states.iter().map(|state| state.as_str().to_owned()).collect(),
    };
    Ok(backfill::list(services.store().read(), &filter, after, limit).await?)
}

/// Items of a backfill in its order, after a position: those of the projects that the reader may see.
///
/// # Errors
/// As [`find`].
pub async fn items(
    services: &Services,
    ctx: &OpCtx,
    (tenant, id): (TenantId, BackfillId),
    states: &[domain::backfill::ItemState],
    (after, limit): (Option<i32>, u64),
) -> Result<Page<ItemRow>> {
    find(services, ctx, tenant, id).await?;
    let projects = match ctx.visible_projects(services, tenant, Permission::RunRead).await? {
        Visible::All => None,
        Visible::Only(projects) => Some(projects),
    };
    let states = states.iter().map(|state| state.as_str().to_owned()).collect();
    let filter = backfill::ItemFilter { states, projects };
    Ok(backfill::items(services.store().read(), (tenant, id), &filter, after, limit).await?)
}

fn date_of(item: &ItemRow) -> Result<BizDate> {
    item.business_date.parse().map_err(|_| inconsistent("backfill_item", "business_date", item.backfill_id))
}

fn action_of(item: &ItemRow) -> Result<Action> {
    Action::parse(&item.action).ok_or_else(|| inconsistent("backfill_item", "action", item.backfill_id))
}
