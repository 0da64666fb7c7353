//! Looking up calendars.

use async_graphql::{Context, ID, Object, Result};

use super::import::{self, CalendarImportPreview, PreviewCalendarImportInput};
use crate::graphql::{calendar::Calendar, context::Ask as _, id};

/// Fields of the query root.
#[derive(Debug, Default)]
pub(crate) struct CalendarQuery;

#[Object]
impl CalendarQuery {
    /// The firm's calendars and those of one tenant, or of all tenants that the viewer may see; by tenant and name.
    #[graphql(complexity = "50 + child_complexity.saturating_mul(20)")]
    async fn calendars(&self, ctx: &Context<'_>, tenant: Option<ID>) -> Result<Vec<Calendar>> {
        let listed = async {
            let tenant = tenant.as_ref().map(|id| id::tenant(id, "tenant")).transpose()?;
            service::calendar::list(ctx.services(), &ctx.op(), tenant).await
        };
        Ok(listed.await.map_err(|error| ctx.fail(error))?.into_iter().map(Calendar).collect())
    }

    /// What a published file would make of a calendar; nothing is changed.
    #[graphql(complexity = "200 + child_complexity")]
    async fn preview_calendar_import(
        &self,
        ctx: &Context<'_>,
        input: PreviewCalendarImportInput,
    ) -> Result<CalendarImportPreview> {
        import::preview(ctx, input).await
    }

    async fn calendar(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Calendar>> {
        let found = async {
            let (tenant, id) = id::calendar(&id, "id")?;
            service::calendar::find(ctx.services(), &ctx.op(), tenant, id).await
        };
        Ok(ctx.found(found.await)?.map(Calendar))
    }
}
