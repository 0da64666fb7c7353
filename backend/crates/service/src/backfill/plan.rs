//! What a backfill would do: its dates, the workflows downstream, what is in place already and what becomes of it.
//! Nothing is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::access::Permission;
use domain::backfill::{self, Action, Choice, Choices, InPlace, NoDate, Order, VersionChoice, downstream};
use domain::bizdate::BizDate;
use domain::error::{ErrorCode, Lang};
use domain::id::{BackfillId, ProjectId, RunId, TenantId, WorkflowId};
use domain::run::RunState;
use domain::workflow::{Priority, TaskKind};
use serde_json::{Map, Value};
use store::{run, workflow};

use crate::Services;
use crate::authz::Scope;
use crate::ctx::OpCtx;
use crate::error::{Error, FieldError, Result, Text};
use crate::run::scope::Surroundings;
use crate::workflow::Definition;

/// The calendar when neither the asker nor the workflow names one.
const EVERY_DAY: &str = "DAILY";

/// What was chosen for a single date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnChoice {
    /// For this workflow only; for all of the date when absent.
    pub workflow: Option<WorkflowId>,
    /// The date.
    pub date: BizDate,
    /// What becomes of it.
    pub choice: Choice,
}

/// A backfill that somebody asks for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The workflow's tenant.
    pub tenant: TenantId,
    /// The workflow.
    pub workflow: WorkflowId,
    /// The first day.
    pub from: BizDate,
    /// The last day.
    pub to: BizDate,
    /// Whose open days are the dates; that of the workflow's business date when absent, else every day.
    pub calendar: Option<String>,
    /// The direction.
    pub order: Order,
    /// How many runs are at work at once.
    pub parallelism: i32,
    /// With which versions.
    pub version: VersionChoice,
    /// Values for parameters; a workflow downstream gets those that it declares.
    pub params: Map<String, Value>,
    /// Whether the workflows that wait for this one are done, too.
    pub downstream: bool,
    /// The rank of its runs among waiting work; the lowest when absent.
    pub priority: Option<Priority>,
    /// What becomes of dates that have something in their place.
    pub choices: Choices,
    /// What was chosen for single dates.
    pub own: Vec<OwnChoice>,
}

/// A workflow of the plan.
#[derive(Clone, Debug)]
pub struct PlannedMember {
    /// The workflow.
    pub workflow: workflow::Row,
    /// The workflows of the plan that it comes after.
    pub needs: Vec<WorkflowId>,
}

/// A date of the plan for one of its workflows.
#[derive(Clone, Debug)]
pub struct PlannedItem {
    /// The workflow, by its place among the members.
    pub member: usize,
    /// The date.
    pub date: BizDate,
    /// The version that would run.
    pub version: i32,
    /// What would be done; `None`: a person has to choose first.
    pub action: Option<Action>,
    /// The newest run of the date.
    pub run: Option<run::Row>,
    /// Another backfill that has the date before it.
    pub other: Option<BackfillId>,
}

/// What a backfill would do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The calendar whose open days are the dates.
    pub calendar: String,
    /// The workflow, then those downstream of it, each after what it needs.
    pub members: Vec<PlannedMember>,
    /// What would be done, in order.
    pub items: Vec<PlannedItem>,
    /// The days of the range that are no dates.
    pub without: Vec<NoDate>,
    /// How many workflows downstream are left out because the asker may not see them.
    pub hidden: usize,
}

impl Plan {
    /// How many items have this action; `None`: are blocked.
    #[must_use]
    pub fn count(&self, action: Option<Action>) -> usize {
        self.items.iter().filter(|item| item.action == action).count()
    }
}

