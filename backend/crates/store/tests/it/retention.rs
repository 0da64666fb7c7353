//! What the tests of retention prove: what is old goes with all that belongs to it and nothing else, a mark is moved by
//! one node, a chain without its oldest rows still holds together.

use domain::id::{AttemptKey, RunId, TenantId, WorkflowId};
use store::audit::Head;
use store::log::{self, Chunk};
use store::retention::{self, MarkRow, Row, old};
use store::testing::TestDb;
use store::{Error, Result, Store, attempt, run, schedule, task_run, wait};

conformance!(
    a_decision_is_changed_under_its_revision,
    a_mark_is_moved_by_one,
    finished_runs_are_walked_by_their_end,
    a_run_goes_with_all_that_belongs_to_it,
    logs_go_in_pieces_and_their_attempts_say_so,
    fires_go_by_their_keys,
    a_chain_is_cut_at_its_anchor,
);

const TENANT: TenantId = TenantId(1);
const FINAL: [&str; 2] = ["succeeded", "failed"];

/// A run that ended.
pub(crate) fn finished(tenant: i64, id: i64, finished_ms: i64) -> run::Row {
    run::Row {
        tenant_id: tenant,
        id,
        project_id: 3,
        workflow_id: 5,
        version: 1,
        business_date: "2026-11-20".into(),
        cause: "manual".into(),
        schedule_id: None,
        fire_ms: None,
        state: "succeeded".into(),
        revision: 3,
        generation: 1,
        priority: 20,
        params_json: None,
        idem_key: None,
        active_slot: None,
        stop_requested: false,
        reason_json: None,
        task_total: 1,
        task_ok: 1,
        task_failed: 0,
        task_running: 0,
        created_ms: finished_ms - 10,
        started_ms: Some(finished_ms - 5),
        finished_ms: Some(finished_ms),
        changed_ms: finished_ms,
        created_by: None,
        created_by_name: None,
        calendar_json: None,
        dry_run: None,
        parent_run_id: None,
        parent_ordinal: None,
        parent_attempt: None,
        rerun_of: None,
        backfill_id: None,
        overdue_ms: None,
        outputs_json: None,
    }
}

fn task(run: i64) -> task_run::Row {
    task_run::Row {
        tenant_id: 1,
        run_id: run,
        ordinal: 0,
        name: "only".into(),
        kind: "shell".into(),
        state: "succeeded".into(),
        attempt: 1,
        earlier_attempts: 0,
        epoch: 1,
        generation: 1,
        revision: 1,
        ready_ms: None,
        started_ms: None,
        finished_ms: None,
        retry_at_ms: None,
        exit_code: None,
        reason_json: None,
        outputs_json: None,
        parent: None,
        item_index: None,
        item_json: None,
        held: None,
        overdue_ms: None,
    }
}

fn tried(run: i64, number: i32) -> attempt::Row {
    attempt::Row {
        tenant_id: 1,
        run_id: run,
        ordinal: 0,
        number,
        epoch: 1,
        generation: 1,
        node_id: 1,
        node_name: "n1".into(),
        pool: "default".into(),
        state: "succeeded".into(),
        claimed_ms: 1,
        started_ms: None,
        finished_ms: Some(2),
        pid: None,
        exit_code: None,
        term_signal: None,
        cpu_ms: None,
        peak_rss_kb: None,
        reason_json: None,
        log_bytes: 10,
        log_truncated: false,
        log_deleted_ms: None,
    }
}

/// Runs with a task, an attempt and three pieces of log each.
async fn with_logs(store: &Store, ids: &[i64]) {
    let written: Result<()> = store
        .write(|tx| {
            Box::pin(async move {
                for id in ids {
                    run::insert(tx, vec![finished(1, *id, 1_000 + *id)]).await?;
                    task_run::insert(tx, vec![task(*id)]).await?;
                    attempt::insert(tx, vec![tried(*id, 1)]).await?;
                    let key = AttemptKey { tenant: TENANT, run: RunId(*id), ordinal: 0, number: 1 };
                    let chunks: Vec<Chunk> = (0..3).map(|n| Chunk::compress(n * 10, n, b"123456789\n")).collect();
                    log::insert(tx, key, &chunks).await?;
                }
                Ok(())
            })
        })
        .await;
    written.unwrap();
}

