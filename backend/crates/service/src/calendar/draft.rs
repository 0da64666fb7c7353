//! Making calendars and drafts of their revisions, settings, and the end of a calendar.

use domain::access::Permission;
use domain::calendar::{Calendars, Content};
use domain::error::{ErrorCode, Lang};
use domain::id::{CalendarId, TenantId};
use serde_json::{Value, json};
use store::calendar::{self, DISCARDED, DRAFT, RevisionRow, Row};

use super::activate::{given, within};
use super::{Calendar, authorised, usage};
use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::authz::Scope;
use crate::ctx::OpCtx;
use crate::error::{Error, FieldError, Result, Text};
use crate::run::loaded::to_json;
use crate::slug;

/// The longest content of a revision, as JSON: fifty years that list every day fit four times over.
const CONTENT_BYTES: usize = 4 << 20;

/// The longest note or origin.
const NOTE_LENGTH: usize = 300;

/// The longest name in capitals.
const NAME_LENGTH: usize = 64;

/// A calendar to be made.
#[derive(Clone, Debug)]
pub struct NewCalendar {
    /// Whose; [`TenantId::PLATFORM`] for the firm's.
    pub tenant: TenantId,
    /// Its name in expressions.
    pub name: String,
    /// What people call it.
    pub title: Option<String>,
    /// The first revision.
    pub draft: Draft,
}

/// A revision to be made.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Its content, as [`Content`] in JSON.
    pub content: Value,
    /// Where the days come from.
    pub source: Option<String>,
    /// Why it is made.
    pub note: Option<String>,
}

/// What may be changed of a calendar itself; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What people call it.
    pub title: Option<String>,
    /// Whether somebody else than its author must put a revision in force.
    pub second_person: Option<bool>,
    /// Why; audited.
    pub reason: Option<String>,
}

/// Makes a calendar with a first draft; it can be named once that is in force.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`]; [`Error::NameTaken`], also when the firm, the program or, for a calendar of
/// the firm, a department has a calendar of that name; [`Error::Invalid`] for a content that can't be used.
pub async fn create(services: &Services, ctx: &OpCtx, new: NewCalendar) -> Result<Calendar> {
    let entry = AuditEntry::new(new.tenant, "calendar.create", "calendar").name(&new.name);
    audit::attempt(services, ctx, entry.clone(), async {
        ctx.require(services, Permission::CalendarEdit, Scope::tenant(new.tenant)).await?;
        if new.tenant != TenantId::PLATFORM && store::tenant::find(services.store().read(), new.tenant).await?.is_none()
        {
            return Err(Error::NotFound { kind: "tenant" });
        }
        let (row, content) = first_row(services, ctx, &new).await?;
        let revision = revision_row(ctx, &row, &content, &new.draft)?;
        let entry = entry.id(row.id).after(json!({ "revision": 1, "title": row.title, "source": revision.source }));
        let (row_ref, revision, entry) = (&row, &revision, &entry);
        let written: Result<()> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    calendar::insert(tx, row_ref.clone()).await?;
                    calendar::insert_revision(tx, revision.clone()).await?;
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| error.or_name_taken("calendar", "name", &row.name))?;
        Ok(Calendar { row, active: None })
    })
    .await
}

