//! What putting a revision in force would change: fires that appear, vanish, move or get another business date, and
//! runs that wait to begin though their fire would no longer be.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use domain::bizdate::BizDate;
use domain::calendar::{Calendars, Content};
use domain::id::{CalendarId, RunId, TenantId, WorkflowId};
use domain::schedule::impact::{Change, Side, changes};
use domain::schedule::{Fire, Schedule as Rule, ScheduleSpec};
use domain::workflow::Schedule;
use store::{run, schedule, workflow};

use super::{Calendar, usage};
use crate::Services;
use crate::ctx::OpCtx;
use crate::error::{Error, Result, Text};
use crate::schedule::plan;
use crate::workflow::Definition;

/// How far ahead fires are compared: a year and a month, so that a new year's days show whole.
const AHEAD_MS: i64 = 400 * 86_400_000;

/// How far back a fire is looked for that may have moved: no roll or usual shift goes further.
const BEHIND_MS: i64 = 62 * 86_400_000;

/// Most changes that are listed.
const MOST_CHANGES: usize = 500;

/// Most workflows whose fires are compared; the calendars of the firm may have more.
const MOST_WORKFLOWS: usize = 2_000;

/// What putting a revision in force would change.
#[derive(Clone, Debug, Default)]
pub struct Impact {
    /// How many schedules were compared.
    pub schedules: usize,
    /// Fires that change, in order of their instants.
    pub changes: Vec<FireChange>,
    /// There are more changes than are listed, or more workflows than were compared.
    pub more: bool,
    /// How many workflows use the calendar that the actor may not see; told only to whoever may put it in force.
    pub elsewhere: usize,
    /// Runs made by a schedule that have not begun.
    pub runs: Vec<AffectedRun>,
}

/// A fire that changes.
#[derive(Clone, Debug)]
pub struct FireChange {
    /// Its workflow.
    pub workflow: workflow::Row,
    /// The schedule's name.
    pub schedule: String,
    /// What becomes of it.
    pub change: Change,
}

/// A run that waits to begin, whose fire the change touches.
#[derive(Clone, Debug)]
pub struct AffectedRun {
    /// Its tenant.
    pub tenant: TenantId,
    /// The run.
    pub run: RunId,
    /// What has become of its fire.
    pub reason: Text,
    /// Whether it is proposed to stop it; otherwise it is to go on.
    pub cancel: bool,
}

/// What putting a revision in force would change, from now on, as far as the actor may see it.
///
/// # Errors
/// As [`super::find_revision`].
pub async fn impact(services: &Services, ctx: &OpCtx, tenant: TenantId, id: CalendarId, number: i32) -> Result<Impact> {
    let (calendar, revision) = super::find_revision(services, ctx, tenant, id, number).await?;
    let content = super::content(&calendar.row, &revision)?;
    of_content(services, ctx, &calendar, &content).await
}

/// The same for a content that is not stored.
pub(super) async fn of_content(
    services: &Services,
    ctx: &OpCtx,
    calendar: &Calendar,
    content: &Content,
) -> Result<Impact> {
    resolvable(services, calendar, content).await?;
    let users = usage::users(services, calendar).await?;
    let affected = affected(services, &users).await?;
    let mut seen = Vec::new();
    for part in affected.chunk_by(|one, other| one.tenant() == other.tenant()) {
        let ids: Vec<WorkflowId> = part.iter().map(|it| WorkflowId(it.workflow.id)).collect();
        let mut visible = HashSet::new();
        for ids in ids.chunks(store::BATCH) {
            let rows = crate::workflow::get_many(services, ctx, part[0].tenant(), ids).await?;
            visible.extend(rows.into_iter().map(|row| row.id));
        }
        seen.extend(part.iter().filter(|it| visible.contains(&it.workflow.id)));
    }
    let told = super::may_activate(services, ctx, calendar.tenant()).await?;
    let mut impact = Impact {
        elsewhere: if told { affected.len() - seen.len() } else { 0 },
        more: seen.len() > MOST_WORKFLOWS,
        ..Impact::default()
    };
    let mut sets = HashMap::new();
    for affected in seen.into_iter().take(MOST_WORKFLOWS) {
        let (before, after) = match sets.get(&affected.tenant()) {
            Some(known) => Clone::clone(known),
            None => {
                let pair = both(services, affected.tenant(), calendar, content).await?;
                sets.entry(affected.tenant()).or_insert(pair).clone()
            }
        };
        compare(services, affected, &calendar.row.name_key, (&before, &after), ctx.now_ms, &mut impact).await?;
    }
    impact.changes.sort_by_key(|it| it.change.instant_ms());
    impact.more |= impact.changes.len() > MOST_CHANGES;
    impact.changes.truncate(MOST_CHANGES);
    Ok(impact)
}