async fn a_decision_is_changed_under_its_revision(db: &TestDb) {
    let read = db.store.read();
    let row = |days| Row {
        tenant_id: 1,
        kind: "runs".into(),
        days,
        changed_ms: 5,
        changed_by_name: Some("王芳".into()),
        revision: 1,
    };
    let first = &row(30);
    db.store.write(|tx| Box::pin(retention::insert(tx, first.clone()))).await.unwrap();
    let again: Result<()> = db.store.write(|tx| Box::pin(retention::insert(tx, first.clone()))).await;
    assert!(matches!(again, Err(Error::Conflict { .. })));
    let next = &row(60);
    db.store.write(|tx| Box::pin(retention::save(tx, 1, next))).await.unwrap();
    let stale: Result<()> = db.store.write(|tx| Box::pin(retention::save(tx, 1, next))).await;
    assert!(matches!(stale, Err(Error::Stale)));
    let found = retention::list(read, &[TenantId(0), TENANT]).await.unwrap();
    assert_eq!(found, [Row { revision: 2, ..row(60) }]);
    let found = &found[0];
    db.store.write(|tx| Box::pin(retention::delete(tx, found))).await.unwrap();
    assert_eq!(retention::list(read, &[TENANT]).await.unwrap(), []);
}

async fn a_mark_is_moved_by_one(db: &TestDb) {
    let mark = &MarkRow { tenant_id: 1, due_ms: 10, state_json: None, revision: 1 };
    db.store.write(|tx| Box::pin(retention::insert_mark(tx, mark.clone()))).await.unwrap();
    let read = db.store.read();
    assert_eq!(retention::list_due(read, 9, 10).await.unwrap(), []);
    assert_eq!(retention::list_due(read, 10, 10).await.unwrap(), std::slice::from_ref(mark));
    assert_eq!(retention::list_marked(read).await.unwrap(), [TENANT]);
    let moved = &MarkRow { due_ms: 99, state_json: Some("{}".into()), ..mark.clone() };
    db.store.write(|tx| Box::pin(retention::save_mark(tx, 1, moved))).await.unwrap();
    let other: Result<()> = db.store.write(|tx| Box::pin(retention::save_mark(tx, 1, moved))).await;
    assert!(matches!(other, Err(Error::Stale)));
    let found = retention::find_mark(read, TENANT).await.unwrap();
    assert_eq!(found, Some(MarkRow { revision: 2, ..moved.clone() }));
}

async fn finished_runs_are_walked_by_their_end(db: &TestDb) {
    let mut rows = vec![finished(1, 10, 500), finished(1, 11, 300), finished(1, 12, 300), finished(2, 13, 100)];
    rows.push(run::Row { state: "running".into(), finished_ms: None, ..finished(1, 14, 0) });
    let rows = &rows;
    let written: Result<()> = db.store.write(|tx| Box::pin(run::insert(tx, rows.clone()))).await;
    written.unwrap();
    let ids = async |after, before_ms, limit| {
        let found = old::list_finished(db.store.read(), TENANT, after, before_ms, limit).await.unwrap();
        found.into_iter().map(|run| run.id.0).collect::<Vec<_>>()
    };
    assert_eq!(ids((0, 0), 1_000, 10).await, [11, 12, 10]);
    assert_eq!(ids((0, 0), 500, 10).await, [11, 12]);
    assert_eq!(ids((300, 11), 1_000, 10).await, [12, 10]);
    assert_eq!(ids((0, 0), 1_000, 1).await, [11]);
    assert_eq!(old::count_finished(db.store.read(), TENANT, (0, 1_000), 10).await.unwrap(), 3);
    assert_eq!(old::count_finished(db.store.read(), TENANT, (301, 1_000), 10).await.unwrap(), 1);
    let waits = wait::Row {
        tenant_id: 1,
        run_id: 14,
        ordinal: 0,
        attempt: 1,
        kind: "run".into(),
        due_ms: 1,
        since_ms: None,
        deadline_ms: None,
        workflow_id: Some(5),
        seen_json: None,
        revision: 1,
    };
    let waits = &waits;
    db.store.write(|tx| Box::pin(wait::insert(tx, vec![waits.clone()]))).await.unwrap();
    let waiters = old::list_waiters(db.store.read(), TENANT, &[WorkflowId(4), WorkflowId(5)], 10).await.unwrap();
    assert_eq!(waiters, [(WorkflowId(5), RunId(14))]);
}

async fn a_run_goes_with_all_that_belongs_to_it(db: &TestDb) {
    with_logs(&db.store, &[10, 11]).await;
    let delete = async |ids: &[RunId], before_ms| -> Result<()> {
        db.store.write(|tx| Box::pin(old::delete_runs(tx, TENANT, ids, before_ms, &FINAL))).await
    };
    assert!(matches!(delete(&[RunId(10), RunId(12)], 5_000).await, Err(Error::Stale)), "one is not there");
    assert!(matches!(delete(&[RunId(10)], 1_010).await, Err(Error::Stale)), "it ended later");
    let read = db.store.read();
    assert!(run::find(read, TENANT, RunId(10)).await.unwrap().is_some(), "nothing was deleted in part");
    delete(&[RunId(10)], 5_000).await.unwrap();
    assert_eq!(run::find(read, TENANT, RunId(10)).await.unwrap(), None);
    assert_eq!(task_run::get_all(read, TENANT, RunId(10)).await.unwrap(), []);
    assert_eq!(attempt::of_task(read, TENANT, RunId(10), 0).await.unwrap(), []);
    assert_eq!(attempt::of_task(read, TENANT, RunId(11), 0).await.unwrap().len(), 1);
}

