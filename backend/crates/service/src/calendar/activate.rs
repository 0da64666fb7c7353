//! Putting a revision in force, and changing a single day at once.
//!
//! The revision's state, the calendar, the stamp by which other nodes learn of it, and the audit event are written in one
//! transaction. Schedules that rest on the calendar are then planned anew, each by itself, so that neither their number
//! nor those that fire meanwhile stand in the way of an exchange that closes at 09:05. A calendar remembers by which
//! revision its schedules have been planned: [`super::replan::tick`] finishes what a crash left. A schedule that fires
//! before its turn decides by the days that are in force when it does.
//!
//! Runs that wait to begin are stopped afterwards, one by one, as their operator would: only those that the person named.

use domain::access::Permission;
use domain::bizdate::BizDate;
use domain::calendar::base::{DayRule, RuleStatus};
use domain::calendar::{Content, Session};
use domain::error::{ErrorCode, Lang};
use domain::id::{CalendarId, RunId, TenantId};
use serde_json::json;
use store::calendar::{self, ACTIVE, DRAFT, RevisionRow, Row, SUPERSEDED};

use super::draft::{decided, outdated};
use super::{Calendar, authorised};
use crate::Services;
use crate::audit::{self, AuditEntry};
use crate::ctx::{Actor, OpCtx};
use crate::error::{Error, FieldError, Result, Text};
use crate::run::Operation;
use crate::run::loaded::to_json;

/// The longest reason.
const REASON_LENGTH: usize = 1_000;

/// How far from today a day may be changed at once where a revision needs a second person.
const NEAR_DAYS: i32 = 7;

/// What was put in force.
#[derive(Clone, Debug)]
pub struct Activation {
    /// The calendar.
    pub calendar: Calendar,
    /// The revision that is in force now.
    pub revision: RevisionRow,
    /// Runs that could not be stopped, and why.
    pub kept: Vec<(TenantId, RunId, Text)>,
}

/// Puts a draft in force, and stops the runs named, which have not begun.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`]; [`Error::Invalid`] without a reason, and for the author of the draft where a
/// second person is needed; [`Error::Conflict`] when it is no draft, or another revision was put in force since it was
/// made.
pub async fn activate(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: CalendarId,
    number: i32,
    (reason, cancel): (String, &[(TenantId, RunId)]),
) -> Result<Activation> {
    let entry = AuditEntry::new(tenant, "calendar.activate", "calendar").id(id).reason(Some(reason.clone()));
    audit::attempt(services, ctx, entry.clone(), async {
        let calendar = authorised(services, ctx, tenant, id, Permission::CalendarActivate).await?;
        given(&reason)?;
        let found = calendar::find_revision(services.store().read(), tenant, id, number).await?;
        let draft = found.ok_or(Error::NotFound { kind: "calendar revision" })?;
        if draft.state != DRAFT {
            return Err(Error::Conflict { kind: "calendar revision" });
        }
        if draft.based_on != calendar.row.active_revision {
            return Err(outdated(calendar.row.active_revision));
        }
        second_person(ctx, &calendar.row, &draft)?;
        let revision = decided(ctx, draft, ACTIVE, Some(reason.clone()));
        let row = Row { active_revision: Some(number), changed_ms: ctx.now_ms, ..calendar.row.clone() };
        let step = Step { before: &calendar, row, revision, is_new: false };
        put_in_force(services, ctx, &step, entry).await?;
        stop_runs(services, ctx, &reason, cancel, step).await
    })
    .await
}

/// Opens or closes one day of a calendar at once: an exchange that closes at 09:05. It needs no second person; its
/// reason is audited.
///
/// # Errors
/// As [`activate`]; [`Error::Invalid`] for a derived calendar.
pub async fn override_day(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: CalendarId,
    (date, status): (BizDate, RuleStatus),
    (reason, cancel): (String, &[(TenantId, RunId)]),
) -> Result<Activation> {
    change_day(services, ctx, tenant, id, (date, Some(status)), (reason, cancel)).await
}

/// Takes the change of one day back: what is published holds again.
///
/// # Errors
/// As [`override_day`].
pub async fn clear_day(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: CalendarId,
    date: BizDate,
    reason: String,
) -> Result<Activation> {
    change_day(services, ctx, tenant, id, (date, None), (reason, &[])).await
}

