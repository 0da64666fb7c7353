//! A look at a published file before it becomes a draft.

use domain::access::Permission;
use domain::calendar::import::{self, Imported, Problem, Source, Target};
use domain::calendar::{Content, Definition, merge};
use domain::error::Lang;
use domain::id::{CalendarId, TenantId};

use super::authorised;
use crate::Services;
use crate::ctx::OpCtx;
use crate::error::{Error, Result, Text};

/// What a file would make of a calendar.
#[derive(Clone, Debug)]
pub struct ImportPreview {
    /// The days in force with the file's years in place of theirs.
    pub definition: Definition,
    /// What the file says by itself.
    pub imported: Imported,
}

/// What a file would make of a calendar; all its problems when it can't be taken.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`]; [`Error::Invalid`] for a derived calendar.
pub async fn preview_import(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: CalendarId,
    source: &Source,
) -> Result<Result<ImportPreview, Vec<Problem>>> {
    let calendar = authorised(services, ctx, tenant, id, Permission::CalendarEdit).await?;
    let newest = match calendar.active.clone() {
        Some(active) => Some(active),
        // A calendar that was never in force is what its newest draft says.
        None => super::drafts(services, ctx, tenant, id).await?.into_iter().next(),
    };
    let content = newest.map(|revision| super::content(&calendar.row, &revision)).transpose()?;
    let Some(Content::Base(base)) = content else {
        let text =
            Text::new("A derived calendar has no days of its own to import.", "派生日历没有自己的日期，无法导入。");
        return Err(Error::invalid("calendar", text));
    };
    let imported = match import::import(source, &Target::of(&base)) {
        Ok(imported) => imported,
        Err(problems) => return Ok(Err(problems)),
    };
    let definition = merge(&base, &imported.definition)
        .map_err(|error| Error::invalid("content", Text::new(error.text(Lang::En), error.text(Lang::Zh))))?;
    Ok(Ok(ImportPreview { definition, imported }))
}