/// The calendars of a tenant as they are, and as they would be.
pub(super) async fn both(
    services: &Services,
    tenant: TenantId,
    calendar: &Calendar,
    content: &Content,
) -> Result<(Arc<Calendars>, Arc<Calendars>)> {
    let before = services.calendars_now(tenant).await?;
    let (after, _) = before.overlaid([(calendar.row.name.clone(), content.clone())]);
    Ok((before, Arc::new(after)))
}

/// Whether everything that could be named before still can with a content in force.
///
/// # Errors
/// [`Error::Invalid`] with what no longer could.
pub(super) async fn resolvable(services: &Services, calendar: &Calendar, content: &Content) -> Result<()> {
    let mut tenants = vec![calendar.tenant()];
    if calendar.tenant() == TenantId::PLATFORM {
        tenants.extend(usage::tenants_with_calendars(services).await?);
    }
    for tenant in tenants {
        let before = services.calendars_now(tenant).await?;
        let (after, refused) = before.overlaid([(calendar.row.name.clone(), content.clone())]);
        if let Some((_, error)) = refused.into_iter().next() {
            return Err(super::unresolved("revision", &error));
        }
        let lost = before.names().find(|name| before.get(name).is_ok() && after.get(name).is_err());
        if let Some(name) = lost {
            // Another department's name stays there.
            let named = if tenant == calendar.tenant() { name } else { "…" };
            let text = Text::new(
                format!("The calendar {named}, which rests on this one, could no longer be used."),
                format!("依赖它的日历 {named} 将无法使用。"),
            );
            return Err(Error::invalid("revision", text));
        }
    }
    Ok(())
}

/// A workflow with its schedules that have not ended.
pub(super) struct Affected {
    pub(super) workflow: workflow::Row,
    pub(super) schedules: Vec<schedule::Row>,
}

impl Affected {
    pub(super) fn tenant(&self) -> TenantId {
        TenantId(self.workflow.tenant_id)
    }
}

/// The workflows of some keys that are not archived, with their schedules, by tenant.
pub(super) async fn affected(services: &Services, users: &[(TenantId, WorkflowId)]) -> Result<Vec<Affected>> {
    let db = services.store().read();
    let mut found = Vec::new();
    for part in users.chunk_by(|(one, _), (other, _)| one == other) {
        let tenant = part[0].0;
        let mut schedules: BTreeMap<i64, Vec<schedule::Row>> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = schedule::list(db, tenant, after, store::page::MAX_PAGE).await?;
            after = page.items.last().map(|row| row.id.into());
            for row in page.items {
                schedules.entry(row.workflow_id).or_default().push(row);
            }
            if !page.has_next {
                break;
            }
        }
        let ids: Vec<WorkflowId> = part.iter().map(|(_, workflow)| *workflow).collect();
        for ids in ids.chunks(store::BATCH) {
            let rows = workflow::get_many(db, tenant, ids).await?;
            let rows = rows.into_iter().filter(|row| row.archived_ms.is_none());
            found.extend(
                rows.map(|workflow| Affected {
                    schedules: schedules.remove(&workflow.id).unwrap_or_default(),
                    workflow,
                }),
            );
        }
    }
    Ok(found)
}

