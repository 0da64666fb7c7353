//! Looking up limits.

use async_graphql::{Context, ID, Object, Result};

use crate::graphql::{context::Ask as _, id, limit::Limit};

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct LimitQuery;

#[Object]
impl LimitQuery {
    /// The limits of a tenant, by name, and how they stand.
    #[graphql(complexity = "20 + child_complexity.saturating_mul(10)")]
    async fn limits(&self, ctx: &Context<'_>, tenant: ID) -> Result<Vec<Limit>> {
        let listed = async {
            let tenant = id::tenant(&tenant, "tenant")?;
            service::limit::list(ctx.services(), &ctx.op(), tenant).await
        };
        Ok(listed.await.map_err(|error| ctx.fail(error))?.into_iter().map(Limit).collect())
    }
}