async fn change_day(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: CalendarId,
    (date, status): (BizDate, Option<RuleStatus>),
    (reason, cancel): (String, &[(TenantId, RunId)]),
) -> Result<Activation> {
    let entry = AuditEntry::new(tenant, "calendar.override", "calendar").id(id).reason(Some(reason.clone()));
    audit::attempt(services, ctx, entry.clone(), async {
        let calendar = authorised(services, ctx, tenant, id, Permission::CalendarActivate).await?;
        given(&reason)?;
        near(ctx, &calendar.row, date)?;
        let number = calendar.row.last_revision + 1;
        let content = with_day(&calendar, number, date, status.as_ref(), &reason)?;
        let revision = RevisionRow {
            tenant_id: tenant.0,
            calendar_id: id.0,
            number,
            state: ACTIVE.to_owned(),
            content_json: to_json(&content),
            based_on: calendar.row.active_revision,
            source: Some(if status.is_some() {
                format!("override {date}")
            } else {
                format!("override {date} taken back")
            }),
            note: None,
            created_ms: ctx.now_ms,
            created_by: ctx.actor.account_id().map(|id| id.0),
            created_by_name: Some(ctx.actor.name().to_owned()),
            decided_ms: None,
            decided_by: None,
            decided_by_name: None,
            reason: None,
        };
        let revision = decided(ctx, revision, ACTIVE, Some(reason.clone()));
        let row = Row {
            active_revision: Some(number),
            last_revision: number,
            changed_ms: ctx.now_ms,
            ..calendar.row.clone()
        };
        let step = Step { before: &calendar, row, revision, is_new: true };
        put_in_force(services, ctx, &step, entry).await?;
        stop_runs(services, ctx, &reason, cancel, step).await
    })
    .await
}

/// The content in force with one day changed.
fn with_day(
    calendar: &Calendar,
    number: i32,
    date: BizDate,
    status: Option<&RuleStatus>,
    reason: &str,
) -> Result<Content> {
    let active = calendar.active.as_ref().ok_or(Error::Conflict { kind: "calendar" })?;
    let Content::Base(mut definition) = super::content(&calendar.row, active)? else {
        let text = Text::new(
            "A derived calendar has no days of its own: change the calendars it is made of.",
            "派生日历没有自己的日期，请修改其来源日历。",
        );
        return Err(Error::invalid("calendar", text));
    };
    definition.revision = number.unsigned_abs();
    let listed = definition.overrides.len();
    definition.overrides.retain(|rule| rule.date != date);
    if let Some(status) = status {
        let reason = Some(reason.trim().chars().take(200).collect::<String>().into());
        definition.overrides.push(DayRule { date, status: status.clone(), reason });
        definition.overrides.sort_by_key(|rule| rule.date);
    } else if definition.overrides.len() == listed {
        let text = Text::new(format!("{date} has not been changed by hand."), format!("{date} 没有人工改动。"));
        return Err(Error::invalid("date", text));
    }
    let content = Content::Base(definition);
    let read = Content::read(&calendar.row.name, number.unsigned_abs(), &content.to_json());
    read.map_err(|error| Error::invalid("date", Text::new(error.text(Lang::En), error.text(Lang::Zh))))
}

/// The status of a day that is opened or closed by hand.
///
/// # Errors
/// [`Error::Invalid`] when it is to close before it opens.
pub fn day_status(open: bool, hours: Session) -> Result<RuleStatus> {
    if hours.open.zip(hours.close).is_some_and(|(open, close)| close <= open) {
        let text = Text::new("The day must close after it opens.", "收市时间须晚于开市时间。");
        return Err(Error::invalid("closesAt", text));
    }
    Ok(match open {
        false => RuleStatus::Closed,
        true if hours == Session::default() => RuleStatus::Open,
        true => RuleStatus::Hours(hours),
    })
}