async fn logs_go_in_pieces_and_their_attempts_say_so(db: &TestDb) {
    with_logs(&db.store, &[10, 11, 12]).await;
    let left = async |run: i64| {
        let key = AttemptKey { tenant: TENANT, run: RunId(run), ordinal: 0, number: 1 };
        log::list(db.store.read(), key, 0, 10).await.unwrap().len()
    };
    let runs = &[RunId(10), RunId(11)];
    let delete = async || -> Result<(u64, u64)> {
        db.store.write(|tx| Box::pin(old::delete_logs(tx, TENANT, runs, 4, 77))).await
    };
    assert_eq!(delete().await.unwrap(), (4, 2));
    assert_eq!((left(10).await, left(11).await, left(12).await), (0, 2, 3));
    assert_eq!(delete().await.unwrap(), (2, 0), "the second attempt was noted before");
    assert_eq!(delete().await.unwrap(), (0, 0));
    assert_eq!((left(11).await, left(12).await), (0, 3));
    let noted =
        async |run: i64| attempt::of_task(db.store.read(), TENANT, RunId(run), 0).await.unwrap()[0].log_deleted_ms;
    assert_eq!((noted(10).await, noted(11).await, noted(12).await), (Some(77), Some(77), None));
}

async fn fires_go_by_their_keys(db: &TestDb) {
    let schedule = &schedule::Row {
        tenant_id: 1,
        id: 4,
        workflow_id: 5,
        name: "nightly".into(),
        spec_json: "{}".into(),
        next_fire_ms: None,
        last_fire_ms: None,
        decided_ms: 300,
        state: "active".into(),
        state_reason: None,
        revision: 1,
    };
    let fire = |schedule_id, instant_ms| schedule::FireRow {
        tenant_id: 1,
        schedule_id,
        instant_ms,
        workflow_id: 5,
        business_date: None,
        outcome: "skipped".into(),
        reason_json: None,
        run_id: None,
        at_ms: instant_ms,
        nominal: None,
        nominal_from: None,
    };
    let fires = &vec![fire(4, 100), fire(4, 200), fire(4, 300), fire(9, 100)];
    let written: Result<()> = db
        .store
        .write(|tx| {
            Box::pin(async move {
                schedule::insert(tx, schedule.clone()).await?;
                schedule::insert_fires(tx, fires.clone()).await
            })
        })
        .await;
    written.unwrap();
    let read = db.store.read();
    let found = old::list_fires(read, TENANT, (0, 0), 300, 10).await.unwrap();
    assert_eq!(found, [((100, 4), Some(300)), ((100, 9), None), ((200, 4), Some(300))]);
    assert_eq!(old::list_fires(read, TENANT, (100, 4), 300, 1).await.unwrap(), [((100, 9), None)]);
    assert_eq!(old::count_fires(read, TENANT, 300, 10).await.unwrap(), 3);
    let keys = &[(100, 4), (100, 9)];
    let gone: Result<u64> = db.store.write(|tx| Box::pin(old::delete_fires(tx, TENANT, keys))).await;
    assert_eq!(gone.unwrap(), 2);
    assert_eq!(old::list_fires(read, TENANT, (0, 0), 1_000, 10).await.unwrap().len(), 2);
}

async fn a_chain_is_cut_at_its_anchor(db: &TestDb) {
    for _ in 0..4 {
        crate::audit::append(&db.store, TENANT).await.unwrap();
    }
    let read = db.store.read();
    assert_eq!(store::audit::anchor(read, TENANT).await.unwrap(), None);
    let rows = store::audit::list_instants(read, TENANT, 0, 2).await.unwrap();
    let (through, _) = &rows[1];
    assert_eq!(through.seq, 2);
    let cut = async |from: Option<&Head>, through: &Head| -> Result<u64> {
        db.store.write(|tx| Box::pin(store::audit::delete_through(tx, TENANT, from, through))).await
    };
    assert_eq!(cut(None, through).await.unwrap(), 2);
    assert!(matches!(cut(None, through).await, Err(Error::Stale)), "another node cut it");
    assert_eq!(store::audit::anchor(read, TENANT).await.unwrap().as_ref(), Some(through));
    let left = store::audit::list_chain(read, TENANT, 0, 10).await.unwrap().items;
    assert_eq!((left.len(), left[0].seq, &left[0].prev_hash), (2, 3, &through.hash));
    crate::audit::append(&db.store, TENANT).await.unwrap();
    assert_eq!(
        store::audit::anchor(read, TENANT).await.unwrap().as_ref(),
        Some(through),
        "it stays when more is written"
    );
}
