//! Who am I.

use async_graphql::{Context, Object, Result};

use crate::graphql::{account::Viewer, context::Ask as _};

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct AccountQuery;

#[Object]
impl AccountQuery {
    /// The signed-in person; null when nobody is.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Viewer>> {
        match service::account::viewer(ctx.services(), &ctx.op()).await {
            Ok(account) => Ok(Some(Viewer(account))),
            Err(service::Error::Unauthenticated) => Ok(None),
            Err(error) => Err(ctx.fail(error)),
        }
    }
}
