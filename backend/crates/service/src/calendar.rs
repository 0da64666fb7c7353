//! Calendars as governed objects: the firm's ([`TenantId::PLATFORM`]), which everybody may name, and a department's own.
//!
//! A calendar is a row of revisions that never change. A *draft* is made by whoever may edit; *activating* it puts it in
//! force, which may need a second person, and is preceded by a look at its impact ([`impact()`]). A single day can be
//! changed at once, with a reason ([`override_day`]): that is a revision too. What is in force is laid over what comes
//! with the program ([`Services::calendars`]).
//!
//! Names are matched whatever their case. A department can't take a name that the firm or the program uses, so a name
//! means one thing wherever it can be named.

mod activate;
mod answer;
mod cache;
mod draft;
mod horizon;
mod impact;
mod import;
mod note;
mod pinned;
mod replan;
mod seed;
mod usage;

use std::sync::Arc;

use domain::access::Permission;
use domain::calendar::{Calendars, Content, ResolveError};
use domain::error::{ErrorCode, Lang};
use domain::id::{CalendarId, TenantId};
use store::calendar;
use store::page::Page;

use crate::Services;
use crate::authz::{Scope, Visible};
use crate::ctx::{Actor, OpCtx};
use crate::error::{Error, FieldError, Result, Text};

pub use activate::{Activation, activate, clear_day, day_status, override_day};
pub(crate) use answer::Turns;
pub use answer::{answer, answer_all};
pub(crate) use cache::CalendarCache;
pub use draft::{Draft, NewCalendar, Settings, archive, create, discard, save_draft, update};
pub use horizon::{ALARM_DAYS, Horizon, days_left, horizon, tick as horizon_tick};
pub use impact::{AffectedRun, FireChange, Impact, impact};
pub use import::{ImportPreview, preview_import};
pub use note::RunNote;
pub use replan::tick as replan_tick;
pub use seed::seed;
pub use store::calendar::{RevisionRow, Row};
pub use usage::{Usage, usage};

/// A calendar with the revision that is in force.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The calendar.
    pub row: Row,
    /// What is in force; `None` before the first activation.
    pub active: Option<RevisionRow>,
}

impl Calendar {
    /// Its tenant.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        TenantId(self.row.tenant_id)
    }

    /// Its id within the tenant.
    #[must_use]
    pub fn id(&self) -> CalendarId {
        CalendarId(self.row.id)
    }

    /// What people call it.
    #[must_use]
    pub fn title(&self, lang: Lang) -> &str {
        let given = self.row.title.as_deref();
        given.or_else(|| domain::calendar::title(&self.row.name, lang)).unwrap_or(&self.row.name)
    }
}

/// The calendars that the actor may see: the firm's, and those of one tenant or of all of his; by tenant and name.
///
/// # Errors
/// [`Error::NotFound`] when he may not know of the tenant; [`Error::Unauthenticated`]; the database's.
pub async fn list(services: &Services, ctx: &OpCtx, tenant: Option<TenantId>) -> Result<Vec<Calendar>> {
    known(ctx)?;
    let tenants = match tenant {
        Some(tenant) => {
            readable(services, ctx, tenant).await?;
            cache::owners(tenant)
        }
        None => {
            let departments = match ctx.visible_tenants(services).await? {
                Visible::All => store::tenant::list_ids(services.store().read()).await?,
                Visible::Only(tenants) => tenants,
            };
            let departments = departments.into_iter().filter(|it| *it != TenantId::PLATFORM);
            std::iter::once(TenantId::PLATFORM).chain(departments).collect()
        }
    };
    let db = services.store().read();
    let mut active = Vec::new();
    for tenant in &tenants {
        active.extend(calendar::list_active(db, *tenant).await?);
    }
    let of = |row: &Row| {
        let found = active.iter().find(|it| it.calendar_id == row.id && it.tenant_id == row.tenant_id);
        found.cloned()
    };
    let rows = calendar::list(db, &tenants).await?;
    Ok(rows.into_iter().map(|row| Calendar { active: of(&row), row }).collect())
}

/// The calendar of an id.
///
/// # Errors
/// [`Error::NotFound`], also when the actor may not know of it.
pub async fn find(services: &Services, ctx: &OpCtx, tenant: TenantId, id: CalendarId) -> Result<Calendar> {
    readable(services, ctx, tenant).await.map_err(|error| error.or_hidden("calendar"))?;
    let row = calendar::find(services.store().read(), tenant, id).await?.ok_or(NOT_FOUND)?;
    with_active(services, row).await
}

