//! What people and programs do through the service, on whatever machine answers; and what an answer obliges to.

use std::sync::Arc;

use domain::id::{RunId, TenantId, WorkflowId};
use serde_json::{Map, Value};
use service::run::{Cause, NewRun};
use service::workflow::Save;

use crate::check::reason;
use crate::cluster::Cluster;
use crate::rng::Rng;
use crate::workload::Workflow;

/// Saves a first workflow, until it is there.
pub(crate) async fn create(cluster: &Arc<Cluster>, rng: &mut Rng, number: usize) {
    let workflow = Workflow::random(rng, number);
    let source = workflow.document();
    let (tenant, project) = (cluster.world.database.tenant, cluster.world.database.project);
    loop {
        let save = Save { source: source.clone(), note: None };
        let created = cluster
            .call(rng, "create", move |services, ctx| {
                Box::pin(async move { service::workflow::create(&services, &ctx, tenant, project, save).await })
            })
            .await;
        match created {
            Some(Ok(row)) => {
                cluster.world.note(format_args!("{} is {}: {workflow:?}", workflow.name, row.id));
                cluster.book().workflows.insert(row.id, vec![workflow]);
                return;
            }
            Some(Err(service::Error::Spec(problems))) => panic!("{source}\n{problems:#?}"),
            // The answer of an earlier try got lost.
            Some(Err(service::Error::NameTaken { .. })) => return adopt(cluster, workflow),
            _ => Cluster::pause(rng).await,
        }
    }
}

/// Finds out what a lost answer would have said.
fn adopt(cluster: &Cluster, workflow: Workflow) {
    let rows = cluster.world.database.select(&format!("SELECT id FROM workflow WHERE name = '{}'", workflow.name));
    let id = rows[0]["id"].as_i64().expect("an id");
    cluster.book().workflows.insert(id, vec![workflow]);
}

fn pick_workflow(cluster: &Cluster, rng: &mut Rng) -> Option<i64> {
    let ids: Vec<i64> = cluster.book().workflows.keys().copied().collect();
    (!ids.is_empty()).then(|| *rng.pick(&ids))
}

/// Starts a run; with a key until there is an answer.
pub(crate) async fn start(cluster: Arc<Cluster>, mut rng: Rng) {
    let Some(workflow) = pick_workflow(&cluster, &mut rng) else { return };
    let keyed = rng.percent(80.0);
    // Now and then a key that was used before.
    let key = format!("k{}", if rng.percent(90.0) { rng.below(1_000_000) } else { rng.below(10) });
    let key = keyed.then(|| format!("{workflow}-{key}"));
    if let Some(key) = &key {
        cluster.book().keys.entry(key.clone()).or_default();
    }
    for _ in 0..30 {
        let new = NewRun {
            tenant: cluster.world.database.tenant,
            workflow: WorkflowId(workflow),
            business_date: Some("2026-09-28".parse().expect("a date")),
            params: Map::new(),
            idempotency_key: key.clone(),
            reason: None,
            cause: Cause::Api,
            priority: None,
            dry_run: false,
            version: None,
        };
        let started = cluster
            .call(&mut rng, "start", move |services, ctx| {
                Box::pin(async move { service::run::start(&services, &ctx, new).await })
            })
            .await;
        match started {
            Some(Ok(row)) => return acknowledged(&cluster, key, row.id),
            // Its workflow was deleted.
            Some(Err(service::Error::Refused { .. })) => return,
            _ if key.is_none() => return,
            _ => {}
        }
        Cluster::pause(&mut rng).await;
    }
}

/// A start that was answered is there, and its key stands for one run.
pub(crate) fn acknowledged(cluster: &Cluster, key: Option<String>, run: i64) {
    let world = &cluster.world;
    if world.database.select(&format!("SELECT id FROM run WHERE id = {run}")).is_empty() {
        world.violation(format!("run {run} was acknowledged and is not there"));
    }
    let Some(key) = key else { return };
    let rows = world.database.select(&format!("SELECT id FROM run WHERE idem_key = '{key}'"));
    if rows.len() != 1 || rows[0]["id"] != run {
        world.violation(format!("key {key} was answered with run {run} and stands for {rows:?}"));
    }
    let before = cluster.book().keys.insert(key.clone(), Some(run)).flatten();
    if before.is_some_and(|before| before != run) {
        world.violation(format!("key {key} gave run {before:?} and then {run}"));
    }
}

/// Turns a workflow off or on.
pub(crate) async fn toggle(cluster: Arc<Cluster>, mut rng: Rng) {
    let Some(workflow) = pick_workflow(&cluster, &mut rng) else { return };
    let enabled = rng.percent(70.0);
    set_enabled(&cluster, &mut rng, workflow, enabled).await;
}

async fn set_enabled(cluster: &Cluster, rng: &mut Rng, workflow: i64, enabled: bool) -> bool {
    let (tenant, id) = (cluster.world.database.tenant, WorkflowId(workflow));
    let set = cluster
        .call(rng, if enabled { "turn on" } else { "turn off" }, move |services, ctx| {
            Box::pin(async move {
                service::workflow::set_enabled(&services, &ctx, tenant, id, enabled, Some("a test".into())).await
            })
        })
        .await;
    matches!(set, Some(Ok(_)))
}