/// Adds what changes for one workflow.
async fn compare(
    services: &Services,
    affected: &Affected,
    key: &str,
    (before, after): (&Arc<Calendars>, &Arc<Calendars>),
    now_ms: i64,
    impact: &mut Impact,
) -> Result<()> {
    let (tenant, id) = (affected.tenant(), WorkflowId(affected.workflow.id));
    let definition = services.definition(tenant, id, affected.workflow.current_version).await?;
    let queued = run::queued_of(services.store().read(), tenant, id, 100).await?;
    for row in affected.schedules.iter().filter(|row| rests(row, &definition, before, key)) {
        let Some((old, new)) = compiled(row, before, after) else { continue };
        impact.schedules += 1;
        let dated = dates(&definition, after);
        let of_schedule = queued.iter().filter(|run| run.schedule_id == Some(row.id));
        impact.runs.extend(of_schedule.filter_map(|run| waiting(run, &new, &dated)));
        if affected.workflow.enabled {
            let (definition, before, after, decided_ms) =
                (definition.clone(), before.clone(), after.clone(), row.decided_ms);
            // A year of fires, twice: too long for the threads that answer requests.
            let found = tokio::task::spawn_blocking(move || {
                let (old_dates, new_dates) = (dates(&definition, &before), dates(&definition, &after));
                let old = Side { schedule: &old, date: &old_dates };
                let new = Side { schedule: &new, date: &new_dates };
                // A fire that has been decided may move to a day to come: then it was, and will not be again.
                let found = changes(&old, &new, now_ms - BEHIND_MS, now_ms + AHEAD_MS);
                let open = found.into_iter().filter(|change| is_open(change, decided_ms));
                open.take(MOST_CHANGES + 1).collect::<Vec<_>>()
            });
            let found = found.await.map_err(|error| Error::Internal(format!("comparing fires: {error}")))?;
            let (workflow, schedule) = (&affected.workflow, &row.name);
            let told = |change| FireChange { workflow: workflow.clone(), schedule: schedule.clone(), change };
            impact.changes.extend(found.into_iter().map(told));
        }
    }
    Ok(())
}

/// Whether a schedule, or the date of its runs, rests on the calendar of a key.
fn rests(row: &schedule::Row, definition: &Definition, calendars: &Calendars, key: &str) -> bool {
    let rule = serde_json::from_str::<Schedule>(&row.spec_json).ok().and_then(|spec| spec.to_rule());
    let named = rule.iter().flat_map(ScheduleSpec::calendars).cloned();
    let all = named.chain(definition.document.data_calendars());
    all.into_iter().any(|expr| calendars.rests_on(&expr).contains(key))
}

/// Whether a change is of a fire that has not been decided: on the side where it was, and where it would be. What would
/// be added before now is made up for at once, as far as the workflow's catch-up says so.
fn is_open(change: &Change, decided_ms: i64) -> bool {
    match (&change.before, &change.after) {
        (Some((before, _)), _) => before.instant_ms > decided_ms,
        (None, Some((after, _))) => after.instant_ms > decided_ms,
        (None, None) => false,
    }
}

fn compiled(row: &schedule::Row, before: &Calendars, after: &Calendars) -> Option<(Rule, Rule)> {
    let spec: Schedule = serde_json::from_str(&row.spec_json).ok().filter(|spec: &Schedule| spec.enabled)?;
    let rule = spec.to_rule()?;
    Some((Rule::compile(&rule, before).ok()?, Rule::compile(&rule, after).ok()?))
}

/// The business dates of a workflow's fires.
fn dates<'a>(definition: &'a Definition, calendars: &'a Calendars) -> impl Fn(&Fire) -> Option<BizDate> + 'a {
    let rule = definition.document.spec.business_date.as_ref();
    move |fire: &Fire| plan::business_date(calendars, rule, fire.day).ok()
}

/// What becomes of a run that waits to begin.
fn waiting(run: &run::Row, after: &Rule, date: &impl Fn(&Fire) -> Option<BizDate>) -> Option<AffectedRun> {
    let fire_ms = run.fire_ms?;
    let fire = after.fires(fire_ms, fire_ms + 1).find_map(Result::ok);
    let (reason, cancel) = match fire.map(|fire| date(&fire)) {
        None => (Text::new("Its schedule would no longer fire at that instant.", "其定时在该时刻将不再触发。"), true),
        Some(Some(date)) if date.to_string() == run.business_date => return None,
        Some(date) => {
            let date = date.map(|date| date.to_string()).unwrap_or_default();
            let en = format!("Its fire would be for {date}; it keeps the date it was made with.");
            (Text::new(en, format!("该次触发将对应 {date}；实例保留创建时的业务日期。")), false)
        }
    };
    Some(AffectedRun { tenant: TenantId(run.tenant_id), run: RunId(run.id), reason, cancel })
}
