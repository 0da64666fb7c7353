//! Bringing the calendars that come with the program under government at the start of a server.
//!
//! A built-in calendar that the database does not have is stored with its days in force. Days that a later release
//! brings become a draft: nothing in force changes by an upgrade alone.

use domain::calendar::{Base, Calendars, Content, merge};
use domain::id::{CalendarId, TenantId, WorkflowId};
use store::calendar::{self, ACTIVE, DRAFT, RevisionRow, Row};
use store::workflow_calendar;

use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::ctx::OpCtx;
use crate::digest;
use crate::error::{Error, Result};
use crate::run::loaded::to_json;
use crate::workflow::{After, Filter};

/// Stores what is missing of the built-in calendars; several servers that start at once do it once.
///
/// # Errors
/// The database's.
pub async fn seed(services: &Services, now_ms: i64) -> Result<()> {
    let ctx = OpCtx::system("bootstrap", now_ms);
    let rows = calendar::list(services.store().read(), &[TenantId::PLATFORM]).await?;
    if rows.is_empty() {
        index_workflows(services, &ctx).await?;
    }
    for base in Calendars::builtin().bases() {
        let key = base.definition().name.to_uppercase();
        let written = match rows.iter().find(|row| row.name_key == key) {
            None => insert(services, &ctx, base).await,
            Some(row) => offer(services, &ctx, row, base).await,
        };
        match written {
            Ok(()) | Err(Error::Store(store::Error::Conflict { .. } | store::Error::Stale)) => {}
            Err(error) => return Err(error),
        }
    }
    services.calendar_cache().invalidate();
    Ok(())
}

/// Where the days of a built-in calendar come from; another release's days have another digest.
fn source(content: &Content) -> String {
    let digest = digest::sha256_hex(to_json(content).as_bytes());
    format!("Almanac ({})", &digest[..16])
}

async fn insert(services: &Services, ctx: &OpCtx, base: &Base) -> Result<()> {
    let name = base.definition().name.clone();
    let content = Content::Base(Box::new(base.definition().clone()));
    let row = &Row {
        tenant_id: TenantId::PLATFORM.0,
        id: services.store().ids().next(),
        name_key: name.to_uppercase(),
        title: None,
        kind: if content.is_computed() { "computed" } else { "base" }.to_owned(),
        second_person: false,
        active_revision: Some(1),
        planned_revision: Some(1),
        last_revision: 1,
        created_ms: ctx.now_ms,
        changed_ms: ctx.now_ms,
        archived_ms: None,
        revision: 1,
        name,
    };
    let revision = &RevisionRow { state: ACTIVE.to_owned(), ..first(ctx, row, &content) };
    let entry = &AuditEntry::done(TenantId::PLATFORM, "calendar.create", "calendar", row.id, &row.name)
        .after(serde_json::json!({ "revision": 1, "source": revision.source }));
    let written = services.store().write(|tx| {
        Box::pin(async move {
            calendar::insert(tx, row.clone()).await?;
            calendar::insert_revision(tx, revision.clone()).await?;
            calendar::raise_stamp(tx, TenantId::PLATFORM).await?;
            audit::record(tx, ctx, entry).await
        })
    });
    written.await
}

fn first(ctx: &OpCtx, row: &Row, content: &Content) -> RevisionRow {
    RevisionRow {
        tenant_id: row.tenant_id,
        calendar_id: row.id,
        number: row.last_revision,
        state: DRAFT.to_owned(),
        content_json: to_json(content),
        based_on: row.active_revision.filter(|it| *it != row.last_revision),
        source: Some(source(content)),
        note: None,
        created_ms: ctx.now_ms,
        created_by: None,
        created_by_name: Some(ctx.actor.name().to_owned()),
        decided_ms: None,
        decided_by: None,
        decided_by_name: None,
        reason: None,
    }
}

/// Offers the days of this release as a draft, unless they were offered before.
async fn offer(services: &Services, ctx: &OpCtx, row: &Row, base: &Base) -> Result<()> {
    let content = Content::Base(Box::new(base.definition().clone()));
    let (tenant, id) = (TenantId::PLATFORM, CalendarId(row.id));
    let source = source(&content);
    let mut before = None;
    loop {
        let page = calendar::list_revisions(services.store().read(), tenant, id, before, 200).await?;
        if page.items.iter().any(|it| it.source.as_deref() == Some(&source)) {
            return Ok(());
        }
        before = page.items.last().map(|it| it.number);
        if !page.has_next {
            break;
        }
    }
    // What the firm has changed since stays: by hand, or in years of its own.
    let Some(content) = merged(row, base, services).await? else { return Ok(()) };
    let next = &Row { last_revision: row.last_revision + 1, changed_ms: ctx.now_ms, ..row.clone() };
    let revision = &RevisionRow { source: Some(source.clone()), ..first(ctx, next, &content) };
    let entry = &AuditEntry::done(tenant, "calendar.draft", "calendar", row.id, &row.name)
        .after(serde_json::json!({ "revision": revision.number, "source": revision.source }));
    let written = services.store().write(|tx| {
        Box::pin(async move {
            calendar::save(tx, row.revision, next).await?;
            calendar::insert_revision(tx, revision.clone()).await?;
            audit::record(tx, ctx, entry).await
        })
    });
    written.await
}

/// The days in force with those of this release in place of theirs; nothing when the calendar has become another kind.
async fn merged(row: &Row, base: &Base, services: &Services) -> Result<Option<Content>> {
    let Some(number) = row.active_revision else { return Ok(None) };
    let found =
        calendar::find_revision(services.store().read(), TenantId::PLATFORM, CalendarId(row.id), number).await?;
    let Some(Content::Base(active)) = found.map(|found| super::content(row, &found)).transpose()? else {
        return Ok(None);
    };
    Ok(merge(&active, base.definition()).ok().map(|definition| Content::Base(Box::new(definition))))
}

/// Writes which calendars the workflows of before name; a save does so by itself since.
async fn index_workflows(services: &Services, ctx: &OpCtx) -> Result<()> {
    let mut after = None;
    loop {
        let page = crate::workflow::list(services, ctx, &Filter::default(), after.as_ref(), 200).await?;
        for row in &page.items {
            let (tenant, id) = (TenantId(row.tenant_id), WorkflowId(row.id));
            let definition = services.definition(tenant, id, row.current_version).await?;
            let names = &definition.document.calendar_names();
            let written: Result<(), store::Error> =
                services.store().write(|tx| Box::pin(workflow_calendar::save(tx, tenant, id, names))).await;
            written?;
        }
        after = page.items.last().map(|row| After { name: row.name.clone(), id: WorkflowId(row.id) });
        if !page.has_next {
            return Ok(());
        }
    }
}