/// A day far away is no emergency: where a second person is needed it takes a draft.
fn near(ctx: &OpCtx, row: &Row, date: BizDate) -> Result<()> {
    let today = chrono::DateTime::from_timestamp_millis(ctx.now_ms).map(|now| now.date_naive());
    let far = today.and_then(BizDate::from_naive).is_none_or(|today| date.days_since(today).abs() > NEAR_DAYS);
    if row.second_person && far {
        let text = Text::new(
            format!("At once only days within {NEAR_DAYS} days of today are changed: make a draft for others."),
            format!("只能即时修改今天前后 {NEAR_DAYS} 天内的日期，其他日期请使用草稿。"),
        );
        return Err(Error::Invalid(vec![FieldError::new("date", ErrorCode::Denied, text)]));
    }
    Ok(())
}

/// A reason that must be given.
pub(super) fn given(reason: &str) -> Result<()> {
    if reason.trim().is_empty() { Err(no_reason()) } else { within(Some(reason)) }
}

/// A reason that may be given.
pub(super) fn within(reason: Option<&str>) -> Result<()> {
    if reason.is_some_and(|reason| reason.chars().count() > REASON_LENGTH) { Err(no_reason()) } else { Ok(()) }
}

fn no_reason() -> Error {
    let text = Text::new(
        format!("Give a reason of at most {REASON_LENGTH} characters."),
        format!("请填写原因，最多 {REASON_LENGTH} 个字符。"),
    );
    Error::invalid("reason", text)
}

fn second_person(ctx: &OpCtx, row: &Row, draft: &RevisionRow) -> Result<()> {
    let author = draft.created_by.is_some() && draft.created_by == ctx.actor.account_id().map(|id| id.0);
    if row.second_person && author && !matches!(ctx.actor, Actor::System(_)) {
        let text =
            Text::new("You made this draft: somebody else must put it in force.", "该草稿由您创建，须由他人复核启用。");
        return Err(Error::Invalid(vec![FieldError::new("revision", ErrorCode::Denied, text)]));
    }
    Ok(())
}

/// A revision on its way into force.
struct Step<'a> {
    before: &'a Calendar,
    row: Row,
    revision: RevisionRow,
    /// It is not stored yet.
    is_new: bool,
}

async fn put_in_force(services: &Services, ctx: &OpCtx, step: &Step<'_>, entry: AuditEntry) -> Result<()> {
    let content = super::content(&step.row, &step.revision)?;
    super::impact::resolvable(services, step.before, &content).await?;
    let old = step.before.row.active_revision;
    let entry = &entry
        .name(&step.row.name)
        .before(json!({ "revision": old }))
        .after(json!({ "revision": step.revision.number, "source": step.revision.source }));
    let written: Result<()> = services.store().write(|tx| Box::pin(write(tx, ctx, step, entry))).await;
    written.map_err(|error| error.or_changed("calendar"))?;
    services.calendar_cache().invalidate();
    // What was committed stands; the loop goes on with the planning where this left off.
    if let Err(error) = super::replan::replan(services, &step.row).await {
        tracing::warn!(calendar = step.row.name, %error, "schedules are planned anew later");
    }
    Ok(())
}

async fn write(tx: &store::Tx<'_>, ctx: &OpCtx, step: &Step<'_>, entry: &AuditEntry) -> Result<()> {
    calendar::save(tx, step.before.row.revision, &step.row).await?;
    if let Some(active) = &step.before.active {
        let before = RevisionRow { state: SUPERSEDED.to_owned(), ..active.clone() };
        calendar::save_revision(tx, ACTIVE, &before).await?;
    }
    if step.is_new {
        calendar::insert_revision(tx, step.revision.clone()).await?;
    } else {
        calendar::save_revision(tx, DRAFT, &step.revision).await?;
    }
    calendar::raise_stamp(tx, step.before.tenant()).await?;
    audit::record(tx, ctx, entry).await
}

/// Stops the runs that were named, as far as the actor may.
async fn stop_runs(
    services: &Services,
    ctx: &OpCtx,
    reason: &str,
    cancel: &[(TenantId, RunId)],
    step: Step<'_>,
) -> Result<Activation> {
    let mut kept = Vec::new();
    for (tenant, run) in cancel {
        if let Err(error) = crate::run::operate(services, ctx, (*tenant, *run), &Operation::Stop, reason).await {
            kept.push((*tenant, *run, Text::new(error.message(Lang::En), error.message(Lang::Zh))));
        }
    }
    let Step { row, revision, .. } = step;
    Ok(Activation { calendar: Calendar { row, active: Some(revision.clone()) }, revision, kept })
}
