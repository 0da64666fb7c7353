//! What templates and conditions of a run see, and what an attempt is executed with.

use std::sync::Arc;

use domain::bizdate::BizDate;
use domain::bizdate::dolphin::Moment;
use domain::calendar::Calendars;
use domain::error::{ErrorCode, Lang};
use domain::id::{AttemptKey, RunId, TenantId};
use domain::param::{self, RunFacts, Scope, TemplateError};
use domain::run::{Conditions, Run};
use domain::workflow::spec::OnTimeout;
use domain::workflow::{Task, TaskKind};
use serde_json::{Map, Value};
use store::{Conn, job, run};

use crate::error::{Error, FieldError, Result, Text};
use crate::run::loaded::{LoadedRun, inconsistent, parse_json};
use crate::schedule::plan;
use crate::workflow::Definition;

/// An attempt ready to be executed: all templates are filled in.
#[derive(Clone, Debug)]
pub struct TaskScope {
    /// Which attempt.
    pub key: AttemptKey,
    /// The epoch of its claim.
    pub epoch: i64,
    /// The workflow's name.
    pub workflow: String,
    /// The task's name.
    pub task: String,
    /// The task's type, its texts filled in.
    pub kind: TaskKind,
    /// Variables for the task.
    pub env: Vec<(String, String)>,
    /// It is stopped when it takes longer.
    pub timeout_ms: Option<i64>,
    /// It goes on, marked, when it takes longer.
    pub warn_after_ms: Option<i64>,
}

impl TaskScope {
    /// What the attempt of a claimed job is executed with.
    pub(crate) fn of(run: &LoadedRun, job: &job::Row) -> Result<Self> {
        let ordinal = u32::try_from(job.ordinal).map_err(|_| inconsistent("job", "ordinal", job.run_id))?;
        if run.machine.tasks().len() <= ordinal as usize {
            return Err(inconsistent("job", "ordinal", job.run_id));
        }
        let Some((name, task)) = run.definition.task(run.machine.planned_index(ordinal)) else {
            return Err(inconsistent("job", "ordinal", job.run_id));
        };
        let scope = task_scope(run, ordinal, task)?;
        let timeout_ms = task.timeout.map(domain::workflow::DurationMs::ms);
        let warns = task.on_timeout == OnTimeout::Warn;
        let key = AttemptKey {
            tenant: TenantId(job.tenant_id),
            run: RunId(job.run_id),
            ordinal: job.ordinal,
            number: job.attempt,
        };
        Ok(Self {
            key,
            epoch: job.fence,
            workflow: run.definition.name.clone(),
            task: name.to_owned(),
            kind: filled_in(&task.kind, &scope)?,
            env: environment(run, name, task, job, &scope)?,
            timeout_ms: timeout_ms.filter(|_| !warns),
            warn_after_ms: timeout_ms.filter(|_| warns),
        })
    }
}

/// What the templates of a task see, its own parameters over the run's.
pub(crate) fn task_scope(run: &LoadedRun, ordinal: u32, task: &Task) -> Result<Scope> {
    let mut scope = scope(&run.around, &run.row, &run.definition, &run.machine, Some(ordinal))?;
    scope.lay_over(&task.params).map_err(|(param, error)| unrendered(&format!("params.{param}"), &error))?;
    Ok(scope)
}

/// A task's type with its templates filled in.
fn filled_in(kind: &TaskKind, scope: &Scope) -> Result<TaskKind> {
    let mut kind = kind.clone();
    if let TaskKind::Shell(shell) = &mut kind {
        shell.script = render("script", &shell.script, scope)?;
    }
    Ok(kind)
}

pub(crate) fn render(field: &str, text: &str, scope: &Scope) -> Result<String> {
    param::render(text, scope).map_err(|error| unrendered(field, &error))
}

pub(crate) fn unrendered(field: &str, error: &TemplateError) -> Error {
    let zh = format!("第 {} 行第 {} 列：{}", error.line, error.column, error.text(Lang::Zh));
    let text = Text::new(error.to_string(), zh);
    Error::Invalid(vec![FieldError::new(field, ErrorCode::SpecValue, text)])
}

/// The variables of an attempt: the parameters, the workflow's and the task's own, Almanac's; later ones win.
fn environment(
    run: &LoadedRun,
    name: &str,
    task: &Task,
    job: &job::Row,
    scope: &Scope,
) -> Result<Vec<(String, String)>> {
    let definition = &run.definition;
    let date = scope.date;
    let calendar = scope.calendar.as_deref().and_then(|calendar| scope.calendars.resolve_text(calendar).ok());
    let mut env: Vec<(String, String)> =
        scope.params.iter().map(|(key, value)| (key.clone(), param::env_text(value))).collect();
    for (key, text) in definition.document.spec.env.iter().chain(&task.env) {
        env.push((key.clone(), render(&format!("env.{key}"), text, scope)?));
    }
    env.extend([
        ("ALMANAC_TENANT".to_owned(), definition.tenant_slug.clone()),
        ("ALMANAC_PROJECT".to_owned(), definition.project_slug.clone()),
        ("ALMANAC_WORKFLOW".to_owned(), definition.name.clone()),
        ("ALMANAC_RUN_ID".to_owned(), job.run_id.to_string()),
        ("ALMANAC_TASK".to_owned(), name.to_owned()),
        ("ALMANAC_ATTEMPT".to_owned(), job.attempt.to_string()),
        ("ALMANAC_BUSINESS_DATE".to_owned(), date.to_string()),
        ("ALMANAC_BIZDATE".to_owned(), date.compact()),
    ]);
    if let Some(item) = &scope.item {
        env.push(("ALMANAC_ITEM".to_owned(), param::env_text(&item.value)));
        env.push(("ALMANAC_ITEM_INDEX".to_owned(), item.index.to_string()));
    }
    env.extend(param::flag::flags(date, calendar.as_ref()).map(|(name, holds)| (name.to_owned(), holds.to_string())));
    // The last of several values of a name.
    let mut seen = std::collections::HashSet::new();
    env.reverse();
    env.retain(|(key, _)| seen.insert(key.clone()));
    env.reverse();
    Ok(env)
}

