//! A version of a workflow, read once and kept: versions never change.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use domain::bizdate::BizDate;
use domain::calendar::Calendars;
use domain::error::{ErrorCode, Lang};
use domain::id::{ProjectId, TenantId, WorkflowId};
use domain::run::Plan;
use domain::workflow::spec::Overlap;
use domain::workflow::{Document, Priority, Task};
use serde_json::{Map, Value};

use crate::Services;
use crate::error::{Error, FieldError, Result, Text};
use crate::run::loaded::{inconsistent, to_json};
use crate::schedule::plan;

/// Most definitions in memory; a document is some 10 kB.
const MOST: usize = 2_000;

/// What a run needs to know of the version it runs.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) tenant: TenantId,
    pub(crate) project: ProjectId,
    pub(crate) workflow: WorkflowId,
    pub(crate) version: i32,
    /// The workflow's name.
    pub(crate) name: String,
    pub(crate) tenant_slug: String,
    pub(crate) project_slug: String,
    pub(crate) document: Document,
    /// The words, in capitals, that may name calendars in it.
    pub(crate) calendar_words: BTreeSet<String>,
    pub(crate) plan: Arc<Plan>,
}

impl Definition {
    /// The task of an ordinal, with its name.
    pub(crate) fn task(&self, ordinal: u32) -> Option<(&str, &Task)> {
        self.document.spec.tasks.get_index(ordinal as usize).map(|(name, task)| (name.as_str(), task))
    }

    /// The pool whose workers execute a task.
    pub(crate) fn pool(&self, ordinal: u32) -> &str {
        let spec = &self.document.spec;
        self.task(ordinal).map_or(domain::workflow::Spec::DEFAULT_POOL, |(_, task)| spec.pool_of(task))
    }

    /// The priority of a task in a run of a level.
    pub(crate) fn priority(&self, ordinal: u32, run_level: i32) -> Priority {
        self.task(ordinal).and_then(|(_, task)| task.priority).or(Priority::of_level(run_level)).unwrap_or_default()
    }

    /// The limits that an attempt of a task needs slots of, if any.
    pub(crate) fn limits_json(&self, ordinal: u32) -> Option<String> {
        self.task(ordinal).filter(|(_, task)| !task.limits.is_empty()).map(|(_, task)| to_json(&task.limits))
    }

    /// The rank of its runs; higher goes first.
    pub(crate) fn run_level(&self) -> i32 {
        self.document.spec.priority.level()
    }

    /// The business date of a run that starts at an instant without being told its date.
    pub(crate) fn business_date(&self, calendars: &Calendars, now_ms: i64) -> Result<BizDate> {
        let today = plan::today(calendars, &self.document, now_ms);
        plan::business_date(calendars, self.document.spec.business_date.as_ref(), today).map_err(|reason| {
            let text = Text::new(reason.text(Lang::En), reason.text(Lang::Zh));
            Error::Invalid(vec![FieldError::new("businessDate", ErrorCode::BeyondHorizon, text)])
        })
    }

    /// The values of a run's parameters, from what is given and the document's defaults; the project's values count for
    /// what must be there.
    pub(crate) fn params(
        &self,
        given: &Map<String, Value>,
        project: &Map<String, Value>,
    ) -> Result<Map<String, Value>> {
        domain::param::resolve(&self.document.spec.params, given, project).map_err(|problems| {
            let field = |problem: &domain::param::ParamProblem| {
                let text = Text::new(problem.text(Lang::En), problem.text(Lang::Zh));
                let mut field = FieldError::new("params", problem.code(), text);
                field.path.push(problem.name.clone());
                field
            };
            Error::Invalid(problems.iter().map(field).collect())
        })
    }

    /// Whether a new run ends older ones when too many are active.
    pub(crate) fn cancels_running(&self) -> bool {
        self.document.spec.concurrency.overlap == Overlap::CancelRunning
    }

    /// How many runs may be active at once; `None`: any number.
    pub(crate) fn max_active_runs(&self) -> Option<i32> {
        let concurrency = self.document.spec.concurrency;
        match concurrency.overlap {
            Overlap::Allow => None,
            Overlap::Queue | Overlap::Skip | Overlap::CancelRunning => {
                concurrency.max_active_runs.map(|most| i32::try_from(most).unwrap_or(i32::MAX))
            }
        }
    }
}

/// Definitions in memory.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    known: Mutex<HashMap<(TenantId, WorkflowId, i32), Arc<Definition>>>,
}

impl Definitions {
    fn get(&self, key: (TenantId, WorkflowId, i32)) -> Option<Arc<Definition>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }

    fn put(&self, key: (TenantId, WorkflowId, i32), definition: &Arc<Definition>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, definition.clone());
    }
}

impl Services {
    /// The definition of a version, for runs that exist; asks for no permission.
    pub(crate) async fn definition(
        &self,
        tenant: TenantId,
        workflow: WorkflowId,
        version: i32,
    ) -> Result<Arc<Definition>> {
        let key = (tenant, workflow, version);
        if let Some(definition) = self.definitions().get(key) {
            return Ok(definition);
        }
        let definition = Arc::new(read(self, key).await?);
        self.definitions().put(key, &definition);
        Ok(definition)
    }
}

async fn read(services: &Services, (tenant, id, version): (TenantId, WorkflowId, i32)) -> Result<Definition> {
    let db = services.store().read();
    let not_found = Error::NotFound { kind: "workflow" };
    let Some(workflow) = store::workflow::find(db, tenant, id).await? else { return Err(not_found) };
    let Some(row) = store::workflow::find_version(db, tenant, id, version).await? else { return Err(not_found) };
    let project = ProjectId(workflow.project_id);
    let tenant_slug = store::tenant::find(db, tenant).await?.map(|it| it.slug);
    let project_slug = store::project::find(db, tenant, project).await?.map(|it| it.slug);
    let (Some(tenant_slug), Some(project_slug)) = (tenant_slug, project_slug) else { return Err(not_found) };
    let document: Document =
        serde_json::from_str(&row.spec_json).map_err(|_| inconsistent("workflow_version", "spec_json", id.0))?;
    let plan = Arc::new(Plan::of(&document));
    Ok(Definition {
        tenant,
        project,
        workflow: id,
        version,
        name: workflow.name,
        tenant_slug,
        project_slug,
        calendar_words: document.calendar_words(),
        document,
        plan,
    })
}