/// Tells what a backfill would do.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Denied`] without the right to start runs of all its workflows; [`Error::Invalid`].
pub async fn plan(services: &Services, ctx: &OpCtx, ask: &Ask) -> Result<Plan> {
    let root = crate::workflow::changeable(services, ctx, ask.tenant, ask.workflow, Permission::RunStart).await?;
    checked(ask)?;
    let definition = services.definition(ask.tenant, ask.workflow, root.current_version).await?;
    let calendars = services.calendars_now(ask.tenant).await?;
    let named = definition.document.spec.business_date.as_ref().map(|it| it.calendar.clone());
    let name = ask.calendar.clone().filter(|it| !it.trim().is_empty()).or(named).unwrap_or(EVERY_DAY.to_owned());
    let calendar = calendars.resolve_text(&name).map_err(|error| {
        let text = Text::new(error.text(Lang::En), error.text(Lang::Zh));
        Error::Invalid(vec![FieldError::new("calendar", ErrorCode::CalendarUnknown, text)])
    })?;
    let days = backfill::dates(&calendar, ask.from, ask.to, ask.order);
    let (members, hidden) = members(services, ctx, ask, root).await?;
    if days.dates.len() * members.len() > backfill::MOST_ITEMS {
        let text = Text::new("At most 10,000 dates of workflows at once.", "一次最多 10000 个“日期 × 工作流”。");
        return Err(Error::Invalid(vec![FieldError::new("to", ErrorCode::TooMany, text)]));
    }
    check_params(services, ask, &members).await?;
    let current = members.iter().map(|it| (WorkflowId(it.workflow.id), it.workflow.current_version));
    room(services, ask.tenant, &current.collect::<Vec<_>>(), ask.parallelism).await?;
    let mut in_place = Vec::with_capacity(members.len());
    for member in &members {
        in_place.push(InPlaceByDate::read(services, ask, WorkflowId(member.workflow.id)).await?);
    }
    let items = days.dates.iter().flat_map(|date| {
        let of = |member: usize| item(ask, &members[member], member, *date, &in_place[member]);
        (0..members.len()).map(of).collect::<Vec<_>>()
    });
    let items = items.collect();
    Ok(Plan { calendar: name, members, items, without: days.without, hidden })
}

fn checked(ask: &Ask) -> Result<()> {
    if ask.to < ask.from {
        return Err(Error::invalid("to", Text::new("The last day is before the first.", "结束日期早于开始日期。")));
    }
    if ask.to.days_since(ask.from) >= backfill::MOST_DAYS {
        let text = Text::new("A range has at most 4,000 days.", "区间最多 4000 天。");
        return Err(Error::Invalid(vec![FieldError::new("to", ErrorCode::TooMany, text)]));
    }
    parallel(ask.parallelism)
}

/// Whether so many runs may be at work at once.
pub(super) fn parallel(parallelism: i32) -> Result<()> {
    if (1..=backfill::MOST_PARALLEL).contains(&parallelism) {
        return Ok(());
    }
    let text = Text::new("From 1 to 100 runs at once.", "并行数须为 1 到 100。");
    Err(Error::invalid("parallelism", text))
}

/// The workflows, each of which the actor may start runs of, and how many others there would be.
async fn members(
    services: &Services,
    ctx: &OpCtx,
    ask: &Ask,
    root: workflow::Row,
) -> Result<(Vec<PlannedMember>, usize)> {
    if !ask.downstream {
        return Ok((vec![PlannedMember { workflow: root, needs: Vec::new() }], 0));
    }
    let definitions = current(services, ask.tenant).await?;
    let all = awaits(&definitions);
    let visible = ctx.visible_projects(services, ask.tenant, Permission::WorkflowRead).await?;
    let mut seen = all.clone();
    seen.retain(|id, _| visible.contains(&ProjectId(definitions[id].0.project_id)));
    let count = downstream::downstream(ask.workflow, &all).len();
    let members = downstream::downstream(ask.workflow, &seen);
    let hidden = count.saturating_sub(members.len());
    let mut planned = Vec::with_capacity(members.len());
    for member in members {
        let Some((row, _)) = definitions.get(&member.workflow) else { continue };
        let scope = Scope::project(ask.tenant, ProjectId(row.project_id));
        ctx.require(services, Permission::RunStart, scope).await?;
        planned.push(PlannedMember { workflow: row.clone(), needs: member.needs });
    }
    Ok((planned, hidden))
}

type Current = BTreeMap<WorkflowId, (workflow::Row, Arc<Definition>)>;

/// The current versions of all workflows of a tenant.
async fn current(services: &Services, tenant: TenantId) -> Result<Current> {
    let whole = [run::Visible { tenant, projects: None }];
    let mut found = Current::new();
    let mut after: Option<workflow::After> = None;
    loop {
        let db = services.store().read();
        let page =
            workflow::list(db, &whole, workflow::Which::default(), after.as_ref(), store::page::MAX_PAGE).await?;
        after = page.items.last().map(|row| workflow::After { name: row.name.clone(), id: WorkflowId(row.id) });
        for row in page.items {
            let id = WorkflowId(row.id);
            let definition = services.definition(tenant, id, row.current_version).await?;
            found.insert(id, (row, definition));
        }
        if !page.has_next {
            return Ok(found);
        }
    }
}

