//! Transactions: all or nothing, again on a deadlock, errors by their meaning.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use entity::tenant;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use store::testing::TestDb;
use store::{ATTEMPTS, Conn, Error, Store, Tx, expect_one};
use tokio::sync::Barrier;

conformance!(
    a_failed_closure_leaves_nothing,
    a_deadlock_is_tried_again,
    a_taken_key_is_a_conflict,
    a_stale_row_is_not_changed,
    a_lost_race_changes_nothing,
    many_writers_lose_no_update,
);

async fn insert(tx: &Tx<'_>, id: i64, slug: &str) -> Result<(), Error> {
    let row = tenant::ActiveModel {
        id: Set(id),
        slug: Set(slug.to_owned()),
        title: Set(slug.to_owned()),
        state: Set("active".to_owned()),
        created_ms: Set(1),
        revision: Set(1),
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
    let serial = db.engine == store::testing::TestEngine::Sqlite;
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

async fn many_writers_lose_no_update(db: &TestDb) {
    make(&db.store, &[(1, "nav")]).await;
    let writers = (0..8).map(|_| {
        let store = db.store.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                store.write(|tx| Box::pin(bump(tx, 1))).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(get(&db.store, 1).await.revision, 1 + 40);
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
