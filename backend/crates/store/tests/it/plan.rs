//! Lists, claims, admission and what is due walk indexes: with fifty thousand finished runs in the tables nothing reads
//! them from one end to the other, and nothing sorts them.

use domain::id::{ProjectId, RunId, ScheduleId, TenantId, WorkflowId};
use store::retention::old;
use store::run::{Filter, Visible};
use store::task_run::{self, Part};
use store::testing::plan::Recorder;
use store::testing::{TestDb, TestEngine};
use store::{Store, attempt, audit, job, run, schedule, wait};

use crate::retention::finished;

const TENANT: TenantId = TenantId(1);
const WORKFLOW: WorkflowId = WorkflowId(5);

/// Finished runs of two tenants, ten workflows, two projects.
async fn filled(db: &TestDb) {
    for part in 0..100_i64 {
        let rows = &(0..500_i64)
            .map(|n| {
                let id = part * 500 + n + 1;
                let row = finished(1 + id % 2, id, 1_000 * id);
                let state = if id % 50 == 0 { "failed" } else { "succeeded" };
                run::Row { workflow_id: 1 + id % 10, project_id: 3 + id % 2, state: state.into(), ..row }
            })
            .collect::<Vec<_>>();
        let written: store::Result<()> = db.store.write(|tx| Box::pin(run::insert(tx, rows.clone()))).await;
        written.unwrap();
    }
}

/// Which tables are small whatever happened: what they hold is at work, or set up by people.
const SMALL: [&str; 12] = [
    "job",
    "wait",
    "node",
    "id_tag",
    "schedule",
    "workflow",
    "project",
    "tenant",
    "calendar",
    "retention",
    "retention_mark",
    "account",
];

#[track_caller]
fn assert_flat(plans: &[store::testing::plan::Plan]) {
    assert!(!plans.is_empty());
    let small = |sql: &str| SMALL.iter().any(|table| sql.contains(&format!("FROM \"{table}\"")));
    for plan in plans.iter().filter(|plan| !small(&plan.sql)) {
        let scanned: Vec<&str> = plan.scans().collect();
        assert!(scanned.is_empty(), "{scanned:?} in {}\n{:#?}", plan.sql, plan.steps);
        assert!(!plan.sorts(), "sorts: {}\n{:#?}", plan.sql, plan.steps);
    }
}

async fn lists(store: &Store) {
    let db = store.read();
    let whole = vec![Visible { tenant: TENANT, projects: None }];
    let projects = vec![Visible { tenant: TENANT, projects: Some(vec![ProjectId(3), ProjectId(4)]) }];
    for visible in [whole, projects] {
        for states in [vec![], vec!["failed".to_owned()], vec!["queued".to_owned(), "failed".to_owned()]] {
            for workflow in [None, Some(WORKFLOW)] {
                for dates in [vec![], vec!["2026-11-20".to_owned(), "2026-11-19".to_owned()]] {
                    let (visible, states) = (visible.clone(), states.clone());
                    let filter = Filter { visible, workflow, states, dates, ..Filter::default() };
                    run::list(db, &filter, Some(RunId(40_000)), 50).await.unwrap();
                }
            }
        }
        run::changed_since(db, &visible, 49_000_000, 100).await.unwrap();
    }
    run::count_in_state(db, TENANT, "queued", 1_000).await.unwrap();
    run::get_many(db, TENANT, &[RunId(7), RunId(9)]).await.unwrap();
    run::newest_of_date(db, TENANT, WORKFLOW, "2026-11-20").await.unwrap();
    run::children(db, TENANT, RunId(7), 100).await.unwrap();
    run::children_of_task(db, TENANT, RunId(7), 3).await.unwrap();
    run::last_scheduled_in(db, TENANT, WORKFLOW, &(1_000..9_000)).await.unwrap();
    run::find_by_key(db, TENANT, WORKFLOW, "key").await.unwrap();
    run::of_workflow_in(db, TENANT, WORKFLOW, &["queued", "running"], 10).await.unwrap();
    for part in [Part::All, Part::Planned, Part::ItemsOf(0)] {
        let filter = task_run::Filter { part, ..task_run::Filter::default() };
        task_run::list(db, (TENANT, RunId(7)), &filter, Some(3), 50).await.unwrap();
    }
    attempt::of_task(db, TENANT, RunId(7), 0).await.unwrap();
    audit::list(db, TENANT, Some(900), 50).await.unwrap();
    schedule::list_fires(db, TENANT, ScheduleId(4), Some(900), 50).await.unwrap();
}

async fn loops(store: &Store) {
    let db = store.read();
    run::in_state(db, "queued", Some((1, 7)), 100).await.unwrap();
    run::queued_of(db, TENANT, WORKFLOW, 100).await.unwrap();
    run::active_of(db, TENANT, WORKFLOW).await.unwrap();
    run::taken_slots(db, TENANT, WORKFLOW).await.unwrap();
    schedule::due(db, 1_000, 100).await.unwrap();
    schedule::next_due(db).await.unwrap();
    wait::due(db, 1_000, 100).await.unwrap();
    wait::of_workflow(db, TENANT, WORKFLOW, 100).await.unwrap();
    job::list_waiting(db, "default", 1_000, TenantId(0), 10).await.unwrap();
    job::count_held(db, "default").await.unwrap();
    assert_eq!(old::list_finished(db, TENANT, (20_000, 7), 40_000_000, 200).await.unwrap().len(), 200);
    old::count_finished(db, TENANT, (0, 40_000_000), 10_000).await.unwrap();
    old::list_fires(db, TENANT, (5, 6), 40_000_000, 500).await.unwrap();
    audit::list_instants(db, TENANT, 7, 500).await.unwrap();
    audit::count_before(db, TENANT, 7, 500).await.unwrap();
}

#[tokio::test]
async fn pages_and_loops_stay_flat_over_history() {
    let db = TestDb::fresh(TestEngine::Sqlite).await.unwrap();
    filled(&db).await;
    let recorder = Recorder::on(&db).await.unwrap();
    recorder.plans(&db).await.unwrap();
    lists(&recorder.store).await;
    assert_flat(&recorder.plans(&db).await.unwrap());
    loops(&recorder.store).await;
    assert_flat(&recorder.plans(&db).await.unwrap());
    // The few active runs of a workflow are found by their places, not among all of its runs.
    run::active_of(recorder.store.read(), TENANT, WORKFLOW).await.unwrap();
    run::taken_slots(recorder.store.read(), TENANT, WORKFLOW).await.unwrap();
    for plan in recorder.plans(&db).await.unwrap() {
        assert!(plan.steps.iter().any(|step| step.contains("ux_run_1")), "{plan:?}");
    }
    recorder.store.close().await.unwrap();
    db.remove().await;
}
