//! The schema comes, goes and comes again; two processes bring it up once; a newer one is refused.

use std::time::Instant;

use store::testing::TestDb;
use store::{Conn, Error, Store};

conformance!(
    every_entity_reads_its_table,
    up_down_up,
    an_interrupted_migration_is_completed,
    two_processes_migrate_once,
    a_newer_schema_is_refused_with_both_versions,
);

macro_rules! read_all {
    ($db:expr, $($table:ident),+ $(,)?) => {
        $(
            let rows = entity::$table::Entity::find().all($db.store.read()).await;
            assert!(rows.is_ok(), "{}: {rows:?}", stringify!($table));
        )+
    };
}

/// A column that only one of the two knows shows here.
async fn every_entity_reads_its_table(db: &TestDb) {
    use sea_orm::EntityTrait;
    read_all!(db, id_tag, node, tenant, account, session, role_binding, audit_chain, audit_event);
    read_all!(db, project, workflow, workflow_version, schedule, schedule_fire);
    read_all!(db, run, task_run, attempt, job, log_chunk, wait, concurrency_limit, limit_slot);
    read_all!(db, retention, retention_mark);
}

async fn up_down_up(db: &TestDb) {
    let store = &db.store;
    let all = store.schema().await.unwrap().applied;
    assert!(!all.is_empty());
    let begun = Instant::now();
    store.unmigrate().await.unwrap();
    assert!(store.schema().await.unwrap().is_empty());
    assert_eq!(store.migrate().await.unwrap(), all);
    eprintln!("down and up: {:?}", begun.elapsed());
    assert_eq!(store.migrate().await.unwrap(), Vec::<&str>::new());
    assert!(store.schema().await.unwrap().is_current());
    store.ids().next();
}

/// Most engines commit each DDL statement by itself, so a crash leaves the steps before it.
async fn an_interrupted_migration_is_completed(db: &TestDb) {
    let store = &db.store;
    let before = store.schema().await.unwrap().applied;
    let broken = before.iter().find(|name| name.ends_with("create_calendar")).unwrap();
    execute(store, "DROP TABLE calendar_alarm").await;
    execute(store, "ALTER TABLE run DROP COLUMN calendar_json").await;
    execute(store, &format!("DELETE FROM schema_migration WHERE name = '{broken}'")).await;

    assert_eq!(store.migrate().await.unwrap(), [broken.as_str()]);
    assert_eq!(store.schema().await.unwrap().applied, before);
    execute(store, "DELETE FROM calendar_alarm").await;
    execute(store, "UPDATE run SET calendar_json = NULL").await;
}

async fn two_processes_migrate_once(db: &TestDb) {
    db.store.unmigrate().await.unwrap();
    let other = db.another().await;
    let (here, there) = tokio::join!(db.store.migrate(), other.migrate());
    let (here, there) = (here.unwrap(), there.unwrap());
    let all = db.store.schema().await.unwrap().applied;
    assert_eq!(here.len() + there.len(), all.len(), "{here:?} and {there:?}");
    assert_ne!(db.store.ids().next(), other.ids().next());
    other.close().await.unwrap();
}

async fn a_newer_schema_is_refused_with_both_versions(db: &TestDb) {
    let known = db.store.schema().await.unwrap().applied.pop().unwrap();
    let newer = "m20991231_000001_from_the_future";
    execute(&db.store, &format!("INSERT INTO schema_migration (name, applied_ms) VALUES ('{newer}', 1)")).await;
    let error =
        Store::connect(&store::Config { sharing: store::Sharing::Shared, ..db.config.clone() }).await.unwrap_err();
    let Error::NewerSchema { found, known: told } = &error else { panic!("{error:?}") };
    assert_eq!((found.as_str(), told), (newer, &known));
    assert!(error.to_string().contains(newer) && error.to_string().contains(&known), "{error}");
}

async fn execute(store: &Store, sql: &str) {
    store
        .write(|tx| {
            Box::pin(async move {
                tx.execute_unprepared(sql).await?;
                Ok::<_, Error>(())
            })
        })
        .await
        .unwrap();
}