async fn first_row(services: &Services, ctx: &OpCtx, new: &NewCalendar) -> Result<(Row, Content)> {
    let title = new.title.as_deref().map(str::trim).filter(|title| !title.is_empty()).map(str::to_owned);
    let mut faults: Vec<FieldError> = title.iter().flat_map(|title| slug::check_title("title", title)).collect();
    // In capitals a name may be longer: `ß` becomes `SS`.
    if !domain::calendar::base::is_name(&new.name) || new.name.to_uppercase().chars().count() > NAME_LENGTH {
        let text = Text::new(
            "A calendar's name has letters, digits and _, begins with a letter, and is at most 64 long.",
            "日历名由字母、数字和 _ 组成，以字母开头，最多 64 个字符。",
        );
        faults.push(FieldError::new("name", ErrorCode::InvalidInput, text));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let elsewhere = calendar::of_name(services.store().read(), &new.name).await?;
    let meets = |row: &Row| new.tenant == TenantId::PLATFORM || [0, new.tenant.0].contains(&row.tenant_id);
    if Calendars::builtin().contains(&new.name) || elsewhere.iter().any(meets) {
        return Err(Error::NameTaken { kind: "calendar", field: "name", name: new.name.clone() });
    }
    let known = calendar::list(services.store().read(), &[new.tenant]).await?;
    if known.len() as u64 >= calendar::MOST {
        let text = Text::new(
            format!("There are {} calendars already; archive those that nobody uses.", known.len()),
            format!("已有 {} 个日历，请先归档不再使用的日历。", known.len()),
        );
        return Err(Error::Invalid(vec![FieldError::new("name", ErrorCode::TooMany, text)]));
    }
    let content = checked(services, new.tenant, &new.name, 1, &new.draft).await?;
    let kind = match &content {
        Content::Derived(_) => "derived",
        Content::Base(_) if content.is_computed() => "computed",
        Content::Base(_) => "base",
    };
    let row = Row {
        tenant_id: new.tenant.0,
        id: services.store().ids().next(),
        name: new.name.clone(),
        name_key: new.name.to_uppercase(),
        title,
        kind: kind.to_owned(),
        second_person: false,
        active_revision: None,
        planned_revision: None,
        last_revision: 1,
        created_ms: ctx.now_ms,
        changed_ms: ctx.now_ms,
        archived_ms: None,
        revision: 1,
    };
    Ok((row, content))
}

/// Makes a draft of a calendar's next revision.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`]; [`Error::Invalid`] for a content that can't be used; [`Error::Conflict`] when
/// another revision is in force than `based_on`, which the draft began from.
pub async fn save_draft(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: CalendarId,
    based_on: Option<i32>,
    draft: Draft,
) -> Result<(Calendar, RevisionRow)> {
    let entry = AuditEntry::new(tenant, "calendar.draft", "calendar").id(id).reason(draft.note.clone());
    audit::attempt(services, ctx, entry.clone(), async {
        let old = authorised(services, ctx, tenant, id, Permission::CalendarEdit).await?;
        if old.row.active_revision != based_on {
            return Err(outdated(old.row.active_revision));
        }
        let row = Row { last_revision: old.row.last_revision + 1, changed_ms: ctx.now_ms, ..old.row.clone() };
        let content = checked(services, tenant, &row.name, row.last_revision.unsigned_abs(), &draft).await?;
        if matches!(content, Content::Derived(_)) != (row.kind == "derived") {
            let text = Text::new(
                "A calendar with days of its own stays one, and a derived one stays derived.",
                "基础日历与派生日历不能互相转换。",
            );
            return Err(Error::invalid("definition", text));
        }
        let revision = revision_row(ctx, &row, &content, &draft)?;
        let entry = entry.name(&row.name).after(json!({ "revision": revision.number, "source": revision.source }));
        let (before, row_ref, revision_ref, entry) = (&old.row, &row, &revision, &entry);
        let written: Result<()> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    calendar::save(tx, before.revision, row_ref).await?;
                    calendar::insert_revision(tx, revision_ref.clone()).await?;
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| error.or_changed("calendar"))?;
        Ok((Calendar { row, active: old.active }, revision))
    })
    .await
}

/// Gives a draft up; it stays among the revisions.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`]; [`Error::Conflict`] when it is no draft any more.
pub async fn discard(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: CalendarId,
    number: i32,
    reason: Option<String>,
) -> Result<(Calendar, RevisionRow)> {
    let entry = AuditEntry::new(tenant, "calendar.discard", "calendar").id(id).reason(reason.clone());
    audit::attempt(services, ctx, entry.clone(), async {
        let calendar = authorised(services, ctx, tenant, id, Permission::CalendarEdit).await?;
        within(reason.as_deref())?;
        let found = calendar::find_revision(services.store().read(), tenant, id, number).await?;
        let draft = found.ok_or(Error::NotFound { kind: "calendar revision" })?;
        let revision = decided(ctx, draft, DISCARDED, reason);
        let entry = entry.name(&calendar.row.name).after(json!({ "revision": number, "state": DISCARDED }));
        let (revision_ref, entry) = (&revision, &entry);
        let written: Result<()> = services
            .store()
            .write(|tx| {
                Box::pin(async move {
                    calendar::save_revision(tx, DRAFT, revision_ref).await?;
                    audit::record(tx, ctx, entry).await
                })
            })
            .await;
        written.map_err(|error| error.or_changed("calendar"))?;
        Ok((calendar, revision))
    })
    .await
}

