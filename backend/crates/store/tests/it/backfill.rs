//! What the tests of backfills prove: a revision is written once, items keep their order and move together.

use domain::id::{BackfillId, ProjectId, RunId, TenantId, WorkflowId};
use store::Error;
use store::backfill::{self, Filter, ItemFilter, ItemRow, Row};
use store::retention::old;
use store::run::Visible;
use store::testing::TestDb;

conformance!(
    a_revision_is_written_once,
    items_are_read_in_order_and_moved_together,
    lists_are_filtered,
    runs_are_kept_for_any_number_of_open_backfills,
);

const KEY: (TenantId, BackfillId) = (TenantId(1), BackfillId(10));

fn row(tenant: i64, id: i64) -> Row {
    Row {
        tenant_id: tenant,
        id,
        project_id: 3,
        workflow_id: 5,
        from_date: "2026-01-05".into(),
        to_date: "2026-03-31".into(),
        calendar: "SSE & HKEX".into(),
        direction: "forward".into(),
        parallelism: 4,
        version_choice: "newest".into(),
        params_json: Some(r#"{"基金":"全部"}"#.into()),
        priority: 0,
        members_json: "[]".into(),
        state: "running".into(),
        stop_runs: false,
        item_total: 3,
        item_running: 0,
        item_ok: 0,
        item_failed: 0,
        item_skipped: 0,
        item_cancelled: 0,
        reason: "重算".into(),
        state_by: None,
        state_reason: None,
        created_by: None,
        created_by_name: None,
        created_ms: id,
        finished_ms: None,
        changed_ms: id,
        revision: 1,
    }
}

fn item(backfill: i64, position: i32, date: &str, action: &str, state: &str) -> ItemRow {
    ItemRow {
        tenant_id: 1,
        backfill_id: backfill,
        position,
        project_id: 3 + i64::from(position % 2),
        workflow_id: 5,
        business_date: date.into(),
        version: 1,
        action: action.into(),
        state: state.into(),
        attempt: 0,
        run_id: None,
        generation: None,
        reason_json: Some("{}".into()),
        changed_ms: 1,
    }
}

async fn insert(db: &TestDb, row: Row, items: Vec<ItemRow>) {
    let (row, items) = (&row, &items);
    let done: Result<(), Error> = db.store.write(|tx| Box::pin(backfill::insert(tx, row.clone(), items.clone()))).await;
    done.expect("inserts");
}

async fn a_revision_is_written_once(db: &TestDb) {
    insert(db, row(1, 10), Vec::new()).await;
    let changed = &Row { state: "paused".into(), parallelism: 9, item_ok: 2, changed_ms: 99, ..row(1, 10) };
    let save = async |revision: i64| db.store.write(|tx| Box::pin(backfill::save(tx, revision, changed))).await;
    save(1).await.expect("saves");
    assert!(matches!(save(1).await, Err(Error::Stale)));
    let read = backfill::find(db.store.read(), KEY.0, KEY.1).await.expect("reads").expect("is there");
    assert_eq!(read, Row { revision: 2, ..changed.clone() });
    assert_eq!(backfill::find(db.store.read(), TenantId(2), KEY.1).await.expect("reads"), None);
}

async fn items_are_read_in_order_and_moved_together(db: &TestDb) {
    let items = (0..700).map(|at| {
        let (action, state) = if at % 7 == 0 { ("skip", "skipped") } else { ("create", "skipped") };
        item(10, at, "2026-01-06", action, state)
    });
    insert(db, row(1, 10), items.collect()).await;
    insert(db, row(1, 11), vec![item(11, 0, "2026-01-07", "create", "running")]).await;
    let page = backfill::items(db.store.read(), KEY, &ItemFilter::default(), Some(9), 3).await.expect("reads");
    assert_eq!(page.items.iter().map(|it| it.position).collect::<Vec<_>>(), [10, 11, 12]);
    assert!(page.has_next);
    let moved: Result<u64, Error> =
        db.store.write(|tx| Box::pin(backfill::move_items(tx, KEY, ("skipped", "pending"), Some("skip"), 50))).await;
    assert_eq!(moved.expect("moves"), 600);
    let pending = ItemFilter { states: vec!["pending".into()], projects: Some(vec![ProjectId(3)]) };
    let page = backfill::items(db.store.read(), KEY, &pending, None, 2).await.expect("reads");
    assert_eq!(page.items.iter().map(|it| it.position).collect::<Vec<_>>(), [2, 4]);
    assert!(page.items.iter().all(|it| it.reason_json.is_none() && it.changed_ms == 50));
    let changed = &ItemRow {
        state: "running".into(),
        run_id: Some(77),
        generation: Some(2),
        attempt: 1,
        ..page.items[0].clone()
    };
    let saved: Result<(), Error> = db.store.write(|tx| Box::pin(backfill::save_item(tx, changed))).await;
    saved.expect("saves");
    let read = backfill::items_at(db.store.read(), KEY, &[4, 2, 900]).await.expect("reads");
    assert_eq!((read.len(), &read[0]), (2, changed));
    let range = ("2026-01-07", "2026-01-31");
    let open = backfill::open_dates(db.store.read(), KEY.0, WorkflowId(5), range).await.expect("reads");
    assert_eq!(open, [("2026-01-07".to_owned(), 11)]);
}

async fn lists_are_filtered(db: &TestDb) {
    insert(db, row(1, 10), Vec::new()).await;
    insert(db, Row { state: "failed".into(), ..row(1, 11) }, Vec::new()).await;
    insert(db, Row { project_id: 4, ..row(1, 12) }, Vec::new()).await;
    insert(db, row(2, 13), Vec::new()).await;
    let visible = vec![Visible { tenant: TenantId(1), projects: Some(vec![ProjectId(3)]) }];
    let ids = async |filter: &Filter, after: Option<i64>| {
        let page = backfill::list(db.store.read(), filter, after.map(BackfillId), 10).await.expect("reads");
        page.items.iter().map(|it| it.id).collect::<Vec<_>>()
    };
    let all = Filter { visible: visible.clone(), ..Filter::default() };
    assert_eq!(ids(&all, None).await, [11, 10]);
    assert_eq!(ids(&all, Some(11)).await, [10]);
    let failed = Filter { states: vec!["failed".into()], ..all.clone() };
    assert_eq!(ids(&failed, None).await, [11]);
    let other = Filter { workflow: Some(WorkflowId(6)), ..all };
    assert_eq!(ids(&other, None).await, Vec::<i64>::new());
    let page = backfill::in_state(db.store.read(), "running", Some(KEY), 1).await.expect("reads");
    assert_eq!((page.items[0].id, page.has_next), (12, true));
}

async fn runs_are_kept_for_any_number_of_open_backfills(db: &TestDb) {
    let written: Result<(), Error> = db
        .store
        .write(|tx| {
            Box::pin(async move {
                for id in 1..=520 {
                    let ended = Row { finished_ms: (id == 7).then_some(9), ..row(1, id) };
                    let items = match id {
                        7 | 520 => {
                            vec![ItemRow { run_id: Some(9_000 + id), ..item(id, 0, "2026-01-05", "create", "running") }]
                        }
                        _ => Vec::new(),
                    };
                    backfill::insert(tx, ended, items).await?;
                }
                Ok(())
            })
        })
        .await;
    written.expect("inserts");
    let open = old::list_backfills(db.store.read(), KEY.0).await.expect("reads");
    assert_eq!((open.len(), open.contains(&7)), (519, false));
    let runs = [RunId(9_007), RunId(9_520)];
    let kept = old::list_items(db.store.read(), KEY.0, &open, &runs).await.expect("reads");
    assert_eq!(kept, [RunId(9_520)]);
}