/// Which workflows each workflow waits for.
fn awaits(definitions: &Current) -> BTreeMap<WorkflowId, BTreeSet<WorkflowId>> {
    let names: BTreeMap<(&str, &str), WorkflowId> =
        definitions.iter().map(|(id, (_, it))| ((it.project_slug.as_str(), it.name.as_str()), *id)).collect();
    let of = |definition: &Definition| {
        let awaited = definition.document.spec.tasks.values().filter_map(|task| match &task.kind {
            TaskKind::WaitFor(wait) => wait.run.as_ref(),
            _ => None,
        });
        let target = |name: &str| {
            let key = name.split_once('/').unwrap_or((definition.project_slug.as_str(), name));
            names.get(&key).copied()
        };
        awaited.filter_map(|awaited| target(&awaited.workflow)).collect::<BTreeSet<_>>()
    };
    definitions.iter().map(|(id, (_, definition))| (*id, of(definition))).collect()
}

/// The given parameters that a workflow of a backfill gets: all for the one it is about, those it declares for others.
pub(super) fn params_of(definition: &Definition, is_root: bool, given: &Map<String, Value>) -> Map<String, Value> {
    let declared = |name: &str| definition.document.spec.params.iter().any(|decl| decl.name == name);
    let own = given.iter().filter(|(name, _)| is_root || declared(name));
    own.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether so many runs of the workflows may be at work at once without ending each other.
pub(super) async fn room(
    services: &Services,
    tenant: TenantId,
    workflows: &[(WorkflowId, i32)],
    parallelism: i32,
) -> Result<()> {
    for (id, version) in workflows {
        let definition = services.definition(tenant, *id, *version).await?;
        let most = definition.max_active_runs().filter(|_| definition.cancels_running());
        if let Some(most) = most.filter(|most| *most < parallelism) {
            let name = &definition.name;
            let text = Text::new(
                format!("A new run of “{name}” ends older ones: at most {most} at once."),
                format!("“{name}”的新实例会终止旧实例，并行数最多为 {most}。"),
            );
            return Err(Error::invalid("parallelism", text));
        }
    }
    Ok(())
}

async fn check_params(services: &Services, ask: &Ask, members: &[PlannedMember]) -> Result<()> {
    let calendars = services.calendars(ask.tenant).await?;
    for (at, member) in members.iter().enumerate() {
        let id = WorkflowId(member.workflow.id);
        let definition = services.definition(ask.tenant, id, member.workflow.current_version).await?;
        let around = Surroundings::of(services.store().read(), &definition, calendars.clone()).await?;
        definition.params(&params_of(&definition, at == 0, &ask.params), &around.project)?;
    }
    Ok(())
}

/// What is in the place of the dates of a workflow.
struct InPlaceByDate {
    runs: BTreeMap<String, run::Row>,
    others: BTreeMap<String, BackfillId>,
}

impl InPlaceByDate {
    async fn read(services: &Services, ask: &Ask, workflow: WorkflowId) -> Result<Self> {
        let (db, from, to) = (services.store().read(), ask.from.to_string(), ask.to.to_string());
        let range = (from.as_str(), to.as_str());
        let ids: Vec<RunId> = run::newest_of_dates(db, ask.tenant, workflow, range).await?;
        let mut runs = BTreeMap::new();
        for ids in ids.chunks(store::BATCH) {
            let rows = run::get_many(db, ask.tenant, ids).await?;
            runs.extend(rows.into_iter().map(|row| (row.business_date.clone(), row)));
        }
        let others = store::backfill::open_dates(db, ask.tenant, workflow, range).await?;
        Ok(Self { runs, others: others.into_iter().map(|(date, id)| (date, BackfillId(id))).collect() })
    }
}

fn item(ask: &Ask, member: &PlannedMember, at: usize, date: BizDate, in_place: &InPlaceByDate) -> PlannedItem {
    let key = date.to_string();
    let (run, other) = (in_place.runs.get(&key).cloned(), in_place.others.get(&key).copied());
    let state = run.as_ref().map(|row| RunState::parse(&row.state).unwrap_or(RunState::Queued));
    let found = match (state, other) {
        (Some(state), None) => Some(InPlace::Run(state)),
        (Some(state), Some(_)) if !state.is_final() => Some(InPlace::Run(state)),
        (_, Some(_)) => Some(InPlace::OtherBackfill),
        (None, None) => None,
    };
    let id = WorkflowId(member.workflow.id);
    let own = ask.own.iter().filter(|own| own.date == date && own.workflow.is_none_or(|it| it == id));
    let own = own.max_by_key(|own| own.workflow.is_some()).map(|own| own.choice);
    let version = match (ask.version, &run) {
        (VersionChoice::Original, Some(run)) => run.version,
        _ => member.workflow.current_version,
    };
    PlannedItem { member: at, date, version, action: backfill::planned(found, ask.choices, own), run, other }
}
