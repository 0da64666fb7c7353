//! Looking up tenants.

use async_graphql::{Context, ID, Object, Result};
use service::error::{Error, Text};

use crate::graphql::{context::Ask as _, id, limits::page_cost, page::Nodes, tenant::Tenant};

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct TenantQuery;

#[Object]
impl TenantQuery {
    /// The tenants that the viewer may see, by slug.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn tenants(&self, ctx: &Context<'_>, first: Option<i32>, after: Option<String>) -> Result<Nodes<Tenant>> {
        super::page(ctx, first, after.as_deref()).await
    }

    /// A tenant by its id or its slug; exactly one of them is given.
    async fn tenant(&self, ctx: &Context<'_>, id: Option<ID>, slug: Option<String>) -> Result<Option<Tenant>> {
        let found = async {
            match (id, slug) {
                (Some(id), None) => service::tenant::find(ctx.services(), &ctx.op(), id::tenant(&id, "id")?).await,
                (None, Some(slug)) => service::tenant::find_by_slug(ctx.services(), &ctx.op(), &slug).await,
                _ => {
                    let text = Text::new("Give either `id` or `slug`.", "请给出 id 或 slug 其中之一。");
                    Err(Error::invalid("id", text))
                }
            }
        };
        Ok(ctx.found(found.await)?.map(Tenant))
    }
}
