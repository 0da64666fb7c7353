//! What the tests of nodes prove: a name has one process, a wish to drain outlives it, old rows go, and programs of
//! other versions work on the same rows.

use domain::id::{RunId, TenantId};
use sea_orm::ConnectionTrait;
use store::job::{self, Claimant, READY};
use store::node::{self, Drain, Pulse, Row};
use store::queue;
use store::testing::TestDb;
use store::{Error, Store};

conformance!(
    a_name_has_one_process,
    a_wish_to_drain_outlives_the_process,
    nodes_without_a_sign_of_life_go,
    what_nodes_hold_is_counted,
    programs_of_other_versions_work_on_the_same_rows,
);

fn row(id: i64, name: &str) -> Row {
    Row {
        id,
        name: name.into(),
        incarnation: id,
        address: Some("10.0.0.7:8650".into()),
        app_version: "0.4.0".into(),
        state: "active".into(),
        started_ms: 1_000,
        heartbeat_ms: 1_000,
        host: Some("host".into()),
        pid: Some(4711),
        clock_offset_ms: Some(-3),
        status_json: None,
        drain_ms: None,
        drain_by: None,
        drain_reason: None,
    }
}

fn pulse(heartbeat_ms: i64, status: Option<&str>) -> Pulse {
    Pulse { state: "active", heartbeat_ms, status: status.map(|it| (it.to_owned(), 7)) }
}

async fn insert(store: &Store, row: Row) {
    let row = &row;
    let inserted: Result<(), Error> = store.write(|tx| Box::pin(node::insert(tx, row.clone()))).await;
    inserted.unwrap();
}

async fn beat(store: &Store, id: i64, incarnation: i64, pulse: Pulse) -> Result<(), Error> {
    let pulse = &pulse;
    store.write(|tx| Box::pin(node::save_pulse(tx, id, incarnation, pulse.clone()))).await
}

async fn wish(store: &Store, id: i64, drain: Option<&Drain>) -> bool {
    let done: Result<bool, Error> = store.write(|tx| Box::pin(node::save_drain(tx, id, drain))).await;
    done.unwrap()
}

async fn read(store: &Store, id: i64) -> Row {
    node::find(store.read(), id).await.unwrap().unwrap()
}

async fn a_name_has_one_process(db: &TestDb) {
    let store = &db.store;
    insert(store, row(1, "n1")).await;
    let again: Result<(), Error> = store.write(|tx| Box::pin(node::insert(tx, row(2, "n1")))).await;
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");

    beat(store, 1, 1, pulse(2_000, Some("{}"))).await.unwrap();
    beat(store, 1, 1, pulse(3_000, None)).await.unwrap();
    let told = read(store, 1).await;
    assert_eq!((told.heartbeat_ms, told.status_json.as_deref(), told.clock_offset_ms), (3_000, Some("{}"), Some(7)));

    let next = &Row { incarnation: 9, started_ms: 4_000, pid: Some(4712), ..row(1, "n1") };
    let taken: Result<(), Error> = store.write(|tx| Box::pin(node::save(tx, 1, next))).await;
    taken.unwrap();
    assert_eq!(read(store, 1).await, *next, "nothing of the process before is left");
    assert!(matches!(beat(store, 1, 1, pulse(5_000, None)).await, Err(Error::Stale)), "its time is over");
    beat(store, 1, 9, pulse(5_000, None)).await.unwrap();
}

async fn a_wish_to_drain_outlives_the_process(db: &TestDb) {
    let store = &db.store;
    insert(store, row(1, "n1")).await;
    let drain = Drain { since_ms: 2_000, by: "ops".into(), reason: "内核升级".into() };
    assert!(wish(store, 1, Some(&drain)).await);
    let later = Drain { since_ms: 3_000, by: "somebody else".into(), reason: "again".into() };
    assert!(!wish(store, 1, Some(&later)).await, "the first wish stands");

    beat(store, 1, 1, pulse(4_000, None)).await.unwrap();
    let next = &Row { incarnation: 9, ..row(1, "n1") };
    let taken: Result<(), Error> = store.write(|tx| Box::pin(node::save(tx, 1, next))).await;
    taken.unwrap();
    let told = read(store, 1).await;
    assert_eq!((told.drain_ms, told.drain_by.as_deref()), (Some(2_000), Some("ops")));
    assert_eq!(told.drain_reason.as_deref(), Some("内核升级"));

    assert!(wish(store, 1, None).await && !wish(store, 1, None).await);
    let told = read(store, 1).await;
    assert_eq!((told.drain_ms, told.drain_by, told.drain_reason), (None, None, None));
    assert!(!wish(store, 2, Some(&drain)).await, "there is no such node");
}

