//! Tenants: the departments, which are the borders of everything else.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use service::authz::Scope;

use super::{
    access::{Permission, viewer_can},
    context::Ask as _,
    id::GlobalId,
    limits::page_cost,
    page::{self, Nodes, Window},
    project::Project,
    run::RunState,
    scalar::Instant,
};

mod mutation;
mod query;

pub(crate) use mutation::TenantMutation;
pub(crate) use query::TenantQuery;

/// A department: the border of isolation, quotas and roles.
#[derive(Debug, Clone)]
pub(crate) struct Tenant(pub(crate) service::tenant::Tenant);

/// How many runs are in a state.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(crate) struct RunStateCount {
    state: RunState,
    count: i32,
}

/// A department: the border of isolation, quotas and roles.
#[Object]
impl Tenant {
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Tenant(self.0.id).into()
    }

    /// Its name in addresses and documents.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its name for people.
    async fn title(&self) -> &str {
        &self.0.title
    }

    async fn state(&self) -> &str {
        self.0.state.as_str()
    }

    async fn created_at(&self) -> Instant {
        Instant(self.0.created_ms)
    }

    /// What the viewer may do in the whole tenant.
    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<Vec<Permission>> {
        viewer_can(ctx, Scope::tenant(self.0.id)).await
    }

    /// Its projects that the viewer may see, by slug.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn projects(&self, ctx: &Context<'_>, first: Option<i32>, after: Option<String>) -> Result<Nodes<Project>> {
        super::project::page(ctx, Some(self.0.id), first, after.as_deref()).await
    }

    /// Its share of the workers beside the other tenants': twice the weight, twice the slots while both wait.
    async fn share_weight(&self) -> i32 {
        i32::try_from(self.0.share.weight).unwrap_or(i32::MAX)
    }

    /// How many of its tasks may run at once; any number when null.
    async fn max_running_tasks(&self) -> Option<i32> {
        self.0.share.max_running_tasks.map(|most| i32::try_from(most).unwrap_or(i32::MAX))
    }

    /// How many of its tasks run now.
    async fn running_tasks(&self, ctx: &Context<'_>) -> Result<i32> {
        let running = service::tenant::count_running(ctx.services(), &ctx.op(), self.0.id).await;
        Ok(i32::try_from(running.map_err(|error| ctx.fail(error))?).unwrap_or(i32::MAX))
    }

    /// Counts of this tenant's runs that are not finished, by state.
    async fn open_runs(&self, ctx: &Context<'_>) -> Result<Vec<RunStateCount>> {
        let counts = service::run::open_counts(ctx.services(), &ctx.op(), self.0.id).await;
        let counts = counts.map_err(|error| ctx.fail(error))?;
        let count = |(state, count): (domain::run::RunState, u64)| RunStateCount {
            state: state.into(),
            count: i32::try_from(count).unwrap_or(i32::MAX),
        };
        Ok(counts.into_iter().map(count).collect())
    }
}

/// A page of tenants, by slug.
pub(crate) async fn page(ctx: &Context<'_>, first: Option<i32>, after: Option<&str>) -> Result<Nodes<Tenant>> {
    let listed = async {
        let window = Window::<String>::of(first, after)?;
        service::tenant::list(ctx.services(), &ctx.op(), window.after.as_deref(), window.size).await
    };
    let listed = listed.await.map_err(|error| ctx.fail(error))?;
    Ok(page::connection((listed.items, listed.has_next), after.is_some(), |row| (row.slug.clone(), Tenant(row))))
}