/// What templates of a run may name that is not the run's own, as it was when the run was loaded.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    /// The calendars that were in force when the run was made.
    pub(crate) calendars: Arc<Calendars>,
    /// The project's parameters.
    pub(crate) project: Arc<Map<String, Value>>,
}

impl Surroundings {
    /// Those of a definition's runs, with calendars that are at hand.
    pub(crate) async fn of(db: &impl Conn, definition: &Definition, calendars: Arc<Calendars>) -> Result<Self> {
        let found = store::project::find(db, definition.tenant, definition.project).await?;
        let params = found.and_then(|project| project.params_json);
        let project = parse_json(params.as_deref(), "project", definition.project.0)?.unwrap_or_default();
        Ok(Self { calendars, project: Arc::new(project) })
    }
}

/// What the templates of a run see now.
pub(crate) fn scope(
    around: &Surroundings,
    row: &run::Row,
    definition: &Definition,
    machine: &Run,
    task: Option<u32>,
) -> Result<Scope> {
    let date: BizDate = row.business_date.parse().map_err(|_| inconsistent("run", "business_date", row.id))?;
    let mut scope = Scope::new(date, around.calendars.clone());
    let spec = &definition.document.spec;
    scope.calendar = spec.business_date.as_ref().map(|it| it.calendar.clone());
    let zone = plan::zone(&scope.calendars, &definition.document, row.fire_ms);
    scope.moment = match row.fire_ms {
        Some(fire_ms) => Moment::scheduled(date, fire_ms, zone),
        None => Moment::of_business_date(date, zone),
    };
    let values = parse_json::<Map<String, Value>>(row.params_json.as_deref(), "run", row.id)?.unwrap_or_default();
    scope.set_params(&spec.params, values, &around.project);
    for (planned, task) in machine.plan().tasks.iter().zip(machine.tasks()) {
        if let Some(outputs) = &task.outputs {
            scope.outputs.insert(planned.name.clone(), Value::Object(outputs.clone()));
        }
    }
    let failed_tasks = machine.failed_tasks().into_iter().map(str::to_owned).collect();
    scope.run = RunFacts { id: row.id.to_string(), failed_tasks };
    let item = task.and_then(|task| machine.tasks().get(task as usize)?.item.as_ref());
    scope.item = item.map(|item| param::Item { index: item.index, value: item.value.as_ref().clone() });
    Ok(scope)
}

/// The conditions of a run's tasks.
pub(crate) struct RunConditions<'a> {
    pub(crate) around: &'a Surroundings,
    pub(crate) row: &'a run::Row,
    pub(crate) definition: &'a Definition,
}

impl RunConditions<'_> {
    fn scope(&self, run: &Run, ordinal: u32, task: &Task) -> Result<Scope, String> {
        let scope = scope(self.around, self.row, self.definition, run, Some(ordinal));
        let mut scope = scope.map_err(|error| error.to_string())?;
        scope.lay_over(&task.params).map_err(|(param, error)| format!("params.{param}: {error}"))?;
        Ok(scope)
    }
}

impl Conditions for RunConditions<'_> {
    fn holds(&self, run: &Run, ordinal: u32) -> Result<bool, String> {
        let Some((_, task)) = self.definition.task(ordinal) else { return Ok(true) };
        let Some(condition) = task.when.as_deref() else { return Ok(true) };
        param::evaluate(condition, &self.scope(run, ordinal, task)?).map_err(|error| error.to_string())
    }

    fn branch(&self, run: &Run, ordinal: u32) -> Result<usize, String> {
        let Some((_, task)) = self.definition.task(ordinal) else { return Ok(0) };
        let TaskKind::Switch(switch) = &task.kind else { return Ok(0) };
        let scope = self.scope(run, ordinal, task)?;
        for (index, case) in switch.cases.iter().enumerate() {
            let holds = param::evaluate(&case.when, &scope);
            if holds.map_err(|error| format!("cases[{index}].when: {error}"))? {
                return Ok(index);
            }
        }
        Ok(switch.cases.len())
    }

    fn items(&self, run: &Run, ordinal: u32) -> Result<Vec<Value>, String> {
        let Some((_, task)) = self.definition.task(ordinal) else { return Ok(Vec::new()) };
        let Some(list) = &task.for_each else { return Ok(Vec::new()) };
        param::items(list, &self.scope(run, ordinal, task)?).map_err(|error| format!("for_each: {error}"))
    }
}