async fn nodes_without_a_sign_of_life_go(db: &TestDb) {
    let store = &db.store;
    for (id, heartbeat_ms, drain_ms) in [(1, 900, None), (2, 1_000, None), (3, 500, Some(1)), (4, 99, Some(1))] {
        insert(store, Row { heartbeat_ms, drain_ms, ..row(id, &format!("n{id}")) }).await;
    }
    let gone: Result<u64, Error> = store.write(|tx| Box::pin(node::delete_silent(tx, 1_000, 100))).await;
    assert_eq!(gone.unwrap(), 2);
    let left: Vec<i64> = node::list(store.read(), 10).await.unwrap().iter().map(|row| row.id).collect();
    assert_eq!(left, [2, 3], "a drained one is kept longer");
}

async fn what_nodes_hold_is_counted(db: &TestDb) {
    let store = &db.store;
    let job = |ordinal: i32| job::Row {
        tenant_id: 7,
        run_id: 70,
        ordinal,
        attempt: 1,
        workflow_id: 1,
        version: 1,
        pool: "default".into(),
        state: READY,
        priority: 0,
        due_ms: 1_000,
        claim_token: None,
        node_id: None,
        fence: 0,
        lease_until_ms: None,
        stop_requested: false,
        class: 0,
        rank_ms: 1_000,
        limits_json: None,
        blocked_on: None,
    };
    let jobs = &(0..5).map(job).collect::<Vec<_>>();
    let inserted: Result<(), Error> = store.write(|tx| Box::pin(job::insert(tx, jobs.clone()))).await;
    inserted.unwrap();
    assert_eq!(job::count_by_node(store.read()).await.unwrap(), []);
    for (node, want) in [(11, 3), (12, 1)] {
        let claimant = Claimant { node, token: store.ids().next(), now_ms: 2_000, lease_until_ms: 9_000 };
        let offer = &queue::look(store.read(), "default", claimant.now_ms, want).await.unwrap();
        let taken: Result<queue::Taken, Error> =
            store.write(|tx| Box::pin(queue::take(tx, offer, &[], claimant, want))).await;
        assert_eq!(taken.unwrap().jobs.len() as u64, want);
    }
    let mut held = job::count_by_node(store.read()).await.unwrap();
    held.sort_unstable();
    assert_eq!(held, [(11, 3), (12, 1)]);
    let some = store::task_run::get_many(store.read(), TenantId(7), RunId(70), &[0, 1]).await.unwrap();
    assert_eq!(some, []);
}

/// A rolling restart: a program of the version before knows neither the new columns nor the newest migration.
async fn programs_of_other_versions_work_on_the_same_rows(db: &TestDb) {
    let store = &db.store;
    // What the first release said to join and as its heartbeat.
    execute(
        store,
        "INSERT INTO node (id, name, incarnation, address, app_version, state, started_ms, heartbeat_ms) \
         VALUES (1, 'old', 1, NULL, '0.1.0', 'active', 1000, 1000)",
    )
    .await;
    assert_eq!(node::list(store.read(), 10).await.unwrap()[0].status_json, None);
    let drain = Drain { since_ms: 2_000, by: "ops".into(), reason: "upgrade".into() };
    assert!(wish(store, 1, Some(&drain)).await);
    execute(store, "UPDATE node SET state = 'active', heartbeat_ms = 3000 WHERE id = 1 AND incarnation = 1").await;
    let told = read(store, 1).await;
    assert_eq!((told.drain_ms, told.heartbeat_ms), (Some(2_000), 3_000), "its heartbeat does not undo the wish");

    // The other way round: a program of the next version has been here, and this one goes on.
    execute(store, "ALTER TABLE node ADD COLUMN from_the_future VARCHAR(10)").await;
    execute(store, "INSERT INTO schema_migration (name, applied_ms) VALUES ('m20991231_000001_more', 1)").await;
    assert!(matches!(store.schema().await, Err(Error::NewerSchema { .. })));
    insert(store, row(2, "n2")).await;
    beat(store, 2, 2, pulse(4_000, Some("{}"))).await.unwrap();
    assert_eq!(read(store, 2).await.heartbeat_ms, 4_000);
    store.renew_id_tag().await.unwrap();
}

async fn execute(store: &Store, sql: &str) {
    let done: Result<(), Error> = store
        .write(|tx| {
            Box::pin(async move {
                tx.execute_unprepared(sql).await?;
                Ok(())
            })
        })
        .await;
    done.unwrap();
}