/// Changes a calendar's title or its rule of the second person.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`], [`Error::Invalid`], [`Error::Conflict`].
pub async fn update(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: CalendarId,
    settings: Settings,
) -> Result<Calendar> {
    let entry = AuditEntry::new(tenant, "calendar.update", "calendar").id(id).reason(settings.reason.clone());
    audit::attempt(services, ctx, entry.clone(), async {
        let old = authorised(services, ctx, tenant, id, Permission::CalendarActivate).await?;
        within(settings.reason.as_deref())?;
        if old.row.second_person && settings.second_person == Some(false) {
            no_own_draft(services, ctx, &old).await?;
        }
        let title = settings.title.as_deref().map(str::trim);
        let faults: Vec<_> =
            title.filter(|it| !it.is_empty()).iter().flat_map(|it| slug::check_title("title", it)).collect();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let row = Row {
            title: title.map_or_else(|| old.row.title.clone(), |it| Some(it.to_owned()).filter(|it| !it.is_empty())),
            second_person: settings.second_person.unwrap_or(old.row.second_person),
            changed_ms: ctx.now_ms,
            ..old.row.clone()
        };
        let state = |row: &Row| json!({ "title": row.title, "second_person": row.second_person });
        let entry = entry.name(&row.name).before(state(&old.row)).after(state(&row));
        save(services, ctx, &old.row, &row, &entry).await?;
        Ok(Calendar { row, active: old.active })
    })
    .await
}

/// Ends a calendar that nobody uses; its revisions stay readable.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`]; [`Error::Invalid`] while workflows or other calendars use it, and for one that
/// comes with the program.
pub async fn archive(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: CalendarId,
    reason: String,
) -> Result<Calendar> {
    let entry = AuditEntry::new(tenant, "calendar.archive", "calendar").id(id).reason(Some(reason.clone()));
    audit::attempt(services, ctx, entry.clone(), async {
        let old = authorised(services, ctx, tenant, id, Permission::CalendarActivate).await?;
        given(&reason)?;
        if tenant == TenantId::PLATFORM && Calendars::builtin().contains(&old.row.name) {
            let text = Text::new("This calendar comes with the program and stays.", "该日历随程序内置，不能归档。");
            return Err(Error::invalid("id", text));
        }
        let workflows = usage::users(services, &old).await?.len();
        let calendars = usage::derived(services, &old).await?;
        if workflows > 0 || calendars > 0 {
            let text = Text::new(
                format!("It is still used by {workflows} workflow(s) and {calendars} derived calendar(s)."),
                format!("仍被 {workflows} 个工作流和 {calendars} 个派生日历使用。"),
            );
            return Err(Error::invalid("id", text));
        }
        let row = Row { archived_ms: Some(ctx.now_ms), changed_ms: ctx.now_ms, ..old.row.clone() };
        save(services, ctx, &old.row, &row, &entry.name(&row.name)).await?;
        services.calendar_cache().invalidate();
        Ok(Calendar { row, active: old.active })
    })
    .await
}

async fn save(services: &Services, ctx: &OpCtx, old: &Row, row: &Row, entry: &AuditEntry) -> Result<()> {
    let written: Result<()> = services
        .store()
        .write(|tx| {
            Box::pin(async move {
                calendar::save(tx, old.revision, row).await?;
                calendar::raise_stamp(tx, TenantId(row.tenant_id)).await?;
                audit::record(tx, ctx, entry).await
            })
        })
        .await;
    written.map_err(|error| error.or_changed("calendar"))
}

