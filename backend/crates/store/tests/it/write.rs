//! Transactions: all or nothing, again on a deadlock, errors by their meaning.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use entity::tenant;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use store::testing::{TestDb, TestEngine};
use store::{ATTEMPTS, Config, Conn, Error, Sharing, Store, Tx, expect_one};
use tokio::sync::Barrier;

conformance!(
    a_failed_closure_leaves_nothing,
    a_deadlock_is_tried_again,
    a_taken_key_is_a_conflict,
    a_stale_row_is_not_changed,
    a_lost_race_changes_nothing,
    many_writers_lose_no_update,
    what_is_read_beside_a_transaction_never_waits_for_others,
    an_abandoned_write_leaves_nothing,
    a_connection_lost_in_a_commit_leaves_the_outcome_open,
);

async fn insert(tx: &Tx<'_>, id: i64, slug: &str) -> Result<(), Error> {
    let row = tenant::ActiveModel {
        id: Set(id),
        slug: Set(slug.to_owned()),
        title: Set(slug.to_owned()),
        state: Set("active".to_owned()),
        created_ms: Set(1),
        revision: Set(1),
        ..Default::default()
    };
    tenant::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The guarded change: what is judged is the number of rows.
async fn retitle(tx: &impl Conn, id: i64, revision: i64, title: &str) -> Result<(), Error> {
    let update = tenant::Entity::update_many()
        .col_expr(tenant::Column::Title, Expr::value(title))
        .col_expr(tenant::Column::Revision, Expr::col(tenant::Column::Revision).add(1))
        .filter(tenant::Column::Id.eq(id))
        .filter(tenant::Column::Revision.eq(revision));
    expect_one(update.exec(tx).await?.rows_affected)
}

async fn make(store: &Store, rows: &[(i64, &str)]) {
    let made = store
        .write(|tx| {
            Box::pin(async move {
                for (id, slug) in rows {
                    insert(tx, *id, slug).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await;
    made.unwrap();
}

async fn get(store: &Store, id: i64) -> tenant::Model {
    tenant::Entity::find_by_id(id).one(store.read()).await.unwrap().unwrap()
}

async fn a_failed_closure_leaves_nothing(db: &TestDb) {
    let result: Result<(), Error> = db
        .store
        .write(|tx| {
            Box::pin(async move {
                insert(tx, 1, "nav").await?;
                Err(Error::Stale)
            })
        })
        .await;
    assert!(matches!(result, Err(Error::Stale)));
    assert_eq!(tenant::Entity::find_by_id(1_i64).one(db.store.read()).await.unwrap(), None);
}

/// Two transactions change two rows in opposite order and wait for each other in between. The engine kills one, and
/// both must come through all the same. SQLite has one writer, so there the second begins when the first has ended.
async fn a_deadlock_is_tried_again(db: &TestDb) {
    make(&db.store, &[(1, "a"), (2, "b")]).await;
    let serial = db.engine == TestEngine::Sqlite;
    let (barrier, attempts) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let change = |first: i64, second: i64| {
        let (store, barrier, attempts) = (db.store.clone(), barrier.clone(), attempts.clone());
        async move {
            let mut met = serial;
            store
                .write(|tx| {
                    let (barrier, meet) = (barrier.clone(), !std::mem::replace(&mut met, true));
                    attempts.fetch_add(1, Ordering::SeqCst);
                    Box::pin(async move {
                        bump(tx, first).await?;
                        if meet {
                            barrier.wait().await;
                        }
                        bump(tx, second).await
                    })
                })
                .await
        }
    };
    let (one, other) = tokio::join!(change(1, 2), change(2, 1));
    one.unwrap();
    other.unwrap();
    assert_eq!((get(&db.store, 1).await.revision, get(&db.store, 2).await.revision), (3, 3));
    let attempts = attempts.load(Ordering::SeqCst);
    assert_eq!(attempts > 2, !serial, "{attempts} attempts in all");
}

async fn bump(tx: &Tx<'_>, id: i64) -> Result<(), Error> {
    let update = tenant::Entity::update_many()
        .col_expr(tenant::Column::Revision, Expr::col(tenant::Column::Revision).add(1))
        .filter(tenant::Column::Id.eq(id));
    expect_one(update.exec(tx).await?.rows_affected)
}

async fn a_taken_key_is_a_conflict(db: &TestDb) {
    make(&db.store, &[(1, "nav")]).await;
    let tries = AtomicU32::new(0);
    for (id, slug) in [(1, "other"), (2, "nav")] {
        let result = db
            .store
            .write(|tx| {
                tries.fetch_add(1, Ordering::SeqCst);
                Box::pin(insert(tx, id, slug))
            })
            .await;
        assert!(matches!(result, Err(Error::Conflict { .. })), "{result:?}");
    }
    assert_eq!(tries.load(Ordering::SeqCst), 2, "a conflict does not vanish by trying again");
}

async fn a_stale_row_is_not_changed(db: &TestDb) {
    make(&db.store, &[(1, "nav")]).await;
    let change =
        async |revision, title: &'static str| db.store.write(|tx| Box::pin(retitle(tx, 1, revision, title))).await;
    change(1, "first").await.unwrap();
    assert!(matches!(change(1, "second").await, Err(Error::Stale)));
    let row = get(&db.store, 1).await;
    assert_eq!((row.title.as_str(), row.revision), ("first", 2));
    // The driver counts matched rows, so a change to the same value is a change.
    change(2, "first").await.unwrap();
    assert_eq!(get(&db.store, 1).await.revision, 3);
}

/// Both read revision 1; the second waits for the first one's lock and must then see that it is too late.
async fn a_lost_race_changes_nothing(db: &TestDb) {
    make(&db.store, &[(1, "nav")]).await;
    let race = |title: &'static str| {
        let store = db.store.clone();
        async move { store.write(|tx| Box::pin(retitle(tx, 1, 1, title))).await }
    };
    let (one, other) = tokio::join!(race("one"), race("other"));
    let won = [&one, &other].iter().filter(|result| result.is_ok()).count();
    let stale = [&one, &other].iter().filter(|result| matches!(result, Err(Error::Stale))).count();
    assert_eq!((won, stale), (1, 1), "{one:?} {other:?}");
    assert_eq!(get(&db.store, 1).await.revision, 2);
}

async fn read_and_retitle(tx: &Tx<'_>) -> Result<(), Error> {
    let row = tenant::Entity::find_by_id(1_i64).one(tx).await?.ok_or(Error::Stale)?;
    retitle(tx, row.id, row.revision, "again").await
}

/// Threads of two processes read a row and change what they have read.
async fn many_writers_lose_no_update(db: &TestDb) {
    make(&db.store, &[(1, "nav")]).await;
    let other = db.another().await;
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = if n % 2 == 0 { db.store.clone() } else { other.clone() };
        writers.spawn(async move {
            for _ in 0..5 {
                while let Err(error) = store.write(|tx| Box::pin(read_and_retitle(tx))).await {
                    assert!(error.is_stale(), "{error:?}");
                }
            }
        });
    }
    writers.join_all().await;
    other.close().await.unwrap();
    assert_eq!(get(&db.store, 1).await.revision, 1 + 40);
}

/// More transactions at once than there are connections, each of which reads past itself.
async fn what_is_read_beside_a_transaction_never_waits_for_others(db: &TestDb) {
    let config = Config { max_connections: 2, sharing: Sharing::Shared, ..db.config.clone() };
    let store = Store::connect(&config).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for n in 1..=12 {
        let store = store.clone();
        writers.spawn(async move {
            let beside = store.clone();
            let write = store.write(|tx| {
                let beside = beside.clone();
                Box::pin(async move {
                    insert(tx, n, &format!("t{n}")).await?;
                    Ok::<_, Error>(tenant::Entity::find_by_id(n).one(beside.read()).await?.is_none())
                })
            });
            assert!(write.await.unwrap(), "it is not committed yet");
        });
    }
    tokio::time::timeout(Duration::from_secs(20), writers.join_all()).await.expect("none waits for ever");
    store.close().await.unwrap();
}

/// A request that is given up drops its future in the middle of the transaction.
async fn an_abandoned_write_leaves_nothing(db: &TestDb) {
    let reached = tokio::sync::Notify::new();
    let write = db.store.write(|tx| {
        let reached = &reached;
        Box::pin(async move {
            insert(tx, 1, "nav").await?;
            reached.notify_one();
            std::future::pending::<Result<(), Error>>().await
        })
    });
    tokio::select! {
        _ = write => unreachable!("it waits for ever"),
        () = reached.notified() => {}
    }
    make(&db.store, &[(1, "nav")]).await;
}

/// The server closes the connection before COMMIT reaches it: who wrote can't know, and must not be told "failed".
async fn a_connection_lost_in_a_commit_leaves_the_outcome_open(db: &TestDb) {
    let end = match db.engine {
        // There is no line that could break.
        TestEngine::Sqlite => return,
        TestEngine::Postgres => "SELECT pg_terminate_backend(pg_backend_pid())",
        TestEngine::MariaDb | TestEngine::OceanBase => "KILL CONNECTION_ID()",
    };
    let tries = AtomicU32::new(0);
    let result = db
        .store
        .write(|tx| {
            tries.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                insert(tx, 1, "nav").await?;
                // The answer to the end of the connection is its end.
                let _ = tx.execute_unprepared(end).await;
                Ok::<_, Error>(())
            })
        })
        .await;
    assert!(matches!(result, Err(Error::CommitUnknown(_))), "{result:?}");
    assert_eq!(tries.load(Ordering::SeqCst), 1, "what may have happened is not tried again");
    // The pool replaces the connection.
    make(&db.store, &[(1, "nav")]).await;
}

/// SQLite's own limit on the file stands for a disk that is full.
#[tokio::test]
async fn a_full_disk_is_told_and_leaves_what_was_there() {
    let store = store::testing::sqlite().await;
    make(&store, &[(1, "nav")]).await;
    let fill = async |limit: &str| {
        store
            .write(|tx| {
                let limit = format!("PRAGMA max_page_count = {limit}");
                Box::pin(async move {
                    tx.query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, limit)).await?;
                    for id in 2..2_000 {
                        insert(tx, id, &format!("t{id}")).await?;
                    }
                    Ok::<_, Error>(())
                })
            })
            .await
    };
    let error = fill("1").await.unwrap_err();
    assert!(matches!(error, Error::Full(_)), "{error:?}");
    assert_eq!(tenant::Entity::find().all(store.read()).await.unwrap().len(), 1);
    fill("1000000").await.unwrap();
}

#[tokio::test]
async fn a_transaction_that_stays_busy_is_given_up() {
    struct Busy;
    impl From<Error> for Busy {
        fn from(_: Error) -> Self {
            Busy
        }
    }
    impl store::Retryable for Busy {
        fn is_retryable(&self) -> bool {
            true
        }
    }
    let store = store::testing::sqlite().await;
    let tries = AtomicU32::new(0);
    let result: Result<(), Busy> = store
        .write(|_| {
            tries.fetch_add(1, Ordering::SeqCst);
            Box::pin(async { Err(Busy) })
        })
        .await;
    assert!(result.is_err());
    assert_eq!(tries.load(Ordering::SeqCst), ATTEMPTS);
}
