//! Projects: folders of workflows in a tenant.

use async_graphql::{Context, ID, Object, Result};
use domain::id::TenantId;
use service::authz::Scope;

use super::{
    access::{Permission, viewer_can},
    context::Ask as _,
    id::GlobalId,
    loader::{self, TenantKey},
    page::{self, Nodes, Window},
    scalar::{Instant, Json},
    tenant::Tenant,
};

mod mutation;
mod query;

pub(crate) use mutation::ProjectMutation;
pub(crate) use query::ProjectQuery;

/// A folder of workflows in a tenant; the unit of object-level grants.
#[derive(Debug, Clone)]
pub(crate) struct Project(pub(crate) service::project::Project);

/// A folder of workflows in a tenant; the unit of object-level grants.
#[Object]
impl Project {
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Project(self.0.tenant, self.0.id).into()
    }

    /// Its name in addresses and documents.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its name for people.
    async fn title(&self) -> &str {
        &self.0.title
    }

    async fn tenant(&self, ctx: &Context<'_>) -> Result<Tenant> {
        loader::need(ctx, TenantKey(self.0.tenant), "tenant").await.map(Tenant)
    }

    /// Values that its workflows may take: the weakest, for declared parameters without a default.
    async fn params(&self) -> Json {
        Json::of_text(self.0.params_json.as_deref().unwrap_or("{}"))
    }

    async fn created_at(&self) -> Instant {
        Instant(self.0.created_ms)
    }

    /// What the viewer may do in this project.
    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<Vec<Permission>> {
        viewer_can(ctx, Scope::project(self.0.tenant, self.0.id)).await
    }
}

/// A page of projects of one tenant or of all, by tenant and slug.
pub(crate) async fn page(
    ctx: &Context<'_>,
    tenant: Option<TenantId>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Nodes<Project>> {
    let listed = async {
        let window = Window::<(i64, String)>::of(first, after)?;
        let from = window.after.as_ref().map(|(tenant, slug)| (TenantId(*tenant), slug.as_str()));
        service::project::list(ctx.services(), &ctx.op(), tenant, from, window.size).await
    };
    let listed = listed.await.map_err(|error| ctx.fail(error))?;
    let key = |row: &service::project::Project| (row.tenant.0, row.slug.clone());
    Ok(page::connection((listed.items, listed.has_next), after.is_some(), |row| (key(&row), Project(row))))
}