async fn with_active(services: &Services, row: Row) -> Result<Calendar> {
    let active = match row.active_revision {
        None => None,
        Some(number) => {
            let (tenant, id) = (TenantId(row.tenant_id), CalendarId(row.id));
            calendar::find_revision(services.store().read(), tenant, id, number).await?
        }
    };
    Ok(Calendar { row, active })
}

/// A revision of a calendar, with the calendar.
///
/// # Errors
/// [`Error::NotFound`], also when the actor may not know of it.
pub async fn find_revision(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: CalendarId,
    number: i32,
) -> Result<(Calendar, RevisionRow)> {
    let found = find(services, ctx, tenant, id).await?;
    let revision = calendar::find_revision(services.store().read(), tenant, id, number).await?;
    Ok((found, revision.ok_or(Error::NotFound { kind: "calendar revision" })?))
}

/// The revisions of a calendar, newest first, before a number.
///
/// # Errors
/// As [`find`].
pub async fn revisions(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: CalendarId,
    before: Option<i32>,
    limit: u64,
) -> Result<Page<RevisionRow>> {
    find(services, ctx, tenant, id).await?;
    Ok(calendar::list_revisions(services.store().read(), tenant, id, before, limit).await?)
}

/// Most drafts of a calendar that are told.
const MOST_DRAFTS: u64 = 20;

/// The drafts of a calendar, newest first.
///
/// # Errors
/// As [`find`].
pub async fn drafts(services: &Services, ctx: &OpCtx, tenant: TenantId, id: CalendarId) -> Result<Vec<RevisionRow>> {
    find(services, ctx, tenant, id).await?;
    Ok(calendar::list_drafts(services.store().read(), tenant, id, MOST_DRAFTS).await?)
}

/// The content of a revision.
///
/// # Errors
/// [`Error::Store`] when what is stored can't be read.
pub fn content(calendar: &Row, revision: &RevisionRow) -> Result<Content> {
    cache::content(calendar, revision)
}

/// The calendars that somebody who works in a tenant may name; without a tenant, the firm's.
///
/// # Errors
/// [`Error::NotFound`] when the actor may not know of the tenant; [`Error::Unauthenticated`]; the database's.
pub async fn named_by(services: &Services, ctx: &OpCtx, tenant: Option<TenantId>) -> Result<Arc<Calendars>> {
    let tenant = tenant.unwrap_or(TenantId::PLATFORM);
    readable(services, ctx, tenant).await?;
    services.calendars(tenant).await
}

/// The firm's calendars are for everybody who has signed in, a department's for its people.
async fn readable(services: &Services, ctx: &OpCtx, tenant: TenantId) -> Result<()> {
    if tenant == TenantId::PLATFORM {
        return known(ctx);
    }
    ctx.require(services, Permission::TenantRead, Scope::tenant(tenant)).await
}

fn known(ctx: &OpCtx) -> Result<()> {
    match ctx.actor {
        Actor::System(_) => Ok(()),
        Actor::Account { .. } | Actor::Anonymous => ctx.account().map(drop),
    }
}

/// Whether the actor may put calendars of a tenant in force.
async fn may_activate(services: &Services, ctx: &OpCtx, tenant: TenantId) -> Result<bool> {
    let permissions = ctx.permissions(services, Scope::tenant(tenant)).await?;
    Ok(permissions.contains(Permission::CalendarActivate))
}

/// The calendar, if the actor may do this to it.
async fn authorised(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: CalendarId,
    permission: Permission,
) -> Result<Calendar> {
    ctx.require(services, permission, Scope::tenant(tenant)).await.map_err(|error| error.or_not_found("calendar"))?;
    let row = calendar::find(services.store().read(), tenant, id).await?.ok_or(NOT_FOUND)?;
    if row.archived_ms.is_some() {
        return Err(NOT_FOUND);
    }
    with_active(services, row).await
}

const NOT_FOUND: Error = Error::NotFound { kind: "calendar" };

/// A calendar that an expression names can't be used.
fn unresolved(field: &str, error: &ResolveError) -> Error {
    let code = match error {
        ResolveError::Unknown(_) => ErrorCode::CalendarUnknown,
        _ => ErrorCode::InvalidInput,
    };
    let text = Text::new(error.text(Lang::En), error.text(Lang::Zh));
    Error::Invalid(vec![FieldError::new(field, code, text)])
}