/// Turns all workflows off, so that no runs are made any more.
pub(crate) async fn turn_off(cluster: Arc<Cluster>, mut rng: Rng) {
    let on = "SELECT id FROM workflow WHERE enabled AND archived_ms IS NULL ORDER BY id";
    loop {
        let ids = cluster.world.database.select(on);
        let Some(id) = ids.first() else { return };
        if !set_enabled(&cluster, &mut rng, number(id, "id"), false).await {
            Cluster::pause(&mut rng).await;
        }
    }
}

/// Deletes a workflow with its runs, or takes a deleted one back.
pub(crate) async fn delete(cluster: Arc<Cluster>, mut rng: Rng) {
    let deleted = cluster.world.database.select("SELECT id FROM workflow WHERE archived_ms IS NOT NULL ORDER BY id");
    let tenant = cluster.world.database.tenant;
    if !deleted.is_empty() && rng.percent(70.0) {
        let id = WorkflowId(number(rng.pick(&deleted), "id"));
        cluster.book().restored.insert(id.0);
        cluster
            .call(&mut rng, "restore", move |services, ctx| {
                Box::pin(
                    async move { service::workflow::restore(&services, &ctx, tenant, id, "needed after all").await },
                )
            })
            .await;
        return;
    }
    let Some(id) = pick_workflow(&cluster, &mut rng) else { return };
    cluster.book().deleted.insert(id);
    let done = cluster
        .call(&mut rng, "delete", move |services, ctx| {
            let removal = service::workflow::Removal { stop_runs: true, reason: "not needed".into() };
            Box::pin(async move { service::workflow::archive(&services, &ctx, tenant, WorkflowId(id), removal).await })
        })
        .await;
    let row = &cluster.world.database.select(&format!("SELECT archived_ms FROM workflow WHERE id = {id}"))[0];
    if matches!(done, Some(Ok(_))) && row["archived_ms"].is_null() && !cluster.book().restored.contains(&id) {
        cluster.world.violation(format!("workflow {id} was acknowledged as deleted and is there"));
    }
}

/// Saves a new version of a workflow.
pub(crate) async fn save(cluster: Arc<Cluster>, mut rng: Rng) {
    let Some(id) = pick_workflow(&cluster, &mut rng) else { return };
    let rows = cluster.world.database.select(&format!("SELECT current_version FROM workflow WHERE id = {id}"));
    let base = number(&rows[0], "current_version") as i32;
    let workflow = {
        let mut book = cluster.book();
        let versions = book.workflows.get_mut(&id).expect("it was picked");
        // Only one save of a workflow at a time is told apart by its version.
        if versions.len() as i32 != base {
            return;
        }
        let next = versions[0].changed(&mut rng);
        versions.push(next.clone());
        next
    };
    let (tenant, source) = (cluster.world.database.tenant, workflow.document());
    for _ in 0..40 {
        let save = Save { source: source.clone(), note: None };
        let saved = cluster
            .call(&mut rng, "save", move |services, ctx| {
                Box::pin(
                    async move { service::workflow::update(&services, &ctx, tenant, WorkflowId(id), base, save).await },
                )
            })
            .await;
        match saved {
            Some(Ok(_) | Err(service::Error::Conflict { .. } | service::Error::Refused { .. })) => return,
            Some(Err(service::Error::Spec(problems))) => panic!("{source}\n{problems:#?}"),
            _ => Cluster::pause(&mut rng).await,
        }
    }
}

/// Asks why a task waits, and holds the answer against what is so.
pub(crate) async fn ask(cluster: Arc<Cluster>, mut rng: Rng) {
    let waiting = "state IN ('pending', 'ready', 'retry_wait', 'lost', 'waiting')";
    let tasks =
        cluster.world.database.select(&format!("SELECT * FROM task_run WHERE {waiting} ORDER BY run_id, ordinal"));
    if tasks.is_empty() {
        return;
    }
    let task = rng.pick(&tasks).clone();
    let (tenant, run, ordinal) = (TenantId(number(&task, "tenant_id")), RunId(number(&task, "run_id")), ordinal(&task));
    let before = run_of(&cluster, run.0);
    let told = cluster
        .call(&mut rng, &format!("why {run}.{ordinal}"), move |services, ctx| {
            Box::pin(async move {
                let row = service::run::find_task(&services, &ctx, tenant, run, ordinal).await?;
                let reason = service::run::task_reason(&services, &ctx, &row).await?;
                Ok((row, reason))
            })
        })
        .await;
    let Some(Ok((row, told))) = told else { return };
    // An answer is held against the facts only when they stood still meanwhile.
    if run_of(&cluster, run.0) == before {
        reason::check(&cluster, &before, &row, told.as_ref());
    }
}

pub(crate) fn run_of(cluster: &Cluster, run: i64) -> Value {
    cluster.world.database.select(&format!("SELECT * FROM run WHERE id = {run}")).remove(0)
}

pub(crate) fn number(row: &Value, column: &str) -> i64 {
    row[column].as_i64().unwrap_or_default()
}

pub(crate) fn ordinal(row: &Value) -> i32 {
    number(row, "ordinal") as i32
}
