//! What the tests of runs prove: a revision is written once, a slot is held once, pages keep their order.

use domain::id::{ProjectId, RunId, TenantId, WorkflowId};
use store::run::{self, Filter, Row, Visible};
use store::task_run::{self, Part};
use store::testing::TestDb;
use store::{Error, Store};

conformance!(
    a_revision_is_written_once,
    a_slot_is_held_by_one_run,
    an_idempotency_key_makes_one_run,
    pages_go_over_tenants_and_states_in_order,
    lists_narrow_by_date_cause_and_starter,
    replaced_task_runs_are_whole,
    items_are_read_apart,
);

fn row(tenant: i64, id: i64) -> Row {
    Row {
        tenant_id: tenant,
        id,
        project_id: 3,
        workflow_id: 5,
        version: 1,
        business_date: "2026-11-20".into(),
        cause: "manual".into(),
        schedule_id: None,
        fire_ms: None,
        state: "queued".into(),
        revision: 1,
        generation: 1,
        priority: 20,
        params_json: Some(r#"{"基金":"全部"}"#.into()),
        idem_key: None,
        active_slot: None,
        stop_requested: false,
        reason_json: None,
        task_total: 0,
        task_ok: 0,
        task_failed: 0,
        task_running: 0,
        created_ms: id,
        started_ms: None,
        finished_ms: None,
        changed_ms: id,
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

async fn insert(store: &Store, rows: Vec<Row>) -> Result<(), Error> {
    let rows = &rows;
    store.write(|tx| Box::pin(run::insert(tx, rows.clone()))).await
}

async fn save(store: &Store, revision: i64, row: &Row) -> Result<(), Error> {
    store.write(|tx| Box::pin(run::save(tx, revision, row))).await
}

async fn a_revision_is_written_once(db: &TestDb) {
    insert(&db.store, vec![row(1, 10)]).await.expect("inserts");
    let changed = Row { state: "running".into(), changed_ms: 99, ..row(1, 10) };
    save(&db.store, 1, &changed).await.expect("saves");
    assert!(matches!(save(&db.store, 1, &changed).await, Err(Error::Stale)));
    assert!(matches!(save(&db.store, 2, &Row { tenant_id: 2, ..changed.clone() }).await, Err(Error::Stale)));
    let read = run::find(db.store.read(), TenantId(1), RunId(10)).await.expect("reads").expect("is there");
    assert_eq!(read, Row { revision: 2, ..changed });
    assert_eq!(run::find(db.store.read(), TenantId(2), RunId(10)).await.expect("reads"), None);
}

async fn a_slot_is_held_by_one_run(db: &TestDb) {
    insert(&db.store, vec![row(1, 10), row(1, 11), row(2, 12)]).await.expect("NULL slots don't collide");
    let with_slot = |row: Row| Row { active_slot: Some(1), ..row };
    save(&db.store, 1, &with_slot(row(1, 10))).await.expect("takes the slot");
    save(&db.store, 1, &with_slot(row(2, 12))).await.expect("another tenant has slots of its own");
    assert!(matches!(save(&db.store, 1, &with_slot(row(1, 11))).await, Err(Error::Conflict { .. })));
    assert_eq!(run::taken_slots(db.store.read(), TenantId(1), WorkflowId(5)).await.expect("reads"), [1]);
    save(&db.store, 2, &row(1, 10)).await.expect("gives it back");
    save(&db.store, 1, &with_slot(row(1, 11))).await.expect("takes it");
}

async fn an_idempotency_key_makes_one_run(db: &TestDb) {
    let keyed = |id| Row { idem_key: Some("order-1".into()), ..row(1, id) };
    insert(&db.store, vec![keyed(10)]).await.expect("inserts");
    assert!(matches!(insert(&db.store, vec![keyed(11)]).await, Err(Error::Conflict { .. })));
    let found = run::find_by_key(db.store.read(), TenantId(1), WorkflowId(5), "order-1").await.expect("reads");
    assert_eq!(found.map(|row| row.id), Some(10));
    let other = run::find_by_key(db.store.read(), TenantId(1), WorkflowId(5), "ORDER-1").await.expect("reads");
    assert_eq!(other, None, "keys compare by bytes");
}

async fn pages_go_over_tenants_and_states_in_order(db: &TestDb) {
    let mut rows: Vec<Row> = (0..25).map(|n| row(1 + n % 3, 100 + n)).collect();
    for row in rows.iter_mut().filter(|row| row.id % 2 == 0) {
        row.state = "failed".into();
    }
    rows[3].project_id = 4;
    insert(&db.store, rows.clone()).await.expect("inserts");
    let visible = vec![
        Visible { tenant: TenantId(1), projects: Some(vec![ProjectId(3)]) },
        Visible { tenant: TenantId(2), projects: None },
    ];
    for states in [vec![], vec!["failed".to_owned()], vec!["failed".to_owned(), "queued".to_owned()]] {
        let filter = Filter { visible: visible.clone(), states: states.clone(), ..Filter::default() };
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = run::list(db.store.read(), &filter, after, 4).await.expect("reads");
            seen.extend(page.items.iter().map(|row| row.id));
            after = page.items.last().map(|row| RunId(row.id));
            if !page.has_next {
                break;
            }
        }
        let shows = |row: &&Row| match row.tenant_id {
            1 => row.project_id == 3,
            tenant => tenant == 2,
        };
        let mut expect: Vec<i64> = rows
            .iter()
            .filter(shows)
            .map(|row| (row.id, &row.state))
            .filter(|(_, state)| states.is_empty() || states.contains(state))
            .map(|(id, _)| id)
            .collect();
        expect.reverse();
        assert_eq!(seen, expect, "{states:?}");
    }
    let changed = run::changed_since(db.store.read(), &visible, 120, 10).await.expect("reads");
    assert_eq!(changed.iter().map(|row| row.id).collect::<Vec<_>>(), [121, 122, 124]);
}

async fn lists_narrow_by_date_cause_and_starter(db: &TestDb) {
    let made = |id: i64, date: &str, cause: &str, by: Option<&str>, state: &str| Row {
        business_date: date.into(),
        cause: cause.into(),
        created_by_name: by.map(str::to_owned),
        state: state.into(),
        ..row(1, id)
    };
    let rows = vec![
        made(1, "2026-11-18", "schedule", None, "succeeded"),
        made(2, "2026-11-19", "manual", Some("duty"), "failed"),
        made(3, "2026-11-19", "backfill", Some("duty"), "succeeded"),
        made(4, "2026-11-20", "schedule", None, "failed"),
        made(5, "2026-11-20", "manual", Some("val"), "failed"),
    ];
    insert(&db.store, rows).await.expect("inserts");
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let all = Filter { visible: vec![Visible { tenant: TenantId(1), projects: None }], ..Filter::default() };
    for (filter, expect) in [
        (Filter { dates: texts(&["2026-11-19", "2026-11-20"]), ..all.clone() }, vec![5, 4, 3, 2]),
        (Filter { dates: texts(&["2026-11-20"]), causes: texts(&["manual"]), ..all.clone() }, vec![5]),
        (Filter { causes: texts(&["schedule", "backfill"]), ..all.clone() }, vec![4, 3, 1]),
        (Filter { states: texts(&["failed"]), causes: texts(&["schedule"]), ..all.clone() }, vec![4]),
        (Filter { started_by: Some("duty".into()), ..all.clone() }, vec![3, 2]),
        (Filter { started_by: Some("duty".into()), states: texts(&["failed"]), ..all.clone() }, vec![2]),
    ] {
        let page = run::list(db.store.read(), &filter, None, 9).await.expect("reads");
        assert_eq!(page.items.iter().map(|row| row.id).collect::<Vec<_>>(), expect, "{filter:?}");
    }
}

fn task(ordinal: i32, state: &str, revision: i64) -> task_run::Row {
    task_run::Row {
        tenant_id: 1,
        run_id: 10,
        ordinal,
        name: format!("t{ordinal}"),
        kind: "noop".into(),
        state: state.into(),
        attempt: 0,
        earlier_attempts: 0,
        epoch: 0,
        generation: 1,
        revision,
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

async fn replaced_task_runs_are_whole(db: &TestDb) {
    let all: Vec<_> = (0..1_203).map(|ordinal| task(ordinal, "pending", 1)).collect();
    let all = &all;
    let inserted: Result<(), Error> = db.store.write(|tx| Box::pin(task_run::insert(tx, all.clone()))).await;
    inserted.expect("inserts");
    let change = vec![task(3, "ready", 2), task(1_200, "ready", 2)];
    let change = &change;
    let replaced: Result<(), Error> =
        db.store.write(|tx| Box::pin(task_run::replace(tx, TenantId(1), RunId(10), change.clone()))).await;
    replaced.expect("replaces");
    let read = task_run::get_all(db.store.read(), TenantId(1), RunId(10)).await.expect("reads");
    assert_eq!(read.len(), all.len());
    assert_eq!(
        (read[3].clone(), read[1_200].clone(), read[4].clone()),
        (change[0].clone(), change[1].clone(), all[4].clone())
    );
    let since = task_run::changed_since(db.store.read(), TenantId(1), RunId(10), 1).await.expect("reads");
    assert_eq!(since, *change);
    let (key, all) = ((TenantId(1), RunId(10)), task_run::Filter::default());
    let page = task_run::list(db.store.read(), key, &all, Some(1_199), 2).await.expect("reads");
    assert_eq!((page.items.len(), page.has_next), (2, true));
}

async fn items_are_read_apart(db: &TestDb) {
    let item = |ordinal: i32, state: &str, revision| task_run::Row {
        parent: Some(1),
        item_index: Some(ordinal - 2),
        ..task(ordinal, state, revision)
    };
    let rows = vec![
        task(0, "succeeded", 1),
        task(1, "waiting", 2),
        item(2, "succeeded", 3),
        item(3, "failed", 4),
        item(4, "ready", 4),
    ];
    let inserted: Result<(), Error> = db.store.write(|tx| Box::pin(task_run::insert(tx, rows.clone()))).await;
    inserted.expect("inserts");
    let key = (TenantId(1), RunId(10));
    for (part, states, expect) in [
        (Part::All, vec![], vec![0, 1, 2, 3, 4]),
        (Part::Planned, vec![], vec![0, 1]),
        (Part::ItemsOf(1), vec![], vec![2, 3, 4]),
        (Part::ItemsOf(1), vec!["failed".to_owned(), "lost".to_owned()], vec![3]),
        (Part::ItemsOf(0), vec![], vec![]),
    ] {
        let filter = task_run::Filter { part, states };
        let page = task_run::list(db.store.read(), key, &filter, None, 9).await.expect("reads");
        let ordinals: Vec<i32> = page.items.iter().map(|row| row.ordinal).collect();
        assert_eq!(ordinals, expect, "{filter:?}");
    }
    let mut counts = task_run::item_counts(db.store.read(), key.0, key.1).await.expect("reads");
    counts.sort();
    let counted = |state: &str| (1, state.to_owned(), 1_i64);
    assert_eq!(counts, [counted("failed"), counted("ready"), counted("succeeded")]);
    let changed = task_run::planned_changed_since(db.store.read(), key.0, key.1, 3).await.expect("reads");
    assert_eq!(changed.iter().map(|row| row.ordinal).collect::<Vec<_>>(), [1], "the task stands for its items");
    assert_eq!(task_run::first_item(db.store.read(), key.0, key.1).await.expect("reads"), Some(2));
    let unchanged = task_run::planned_changed_since(db.store.read(), key.0, key.1, 4).await.expect("reads");
    assert_eq!(unchanged, []);
}