/// Another revision was put in force than the one a draft began from.
pub(super) fn outdated(active: Option<i32>) -> Error {
    let now = active.map_or_else(|| "–".to_owned(), |number| number.to_string());
    let text = Text::new(
        format!("Another revision was put in force since this draft began: make the draft anew from revision {now}."),
        format!("草稿创建后已启用其他修订：请基于第 {now} 版重新起草。"),
    );
    Error::refused(ErrorCode::Conflict, text)
}

/// Whoever has a draft waiting must not make himself the one who puts it in force.
async fn no_own_draft(services: &Services, ctx: &OpCtx, calendar: &Calendar) -> Result<()> {
    let me = ctx.actor.account_id().map(|id| id.0);
    let drafts = calendar::list_drafts(services.store().read(), calendar.tenant(), calendar.id(), 500).await?;
    if me.is_some() && drafts.iter().any(|draft| draft.created_by == me) {
        let text = Text::new(
            "You have a draft of this calendar waiting: somebody else must take the second person away.",
            "您有待启用的草稿：须由他人取消双人复核。",
        );
        return Err(Error::Invalid(vec![FieldError::new("secondPerson", ErrorCode::Denied, text)]));
    }
    Ok(())
}

/// The content of a draft, if it can be used where it is to stand.
async fn checked(services: &Services, tenant: TenantId, name: &str, number: u32, draft: &Draft) -> Result<Content> {
    let limit = |field: &str, text: &Option<String>| {
        let long = text.as_ref().is_some_and(|text| text.chars().count() > NOTE_LENGTH);
        let text = Text::new(format!("At most {NOTE_LENGTH} characters."), format!("最多 {NOTE_LENGTH} 个字符。"));
        long.then(|| FieldError::new(field, ErrorCode::TooLarge, text))
    };
    let faults: Vec<FieldError> =
        limit("note", &draft.note).into_iter().chain(limit("source", &draft.source)).collect();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let content = Content::read(name, number, &draft.content)
        .map_err(|error| Error::invalid("definition", Text::new(error.text(Lang::En), error.text(Lang::Zh))))?;
    if let Content::Derived(_) = &content {
        let calendars = services.calendars_now(tenant).await?;
        let (_, refused) = calendars.overlaid([(name.to_owned(), content.clone())]);
        if let Some((_, error)) = refused.into_iter().next() {
            return Err(super::unresolved("definition", &error));
        }
    }
    Ok(content)
}

fn revision_row(ctx: &OpCtx, row: &Row, content: &Content, draft: &Draft) -> Result<RevisionRow> {
    let content_json = to_json(content);
    if content_json.len() > CONTENT_BYTES {
        let text = Text::new("The calendar is too large: leave early years out.", "日历过大：请去掉较早的年份。");
        return Err(Error::Invalid(vec![FieldError::new("definition", ErrorCode::TooLarge, text)]));
    }
    Ok(RevisionRow {
        tenant_id: row.tenant_id,
        calendar_id: row.id,
        number: row.last_revision,
        state: DRAFT.to_owned(),
        content_json,
        based_on: row.active_revision,
        source: draft.source.clone().filter(|it| !it.is_empty()),
        note: draft.note.clone().filter(|it| !it.is_empty()),
        created_ms: ctx.now_ms,
        created_by: ctx.actor.account_id().map(|id| id.0),
        created_by_name: Some(ctx.actor.name().to_owned()),
        decided_ms: None,
        decided_by: None,
        decided_by_name: None,
        reason: None,
    })
}

/// A revision in a new state, decided by the actor.
pub(super) fn decided(ctx: &OpCtx, row: RevisionRow, state: &str, reason: Option<String>) -> RevisionRow {
    RevisionRow {
        state: state.to_owned(),
        decided_ms: Some(ctx.now_ms),
        decided_by: ctx.actor.account_id().map(|id| id.0),
        decided_by_name: Some(ctx.actor.name().to_owned()),
        reason: reason.filter(|it| !it.is_empty()),
        ..row
    }
}
